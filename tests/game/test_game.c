#include "app/game/game.h"

#include <string.h>

#include "tests/game/sample.h"
#include "tests/support/support.h"

enum { NOON_MS = 1234567 };

/* ---- start ---- */

START_TEST(a_game_begins_as_its_author_wrote)
{
    struct sample sample;
    struct state state;
    struct event event;
    sample_init(&sample);
    sample.items[LAMP].initial = 2;
    sample.stats[SKILL].initial = 11;
    ck_assert_int_eq(game_start(&sample.story, sample_seed, SLICE_NONE, NOON_MS, &state, &event),
                     OK);
    ck_assert_uint_eq(state.version, 1);
    ck_assert_uint_eq(state.run, 1);
    ck_assert_int_eq(state.status, GAME_ACTIVE);
    ck_assert_int_eq(state.section, START);
    ck_assert_int_eq(state.gold, 5);
    ck_assert_int_eq(state.stats[ENDURANCE], 20);
    ck_assert_int_eq(state.stats[SKILL], 11);
    ck_assert_int_eq(state.items[ROPE], 1);
    ck_assert_int_eq(state.items[LAMP], 2);
    ck_assert_slice_str(slice_make(state.name, state.name_len), "Hero");
    for (int32_t flag = 0; flag < LIMIT_FLAGS; flag++)
        ck_assert(!state_flag(&state, flag));
}
END_TEST

START_TEST(a_start_is_an_event)
{
    struct sample sample;
    struct state state;
    struct event event;
    sample_init(&sample);
    sample.story.start = HALL;
    EFFECTS(&sample, &sample.sections[HALL], ADD_GOLD(3), ADD_GOLD(0), SET_FLAG(2, 1));
    ck_assert_int_eq(game_start(&sample.story, sample_seed, SLICE_NONE, NOON_MS, &state, &event),
                     OK);
    ck_assert_int_eq(event.kind, EVENT_START);
    ck_assert_uint_eq(event.version, 1);
    ck_assert_int_eq(event.at_ms, NOON_MS);
    ck_assert_int_eq(event.from, -1);
    ck_assert_int_eq(event.to, HALL);
    ck_assert_ptr_null(event.choice);
    ck_assert_uint_eq(event.roll_count, 0);
    ck_assert_uint_eq(event.change_count, 2);
    ck_assert_int_eq(state.gold, 8);
    ck_assert(state_flag(&state, 2));
}
END_TEST

static const struct {
    struct slice name;
    enum status status;
} start_names[] = {
    {SLICE_INIT("Ada"), OK},
    {SLICE_INIT("12345678901234567890123456789012345678901234567890"), OK},
    {SLICE_INIT("123456789012345678901234567890123456789012345678901"), ERR_INVALID},
    {SLICE_INIT("A\tB"), ERR_INVALID},
    {SLICE_INIT("\xff"), ERR_INVALID},
};

START_TEST(a_hero_has_a_good_name_or_there_is_no_game)
{
    struct sample sample;
    struct state state = {.version = 77};
    struct event event;
    sample_init(&sample);
    ck_assert_int_eq(
        game_start(&sample.story, sample_seed, start_names[_i].name, 0, &state, &event),
        start_names[_i].status);
    if (start_names[_i].status == OK)
        ck_assert_slice_eq(slice_make(state.name, state.name_len), start_names[_i].name);
    else
        ck_assert_uint_eq(state.version, 77);
}
END_TEST

START_TEST(a_story_may_begin_with_its_ending)
{
    struct sample sample;
    sample_init(&sample);
    sample.story.start = TREASURE;
    ck_assert_int_eq(sample_start(&sample).status, GAME_WON);
}
END_TEST

START_TEST(a_story_that_breaks_an_invariant_is_not_begun)
{
    struct sample sample;
    struct state state = {.version = 77};
    struct event event;
    sample_init(&sample);
    sample.items[ROPE].initial = SAMPLE_CAPACITY + 1;
    ck_assert_int_eq(game_start(&sample.story, sample_seed, SLICE_NONE, 0, &state, &event),
                     ERR_INTERNAL);
    ck_assert_uint_eq(state.version, 77);
}
END_TEST

/* ---- step ---- */

START_TEST(a_choice_leads_to_the_next_version)
{
    struct sample sample;
    struct event event;
    struct state next;
    sample_init(&sample);
    EFFECTS(&sample, &sample.choices[1], ADD_ITEM(NUT, 3));
    EFFECTS(&sample, &sample.sections[HALL], ADD_ITEM(NUT, -1));
    const struct state state = sample_start(&sample);
    ck_assert_int_eq(
        game_step(&sample.story, sample_seed, &state, &sample.choices[1], NOON_MS, &next, &event),
        OK);
    ck_assert_uint_eq(next.version, 2);
    ck_assert_uint_eq(next.run, 1);
    ck_assert_int_eq(next.section, HALL);
    ck_assert_int_eq(next.status, GAME_ACTIVE);
    ck_assert_int_eq(next.items[NUT], 2);
    ck_assert_int_eq(event.kind, EVENT_CHOICE);
    ck_assert_uint_eq(event.version, 2);
    ck_assert_int_eq(event.at_ms, NOON_MS);
    ck_assert_int_eq(event.from, START);
    ck_assert_int_eq(event.to, HALL);
    ck_assert_ptr_eq(event.choice, &sample.choices[1]);
    ck_assert_uint_eq(event.roll_count, 0);
    ck_assert_uint_eq(event.change_count, 2);
    ck_assert_int_eq(event.changes[0].to, 3);
    ck_assert_int_eq(event.changes[1].to, 2);
}
END_TEST

START_TEST(the_next_state_may_take_the_place_of_the_last)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    EFFECTS(&sample, &sample.choices[0], ADD_ITEM(NUT, 3), ADD_GOLD(1));
    struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(
        game_step(&sample.story, sample_seed, &state, &sample.choices[0], 0, &state, &event), OK);
    ck_assert(state_eq(&state, &next, &sample.story));
    ck_assert_int_eq(event.from, START);
}
END_TEST

/* A chance of 24 always succeeds with 2d6, one of 0 never does. */
static const struct {
    const char *why;
    enum choice_type type;
    bool has_condition, holds;
    enum dice_type dice;
    int32_t chance;
    enum status status;
    int32_t section;
} type_cases[] = {
    {"direct", CHOICE_DIRECT, false, false, DICE_NONE, 0, OK, HALL},
    {"conditional", CHOICE_CONDITIONAL, true, true, DICE_NONE, 0, OK, HALL},
    {"conditional, refused", CHOICE_CONDITIONAL, true, false, DICE_NONE, 0, ERR_CHOICE_UNAVAILABLE,
     -1},
    {"dice, success", CHOICE_DICE, false, false, DICE_CHANCE, 24, OK, HALL},
    {"dice, failure", CHOICE_DICE, false, false, DICE_CHANCE, 0, OK, CELL},
    {"mixed, success", CHOICE_MIXED, true, true, DICE_CHANCE, 24, OK, HALL},
    {"mixed, failure", CHOICE_MIXED, true, true, DICE_CHANCE, 0, OK, CELL},
    {"mixed, refused", CHOICE_MIXED, true, false, DICE_CHANCE, 24, ERR_CHOICE_UNAVAILABLE, -1},
    {"combat, success", CHOICE_DICE, false, false, DICE_COMBAT, 24, OK, HALL},
    {"combat, failure", CHOICE_DICE, false, false, DICE_COMBAT, 0, OK, CELL},
    {"mixed combat, refused", CHOICE_MIXED, true, false, DICE_COMBAT, 24, ERR_CHOICE_UNAVAILABLE,
     -1},
};

START_TEST(each_type_of_choice_has_its_ways)
{
    static const struct condition flag = {.kind = CONDITION_FLAG, .index = 0};
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.choices[0].type = type_cases[_i].type;
    sample.choices[0].condition = type_cases[_i].has_condition ? &flag : NULL;
    sample.choices[0].target_failure = CELL;
    sample.choices[0].check = (struct check){.type = type_cases[_i].dice,
                                             .stat = CHANCE,
                                             .endurance = ENDURANCE,
                                             .foe_skill = 12,
                                             .foe_endurance = 8,
                                             .damage = 2};
    EFFECTS(&sample, &sample.choices[0], SET_FLAG(1, 1));
    struct state state = sample_start(&sample);
    state.flags[0] = type_cases[_i].holds;
    state.stats[CHANCE] = type_cases[_i].chance;
    struct state next = {.version = 77};
    const enum status st =
        game_step(&sample.story, sample_seed, &state, &sample.choices[0], 0, &next, &event);
    ck_assert_msg(st == type_cases[_i].status, "%s", type_cases[_i].why);
    if (st != OK) {
        ck_assert_uint_eq(next.version, 77);
        return;
    }
    ck_assert_msg(next.section == type_cases[_i].section, "%s", type_cases[_i].why);
    ck_assert(state_flag(&next, 1));
    ck_assert_int_eq(event.roll_count > 0, type_cases[_i].dice != DICE_NONE);
}
END_TEST

START_TEST(effects_of_a_choice_come_before_its_dice)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.choices[0].check = (struct check){.type = DICE_CHANCE, .stat = CHANCE};
    sample.choices[0].target_failure = CELL;
    EFFECTS(&sample, &sample.choices[0], SET_STAT(CHANCE, 1));
    const struct state state = sample_start(&sample);
    ck_assert_int_eq(sample_play(&sample, &state, &event).section, CELL);
    ck_assert_int_eq(event.rolls[0].target, 1);
}
END_TEST

START_TEST(dice_are_those_of_the_run_and_the_next_version)
{
    for (uint32_t run = 1; run <= 2; run++) {
        for (uint64_t version = 1; version <= 5; version++) {
            struct sample sample;
            struct event event;
            uint8_t run_seed[SEED_LEN];
            struct dice dice;
            int32_t values[2];
            sample_init(&sample);
            sample.choices[0].check = (struct check){.type = DICE_CHANCE, .stat = CHANCE};
            sample.choices[0].target_failure = CELL;
            struct state state = sample_start(&sample);
            state.run = run;
            state.version = version;
            sample_play(&sample, &state, &event);
            dice_run_seed(sample_seed, run, run_seed);
            dice_init(&dice, run_seed, version + 1);
            dice_roll(&dice, 2, 6, values);
            ck_assert_int_eq(event.rolls[0].values[0], values[0]);
            ck_assert_int_eq(event.rolls[0].values[1], values[1]);
        }
    }
}
END_TEST

START_TEST(an_ending_ends_the_game)
{
    static const struct {
        int32_t target;
        enum game_status status;
    } endings[] = {{DEATH, GAME_LOST}, {TREASURE, GAME_WON}};
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.choices[0].target = endings[_i].target;
    EFFECTS(&sample, &sample.sections[endings[_i].target], ADD_GOLD(1));
    const struct state state = sample_start(&sample);
    struct state over = sample_play(&sample, &state, &event);
    ck_assert_int_eq(over.status, endings[_i].status);
    ck_assert_int_eq(over.gold, 6); /* its effects count */
    struct state next = {.version = 77};
    ck_assert_int_eq(
        game_step(&sample.story, sample_seed, &over, &sample.choices[0], 0, &next, &event),
        ERR_GAME_OVER);
    ck_assert_int_eq(game_stop(&sample.story, &over, 0, &next, &event), ERR_GAME_OVER);
    ck_assert_uint_eq(next.version, 77);
}
END_TEST

START_TEST(a_next_state_that_breaks_an_invariant_is_refused)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    struct state state = sample_start(&sample);
    struct state next = {.version = 77};
    state.items[LAMP] = SAMPLE_CAPACITY; /* one more than fits, beside the rope */
    ck_assert_int_eq(
        game_step(&sample.story, sample_seed, &state, &sample.choices[0], 0, &next, &event),
        ERR_INTERNAL);
    ck_assert_uint_eq(next.version, 77);
}
END_TEST

START_TEST(there_is_no_version_after_the_last)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    struct state state = sample_start(&sample);
    struct state next = {.version = 77};
    state.version = UINT64_MAX;
    ck_assert_int_eq(
        game_step(&sample.story, sample_seed, &state, &sample.choices[0], 0, &next, &event),
        ERR_INTERNAL);
    ck_assert_int_eq(game_stop(&sample.story, &state, 0, &next, &event), ERR_INTERNAL);
    ck_assert_int_eq(game_reset(&sample.story, sample_seed, &state, 0, &next, &event),
                     ERR_INTERNAL);
    state.version = 1;
    state.run = UINT32_MAX;
    ck_assert_int_eq(game_reset(&sample.story, sample_seed, &state, 0, &next, &event),
                     ERR_INTERNAL);
    ck_assert_uint_eq(next.version, 77);
}
END_TEST

/* ---- a stat at its minimum ---- */

/* START to target; endurance begins at `begin`, the choice adds `choosing`, HALL and CELL and the
 * endings add `entering`. The stat's zero_section is `zero`. */
static const struct {
    const char *why;
    int32_t begin, choosing, entering;
    int32_t target, zero;
    int32_t section, endurance;
} zero_cases[] = {
    {"falls by the choice", 5, -5, 0, HALL, DEATH, DEATH, 0},
    {"falls by more than there is", 5, -6, 0, HALL, DEATH, DEATH, 0},
    {"one is left", 5, -4, 0, HALL, DEATH, HALL, 1},
    {"falls on entering", 5, 0, -5, HALL, DEATH, DEATH, 0},
    {"one is left on entering", 5, 0, -4, HALL, DEATH, HALL, 1},
    {"falls by both together", 5, -2, -3, HALL, DEATH, DEATH, 0},
    {"nothing happens at the minimum", 5, -5, 0, HALL, -1, HALL, 0},
    {"it was at its minimum before", 0, -5, -5, HALL, DEATH, HALL, 0},
    {"it was at its minimum, rose and fell", 0, 5, -5, HALL, DEATH, DEATH, 0},
    {"an ending stands", 5, 0, -5, TREASURE, DEATH, TREASURE, 0},
    {"the choice goes before the ending", 5, -5, 0, TREASURE, DEATH, DEATH, 0},
    {"to a section that goes on", 5, -5, 0, HALL, CELL, CELL, 0},
    {"to a section that goes on, and it heals", 5, -5, 7, HALL, CELL, CELL, 7},
    {"healed on entering, and fell no more", 5, -4, 7, HALL, DEATH, HALL, 8},
    {"to the target itself, entered once", 5, -4, -1, HALL, HALL, HALL, 0},
    {"back to where it came from", 5, -5, 0, HALL, START, START, 0},
};

START_TEST(a_stat_that_falls_to_its_minimum_leads_elsewhere)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = zero_cases[_i].zero;
    sample.choices[0].target = zero_cases[_i].target;
    EFFECTS(&sample, &sample.choices[0], ADD_STAT(ENDURANCE, zero_cases[_i].choosing));
    for (int section = HALL; section < SAMPLE_SECTIONS; section++) {
        if (section == zero_cases[_i].zero && zero_cases[_i].entering < 0 && section != HALL)
            continue;
        EFFECTS(&sample, &sample.sections[section], ADD_STAT(ENDURANCE, zero_cases[_i].entering));
    }
    struct state state = sample_start(&sample);
    state.stats[ENDURANCE] = zero_cases[_i].begin;
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_msg(next.section == zero_cases[_i].section, "%s: section %d", zero_cases[_i].why,
                  next.section);
    ck_assert_msg(next.stats[ENDURANCE] == zero_cases[_i].endurance, "%s: endurance %d",
                  zero_cases[_i].why, next.stats[ENDURANCE]);
    ck_assert_int_eq(event.to, next.section);
}
END_TEST

START_TEST(a_fall_before_the_dice_leaves_them_unrolled)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = DEATH;
    sample.choices[0].check = (struct check){.type = DICE_CHANCE, .stat = CHANCE};
    sample.choices[0].target_failure = CELL;
    EFFECTS(&sample, &sample.choices[0], SET_STAT(ENDURANCE, 0));
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.section, DEATH);
    ck_assert_int_eq(next.status, GAME_LOST);
    ck_assert_uint_eq(event.roll_count, 0);
}
END_TEST

START_TEST(a_zero_section_is_entered_with_its_effects_and_at_most_once)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = HALL;
    sample.stats[SKILL].zero_section = DEATH;
    sample.choices[0].target = CELL;
    EFFECTS(&sample, &sample.sections[CELL], SET_STAT(ENDURANCE, 0), ADD_GOLD(1));
    EFFECTS(&sample, &sample.sections[HALL], SET_STAT(SKILL, 0), ADD_GOLD(10));
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.section, HALL);
    ck_assert_int_eq(next.status, GAME_ACTIVE);
    ck_assert_int_eq(next.stats[SKILL], 0);
    ck_assert_int_eq(next.gold, 16);
    ck_assert_uint_eq(event.change_count, 4);
}
END_TEST

START_TEST(a_zero_section_that_is_the_target_is_entered_once)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = HALL;
    EFFECTS(&sample, &sample.sections[HALL], SET_STAT(ENDURANCE, 0), ADD_GOLD(1));
    const struct state state = sample_start(&sample);
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_int_eq(next.section, HALL);
    ck_assert_int_eq(next.gold, 6);
}
END_TEST

START_TEST(of_two_stats_the_one_that_fell_first_counts)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = DEATH;
    sample.stats[SKILL].zero_section = CELL;
    EFFECTS(&sample, &sample.choices[0], SET_STAT(SKILL, 0), SET_STAT(ENDURANCE, 0));
    struct state state = sample_start(&sample);
    ck_assert_int_eq(sample_play(&sample, &state, &event).section, CELL);
    EFFECTS(&sample, &sample.choices[0], SET_STAT(ENDURANCE, 0), SET_STAT(SKILL, 0));
    ck_assert_int_eq(sample_play(&sample, &state, &event).section, DEATH);
    /* To lose some of it is not to fall. */
    EFFECTS(&sample, &sample.choices[0], ADD_STAT(SKILL, -1), SET_STAT(ENDURANCE, 0),
            SET_STAT(SKILL, 0));
    ck_assert_int_eq(sample_play(&sample, &state, &event).section, DEATH);
    /* It does not count when it rose again. */
    EFFECTS(&sample, &sample.choices[0], SET_STAT(ENDURANCE, 0), SET_STAT(SKILL, 0),
            SET_STAT(ENDURANCE, 1));
    ck_assert_int_eq(sample_play(&sample, &state, &event).section, CELL);
}
END_TEST

START_TEST(a_minimum_need_not_be_zero)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = DEATH;
    sample.stats[ENDURANCE].min = -3;
    EFFECTS(&sample, &sample.choices[0], SET_STAT(ENDURANCE, 0));
    struct state state = sample_start(&sample);
    ck_assert_int_eq(sample_play(&sample, &state, &event).section, HALL);
    EFFECTS(&sample, &sample.choices[0], SET_STAT(ENDURANCE, -3));
    ck_assert_int_eq(sample_play(&sample, &state, &event).section, DEATH);
}
END_TEST

START_TEST(a_stat_may_fall_at_the_very_start)
{
    struct sample sample;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = DEATH;
    EFFECTS(&sample, &sample.sections[START], SET_STAT(ENDURANCE, 0));
    const struct state state = sample_start(&sample);
    ck_assert_int_eq(state.section, DEATH);
    ck_assert_int_eq(state.status, GAME_LOST);
    ck_assert_uint_eq(state.version, 1);
}
END_TEST

/* A fight that cannot be won. `healing` is what the section of failure gives back. */
static const struct {
    const char *why;
    int32_t failure, zero, healing;
    int32_t section;
    enum game_status status;
} defeat_cases[] = {
    {"the ending of the fight stands", TREASURE, DEATH, 0, TREASURE, GAME_WON},
    {"a section that goes on does not", CELL, DEATH, 0, DEATH, GAME_LOST},
    {"but it does when it heals", CELL, DEATH, 3, CELL, GAME_ACTIVE},
    {"and when the stat leads nowhere", CELL, -1, 0, CELL, GAME_ACTIVE},
    {"both lead to the same ending", DEATH, DEATH, 0, DEATH, GAME_LOST},
    {"both lead to the same section", CELL, CELL, 0, CELL, GAME_ACTIVE},
};

START_TEST(a_lost_fight_leads_to_failure)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    sample.stats[ENDURANCE].zero_section = defeat_cases[_i].zero;
    sample.choices[0].target_failure = defeat_cases[_i].failure;
    sample.choices[0].check = (struct check){.type = DICE_COMBAT,
                                             .stat = SKILL,
                                             .endurance = ENDURANCE,
                                             .foe_skill = 24,
                                             .foe_endurance = 9,
                                             .damage = 3};
    if (defeat_cases[_i].healing != 0)
        EFFECTS(&sample, &sample.sections[CELL], ADD_STAT(ENDURANCE, defeat_cases[_i].healing));
    struct state state = sample_start(&sample);
    state.stats[SKILL] = 0;
    const struct state next = sample_play(&sample, &state, &event);
    ck_assert_msg(next.section == defeat_cases[_i].section, "%s", defeat_cases[_i].why);
    ck_assert_int_eq(next.status, defeat_cases[_i].status);
    ck_assert_uint_eq(event.roll_count, 2 * 7);
    ck_assert_int_eq(event.changes[0].from, 20);
    ck_assert_int_eq(event.changes[0].to, 0);
}
END_TEST

/* ---- stop and reset ---- */

START_TEST(a_stopped_game_keeps_everything_but_goes_no_further)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    const struct state state = sample_start(&sample);
    struct state stopped;
    ck_assert_int_eq(game_stop(&sample.story, &state, NOON_MS, &stopped, &event), OK);
    ck_assert_int_eq(event.kind, EVENT_STOP);
    ck_assert_uint_eq(event.version, 2);
    ck_assert_int_eq(event.at_ms, NOON_MS);
    ck_assert_int_eq(event.from, START);
    ck_assert_int_eq(event.to, START);
    ck_assert_ptr_null(event.choice);
    ck_assert_uint_eq(event.change_count, 0);

    struct state expected = state;
    expected.version = 2;
    expected.status = GAME_STOPPED;
    ck_assert(state_eq(&stopped, &expected, &sample.story));

    struct state next = {.version = 77};
    ck_assert_int_eq(game_stop(&sample.story, &stopped, 0, &next, &event), ERR_GAME_OVER);
    ck_assert_int_eq(
        game_step(&sample.story, sample_seed, &stopped, &sample.choices[0], 0, &next, &event),
        ERR_GAME_OVER);
    ck_assert_uint_eq(next.version, 77);
}
END_TEST

START_TEST(a_game_is_stopped_in_place)
{
    struct sample sample;
    struct event event;
    sample_init(&sample);
    struct state state = sample_start(&sample);
    ck_assert_int_eq(game_stop(&sample.story, &state, 0, &state, &event), OK);
    ck_assert_int_eq(state.status, GAME_STOPPED);
    ck_assert_uint_eq(state.version, 2);
}
END_TEST

START_TEST(a_reset_begins_again_as_the_next_version_and_run)
{
    static const int32_t targets[] = {HALL, DEATH, TREASURE};
    struct sample sample;
    struct state state;
    struct event event;
    sample_init(&sample);
    sample.choices[0].target = targets[_i];
    EFFECTS(&sample, &sample.choices[0], ADD_GOLD(7), SET_FLAG(11, 1), ADD_ITEM(NUT, 2),
            ADD_STAT(SKILL, -3));
    EFFECTS(&sample, &sample.sections[START], ADD_ITEM(LAMP, 1));
    ck_assert_int_eq(game_start(&sample.story, sample_seed, SLICE("Ada"), 0, &state, &event), OK);
    struct state expected = state;
    state = sample_play(&sample, &state, &event);
    ck_assert_int_eq(game_reset(&sample.story, sample_seed, &state, NOON_MS, &state, &event), OK);
    ck_assert_int_eq(event.kind, EVENT_RESET);
    ck_assert_uint_eq(event.version, 3);
    ck_assert_int_eq(event.at_ms, NOON_MS);
    ck_assert_int_eq(event.from, -1);
    ck_assert_int_eq(event.to, START);
    ck_assert_ptr_null(event.choice);
    ck_assert_uint_eq(event.change_count, 1);
    expected.version = 3;
    expected.run = 2;
    ck_assert(state_eq(&state, &expected, &sample.story));
    ck_assert_slice_str(slice_make(state.name, state.name_len), "Ada");
}
END_TEST

static TCase *start_tests(void)
{
    TCase *tcase = tcase_create("start");
    tcase_add_test(tcase, a_game_begins_as_its_author_wrote);
    tcase_add_test(tcase, a_start_is_an_event);
    tcase_add_loop_test(tcase, a_hero_has_a_good_name_or_there_is_no_game, 0,
                        (int)COUNT_OF(start_names));
    tcase_add_test(tcase, a_story_may_begin_with_its_ending);
    tcase_add_test(tcase, a_story_that_breaks_an_invariant_is_not_begun);
    return tcase;
}

static TCase *step_tests(void)
{
    TCase *tcase = tcase_create("step");
    tcase_add_test(tcase, a_choice_leads_to_the_next_version);
    tcase_add_test(tcase, the_next_state_may_take_the_place_of_the_last);
    tcase_add_loop_test(tcase, each_type_of_choice_has_its_ways, 0, (int)COUNT_OF(type_cases));
    tcase_add_test(tcase, effects_of_a_choice_come_before_its_dice);
    tcase_add_test(tcase, dice_are_those_of_the_run_and_the_next_version);
    tcase_add_loop_test(tcase, an_ending_ends_the_game, 0, 2);
    tcase_add_test(tcase, a_next_state_that_breaks_an_invariant_is_refused);
    tcase_add_test(tcase, there_is_no_version_after_the_last);
    return tcase;
}

static TCase *minimum_tests(void)
{
    TCase *tcase = tcase_create("minimum");
    tcase_add_loop_test(tcase, a_stat_that_falls_to_its_minimum_leads_elsewhere, 0,
                        (int)COUNT_OF(zero_cases));
    tcase_add_test(tcase, a_fall_before_the_dice_leaves_them_unrolled);
    tcase_add_test(tcase, a_zero_section_is_entered_with_its_effects_and_at_most_once);
    tcase_add_test(tcase, a_zero_section_that_is_the_target_is_entered_once);
    tcase_add_test(tcase, of_two_stats_the_one_that_fell_first_counts);
    tcase_add_test(tcase, a_minimum_need_not_be_zero);
    tcase_add_test(tcase, a_stat_may_fall_at_the_very_start);
    tcase_add_loop_test(tcase, a_lost_fight_leads_to_failure, 0, (int)COUNT_OF(defeat_cases));
    return tcase;
}

static TCase *stop_and_reset_tests(void)
{
    TCase *tcase = tcase_create("stop and reset");
    tcase_add_test(tcase, a_stopped_game_keeps_everything_but_goes_no_further);
    tcase_add_test(tcase, a_game_is_stopped_in_place);
    tcase_add_loop_test(tcase, a_reset_begins_again_as_the_next_version_and_run, 0, 3);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("game");
    suite_add_tcase(suite, start_tests());
    suite_add_tcase(suite, step_tests());
    suite_add_tcase(suite, minimum_tests());
    suite_add_tcase(suite, stop_and_reset_tests());
    return run_suite(suite);
}
