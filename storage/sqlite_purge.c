/* What goes: deleted games piece by piece, what retention finds, and unused pages.
 *
 * A deleted game is a row in `doomed` that leads through its journal from the newest row back. To
 * delete a journal row, SQLite would look for a game whose `tail` refers to it, and to delete a game,
 * for a journal row of it: there is no index for either question, as an append would pay for it, so
 * each row taken out would read all games, and each game the whole journal. The purge knows the
 * answers (a deleted game has no tail, and it goes after its last journal row), so the references are
 * not checked while it runs, in transactions in which nothing else happens. Switching that makes SQLite
 * prepare its statements anew when each is used next: some 10 us for each, once after each piece. */
#include "storage/sqlite_engine.h"

#include <stdio.h>

#include "app/base/limits.h"

/* ---- deletion ---- */

/* A statement about one row, its only argument. */
static enum status run_on(struct sqlite_store *s, enum sqlite_statement which, uint64_t row)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, which);
    sqlite_bind_int(stmt, 1, sqlite_clamp(row));
    return sqlite_run(s, stmt);
}

static enum status add_doomed(struct sqlite_store *s, uint64_t game, int64_t seq, int64_t left)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_DOOMED_ADD);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    sqlite_bind_link(stmt, 2, seq);
    sqlite_bind_int(stmt, 3, left);
    return sqlite_run(s, stmt);
}

enum status sqlite_game_doom(struct store *store, uint64_t game)
{
    static const enum sqlite_statement emptying[] = {SQL_GAME_SAVES_DROP, SQL_GAME_MEMBERS_DROP,
                                                     SQL_GAME_INVITATIONS_DROP, SQL_GAME_EMPTY};
    struct sqlite_store *s = sqlite_engine(store);
    int64_t version = 0, tail = 0;
    enum status st = sqlite_check_writable(s);
    if (st == OK)
        st = sqlite_find_tail(s, game, &version, &tail);
    if (st == OK && version == 0)
        st = ERR_NOT_FOUND;
    if (st != OK)
        return st;
    st = add_doomed(s, game, tail, version);
    for (size_t i = 0; st == OK && i < COUNT_OF(emptying); i++)
        st = run_on(s, emptying[i], game);
    if (st == ERR_CONFLICT) /* half of it happened: that must not be committed */
        s->broken = true;
    return st == ERR_CONFLICT ? ERR_CORRUPT : st;
}

enum status sqlite_check_alive(struct sqlite_store *s, uint64_t game)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_DOOMED_FIND);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    const enum status st = sqlite_first_row(s, stmt);
    if (st == OK)
        sqlite_done(stmt);
    return st == OK ? ERR_CONFLICT : st == ERR_NOT_FOUND ? OK : st;
}

/* ---- the purge ---- */

struct doomed {
    int64_t game, seq, left;
};

/* ERR_NOT_FOUND    nothing is left to be done. */
static enum status next_doomed(struct sqlite_store *s, struct doomed *ret)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_DOOMED_NEXT);
    sqlite_bind_int(stmt, 1, 0);
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    const bool good = sqlite_column_int(stmt, 0, 1, INT64_MAX, &ret->game) &&
                      sqlite_column_link(stmt, 1, INT64_MAX, &ret->seq) &&
                      sqlite_column_int(stmt, 2, 0, INT64_MAX, &ret->left);
    sqlite_done(stmt);
    return good ? OK : ERR_CORRUPT;
}

/* Is the row the one that is due, and what is before it? A walk that leads astray ends: then
 * *ret_prev is 0 while rows are left. */
static enum status find_before(struct sqlite_store *s, const struct doomed *doomed,
                               int64_t *ret_prev, bool *ret_good)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_JOURNAL_ROW);
    int64_t game = 0, version = 0;
    *ret_prev = 0;
    *ret_good = false;
    sqlite_bind_int(stmt, 1, doomed->seq);
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st == ERR_NOT_FOUND ? OK : st;
    *ret_good = sqlite_column_int(stmt, 0, doomed->game, doomed->game, &game) &&
                sqlite_column_int(stmt, 1, doomed->left, doomed->left, &version) &&
                sqlite_column_link(stmt, 2, doomed->seq - 1, ret_prev);
    sqlite_done(stmt);
    return OK;
}

/* Take out up to *rows journal rows of the game, and count them off. */
static enum status drop_rows(struct sqlite_store *s, struct doomed *doomed, size_t *rows)
{
    enum status st = OK;
    while (st == OK && doomed->seq > 0 && *rows > 0) {
        int64_t prev = 0;
        bool good = false;
        st = find_before(s, doomed, &prev, &good);
        if (st == OK && good) {
            sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_JOURNAL_DROP);
            sqlite_bind_int(stmt, 1, doomed->seq);
            st = sqlite_run(s, stmt);
            doomed->left--;
            (*rows)--;
        }
        doomed->seq = prev;
    }
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_DOOMED_MOVE);
    sqlite_bind_int(stmt, 1, doomed->game);
    sqlite_bind_link(stmt, 2, doomed->seq);
    sqlite_bind_int(stmt, 3, doomed->left);
    return sqlite_run(s, stmt);
}

/* The game's own row, unless it is the newest. Its story stays: versions of another game may have been
 * played with that edition. */
static enum status drop_game(struct sqlite_store *s, int64_t game)
{
    sqlite3_stmt *find = sqlite_statement_of(s, SQL_GAME_IS_NEWEST);
    sqlite_bind_int(find, 1, game);
    enum status st = sqlite_first_row(s, find);
    if (st != OK)
        return st == ERR_NOT_FOUND ? ERR_CORRUPT : st;
    const bool newest = sqlite3_column_int64(find, 0) == 1;
    sqlite_done(find);
    if (newest)
        return OK;
    st = run_on(s, SQL_DOOMED_DROP, (uint64_t)game);
    return st == OK ? run_on(s, SQL_GAME_DROP, (uint64_t)game) : st;
}

static enum status purge_piece(struct sqlite_store *s, size_t rows)
{
    struct doomed doomed;
    enum status st = OK;
    while (rows > 0) {
        st = next_doomed(s, &doomed);
        if (st == OK)
            st = drop_rows(s, &doomed, &rows);
        if (st == OK && doomed.left == 0)
            st = drop_game(s, doomed.game);
        if (st != OK)
            break;
        rows -=
            rows > 0; /* a game counts as a row of it, so that many small ones are bounded, too */
    }
    return st == ERR_NOT_FOUND ? OK : st;
}

static void check_references(struct sqlite_store *s, bool check)
{
    ENSURE(sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_FKEY, check ? 1 : 0, NULL) == SQLITE_OK);
}

static enum status has_doomed(struct sqlite_store *s, bool *ret)
{
    struct doomed doomed;
    const enum status st = next_doomed(s, &doomed);
    *ret = st == OK;
    return st == ERR_NOT_FOUND ? OK : st;
}

enum status sqlite_purge(struct store *store, size_t rows, bool *ret_more)
{
    struct sqlite_store *s = sqlite_engine(store);
    ENSURE(s->mode == SQLITE_WRITER && !s->open);
    enum status st = has_doomed(s, ret_more);
    if (st != OK || !*ret_more)
        return st;
    check_references(s, false);
    st = sqlite_begin(store);
    if (st == OK) {
        st = purge_piece(s, rows);
        if (st == OK)
            st = has_doomed(s, ret_more);
        const enum status ended = st == OK ? sqlite_commit(store) : OK;
        if (st != OK)
            sqlite_rollback(store);
        st = st == OK ? ended : st;
    }
    check_references(s, true);
    return st;
}

/* ---- retention ---- */

/* The one number of a query that has its arguments; *ret stays when there is none. */
static enum status find_number(struct sqlite_store *s, sqlite3_stmt *stmt, int64_t *ret)
{
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st == ERR_NOT_FOUND ? OK : st;
    if (sqlite3_column_type(stmt, 0) == SQLITE_INTEGER)
        *ret = sqlite3_column_int64(stmt, 0);
    sqlite_done(stmt);
    return OK;
}

#define REQUESTS_MARK SLICE("request ids")

/* Where a search for old request ids begins: rows up to there have none any more. */
static enum status skip_forgotten(struct sqlite_store *s, int64_t *above)
{
    int64_t mark = 0;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_MARK_FIND);
    sqlite_bind_text(stmt, 1, REQUESTS_MARK);
    const enum status st = find_number(s, stmt, &mark);
    if (mark > *above)
        *above = mark;
    return st;
}

/* Was the first row above `above` accepted before that time? */
static enum status is_next_old(struct sqlite_store *s, int64_t above, int64_t before_ms, bool *ret)
{
    int64_t at_ms = before_ms;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_JOURNAL_TIME);
    sqlite_bind_int(stmt, 1, above);
    const enum status st = find_number(s, stmt, &at_ms);
    *ret = at_ms < before_ms;
    return st;
}

static enum status visit_stale(struct sqlite_store *s, sqlite3_stmt *stmt, store_stale_fn *visit,
                               void *arg)
{
    enum status st = sqlite_first_row(s, stmt);
    while (st == OK) {
        struct store_stale_row row = {.row = 0};
        int64_t status = 0;
        const bool good = sqlite_column_count(stmt, 0, &row.row) &&
                          sqlite_column_bytes(stmt, 1, 0, LIMIT_ID_BYTES, &row.name) &&
                          sqlite_column_time(stmt, 2, &row.at_ms) &&
                          sqlite_column_int(stmt, 3, 0, UINT8_MAX, &status);
        row.status = (uint8_t)status;
        if (!good)
            st = ERR_CORRUPT;
        else if (!visit(arg, &row))
            break;
        else
            st = sqlite_first_row(s, stmt);
    }
    sqlite_done(stmt);
    return st == ERR_NOT_FOUND ? OK : st;
}

enum status sqlite_prune_find(struct store *store, enum store_stale kind, int64_t before_ms,
                              uint64_t above, size_t rows, store_stale_fn *visit, void *arg,
                              uint64_t *ret_next)
{
    struct sqlite_store *s = sqlite_engine(store);
    const bool requests = kind == STORE_STALE_REQUEST_IDS;
    int64_t from = sqlite_clamp(above), last = 0;
    bool more = true;
    enum status st = requests ? skip_forgotten(s, &from) : OK;
    if (st == OK)
        st =
            find_number(s, sqlite_statement_of(s, (enum sqlite_statement)(SQL_LAST + kind)), &last);
    if (st != OK)
        return st;
    const int64_t to = sqlite_clamp(rows) < last - from ? from + sqlite_clamp(rows) : last;
    sqlite3_stmt *stmt = sqlite_statement_of(s, (enum sqlite_statement)(SQL_STALE + kind));
    sqlite_bind_int(stmt, 1, from);
    sqlite_bind_int(stmt, 2, to);
    sqlite_bind_int(stmt, 3, before_ms);
    st = visit_stale(s, stmt, visit, arg);
    if (st == OK && requests && to < last)
        st = is_next_old(s, to, before_ms, &more);
    if (st == OK)
        *ret_next = more && to < last ? (uint64_t)to : 0;
    return st;
}

static enum status drop_session(struct sqlite_store *s, uint64_t session)
{
    static const enum sqlite_statement drops[] = {SQL_SESSION_DEVICES_DROP, SQL_SESSION_CARRY_DROP,
                                                  SQL_SESSION_DROP};
    enum status st = OK;
    for (size_t i = 0; st == OK && i < COUNT_OF(drops); i++)
        st = run_on(s, drops[i], session);
    return st;
}

static enum status forget_request(struct sqlite_store *s, uint64_t seq)
{
    const enum status st = run_on(s, SQL_REQUEST_FORGET, seq);
    if (st != OK)
        return st;
    sqlite3_stmt *mark = sqlite_statement_of(s, SQL_MARK_PUT);
    sqlite_bind_text(mark, 1, REQUESTS_MARK);
    sqlite_bind_int(mark, 2, sqlite_clamp(seq));
    return sqlite_run(s, mark);
}

enum status sqlite_prune_drop(struct store *store, enum store_stale kind,
                              const struct store_stale_row *row)
{
    struct sqlite_store *s = sqlite_engine(store);
    enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    switch (kind) {
    case STORE_STALE_SESSIONS: st = drop_session(s, row->row); break;
    case STORE_STALE_DEVICES: st = sqlite_device_remove(store, row->row, row->name); break;
    case STORE_STALE_CARRIES: st = run_on(s, SQL_SESSION_CARRY_DROP, row->row); break;
    case STORE_STALE_INVITATIONS: st = sqlite_invitation_remove(store, row->row, row->name); break;
    case STORE_STALE_REQUEST_IDS: st = forget_request(s, row->row); break;
    case STORE_STALE_LINK_GAMES:
    case STORE_STALE_COUNT: ENSURE(false);
    }
    /* It was found in this transaction: half of it may be gone now. */
    if (st == ERR_CONFLICT || st == ERR_NOT_FOUND) {
        s->broken = true;
        st = ERR_CORRUPT;
    }
    return st;
}

/* ---- unused pages ---- */

/* How many pages could be given back; 0 also for a database that cannot. */
static enum status count_spare(struct sqlite_store *s, int64_t *ret)
{
    int64_t unused = 0, pages = 0, kind = 0;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_FREE_PAGES);
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    const bool good = sqlite_column_int(stmt, 0, 0, INT64_MAX, &unused) &&
                      sqlite_column_int(stmt, 1, 0, INT64_MAX, &pages) &&
                      sqlite_column_int(stmt, 2, 0, 2, &kind);
    sqlite_done(stmt);
    *ret = kind == 2 && unused > pages / 10 ? unused - pages / 10 : 0;
    return good ? OK : ERR_CORRUPT;
}

/* The pragma takes its number as text, and gives a row for each page. */
static enum status vacuum_pages(struct sqlite_store *s, int64_t pages)
{
    char text[64];
    sqlite3_stmt *stmt = NULL;
    (void)snprintf(text, sizeof text, "PRAGMA incremental_vacuum(%lld)", (long long)pages);
    int result = sqlite3_prepare_v2(s->db, text, -1, &stmt, NULL);
    if (result == SQLITE_OK) {
        do
            result = sqlite3_step(stmt);
        while (result == SQLITE_ROW);
    }
    (void)sqlite3_finalize(stmt);
    return sqlite_judge(s, result);
}

enum status sqlite_vacuum(struct store *store, size_t pages, bool *ret_more)
{
    struct sqlite_store *s = sqlite_engine(store);
    int64_t spare = 0;
    ENSURE(s->mode == SQLITE_WRITER && !s->open);
    *ret_more = false;
    enum status st = count_spare(s, &spare);
    if (st != OK || spare == 0)
        return st;
    st = sqlite_begin(store);
    if (st != OK)
        return st;
    const int64_t most = sqlite_clamp(pages);
    st = vacuum_pages(s, spare < most ? spare : most);
    if (st != OK) {
        sqlite_rollback(store);
        return st;
    }
    *ret_more = spare > most;
    return sqlite_commit(store);
}
