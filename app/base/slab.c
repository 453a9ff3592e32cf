#include "app/base/slab.h"

#include <stdlib.h>
#include <string.h>

#include "app/base/compiler.h"

enum { CHUNK_OBJECTS = 64, ALIGNMENT = 16 };

/* What stands in a free place, and in front of each chunk. */
struct slab_link {
    void *next;
};

static size_t rounded(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void slab_init(struct slab *slab, size_t size)
{
    ENSURE(size > 0);
    *slab = (struct slab){.size = rounded(size)};
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

static void push_free(struct slab *slab, void *object)
{
    struct slab_link *link = object;
    link->next = slab->free;
    slab->free = link;
}

static void add_chunk(struct slab *slab)
{
    struct slab_link *chunk = malloc(ALIGNMENT + CHUNK_OBJECTS * slab->size);
    ENSURE(chunk != NULL);
    chunk->next = slab->chunks;
    slab->chunks = chunk;
    for (size_t i = CHUNK_OBJECTS; i > 0; i--)
        push_free(slab, (char *)chunk + ALIGNMENT + (i - 1) * slab->size);
}

void *slab_take(struct slab *slab)
{
    if (!slab->free)
        add_chunk(slab);
    struct slab_link *link = slab->free;
    slab->free = link->next;
    slab->count++;
    memset(link, 0, slab->size);
    return link;
}

void slab_give(struct slab *slab, void *object)
{
    ENSURE(slab->count > 0);
    slab->count--;
    push_free(slab, object);
}
