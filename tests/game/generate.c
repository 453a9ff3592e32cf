#include "tests/game/generate.h"

#include <string.h>

#include "app/game/expr.h"

enum { SECTIONS_MAX = 9, CHOICES_MAX = 4, EFFECTS_MAX = 4, TREE_DEPTH = 3, CHILDREN_MAX = 3 };

/* What the parts of one story need to know while it grows. */
struct growth {
    struct random *random;
    struct story *story;
    size_t dice; /* that the list of effects at hand may still have */
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

static struct expr *new_expr(struct growth *growth, struct expr expr)
{
    struct expr *ret = arena_alloc(&growth->story->arena, sizeof *ret);
    *ret = expr;
    return ret;
}

static struct expr *random_dice(struct growth *growth)
{
    growth->dice--;
    return new_expr(growth,
                    (struct expr){.kind = EXPR_DICE,
                                  .value = random_within(growth->random, 1, DICE_COUNT_MAX),
                                  .faces = random_within(growth->random, 2, DICE_FACES_MAX)});
}

/* The name of a list of things, or a number when the list is empty. */
static struct expr named(struct growth *growth, enum expr_kind kind, size_t count)
{
    if (count == 0)
        return (struct expr){.kind = EXPR_NUMBER, .value = 3};
    return (struct expr){.kind = kind, .value = random_index(growth, count)};
}

static struct expr random_name_of(struct growth *growth)
{
    struct story *story = growth->story;
    switch (random_below(growth->random, 9)) {
    case 0: return named(growth, EXPR_STAT, story->stat_count);
    case 1: return named(growth, EXPR_ITEM, story->item_count);
    case 2: return named(growth, EXPR_FLAG, story->flag_count);
    case 3: return named(growth, EXPR_COUNTER, story->counter_count);
    case 4: story->tracks_visits = true; return named(growth, EXPR_VISITED, story->section_count);
    case 5: story->tracks_roll = true; return (struct expr){.kind = EXPR_ROLL};
    case 6: return (struct expr){.kind = EXPR_GOLD};
    case 7: return (struct expr){.kind = EXPR_CARRIED};
    default:
        return (struct expr){
            .kind = EXPR_NUMBER,
            .value = random_within(growth->random, -LIMIT_EXPR_INTEGER, LIMIT_EXPR_INTEGER)};
    }
}

/* Has dice while growth->dice lets it. */
static const struct expr *random_expr(struct growth *growth, int depth)
{
    if (depth == 0 || random_once_in(growth->random, 3)) {
        if (growth->dice > 0 && random_once_in(growth->random, 2))
            return random_dice(growth);
        return new_expr(growth, random_name_of(growth));
    }
    struct expr *expr = new_expr(growth, (struct expr){.kind = (enum expr_kind)random_within(
                                                           growth->random, EXPR_NOT, EXPR_MAX)});
    expr->left = random_expr(growth, depth - 1);
    if (expr->kind >= EXPR_OR)
        expr->right = random_expr(growth, depth - 1);
    return expr;
}

/* An expression with exactly one dice node: what a check throws. */
static const struct expr *random_throw(struct growth *growth)
{
    growth->dice = 1;
    struct expr *dice = random_dice(growth);
    if (random_once_in(growth->random, 2))
        dice = new_expr(growth, (struct expr){.kind = EXPR_DICE, .value = 1, .faces = 6});
    if (random_once_in(growth->random, 2))
        return dice;
    return new_expr(growth, (struct expr){.kind = EXPR_ADD,
                                          .left = dice,
                                          .right = new_expr(growth, random_name_of(growth))});
}

static const struct expr *random_goal(struct growth *growth)
{
    growth->dice = 0;
    if (random_once_in(growth->random, 2))
        return random_expr(growth, 2);
    return new_expr(
        growth, (struct expr){.kind = EXPR_NUMBER, .value = random_within(growth->random, 1, 8)});
}

static void grow_counters(struct growth *growth)
{
    struct story *story = growth->story;
    story->counter_count =
        random_below(growth->random, random_once_in(growth->random, 8) ? LIMIT_COUNTERS + 1 : 4);
    struct counter_def *counters =
        arena_array(&story->arena, story->counter_count, sizeof *counters);
    for (size_t i = 0; i < story->counter_count; i++) {
        const int32_t min = random_within(growth->random, -LIMIT_OWN_STAT, 0);
        const int32_t max = random_within(growth->random, min, LIMIT_OWN_STAT);
        counters[i] = (struct counter_def){.id = random_name(growth, "counter", i),
                                           .min = min,
                                           .max = max,
                                           .initial = random_within(growth->random, min, max)};
    }
    story->counters = counters;
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
            .id = random_name(growth, "id of stat", i),
            .name = random_name(growth, "stat", i),
            .min = min,
            .max = max,
            .initial = random_within(growth->random, min, max),
            .zero_section =
                random_once_in(growth->random, 2) ? random_index(growth, story->section_count) : -1,
        };
        growth->dice = LIMIT_EFFECT_DICE;
        if (random_once_in(growth->random, 8))
            stats[i].initial_dice = random_dice(growth);
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
        items[i] = (struct item_def){.id = random_name(growth, "id of item", i),
                                     .name = random_name(growth, "item", i),
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

static void random_leaf(struct growth *growth, struct condition *ret)
{
    struct story *story = growth->story;
    const uint32_t kind = random_below(growth->random, 8);
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
    } else if (kind == 3 && story->counter_count > 0) {
        ret->kind = CONDITION_COUNTER;
        ret->index = random_index(growth, story->counter_count);
    } else if (kind == 4) {
        ret->kind = CONDITION_VISITED;
        ret->index = random_index(growth, story->section_count);
        story->tracks_visits = true;
    } else if (kind == 5) {
        ret->kind = CONDITION_ROLL;
        story->tracks_roll = true;
    } else if (kind == 6) {
        const size_t dice = growth->dice;
        growth->dice = 0;
        ret->kind = CONDITION_TEST;
        ret->test = random_expr(growth, 3);
        growth->dice = dice;
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

static const struct condition *random_when(struct growth *growth)
{
    struct condition *condition = arena_alloc(&growth->story->arena, sizeof *condition);
    random_condition(growth, TREE_DEPTH, condition);
    return condition;
}

/* growth->dice is what is left of the list's dice. */
static struct effect random_effect(struct growth *growth, bool may_go)
{
    const struct story *story = growth->story;
    struct effect effect = {.kind = EFFECT_GOLD,
                            .set = random_once_in(growth->random, 4),
                            .value = random_value(growth)};
    const uint32_t kind = random_below(growth->random, 7);
    if (kind == 0 && story->item_count > 0) {
        effect.kind = EFFECT_ITEM;
        effect.index = random_index(growth, story->item_count);
    } else if (kind == 1 && story->flag_count > 0) {
        effect.kind = EFFECT_FLAG;
        effect.index = random_index(growth, story->flag_count);
        effect.set = true;
        effect.value = random_within(growth->random, 0, 1);
    } else if (kind == 2 && story->counter_count > 0) {
        effect.kind = EFFECT_COUNTER;
        effect.index = random_index(growth, story->counter_count);
    } else if (kind == 3 && may_go && random_once_in(growth->random, 2)) {
        effect.kind = EFFECT_GO;
        effect.index = random_index(growth, story->section_count);
    } else if (kind > 3) {
        effect.kind = EFFECT_STAT;
        effect.index = random_index(growth, story->stat_count);
    }
    const bool is_number = effect.kind != EFFECT_FLAG && effect.kind != EFFECT_GO;
    if (is_number && random_once_in(growth->random, 4))
        effect.amount = random_expr(growth, 3);
    if (random_once_in(growth->random, 5))
        effect.when = random_when(growth);
    return effect;
}

static const struct effect *random_effects_of(struct growth *growth, bool may_go, size_t *ret_count)
{
    *ret_count = random_once_in(growth->random, 20) ? LIMIT_SECTION_EFFECTS
                                                    : random_below(growth->random, EFFECTS_MAX + 1);
    struct effect *effects = arena_array(&growth->story->arena, *ret_count, sizeof *effects);
    growth->dice = LIMIT_EFFECT_DICE;
    for (size_t i = 0; i < *ret_count; i++)
        effects[i] = random_effect(growth, may_go);
    return effects;
}

static const struct effect *random_effects(struct growth *growth, size_t *ret_count)
{
    return random_effects_of(growth, true, ret_count);
}

static void random_table(struct growth *growth, struct check *check)
{
    check->type = DICE_TABLE;
    check->throw = random_throw(growth);
    check->outcome_count =
        random_once_in(growth->random, 8) ? LIMIT_OUTCOMES : 1 + random_below(growth->random, 4);
    struct outcome *outcomes =
        arena_array(&growth->story->arena, check->outcome_count, sizeof *outcomes);
    int32_t max = 0;
    for (size_t i = 0; i < check->outcome_count; i++) {
        max += random_within(growth->random, 1, 4);
        outcomes[i].max = i + 1 == check->outcome_count ? INT32_MAX : max;
        outcomes[i].target = random_index(growth, growth->story->section_count);
        outcomes[i].effects = random_effects_of(growth, false, &outcomes[i].effect_count);
    }
    check->outcomes = outcomes;
}

static void random_combat(struct growth *growth, struct check *check)
{
    check->type = DICE_COMBAT;
    check->endurance = random_index(growth, growth->story->stat_count);
    check->foe_name = SLICE("foe");
    check->foe_skill = random_value(growth);
    check->foe_endurance = random_within(growth->random, 1, 24);
    check->damage = random_within(growth->random, 1, 5);
}

static struct check random_check(struct growth *growth)
{
    struct check check = {.type = DICE_CHANCE,
                          .stat = random_index(growth, growth->story->stat_count)};
    switch (random_below(growth->random, 6)) {
    case 0: check.modifier = random_value(growth); break;
    case 1: check.type = DICE_LUCK; break;
    case 2:
        check.type = DICE_ROLL;
        check.throw = random_throw(growth);
        check.goal = random_goal(growth);
        check.at_least = random_once_in(growth->random, 2);
        break;
    case 3: random_table(growth, &check); break;
    default: random_combat(growth, &check); return check;
    }
    if (random_once_in(growth->random, 2)) {
        check.rerolls = random_within(growth->random, 1, LIMIT_REROLLS);
        check.reroll_effects = random_effects(growth, &check.reroll_effect_count);
        check.reroll_when = random_once_in(growth->random, 3) ? random_when(growth) : NULL;
    }
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
        choice.condition = random_when(growth);
        choice.hidden = random_once_in(growth->random, 4);
    }
    if (random_once_in(growth->random, 8))
        choice.once = ++story->once_count;
    if (choice.type == CHOICE_DICE || choice.type == CHOICE_MIXED) {
        choice.check = random_check(growth);
        choice.target_failure = random_index(growth, story->section_count);
    }
    if (choice.check.type == DICE_TABLE)
        choice.target = choice.target_failure = -1;
    return choice;
}

static void grow_uses(struct growth *growth)
{
    struct story *story = growth->story;
    struct item_def *items = (struct item_def *)story->items; /* of grow_items */
    for (size_t i = 0; i < story->item_count; i++) {
        if (random_once_in(growth->random, 2))
            continue;
        struct item_use *use = arena_alloc(&story->arena, sizeof *use);
        *use = (struct item_use){.choice = {.text = random_name(growth, "use", i)},
                                 .keep = random_once_in(growth->random, 3),
                                 .in_fight = random_once_in(growth->random, 2)};
        use->choice.effects = random_effects(growth, &use->choice.effect_count);
        if (random_once_in(growth->random, 3))
            use->choice.condition = random_when(growth);
        items[i].use = use;
    }
}

static struct foe random_foe(struct growth *growth, size_t index)
{
    return (struct foe){.name = random_name(growth, "foe", index),
                        .skill = random_value(growth),
                        .endurance = random_within(growth->random, 1, 12),
                        .damage = random_within(growth->random, 0, 5)};
}

static const struct fight *random_fight(struct growth *growth)
{
    struct story *story = growth->story;
    struct fight *fight = arena_alloc(&story->arena, sizeof *fight);
    *fight = (struct fight){
        .foe_count =
            1 + random_below(growth->random, random_once_in(growth->random, 4) ? LIMIT_FOES : 2),
        .together = random_once_in(growth->random, 2),
        .skill = random_index(growth, story->stat_count),
        .endurance = random_index(growth, story->stat_count),
        .damage = random_within(growth->random, 1, 5),
        .luck = random_once_in(growth->random, 2) ? random_index(growth, story->stat_count) : -1,
        .flee_target = -1,
        .win = random_index(growth, story->section_count),
        .lose = random_index(growth, story->section_count),
    };
    struct foe *foes = arena_array(&story->arena, fight->foe_count, sizeof *foes);
    for (size_t i = 0; i < fight->foe_count; i++)
        foes[i] = random_foe(growth, i);
    fight->foes = foes;
    if (random_once_in(growth->random, 2)) {
        fight->flee_target = random_index(growth, story->section_count);
        fight->flee_after = random_within(growth->random, 0, 4);
        fight->flee_effects = random_effects(growth, &fight->flee_effect_count);
    }
    return fight;
}

static void grow_section(struct growth *growth, struct section *section)
{
    section->effects = random_effects(growth, &section->effect_count);
    if (random_once_in(growth->random, 5)) {
        section->ending = random_once_in(growth->random, 2) ? ENDING_WON : ENDING_LOST;
        return;
    }
    section->leave = random_effects_of(growth, false, &section->leave_count);
    if (random_once_in(growth->random, 5)) {
        section->fight = random_fight(growth);
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
    struct growth growth = {.random = random, .story = story};
    story->hero = SLICE("Hero");
    story->gold = random_within(random, 0, random_once_in(random, 4) ? LIMIT_GOLD : 20);
    story->section_count = 1 + random_below(random, SECTIONS_MAX);
    story->start = random_index(&growth, story->section_count);
    grow_stats(&growth);
    grow_items(&growth);
    grow_flags(&growth);
    grow_counters(&growth);
    grow_uses(&growth);
    struct section *sections = arena_array(&story->arena, story->section_count, sizeof *sections);
    int32_t number = 0;
    for (size_t i = 0; i < story->section_count; i++) {
        number += random_within(random, 1, 50);
        sections[i].number = number;
        grow_section(&growth, &sections[i]);
    }
    story->sections = sections;
    story_finish(story);
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

static void random_memory(struct random *random, const struct story *story, struct state *state)
{
    for (size_t i = 0; i < story->counter_count; i++)
        state->counters[i] = random_within(random, story->counters[i].min, story->counters[i].max);
    for (int32_t i = 0; i < story->once_count; i++)
        state->chosen[i / 8] |= (uint8_t)(random_below(random, 2) << (i % 8));
    for (size_t i = 0; story->tracks_visits && i < story->section_count; i++)
        state->visited[i / 8] |= (uint8_t)(random_below(random, 2) << (i % 8));
    if (story->tracks_visits)
        state->visited[state->section / 8] |= (uint8_t)(1U << (state->section % 8));
    if (story->tracks_roll)
        state->last_roll = random_within(random, INT32_MIN, INT32_MAX);
}

/* In the middle of a fight, or of a throw that can be repeated. */
static void random_moment(struct random *random, const struct story *story, struct state *state)
{
    const struct section *section = &story->sections[state->section];
    if (section->fight) {
        const size_t count = section->fight->foe_count;
        state->fight.round = random_within(random, 0, LIMIT_COMBAT_ROUNDS - 1);
        for (size_t i = 0; i < count; i++)
            state->fight.foe[i] = random_within(random, 0, section->fight->foes[i].endurance);
        state->fight.foe[count - 1] = section->fight->foes[count - 1].endurance;
        return;
    }
    if (section->choice_count == 0)
        return;
    const uint32_t at = random_below(random, (uint32_t)section->choice_count);
    const struct check *check = &section->choices[at].check;
    if (check->rerolls == 0)
        return;
    state->pending.choice = (uint8_t)(at + 1);
    state->pending.rerolled = (uint8_t)random_below(random, (uint32_t)check->rerolls);
    if (check->type == DICE_TABLE)
        state->pending.outcome =
            (uint8_t)(1 + random_below(random, (uint32_t)check->outcome_count));
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
    random_memory(random, story, &state);
    random_moment(random, story, &state);
    random_hero_name(random, &state);
    return state;
}
