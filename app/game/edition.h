/* A story's newer edition: what becomes of a game that was begun with an older one. Sections are the
 * same by their number; stats, items, flags, counters and choices by their ids. Pure; any thread. */
#ifndef CASYS_GAME_EDITION_H
#define CASYS_GAME_EDITION_H

#include "app/game/game.h"

/* Something to say about a game, in words for people. */
struct edition_line {
    struct edition_line *next;
    struct slice text; /* without its end: `the item "rope", of which it carries 2, is gone` */
    bool is_secret;    /* names a flag or a counter, which authors may see and players may not */
};

struct edition_lines {
    struct edition_line *first; /* NULL: none */
    struct edition_line *last;
    size_t count;
};

/* The reasons why a game does not map, and what is dropped, or new, when it does. At most one line
 * for each stat, item, flag and counter of both editions, and a few more. */
struct edition_report {
    struct edition_lines reasons;
    struct edition_lines notes;
};

/* The state of a game of the edition `from` as a state of the edition `to`, with the same version,
 * run and hero. An edition as itself is the identity, without notes. What a state can have that the
 * other edition has no place for, and that the hero would miss, is a reason: the section, an item
 * that is carried, a value outside of its range, a fight that goes on with other foes, a throw that
 * waits for a word and cannot be the same. The rest is dropped, and what is new begins as in a new
 * game, but for items, of which there are none. Lines are in the arena.
 * ERR_NOT_MIGRATABLE    it does not map: the report has a reason at least.
 * ERR_INTERNAL          state_check refuses the result. */
enum status edition_map(const struct story *from, const struct state *state, const struct story *to,
                        struct arena *arena, struct edition_report *ret_report,
                        struct state *ret) MUST_CHECK;

/* Go on with a newer edition: the next version, with which a new run begins. Nobody goes back to what
 * was before it. Sections of *ret_event are of `to`.
 * ERR_GAME_OVER         the game is not active.
 * ERR_NOT_MIGRATABLE    as in edition_map. ERR_INTERNAL as in game_step. */
enum status edition_migrate(const struct story *from, const struct state *state,
                            const struct story *to, int64_t at_ms, struct arena *arena,
                            struct edition_report *ret_report, struct state *ret_state,
                            struct event *ret_event) MUST_CHECK;

#endif
