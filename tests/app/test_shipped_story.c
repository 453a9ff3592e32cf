/* The stories that are shipped: all of them load, the first shows every feature that the format had
 * from the start and the gamebook every one that came later, and play reaches every section and every
 * choice, wins as often as docs/authors.md says and always ends. */
#include <dirent.h>

#include "app/game/expr.h"
#include "app/game/game.h"
#include "app/story_loader.h"
#include "tests/support/support.h"

enum {
    GAMES = 2000,
    CURIOUS_GAMES = 4000,
    STEPS_MAX = 300, /* of one game; the longest way through is far shorter */
    DIRECT_STEPS_MAX = 6,
    SECTIONS_MAX = 160,
    CAREFUL_MIN = 28, /* percent; docs/authors.md gives what was measured */
    CAREFUL_MAX = 45,
};

static const struct temp_path folder = {CASYS_SOURCE_DIR "/stories"};

static const struct shipped {
    const char *file;
    size_t sections_min;
    size_t won_min, won_max;         /* endings of each kind */
    size_t percent_min, percent_max; /* of games at random that are won */
} stories[] = {
    {"bell-on-skarrow.json", 20, 2, 4, 25, 75},
    {"cat-for-the-cormorant.json", 20, 3, 3, 10, 40},
    {"summons-for-a-river.json", 80, 5, 5, 5, 15},
};

/* Lives as long as the test's process. */
static struct story *read_shipped(const struct shipped *shipped)
{
    const struct temp_path path = temp_join(&folder, shipped->file);
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    const enum status st = story_read(path.text, &story, &report);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&report.text)));
    story_report_release(&report);
    return story;
}

static struct story *bell(void)
{
    return read_shipped(&stories[0]);
}

static struct story *gamebook(void)
{
    return read_shipped(&stories[2]);
}

START_TEST(every_story_of_the_folder_is_tested_here)
{
    DIR *dir = opendir(folder.text);
    ck_assert_ptr_nonnull(dir);
    size_t found = 0;
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        const struct slice name = slice_str(entry->d_name);
        if (name.len < 5 || !slice_eq(slice_str(entry->d_name + name.len - 5), SLICE(".json")))
            continue;
        bool known = false;
        for (size_t i = 0; i < COUNT_OF(stories); i++)
            known = known || slice_eq(name, slice_str(stories[i].file));
        ck_assert_msg(known, "%s is not in the table", entry->d_name);
        found++;
    }
    closedir(dir);
    ck_assert_uint_eq(found, COUNT_OF(stories));
}
END_TEST

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
    struct story *story = bell();
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

/* What the grown format added, in one story. */
struct grown {
    size_t acts[ACT_ACCEPT + 1];
    size_t dice[DICE_TABLE + 1];
    size_t conditions[CONDITION_ROUND + 1];
    size_t effects[EFFECT_GO + 1];
    size_t computed, judged; /* effects with an expression, with a condition */
    size_t leaves, once, hidden, rerolls, prices;
    size_t in_turn, together, several, flights;
};

static void grow_condition(struct grown *grown, const struct condition *condition)
{
    if (!condition)
        return;
    grown->conditions[condition->kind]++;
    for (size_t i = 0; i < condition->child_count; i++)
        grow_condition(grown, &condition->children[i]);
}

static void grow_effects(struct grown *grown, const struct effect *effects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        grown->effects[effects[i].kind]++;
        grown->computed += effects[i].amount != NULL;
        grown->judged += effects[i].when != NULL;
        grow_condition(grown, effects[i].when);
    }
}

static void grow_choice(struct grown *grown, const struct choice *choice)
{
    grown->acts[choice->act]++;
    grown->dice[choice->check.type]++;
    grown->once += choice->once > 0;
    grown->hidden += choice->hidden;
    grown->rerolls += choice->check.rerolls > 0;
    grown->prices += choice->check.reroll_effect_count > 0;
    grow_condition(grown, choice->condition);
    grow_effects(grown, choice->effects, choice->effect_count);
}

static void grow_section(struct grown *grown, const struct section *section)
{
    grow_effects(grown, section->effects, section->effect_count);
    grow_effects(grown, section->leave, section->leave_count);
    grown->leaves += section->leave_count > 0;
    for (size_t i = 0; i < section->choice_count; i++)
        grow_choice(grown, &section->choices[i]);
    if (section->fight) {
        *(section->fight->together ? &grown->together : &grown->in_turn) += 1;
        grown->several += section->fight->foe_count > 1;
        grown->flights += section->fight->flee_effect_count > 0;
    }
}

START_TEST(the_gamebook_uses_every_rule)
{
    struct story *story = gamebook();
    struct grown grown = {.leaves = 0};
    for (size_t i = 0; i < story->section_count; i++)
        grow_section(&grown, &story->sections[i]);

    for (size_t i = ACT_CHOICE; i <= ACT_FLEE; i++)
        ck_assert_msg(i == ACT_USE || grown.acts[i] > 0, "no choice does %zu", i);
    for (size_t i = 0; i < COUNT_OF(grown.dice); i++)
        ck_assert_msg(grown.dice[i] > 0, "no dice of type %zu", i);
    for (size_t i = 0; i <= CONDITION_TEST; i++)
        ck_assert_msg(grown.conditions[i] > 0, "no condition of kind %zu", i);
    for (size_t i = 0; i < COUNT_OF(grown.effects); i++)
        ck_assert_msg(grown.effects[i] > 0, "no effect of kind %zu", i);
    const size_t counts[] = {grown.computed, grown.judged,  grown.leaves,  grown.once,
                             grown.hidden,   grown.rerolls, grown.prices,  grown.in_turn,
                             grown.together, grown.several, grown.flights, story->counter_count};
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        ck_assert_msg(counts[i] > 0, "count %zu is 0", i);
    ck_assert(story->tracks_visits && story->tracks_roll);
    story_unref(story);
}
END_TEST

START_TEST(things_of_the_gamebook_can_be_used)
{
    struct story *story = gamebook();
    size_t used = 0, kept = 0, in_fight = 0, conditional = 0, thrown = 0;
    for (size_t i = 0; i < story->item_count; i++) {
        const struct item_use *use = story->items[i].use;
        used += use != NULL;
        kept += use && use->keep;
        in_fight += use && use->in_fight;
        conditional += use && use->choice.condition;
    }
    for (size_t i = 0; i < story->stat_count; i++)
        thrown += story->stats[i].initial_dice != NULL;
    ck_assert_uint_ge(used, 4);
    ck_assert_uint_gt(kept, 0);
    ck_assert_uint_gt(in_fight, 0);
    ck_assert_uint_gt(conditional, 0);
    ck_assert_uint_ge(thrown, 3);
    story_unref(story);
}
END_TEST

START_TEST(the_sheets_are_complete)
{
    const struct shipped *shipped = &stories[_i];
    struct story *story = read_shipped(shipped);
    size_t zero_sections = 0, endings[ENDING_LOST + 1] = {0};
    for (size_t i = 0; i < story->stat_count; i++)
        zero_sections += story->stats[i].zero_section >= 0;
    for (size_t i = 0; i < story->section_count; i++)
        endings[story->sections[i].ending]++;
    ck_assert_uint_ge(zero_sections, 1);
    int32_t carried = 0;
    for (size_t i = 0; i < story->item_count; i++) {
        ck_assert_uint_gt(story->items[i].description.len, 0);
        carried += story->items[i].initial;
    }
    ck_assert_int_gt(story->gold, 0);
    ck_assert_int_gt(story->capacity, carried);
    ck_assert_uint_ge(story->section_count, shipped->sections_min);
    ck_assert_uint_ge(endings[ENDING_WON], shipped->won_min);
    ck_assert_uint_le(endings[ENDING_WON], shipped->won_max);
    ck_assert_uint_ge(endings[ENDING_LOST], 2);
    ck_assert_slice_str(story->license, "CC BY 4.0");
    ck_assert_uint_gt(story->summary.len, 0);
    story_unref(story);
}
END_TEST

/* What many games have seen. */
struct travels {
    size_t entered[SECTIONS_MAX];
    size_t chosen[SECTIONS_MAX][LIMIT_SECTION_CHOICES];
    size_t used[LIMIT_ITEMS];
    size_t full; /* states with nothing more to carry */
    size_t won;  /* of the games at random */
};

static void note(struct travels *travels, const struct story *story, const struct state *state)
{
    int32_t carried = 0;
    for (size_t i = 0; i < story->item_count; i++)
        carried += state->items[i];
    travels->full += carried == story->capacity;
    travels->entered[state->section]++;
}

/* Any numbers will do, but the same ones each time. */
static uint32_t next_random(uint64_t *random)
{
    *random = *random * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*random >> 33);
}

/* How often it was chosen, or NULL: throwing again and what follows it are not counted. */
static size_t *chosen(struct travels *travels, const struct state *state,
                      const struct choice *choice)
{
    if (choice->act == ACT_USE)
        return &travels->used[choice->index];
    if (choice->act == ACT_REROLL || choice->act == ACT_ACCEPT)
        return NULL;
    return &travels->chosen[state->section][choice->index];
}

/* One of the choices that are available now, or NULL. The curious take what was taken least, and
 * fight fights to their end. */
static const struct choice *any_choice(struct travels *travels, const struct story *story,
                                       const struct state *state, uint32_t random, bool curious)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t all = game_options(story, state, options);
    size_t count = 0;
    for (size_t i = 0; i < all; i++) {
        if (game_choice_available(state, options[i]))
            options[count++] = options[i];
    }
    const struct choice *choice = count > 0 ? options[random % count] : NULL;
    for (size_t i = 0; curious && i < count; i++) {
        if (options[i]->act == ACT_ATTACK)
            return options[i];
        const size_t *least = chosen(travels, state, choice);
        const size_t *other = chosen(travels, state, options[i]);
        if (least && other && *other < *least)
            choice = options[i];
    }
    return choice;
}

/* A game at random, or with every fourth choice at random and the others out of curiosity. */
static void travel(const struct story *story, uint32_t number, bool curious,
                   struct travels *travels)
{
    uint64_t random = number;
    const uint8_t seed[SEED_LEN] = {(uint8_t)number, (uint8_t)(number >> 8), curious};
    static struct state state; /* large, as is the event */
    static struct event event;
    ck_assert_int_eq(game_start(story, seed, SLICE_NONE, 0, &state, &event), OK);
    note(travels, story, &state);
    for (size_t steps = 0; state.status == GAME_ACTIVE; steps++) {
        const int32_t number_here = story->sections[state.section].number;
        ck_assert_msg(steps < STEPS_MAX, "game %u does not end", number);
        const bool roams = next_random(&random) % 4 == 0;
        const struct choice *choice =
            any_choice(travels, story, &state, next_random(&random), curious && !roams);
        if (!choice)
            ck_abort_msg("game %u: dead end in section %d", number, number_here);
        size_t *count = chosen(travels, &state, choice);
        if (count)
            ++*count;
        if (game_step(story, seed, &state, choice, 0, &state, &event) != OK)
            ck_abort_msg("game %u: no step from section %d", number, number_here);
        note(travels, story, &state);
    }
    travels->won += !curious && state.status == GAME_WON;
}

START_TEST(play_sees_everything_and_always_ends)
{
    const struct shipped *shipped = &stories[_i];
    struct story *story = read_shipped(shipped);
    static struct travels travels;
    ck_assert_uint_le(story->section_count, SECTIONS_MAX);
    for (uint32_t i = 0; i < GAMES; i++)
        travel(story, i, false, &travels);
    for (uint32_t i = 0; i < CURIOUS_GAMES; i++)
        travel(story, i, true, &travels);
    for (size_t i = 0; i < story->section_count; i++) {
        const struct section *section = &story->sections[i];
        ck_assert_msg(travels.entered[i] > 0, "section %d is never entered", section->number);
        for (size_t j = 0; j < section->choice_count; j++)
            ck_assert_msg(travels.chosen[i][j] > 0, "section %d: %.*s is never chosen",
                          section->number, SLICE_ARG(section->choices[j].id));
    }
    for (size_t i = 0; i < story->item_count; i++)
        ck_assert_msg(!story->items[i].use || travels.used[i] > 0, "%.*s is never used",
                      SLICE_ARG(story->items[i].id));
    ck_assert_uint_gt(travels.full, 0);
    ck_assert_uint_ge(travels.won, GAMES * shipped->percent_min / 100);
    ck_assert_uint_le(travels.won, GAMES * shipped->percent_max / 100);
    story_unref(story);
}
END_TEST

struct place {
    int32_t section;
    const char *choice;
};

/* What the gamebook warns of, or what is plainly wasteful. */
static const struct place foolish[] = {
    {1, "go"},     {12, "take"},  {15, "walk"},   {22, "wait"},    {33, "no"},    {44, "pawn"},
    {46, "again"}, {47, "again"}, {48, "again"},  {54, "wait"},    {71, "bribe"}, {84, "lake"},
    {84, "wheel"}, {85, "lake"},  {89, "bridge"}, {116, "kettle"},
};

/* What follows a clue or a thing that was found, or is plainly useful. */
static const struct place sensible[] = {
    {3, "sign"},    {4, "search"},    {7, "bread"},     {7, "ott"},     {16, "bread"},
    {28, "bar"},    {35, "press"},    {44, "oilcloth"}, {52, "goat"},   {52, "seal"},
    {54, "bar"},    {61, "cobb"},     {72, "rope"},     {76, "key"},    {80, "bar"},
    {84, "ledger"}, {86, "read"},     {86, "tag"},      {89, "boat"},   {93, "bread"},
    {96, "bow"},    {99, "rope"},     {99, "voice"},    {107, "first"}, {107, "ilbert"},
    {112, "bread"}, {115, "thimble"}, {118, "doubt"},   {119, "bread"}, {121, "ask"},
    {121, "name"},  {123, "lost"},
};

static bool among(const struct place *places, size_t count, int32_t section, struct slice choice)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i].section == section && slice_eq(choice, slice_str(places[i].choice)))
            return true;
    }
    return false;
}

/* A choice that has gone from the story must go from the tables, too. */
static void check_places(const struct story *story, const struct place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const int32_t index = story_section_find(story, places[i].section);
        ck_assert_int_ge(index, 0);
        const struct section *section = &story->sections[index];
        bool found = false;
        for (size_t j = 0; j < section->choice_count; j++)
            found = found || slice_eq(section->choices[j].id, slice_str(places[i].choice));
        ck_assert_msg(found, "section %d has no %s", places[i].section, places[i].choice);
    }
}

enum wish { NEVER, PERHAPS, SURELY };

/* How much a careful reader wants it: eats when tired, throws again, flees before it is too late. */
static enum wish wish_for(const struct story *story, const struct state *state,
                          const struct choice *choice)
{
    const int32_t endurance = state->stats[0], luck = state->stats[1];
    const int32_t number = story->sections[state->section].number;
    switch (choice->act) {
    case ACT_REROLL: return SURELY;
    case ACT_ACCEPT: return NEVER;
    case ACT_FLEE: return endurance <= 4 ? SURELY : NEVER;
    case ACT_LUCK: return luck >= 9 ? PERHAPS : NEVER;
    case ACT_ATTACK: return PERHAPS;
    case ACT_USE:
        if (choice->effect_count > 0 && choice->effects[0].kind == EFFECT_STAT &&
            choice->effects[0].index == 0)
            return endurance <= 8 ? SURELY : NEVER;
        return SURELY;
    case ACT_CHOICE: break;
    }
    if (among(sensible, COUNT_OF(sensible), number, choice->id))
        return SURELY;
    return among(foolish, COUNT_OF(foolish), number, choice->id) ? NEVER : PERHAPS;
}

static const struct choice *careful_choice(const struct story *story, const struct state *state,
                                           uint32_t random)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t all = game_options(story, state, options);
    const struct choice *wanted[GAME_OPTIONS_MAX];
    size_t count = 0;
    for (enum wish wish = SURELY; count == 0; wish--) {
        for (size_t i = 0; i < all; i++) {
            if (game_choice_available(state, options[i]) &&
                wish_for(story, state, options[i]) == wish)
                wanted[count++] = options[i];
        }
        if (wish == NEVER)
            break;
    }
    ck_assert_uint_gt(count, 0);
    return wanted[random % count];
}

START_TEST(a_careful_reader_wins_about_one_in_three)
{
    struct story *story = gamebook();
    check_places(story, foolish, COUNT_OF(foolish));
    check_places(story, sensible, COUNT_OF(sensible));
    static struct state state; /* large, as is the event */
    static struct event event;
    size_t won = 0;
    for (uint32_t i = 0; i < GAMES; i++) {
        uint64_t random = i;
        const uint8_t seed[SEED_LEN] = {(uint8_t)i, (uint8_t)(i >> 8), 2};
        ck_assert_int_eq(game_start(story, seed, SLICE_NONE, 0, &state, &event), OK);
        for (size_t steps = 0; state.status == GAME_ACTIVE; steps++) {
            ck_assert_uint_lt(steps, STEPS_MAX);
            const struct choice *choice = careful_choice(story, &state, next_random(&random));
            ck_assert_int_eq(game_step(story, seed, &state, choice, 0, &state, &event), OK);
        }
        won += state.status == GAME_WON;
    }
    ck_assert_uint_ge(won, GAMES * CAREFUL_MIN / 100);
    ck_assert_uint_le(won, GAMES * CAREFUL_MAX / 100);
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
    struct story *story = bell();
    ck_assert(direct_way(story, story->start, DIRECT_STEPS_MAX));
    story_unref(story);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shipped_story");
    TCase *tcase = tcase_create("shipped_story");
    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, every_story_of_the_folder_is_tested_here);
    tcase_add_test(tcase, every_feature_of_the_format_occurs);
    tcase_add_test(tcase, the_gamebook_uses_every_rule);
    tcase_add_test(tcase, things_of_the_gamebook_can_be_used);
    tcase_add_loop_test(tcase, the_sheets_are_complete, 0, COUNT_OF(stories));
    tcase_add_loop_test(tcase, play_sees_everything_and_always_ends, 0, COUNT_OF(stories));
    tcase_add_test(tcase, a_careful_reader_wins_about_one_in_three);
    tcase_add_test(tcase, a_short_way_without_dice_leads_to_an_ending);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
