/* The order in which a choice is played, each part at most once:
 *
 *     active? condition? --- no ---> refused, nothing has happened
 *           | yes
 *     the choice's effects --- a stat fell ------------------+
 *           | none fell                                      |
 *     the check, if any: success or failure picks the target |
 *           |                                                v
 *     enter the target: its effects --- a stat fell ---> enter the stat's zero_section:
 *           | none fell, or it is an ending              its effects
 *           |                                                |
 *     the next state: do its invariants hold? <--------------+
 *
 * A stat fell when a change of this very command led it to its minimum, it is still there, and it
 * has a zero_section; of several, the one that fell first counts. Who plays on with a stat at its
 * minimum is therefore not sent to the zero_section again with every step. */
#include "app/game/game.h"

#include <string.h>

#include "app/game/check.h"
#include "app/game/effect.h"

static const struct section *section_at(const struct story *story, int32_t index)
{
    ENSURE(index >= 0 && (size_t)index < story->section_count);
    return &story->sections[index];
}

static enum game_status status_of(enum ending ending)
{
    switch (ending) {
    case ENDING_NONE: return GAME_ACTIVE;
    case ENDING_WON: return GAME_WON;
    case ENDING_LOST: return GAME_LOST;
    }
    ENSURE(false); /* every ending is handled above */
}

static void section_enter(const struct story *story, int32_t index, struct state *state,
                          struct event *event)
{
    const struct section *section = section_at(story, index);
    state->section = index;
    state->status = status_of(section->ending);
    effects_apply(story, section->effects, section->effect_count, state, event);
}

/* The section that a stat which fell to its minimum asks for, or -1. */
static int32_t zero_section_due(const struct story *story, const struct state *state,
                                const struct event *event)
{
    for (size_t i = 0; i < event->change_count; i++) {
        const struct change *change = &event->changes[i];
        if (change->kind != EFFECT_STAT)
            continue;
        const struct stat_def *def = &story->stats[change->index];
        if (change->to == def->min && state->stats[change->index] == def->min &&
            def->zero_section >= 0)
            return def->zero_section;
    }
    return -1;
}

/* Enter the section and, when that is due, the zero_section of a stat that fell. An ending stands,
 * and a section is not entered twice by one command. */
static void section_enter_alive(const struct story *story, int32_t index, struct state *state,
                                struct event *event)
{
    section_enter(story, index, state, event);
    if (state->status != GAME_ACTIVE)
        return;
    const int32_t zero = zero_section_due(story, state, event);
    if (zero >= 0 && zero != index)
        section_enter(story, zero, state, event);
}

static void choice_play(const struct story *story, const uint8_t seed[SEED_LEN],
                        const struct choice *choice, struct state *state, struct event *event)
{
    effects_apply(story, choice->effects, choice->effect_count, state, event);
    const int32_t zero = zero_section_due(story, state, event);
    if (zero >= 0) {
        section_enter(story, zero, state, event);
        return;
    }
    int32_t target = choice->target;
    if (choice->check.type != DICE_NONE) {
        uint8_t run_seed[SEED_LEN];
        struct dice dice;
        dice_run_seed(seed, state->run, run_seed);
        dice_init(&dice, run_seed, state->version);
        if (!check_resolve(story, &choice->check, &dice, state, event))
            target = choice->target_failure;
    }
    section_enter_alive(story, target, state, event);
}

/* A run's first state, as the author wrote it. version, run and name are the caller's. */
static void run_begin(const struct story *story, struct state *state, struct event *event)
{
    ENSURE(story->stat_count <= LIMIT_STATS && story->item_count <= LIMIT_ITEMS);
    state->gold = story->gold;
    for (size_t i = 0; i < story->stat_count; i++)
        state->stats[i] = story->stats[i].initial;
    for (size_t i = 0; i < story->item_count; i++)
        state->items[i] = story->items[i].initial;
    section_enter_alive(story, story->start, state, event);
}

/* The last step of every command: only a state whose invariants hold leaves this file. */
static enum status finish(const struct story *story, const struct state *next,
                          struct state *ret_state, struct event *event)
{
    if (state_check(next, story) != OK)
        return ERR_INTERNAL;
    event->to = next->section;
    *ret_state = *next;
    return OK;
}

enum status game_start(const struct story *story, const uint8_t seed[SEED_LEN], struct slice name,
                       int64_t at_ms, struct state *ret_state, struct event *ret_event)
{
    (void)seed; /* entering a section rolls no dice */
    const struct slice hero = name.len > 0 ? name : story->hero;
    if (!hero_name_valid(hero))
        return ERR_INVALID;
    struct state next = {.version = 1, .run = 1, .name_len = (uint8_t)hero.len};
    memcpy(next.name, hero.at, hero.len);
    *ret_event =
        (struct event){.kind = EVENT_START, .version = next.version, .at_ms = at_ms, .from = -1};
    run_begin(story, &next, ret_event);
    return finish(story, &next, ret_state, ret_event);
}

enum status game_step(const struct story *story, const uint8_t seed[SEED_LEN],
                      const struct state *state, const struct choice *choice, int64_t at_ms,
                      struct state *ret_state, struct event *ret_event)
{
    if (state->status != GAME_ACTIVE)
        return ERR_GAME_OVER;
    if (!game_choice_available(state, choice))
        return ERR_CHOICE_UNAVAILABLE;
    struct state next = *state;
    next.version++;
    *ret_event = (struct event){.kind = EVENT_CHOICE,
                                .version = next.version,
                                .at_ms = at_ms,
                                .from = state->section,
                                .choice = choice};
    choice_play(story, seed, choice, &next, ret_event);
    return finish(story, &next, ret_state, ret_event);
}

enum status game_stop(const struct story *story, const struct state *state, int64_t at_ms,
                      struct state *ret_state, struct event *ret_event)
{
    if (state->status != GAME_ACTIVE)
        return ERR_GAME_OVER;
    struct state next = *state;
    next.version++;
    next.status = GAME_STOPPED;
    *ret_event = (struct event){
        .kind = EVENT_STOP, .version = next.version, .at_ms = at_ms, .from = state->section};
    return finish(story, &next, ret_state, ret_event);
}

enum status game_reset(const struct story *story, const uint8_t seed[SEED_LEN],
                       const struct state *state, int64_t at_ms, struct state *ret_state,
                       struct event *ret_event)
{
    (void)seed; /* entering a section rolls no dice */
    struct state next = {
        .version = state->version + 1, .run = state->run + 1, .name_len = state->name_len};
    memcpy(next.name, state->name, sizeof next.name);
    *ret_event =
        (struct event){.kind = EVENT_RESET, .version = next.version, .at_ms = at_ms, .from = -1};
    run_begin(story, &next, ret_event);
    return finish(story, &next, ret_state, ret_event);
}
