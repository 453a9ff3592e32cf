/* Random commands on random stories. What must hold of every step is written down here a second
 * time, apart from state_check, and every game is then played again from its journal. */
#include "app/game/game.h"

#include <string.h>

#include "tests/game/generate.h"
#include "tests/game/sample.h"
#include "tests/support/support.h"

enum { STORIES = 120, COMMANDS = 150 };

enum command_kind { PLAY, STOP, RESET, COMMAND_KINDS };

struct command {
    enum command_kind kind;
    const struct choice *choice;
    int64_t at_ms;
};

/* One game: its accepted commands, and after each of them the stored state and the event. */
struct journal {
    struct story *story;
    uint8_t seed[SEED_LEN];
    struct command commands[COMMANDS];
    struct blob *states[COMMANDS + 1];
    struct event events[COMMANDS + 1];
    size_t count; /* of commands; the start comes before them */
};

static struct blob *stored(const struct state *state, const struct story *story)
{
    struct buf bytes = {0};
    state_encode(state, story, &bytes);
    struct blob *blob = blob_dup(buf_slice(&bytes));
    buf_release(&bytes);
    return blob;
}

static void journal_release(struct journal *journal)
{
    for (size_t i = 0; i < COUNT_OF(journal->states); i++)
        blob_unref(journal->states[i]);
    story_unref(journal->story);
}

static bool is_within(int32_t value, int32_t min, int32_t max)
{
    return min <= value && value <= max;
}

static void ranges_hold(const struct story *story, const struct state *state)
{
    int64_t carried = 0;
    bool good = is_within(state->gold, 0, LIMIT_GOLD);
    for (size_t i = 0; i < story->stat_count; i++)
        good = good && is_within(state->stats[i], story->stats[i].min, story->stats[i].max);
    for (size_t i = 0; i < story->item_count; i++) {
        good = good && state->items[i] >= 0;
        carried += state->items[i];
    }
    if (!good || carried > story->capacity)
        ck_abort_msg("version %d: out of range", (int)state->version);
}

static void status_holds(const struct story *story, const struct state *state)
{
    const enum ending ending = story->sections[state->section].ending;
    const bool good = ending == ENDING_WON ? state->status == GAME_WON
                      : ending == ENDING_LOST
                          ? state->status == GAME_LOST
                          : state->status == GAME_ACTIVE || state->status == GAME_STOPPED;
    if (!good)
        ck_abort_msg("version %d: status %d", (int)state->version, state->status);
}

/* Do one recorded change to the state; its `from` must be what is there. */
static bool change_redo(const struct change *change, struct state *state)
{
    int32_t *value = NULL;
    switch (change->kind) {
    case EFFECT_STAT: value = &state->stats[change->index]; break;
    case EFFECT_ITEM: value = &state->items[change->index]; break;
    case EFFECT_GOLD: value = &state->gold; break;
    case EFFECT_COUNTER: value = &state->counters[change->index]; break;
    case EFFECT_GO: return false; /* a move is no change */
    case EFFECT_FLAG:
        state->flags[change->index / 8] ^= (uint8_t)(1U << (change->index % 8));
        return change->from + change->to == 1 && state_flag(state, change->index) == change->to;
    }
    const bool good = *value == change->from && change->from != change->to;
    *value = change->to;
    return good;
}

/* The event says all that happened: its changes lead from the state before to the state after. */
static void event_tells_all(const struct story *story, const struct state *before,
                            const struct state *after, const struct event *event)
{
    struct state redone = *before;
    for (size_t i = 0; i < event->change_count; i++) {
        if (!change_redo(&event->changes[i], &redone))
            ck_abort_msg("version %d: change %zu is none", (int)after->version, i);
    }
    redone.version = event->version;
    redone.section = event->to;
    redone.status = after->status;
    /* Where the hero was and what can be repeated is told by from, to and the choice. */
    memcpy(redone.visited, after->visited, sizeof redone.visited);
    memcpy(redone.chosen, after->chosen, sizeof redone.chosen);
    redone.last_roll = after->last_roll;
    redone.fight = after->fight;
    redone.pending = after->pending;
    if (event->from != before->section || !state_eq(&redone, after, story))
        ck_abort_msg("version %d: something changed unseen", (int)after->version);
}

static void rolls_hold(const struct event *event)
{
    for (size_t i = 0; i < event->roll_count; i++) {
        const struct roll *roll = &event->rolls[i];
        for (size_t k = 0; k < roll->count; k++) {
            if (!is_within(roll->values[k], 1, roll->faces))
                ck_abort_msg("a die of %d faces shows %d", roll->faces, roll->values[k]);
        }
        const bool compared = roll->purpose == ROLL_CHANCE || roll->purpose == ROLL_LUCK ||
                              roll->purpose == ROLL_CHECK;
        const bool reached =
            roll->at_least ? roll->total >= roll->target : roll->total <= roll->target;
        if (roll->success != (compared && reached))
            ck_abort_msg("%d against %d is success %d", roll->total, roll->target, roll->success);
    }
}

/* What an event does not tell, but follows from it and from the state before. */
static void memory_holds(const struct story *story, const struct state *before,
                         const struct state *after, const struct event *event)
{
    const struct choice *choice = event->choice;
    const bool is_use = choice && choice->act == ACT_USE;
    for (size_t i = 0; i < story->section_count; i++) {
        if (state_visited(before, (int32_t)i) && !state_visited(after, (int32_t)i))
            ck_abort_msg("section %zu was forgotten", i);
    }
    if (story->tracks_visits != state_visited(after, after->section))
        ck_abort_msg("the section is not known as visited");
    if (choice && choice->once > 0 && choice->act == ACT_CHOICE && !state_chosen(after, choice))
        ck_abort_msg("a choice for once can be chosen again");
    if (is_use && before->items[choice->index] == 0)
        ck_abort_msg("an item was used that is not there");
    const struct fight *fight = story->sections[after->section].fight;
    const bool goes_on =
        fight && before->section == after->section && after->fight.round == before->fight.round + 1;
    for (size_t i = 0; goes_on && i < fight->foe_count; i++) {
        if (after->fight.foe[i] > before->fight.foe[i])
            ck_abort_msg("foe %zu is better", i);
    }
}

static void step_holds(const struct story *story, const struct state *before,
                       const struct state *after, const struct event *event)
{
    if (after->version != before->version + 1 || event->version != after->version)
        ck_abort_msg("version %d after %d", (int)after->version, (int)before->version);
    if (after->run != before->run + (event->kind == EVENT_RESET))
        ck_abort_msg("run %d after %d", (int)after->run, (int)before->run);
    if (after->name_len != before->name_len ||
        memcmp(after->name, before->name, after->name_len) != 0)
        ck_abort_msg("another hero");
    ranges_hold(story, after);
    status_holds(story, after);
    rolls_hold(event);
    if (event->kind == EVENT_RESET)
        return;
    event_tells_all(story, before, after, event);
    memory_holds(story, before, after, event);
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

/* Mostly one that is offered; now and then any of the section, or a use of any item. */
static const struct choice *random_option(struct random *random, const struct story *story,
                                          const struct state *state)
{
    const struct section *section = &story->sections[state->section];
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, state, options);
    if (story->item_count > 0 && random_below(random, 20) == 0) {
        const uint32_t item = random_below(random, (uint32_t)story->item_count);
        if (story->items[item].use)
            return &story->items[item].use->choice;
    }
    if (section->choice_count > 0 && (count == 0 || random_below(random, 10) == 0))
        return &section->choices[random_below(random, (uint32_t)section->choice_count)];
    return count > 0 ? options[random_below(random, (uint32_t)count)] : NULL;
}

static struct command random_command(struct random *random, const struct story *story,
                                     const struct state *state)
{
    struct command command = {.kind = PLAY, .at_ms = random_within(random, 0, INT32_MAX)};
    const bool is_over = state->status != GAME_ACTIVE;
    command.choice = random_option(random, story, state);
    /* A game that is over is asked for a choice now and then, to be refused. */
    if (!command.choice || random_below(random, is_over ? 2 : 60) == 0)
        command = (struct command){.kind = random_below(random, 3) == 0 ? STOP : RESET,
                                   .at_ms = command.at_ms};
    return command;
}

static enum status command_do(const struct story *story, const uint8_t seed[SEED_LEN],
                              const struct command *command, const struct state *state,
                              struct state *ret_state, struct event *ret_event)
{
    switch (command->kind) {
    case PLAY:
        return game_step(story, seed, state, command->choice, command->at_ms, ret_state, ret_event);
    case STOP: return game_stop(story, state, command->at_ms, ret_state, ret_event);
    case RESET: return game_reset(story, seed, state, command->at_ms, ret_state, ret_event);
    case COMMAND_KINDS: break;
    }
    return ERR_INTERNAL;
}

static enum status verdict_expected(const struct story *story, const struct command *command,
                                    const struct state *state)
{
    if (command->kind == RESET)
        return OK;
    if (state->status != GAME_ACTIVE)
        return ERR_GAME_OVER;
    if (command->kind == PLAY && !is_offered(story, state, command->choice))
        return ERR_UNKNOWN_CHOICE;
    if (command->kind == PLAY && !game_choice_available(state, command->choice))
        return ERR_CHOICE_UNAVAILABLE;
    return OK;
}

/* Play random commands and write down those that were accepted. */
static void journal_write(struct journal *journal, struct random *random)
{
    struct state state;
    ck_assert_int_eq(
        game_start(journal->story, journal->seed, SLICE_NONE, 1, &state, &journal->events[0]), OK);
    ck_assert_uint_eq(state.version, 1);
    ranges_hold(journal->story, &state);
    status_holds(journal->story, &state);
    journal->states[0] = stored(&state, journal->story);
    for (int i = 0; i < COMMANDS; i++) {
        const struct command command = random_command(random, journal->story, &state);
        struct state next = {.version = 77};
        struct event *event = &journal->events[journal->count + 1];
        const enum status st =
            command_do(journal->story, journal->seed, &command, &state, &next, event);
        if (st != verdict_expected(journal->story, &command, &state))
            ck_abort_msg("version %d: %s", (int)state.version, status_name(st));
        if (st != OK) {
            ck_assert_uint_eq(next.version, 77);
            continue;
        }
        step_holds(journal->story, &state, &next, event);
        journal->commands[journal->count++] = command;
        journal->states[journal->count] = stored(&next, journal->story);
        state = next;
    }
}

static bool roll_eq(const struct roll *a, const struct roll *b)
{
    return a->purpose == b->purpose && a->count == b->count && a->faces == b->faces &&
           memcmp(a->values, b->values, sizeof a->values) == 0 && a->total == b->total &&
           a->target == b->target && a->success == b->success && a->at_least == b->at_least &&
           a->foe == b->foe;
}

static bool change_eq(const struct change *a, const struct change *b)
{
    return a->kind == b->kind && a->index == b->index && a->from == b->from && a->to == b->to;
}

static bool event_eq(const struct event *a, const struct event *b)
{
    bool same = a->kind == b->kind && a->version == b->version && a->at_ms == b->at_ms &&
                a->from == b->from && a->to == b->to && a->choice == b->choice &&
                a->roll_count == b->roll_count && a->change_count == b->change_count;
    for (size_t i = 0; same && i < a->roll_count; i++)
        same = roll_eq(&a->rolls[i], &b->rolls[i]);
    for (size_t i = 0; same && i < a->change_count; i++)
        same = change_eq(&a->changes[i], &b->changes[i]);
    return same;
}

static void journal_compare(const struct journal *journal, size_t at, const struct state *state,
                            const struct event *event)
{
    struct blob *bytes = stored(state, journal->story);
    const bool same = slice_eq(blob_slice(bytes), blob_slice(journal->states[at]));
    blob_unref(bytes);
    if (!same || state->version != at + 1)
        ck_abort_msg("version %zu is another one the second time", at + 1);
    if (!event_eq(event, &journal->events[at]))
        ck_abort_msg("the event of version %zu is another one", at + 1);
}

/* As after a restart: each state is read from its stored form, the next one takes its place. */
static void journal_replay(const struct journal *journal)
{
    struct state state;
    struct event event;
    ck_assert_int_eq(game_start(journal->story, journal->seed, SLICE_NONE, 1, &state, &event), OK);
    journal_compare(journal, 0, &state, &event);
    for (size_t i = 0; i < journal->count; i++) {
        ck_assert_int_eq(state_decode(blob_slice(journal->states[i]), journal->story, &state), OK);
        if (command_do(journal->story, journal->seed, &journal->commands[i], &state, &state,
                       &event) != OK)
            ck_abort_msg("version %zu is refused the second time", i + 2);
        journal_compare(journal, i + 1, &state, &event);
    }
}

static void journal_init(struct journal *journal, struct random *random)
{
    *journal = (struct journal){.story = generate_story(random)};
    for (size_t i = 0; i < SEED_LEN; i++)
        journal->seed[i] = (uint8_t)random_below(random, 256);
}

START_TEST(random_games_keep_their_rules_and_replay_to_the_same_bytes)
{
    static struct journal journal; /* too large for a stack */
    struct random random = {(uint64_t)_i};
    journal_init(&journal, &random);
    journal_write(&journal, &random);
    journal_replay(&journal);
    journal_release(&journal);
}
END_TEST

/* How often each part of the rules was played. */
struct reach {
    size_t kinds[EVENT_RESET + 1];
    size_t purposes[ROLL_INITIAL + 1];
    size_t effects[EFFECT_GO + 1];
    size_t acts[ACT_ACCEPT + 1];
    size_t endings;
    size_t detours; /* to a zero_section, or by a go */
    size_t fights_ended;
};

static void reach_add(struct reach *reach, const struct story *story, const struct event *event)
{
    const struct choice *choice = event->choice;
    reach->kinds[event->kind]++;
    reach->endings += story->sections[event->to].ending != ENDING_NONE;
    for (size_t r = 0; r < event->roll_count; r++)
        reach->purposes[event->rolls[r].purpose]++;
    for (size_t c = 0; c < event->change_count; c++)
        reach->effects[event->changes[c].kind]++;
    if (!choice)
        return;
    reach->acts[choice->act]++;
    reach->detours += choice->act == ACT_CHOICE && choice->check.type != DICE_TABLE &&
                      event->to != choice->target && event->to != choice->target_failure;
    reach->fights_ended += choice->act == ACT_ATTACK && event->to != event->from;
}

/* The test above is worth what its stories reach: together they reach everything. */
START_TEST(random_games_reach_every_part_of_the_rules)
{
    static struct journal journal;
    static struct reach reach;
    for (uint64_t seed = 0; seed < STORIES; seed++) {
        struct random random = {seed};
        journal_init(&journal, &random);
        journal_write(&journal, &random);
        for (size_t i = 0; i <= journal.count; i++)
            reach_add(&reach, journal.story, &journal.events[i]);
        journal_release(&journal);
    }
    for (size_t i = 0; i < COUNT_OF(reach.kinds); i++)
        ck_assert_msg(reach.kinds[i] >= 50, "event %zu", i);
    for (size_t i = 0; i < COUNT_OF(reach.purposes); i++)
        ck_assert_msg(reach.purposes[i] >= 50, "purpose %zu", i);
    for (size_t i = 0; i <= EFFECT_COUNTER; i++)
        ck_assert_msg(reach.effects[i] >= 50, "effect %zu", i);
    for (size_t i = 0; i < COUNT_OF(reach.acts); i++)
        ck_assert_msg(reach.acts[i] >= 50, "act %zu", i);
    ck_assert_uint_ge(reach.endings, 50);
    ck_assert_uint_ge(reach.detours, 50);
    ck_assert_uint_ge(reach.fights_ended, 50);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("property");
    TCase *tcase = tcase_create("property");
    tcase_set_timeout(tcase, 100);
    tcase_add_loop_test(tcase, random_games_keep_their_rules_and_replay_to_the_same_bytes, 0,
                        STORIES);
    tcase_add_test(tcase, random_games_reach_every_part_of_the_rules);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
