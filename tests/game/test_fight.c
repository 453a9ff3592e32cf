/* Fights round by round. The throws of version 2 are 2 2, 4 3, 2 4, 6 2, 6 6 ... (test_dice.c says
 * where that is known from): without skills the hero has 4 and the first foe 7; what is thrown next
 * is 6, then 8, then 12. */
#include <string.h>

#include "tests/game/sample.h"
#include "tests/support/support.h"

enum { POTION = LAMP, FOES = 3 };

/* A fight in START against the first foe_count of three foes with skill 7 and endurance 6. */
struct arena_fight {
    struct sample sample;
    struct fight fight;
    struct foe foes[FOES];
    struct item_use potion;
    struct event event;
};

static void fight_init(struct arena_fight *a, size_t foe_count)
{
    static const char *const names[FOES] = {"Wolf", "Bear", "Crow"};
    *a = (struct arena_fight){.potion = {.choice = {.text = SLICE_INIT("Drink")}}};
    sample_init(&a->sample);
    for (size_t i = 0; i < FOES; i++)
        a->foes[i] =
            (struct foe){.name = slice_str(names[i]), .skill = 7, .endurance = 6, .damage = 3};
    a->fight = (struct fight){.foes = a->foes,
                              .foe_count = foe_count,
                              .skill = SKILL,
                              .endurance = ENDURANCE,
                              .damage = 2,
                              .luck = CHANCE,
                              .flee_target = HALL,
                              .win = TREASURE,
                              .lose = DEATH};
    a->sample.sections[START].fight = &a->fight;
    a->sample.items[POTION].id = SLICE("potion");
    a->sample.items[POTION].use = &a->potion;
    a->sample.items[POTION].initial = 2;
}

/* The first state; skill and endurance are the hero's. */
static struct state fight_start(struct arena_fight *a, int32_t skill, int32_t endurance)
{
    a->sample.stats[SKILL].initial = skill;
    a->sample.stats[ENDURANCE].initial = endurance;
    a->sample.stats[CHANCE].initial = 6;
    story_finish(&a->sample.story);
    return sample_start(&a->sample);
}

static void fight_release(struct arena_fight *a)
{
    arena_release(&a->sample.story.arena);
}

/* Choose by id; ERR_UNKNOWN_CHOICE when it is not offered. */
static enum status choose(struct arena_fight *a, struct state *state, const char *id)
{
    const struct choice *choice = game_option_by_id(&a->sample.story, state, slice_str(id));
    if (!choice)
        return ERR_UNKNOWN_CHOICE;
    return game_step(&a->sample.story, sample_seed, state, choice, 0, state, &a->event);
}

static const struct {
    const char *why;
    const char *choice;
    int32_t skill, endurance, luck; /* the hero's, before */
    int32_t foe;                    /* its endurance, before */
    int32_t hero_left, foe_left, luck_left;
    size_t rolls;
    int32_t section;
} rounds[] = {
    {"the hero has more", "attack", 11, 10, 6, 6, 10, 4, 6, 2, START},
    {"both have the same", "attack", 10, 10, 6, 6, 10, 6, 6, 2, START},
    {"the foe has more", "attack", 9, 10, 6, 6, 7, 6, 6, 2, START},
    {"the last blow for the foe", "attack", 11, 10, 6, 2, 10, 0, 6, 2, TREASURE},
    {"more than the foe has", "attack", 11, 10, 6, 1, 10, 0, 6, 2, TREASURE},
    {"the last blow for the hero", "attack", 9, 3, 6, 6, 0, 6, 6, 2, DEATH},
    {"a hero who cannot begin", "attack", 11, 0, 6, 6, 0, 6, 6, 0, DEATH},
    {"luck doubles what is dealt", "luck", 11, 10, 6, 6, 10, 2, 5, 3, START},
    {"luck can win", "luck", 11, 10, 6, 4, 10, 0, 5, 3, TREASURE},
    {"bad luck halves what is dealt", "luck", 11, 10, 5, 6, 10, 5, 4, 3, START},
    {"luck halves what is taken", "luck", 9, 10, 6, 6, 9, 6, 5, 3, START},
    {"luck can save", "luck", 9, 3, 6, 6, 2, 6, 5, 3, START},
    {"bad luck adds to what is taken", "luck", 9, 10, 5, 6, 6, 6, 4, 3, START},
    {"bad luck can kill", "luck", 9, 4, 5, 6, 0, 6, 4, 3, DEATH},
    {"nobody is hurt: luck is not tested", "luck", 10, 10, 6, 6, 10, 6, 6, 2, START},
    {"no luck is left", "luck", 11, 10, 0, 6, 10, 5, 0, 3, START},
};

START_TEST(a_round_hurts_whoever_has_less)
{
    struct arena_fight a;
    fight_init(&a, 1);
    struct state state = fight_start(&a, rounds[_i].skill, rounds[_i].endurance);
    state.stats[CHANCE] = rounds[_i].luck;
    state.fight.foe[0] = rounds[_i].foe;
    ck_assert_int_eq(choose(&a, &state, rounds[_i].choice), OK);
    ck_assert_msg(state.stats[ENDURANCE] == rounds[_i].hero_left, "%s: endurance %d",
                  rounds[_i].why, state.stats[ENDURANCE]);
    ck_assert_int_eq(state.stats[CHANCE], rounds[_i].luck_left);
    ck_assert_uint_eq(a.event.roll_count, rounds[_i].rolls);
    ck_assert_int_eq(state.section, rounds[_i].section);
    if (state.section == START) {
        ck_assert_int_eq(state.fight.foe[0], rounds[_i].foe_left);
        ck_assert_int_eq(state.fight.round, 1);
    } else {
        ck_assert_int_eq(state.fight.round, 0);
        ck_assert_int_eq(state.fight.foe[0], 0);
    }
    fight_release(&a);
}
END_TEST

START_TEST(a_blow_of_one_is_not_halved)
{
    struct arena_fight a;
    fight_init(&a, 1);
    a.fight.damage = 1;
    struct state state = fight_start(&a, 11, 10);
    state.stats[CHANCE] = 2;
    ck_assert_int_eq(choose(&a, &state, "luck"), OK);
    ck_assert_int_eq(state.fight.foe[0], 5);
    fight_release(&a);
}
END_TEST

START_TEST(foes_fight_in_turn)
{
    struct arena_fight a;
    fight_init(&a, 2);
    struct state state = fight_start(&a, 11, 10);
    ck_assert_int_eq(state.fight.foe[1], 6);
    state.fight.foe[0] = 2;
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    ck_assert_uint_eq(a.event.roll_count, 2);
    ck_assert_int_eq(a.event.rolls[0].foe, 1);
    ck_assert_int_eq(state.fight.foe[0], 0);
    ck_assert_int_eq(state.fight.foe[1], 6);
    /* 5 4 and 6 6: with this skill the hero has more. */
    state.stats[SKILL] = 24;
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    ck_assert_uint_eq(a.event.roll_count, 2);
    ck_assert_int_eq(a.event.rolls[0].foe, 2);
    ck_assert_int_eq(a.event.rolls[1].foe, 2);
    ck_assert_int_eq(state.fight.foe[1], 4);
    ck_assert_int_eq(state.fight.round, 2);
    fight_release(&a);
}
END_TEST

/* Who throws in pairs: 4 and 7, 6 and 8, then 12 (6 6) and 11. */
static const struct {
    const char *why;
    int32_t skill, second_skill, third_skill; /* the first foe's is 7 */
    int32_t hero_left, foe_left;
} crowds[] = {
    {"the hero has more than all", 11, 7, 7, 10, 4},
    {"only the first is struck", 24, 7, 7, 10, 4},
    {"the second hurts", 11, 10, 7, 7, 4},
    {"the second and the third hurt", 11, 10, 24, 4, 4},
    {"all hurt", 0, 7, 7, 1, 6},
};

START_TEST(together_all_can_hurt_and_one_is_struck)
{
    struct arena_fight a;
    fight_init(&a, FOES);
    a.fight.together = true;
    a.foes[1].skill = crowds[_i].second_skill;
    a.foes[2].skill = crowds[_i].third_skill;
    struct state state = fight_start(&a, crowds[_i].skill, 10);
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    ck_assert_msg(state.stats[ENDURANCE] == crowds[_i].hero_left, "%s: endurance %d",
                  crowds[_i].why, state.stats[ENDURANCE]);
    ck_assert_int_eq(state.fight.foe[0], crowds[_i].foe_left);
    ck_assert_int_eq(state.fight.foe[1], 6);
    ck_assert_int_eq(state.fight.foe[2], 6);
    ck_assert_uint_eq(a.event.roll_count, 2 * FOES);
    for (size_t i = 0; i < a.event.roll_count; i++)
        ck_assert_uint_eq(a.event.rolls[i].foe, i / 2 + 1);
    fight_release(&a);
}
END_TEST

START_TEST(who_is_defeated_fights_no_more)
{
    struct arena_fight a;
    fight_init(&a, FOES);
    a.fight.together = true;
    struct state state = fight_start(&a, 11, 10);
    state.fight.foe[1] = 0;
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    ck_assert_uint_eq(a.event.roll_count, 4);
    ck_assert_int_eq(a.event.rolls[2].foe, 3);
    fight_release(&a);
}
END_TEST

START_TEST(a_fight_ends_after_its_last_round)
{
    struct arena_fight a;
    fight_init(&a, 1);
    struct state state = fight_start(&a, 10, 10); /* both have the same */
    state.fight.round = LIMIT_COMBAT_ROUNDS - 2;
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    ck_assert_int_eq(state.section, START);
    state.stats[SKILL] = 10; /* 5 4 and 6 6 */
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    ck_assert_int_eq(state.section, DEATH);
    fight_release(&a);
}
END_TEST

START_TEST(the_fight_and_nothing_else_is_offered)
{
    static const char *const ids[] = {"attack", "luck", "flee"};
    static const enum choice_type types[] = {CHOICE_DICE, CHOICE_DICE, CHOICE_DIRECT};
    struct arena_fight a;
    const struct choice *options[GAME_OPTIONS_MAX];
    fight_init(&a, 1);
    const struct state state = fight_start(&a, 10, 10);
    ck_assert_uint_eq(game_options(&a.sample.story, &state, options), COUNT_OF(ids));
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        ck_assert_slice_str(options[i]->id, ids[i]);
        ck_assert_int_eq(options[i]->type, types[i]);
        ck_assert_int_eq(options[i]->check.type, i < 2 ? DICE_COMBAT : DICE_NONE);
    }
    /* What an old client asks for when it only wants to roll. */
    const struct choice *choice;
    const struct choice_ref ref = {.roll = true};
    ck_assert_int_eq(game_choice_find(&a.sample.story, &state, &ref, &choice), OK);
    ck_assert_slice_str(choice->id, "attack");
    fight_release(&a);
}
END_TEST

START_TEST(a_fight_offers_what_its_author_wanted)
{
    struct arena_fight a;
    const struct choice *options[GAME_OPTIONS_MAX];
    fight_init(&a, 1);
    a.fight.luck = -1;
    a.fight.flee_target = -1;
    a.fight.attack_text = SLICE("Have at them");
    const struct state state = fight_start(&a, 10, 10);
    ck_assert_uint_eq(game_options(&a.sample.story, &state, options), 1);
    ck_assert_slice_str(options[0]->text, "Have at them");
    fight_release(&a);
}
END_TEST

static const struct effect drop_gold[] = {ADD_GOLD(-1)};

START_TEST(fleeing_costs_a_blow)
{
    struct arena_fight a;
    fight_init(&a, 2);
    a.fight.flee_effects = drop_gold;
    a.fight.flee_effect_count = COUNT_OF(drop_gold);
    a.foes[1].damage = 1;
    struct state state = fight_start(&a, 10, 10);
    state.fight.foe[0] = 0;
    ck_assert_int_eq(choose(&a, &state, "flee"), OK);
    ck_assert_int_eq(state.section, HALL);
    ck_assert_int_eq(state.stats[ENDURANCE], 9);
    ck_assert_int_eq(state.gold, 4);
    ck_assert_uint_eq(a.event.roll_count, 0);
    fight_release(&a);
}
END_TEST

START_TEST(who_falls_while_fleeing_has_lost)
{
    struct arena_fight a;
    fight_init(&a, 1);
    struct state state = fight_start(&a, 10, 3);
    ck_assert_int_eq(choose(&a, &state, "flee"), OK);
    ck_assert_int_eq(state.section, DEATH);
    fight_release(&a);
}
END_TEST

START_TEST(fleeing_may_have_to_wait)
{
    struct arena_fight a;
    fight_init(&a, 1);
    a.fight.flee_after = 2;
    struct state state = fight_start(&a, 10, 20);
    ck_assert_int_eq(choose(&a, &state, "flee"), ERR_CHOICE_UNAVAILABLE);
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    const struct choice *flee = game_option_by_id(&a.sample.story, &state, SLICE("flee"));
    const struct condition *need[1];
    ck_assert_uint_eq(condition_needs(flee->condition, &state, need, 1), 1);
    ck_assert_slice_str(need[0]->text, "after round 2");
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    ck_assert_int_eq(state.section, START);
    ck_assert_int_eq(choose(&a, &state, "flee"), OK);
    ck_assert_int_eq(state.section, HALL);
    fight_release(&a);
}
END_TEST

START_TEST(an_item_can_be_used_where_its_author_lets_it)
{
    struct arena_fight a;
    fight_init(&a, 1);
    a.potion.in_fight = true;
    EFFECTS(&a.sample, &a.potion.choice, ADD_STAT(ENDURANCE, 4));
    struct state state = fight_start(&a, 10, 10);
    ck_assert_int_eq(choose(&a, &state, "use:potion"), OK);
    ck_assert_int_eq(state.section, START);
    ck_assert_int_eq(state.stats[ENDURANCE], 14);
    ck_assert_int_eq(state.items[POTION], 1);
    ck_assert_int_eq(state.fight.round, 1);
    ck_assert_uint_eq(a.event.roll_count, 0);
    state.fight.round = LIMIT_COMBAT_ROUNDS - 1;
    ck_assert_int_eq(choose(&a, &state, "use:potion"), OK);
    ck_assert_int_eq(state.section, DEATH);
    fight_release(&a);
}
END_TEST

START_TEST(a_fight_begins_anew_each_time)
{
    struct arena_fight a;
    fight_init(&a, 1);
    a.sample.sections[HALL].choices = a.sample.choices;
    a.sample.sections[HALL].choice_count = 1;
    struct state state = fight_start(&a, 11, 10);
    a.sample.choices[0].target = START;
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    ck_assert_int_eq(choose(&a, &state, "flee"), OK);
    ck_assert_int_eq(choose(&a, &state, "a"), OK);
    ck_assert_int_eq(state.section, START);
    ck_assert_int_eq(state.fight.foe[0], 6);
    ck_assert_int_eq(state.fight.round, 0);
    fight_release(&a);
}
END_TEST

START_TEST(a_stat_that_falls_in_a_fight_has_its_section)
{
    struct arena_fight a;
    fight_init(&a, 1);
    a.fight.lose = HALL;
    a.sample.stats[ENDURANCE].zero_section = CELL;
    struct state state = fight_start(&a, 9, 3);
    ck_assert_int_eq(choose(&a, &state, "attack"), OK);
    ck_assert_int_eq(state.section, CELL);
    fight_release(&a);
}
END_TEST

START_TEST(luck_that_falls_leads_away_from_the_fight)
{
    struct arena_fight a;
    fight_init(&a, 1);
    a.sample.stats[CHANCE].zero_section = CELL;
    struct state state = fight_start(&a, 11, 10);
    state.stats[CHANCE] = 1;
    ck_assert_int_eq(choose(&a, &state, "luck"), OK);
    ck_assert_int_eq(state.section, CELL);
    ck_assert_int_eq(state.fight.foe[0], 0); /* there is none */
    fight_release(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fight");
    TCase *tcase = tcase_create("fight");
    tcase_add_loop_test(tcase, a_round_hurts_whoever_has_less, 0, (int)COUNT_OF(rounds));
    tcase_add_test(tcase, a_blow_of_one_is_not_halved);
    tcase_add_test(tcase, foes_fight_in_turn);
    tcase_add_loop_test(tcase, together_all_can_hurt_and_one_is_struck, 0, (int)COUNT_OF(crowds));
    tcase_add_test(tcase, who_is_defeated_fights_no_more);
    tcase_add_test(tcase, a_fight_ends_after_its_last_round);
    tcase_add_test(tcase, the_fight_and_nothing_else_is_offered);
    tcase_add_test(tcase, a_fight_offers_what_its_author_wanted);
    tcase_add_test(tcase, fleeing_costs_a_blow);
    tcase_add_test(tcase, who_falls_while_fleeing_has_lost);
    tcase_add_test(tcase, fleeing_may_have_to_wait);
    tcase_add_test(tcase, an_item_can_be_used_where_its_author_lets_it);
    tcase_add_test(tcase, a_fight_begins_anew_each_time);
    tcase_add_test(tcase, a_stat_that_falls_in_a_fight_has_its_section);
    tcase_add_test(tcase, luck_that_falls_leads_away_from_the_fight);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
