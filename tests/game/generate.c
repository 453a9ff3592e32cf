#include "tests/game/generate.h"

#include <string.h>

enum { SECTIONS_MAX = 9, CHOICES_MAX = 4, EFFECTS_MAX = 4, TREE_DEPTH = 3, CHILDREN_MAX = 3 };

/* What the parts of one story need to know while it grows. */
struct growth {
    struct random *random;
    struct story *story;
};

/* SplitMix64: adds an odd constant, then mixes the bits. */
static uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint32_t random_below(struct random *random, uint32_t count)
{
    return (uint32_t)(random_next(random) >> 32) % count;
}

int32_t random_within(struct random *random, int32_t min, int32_t max)
{
    const uint64_t width = (uint64_t)((int64_t)max - min) + 1;
    return (int32_t)(min + (int64_t)(random_next(random) % width));
}

static bool random_once_in(struct random *random, uint32_t count)
{
    return random_below(random, count) == 0;
}

static int32_t random_index(struct growth *growth, size_t count)
{
    return (int32_t)random_below(growth->random, (uint32_t)count);
}

/* Mostly small, sometimes as large as can be. */
static int32_t random_value(struct growth *growth)
{
    static const int32_t extremes[] = {INT32_MIN, INT32_MAX, -LIMIT_GOLD, LIMIT_GOLD, 0};
    if (random_once_in(growth->random, 8))
        return extremes[random_index(growth, COUNT_OF(extremes))];
    return random_within(growth->random, -12, 12);
}

static struct slice random_name(struct growth *growth, const char *kind, size_t index)
{
    return arena_printf(&growth->story->arena, "%s %zu", kind, index);
}

static void grow_stats(struct growth *growth)
{
    struct story *story = growth->story;
    story->stat_count =
        1 + random_below(growth->random, random_once_in(growth->random, 8) ? LIMIT_STATS : 4);
    struct stat_def *stats = arena_array(&story->arena, story->stat_count, sizeof *stats);
    for (size_t i = 0; i < story->stat_count; i++) {
        const bool is_usual = !random_once_in(growth->random, 3);
        const int32_t min =
            is_usual ? 0 : random_within(growth->random, -LIMIT_OWN_STAT, LIMIT_OWN_STAT);
        const int32_t max =
            is_usual ? LIMIT_STAT_MAX : random_within(growth->random, min, LIMIT_OWN_STAT);
        stats[i] = (struct stat_def){
            .name = random_name(growth, "stat", i),
            .min = min,
            .max = max,
            .initial = random_within(growth->random, min, max),
            .zero_section =
                random_once_in(growth->random, 2) ? random_index(growth, story->section_count) : -1,
        };
    }
    story->stats = stats;
}

static void grow_items(struct growth *growth)
{
    struct story *story = growth->story;
    story->capacity =
        random_within(growth->random, 0, random_once_in(growth->random, 4) ? LIMIT_CAPACITY : 12);
    story->item_count =
        random_below(growth->random, random_once_in(growth->random, 8) ? LIMIT_ITEMS + 1 : 5);
    struct item_def *items = arena_array(&story->arena, story->item_count, sizeof *items);
    int32_t room = story->capacity;
    for (size_t i = 0; i < story->item_count; i++) {
        items[i] = (struct item_def){.name = random_name(growth, "item", i),
                                     .initial = random_within(growth->random, 0, room)};
        room -= items[i].initial;
    }
    story->items = items;
}

static void grow_flags(struct growth *growth)
{
    struct story *story = growth->story;
    story->flag_count =
        random_below(growth->random, random_once_in(growth->random, 8) ? LIMIT_FLAGS + 1 : 20);
    struct slice *flags = arena_array(&story->arena, story->flag_count, sizeof *flags);
    for (size_t i = 0; i < story->flag_count; i++)
        flags[i] = random_name(growth, "flag", i);
    story->flags = flags;
}

static struct effect random_effect(struct growth *growth)
{
    const struct story *story = growth->story;
    struct effect effect = {.kind = EFFECT_GOLD,
                            .set = random_once_in(growth->random, 4),
                            .value = random_value(growth)};
    const uint32_t kind = random_below(growth->random, 5);
    if (kind == 0 && story->item_count > 0) {
        effect.kind = EFFECT_ITEM;
        effect.index = random_index(growth, story->item_count);
    } else if (kind == 1 && story->flag_count > 0) {
        effect.kind = EFFECT_FLAG;
        effect.index = random_index(growth, story->flag_count);
        effect.set = true;
        effect.value = random_within(growth->random, 0, 1);
    } else if (kind > 2) {
        effect.kind = EFFECT_STAT;
        effect.index = random_index(growth, story->stat_count);
    }
    return effect;
}

static const struct effect *random_effects(struct growth *growth, size_t *ret_count)
{
    *ret_count = random_once_in(growth->random, 20) ? LIMIT_SECTION_EFFECTS
                                                    : random_below(growth->random, EFFECTS_MAX + 1);
    struct effect *effects = arena_array(&growth->story->arena, *ret_count, sizeof *effects);
    for (size_t i = 0; i < *ret_count; i++)
        effects[i] = random_effect(growth);
    return effects;
}

static void random_leaf(struct growth *growth, struct condition *ret)
{
    const struct story *story = growth->story;
    const uint32_t kind = random_below(growth->random, 4);
    ret->kind = CONDITION_GOLD;
    ret->min = random_once_in(growth->random, 2) ? INT32_MIN : random_value(growth);
    ret->max = random_once_in(growth->random, 2) ? INT32_MAX : random_value(growth);
    if (kind == 0 && story->item_count > 0) {
        ret->kind = CONDITION_ITEM;
        ret->index = random_index(growth, story->item_count);
    } else if (kind == 1 && story->flag_count > 0) {
        ret->kind = CONDITION_FLAG;
        ret->index = random_index(growth, story->flag_count);
    } else if (kind == 2) {
        ret->kind = CONDITION_STAT;
        ret->index = random_index(growth, story->stat_count);
    }
}

static void random_condition(struct growth *growth, int depth, struct condition *ret)
{
    static const enum condition_kind groups[] = {CONDITION_ALL, CONDITION_ANY, CONDITION_NOT};
    *ret = (struct condition){0};
    if (depth == 0 || random_once_in(growth->random, 2)) {
        random_leaf(growth, ret);
        return;
    }
    ret->kind = groups[random_index(growth, COUNT_OF(groups))];
    ret->child_count =
        ret->kind == CONDITION_NOT ? 1 : random_below(growth->random, CHILDREN_MAX + 1);
    struct condition *children =
        arena_array(&growth->story->arena, ret->child_count, sizeof *children);
    for (size_t i = 0; i < ret->child_count; i++)
        random_condition(growth, depth - 1, &children[i]);
    ret->children = children;
}

static struct check random_check(struct growth *growth)
{
    const struct story *story = growth->story;
    struct check check = {.type = DICE_CHANCE, .stat = random_index(growth, story->stat_count)};
    if (random_once_in(growth->random, 2)) {
        check.modifier = random_value(growth);
        return check;
    }
    check.type = DICE_COMBAT;
    check.endurance = random_index(growth, story->stat_count);
    check.foe_name = SLICE("foe");
    check.foe_skill = random_value(growth);
    check.foe_endurance = random_within(growth->random, 1, 24);
    check.damage = random_within(growth->random, 1, 5);
    return check;
}

static struct choice random_choice(struct growth *growth, size_t index)
{
    struct story *story = growth->story;
    struct choice choice = {.id = random_name(growth, "id", index),
                            .text = random_name(growth, "text", index),
                            .type = (enum choice_type)random_below(growth->random, 4),
                            .target = random_index(growth, story->section_count),
                            .target_failure = -1};
    choice.effects = random_effects(growth, &choice.effect_count);
    if (choice.type == CHOICE_CONDITIONAL || choice.type == CHOICE_MIXED) {
        struct condition *condition = arena_alloc(&story->arena, sizeof *condition);
        random_condition(growth, TREE_DEPTH, condition);
        choice.condition = condition;
    }
    if (choice.type == CHOICE_DICE || choice.type == CHOICE_MIXED) {
        choice.check = random_check(growth);
        choice.target_failure = random_index(growth, story->section_count);
    }
    return choice;
}

static void grow_section(struct growth *growth, struct section *section)
{
    section->effects = random_effects(growth, &section->effect_count);
    if (random_once_in(growth->random, 5)) {
        section->ending = random_once_in(growth->random, 2) ? ENDING_WON : ENDING_LOST;
        return;
    }
    section->choice_count = 1 + random_below(growth->random, CHOICES_MAX);
    struct choice *choices =
        arena_array(&growth->story->arena, section->choice_count, sizeof *choices);
    for (size_t i = 0; i < section->choice_count; i++)
        choices[i] = random_choice(growth, i);
    section->choices = choices;
}

struct story *generate_story(struct random *random)
{
    struct story *story = story_new();
    struct growth growth = {random, story};
    story->hero = SLICE("Hero");
    story->gold = random_within(random, 0, random_once_in(random, 4) ? LIMIT_GOLD : 20);
    story->section_count = 1 + random_below(random, SECTIONS_MAX);
    story->start = random_index(&growth, story->section_count);
    grow_stats(&growth);
    grow_items(&growth);
    grow_flags(&growth);
    struct section *sections = arena_array(&story->arena, story->section_count, sizeof *sections);
    int32_t number = 0;
    for (size_t i = 0; i < story->section_count; i++) {
        number += random_within(random, 1, 50);
        sections[i].number = number;
        grow_section(&growth, &sections[i]);
    }
    story->sections = sections;
    return story;
}

static void random_hero_name(struct random *random, struct state *state)
{
    static const char *const parts[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xa9"};
    const uint32_t chars = 1 + random_below(random, LIMIT_NAME_CHARS);
    for (uint32_t i = 0; i < chars; i++) {
        const struct slice part = slice_str(parts[random_below(random, COUNT_OF(parts))]);
        memcpy(state->name + state->name_len, part.at, part.len);
        state->name_len = (uint8_t)(state->name_len + part.len);
    }
}

struct state generate_state(struct random *random, const struct story *story)
{
    static const enum game_status of_ending[] = {
        [ENDING_NONE] = GAME_ACTIVE, [ENDING_WON] = GAME_WON, [ENDING_LOST] = GAME_LOST};
    struct state state = {.run = 1 + random_below(random, UINT32_MAX),
                          .section = (int32_t)random_below(random, (uint32_t)story->section_count),
                          .gold = random_within(random, 0, LIMIT_GOLD)};
    state.version = random_next(random) >> random_below(random, 64);
    state.version += state.version == 0;
    state.status = of_ending[story->sections[state.section].ending];
    if (state.status == GAME_ACTIVE && random_once_in(random, 3))
        state.status = GAME_STOPPED;
    for (size_t i = 0; i < story->stat_count; i++)
        state.stats[i] = random_within(random, story->stats[i].min, story->stats[i].max);
    int32_t room = story->capacity;
    for (size_t i = 0; i < story->item_count; i++) {
        state.items[i] = random_within(random, 0, room);
        room -= state.items[i];
    }
    for (size_t i = 0; i < story->flag_count; i++)
        state.flags[i / 8] |= (uint8_t)(random_below(random, 2) << (i % 8));
    random_hero_name(random, &state);
    return state;
}
