/* A section has two places: its arrival, where everything that leads to it is joined, and its rest,
 * where the hero makes a choice.
 *
 *     arrival --- enter effects ---+--- go ------------------------> arrival of another section
 *                                  +--- a stat may have fallen ---> arrival of its zero_section
 *                                  +--- rest
 *     rest ------ choice, fight ---> effects, dice ---> leave effects ---> arrival of the target
 *          ------ use of an item --> rest
 *
 * Arrivals and rests only grow, and what grows for the PATIENCE-th time goes to its bound, so the
 * walk ends. */
#include "app/author/flow.h"

#include <stdlib.h>
#include <string.h>

enum {
    PATIENCE = 4,        /* joins of a section before ranges go to their bounds */
    PATIENCE_TOTAL = 96, /* and before all of them do */
};

/* A hero on the way from one section to another. */
struct hero {
    struct range *ranges;
    uint32_t touched, above;
};

static void enqueue(struct flow *flow, int32_t section)
{
    const size_t room = flow->sheet.story->section_count;
    if (flow->sections[section].waiting)
        return;
    flow->sections[section].waiting = true;
    flow->queue[(flow->queue_at + flow->queue_count++) % room] = section;
}

static struct range *ranges_dup(const struct flow *flow, const struct range *ranges)
{
    struct range *ret = malloc(flow->sheet.count * sizeof *ret);
    ENSURE_MEMORY(ret);
    memcpy(ret, ranges, flow->sheet.count * sizeof *ret);
    return ret;
}

static struct hero hero_dup(const struct flow *flow, const struct hero *hero)
{
    return (struct hero){ranges_dup(flow, hero->ranges), hero->touched, hero->above};
}

static void hero_release(struct hero *hero)
{
    free(hero->ranges);
}

static void to_all_bounds(const struct flow *flow, struct range *ranges)
{
    for (size_t i = 0; i < flow->sheet.count; i++)
        ranges[i] = sheet_bounds(&flow->sheet, i);
}

/* Take the ranges in at a place of a section; *place is NULL before the first. Returns whether
 * something is new. */
static bool take_in(struct flow *flow, struct flow_section *section, struct range **place,
                    const struct range *ranges)
{
    const size_t bytes = flow->sheet.count * sizeof *ranges;
    if (!*place) {
        *place = arena_alloc(&flow->arena, bytes);
        memcpy(*place, ranges, bytes);
        return true;
    }
    if (!ranges_join(&flow->sheet, *place, ranges, section->joins >= PATIENCE))
        return false;
    if (++section->joins >= PATIENCE_TOTAL)
        to_all_bounds(flow, *place);
    return true;
}

static void record(struct flow *flow, int32_t from, int32_t to, bool forced)
{
    if (!flow->recording || from < 0)
        return;
    if (flow->edge_count == flow->edge_cap) {
        flow->edge_cap = flow->edge_cap == 0 ? 256 : 2 * flow->edge_cap;
        struct flow_edge *edges = realloc(flow->edges, flow->edge_cap * sizeof *edges);
        ENSURE_MEMORY(edges);
        flow->edges = edges;
    }
    flow->edges[flow->edge_count++] = (struct flow_edge){from, to, forced};
}

/* One effect that is no forced move, whose `when` holds. */
static void apply(const struct flow *flow, struct hero *hero, const struct effect *effect)
{
    if (effect->kind == EFFECT_STAT && effect->index >= 0)
        hero->touched |= 1U << effect->index;
    effect_assume(&flow->sheet, hero->ranges, effect);
}

/* One that applies or not, as its `when` says. */
static void apply_perhaps(const struct flow *flow, struct hero *hero, const struct effect *effect)
{
    const enum truth truth = condition_truth(&flow->sheet, hero->ranges, effect->when);
    if (truth == NEVER)
        return;
    if (truth == ALWAYS) {
        apply(flow, hero, effect);
        return;
    }
    struct hero other = hero_dup(flow, hero);
    const bool does = condition_assume(&flow->sheet, hero->ranges, effect->when, true);
    const bool does_not = condition_assume(&flow->sheet, other.ranges, effect->when, false);
    if (does)
        apply(flow, hero, effect);
    if (does && does_not)
        (void)ranges_join(&flow->sheet, hero->ranges, other.ranges, false);
    else if (does_not)
        memcpy(hero->ranges, other.ranges, flow->sheet.count * sizeof *hero->ranges);
    hero_release(&other);
}

/* Come to a section, from another one (its leave effects apply) or, with from -1, at the start. */
static void arrive(struct flow *flow, int32_t from, int32_t to, const struct hero *hero,
                   bool forced)
{
    if (to < 0)
        return;
    struct flow_section *section = &flow->sections[to];
    struct hero next = hero_dup(flow, hero);
    record(flow, from, to, forced);
    if (from >= 0 && from != to) {
        const struct section *left = &flow->sheet.story->sections[from];
        for (size_t i = 0; i < left->leave_count; i++)
            apply_perhaps(flow, &next, &left->leave[i]);
    }
    bool grew = take_in(flow, section, &section->arrival, next.ranges);
    const uint32_t above = section->reached ? section->above & next.above : next.above;
    grew = grew || above != section->above || (next.touched & ~section->touched) != 0;
    section->touched |= next.touched;
    section->above = above;
    section->reached = true;
    flow->visited[to] = true;
    if (grew)
        enqueue(flow, to);
    hero_release(&next);
}

/* Where stats that may have fallen send the hero. Returns false when one has surely fallen; otherwise
 * *hero is left as it is for who has not fallen. */
static bool fall(struct flow *flow, int32_t here, struct hero *hero)
{
    const struct story *story = flow->sheet.story;
    for (size_t i = 0; i < story->stat_count; i++) {
        const struct stat_def *def = &story->stats[i];
        if (def->zero_section < 0 || (hero->touched & 1U << i) == 0 ||
            hero->ranges[i].lo > def->min)
            continue;
        struct hero fallen = hero_dup(flow, hero);
        fallen.ranges[i] = (struct range){def->min, def->min};
        fallen.touched = 0;
        fallen.above = 0;
        arrive(flow, here, def->zero_section, &fallen, false);
        hero_release(&fallen);
        /* Who is already in the zero_section stays there. */
        if ((hero->above & 1U << i) == 0 || def->zero_section == here)
            continue;
        hero->ranges[i].lo = def->min + 1;
        if (hero->ranges[i].lo > hero->ranges[i].hi)
            return false;
    }
    return true;
}

/* A list of effects, in its order. Returns false when a forced move surely ends it. */
static bool apply_list(struct flow *flow, int32_t here, struct hero *hero,
                       const struct effect *effects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct effect *effect = &effects[i];
        if (effect->kind != EFFECT_GO) {
            apply_perhaps(flow, hero, effect);
            continue;
        }
        struct hero gone = hero_dup(flow, hero);
        if (condition_assume(&flow->sheet, gone.ranges, effect->when, true))
            arrive(flow, here, effect->index, &gone, true);
        hero_release(&gone);
        if (!condition_assume(&flow->sheet, hero->ranges, effect->when, false))
            return false;
    }
    return true;
}

/* ---- dice ---- */

static void remember_roll(const struct flow *flow, struct hero *hero, int32_t lo, int32_t hi)
{
    if (flow->sheet.story->tracks_roll)
        hero->ranges[flow->sheet.roll] = (struct range){lo, hi};
}

static unsigned results_of(bool success, bool failure)
{
    return (success ? (unsigned)FLOW_SUCCESS : 0) | (failure ? (unsigned)FLOW_FAILURE : 0);
}

enum { THROW_LO = 2, THROW_HI = 12 }; /* 2d6 */

static unsigned chance_results(const struct flow *flow, struct hero *hero,
                               const struct check *check)
{
    remember_roll(flow, hero, THROW_LO + check->modifier, THROW_HI + check->modifier);
    if (check->stat < 0)
        return FLOW_SUCCESS | FLOW_FAILURE;
    const struct range stat = hero->ranges[check->stat];
    return results_of(THROW_LO + check->modifier <= stat.hi, THROW_HI + check->modifier > stat.lo);
}

static unsigned luck_results(const struct flow *flow, struct hero *hero, const struct check *check)
{
    remember_roll(flow, hero, THROW_LO, THROW_HI);
    if (check->stat < 0)
        return FLOW_SUCCESS | FLOW_FAILURE;
    const struct range stat = hero->ranges[check->stat];
    const struct effect price = {.kind = EFFECT_STAT, .index = check->stat, .value = -1};
    apply(flow, hero, &price);
    return results_of(THROW_LO <= stat.hi, THROW_HI > stat.lo);
}

static unsigned roll_results(const struct flow *flow, struct hero *hero, const struct check *check)
{
    if (!check->throw || !check->goal)
        return FLOW_SUCCESS | FLOW_FAILURE;
    const struct range thrown = expr_range(&flow->sheet, hero->ranges, check->throw);
    const struct range goal = expr_range(&flow->sheet, hero->ranges, check->goal);
    remember_roll(flow, hero, thrown.lo, thrown.hi);
    if (check->at_least)
        return results_of(thrown.hi >= goal.lo, thrown.lo < goal.hi);
    return results_of(thrown.lo <= goal.hi, thrown.hi > goal.lo);
}

/* Wounds: anything from none to death; what a check does to the hero's endurance. */
static void wound(const struct flow *flow, struct hero *hero, int32_t endurance)
{
    hero->ranges[endurance].lo = flow->sheet.story->stats[endurance].min;
    hero->touched |= 1U << endurance;
}

static unsigned combat_results(const struct flow *flow, struct hero *hero,
                               const struct check *check)
{
    remember_roll(flow, hero, -LIMIT_EXPR_INTEGER, LIMIT_EXPR_INTEGER);
    if (check->stat < 0 || check->endurance < 0)
        return FLOW_SUCCESS | FLOW_FAILURE;
    const struct range skill = hero->ranges[check->stat];
    const struct range endurance = hero->ranges[check->endurance];
    const int32_t min = flow->sheet.story->stats[check->endurance].min;
    const bool hits = THROW_HI + skill.hi > THROW_LO + check->foe_skill && endurance.hi > min;
    const bool hurt = THROW_LO + skill.lo < THROW_HI + check->foe_skill;
    /* Rounds may also run out, with ties or with a foe that is too strong for them. */
    const bool fails = hurt || endurance.lo <= min ||
                       THROW_LO + skill.lo <= THROW_HI + check->foe_skill || check->damage < 1 ||
                       check->foe_endurance > check->damage * LIMIT_COMBAT_ROUNDS;
    if (hurt)
        wound(flow, hero, check->endurance);
    return results_of(hits, fails);
}

static unsigned check_results(const struct flow *flow, struct hero *hero, const struct check *check)
{
    switch (check->type) {
    case DICE_CHANCE: return chance_results(flow, hero, check);
    case DICE_COMBAT: return combat_results(flow, hero, check);
    case DICE_LUCK: return luck_results(flow, hero, check);
    case DICE_ROLL: return roll_results(flow, hero, check);
    case DICE_NONE:
    case DICE_TABLE: break; /* handled by who calls */
    }
    return FLOW_SUCCESS | FLOW_FAILURE;
}

/* A success of a fight is nobody's who has fallen in it. */
static void stand(const struct flow *flow, struct hero *hero, int32_t endurance)
{
    if (endurance < 0)
        return;
    const int32_t min = flow->sheet.story->stats[endurance].min;
    if (hero->ranges[endurance].lo <= min && hero->ranges[endurance].hi > min)
        hero->ranges[endurance].lo = min + 1;
}

/* The price of throwing again, as often as it may be paid. */
static void pay_rerolls(struct flow *flow, int32_t here, struct hero *hero,
                        const struct check *check)
{
    for (int32_t i = 0; i < check->rerolls; i++) {
        struct hero payer = hero_dup(flow, hero);
        if (condition_assume(&flow->sheet, payer.ranges, check->reroll_when, true) &&
            apply_list(flow, here, &payer, check->reroll_effects, check->reroll_effect_count)) {
            hero->touched |= payer.touched;
            (void)ranges_join(&flow->sheet, hero->ranges, payer.ranges, false);
        }
        hero_release(&payer);
    }
}

static void throw_table(struct flow *flow, int32_t here, const struct check *check,
                        struct hero *hero, struct flow_choice *ret)
{
    const struct range thrown = check->throw
                                    ? expr_range(&flow->sheet, hero->ranges, check->throw)
                                    : (struct range){-LIMIT_EXPR_INTEGER, LIMIT_EXPR_INTEGER};
    int64_t first = INT32_MIN;
    for (size_t i = 0; i < check->outcome_count; i++) {
        const struct outcome *outcome = &check->outcomes[i];
        const bool possible =
            thrown.hi >= first && thrown.lo <= outcome->max && first <= outcome->max;
        first = (int64_t)outcome->max + 1;
        if (!possible)
            continue;
        struct hero next = hero_dup(flow, hero);
        ret->outcomes |= 1U << i;
        remember_roll(flow, &next, thrown.lo, thrown.hi);
        if (apply_list(flow, here, &next, outcome->effects, outcome->effect_count) &&
            fall(flow, here, &next))
            arrive(flow, here, outcome->target, &next, false);
        hero_release(&next);
    }
}

static void throw_dice(struct flow *flow, int32_t here, const struct choice *choice,
                       struct hero *hero, struct flow_choice *ret)
{
    const struct check *check = &choice->check;
    pay_rerolls(flow, here, hero, check);
    if (check->type == DICE_TABLE) {
        throw_table(flow, here, check, hero, ret);
        return;
    }
    const unsigned results = check_results(flow, hero, check);
    ret->results |= results;
    if (results & FLOW_FAILURE)
        arrive(flow, here, choice->target_failure, hero, false);
    if (check->type == DICE_COMBAT)
        stand(flow, hero, check->endurance);
    if (results & FLOW_SUCCESS)
        arrive(flow, here, choice->target, hero, false);
}

/* ---- what can be done in a section ---- */

static uint32_t above_minimum(const struct flow *flow, const struct range *ranges)
{
    const struct story *story = flow->sheet.story;
    uint32_t above = 0;
    for (size_t i = 0; i < story->stat_count; i++)
        above |= ranges[i].lo > story->stats[i].min ? 1U << i : 0;
    return above;
}

static struct hero hero_at_rest(const struct flow *flow, int32_t here)
{
    const struct range *rest = flow->sections[here].rest;
    return (struct hero){ranges_dup(flow, rest), 0, above_minimum(flow, rest)};
}

/* The hero stays where they are, with other numbers. */
static void stay(struct flow *flow, int32_t here, const struct hero *hero)
{
    struct flow_section *section = &flow->sections[here];
    if (take_in(flow, section, &section->rest, hero->ranges))
        enqueue(flow, here);
}

static void play(struct flow *flow, int32_t here, size_t which)
{
    const struct choice *choice = &flow->sheet.story->sections[here].choices[which];
    struct flow_choice *ret = &flow->sections[here].choices[which];
    struct hero hero = hero_at_rest(flow, here);
    if (condition_assume(&flow->sheet, hero.ranges, choice->condition, true)) {
        ret->possible = true;
        if (apply_list(flow, here, &hero, choice->effects, choice->effect_count) &&
            fall(flow, here, &hero)) {
            if (choice->check.type == DICE_NONE)
                arrive(flow, here, choice->target, &hero, false);
            else
                throw_dice(flow, here, choice, &hero, ret);
        }
    }
    hero_release(&hero);
}

static void flee(struct flow *flow, int32_t here, const struct fight *fight)
{
    struct hero hero = hero_at_rest(flow, here);
    if (fight->endurance >= 0)
        wound(flow, &hero, fight->endurance);
    if (apply_list(flow, here, &hero, fight->flee_effects, fight->flee_effect_count) &&
        fall(flow, here, &hero))
        arrive(flow, here, fight->flee_target, &hero, false);
    hero_release(&hero);
}

/* Rounds are not counted: after any of them the hero may be wounded, dead or the winner. */
static void brawl(struct flow *flow, int32_t here, const struct fight *fight)
{
    struct hero hero = hero_at_rest(flow, here);
    remember_roll(flow, &hero, -LIMIT_EXPR_INTEGER, LIMIT_EXPR_INTEGER);
    if (fight->endurance >= 0)
        wound(flow, &hero, fight->endurance);
    if (fight->luck >= 0) {
        hero.ranges[fight->luck].lo = flow->sheet.story->stats[fight->luck].min;
        hero.touched |= 1U << fight->luck;
    }
    arrive(flow, here, fight->lose, &hero, false);
    stand(flow, &hero, fight->endurance);
    arrive(flow, here, fight->win, &hero, false);
    if (fall(flow, here, &hero))
        stay(flow, here, &hero);
    hero_release(&hero);
    if (fight->flee_target >= 0)
        flee(flow, here, fight);
}

static void use_item(struct flow *flow, int32_t here, size_t item)
{
    const struct story *story = flow->sheet.story;
    const struct item_use *use = story->items[item].use;
    const size_t number = flow->sheet.items + item;
    struct hero hero = hero_at_rest(flow, here);
    hero.ranges[number].lo = hero.ranges[number].lo < 1 ? 1 : hero.ranges[number].lo;
    if (hero.ranges[number].hi >= 1 &&
        condition_assume(&flow->sheet, hero.ranges, use->choice.condition, true)) {
        const struct effect price = {.kind = EFFECT_ITEM, .index = (int32_t)item, .value = -1};
        flow->uses[item] = true;
        if (!use->keep)
            apply(flow, &hero, &price);
        if (apply_list(flow, here, &hero, use->choice.effects, use->choice.effect_count) &&
            fall(flow, here, &hero))
            stay(flow, here, &hero);
    }
    hero_release(&hero);
}

static void rest(struct flow *flow, int32_t here)
{
    const struct story *story = flow->sheet.story;
    const struct section *section = &story->sections[here];
    if (section->ending != ENDING_NONE)
        return;
    if (section->fight) {
        brawl(flow, here, section->fight);
    } else {
        for (size_t i = 0; i < section->choice_count; i++)
            play(flow, here, i);
    }
    for (size_t i = 0; i < story->item_count; i++) {
        const struct item_use *use = story->items[i].use;
        if (use && (!section->fight || use->in_fight))
            use_item(flow, here, i);
    }
}

static void visit(struct flow *flow, int32_t here)
{
    struct flow_section *place = &flow->sections[here];
    const struct section *section = &flow->sheet.story->sections[here];
    struct hero hero = {ranges_dup(flow, place->arrival), place->touched, place->above};
    const bool stays = apply_list(flow, here, &hero, section->effects, section->effect_count) &&
                       (section->ending != ENDING_NONE || fall(flow, here, &hero));
    if (stays) {
        (void)take_in(flow, place, &place->rest, hero.ranges);
        place->rests = true;
    }
    hero_release(&hero);
    if (place->rest)
        rest(flow, here);
}

static void run(struct flow *flow)
{
    const size_t room = flow->sheet.story->section_count;
    while (flow->queue_count > 0) {
        const int32_t here = flow->queue[flow->queue_at];
        flow->queue_at = (flow->queue_at + 1) % room;
        flow->queue_count--;
        flow->sections[here].waiting = false;
        visit(flow, here);
    }
}

static size_t count_reached(const struct flow *flow)
{
    size_t count = 0;
    for (size_t i = 0; i < flow->sheet.story->section_count; i++)
        count += flow->sections[i].reached;
    return count;
}

static void visit_all(struct flow *flow)
{
    for (size_t i = 0; i < flow->sheet.story->section_count; i++) {
        if (flow->sections[i].reached)
            visit(flow, (int32_t)i);
    }
}

void flow_init(struct flow *flow, const struct story *story)
{
    *flow = (struct flow){.queue_count = 0};
    flow->visited = arena_array(&flow->arena, story->section_count, sizeof *flow->visited);
    flow->sections = arena_array(&flow->arena, story->section_count, sizeof *flow->sections);
    flow->queue = arena_array(&flow->arena, story->section_count, sizeof *flow->queue);
    flow->uses = arena_array(&flow->arena, story->item_count, sizeof *flow->uses);
    sheet_init(&flow->sheet, story, flow->visited);
    for (size_t i = 0; i < story->section_count; i++)
        flow->sections[i].choices =
            arena_array(&flow->arena, story->sections[i].choice_count, sizeof(struct flow_choice));
    struct hero hero = {arena_array(&flow->arena, flow->sheet.count, sizeof(struct range)), 0, 0};
    ranges_begin(&flow->sheet, hero.ranges);
    hero.above = above_minimum(flow, hero.ranges);
    arrive(flow, -1, story->start, &hero, false);
    run(flow);
    /* A section that is new makes conditions on visits possible in those that were looked at. */
    for (size_t before = 0; story->tracks_visits && before != count_reached(flow);) {
        before = count_reached(flow);
        visit_all(flow);
        run(flow);
    }
    flow->recording = true;
    visit_all(flow);
}

void flow_release(struct flow *flow)
{
    free(flow->edges);
    arena_release(&flow->arena);
}
