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
/* All objects must have been given back (ENSURE). Twice is once; NULL is let through. */
void slab_release(struct slab *slab);

/* Zeroed, aligned for any type; aborts when memory runs out. The place that was given back last is
 * taken first: it is still in the cache. */
void *slab_take(struct slab *slab);
/* object is from this slab, and not used any more. With AddressSanitizer a touch after that and a
 * step beyond the object are reported, and giving back twice stops the program. */
void slab_give(struct slab *slab, void *object);

#endif
