#include "app/kept.h"

#include <stdlib.h>
#include <string.h>

void kept_release(struct kept *kept)
{
    free(kept->list);
    arena_release(&kept->arena);
    *kept = (struct kept){.list = NULL};
}

void kept_need(struct kept *kept, uint64_t version)
{
    enum { ROOM_MIN = 16 };
    if (kept->count == kept->room) {
        kept->room = kept->room > 0 ? 2 * kept->room : ROOM_MIN;
        kept->list = reallocarray(kept->list, kept->room, sizeof *kept->list);
        ENSURE(kept->list != NULL);
    }
    kept->list[kept->count++] = (struct kept_state){.version = version};
}

static int compare_versions(const void *a, const void *b)
{
    const struct kept_state *left = a;
    const struct kept_state *right = b;
    return (left->version > right->version) - (left->version < right->version);
}

void kept_ready(struct kept *kept)
{
    const size_t live = kept->count - kept->first;
    if (live > 0) {
        memmove(kept->list, &kept->list[kept->first], live * sizeof *kept->list);
        qsort(kept->list, live, sizeof *kept->list, compare_versions);
    }
    kept->first = 0;
    kept->count = 0;
    for (size_t i = 0; i < live; i++) {
        if (kept->count == 0 || kept->list[kept->count - 1].version != kept->list[i].version)
            kept->list[kept->count++] = kept->list[i];
    }
}

static struct kept_state *find(const struct kept *kept, uint64_t version)
{
    const struct kept_state key = {.version = version};
    const size_t live = kept->count - kept->first;
    return live == 0 ? NULL
                     : bsearch(&key, &kept->list[kept->first], live, sizeof *kept->list,
                               compare_versions);
}

void kept_put(struct kept *kept, const struct story *story, const struct state *state)
{
    struct kept_state *place = find(kept, state->version);
    if (!place)
        return;
    struct buf bytes = {.at = NULL};
    state_encode(state, story, &bytes);
    place->bytes = arena_dup(&kept->arena, buf_slice(&bytes));
    buf_release(&bytes);
}

enum status kept_find(const struct kept *kept, const struct story *story, uint64_t version,
                      struct state *ret)
{
    const struct kept_state *place = find(kept, version);
    if (!place || place->bytes.len == 0)
        return ERR_NOT_FOUND;
    ENSURE(state_decode(place->bytes, story, ret) == OK); /* kept_put has encoded it */
    return OK;
}

void kept_forget(struct kept *kept, uint64_t until)
{
    while (kept->first < kept->count && kept->list[kept->first].version <= until)
        kept->first++;
    arena_release(&kept->arena);
}
