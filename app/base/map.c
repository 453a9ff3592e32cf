#include "app/base/map.h"

#include <stdlib.h>

#include "app/base/crypto.h"

enum { MAP_SLOTS_FIRST = 64 };

__extension__ typedef unsigned __int128 product;

/* Both halves of the 128-bit product: every bit of a factor moves bits of the result everywhere. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    const product p = (product)a * b;
    return (uint64_t)(p >> 64) ^ (uint64_t)p;
}

/* Each half of the key meets a secret before it is multiplied, so that nobody outside can tell
 * which keys share a slot. The second round breaks up keys at equal distances, which one product
 * leaves at equal distances. */
static size_t slot_of(const struct map *map, struct id key)
{
    const uint64_t h = fold(key.high ^ map->salt[0], key.low ^ map->salt[1]);
    return (size_t)fold(h ^ map->salt[1], 0x9e3779b97f4a7c15u) & (map->slot_count - 1);
}

static void grow(struct map *map)
{
    const size_t old_count = map->slot_count;
    struct map_node **old = map->slots;
    map->slot_count = old_count ? old_count * 2 : MAP_SLOTS_FIRST;
    map->slots = calloc(map->slot_count, sizeof(*map->slots));
    ENSURE_MEMORY(map->slots);
    for (size_t i = 0; i < old_count; i++) {
        for (struct map_node *node = old[i], *next; node; node = next) {
            next = node->next;
            struct map_node **slot = &map->slots[slot_of(map, node->key)];
            node->next = *slot;
            *slot = node;
        }
    }
    free(old);
}

void map_init(struct map *map)
{
    *map = (struct map){.slots = NULL};
    crypto_random(map->salt, sizeof(map->salt));
}

void map_release(struct map *map)
{
    if (!map)
        return;
    free(map->slots);
    map->slots = NULL;
    map->slot_count = 0;
    map->count = 0;
}

struct map_node *map_find(const struct map *map, struct id key)
{
    if (map->slot_count == 0)
        return NULL;
    struct map_node *node = map->slots[slot_of(map, key)];
    while (node && !id_eq(node->key, key))
        node = node->next;
    return node;
}

void map_add(struct map *map, struct map_node *node)
{
    if (map->count >= map->slot_count)
        grow(map);
    struct map_node **slot = &map->slots[slot_of(map, node->key)];
    node->next = *slot;
    *slot = node;
    map->count++;
}

void map_remove(struct map *map, struct map_node *node)
{
    struct map_node **link = &map->slots[slot_of(map, node->key)];
    while (*link != node) {
        ENSURE(*link != NULL);
        link = &(*link)->next;
    }
    *link = node->next;
    node->next = NULL;
    map->count--;
}

struct map_node *map_any(const struct map *map)
{
    for (size_t i = 0; i < map->slot_count; i++) {
        if (map->slots[i])
            return map->slots[i];
    }
    return NULL;
}
