/* Memory that is given out piece by piece and taken back all at once. For what lives as long as
 * one message, or as long as one story. One owner, one thread. */
#ifndef CASYS_BASE_ARENA_H
#define CASYS_BASE_ARENA_H

#include "app/base/bytes.h"

struct arena_block;

/* Zero is a valid empty arena. */
struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes given out of the newest block */
};

/* Free all of it; the arena is empty and may be used again. NULL is let through. */
void arena_release(struct arena *arena);

/* Give everything back but one block of ordinary size (4 KB), so that the next message of ordinary
 * size allocates nothing. Nothing given out before may be touched afterwards. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. size 0 gives a pointer to 0 bytes, not NULL. Aborts when memory runs out: what a
 * peer chose is checked against limits.h before. */
void *arena_alloc(struct arena *arena, size_t size);

/* count x size zeroed bytes, with the product checked (ENSURE). */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A copy of s; no NUL is added. */
struct slice arena_dup(struct arena *arena, struct slice s);
/* What printf would write. A NUL that is not counted follows. */
struct slice arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
