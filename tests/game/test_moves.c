/* What leads from section to section besides choices, what effects compute and remember, and throws
 * that can be repeated. The throws of version 2 are 2 2, 4 3, 2 4 with 2d6 and 2, 4, 2, 6 with 1d6;
 * of version 3 they are 5 4 and 5; of version 4 they are 1 1 and 1 (test_dice.c). */
#include "app/game/expr.h"
#include "tests/game/sample.h"
#include "tests/support/support.h"

#define GO(i)                                                                                      \
    {                                                                                              \
        .kind = EFFECT_GO, .index = (i)                                                            \
    }
#define COUNT_UP(i)                                                                                \
    {                                                                                              \
        .kind = EFFECT_COUNTER, .index = (i), .value = 1                                           \
    }

static struct counter_def counters[] = {{.max = 1000}, {.min = -3, .max = 3, .initial = 2}};

static void sample_with_counters(struct sample *sample)
{
    sample_init(sample);
    sample->story.counters = counters;
    sample->story.counter_count = COUNT_OF(counters);
}

/* ---- moves ---- */

#define LEAVE(sample, section, list)                                                               \
    ((sample)->sections[section].leave = (list),                                                   \
     (sample)->sections[section].leave_count = COUNT_OF(list))

static const struct effect lose_gold[] = {ADD_GOLD(-1)};
static const struct effect fall[] = {SET_STAT(ENDURANCE, 0)};

static const struct {
    const char *why;
    struct effect choosing, start_enter, hall_enter, cell_enter;
    int32_t target, section;
    int32_t gold; /* 5 at first; START takes one when it is left */
} moves[] = {
    {"just the target", ADD_GOLD(0), ADD_GOLD(0), ADD_GOLD(0), ADD_GOLD(0), HALL, HALL, 4},
    {"who stays does not leave", ADD_GOLD(0), ADD_GOLD(0), ADD_GOLD(0), ADD_GOLD(0), START, START,
     5},
    {"a go of the choice goes before its target", GO(CELL), ADD_GOLD(0), ADD_GOLD(0), ADD_GOLD(0),
     HALL, CELL, 4},
    {"a go on entering", ADD_GOLD(0), ADD_GOLD(0), GO(CELL), ADD_GOLD(0), HALL, CELL, 4},
    {"a go after a go", ADD_GOLD(0), ADD_GOLD(0), GO(CELL), GO(TREASURE), HALL, TREASURE, 4},
    {"who falls does not go", ADD_GOLD(0), ADD_GOLD(0), SET_STAT(ENDURANCE, 0), GO(TREASURE), HALL,
     DEATH, 4},
    {"who falls later does", ADD_GOLD(0), ADD_GOLD(0), GO(CELL), SET_STAT(ENDURANCE, 0), HALL,
     DEATH, 4},
};

START_TEST(what_leads_on_is_followed)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    LEAVE(&sample, START, lose_gold);
    sample.stats[ENDURANCE].zero_section = DEATH;
    sample.choices[0].target = moves[_i].target;
    struct state state = sample_start(&sample);
    EFFECTS(&sample, &sample.choices[0], moves[_i].choosing);
    EFFECTS(&sample, &sample.sections[START], moves[_i].start_enter);
    EFFECTS(&sample, &sample.sections[HALL], moves[_i].hall_enter);
    EFFECTS(&sample, &sample.sections[CELL], moves[_i].cell_enter);
    state = sample_play(&sample, &state, &event);
    ck_assert_msg(state.section == moves[_i].section, "%s: section %d", moves[_i].why,
                  state.section);
    ck_assert_msg(state.gold == moves[_i].gold, "%s: gold %d", moves[_i].why, state.gold);
    ck_assert_int_eq(event.to, state.section);
}
END_TEST

START_TEST(a_go_ends_its_list)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    const struct state state = sample_start(&sample);
    EFFECTS(&sample, &sample.choices[0], ADD_GOLD(1), GO(CELL), ADD_GOLD(10), GO(DEATH));
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.section, CELL);
    ck_assert_int_eq(next.gold, 6);
}
END_TEST

START_TEST(a_go_comes_before_the_dice)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.choices[0].check = (struct check){.type = DICE_CHANCE, .stat = CHANCE};
    sample.choices[0].target_failure = DEATH;
    EFFECTS(&sample, &sample.choices[0], GO(CELL));
    const struct state state = sample_start(&sample);
    ck_assert_int_eq(sample_play(&sample, &state, &event).section, CELL);
    ck_assert_uint_eq(event.roll_count, 0);
}
END_TEST

START_TEST(an_ending_stands)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = DEATH;
    sample.choices[0].target = TREASURE;
    EFFECTS(&sample, &sample.sections[TREASURE], SET_STAT(ENDURANCE, 0), GO(DEATH));
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.section, TREASURE);
    ck_assert_int_eq(next.status, GAME_WON);
}
END_TEST

START_TEST(a_go_is_made_before_a_fall_counts)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = DEATH;
    EFFECTS(&sample, &sample.choices[0], SET_STAT(ENDURANCE, 0), GO(CELL));
    EFFECTS(&sample, &sample.sections[CELL], ADD_GOLD(1));
    const struct state state = sample_start(&sample);
    struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.section, DEATH);
    ck_assert_int_eq(next.gold, 6);
    /* An ending stands. */
    EFFECTS(&sample, &sample.choices[0], SET_STAT(ENDURANCE, 0), GO(TREASURE));
    next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.section, TREASURE);
}
END_TEST

START_TEST(a_circle_of_moves_ends_where_it_is)
{
    struct sample sample;
    struct event event;
    sample_with_counters(&sample);
    EFFECTS(&sample, &sample.sections[HALL], COUNT_UP(0), GO(CELL));
    EFFECTS(&sample, &sample.sections[CELL], COUNT_UP(0), GO(HALL));
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    /* HALL is the target; from there on every second of the forced moves leads back. */
    ck_assert_int_eq(next.counters[0], 1 + LIMIT_MOVES);
    ck_assert_int_eq(next.section, LIMIT_MOVES % 2 == 0 ? HALL : CELL);
    ck_assert_int_eq(next.status, GAME_ACTIVE);
}
END_TEST

/* The most that one command can do: full lists everywhere, all forced moves, a zero_section. */
START_TEST(the_most_effects_and_rolls_fit_an_event)
{
    static const struct expr dice = {.kind = EXPR_DICE, .value = DICE_COUNT_MAX, .faces = 100};
    static struct effect full[LIMIT_SECTION_EFFECTS];
    static struct effect leaving[LIMIT_SECTION_EFFECTS];
    struct sample sample;
    static struct event event;
    sample_with_counters(&sample);
    for (size_t i = 0; i < COUNT_OF(full); i++) {
        full[i] = leaving[i] = (struct effect)SET_GOLD((int32_t)(i % 2));
        if (i < LIMIT_EFFECT_DICE)
            full[i].amount = leaving[i].amount = &dice;
    }
    full[COUNT_OF(full) - 1] = (struct effect)GO(HALL);
    struct effect away[COUNT_OF(full)];
    for (size_t i = 0; i < COUNT_OF(full); i++)
        away[i] = full[i];
    away[COUNT_OF(away) - 1].index = CELL;
    LEAVE(&sample, START, leaving);
    LEAVE(&sample, HALL, leaving);
    LEAVE(&sample, CELL, leaving);
    sample.sections[CELL].effects = full;
    sample.sections[CELL].effect_count = COUNT_OF(full);
    sample.sections[HALL].effects = away;
    sample.sections[HALL].effect_count = COUNT_OF(away);
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.status, GAME_ACTIVE);
    ck_assert_uint_eq(event.roll_count, 2 * (1 + LIMIT_MOVES) * LIMIT_EFFECT_DICE);
    ck_assert_uint_le(event.roll_count, LIMIT_ROLLS);
    ck_assert_uint_le(event.change_count, GAME_CHANGES_MAX);
}
END_TEST

START_TEST(a_start_follows_moves_too)
{
    struct sample sample;
    sample_init(&sample);
    LEAVE(&sample, START, lose_gold);
    EFFECTS(&sample, &sample.sections[START], GO(HALL));
    const struct state state = sample_start(&sample);
    ck_assert_int_eq(state.section, HALL);
    ck_assert_int_eq(state.gold, 4);
}
END_TEST

START_TEST(who_falls_on_leaving_is_sent_on_after_entering)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    LEAVE(&sample, START, fall);
    sample.stats[ENDURANCE].zero_section = CELL;
    EFFECTS(&sample, &sample.sections[HALL], ADD_GOLD(1));
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.section, CELL);
    ck_assert_int_eq(next.gold, 6);
}
END_TEST

/* ---- what effects compute and remember ---- */

static const struct expr two_dice = {.kind = EXPR_DICE, .value = 2, .faces = 6};
static const struct expr gold = {.kind = EXPR_GOLD};
static const struct expr minus_gold = {.kind = EXPR_NEGATE, .left = &gold};
static const struct condition rich = {.kind = CONDITION_GOLD, .min = 6, .max = INT32_MAX};

START_TEST(an_effect_can_compute_its_value)
{
    struct sample sample;
    struct event event;
    sample_with_counters(&sample);
    EFFECTS(&sample, &sample.choices[0],
            {.kind = EFFECT_STAT, .index = SKILL, .set = true, .amount = &two_dice},
            {.kind = EFFECT_COUNTER, .index = 0, .amount = &gold},
            {.kind = EFFECT_COUNTER, .index = 1, .amount = &gold},
            {.kind = EFFECT_GOLD, .amount = &minus_gold},
            {.kind = EFFECT_ITEM, .index = NUT, .amount = &two_dice});
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.stats[SKILL], 4);
    ck_assert_int_eq(next.counters[0], 5);
    ck_assert_int_eq(next.counters[1], 3); /* its maximum */
    ck_assert_int_eq(next.gold, 0);
    ck_assert_int_eq(next.items[NUT], 7);
    ck_assert_uint_eq(event.roll_count, 2);
    ck_assert_int_eq(event.rolls[0].purpose, ROLL_EFFECT);
    ck_assert_int_eq(event.rolls[1].total, 7);
    ck_assert_uint_eq(event.change_count, 5);
}
END_TEST

START_TEST(an_effect_is_judged_when_its_turn_comes)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    EFFECTS(&sample, &sample.choices[0], {.kind = EFFECT_GOLD, .value = 1}, /* 6 */
            {.kind = EFFECT_GOLD, .value = -5, .when = &rich},
            {.kind = EFFECT_GOLD, .value = 50, .when = &rich},
            {.kind = EFFECT_GO, .index = CELL, .when = &rich});
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.gold, 1);
    ck_assert_int_eq(next.section, HALL);
}
END_TEST

START_TEST(a_run_begins_with_its_counters_and_its_dice)
{
    static const struct expr much = {.kind = EXPR_NUMBER, .value = 1000};
    struct sample sample;
    struct state state;
    struct event event;
    sample_with_counters(&sample);
    sample.stats[SKILL].initial_dice = &two_dice;
    sample.stats[CHANCE].initial_dice = &much;
    ck_assert_int_eq(game_start(&sample.story, sample_seed, SLICE_NONE, 0, &state, &event), OK);
    ck_assert_int_eq(state.counters[0], 0);
    ck_assert_int_eq(state.counters[1], 2);
    ck_assert_uint_eq(event.roll_count, 1);
    ck_assert_int_eq(event.rolls[0].purpose, ROLL_INITIAL);
    ck_assert_int_eq(state.stats[SKILL], event.rolls[0].total);
    ck_assert_int_eq(state.stats[CHANCE], LIMIT_STAT_MAX);
    ck_assert_int_eq(game_reset(&sample.story, sample_seed, &state, 0, &state, &event), OK);
    ck_assert_uint_eq(event.roll_count, 1);
    ck_assert_int_eq(state.stats[SKILL], event.rolls[0].total);
}
END_TEST

START_TEST(visits_are_remembered_for_those_who_ask)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    EFFECTS(&sample, &sample.sections[HALL], GO(CELL));
    struct state state = sample_start(&sample);
    state = sample_play(&sample, &state, &event);
    for (int32_t i = 0; i < SAMPLE_SECTIONS; i++)
        ck_assert(!state_visited(&state, i));
    sample.story.tracks_visits = true;
    state = sample_start(&sample);
    ck_assert(state_visited(&state, START));
    ck_assert(!state_visited(&state, HALL));
    state = sample_play(&sample, &state, &event);
    ck_assert(state_visited(&state, START));
    ck_assert(state_visited(&state, HALL));
    ck_assert(state_visited(&state, CELL));
    ck_assert(!state_visited(&state, DEATH));
    ck_assert_int_eq(game_reset(&sample.story, sample_seed, &state, 0, &state, &event), OK);
    ck_assert(!state_visited(&state, HALL));
}
END_TEST

/* ---- checks ---- */

static const struct expr one_die = {.kind = EXPR_DICE, .value = 1, .faces = 6};
static const struct expr three = {.kind = EXPR_NUMBER, .value = 3};
static const struct expr die_and_three = {
    .kind = EXPR_ADD, .left = &one_die, .right = &three}; /* 5 in version 2 */
static const struct expr skill = {.kind = EXPR_STAT, .value = SKILL};
static const struct expr four = {.kind = EXPR_NUMBER, .value = 4};
static const struct expr five = {.kind = EXPR_NUMBER, .value = 5};
static const struct expr six = {.kind = EXPR_NUMBER, .value = 6};
static const struct effect find_gold[] = {ADD_GOLD(10)};
static const struct outcome low_first[] = {
    {.max = 4, .target = DEATH},
    {.max = 5, .target = CELL, .effects = find_gold, .effect_count = 1},
    {.max = INT32_MAX, .target = HALL}};
static const struct outcome high_first[] = {
    {.max = 5, .target = TREASURE, .effects = fall, .effect_count = 1},
    {.max = INT32_MAX, .target = HALL}};
static const struct outcome last_only[] = {{.max = INT32_MIN, .target = DEATH},
                                           {.max = INT32_MAX, .target = HALL}};

/* All throws come to 5; luck throws 2 2. */
static const struct {
    const char *why;
    struct check check;
    int32_t chance; /* the hero's */
    int32_t section, gold, chance_left;
} checks[] = {
    {"luck up to the stat", {.type = DICE_LUCK, .stat = CHANCE}, 4, HALL, 5, 3},
    {"luck above the stat", {.type = DICE_LUCK, .stat = CHANCE}, 3, CELL, 5, 2},
    {"luck without any left", {.type = DICE_LUCK, .stat = CHANCE}, 0, CELL, 5, 0},
    {"at most what it is",
     {.type = DICE_ROLL, .throw = &die_and_three, .goal = &five},
     9,
     HALL,
     5,
     9},
    {"at most less", {.type = DICE_ROLL, .throw = &die_and_three, .goal = &four}, 9, CELL, 5, 9},
    {"at least what it is",
     {.type = DICE_ROLL, .throw = &die_and_three, .goal = &five, .at_least = true},
     9,
     HALL,
     5,
     9},
    {"at least more",
     {.type = DICE_ROLL, .throw = &die_and_three, .goal = &six, .at_least = true},
     9,
     CELL,
     5,
     9},
    {"a goal from the sheet",
     {.type = DICE_ROLL, .throw = &die_and_three, .goal = &skill},
     9,
     HALL,
     5,
     9},
    {"an outcome in the middle",
     {.type = DICE_TABLE, .throw = &die_and_three, .outcomes = low_first, .outcome_count = 3},
     9,
     CELL,
     15,
     9},
    {"an outcome stands like any target",
     {.type = DICE_TABLE, .throw = &die_and_three, .outcomes = high_first, .outcome_count = 2},
     9,
     TREASURE,
     5,
     9},
    {"the last outcome",
     {.type = DICE_TABLE, .throw = &die_and_three, .outcomes = last_only, .outcome_count = 2},
     9,
     HALL,
     5,
     9},
};

START_TEST(a_check_picks_the_way)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[CHANCE].initial = checks[_i].chance;
    sample.choices[0].check = checks[_i].check;
    sample.choices[0].target_failure = CELL;
    sample.story.tracks_roll = true;
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_msg(next.section == checks[_i].section, "%s: section %d", checks[_i].why,
                  next.section);
    ck_assert_int_eq(next.gold, checks[_i].gold);
    ck_assert_int_eq(next.stats[CHANCE], checks[_i].chance_left);
    ck_assert_uint_eq(event.roll_count, 1);
    ck_assert_int_eq(next.last_roll, checks[_i].check.type == DICE_LUCK ? 4 : 5);
    ck_assert_int_eq(event.rolls[0].total, next.last_roll);
}
END_TEST

/* ---- throws that can be repeated ---- */

static const struct effect price[] = {ADD_GOLD(-2)};
static const struct condition payable = {.kind = CONDITION_GOLD, .min = 2, .max = INT32_MAX};

/* 1d6 at least 6: 2 in version 2, 5 in version 3, 1 in version 4. */
static void sample_with_rerolls(struct sample *sample, int32_t rerolls)
{
    sample_init(sample);
    sample->choices[0].check = (struct check){.type = DICE_ROLL,
                                              .throw = &one_die,
                                              .goal = &six,
                                              .at_least = true,
                                              .rerolls = rerolls,
                                              .reroll_when = &payable,
                                              .reroll_effects = price,
                                              .reroll_effect_count = COUNT_OF(price)};
    sample->choices[0].target = TREASURE;
    sample->choices[0].target_failure = CELL;
    story_finish(&sample->story);
}

static void choose(const struct sample *sample, struct state *state, const char *id,
                   struct event *event)
{
    const struct choice *choice = game_option_by_id(&sample->story, state, slice_str(id));
    ck_assert_ptr_nonnull(choice);
    ck_assert_int_eq(game_step(&sample->story, sample_seed, state, choice, 0, state, event), OK);
}

static void expect_waiting(const struct sample *sample, const struct state *state, int rerolled)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    ck_assert_int_eq(state->section, START);
    ck_assert_int_eq(state->pending.rerolled, rerolled);
    ck_assert_ptr_eq(game_pending_choice(&sample->story, state), &sample->choices[0]);
    ck_assert_uint_eq(game_options(&sample->story, state, options), 2);
    ck_assert_slice_str(options[0]->id, "reroll");
    ck_assert_slice_str(options[1]->id, "accept");
}

START_TEST(a_throw_that_failed_can_be_repeated)
{
    struct sample sample;
    struct event event;
    sample_with_rerolls(&sample, 2);
    struct state state = sample_start(&sample);
    choose(&sample, &state, "a", &event);
    expect_waiting(&sample, &state, 0);
    ck_assert_int_eq(game_pending_target(&sample.story, &state), CELL);
    choose(&sample, &state, "reroll", &event);
    expect_waiting(&sample, &state, 1);
    ck_assert_int_eq(state.gold, 3);
    ck_assert_uint_eq(event.roll_count, 1);
    ck_assert_slice_str(event.choice->id, "reroll");
    choose(&sample, &state, "reroll", &event); /* the last one */
    ck_assert_int_eq(state.section, CELL);
    ck_assert_int_eq(state.gold, 1);
    ck_assert_int_eq(state.pending.choice, 0);
}
END_TEST

START_TEST(a_throw_can_be_accepted)
{
    struct sample sample;
    struct event event;
    sample_with_rerolls(&sample, 1);
    struct state state = sample_start(&sample);
    choose(&sample, &state, "a", &event);
    choose(&sample, &state, "accept", &event);
    ck_assert_int_eq(state.section, CELL);
    ck_assert_int_eq(state.gold, 5);
    ck_assert_uint_eq(event.roll_count, 0);
}
END_TEST

START_TEST(who_cannot_pay_cannot_repeat)
{
    struct sample sample;
    struct event event;
    sample_with_rerolls(&sample, 9);
    sample.story.gold = 3;
    struct state state = sample_start(&sample);
    choose(&sample, &state, "a", &event);
    choose(&sample, &state, "reroll", &event);
    ck_assert_int_eq(state.gold, 1);
    ck_assert_int_eq(state.section, CELL);
}
END_TEST

START_TEST(a_success_is_not_repeated)
{
    struct sample sample;
    struct event event;
    sample_with_rerolls(&sample, 9);
    sample.choices[0].check.goal = &five;
    struct state state = sample_start(&sample);
    choose(&sample, &state, "a", &event);
    expect_waiting(&sample, &state, 0);
    choose(&sample, &state, "reroll", &event); /* 5 */
    ck_assert_int_eq(state.section, TREASURE);
}
END_TEST

START_TEST(every_outcome_of_a_table_can_be_repeated)
{
    struct sample sample;
    struct event event;
    sample_with_rerolls(&sample, 1);
    sample.choices[0].check.type = DICE_TABLE;
    sample.choices[0].check.outcomes = low_first;
    sample.choices[0].check.outcome_count = COUNT_OF(low_first);
    const struct state start = sample_start(&sample);
    struct state state = start;
    choose(&sample, &state, "a", &event);
    expect_waiting(&sample, &state, 0);
    ck_assert_int_eq(game_pending_target(&sample.story, &state), DEATH);
    struct state other = state;
    choose(&sample, &state, "accept", &event);
    ck_assert_int_eq(state.section, DEATH);
    choose(&sample, &other, "reroll", &event); /* 5 */
    ck_assert_int_eq(other.section, CELL);
    ck_assert_int_eq(other.gold, 5 - 2 + 10);
}
END_TEST

START_TEST(who_fell_repeats_nothing)
{
    struct sample sample;
    struct event event;
    sample_with_rerolls(&sample, 9);
    sample.choices[0].check.type = DICE_LUCK;
    sample.choices[0].check.stat = CHANCE;
    sample.stats[CHANCE].initial = 1;
    sample.stats[CHANCE].zero_section = DEATH;
    struct state state = sample_start(&sample);
    choose(&sample, &state, "a", &event);
    ck_assert_int_eq(state.section, DEATH);
}
END_TEST

START_TEST(the_price_can_lead_away)
{
    struct sample sample;
    struct event event;
    sample_with_rerolls(&sample, 9);
    sample.choices[0].check.reroll_effects = fall;
    sample.stats[ENDURANCE].zero_section = DEATH;
    struct state state = sample_start(&sample);
    choose(&sample, &state, "a", &event);
    choose(&sample, &state, "reroll", &event);
    ck_assert_int_eq(state.section, DEATH);
    ck_assert_uint_eq(event.roll_count, 0);
}
END_TEST

START_TEST(only_its_own_two_choices_end_the_wait)
{
    struct sample sample;
    struct event event;
    sample_with_rerolls(&sample, 9);
    struct state state = sample_start(&sample);
    choose(&sample, &state, "a", &event);
    ck_assert_int_eq(
        game_step(&sample.story, sample_seed, &state, &sample.choices[1], 0, &state, &event),
        ERR_UNKNOWN_CHOICE);
    ck_assert_int_eq(game_stop(&sample.story, &state, 0, &state, &event), OK);
    ck_assert_int_eq(state.status, GAME_STOPPED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("moves");
    TCase *tcase = tcase_create("moves");
    tcase_add_loop_test(tcase, what_leads_on_is_followed, 0, (int)COUNT_OF(moves));
    tcase_add_test(tcase, a_go_ends_its_list);
    tcase_add_test(tcase, a_go_comes_before_the_dice);
    tcase_add_test(tcase, an_ending_stands);
    tcase_add_test(tcase, a_go_is_made_before_a_fall_counts);
    tcase_add_test(tcase, a_circle_of_moves_ends_where_it_is);
    tcase_add_test(tcase, the_most_effects_and_rolls_fit_an_event);
    tcase_add_test(tcase, a_start_follows_moves_too);
    tcase_add_test(tcase, who_falls_on_leaving_is_sent_on_after_entering);
    tcase_add_test(tcase, an_effect_can_compute_its_value);
    tcase_add_test(tcase, an_effect_is_judged_when_its_turn_comes);
    tcase_add_test(tcase, a_run_begins_with_its_counters_and_its_dice);
    tcase_add_test(tcase, visits_are_remembered_for_those_who_ask);
    tcase_add_loop_test(tcase, a_check_picks_the_way, 0, (int)COUNT_OF(checks));
    tcase_add_test(tcase, a_throw_that_failed_can_be_repeated);
    tcase_add_test(tcase, a_throw_can_be_accepted);
    tcase_add_test(tcase, who_cannot_pay_cannot_repeat);
    tcase_add_test(tcase, a_success_is_not_repeated);
    tcase_add_test(tcase, every_outcome_of_a_table_can_be_repeated);
    tcase_add_test(tcase, who_fell_repeats_nothing);
    tcase_add_test(tcase, the_price_can_lead_away);
    tcase_add_test(tcase, only_its_own_two_choices_end_the_wait);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
