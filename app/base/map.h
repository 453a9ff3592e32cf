/* Hash table of embedded nodes with 128-bit keys. Finding and linking allocate nothing but the
 * table itself, which grows. Keys may be chosen by a peer: the place of a key depends on a random
 * salt. One owner, one thread. */
#ifndef CASYS_BASE_MAP_H
#define CASYS_BASE_MAP_H

#include "app/base/bytes.h"

struct id {
    uint64_t high, low;
};

static inline bool id_eq(struct id a, struct id b)
{
    return a.high == b.high && a.low == b.low;
}

struct map_node {
    struct map_node *next;
    struct id key;
};

struct map {
    struct map_node **slots; /* owned */
    size_t slot_count;       /* power of two, 0 before the first node */
    size_t count;
    uint64_t salt[2];
};

void map_init(struct map *map);
/* The nodes are the caller's to have taken. */
void map_release(struct map *map);

/* NULL when there is none. */
struct map_node *map_find(const struct map *map, struct id key);
/* node->key is set by the caller and must not be in the map. */
void map_add(struct map *map, struct map_node *node);
/* The node must be in the map. */
void map_remove(struct map *map, struct map_node *node);
/* Some node, or NULL when empty; for tearing down. */
struct map_node *map_any(const struct map *map);

#endif
