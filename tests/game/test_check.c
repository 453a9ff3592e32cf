#include "app/game/check.h"

#include <signal.h>

#include "tests/game/sample.h"
#include "tests/support/support.h"

/* Rolls of run 1 by the second implementation that test_dice.c describes: the first roll of version
 * 2 is 2 2, of version 3 it is 5 4. The fights below come from it too. */
static struct verdict resolve_as(uint64_t version, const struct story *story,
                                 const struct check *check, struct state *state,
                                 struct event *event)
{
    struct play play = {.story = story, .seed = sample_seed, .state = state, .event = event};
    const uint64_t own = state->version;
    state->version = version;
    (void)play_dice(&play);
    state->version = own;
    return check_resolve(&play, check);
}

START_TEST(a_chance_succeeds_up_to_the_stat)
{
    static const struct {
        const char *why;
        uint64_t version;
        int32_t stat, modifier;
        int32_t total;
        bool success;
    } cases[] = {
        {"below the stat", 2, 5, 0, 4, true},
        {"exactly the stat", 2, 4, 0, 4, true},
        {"one above the stat", 2, 3, 0, 4, false},
        {"other dice", 3, 8, 0, 9, false},
        {"a modifier makes it harder", 2, 5, 2, 6, false},
        {"just not hard enough", 2, 5, 1, 5, true},
        {"a modifier makes it easier", 3, 8, -1, 8, true},
        {"below nothing", 3, 0, -10, -1, true},
        {"the largest modifier does not wrap", 2, 24, INT32_MAX, INT32_MAX, false},
        {"the smallest modifier", 2, 0, INT32_MIN, INT32_MIN + 4, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sample sample;
        sample_init(&sample);
        struct state state = sample_start(&sample);
        const struct state before = state;
        struct event event = {0};
        const struct check check = {
            .type = DICE_CHANCE, .stat = CHANCE, .modifier = cases[i].modifier};

        state.stats[CHANCE] = cases[i].stat;
        const bool success =
            resolve_as(cases[i].version, &sample.story, &check, &state, &event).success;
        ck_assert_msg(success == cases[i].success, "%s", cases[i].why);
        ck_assert_uint_eq(event.roll_count, 1);
        ck_assert_int_eq(event.rolls[0].purpose, ROLL_CHANCE);
        ck_assert_int_eq(event.rolls[0].total, cases[i].total);
        ck_assert_int_eq(event.rolls[0].target, cases[i].stat);
        ck_assert_int_eq(event.rolls[0].success, cases[i].success);
        ck_assert_uint_eq(event.change_count, 0);
        state.stats[CHANCE] = before.stats[CHANCE];
        ck_assert(state_eq(&state, &before, &sample.story));
    }
}
END_TEST

struct combat {
    struct sample sample;
    struct state state;
    struct event event;
    struct check check;
};

static void fight_init(struct combat *fight, int32_t skill, int32_t endurance)
{
    *fight = (struct combat){0};
    sample_init(&fight->sample);
    fight->state = sample_start(&fight->sample);
    fight->state.stats[SKILL] = skill;
    fight->state.stats[ENDURANCE] = endurance;
    fight->check = (struct check){.type = DICE_COMBAT,
                                  .stat = SKILL,
                                  .endurance = ENDURANCE,
                                  .foe_skill = 7,
                                  .foe_endurance = 6,
                                  .damage = 2};
}

static bool fight_run(struct combat *fight, uint64_t version)
{
    return resolve_as(version, &fight->sample.story, &fight->check, &fight->state, &fight->event)
        .success;
}

/* Both have skill 7 and endurance 6, each blow costs 2. */
static const struct {
    const char *why;
    uint64_t version;
    bool success;
    int32_t endurance;
    size_t roll_count;
    int32_t values[12][2];
} fights[] = {
    {"a fight that the hero loses",
     2,
     false,
     0,
     12,
     {{2, 2},
      {4, 3},
      {2, 4},
      {6, 2},
      {6, 6},
      {5, 6},
      {4, 5},
      {6, 3},
      {3, 6},
      {4, 5},
      {3, 4},
      {2, 6}}},
    {"a fight that the hero wins",
     6,
     true,
     2,
     10,
     {{4, 4}, {5, 5}, {2, 4}, {3, 6}, {6, 6}, {4, 5}, {4, 2}, {2, 3}, {1, 5}, {1, 3}}},
};

START_TEST(a_fight_is_recorded_throw_by_throw)
{
    struct combat fight;
    fight_init(&fight, 7, 6);
    ck_assert_int_eq(fight_run(&fight, fights[_i].version), fights[_i].success);
    ck_assert_int_eq(fight.state.stats[ENDURANCE], fights[_i].endurance);
    ck_assert_uint_eq(fight.event.roll_count, fights[_i].roll_count);
    for (size_t i = 0; i < fights[_i].roll_count; i++) {
        const struct roll *roll = &fight.event.rolls[i];
        ck_assert_int_eq(roll->purpose, i % 2 == 0 ? ROLL_COMBAT_HERO : ROLL_COMBAT_FOE);
        ck_assert_int_eq(roll->values[0], fights[_i].values[i][0]);
        ck_assert_int_eq(roll->values[1], fights[_i].values[i][1]);
        ck_assert_int_eq(roll->total, roll->values[0] + roll->values[1] + 7);
        ck_assert_int_eq(roll->target, 0);
        ck_assert(!roll->success);
    }
}
END_TEST

START_TEST(the_wounds_of_a_fight_are_one_change)
{
    struct combat fight;
    fight_init(&fight, 7, 6);
    fight_run(&fight, fights[_i].version);
    ck_assert_uint_eq(fight.event.change_count, 1);
    ck_assert_int_eq(fight.event.changes[0].kind, EFFECT_STAT);
    ck_assert_int_eq(fight.event.changes[0].index, ENDURANCE);
    ck_assert_int_eq(fight.event.changes[0].from, 6);
    ck_assert_int_eq(fight.event.changes[0].to, fights[_i].endurance);
}
END_TEST

/* A skill of 24 against 0 always hits, and the other way round: 2d6 are 2 to 12. */
static const struct {
    const char *why;
    int32_t skill, endurance;
    int32_t foe_skill, foe_endurance, damage;
    bool success;
    int32_t endurance_after;
    size_t rounds;
} outcomes[] = {
    {"the foe falls without a scratch to the hero", 24, 20, 0, 6, 2, true, 20, 3},
    {"the last blow is more than enough", 24, 20, 0, 5, 2, true, 20, 3},
    {"one blow", 24, 20, 0, 1, 2, true, 20, 1},
    {"the hero falls", 0, 20, 24, 6, 2, false, 0, 10},
    {"the hero falls to the minimum, not below", 0, 5, 24, 6, 2, false, 0, 3},
    {"a blow larger than any number", 0, 20, 24, 6, INT32_MAX, false, 0, 1},
    {"a hero without endurance loses at once", 24, 0, 0, 6, 2, false, 0, 0},
    {"a hero who cannot begin loses to anybody", 24, 0, 0, 0, 2, false, 0, 0},
    {"a foe without endurance has lost", 24, 20, 0, 0, 2, true, 20, 0},
    {"the foe falls in the last round", 24, 20, 0, 2 * LIMIT_COMBAT_ROUNDS, 2, true, 20,
     LIMIT_COMBAT_ROUNDS},
    {"the foe would fall one round later", 24, 20, 0, 2 * LIMIT_COMBAT_ROUNDS + 1, 2, false, 20,
     LIMIT_COMBAT_ROUNDS},
    {"blows that do nothing end as well", 24, 20, 0, 6, 0, false, 20, LIMIT_COMBAT_ROUNDS},
    {"the largest foe", 24, 20, 0, INT32_MAX, 1, false, 20, LIMIT_COMBAT_ROUNDS},
};

START_TEST(a_fight_ends_with_one_fallen_or_after_its_rounds)
{
    struct combat fight;
    fight_init(&fight, outcomes[_i].skill, outcomes[_i].endurance);
    fight.check.foe_skill = outcomes[_i].foe_skill;
    fight.check.foe_endurance = outcomes[_i].foe_endurance;
    fight.check.damage = outcomes[_i].damage;
    const bool success = fight_run(&fight, 2);
    ck_assert_msg(success == outcomes[_i].success, "%s", outcomes[_i].why);
    ck_assert_int_eq(fight.state.stats[ENDURANCE], outcomes[_i].endurance_after);
    ck_assert_uint_eq(fight.event.roll_count, 2 * outcomes[_i].rounds);
    ck_assert_uint_eq(fight.event.change_count,
                      outcomes[_i].endurance != outcomes[_i].endurance_after);
}
END_TEST

START_TEST(a_hero_falls_at_the_minimum_of_the_stat)
{
    struct combat fight;
    fight_init(&fight, 0, 20);
    fight.sample.stats[ENDURANCE].min = 15;
    fight.check.foe_skill = 24;
    ck_assert(!fight_run(&fight, 2));
    ck_assert_int_eq(fight.state.stats[ENDURANCE], 15);
    ck_assert_uint_eq(fight.event.roll_count, 2 * 3);
}
END_TEST

static const struct check wrong_checks[] = {
    {.type = DICE_NONE},
    {.type = DICE_CHANCE, .stat = SAMPLE_STATS},
    {.type = DICE_CHANCE, .stat = -1},
    {.type = DICE_COMBAT, .stat = SKILL, .endurance = SAMPLE_STATS},
    {.type = DICE_COMBAT, .stat = SKILL, .endurance = -1},
};

START_TEST(a_check_of_nothing_stops_the_program)
{
    struct combat fight;
    fight_init(&fight, 7, 6);
    fight.check = wrong_checks[_i];
    fight_run(&fight, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *tcase = tcase_create("check");
    tcase_add_test(tcase, a_chance_succeeds_up_to_the_stat);
    tcase_add_loop_test(tcase, a_fight_is_recorded_throw_by_throw, 0, (int)COUNT_OF(fights));
    tcase_add_loop_test(tcase, the_wounds_of_a_fight_are_one_change, 0, (int)COUNT_OF(fights));
    tcase_add_loop_test(tcase, a_fight_ends_with_one_fallen_or_after_its_rounds, 0,
                        (int)COUNT_OF(outcomes));
    tcase_add_test(tcase, a_hero_falls_at_the_minimum_of_the_stat);
    tcase_add_loop_test_raise_signal(tcase, a_check_of_nothing_stops_the_program, SIGABRT, 0,
                                     (int)COUNT_OF(wrong_checks));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
