#include "app/author/explore.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/author/links.h"

enum {
    WANDER = 8, /* one in so many steps towards the unseen is made at random all the same */
    PROGRESS_RUNS = 256, /* runs between two calls of on_progress */
    FAR = 1000000,
};

struct explorer {
    struct explored *e;
    struct story *story;
    uint8_t seed[SEED_LEN];
    uint64_t random; /* state of the generator of this run */
    bool random_run;
    bool news;         /* something was seen for the first time since `distance` was made */
    int32_t *distance; /* of each section: choices to the nearest one with something unseen */
    struct state state;
    struct event event;
};

/* splitmix64: which choice is tried is no secret and no roll. */
static uint64_t random_next(struct explorer *x)
{
    x->random += 0x9e3779b97f4a7c15U;
    uint64_t z = x->random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static size_t random_below(struct explorer *x, size_t count)
{
    return (size_t)(((random_next(x) >> 32) * (uint64_t)count) >> 32);
}

/* Everything that is random in a run follows from the seed of the test and its number. */
static void run_seed(struct explorer *x, uint64_t seed, uint64_t run)
{
    char text[80];
    snprintf(text, sizeof text, "casysd story test %" PRIu64 " %" PRIu64, seed, run);
    crypto_sha256(slice_str(text), x->seed);
    x->random = 0;
    for (size_t i = 0; i < sizeof x->random; i++)
        x->random = x->random << 8 | x->seed[i];
    x->random_run = run % 2 == 0;
}

static void widen(struct range *range, int32_t value)
{
    range->lo = value < range->lo ? value : range->lo;
    range->hi = value > range->hi ? value : range->hi;
}

static void note_sheet(struct explorer *x)
{
    for (size_t i = 0; i < x->story->stat_count; i++)
        widen(&x->e->stats[i], x->state.stats[i]);
    for (size_t i = 0; i < x->story->item_count; i++)
        widen(&x->e->items[i], x->state.items[i]);
    widen(&x->e->gold, x->state.gold);
}

/* Only what the last command changed. */
static void note_changes(struct explorer *x)
{
    for (size_t i = 0; i < x->event.change_count; i++) {
        const struct change *change = &x->event.changes[i];
        if (change->kind == EFFECT_STAT)
            widen(&x->e->stats[change->index], change->to);
        else if (change->kind == EFFECT_ITEM)
            widen(&x->e->items[change->index], change->to);
        else if (change->kind == EFFECT_GOLD)
            widen(&x->e->gold, change->to);
    }
}

/* How often the choice was made before; NULL for one that belongs to no section. */
static uint64_t *taken_of(struct explorer *x, const struct choice *choice)
{
    switch (choice->act) {
    case ACT_CHOICE:
    case ACT_ATTACK:
    case ACT_LUCK:
    case ACT_FLEE: return &x->e->sections[x->state.section].taken[choice->index];
    case ACT_USE: return &x->e->used[choice->index];
    case ACT_REROLL:
    case ACT_ACCEPT: return NULL;
    }
    return NULL;
}

/* ---- towards the unseen ---- */

static bool has_unseen(const struct explorer *x, size_t section)
{
    const struct explored_section *seen = &x->e->sections[section];
    if (seen->runs == 0)
        return true;
    for (size_t i = 0; i < x->story->sections[section].choice_count; i++) {
        if (seen->taken[i] == 0)
            return true;
    }
    return false;
}

struct walk_back {
    const struct explorer *x;
    int32_t best;
};

static void on_link(void *arg, const struct link *link)
{
    struct walk_back *walk = arg;
    if (walk->x->distance[link->to] < walk->best)
        walk->best = walk->x->distance[link->to];
}

/* Distances by relaxation in both directions of the numbers: stories mostly lead one way, so that few
 * rounds are enough; more than ROUNDS are not worth it for a hint. */
static void measure(struct explorer *x)
{
    enum { ROUNDS = 4 };
    const size_t count = x->story->section_count;
    for (size_t i = 0; i < count; i++)
        x->distance[i] = has_unseen(x, i) ? 0 : FAR;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t k = 0; k < count; k++) {
            const size_t i = round % 2 == 0 ? count - 1 - k : k;
            struct walk_back walk = {x, FAR};
            if (x->distance[i] == 0)
                continue;
            links_walk(x->story, i, on_link, &walk);
            if (walk.best < FAR && walk.best + 1 < x->distance[i])
                x->distance[i] = walk.best + 1;
        }
    }
    x->news = false;
}

static int32_t distance_of(const struct explorer *x, const struct choice *choice)
{
    int32_t best = FAR;
    if (choice->act == ACT_USE)
        return x->distance[x->state.section];
    if (choice->target >= 0)
        best = x->distance[choice->target];
    if (choice->target_failure >= 0 && x->distance[choice->target_failure] < best)
        best = x->distance[choice->target_failure];
    for (size_t i = 0; i < choice->check.outcome_count; i++) {
        const int32_t target = choice->check.outcomes[i].target;
        best = x->distance[target] < best ? x->distance[target] : best;
    }
    return best;
}

/* The lower the better: never taken, then near the unseen, then seldom taken. */
static const struct choice *choose_unseen(struct explorer *x, const struct choice *const *options,
                                          size_t count)
{
    const struct choice *best = NULL;
    int32_t best_distance = 0;
    uint64_t best_taken = 0;
    const size_t first = random_below(x, count);
    for (size_t i = 0; i < count; i++) {
        const struct choice *choice = options[(first + i) % count];
        const uint64_t *counter = taken_of(x, choice);
        const uint64_t taken = counter ? *counter : random_next(x) % 2;
        const int32_t distance = taken == 0 ? -1 : distance_of(x, choice);
        if (best &&
            (distance > best_distance || (distance == best_distance && taken >= best_taken)))
            continue;
        best = choice;
        best_distance = distance;
        best_taken = taken;
    }
    return best;
}

/* ---- one run ---- */

/* The choices that can be made now. */
static size_t available(const struct explorer *x, const struct choice *ret[GAME_OPTIONS_MAX])
{
    const size_t count = game_options(x->story, &x->state, ret);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (game_choice_available(&x->state, ret[i]))
            ret[kept++] = ret[i];
    }
    return kept;
}

static bool step(struct explorer *x)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = available(x, options);
    if (count == 0)
        return false;
    const bool random = x->random_run || random_below(x, WANDER) == 0;
    const struct choice *choice =
        random ? options[random_below(x, count)] : choose_unseen(x, options, count);
    uint64_t *taken = taken_of(x, choice);
    const int32_t from = x->state.section;
    if (taken && (*taken)++ == 0)
        x->news = true;
    x->e->rerolls += choice->act == ACT_REROLL;
    /* A choice of game_options that is available is never refused. */
    ENSURE(game_step(x->story, x->seed, &x->state, choice, 0, &x->state, &x->event) == OK);
    note_changes(x);
    if (x->state.status == GAME_LOST)
        x->e->sections[from].deaths++;
    return true;
}

static void note_end(struct explorer *x, uint64_t steps)
{
    struct explored *e = x->e;
    struct explored_section *here = &e->sections[x->state.section];
    const bool won = x->state.status == GAME_WON;
    if (x->state.status == GAME_ACTIVE && steps < EXPLORE_STEPS_MAX) {
        e->stuck++;
        here->stuck++;
    } else if (x->state.status == GAME_ACTIVE) {
        e->unfinished++;
    } else {
        here->ends++;
        here->ends_random += x->random_run;
        e->won += won;
        e->lost += !won;
        e->won_random += won && x->random_run;
        e->lost_random += !won && x->random_run;
        e->lengths[steps] += x->random_run;
    }
}

static void note_visits(struct explorer *x)
{
    for (size_t i = 0; i < x->story->section_count; i++) {
        if (x->state.visited[i / 8] == 0) {
            i |= 7;
            continue;
        }
        if (!state_visited(&x->state, (int32_t)i))
            continue;
        if (x->e->sections[i].runs++ == 0)
            x->news = true;
    }
}

static void run(struct explorer *x)
{
    uint64_t steps = 0;
    if (!x->random_run && x->news)
        measure(x);
    ENSURE(game_start(x->story, x->seed, SLICE_NONE, 0, &x->state, &x->event) == OK);
    note_sheet(x);
    note_changes(x);
    while (x->state.status == GAME_ACTIVE && steps < EXPLORE_STEPS_MAX && step(x))
        steps++;
    x->e->steps += steps;
    x->e->runs++;
    x->e->random_runs += x->random_run;
    note_end(x, steps);
    note_visits(x);
}

void explore(struct story *story, const struct explore_config *config, struct explored *ret)
{
    static const struct range none = {INT32_MAX, INT32_MIN};
    *ret = (struct explored){.story = story, .gold = none};
    struct arena *arena = &ret->arena;
    struct explorer *x = arena_alloc(arena, sizeof *x);
    ret->sections = arena_array(arena, story->section_count, sizeof *ret->sections);
    for (size_t i = 0; i < story->section_count; i++)
        ret->sections[i].taken =
            arena_array(arena, story->sections[i].choice_count, sizeof(uint64_t));
    ret->used = arena_array(arena, story->item_count, sizeof(uint64_t));
    ret->lengths = arena_array(arena, EXPLORE_STEPS_MAX + 1, sizeof(uint64_t));
    ret->stats = arena_array(arena, story->stat_count, sizeof(struct range));
    ret->items = arena_array(arena, story->item_count, sizeof(struct range));
    for (size_t i = 0; i < story->stat_count; i++)
        ret->stats[i] = none;
    for (size_t i = 0; i < story->item_count; i++)
        ret->items[i] = none;
    story->tracks_visits = true;
    x->e = ret;
    x->story = story;
    x->news = true;
    x->distance = arena_array(arena, story->section_count, sizeof(int32_t));
    for (uint64_t i = 0; i < config->runs; i++) {
        run_seed(x, config->seed, i);
        run(x);
        if (config->on_progress && (i + 1) % PROGRESS_RUNS == 0)
            config->on_progress(config->arg, i + 1);
    }
}

void explored_release(struct explored *explored)
{
    arena_release(&explored->arena);
}

struct coverage explored_coverage(const struct explored *explored)
{
    const struct story *story = explored->story;
    struct coverage ret = {.sections = story->section_count};
    for (size_t i = 0; i < story->section_count; i++) {
        ret.sections_seen += explored->sections[i].runs > 0;
        ret.choices += story->sections[i].choice_count;
        for (size_t k = 0; k < story->sections[i].choice_count; k++)
            ret.choices_seen += explored->sections[i].taken[k] > 0;
    }
    for (size_t i = 0; i < story->item_count; i++) {
        ret.choices += story->items[i].use != NULL;
        ret.choices_seen += explored->used[i] > 0;
    }
    return ret;
}
