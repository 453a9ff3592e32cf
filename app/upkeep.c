#include "app/upkeep.h"

#include <string.h>

#include "app/base/limits.h"
#include "app/game/state.h"

/* Of one step: what it costs was measured, see docs/storage.md. */
enum { PURGE_ROWS = 32, VACUUM_PAGES = 32, SEARCH_ROWS = 256, DROPS = 32 };

enum { DAY_MS = 24 * 60 * 60 * 1000, RETRY_MS = 60 * 1000 };

void upkeep_init(struct upkeep *upkeep, const struct upkeep_config *config)
{
    *upkeep = (struct upkeep){
        .config = *config, .purging = !config->dry, .kind = STORE_STALE_COUNT, .above = 0};
}

void upkeep_purge(struct upkeep *upkeep)
{
    upkeep->purging = true;
}

bool upkeep_is_due(const struct upkeep *upkeep, int64_t now_ms)
{
    return now_ms >= upkeep->retry_ms &&
           (upkeep->purging || upkeep->vacuuming || upkeep->kind < STORE_STALE_COUNT ||
            now_ms >= upkeep->next_round_ms);
}

/* ---- one piece of retention ---- */

/* Since when must nobody have used it? False: it is kept for ever. */
static bool time_limit(const struct upkeep *upkeep, int64_t now_ms, int64_t *ret_before_ms)
{
    const struct upkeep_settings *settings = &upkeep->config.settings;
    uint64_t days = 0;
    *ret_before_ms = now_ms;
    switch ((enum store_stale)upkeep->kind) {
    case STORE_STALE_LINK_GAMES: days = settings->link_games_days; break;
    case STORE_STALE_SESSIONS:
    case STORE_STALE_DEVICES: days = settings->sessions_days; break;
    case STORE_STALE_REQUEST_IDS: days = settings->request_ids_days; break;
    case STORE_STALE_CARRIES:
    case STORE_STALE_INVITATIONS: return true; /* what has expired is of no use to anybody */
    case STORE_STALE_COUNT: return false;
    }
    *ret_before_ms = now_ms - (int64_t)days * DAY_MS;
    return days > 0;
}

/* What one search found. Names are copied, as they are gone when the search has ended. */
struct finds {
    struct upkeep *upkeep;
    struct store_stale_row rows[DROPS];
    char names[DROPS][LIMIT_ID_BYTES];
    size_t count;
    bool full; /* there was more than there is room for */
};

static bool on_stale(void *arg, const struct store_stale_row *row)
{
    struct finds *finds = arg;
    struct upkeep *upkeep = finds->upkeep;
    if (upkeep->kind == STORE_STALE_LINK_GAMES && row->status == GAME_ACTIVE)
        return true;
    if (upkeep->config.dry) {
        upkeep->found[upkeep->kind]++;
        return upkeep->config.on_dry(upkeep->config.arg, row);
    }
    finds->full = finds->count == DROPS;
    if (finds->full)
        return false;
    struct store_stale_row *kept = &finds->rows[finds->count];
    *kept = *row;
    if (row->name.len > 0)
        memcpy(finds->names[finds->count], row->name.at, row->name.len);
    kept->name = slice_make(finds->names[finds->count], row->name.len);
    finds->count++;
    return true;
}

static enum status drop(struct upkeep *upkeep, const struct store_stale_row *row)
{
    const enum store_stale kind = (enum store_stale)upkeep->kind;
    bool gone = true;
    const enum status st = kind == STORE_STALE_LINK_GAMES
                               ? upkeep->config.on_game(upkeep->config.arg, row, &gone)
                               : store_prune_drop(upkeep->config.store, kind, row);
    if (st == OK && gone)
        upkeep->found[kind]++;
    if (st == OK && gone && kind == STORE_STALE_LINK_GAMES)
        upkeep->purging = true;
    return st;
}

/* What was found goes, all of it or nothing. */
static enum status drop_all(struct upkeep *upkeep, const struct finds *finds)
{
    struct store *store = upkeep->config.store;
    const uint64_t found = upkeep->found[upkeep->kind];
    enum status st = store_begin(store);
    if (st != OK)
        return st;
    for (size_t i = 0; st == OK && i < finds->count; i++)
        st = drop(upkeep, &finds->rows[i]);
    if (st == OK)
        st = store_commit(store);
    else
        store_rollback(store);
    if (st != OK)
        upkeep->found[upkeep->kind] = found;
    return st;
}

/* Where does the search go on after finds that were too many? A session or a game can have several:
 * those that were found are gone, and the row is searched once more. */
static uint64_t after_finds(const struct upkeep *upkeep, const struct finds *finds)
{
    const uint64_t last = finds->rows[DROPS - 1].row;
    const bool several =
        upkeep->kind == STORE_STALE_DEVICES || upkeep->kind == STORE_STALE_INVITATIONS;
    return several ? last - 1 : last;
}

/* A piece of what the round is at; the round goes on with the next kind when that was its last. */
static enum status search_piece(struct upkeep *upkeep, int64_t now_ms)
{
    struct finds finds = {.upkeep = upkeep};
    int64_t before_ms;
    uint64_t next = 0;
    enum status st = OK;
    if (time_limit(upkeep, now_ms, &before_ms))
        st = store_prune_find(upkeep->config.store, (enum store_stale)upkeep->kind, before_ms,
                              upkeep->above, SEARCH_ROWS, on_stale, &finds, &next);
    if (st == OK && finds.count > 0)
        st = drop_all(upkeep, &finds);
    if (st != OK)
        return st;
    const bool more = finds.full || next != 0;
    upkeep->above = finds.full ? after_finds(upkeep, &finds) : next;
    upkeep->kind += more ? 0 : 1;
    return OK;
}

/* ---- steps ---- */

static enum status take_step(struct upkeep *upkeep, int64_t now_ms, bool *ret_round)
{
    struct store *store = upkeep->config.store;
    enum status st = OK;
    bool more = false;
    if (upkeep->purging) {
        st = store_purge(store, PURGE_ROWS, &more);
        if (st != OK)
            return st;
        upkeep->purging = more;
        upkeep->vacuuming = true;
    } else if (upkeep->vacuuming) {
        st = store_vacuum(store, VACUUM_PAGES, &more);
        if (st == OK)
            upkeep->vacuuming = more;
    } else if (upkeep->kind < STORE_STALE_COUNT) {
        st = search_piece(upkeep, now_ms);
        *ret_round = st == OK && upkeep->kind == STORE_STALE_COUNT;
    } else {
        upkeep->kind = 0;
        upkeep->above = 0;
        memset(upkeep->found, 0, sizeof(upkeep->found));
        upkeep->next_round_ms = now_ms + DAY_MS;
    }
    return st;
}

enum status upkeep_step(struct upkeep *upkeep, int64_t now_ms, bool *ret_round)
{
    *ret_round = false;
    if (!upkeep_is_due(upkeep, now_ms))
        return OK;
    const enum status st = take_step(upkeep, now_ms, ret_round);
    if (st != OK)
        upkeep->retry_ms = now_ms + RETRY_MS;
    return st;
}
