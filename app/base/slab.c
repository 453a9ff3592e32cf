#include "app/base/slab.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/base/compiler.h"

#if BUILT_WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* A chunk:
 *
 *     | next, padding | place 0 | place 1 | ... | place 63 |
 *
 * A free place begins with the link to the next free one. AddressSanitizer sees one malloc per
 * chunk; what is not given out is therefore poisoned by hand, the link too, and objects are kept
 * apart. */
struct slab_link {
    struct slab_link *next;
};

enum { CHUNK_OBJECTS = 64, SLAB_ALIGN = alignof(max_align_t) };
_Static_assert(sizeof(struct slab_link) <= SLAB_ALIGN, "a link fits into every place");

#if BUILT_WITH_ASAN
enum { SLAB_GAP = SLAB_ALIGN };
static void forbid(const void *at, size_t len)
{
    ASAN_POISON_MEMORY_REGION(at, len);
}
static void allow(const void *at, size_t len)
{
    ASAN_UNPOISON_MEMORY_REGION(at, len);
}
static bool is_allowed(const void *at)
{
    return !__asan_address_is_poisoned(at);
}
#else
enum { SLAB_GAP = 0 };
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
static bool is_allowed(const void *at)
{
    return at != NULL;
}
#endif

static size_t place_size(const struct slab *slab)
{
    return (slab->size + SLAB_ALIGN - 1) / SLAB_ALIGN * SLAB_ALIGN + SLAB_GAP;
}

void slab_init(struct slab *slab, size_t size)
{
    ENSURE(size > 0 && size <= SIZE_MAX / 2 / CHUNK_OBJECTS);
    *slab = (struct slab){.size = size};
}

void slab_release(struct slab *slab)
{
    if (!slab)
        return;
    ENSURE(slab->count == 0);
    for (struct slab_link *chunk = slab->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    slab->chunks = NULL;
    slab->free = NULL;
}

/* The place may be written to. */
static void push_free(struct slab *slab, void *place)
{
    struct slab_link *link = place;
    link->next = slab->free;
    slab->free = link;
    forbid(place, place_size(slab));
}

static void add_chunk(struct slab *slab)
{
    const size_t size = place_size(slab);
    struct slab_link *chunk = malloc(SLAB_ALIGN + CHUNK_OBJECTS * size);
    ENSURE_MEMORY(chunk);
    chunk->next = slab->chunks;
    slab->chunks = chunk;
    for (size_t i = CHUNK_OBJECTS; i > 0; i--)
        push_free(slab, (char *)chunk + SLAB_ALIGN + (i - 1) * size);
}

void *slab_take(struct slab *slab)
{
    if (!slab->free)
        add_chunk(slab);
    struct slab_link *link = slab->free;
    allow(link, sizeof(*link));
    slab->free = link->next;
    slab->count++;
    /* An object smaller than a link gives the rest back. */
    forbid(link, sizeof(*link));
    allow(link, slab->size);
    return memset(link, 0, slab->size);
}

void slab_give(struct slab *slab, void *object)
{
    ENSURE(slab->count > 0 && is_allowed(object));
    slab->count--;
    allow(object, sizeof(struct slab_link));
    push_free(slab, object);
}
