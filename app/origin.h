/* Where the dice of a game came from before it was this game: a fork and an import begin with a past
 * that was thrown elsewhere, with a seed that this game has not. What was told of that past is kept
 * with the game: its versions are played again with the dice that their own events tell, and its runs
 * go on showing the hashes, and the seeds if they were told, that they had. Pure; any thread. */
#ifndef CASYS_ORIGIN_H
#define CASYS_ORIGIN_H

#include "app/game/dice.h"

struct origin {
    uint64_t version; /* of the last version that was told; 0: the game has no such past */
    const struct run_told *runs; /* run 1 first; borrowed */
    uint32_t run_count;
};

/* Append the stored form (docs in origin.c); nothing for a game without such a past. */
void origin_encode(const struct origin *origin, struct buf *ret);

/* No bytes: no such past. The runs live in the arena.
 * ERR_CORRUPT    not bytes that origin_encode makes. */
enum status origin_decode(struct slice bytes, struct arena *arena, struct origin *ret) MUST_CHECK;

#endif
