/* The story that is shipped: it loads, it shows every feature of the format, and play at random
 * reaches every section, wins often enough and always ends. */
#include "app/game/game.h"
#include "app/story_loader.h"
#include "tests/support/support.h"

enum {
    GAMES = 4000,
    STEPS_MAX = 100, /* of one game; the longest way through is far shorter */
    DIRECT_STEPS_MAX = 6,
    SECTIONS_MAX = 64,
};

static const char *const path = CASYS_SOURCE_DIR "/stories/bell-on-skarrow.json";

/* Lives as long as the test's process. */
static struct story *shipped(void)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    const enum status st = story_read(path, &story, &report);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&report.text)));
    story_report_release(&report);
    return story;
}

/* How often each feature of the format occurs. */
struct tally {
    size_t choices[CHOICE_MIXED + 1];
    size_t dice[DICE_COMBAT + 1];
    size_t conditions[CONDITION_FLAG + 1];
    size_t max_bounds;                /* conditions with an upper bound */
    size_t enter[EFFECT_FLAG + 1][2]; /* by kind and by whether it sets */
    size_t choosing[EFFECT_FLAG + 1][2];
    size_t cleared_flags;
    size_t endings[ENDING_LOST + 1];
};

static void tally_condition(struct tally *tally, const struct condition *condition)
{
    tally->conditions[condition->kind]++;
    tally->max_bounds += condition->max != INT32_MAX;
    for (size_t i = 0; i < condition->child_count; i++)
        tally_condition(tally, &condition->children[i]);
}

static void tally_effects(struct tally *tally, size_t counts[][2], const struct effect *effects,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        counts[effects[i].kind][effects[i].set]++;
        tally->cleared_flags += effects[i].kind == EFFECT_FLAG && effects[i].value == 0;
    }
}

static void tally_section(struct tally *tally, const struct section *section)
{
    tally->endings[section->ending]++;
    tally_effects(tally, tally->enter, section->effects, section->effect_count);
    for (size_t i = 0; i < section->choice_count; i++) {
        const struct choice *choice = &section->choices[i];
        tally->choices[choice->type]++;
        tally->dice[choice->check.type]++;
        tally_effects(tally, tally->choosing, choice->effects, choice->effect_count);
        if (choice->condition)
            tally_condition(tally, choice->condition);
    }
}

START_TEST(every_feature_of_the_format_occurs)
{
    struct story *story = shipped();
    struct tally tally = {.cleared_flags = 0};
    for (size_t i = 0; i < story->section_count; i++)
        tally_section(&tally, &story->sections[i]);

    ck_assert_uint_ge(story->section_count, 20);
    for (size_t i = 0; i < COUNT_OF(tally.choices); i++)
        ck_assert_msg(tally.choices[i] > 0, "no choice is %s",
                      choice_type_name((enum choice_type)i));
    for (size_t i = 0; i < COUNT_OF(tally.dice); i++)
        ck_assert_msg(tally.dice[i] > 0, "no dice are %s", dice_type_name((enum dice_type)i));
    for (size_t i = 0; i < COUNT_OF(tally.conditions); i++)
        ck_assert_msg(tally.conditions[i] > 0, "no condition of kind %zu", i);
    ck_assert_uint_gt(tally.max_bounds, 0);
    for (size_t i = EFFECT_STAT; i <= EFFECT_FLAG; i++) {
        const bool added = i == EFFECT_FLAG || (tally.enter[i][0] > 0 && tally.choosing[i][0] > 0);
        ck_assert_msg(added, "effect %zu adds nowhere", i);
        ck_assert_msg(tally.enter[i][1] > 0, "effect %zu sets nowhere on entering", i);
        ck_assert_msg(tally.choosing[i][1] > 0, "effect %zu sets nowhere on choosing", i);
    }
    ck_assert_uint_gt(tally.cleared_flags, 0);
    ck_assert_uint_ge(tally.endings[ENDING_WON], 2);
    ck_assert_uint_ge(tally.endings[ENDING_LOST], 2);
    story_unref(story);
}
END_TEST

START_TEST(the_sheet_uses_every_feature)
{
    struct story *story = shipped();
    ck_assert_uint_gt(story->stat_count, 3);
    size_t zero_sections = 0;
    for (size_t i = 0; i < story->stat_count; i++)
        zero_sections += story->stats[i].zero_section >= 0;
    ck_assert_uint_ge(zero_sections, 2);
    ck_assert_int_gt(story->gold, 0);
    int32_t carried = 0;
    for (size_t i = 0; i < story->item_count; i++) {
        ck_assert_uint_gt(story->items[i].description.len, 0);
        carried += story->items[i].initial;
    }
    ck_assert_int_gt(carried, 0);
    ck_assert_int_gt(story->capacity, carried);
    ck_assert_slice_str(story->license, "CC BY 4.0");
    ck_assert_uint_gt(story->summary.len, 0);
    story_unref(story);
}
END_TEST

/* What many games at random have seen. */
struct travels {
    size_t entered[SECTIONS_MAX];
    size_t chosen[SECTIONS_MAX][LIMIT_SECTION_CHOICES];
    size_t full; /* states with nothing more to carry */
    size_t won;
    size_t steps_max;
};

static void note(struct travels *travels, const struct story *story, const struct state *state)
{
    int32_t carried = 0;
    for (size_t i = 0; i < story->item_count; i++)
        carried += state->items[i];
    travels->full += carried == story->capacity;
    travels->entered[state->section]++;
}

/* One of the choices that are available now, or NULL. */
static const struct choice *any_choice(const struct story *story, const struct state *state,
                                       uint32_t random)
{
    const struct section *section = &story->sections[state->section];
    const struct choice *available[LIMIT_SECTION_CHOICES];
    size_t count = 0;
    for (size_t i = 0; i < section->choice_count; i++) {
        if (game_choice_available(state, &section->choices[i]))
            available[count++] = &section->choices[i];
    }
    return count > 0 ? available[random % count] : NULL;
}

/* Any numbers will do, but the same ones each time. */
static uint32_t next_random(uint64_t *random)
{
    *random = *random * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*random >> 33);
}

static void travel(const struct story *story, uint32_t number, struct travels *travels)
{
    uint64_t random = number;
    const uint8_t seed[SEED_LEN] = {(uint8_t)number, (uint8_t)(number >> 8)};
    struct state state;
    static struct event event; /* large */
    ck_assert_int_eq(game_start(story, seed, SLICE_NONE, 0, &state, &event), OK);
    note(travels, story, &state);
    size_t steps = 0;
    while (state.status == GAME_ACTIVE && steps++ < STEPS_MAX) {
        const struct section *section = &story->sections[state.section];
        const struct choice *choice = any_choice(story, &state, next_random(&random));
        if (!choice)
            ck_abort_msg("game %u: dead end in section %d", number, section->number);
        travels->chosen[state.section][choice - section->choices]++;
        if (game_step(story, seed, &state, choice, 0, &state, &event) != OK)
            ck_abort_msg("game %u: no step from section %d", number, section->number);
        note(travels, story, &state);
    }
    if (state.status == GAME_ACTIVE)
        ck_abort_msg("game %u does not end", number);
    travels->won += state.status == GAME_WON;
    if (steps > travels->steps_max)
        travels->steps_max = steps;
}

START_TEST(play_at_random_sees_everything_and_always_ends)
{
    struct story *story = shipped();
    static struct travels travels;
    ck_assert_uint_le(story->section_count, SECTIONS_MAX);
    for (uint32_t i = 0; i < GAMES; i++)
        travel(story, i, &travels);
    for (size_t i = 0; i < story->section_count; i++) {
        const struct section *section = &story->sections[i];
        ck_assert_msg(travels.entered[i] > 0, "section %d is never entered", section->number);
        for (size_t j = 0; j < section->choice_count; j++)
            ck_assert_msg(travels.chosen[i][j] > 0, "section %d: %.*s is never chosen",
                          section->number, SLICE_ARG(section->choices[j].id));
    }
    ck_assert_uint_gt(travels.full, 0);
    ck_assert_uint_ge(travels.won, GAMES / 4);
    ck_assert_uint_le(travels.won, GAMES / 4 * 3);
    story_unref(story);
}
END_TEST

/* Is an ending within reach of direct choices only? */
static bool direct_way(const struct story *story, int32_t section, int steps)
{
    const struct section *at = &story->sections[section];
    if (at->ending != ENDING_NONE || steps == 0)
        return at->ending != ENDING_NONE;
    for (size_t i = 0; i < at->choice_count; i++) {
        const struct choice *choice = &at->choices[i];
        if (choice->type == CHOICE_DIRECT && direct_way(story, choice->target, steps - 1))
            return true;
    }
    return false;
}

START_TEST(a_short_way_without_dice_leads_to_an_ending)
{
    struct story *story = shipped();
    ck_assert(direct_way(story, story->start, DIRECT_STEPS_MAX));
    story_unref(story);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shipped_story");
    TCase *tcase = tcase_create("shipped_story");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_feature_of_the_format_occurs);
    tcase_add_test(tcase, the_sheet_uses_every_feature);
    tcase_add_test(tcase, play_at_random_sees_everything_and_always_ends);
    tcase_add_test(tcase, a_short_way_without_dice_leads_to_an_ending);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
