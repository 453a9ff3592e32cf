#include "app/base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if BUILT_WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* A block, newest first:
 *
 *     | next, cap | given out ... | free ... |
 *                 bytes           used       cap
 *
 * Only the newest block is filled, so one `used` in the arena is enough. A piece too large for an
 * ordinary block gets a block to itself, behind the newest one, which goes on being filled.
 *
 * AddressSanitizer sees one malloc per block. What is not given out is therefore poisoned by hand,
 * and pieces are kept apart, so that a step beyond a piece or into a reset arena is reported. */
struct arena_block {
    struct arena_block *next;
    size_t cap;
    alignas(max_align_t) uint8_t bytes[];
};

enum {
    ARENA_BLOCK_BYTES = 4096, /* an ordinary block with its head: what one page holds */
    ARENA_BLOCK_CAP = ARENA_BLOCK_BYTES - sizeof(struct arena_block),
    ARENA_ALIGN = alignof(max_align_t),
};

#if BUILT_WITH_ASAN
enum { ARENA_GAP = ARENA_ALIGN };
static void forbid(const void *at, size_t len)
{
    ASAN_POISON_MEMORY_REGION(at, len);
}
static void allow(const void *at, size_t len)
{
    ASAN_UNPOISON_MEMORY_REGION(at, len);
}
#else
enum { ARENA_GAP = 0 };
static void forbid(const void *at, size_t len)
{
    (void)at;
    (void)len;
}
static void allow(const void *at, size_t len)
{
    (void)at;
    (void)len;
}
#endif

static struct arena_block *block_new(size_t cap)
{
    struct arena_block *block = malloc(sizeof *block + cap);
    ENSURE_MEMORY(block);
    block->next = NULL;
    block->cap = cap;
    forbid(block->bytes, cap);
    return block;
}

/* The bytes a piece takes of its block: room for alignment of the next one, and never nothing, so
 * that two pieces have two addresses. */
static size_t piece_room(size_t size)
{
    ENSURE(size <= SIZE_MAX / 2);
    const size_t rounded = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    return (rounded > 0 ? rounded : ARENA_ALIGN) + ARENA_GAP;
}

static uint8_t *take_own_block(struct arena *arena, size_t room)
{
    struct arena_block *block = block_new(room);
    if (arena->blocks) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        arena->blocks = block;
        arena->used = room;
    }
    return block->bytes;
}

static uint8_t *take(struct arena *arena, size_t room)
{
    if (!arena->blocks || room > arena->blocks->cap - arena->used) {
        /* A new block for a piece of medium size would waste what is left of the newest. */
        if (room > ARENA_BLOCK_CAP || (arena->blocks && room > ARENA_BLOCK_CAP / 4))
            return take_own_block(arena, room);
        struct arena_block *block = block_new(ARENA_BLOCK_CAP);
        block->next = arena->blocks;
        arena->blocks = block;
        arena->used = 0;
    }
    uint8_t *at = arena->blocks->bytes + arena->used;
    arena->used += room;
    return at;
}

void arena_release(struct arena *arena)
{
    if (!arena)
        return;
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    *arena = (struct arena){0};
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = NULL;
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *next = block->next;
        if (!keep && block->cap == ARENA_BLOCK_CAP)
            keep = block;
        else
            free(block);
        block = next;
    }
    if (keep) {
        keep->next = NULL;
        forbid(keep->bytes, keep->cap);
    }
    *arena = (struct arena){.blocks = keep};
}

void *arena_alloc(struct arena *arena, size_t size)
{
    uint8_t *at = take(arena, piece_room(size));
    allow(at, size);
    return memset(at, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    ENSURE(size == 0 || count <= SIZE_MAX / size);
    return arena_alloc(arena, count * size);
}

struct slice arena_dup(struct arena *arena, struct slice s)
{
    uint8_t *at = take(arena, piece_room(s.len));
    allow(at, s.len);
    if (s.len > 0)
        memcpy(at, s.at, s.len);
    return slice_make(at, s.len);
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_list again;

    va_start(args, format);
    va_copy(again, args);
    const int printed = vsnprintf(NULL, 0, format, args);
    ENSURE(printed >= 0);
    const size_t len = (size_t)printed;
    char *at = arena_alloc(arena, len + 1);
    vsnprintf(at, len + 1, format, again);
    va_end(again);
    va_end(args);
    return slice_make(at, len);
}
