/* The order in which a choice is played:
 *
 *     active? offered? condition? --- no ---> refused, nothing has happened
 *           | yes
 *     the choice's effects --- a go --------> travel there
 *           |              --- a stat fell ---> travel to the stat's zero_section
 *           | neither
 *     the check, if any: success, failure or an outcome picks the target;
 *           |            or the throw can be repeated: the game stays and offers just that
 *     travel to the target: the section's leave effects, if it is another section,
 *           |               then the target's enter effects
 *           | --- it is an ending -------------> done
 *           | --- a go, not the 17th ----------> travel there
 *           | --- a stat fell -----------------> travel to the stat's zero_section
 *     the next state: do its invariants hold?
 *
 * Using an item and a round of a fight are the same with other middles: they stay where they are
 * unless something leads away.
 *
 * A stat fell when a change of this very command led it to its minimum, it is still there, and it
 * has a zero_section; of several, the one that fell first counts, and one command enters one
 * zero_section at most. Who plays on with a stat at its minimum is therefore not sent to the
 * zero_section again with every step. */
#include "app/game/game.h"

#include <string.h>

#include "app/game/check.h"
#include "app/game/effect.h"
#include "app/game/expr.h"
#include "app/game/fight.h"

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

const char *event_kind_name(enum event_kind kind)
{
    static const char *const names[] = {
        [EVENT_START] = "start",   [EVENT_CHOICE] = "choice",   [EVENT_STOP] = "stop",
        [EVENT_RESET] = "reset",   [EVENT_LOAD] = "load",       [EVENT_FORK] = "fork",
        [EVENT_IMPORT] = "import", [EVENT_MIGRATE] = "migrate",
    };
    ENSURE((unsigned)kind < COUNT_OF(names));
    return names[kind];
}

static struct event *event_begin(struct event *event, enum event_kind kind, uint64_t version,
                                 int64_t at_ms)
{
    /* Field by field: the lists are large, and only what is counted of them means something. */
    event->kind = kind;
    event->version = version;
    event->at_ms = at_ms;
    event->from = -1;
    event->to = -1;
    event->choice = NULL;
    event->of = 0;
    event->roll_count = 0;
    event->change_count = 0;
    return event;
}

/* Be in the section. Returns where its effects say to go on to, or -1. */
static int32_t section_enter(struct play *play, int32_t index)
{
    const struct section *section = section_at(play->story, index);
    struct state *state = play->state;
    state->section = index;
    state->status = status_of(section->ending);
    state->fight = (struct fight_state){.round = 0};
    if (section->fight)
        fight_begin(section->fight, &state->fight);
    if (play->story->tracks_visits)
        state->visited[index / 8] |= (uint8_t)(1U << (index % 8));
    return effects_apply(play, section->effects, section->effect_count);
}

/* The section that a stat which fell to its minimum asks for, or -1. */
static int32_t zero_section_due(const struct play *play)
{
    const struct story *story = play->story;
    const struct state *state = play->state;
    const struct event *event = play->event;
    if (play->zero_done)
        return -1;
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

/* The go that a list of effects came to (or -1), as long as one may follow. */
static int32_t go_on(struct play *play, int32_t go)
{
    if (go < 0 || play->moves == LIMIT_MOVES)
        return -1;
    play->moves++;
    return go;
}

/* What comes of a section that was just entered, whose effects said to go on to `go` (or -1): the
 * next section, or -1. An ending stands; and the zero_section that the hero came to by other ways is
 * not entered again. */
static int32_t way_on(struct play *play, int32_t go)
{
    if (play->state->status != GAME_ACTIVE)
        return -1;
    const int32_t next = go_on(play, go);
    if (next >= 0)
        return next;
    const int32_t zero = zero_section_due(play);
    play->zero_done = play->zero_done || zero >= 0;
    return zero == play->state->section ? -1 : zero;
}

/* Go to a section, and on from there as long as something forces the hero to: at most LIMIT_MOVES
 * times a go and once a zero_section, so that LIMIT_LISTS counts every list applied. */
static void travel(struct play *play, int32_t to)
{
    while (to >= 0) {
        const struct section *from = section_at(play->story, play->state->section);
        if (to != play->state->section) {
            const int32_t none = effects_apply(play, from->leave, from->leave_count);
            ENSURE(none < 0); /* the loader lets no go into a leave list */
        }
        to = way_on(play, section_enter(play, to));
    }
}

/* A stat that fell leads away from where the command would stay. True: it did, all is done. */
static bool fell_away(struct play *play)
{
    const int32_t zero = zero_section_due(play);
    if (zero < 0)
        return false;
    play->zero_done = true;
    travel(play, zero);
    return true;
}

/* Apply a list before the command's own way on is known. True: it led away, all is done. */
static bool led_away(struct play *play, const struct effect *effects, size_t count)
{
    const int32_t go = go_on(play, effects_apply(play, effects, count));
    if (go < 0)
        return fell_away(play);
    travel(play, go);
    return true;
}

static void outcome_enter(struct play *play, const struct outcome *outcome)
{
    const int32_t none = effects_apply(play, outcome->effects, outcome->effect_count);
    ENSURE(none < 0); /* the loader lets no go into an outcome */
    travel(play, outcome->target);
}

static void verdict_follow(struct play *play, const struct choice *choice, struct verdict verdict)
{
    if (verdict.outcome > 0)
        outcome_enter(play, &choice->check.outcomes[verdict.outcome - 1]);
    else
        travel(play, verdict.success ? choice->target : choice->target_failure);
}

/* Throw; what can be repeated waits for the player's word. A hero who just fell has none. */
static void check_play(struct play *play, const struct choice *choice, uint8_t rerolled)
{
    const struct verdict verdict = check_resolve(play, &choice->check);
    if (check_repeats(play, &choice->check, verdict, rerolled) && zero_section_due(play) < 0)
        play->state->pending = (struct pending){.choice = (uint8_t)(choice->index + 1),
                                                .rerolled = rerolled,
                                                .outcome = verdict.outcome};
    else
        verdict_follow(play, choice, verdict);
}

static void choose(struct play *play, const struct choice *choice)
{
    const int32_t once = choice->once - 1;
    if (choice->once > 0)
        play->state->chosen[once / 8] |= (uint8_t)(1U << (once % 8));
    if (led_away(play, choice->effects, choice->effect_count))
        return;
    if (choice->check.type == DICE_NONE)
        travel(play, choice->target);
    else
        check_play(play, choice, 0);
}

/* The waiting throw is repeated, at its price, or counts. */
static void settle(struct play *play, bool repeat)
{
    const struct pending pending = play->state->pending;
    const struct section *section = section_at(play->story, play->state->section);
    ENSURE(pending.choice >= 1 && pending.choice <= section->choice_count);
    const struct choice *choice = &section->choices[pending.choice - 1];
    const struct check *check = &choice->check;
    play->state->pending = (struct pending){.choice = 0};
    if (!repeat)
        verdict_follow(play, choice, (struct verdict){.outcome = pending.outcome});
    else if (!led_away(play, check->reroll_effects, check->reroll_effect_count))
        check_play(play, choice, (uint8_t)(pending.rerolled + 1));
}

static void fight_follow(struct play *play, const struct fight *fight, enum fight_end end)
{
    switch (end) {
    case FIGHT_ON: (void)fell_away(play); return;
    case FIGHT_WON: travel(play, fight->win); return;
    case FIGHT_LOST: travel(play, fight->lose); return;
    }
}

static void flee(struct play *play, const struct fight *fight, const struct choice *choice)
{
    if (fight_part(play, fight) == FIGHT_LOST)
        travel(play, fight->lose);
    else
        choose(play, choice);
}

static void use(struct play *play, const struct fight *fight, const struct choice *choice)
{
    if (!play->story->items[choice->index].use->keep)
        item_use_up(play, choice->index);
    if (!led_away(play, choice->effects, choice->effect_count) && fight)
        fight_follow(play, fight, fight_pause(play, fight));
}

static void choice_play(struct play *play, const struct choice *choice)
{
    const struct fight *fight = section_at(play->story, play->state->section)->fight;
    ENSURE(fight || choice->act < ACT_ATTACK || choice->act > ACT_FLEE);
    switch (choice->act) {
    case ACT_CHOICE: choose(play, choice); return;
    case ACT_USE: use(play, fight, choice); return;
    case ACT_ATTACK: fight_follow(play, fight, fight_round(play, fight, false)); return;
    case ACT_LUCK: fight_follow(play, fight, fight_round(play, fight, true)); return;
    case ACT_FLEE: flee(play, fight, choice); return;
    case ACT_REROLL: settle(play, true); return;
    case ACT_ACCEPT: settle(play, false); return;
    }
}

static void stats_begin(struct play *play)
{
    const struct throws throws = {play, ROLL_INITIAL};
    for (size_t i = 0; i < play->story->stat_count; i++) {
        const struct stat_def *def = &play->story->stats[i];
        play->state->stats[i] =
            def->initial_dice
                ? clamp_i32(expr_value(def->initial_dice, play->state, &throws), def->min, def->max)
                : def->initial;
    }
}

/* A run's first state, as the author wrote it. version, run and name are the caller's. */
static void run_begin(const struct play *with, struct state *state, struct event *event)
{
    const struct story *story = with->story;
    struct play play = *with;
    play.state = state;
    play.event = event;
    ENSURE(story->stat_count <= LIMIT_STATS && story->item_count <= LIMIT_ITEMS &&
           story->counter_count <= LIMIT_COUNTERS);
    state->gold = story->gold;
    for (size_t i = 0; i < story->item_count; i++)
        state->items[i] = story->items[i].initial;
    for (size_t i = 0; i < story->counter_count; i++)
        state->counters[i] = story->counters[i].initial;
    stats_begin(&play);
    /* Nothing is left: the hero is nowhere yet. */
    state->section = story->start;
    travel(&play, story->start);
}

static bool is_offered(const struct story *story, const struct state *state,
                       const struct choice *choice)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, state, options);
    for (size_t i = 0; i < count; i++) {
        if (options[i] == choice)
            return true;
    }
    return false;
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

/* The next version goes on from the one that `state` is, or that it repeats. */
static void version_begin(struct state *next, const struct state *state)
{
    next->version++;
    if (next->timeline.loads == 0)
        return;
    next->timeline.before = state_origin(state);
    next->timeline.origin = next->version;
}

/* In a run in which somebody went back. */
static void turn_begin(struct timeline *timeline)
{
    timeline->turn++;
    if (timeline->turn > timeline->reach)
        timeline->reach = timeline->turn;
}

/* The commands, with the story and the dice of `with`. */

static enum status start(const struct play *with, struct slice name, int64_t at_ms,
                         struct state *ret_state, struct event *ret_event)
{
    const struct slice hero = name.len > 0 ? name : with->story->hero;
    if (!hero_name_valid(hero))
        return ERR_INVALID;
    struct state next = {.version = 1, .run = 1, .name_len = (uint8_t)hero.len};
    memcpy(next.name, hero.at, hero.len);
    run_begin(with, &next, event_begin(ret_event, EVENT_START, next.version, at_ms));
    return finish(with->story, &next, ret_state, ret_event);
}

static enum status step(const struct play *with, const struct state *state,
                        const struct choice *choice, int64_t at_ms, struct state *ret_state,
                        struct event *ret_event)
{
    const struct story *story = with->story;
    if (state->status != GAME_ACTIVE)
        return ERR_GAME_OVER;
    if (!is_offered(story, state, choice))
        return ERR_UNKNOWN_CHOICE;
    if (!game_choice_available(state, choice))
        return ERR_CHOICE_UNAVAILABLE;
    struct state next = *state;
    version_begin(&next, state);
    if (next.timeline.loads > 0)
        turn_begin(&next.timeline);
    event_begin(ret_event, EVENT_CHOICE, next.version, at_ms);
    ret_event->from = state->section;
    ret_event->choice = choice;
    struct play play = *with;
    play.state = &next;
    play.event = ret_event;
    choice_play(&play, choice);
    return finish(story, &next, ret_state, ret_event);
}

static enum status reset(const struct play *with, const struct state *state, int64_t at_ms,
                         struct state *ret_state, struct event *ret_event)
{
    struct state next = {
        .version = state->version + 1, .run = state->run + 1, .name_len = state->name_len};
    memcpy(next.name, state->name, sizeof next.name);
    run_begin(with, &next, event_begin(ret_event, EVENT_RESET, next.version, at_ms));
    return finish(with->story, &next, ret_state, ret_event);
}

enum status game_start(const struct story *story, const uint8_t seed[SEED_LEN], struct slice name,
                       int64_t at_ms, struct state *ret_state, struct event *ret_event)
{
    const struct play with = {.story = story, .seed = seed};
    return start(&with, name, at_ms, ret_state, ret_event);
}

enum status game_step(const struct story *story, const uint8_t seed[SEED_LEN],
                      const struct state *state, const struct choice *choice, int64_t at_ms,
                      struct state *ret_state, struct event *ret_event)
{
    const struct play with = {.story = story, .seed = seed};
    return step(&with, state, choice, at_ms, ret_state, ret_event);
}

enum status game_stop(const struct story *story, const struct state *state, int64_t at_ms,
                      struct state *ret_state, struct event *ret_event)
{
    if (state->status != GAME_ACTIVE)
        return ERR_GAME_OVER;
    struct state next = *state;
    version_begin(&next, state);
    next.status = GAME_STOPPED;
    event_begin(ret_event, EVENT_STOP, next.version, at_ms)->from = state->section;
    return finish(story, &next, ret_state, ret_event);
}

enum status game_reset(const struct story *story, const uint8_t seed[SEED_LEN],
                       const struct state *state, int64_t at_ms, struct state *ret_state,
                       struct event *ret_event)
{
    const struct play with = {.story = story, .seed = seed};
    return reset(&with, state, at_ms, ret_state, ret_event);
}

/* What becomes of the run's own account: everything of it but the place in it goes on. */
static enum status timeline_load(const struct state *current, const struct state *target,
                                 struct state *next)
{
    struct timeline *timeline = &next->timeline;
    *timeline = current->timeline;
    timeline->turn = state_turn(target);
    timeline->reach = state_reach(current);
    timeline->before = state_before(target);
    timeline->origin = state_origin(target);
    next->run = current->run;
    if (timeline->loads == LIMIT_LOADS)
        return ERR_UNDO_LIMIT;
    timeline->loads++;
    if (current->status == GAME_ACTIVE || target->status != GAME_ACTIVE)
        return OK;
    /* The run is over and its seed known. What was thrown stays; later turns must be unknown. */
    if (timeline->past == LIMIT_REVIVALS)
        return ERR_UNDO_LIMIT;
    timeline->past_turn[timeline->past++] = timeline->reach;
    next->run++;
    return OK;
}

enum status game_load(const struct story *story, const struct state *current,
                      const struct state *target, int64_t at_ms, struct state *ret_state,
                      struct event *ret_event)
{
    ENSURE(target->version <= current->version);
    if (game_undo_left(story, current) == 0)
        return ERR_UNDO_REFUSED;
    if (state_first_run(target) != state_first_run(current))
        return ERR_OTHER_RUN;
    struct state next = *target;
    next.version = current->version + 1;
    const enum status st = timeline_load(current, target, &next);
    if (st != OK)
        return st;
    event_begin(ret_event, EVENT_LOAD, next.version, at_ms);
    ret_event->from = current->section;
    ret_event->of = target->version;
    return finish(story, &next, ret_state, ret_event);
}

uint64_t game_undo_target(const struct state *state)
{
    return state_before(state);
}

int32_t game_undo_left(const struct story *story, const struct state *state)
{
    if (story->undo == UNDO_FREE)
        return -1;
    if (story->undo == UNDO_NONE || state->timeline.loads >= (uint32_t)story->undo)
        return 0;
    return story->undo - (int32_t)state->timeline.loads;
}

enum status game_take_over(const struct story *story, const struct state *state,
                           enum event_kind kind, int64_t at_ms, struct state *ret_state,
                           struct event *ret_event)
{
    ENSURE(kind == EVENT_FORK || kind == EVENT_IMPORT || kind == EVENT_MIGRATE);
    struct state next = *state;
    next.version++;
    next.run++;
    next.timeline = (struct timeline){.loads = 0};
    event_begin(ret_event, kind, next.version, at_ms)->from = state->section;
    return finish(story, &next, ret_state, ret_event);
}

enum status game_again(const struct story *story, const uint8_t *seed, const struct dice_told *told,
                       const struct command_told *command, int64_t at_ms, struct state *state,
                       struct event *ret_event)
{
    ENSURE(!seed != !told);
    const struct play with = {.story = story, .seed = seed, .told = told};
    switch (command->kind) {
    case EVENT_START: return start(&with, command->name, at_ms, state, ret_event);
    case EVENT_CHOICE: return step(&with, state, command->choice, at_ms, state, ret_event);
    case EVENT_STOP: return game_stop(story, state, at_ms, state, ret_event);
    case EVENT_RESET: return reset(&with, state, at_ms, state, ret_event);
    case EVENT_LOAD: return game_load(story, state, command->target, at_ms, state, ret_event);
    case EVENT_FORK:
    case EVENT_IMPORT: return game_take_over(story, state, command->kind, at_ms, state, ret_event);
    case EVENT_MIGRATE: break; /* edition_migrate's: it takes another story */
    }
    ENSURE(false); /* every kind is handled above */
}
