/* Memory for many objects of one size that come and go: whole chunks, and a list of free places.
 * Objects stand close together, so that a long-lived one does not pin a page of something else.
 * Chunks are kept until slab_release. One owner, one thread. */
#ifndef CASYS_BASE_SLAB_H
#define CASYS_BASE_SLAB_H

#include <stddef.h>

struct slab {
    size_t size;  /* of one object */
    void *chunks; /* newest first */
    void *free;   /* first free place */
    size_t count; /* objects given out */
};

void slab_init(struct slab *slab, size_t size);
/* All objects must have been given back. */
void slab_release(struct slab *slab);

/* Zeroed; aborts when memory runs out. */
void *slab_take(struct slab *slab);
void slab_give(struct slab *slab, void *object);

#endif
