/* The states that loads go back to, kept while a journal is played again: only those that some load
 * asks for, in their stored form. One owner, one thread. */
#ifndef CASYS_KEPT_H
#define CASYS_KEPT_H

#include "app/base/arena.h"
#include "app/game/state.h"

struct kept_state {
    uint64_t version;
    struct slice bytes; /* empty until it was played */
};

/* Zero is a valid empty one. */
struct kept {
    struct kept_state *list; /* owned; ascending after kept_ready */
    size_t first;            /* those before it are forgotten */
    size_t count, room;
    struct arena arena; /* of the bytes */
};

void kept_release(struct kept *kept);

/* Ask for a version that is still to be played; as often as one likes. */
void kept_need(struct kept *kept, uint64_t version);
/* After the last kept_need and before the next kept_put or kept_find. */
void kept_ready(struct kept *kept);

/* A version was played: keep it, if it was asked for. */
void kept_put(struct kept *kept, const struct story *story, const struct state *state);

/* ERR_NOT_FOUND    it was not asked for, or not played yet. */
enum status kept_find(const struct kept *kept, const struct story *story, uint64_t version,
                      struct state *ret) MUST_CHECK;

/* No load asks for a version up to this one any more, which is the newest that was played. */
void kept_forget(struct kept *kept, uint64_t until);

#endif
