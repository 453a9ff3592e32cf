/* Any bytes as what players do in a story that uses every part of the rules. Each byte is one
 * command: mostly the choice of that number among those there are, sometimes a choice there is not,
 * a stop, a reset, a way back or a fork. Whatever is done, a step gives a good state with a bounded event, or one of the
 * documented refusals and nothing else; and the stored state goes on like the one in memory.
 *
 * The first 32 bytes are the seed of the dice. */
#include <string.h>

#include "tests/game/whole.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
    COMMANDS_MAX = 512,
    CODE_WRONG = 240,
    CODE_FORK = 251,
    CODE_LOAD = 252,
    CODE_UNDO = 253,
    CODE_STOP = 254,
    CODE_RESET = 255
};

static struct event event;                  /* large */
static struct state past[COMMANDS_MAX + 2]; /* by version */

static void check_event(const struct story *story, const struct state *state)
{
    ENSURE(event.version == state->version);
    ENSURE(event.roll_count <= LIMIT_ROLLS && event.change_count <= GAME_CHANGES_MAX);
    ENSURE(event.to == state->section && event.from < (int32_t)story->section_count);
    for (size_t i = 0; i < event.roll_count; i++) {
        const struct roll *roll = &event.rolls[i];
        ENSURE(roll->count >= 1 && roll->count <= DICE_COUNT_MAX);
        for (size_t k = 0; k < roll->count; k++)
            ENSURE(roll->values[k] >= 1 && roll->values[k] <= roll->faces);
    }
}

/* The state as it is after a restart. */
static void store_and_load(const struct story *story, struct state *state)
{
    struct buf bytes = {0};
    struct buf again = {0};
    struct state loaded;
    ENSURE(state_check(state, story) == OK);
    state_encode(state, story, &bytes);
    ENSURE(state_decode(buf_slice(&bytes), story, &loaded) == OK);
    state_encode(&loaded, story, &again);
    ENSURE(slice_eq(buf_slice(&bytes), buf_slice(&again)));
    *state = loaded;
    buf_release(&bytes);
    buf_release(&again);
}

/* Any choice of any section: mostly one that is not there now. */
static const struct choice *any_choice(const struct story *story, uint8_t code)
{
    const struct section *section = &story->sections[code % story->section_count];
    if (section->choice_count == 0)
        return &story->items[WHOLE_ROPE].use->choice;
    return &section->choices[code % section->choice_count];
}

static bool is_offered(const struct choice *const *options, size_t count,
                       const struct choice *choice)
{
    for (size_t i = 0; i < count; i++) {
        if (options[i] == choice)
            return true;
    }
    return false;
}

static enum status play(const struct story *story, const uint8_t *seed, uint8_t code,
                        struct state *state)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, state, options);
    ENSURE(state->status == GAME_ACTIVE || count == 0);
    const struct choice *choice =
        count > 0 && code < CODE_WRONG ? options[code % count] : any_choice(story, code);
    const enum status expected = state->status != GAME_ACTIVE            ? ERR_GAME_OVER
                                 : !is_offered(options, count, choice)   ? ERR_UNKNOWN_CHOICE
                                 : !game_choice_available(state, choice) ? ERR_CHOICE_UNAVAILABLE
                                                                         : OK;
    const enum status st = game_step(story, seed, state, choice, 0, state, &event);
    ENSURE(st == expected);
    return st;
}

static enum status go_back(const struct story *story, uint8_t code, struct state *state)
{
    const uint64_t of = code == CODE_UNDO ? game_undo_target(state) : (state->version + 1) / 2;
    ENSURE(of < state->version || (code == CODE_LOAD && of == state->version));
    if (of == 0)
        return ERR_NOTHING_TO_UNDO;
    const bool same_run = state_first_run(&past[of]) == state_first_run(state);
    const enum status st = game_load(story, state, &past[of], 0, state, &event);
    ENSURE(st == OK || st == ERR_UNDO_LIMIT || (st == ERR_OTHER_RUN && !same_run));
    ENSURE(st != OK || (state_turn(state) == state_turn(&past[of]) &&
                        state_origin(state) == state_origin(&past[of])));
    return st;
}

static void command(const struct story *story, const uint8_t *seed, uint8_t code,
                    struct state *state)
{
    const uint64_t version = state->version;
    const bool is_over = state->status != GAME_ACTIVE;
    enum status st = ERR_INTERNAL;
    if (code == CODE_STOP)
        st = game_stop(story, state, 0, state, &event);
    else if (code == CODE_RESET)
        st = game_reset(story, seed, state, 0, state, &event);
    else if (code == CODE_FORK)
        st = game_take_over(story, state, EVENT_FORK, 0, state, &event);
    else if (code == CODE_LOAD || code == CODE_UNDO)
        st = go_back(story, code, state);
    else
        st = play(story, seed, code, state);
    ENSURE(st != ERR_INTERNAL);
    ENSURE(code != CODE_STOP || st == (is_over ? ERR_GAME_OVER : OK));
    ENSURE(state->version == version + (st == OK));
    if (st != OK)
        return;
    check_event(story, state);
    store_and_load(story, state);
    past[state->version] = *state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t seed[SEED_LEN] = {0};
    const size_t seed_len = len < SEED_LEN ? len : SEED_LEN;
    struct state state;
    struct story *story = whole_story();
    if (seed_len > 0)
        memcpy(seed, data, seed_len);
    ENSURE(game_start(story, seed, SLICE_NONE, 0, &state, &event) == OK);
    past[1] = state;
    for (size_t i = seed_len; i < len && i < COMMANDS_MAX; i++)
        command(story, seed, data[i], &state);
    story_unref(story);
    return 0;
}
