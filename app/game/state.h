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

struct state {
    uint64_t version; /* 1 after start */
    uint32_t run;     /* 1 at first, +1 with every reset: each run has its own dice */
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
};

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
 * one, a throw that can be repeated is one of the section's, and whatever the story does not use is
 * zero. ERR_INVALID otherwise. */
enum status state_check(const struct state *state, const struct story *story) MUST_CHECK;

/* Append the state's stored form (docs in state.c): the same state gives the same bytes. The state
 * passes state_check. */
void state_encode(const struct state *state, const struct story *story, struct buf *ret);

/* ERR_CORRUPT    not bytes that state_encode makes for this story, or state_check refuses it. */
enum status state_decode(struct slice bytes, const struct story *story,
                         struct state *ret) MUST_CHECK;

const char *game_status_name(enum game_status status); /* "active", "won", "lost", "stopped" */

#endif
