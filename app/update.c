#include "app/update.h"

#include <stdlib.h>
#include <string.h>

struct update *update_new(struct id game, uint64_t version, struct slice snapshot, unsigned threads,
                          update_seal_fn *seal)
{
    const size_t posts_size = threads * sizeof(struct update_post);
    struct update *update = malloc(sizeof(*update) + posts_size + UPDATE_HEADROOM + snapshot.len);
    ENSURE_MEMORY(update);
    *update = (struct update){.game = game, .version = version};
    atomic_init(&update->refs, 1);
    for (unsigned i = 0; i < threads; i++) {
        update->posts[i] = (struct update_post){.mail.kind = MAIL_UPDATE, .update = update};
        list_init(&update->posts[i].mail.node);
    }
    uint8_t *room = (uint8_t *)update + sizeof(*update) + posts_size;
    uint8_t *payload = room + UPDATE_HEADROOM;
    memcpy(payload, snapshot.at, snapshot.len);
    const size_t header = seal ? seal(snapshot.len, room) : 0;
    ENSURE(header <= UPDATE_HEADROOM);
    update->snapshot = slice_make(payload, snapshot.len);
    update->frame = slice_make(payload - header, header + snapshot.len);
    return update;
}

struct update *update_new_presence(struct id game, uint64_t version, struct slice text,
                                   unsigned threads, update_seal_fn *seal)
{
    struct update *update = update_new(game, version, text, threads, seal);
    for (unsigned i = 0; i < threads; i++)
        update->posts[i].mail.kind = MAIL_PRESENCE;
    return update;
}

struct update *update_ref(struct update *update)
{
    atomic_fetch_add_explicit(&update->refs, 1, memory_order_relaxed);
    return update;
}

void update_unref(struct update *update)
{
    if (!update)
        return;
    /* Release what this thread did with it, acquire what the others did, before it goes. */
    if (atomic_fetch_sub_explicit(&update->refs, 1, memory_order_acq_rel) == 1)
        free(update);
}
