/* What can be chosen: once, hidden, uses; what using does. */
#include "tests/game/sample.h"
#include "tests/support/support.h"

static const struct condition dark = {.kind = CONDITION_FLAG, .index = 0};

static void expect_options(const struct sample *sample, const struct state *state,
                           const char *expected)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    struct buf got = {0};
    const size_t count = game_options(&sample->story, state, options);
    for (size_t i = 0; i < count; i++)
        buf_printf(&got, "%s%.*s", i > 0 ? " " : "", SLICE_ARG(options[i]->id));
    ck_assert_slice_str(buf_slice(&got), expected);
    buf_release(&got);
}

static enum status choose(const struct sample *sample, struct state *state,
                          const struct choice *choice, struct event *event)
{
    return game_step(&sample->story, sample_seed, state, choice, 0, state, event);
}

START_TEST(a_choice_for_once_is_gone_afterwards)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.story.once_count = 2;
    sample.choices[1].once = 2;
    sample.choices[1].target = START;
    struct state state = sample_start(&sample);
    expect_options(&sample, &state, "a b c d");
    ck_assert_int_eq(choose(&sample, &state, &sample.choices[1], &event), OK);
    expect_options(&sample, &state, "a c d");
    ck_assert(state_chosen(&state, &sample.choices[1]));
    const struct choice_ref ref = {.id = SLICE_INIT("b")};
    const struct choice *choice;
    ck_assert_int_eq(game_choice_find(&sample.story, &state, &ref, &choice), ERR_UNKNOWN_CHOICE);
    ck_assert_int_eq(choose(&sample, &state, &sample.choices[1], &event), ERR_UNKNOWN_CHOICE);
    ck_assert_int_eq(game_reset(&sample.story, sample_seed, &state, 0, &state, &event), OK);
    expect_options(&sample, &state, "a b c d");
}
END_TEST

START_TEST(a_hidden_choice_is_there_while_it_can_be_taken)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.choices[2].condition = &dark;
    sample.choices[2].hidden = true;
    sample.choices[3].condition = &dark;
    struct state state = sample_start(&sample);
    expect_options(&sample, &state, "a b d");
    ck_assert_int_eq(choose(&sample, &state, &sample.choices[2], &event), ERR_UNKNOWN_CHOICE);
    ck_assert_int_eq(choose(&sample, &state, &sample.choices[3], &event), ERR_CHOICE_UNAVAILABLE);
    state.flags[0] = 1;
    expect_options(&sample, &state, "a b c d");
    ck_assert_int_eq(choose(&sample, &state, &sample.choices[2], &event), OK);
}
END_TEST

START_TEST(nothing_is_offered_when_the_game_is_over)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    struct state state = sample_start(&sample);
    ck_assert_int_eq(game_stop(&sample.story, &state, 0, &state, &event), OK);
    expect_options(&sample, &state, "");
}
END_TEST

START_TEST(nothing_at_all_may_be_left_to_choose)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.choices[0].condition = &dark;
    sample.choices[0].hidden = true;
    sample.sections[HALL].choices = sample.choices;
    sample.sections[HALL].choice_count = 1;
    struct state state = sample_start(&sample);
    ck_assert_int_eq(choose(&sample, &state, &sample.choices[1], &event), OK);
    expect_options(&sample, &state, "");
    ck_assert_int_eq(state.status, GAME_ACTIVE);
}
END_TEST

/* ---- uses ---- */

static void add_use(struct sample *sample, int32_t item, const char *id, struct item_use *use)
{
    sample->items[item].id = slice_str(id);
    sample->items[item].use = use;
    sample->items[item].initial = 2;
}

START_TEST(what_is_carried_can_be_used)
{
    struct sample sample;
    struct event event;
    struct item_use lamp = {.choice = {.text = SLICE_INIT("Light")}, .keep = true};
    struct item_use nut = {.choice = {.text = SLICE_INIT("Eat"), .condition = &dark}};
    sample_init(&sample);
    add_use(&sample, LAMP, "lamp", &lamp);
    add_use(&sample, NUT, "nut", &nut);
    EFFECTS(&sample, &lamp.choice, SET_FLAG(0, 1));
    EFFECTS(&sample, &nut.choice, ADD_STAT(ENDURANCE, -4));
    EFFECTS(&sample, &sample.sections[START], ADD_GOLD(1));
    story_finish(&sample.story);
    struct state state = sample_start(&sample);
    expect_options(&sample, &state, "a b c d use:lamp");
    ck_assert_int_eq(lamp.choice.type, CHOICE_DIRECT);
    ck_assert_int_eq(nut.choice.type, CHOICE_CONDITIONAL);
    ck_assert_int_eq(choose(&sample, &state, &nut.choice, &event), ERR_UNKNOWN_CHOICE);
    ck_assert_int_eq(choose(&sample, &state, &lamp.choice, &event), OK);
    ck_assert_int_eq(state.items[LAMP], 2);
    expect_options(&sample, &state, "a b c d use:lamp use:nut");
    ck_assert_int_eq(choose(&sample, &state, &nut.choice, &event), OK);
    ck_assert_int_eq(state.stats[ENDURANCE], 16);
    ck_assert_int_eq(state.items[NUT], 1);
    ck_assert_uint_eq(event.change_count, 2);
    ck_assert_int_eq(event.from, START);
    ck_assert_int_eq(event.to, START);
    /* The section was entered once, by the start. */
    ck_assert_int_eq(state.gold, 6);
    ck_assert_int_eq(choose(&sample, &state, &nut.choice, &event), OK);
    expect_options(&sample, &state, "a b c d use:lamp");
    arena_release(&sample.story.arena);
}
END_TEST

START_TEST(what_is_used_up_makes_room_first)
{
    struct sample sample;
    struct event event;
    struct item_use nut = {.choice = {.text = SLICE_INIT("Crack")}};
    sample_init(&sample);
    add_use(&sample, NUT, "nut", &nut);
    sample.story.capacity = 3; /* a rope and two nuts */
    EFFECTS(&sample, &nut.choice, ADD_ITEM(LAMP, 1));
    story_finish(&sample.story);
    struct state state = sample_start(&sample);
    ck_assert_int_eq(choose(&sample, &state, &nut.choice, &event), OK);
    ck_assert_int_eq(state.items[NUT], 1);
    ck_assert_int_eq(state.items[LAMP], 1);
    arena_release(&sample.story.arena);
}
END_TEST

START_TEST(a_use_can_lead_away)
{
    static const struct {
        const char *why;
        struct effect effect;
        int32_t section;
    } ways[] = {
        {"by a go", {.kind = EFFECT_GO, .index = CELL}, CELL},
        {"by a stat that falls", SET_STAT(ENDURANCE, 0), DEATH},
        {"not by anything else", SET_STAT(ENDURANCE, 1), START},
    };
    struct sample sample;
    struct event event;
    struct item_use nut = {.choice = {.text = SLICE_INIT("Eat")}};
    sample_init(&sample);
    add_use(&sample, NUT, "nut", &nut);
    sample.stats[ENDURANCE].zero_section = DEATH;
    nut.choice.effects = &ways[_i].effect;
    nut.choice.effect_count = 1;
    story_finish(&sample.story);
    struct state state = sample_start(&sample);
    ck_assert_int_eq(choose(&sample, &state, &nut.choice, &event), OK);
    ck_assert_msg(state.section == ways[_i].section, "%s", ways[_i].why);
    arena_release(&sample.story.arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");
    tcase_add_test(tcase, a_choice_for_once_is_gone_afterwards);
    tcase_add_test(tcase, a_hidden_choice_is_there_while_it_can_be_taken);
    tcase_add_test(tcase, nothing_is_offered_when_the_game_is_over);
    tcase_add_test(tcase, nothing_at_all_may_be_left_to_choose);
    tcase_add_test(tcase, what_is_carried_can_be_used);
    tcase_add_test(tcase, what_is_used_up_makes_room_first);
    tcase_add_loop_test(tcase, a_use_can_lead_away, 0, 3);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
