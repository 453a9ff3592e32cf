/* What the rules need to go on: one plain value, copied by assignment, with no pointer in it.
 * Pure; any thread. */
#ifndef CASYS_GAME_STATE_H
#define CASYS_GAME_STATE_H

#include "app/game/story.h"

enum game_status { GAME_ACTIVE, GAME_WON, GAME_LOST, GAME_STOPPED };

enum {
    NAME_BYTES = 4 * LIMIT_NAME_CHARS,
    SEED_LEN = 32,
};

/* How far a fight is. All 0 where there is none. */
struct fight_state {
    int32_t round;           /* rounds that are over, 0..LIMIT_COMBAT_ROUNDS - 1 */
    int32_t foe[LIMIT_FOES]; /* endurance that is left; 0: defeated. Some foe lives */
};

/* A throw that can be repeated. All 0 when there is none. */
struct pending {
    uint8_t choice;   /* 1 for the first choice of the section ... */
    uint8_t rerolled; /* how often it was repeated, 0..rerolls - 1 */
    uint8_t outcome;  /* of a table: 1 for the first outcome ...; otherwise 0: it failed */
};

/* Where the game is in a run in which it was taken back. All 0 in a run in which it never was: then
 * every answer below follows from the version, and nothing of it is stored. Its dice count in turns,
 * which go back with the game, so that a choice made again throws the same again. */
struct timeline {
    uint64_t turn;   /* of the dice: +1 with every choice */
    uint64_t reach;  /* the largest turn that the run ever had */
    uint64_t before; /* the version that an undo goes back to; 0: none */
    uint64_t origin; /* the version whose content this one repeats; its own number: none */
    uint32_t loads;  /* how often one went back in this run; 0: everything here is 0 */
    uint8_t past;    /* how often that was when the run was over, so that its seed was known */
    /* Until which turn the dice of those times go on to count, ascending. The first of them are from
     * run `run - past`, the next from the run after it ... and all later turns from `run`. */
    uint64_t past_turn[LIMIT_REVIVALS];
};

struct state {
    uint64_t version; /* 1 after start */
    uint32_t run;     /* 1 at first; each run has its own dice (app/game/dice.h) */
    enum game_status status;
    int32_t section; /* index into story->sections */
    int32_t gold;
    int32_t stats[LIMIT_STATS];
    int32_t items[LIMIT_ITEMS]; /* quantities */
    uint8_t flags[LIMIT_FLAGS / 8];
    uint8_t name_len;
    uint8_t name[NAME_BYTES]; /* the hero's, UTF-8 */
    int32_t counters[LIMIT_COUNTERS];
    int32_t last_roll;                   /* total for the hero in this run; 0 unless tracks_roll */
    uint8_t visited[LIMIT_SECTIONS / 8]; /* bit of a section index; 0 unless tracks_visits */
    uint8_t chosen[LIMIT_ONCE / 8];      /* bit once - 1 of a choice: it cannot be chosen again */
    struct fight_state fight;
    struct pending pending;
    struct timeline timeline;
};

/* The turn that made this state: what its dice counted. A stop is no turn. */
static inline uint64_t state_turn(const struct state *state)
{
    return state->timeline.loads > 0 ? state->timeline.turn
                                     : state->version - (state->status == GAME_STOPPED);
}

/* The largest turn of the run, also where the game has gone back from it since. */
static inline uint64_t state_reach(const struct state *state)
{
    return state->timeline.loads > 0 ? state->timeline.reach : state_turn(state);
}

/* The version that this one goes on from; 0 for the first. */
static inline uint64_t state_before(const struct state *state)
{
    return state->timeline.loads > 0 ? state->timeline.before : state->version - 1;
}

/* The version whose content this one repeats: its own, unless a load made it. */
static inline uint64_t state_origin(const struct state *state)
{
    return state->timeline.loads > 0 ? state->timeline.origin : state->version;
}

/* The run with which this began: with the last start, reset, fork or import. Nobody goes back to
 * what was before it. */
static inline uint32_t state_first_run(const struct state *state)
{
    return state->run - state->timeline.past;
}

/* The run whose dice the state's turn throws. */
uint32_t state_dice_run(const struct state *state);

static inline bool state_flag(const struct state *state, int32_t flag)
{
    return (state->flags[flag / 8] >> (flag % 8)) & 1;
}

static inline bool state_visited(const struct state *state, int32_t section)
{
    return (state->visited[section / 8] >> (section % 8)) & 1;
}

/* Was the choice chosen, and may not be again? */
static inline bool state_chosen(const struct state *state, const struct choice *choice)
{
    const int32_t bit = choice->once - 1;
    return choice->once > 0 && ((state->chosen[bit / 8] >> (bit % 8)) & 1);
}

/* May a hero be called that? Valid UTF-8 of 1..LIMIT_NAME_CHARS without control characters. */
bool hero_name_valid(struct slice name);

/* What must hold of every state before it may be committed: ranges of stats, gold and quantities,
 * capacity, the section exists, an ending section and the status agree, version and run are not 0,
 * the name is valid, counters are in their ranges, a fight is there exactly where the section has
 * one, a throw that can be repeated is one of the section's, the timeline is one that can be, and
 * whatever the story does not use is zero. ERR_INVALID otherwise. */
enum status state_check(const struct state *state, const struct story *story) MUST_CHECK;

/* Append the state's stored form (docs in state.c): the same state gives the same bytes. The state
 * passes state_check. */
void state_encode(const struct state *state, const struct story *story, struct buf *ret);

/* ERR_CORRUPT    not bytes that state_encode makes for this story, or state_check refuses it. */
enum status state_decode(struct slice bytes, const struct story *story,
                         struct state *ret) MUST_CHECK;

const char *game_status_name(enum game_status status); /* "active", "won", "lost", "stopped" */

#endif
