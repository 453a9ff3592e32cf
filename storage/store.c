#include "storage/store.h"

#include "app/base/limits.h"

/* What holds for every engine is checked here, so that an engine need not and the one in memory
 * refuses what the one on disk refuses. */

static bool id_fits(struct slice id)
{
    return id.len <= LIMIT_ID_BYTES;
}

void store_free(struct store *store)
{
    if (store)
        store->ops->free(store);
}

enum status store_begin(struct store *store)
{
    return store->ops->begin(store);
}

enum status store_commit(struct store *store)
{
    return store->ops->commit(store);
}

void store_rollback(struct store *store)
{
    store->ops->rollback(store);
}

enum status store_game_create(struct store *store, const struct store_new_game *game,
                              uint64_t *ret_row)
{
    ENSURE(game->name.len > 0 && game->story_id.len > 0);
    if (!id_fits(game->name) || !id_fits(game->story_id))
        return ERR_TOO_LARGE;
    if (game->story_title.len > LIMIT_LABEL_BYTES || game->story_source.len > LIMIT_STORY_BYTES ||
        game->origin.len > LIMIT_ORIGIN_BYTES)
        return ERR_TOO_LARGE;
    return store->ops->game_create(store, game, ret_row);
}

static bool story_fits(const struct store_story *story)
{
    ENSURE(story->id.len > 0);
    return id_fits(story->id) && story->title.len <= LIMIT_LABEL_BYTES &&
           story->source.len <= LIMIT_STORY_BYTES;
}

enum status store_append(struct store *store, const struct store_entry *entry)
{
    if (entry->edition && !story_fits(entry->edition))
        return ERR_TOO_LARGE;
    if (entry->event.len > LIMIT_EVENT_BYTES || entry->state.len > LIMIT_STATE_BYTES ||
        entry->snapshot.len > LIMIT_SNAPSHOT_BYTES ||
        entry->request_id.len > LIMIT_REQUEST_ID_BYTES)
        return ERR_TOO_LARGE;
    return store->ops->append(store, entry);
}

enum status store_past_add(struct store *store, uint64_t game, const struct store_journal_row *rows,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].event.len > LIMIT_EVENT_BYTES)
            return ERR_TOO_LARGE;
    }
    return store->ops->past_add(store, game, rows, count);
}

enum status store_past_end(struct store *store, uint64_t game)
{
    return store->ops->past_end(store, game);
}

enum status store_session_add(struct store *store, struct slice name, int64_t at_ms,
                              uint64_t *ret_row)
{
    ENSURE(name.len > 0);
    if (!id_fits(name))
        return ERR_TOO_LARGE;
    return store->ops->session_add(store, name, at_ms, ret_row);
}

enum status store_device_add(struct store *store, uint64_t session,
                             const struct store_new_device *device)
{
    ENSURE(device->name.len > 0);
    if (!id_fits(device->name) || device->label.len > LIMIT_DEVICE_LABEL_BYTES)
        return ERR_TOO_LARGE;
    return store->ops->device_add(store, session, device);
}

enum status store_device_rotate(struct store *store, uint64_t session, struct slice name,
                                const uint8_t secret_hash[SHA256_LEN], int64_t at_ms,
                                int64_t previous_until_ms)
{
    if (!id_fits(name))
        return ERR_NOT_FOUND;
    return store->ops->device_rotate(store, session, name, secret_hash, at_ms, previous_until_ms);
}

enum status store_device_seen(struct store *store, uint64_t session, struct slice name,
                              int64_t at_ms)
{
    return id_fits(name) ? store->ops->device_seen(store, session, name, at_ms) : ERR_NOT_FOUND;
}

enum status store_device_remove(struct store *store, uint64_t session, struct slice name)
{
    return id_fits(name) ? store->ops->device_remove(store, session, name) : ERR_NOT_FOUND;
}

enum status store_carry_add(struct store *store, uint64_t session,
                            const uint8_t code_hash[SHA256_LEN], int64_t expires_ms)
{
    return store->ops->carry_add(store, session, code_hash, expires_ms);
}

enum status store_carry_take(struct store *store, const uint8_t code_hash[SHA256_LEN],
                             struct arena *arena, struct store_carry *ret)
{
    return store->ops->carry_take(store, code_hash, arena, ret);
}

enum status store_invitation_add(struct store *store, const struct store_new_invitation *invitation)
{
    ENSURE(invitation->name.len > 0);
    ENSURE(invitation->role > STORE_NOBODY && invitation->role <= STORE_SPECTATOR);
    if (!id_fits(invitation->name))
        return ERR_TOO_LARGE;
    return store->ops->invitation_add(store, invitation);
}

enum status store_invitation_remove(struct store *store, uint64_t game, struct slice name)
{
    return id_fits(name) ? store->ops->invitation_remove(store, game, name) : ERR_NOT_FOUND;
}

enum status store_save_put(struct store *store, uint64_t game, uint64_t session,
                           const struct store_save *save)
{
    ENSURE(save->slot > 0 && save->name.len > 0);
    if (save->slot > LIMIT_SAVES || save->name.len > LIMIT_SAVE_NAME_BYTES)
        return ERR_TOO_LARGE;
    return store->ops->save_put(store, game, session, save);
}

enum status store_save_remove(struct store *store, uint64_t game, uint64_t session, uint32_t slot)
{
    return store->ops->save_remove(store, game, session, slot);
}

enum status store_game_doom(struct store *store, uint64_t game)
{
    return store->ops->game_doom(store, game);
}

enum status store_prune_drop(struct store *store, enum store_stale kind,
                             const struct store_stale_row *row)
{
    ENSURE(kind > STORE_STALE_LINK_GAMES && kind < STORE_STALE_COUNT);
    return store->ops->prune_drop(store, kind, row);
}

enum status store_member_set(struct store *store, uint64_t game, uint64_t session,
                             enum store_role role)
{
    ENSURE(role >= STORE_NOBODY && role <= STORE_SPECTATOR);
    return store->ops->member_set(store, game, session, role);
}

enum status store_feedback_add(struct store *store, struct slice game, struct slice text,
                               int64_t at_ms)
{
    if (!id_fits(game) || text.len > LIMIT_FEEDBACK_BYTES)
        return ERR_TOO_LARGE;
    return store->ops->feedback_add(store, game, text, at_ms);
}

enum status store_touch(struct store *store)
{
    return store->ops->touch(store);
}

enum status store_game_load(struct store *store, struct slice name, struct arena *arena,
                            struct store_game *ret)
{
    return id_fits(name) ? store->ops->game_load(store, name, arena, ret) : ERR_NOT_FOUND;
}

enum status store_request_find(struct store *store, uint64_t game, struct slice request_id,
                               uint64_t *ret_version, uint8_t ret_print[STORE_PRINT_LEN])
{
    /* An empty request id stands for none, and none is never found. */
    if (request_id.len == 0 || request_id.len > LIMIT_REQUEST_ID_BYTES)
        return ERR_NOT_FOUND;
    return store->ops->request_find(store, game, request_id, ret_version, ret_print);
}

enum status store_session_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                               struct arena *arena, struct store_session *ret)
{
    return store->ops->session_find(store, secret_hash, arena, ret);
}

enum status store_member_find(struct store *store, uint64_t game, uint64_t session,
                              enum store_role *ret)
{
    return store->ops->member_find(store, game, session, ret);
}

enum status store_device_list(struct store *store, uint64_t session, store_device_fn *visit,
                              void *arg)
{
    return store->ops->device_list(store, session, visit, arg);
}

enum status store_member_list(struct store *store, uint64_t game, uint64_t above, size_t count,
                              store_member_fn *visit, void *arg)
{
    return store->ops->member_list(store, game, above, count, visit, arg);
}

enum status store_invitation_list(struct store *store, uint64_t game, store_invitation_fn *visit,
                                  void *arg)
{
    return store->ops->invitation_list(store, game, visit, arg);
}

enum status store_invitation_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                  struct arena *arena, struct store_invitation *ret)
{
    return store->ops->invitation_find(store, secret_hash, arena, ret);
}

enum status store_save_list(struct store *store, uint64_t game, uint64_t session,
                            store_save_fn *visit, void *arg)
{
    return store->ops->save_list(store, game, session, visit, arg);
}

enum status store_save_find(struct store *store, uint64_t game, uint64_t session, uint32_t slot,
                            struct arena *arena, struct store_save *ret)
{
    return store->ops->save_find(store, game, session, slot, arena, ret);
}

enum status store_story_load(struct store *store, const uint8_t hash[SHA256_LEN],
                             struct arena *arena, struct slice *ret_source)
{
    return store->ops->story_load(store, hash, arena, ret_source);
}

enum status store_list(struct store *store, uint64_t session, uint64_t below, size_t count,
                       store_list_fn *visit, void *arg)
{
    return store->ops->list(store, session, below, count, visit, arg);
}

enum status store_scan(struct store *store, uint64_t above, size_t count, store_list_fn *visit,
                       void *arg)
{
    return store->ops->scan(store, above, count, visit, arg);
}

enum status store_history(struct store *store, uint64_t game, uint64_t from, uint64_t to,
                          store_history_fn *visit, void *arg)
{
    return store->ops->history(store, game, from, to, visit, arg);
}

enum status store_prune_find(struct store *store, enum store_stale kind, int64_t before_ms,
                             uint64_t above, size_t rows, store_stale_fn *visit, void *arg,
                             uint64_t *ret_next)
{
    ENSURE(kind < STORE_STALE_COUNT && rows > 0);
    return store->ops->prune_find(store, kind, before_ms, above, rows, visit, arg, ret_next);
}

enum status store_purge(struct store *store, size_t rows, bool *ret_more)
{
    ENSURE(rows > 0);
    return store->ops->purge(store, rows, ret_more);
}

enum status store_vacuum(struct store *store, size_t pages, bool *ret_more)
{
    ENSURE(pages > 0);
    return store->ops->vacuum(store, pages, ret_more);
}

enum status store_checkpoint(struct store *store)
{
    return store->ops->checkpoint(store);
}

size_t store_wal_pages(struct store *store)
{
    return store->ops->wal_pages(store);
}

uint64_t store_bytes(struct store *store)
{
    return store->ops->bytes(store);
}
