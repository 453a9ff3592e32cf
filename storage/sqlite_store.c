/* One SQLite connection as a store. The schema and why it is so: storage/sqlite_schema.c.
 *
 * What makes a commit durable: the log (WAL) is synced by COMMIT itself, because synchronous is
 * FULL, and everything else (moving pages from the log into the database) may happen later and
 * elsewhere. So the writer never checkpoints by itself, with one exception: a reader or a slow
 * checkpointer can keep the log from ever starting again at its beginning, and above WAL_CAP_PAGES
 * the writer pays for a checkpoint between two transactions rather than let the log grow for ever.
 *
 * Who holds what:
 *
 *     flock     on a descriptor of our own: one writer per file on this machine, also against
 *               another casysd that was started by mistake
 *     fcntl     SQLite's own locks, against other programs that read the file (backup, a shell).
 *               The kernel drops them when the process closes ANY descriptor of the file. So the
 *               descriptor of the flock stays open until SQLite has closed the database, and the
 *               writer is opened first and freed last.
 *
 * A commit whose sync failed is rolled back, but it stays in the log, whole, behind the last good
 * transaction: whoever opens the file after a crash would take it for a good one, and the refused
 * batch would have happened after all. So the store writes over it at once (retract): another
 * transaction, which changes nothing, in the same place of the log. It does not matter whether that
 * one is synced; it matters that the refused one is gone. While it cannot even be written, no
 * transaction begins.
 *
 * After a step of a transaction failed, SQLite may have rolled back by itself, and the next
 * statement would then be a transaction of its own. `broken` stands against that: nothing more is
 * written, and the commit rolls back and says ERR_IO. */
#include "storage/sqlite_store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "app/base/limits.h"
#include "app/base/log.h"
#include "storage/sqlite_file.h"
#include "storage/sqlite_schema.h"

enum {
    REASON_SIZE = 200,
    /* Another program may hold the file for a moment; the sequencer stands still for as long. */
    BUSY_MS = 1000,
    PAGE_BYTES = 4096,
    WAL_CAP_PAGES = 32000,
};

/* What SQLite's check puts above its findings. */
#define HEADING SLICE("*** in database")

struct sqlite_store {
    struct store store; /* first: a store is cast back to its engine */
    sqlite3 *db;
    int lock_fd; /* the writer's flock, or -1 */
    enum sqlite_mode mode;
    bool open;        /* between begin and commit or rollback */
    bool broken;      /* a step failed: only rollback may follow */
    bool retracting;  /* what a failed commit left in the log could not be written over yet */
    size_t unborn;    /* games that were created since begin and have no version yet */
    size_t wal_pages; /* after the last commit */
    uint64_t bytes;   /* the same; of the database */
    sqlite3_stmt *statements[SQL_COUNT];
};

static struct sqlite_store *engine_of(struct store *store)
{
    return container_of(store, struct sqlite_store, store);
}

/* ---- results ---- */

static enum status status_of(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return OK;
    case SQLITE_CONSTRAINT: return ERR_CONFLICT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ERR_CORRUPT;
    default: return ERR_IO; /* the disk is full or failing, or another program holds the file */
    }
}

/* The status of a step; a failed one breaks the transaction. A constraint undoes its own statement
 * and nothing else (SQLite's ABORT), so the transaction may go on after it. */
static enum status judge(struct sqlite_store *s, int result)
{
    const enum status st = status_of(result);
    if (st != OK && st != ERR_CONFLICT && s->open)
        s->broken = true;
    return st;
}

/* ---- one statement ---- */

/* SQLite counts to 2^63 - 1. No row and no version ever has a larger number, so the largest one
 * stands for all of them. */
static int64_t clamp(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

static sqlite3_stmt *statement(struct sqlite_store *s, enum sqlite_statement which)
{
    sqlite3_stmt *stmt = s->statements[which];
    ENSURE(stmt);                     /* a reader is asked to read only */
    ENSURE(!sqlite3_stmt_busy(stmt)); /* a visitor does not call the store it visits */
    return stmt;
}

static void bind_int(sqlite3_stmt *stmt, int at, int64_t value)
{
    ENSURE(sqlite3_bind_int64(stmt, at, value) == SQLITE_OK);
}

/* The seq of a journal row; 0 stands for none, which is NULL. */
static void bind_link(sqlite3_stmt *stmt, int at, int64_t seq)
{
    if (seq > 0)
        bind_int(stmt, at, seq);
    else
        ENSURE(sqlite3_bind_null(stmt, at) == SQLITE_OK);
}

/* Borrowed until the statement is reset. SQLite takes a NULL pointer for NULL, which is not the
 * same as no bytes. */
static void bind_blob(sqlite3_stmt *stmt, int at, struct slice s)
{
    ENSURE(s.len <= INT_MAX);
    const void *bytes = s.len > 0 ? (const void *)s.at : "";
    ENSURE(sqlite3_bind_blob(stmt, at, bytes, (int)s.len, SQLITE_STATIC) == SQLITE_OK);
}

static void bind_text(sqlite3_stmt *stmt, int at, struct slice s)
{
    ENSURE(s.len <= INT_MAX);
    const char *bytes = s.len > 0 ? (const char *)s.at : "";
    ENSURE(sqlite3_bind_text(stmt, at, bytes, (int)s.len, SQLITE_STATIC) == SQLITE_OK);
}

/* An open reading statement is an open reading transaction, and that keeps the log from starting
 * again: every statement is reset as soon as its row was copied. */
static void done(sqlite3_stmt *stmt)
{
    (void)sqlite3_reset(stmt); /* repeats the result of the last step */
    (void)sqlite3_clear_bindings(stmt);
}

/* A statement without rows. */
static enum status run(struct sqlite_store *s, sqlite3_stmt *stmt)
{
    const int result = sqlite3_step(stmt);
    ENSURE(result != SQLITE_ROW);
    done(stmt);
    return judge(s, result);
}

static enum status run_plain(struct sqlite_store *s, enum sqlite_statement which)
{
    return run(s, statement(s, which));
}

/* The first row of a query, which the caller reads before done().
 * ERR_NOT_FOUND    there is none; the statement is done. */
static enum status first_row(struct sqlite_store *s, sqlite3_stmt *stmt)
{
    const int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW)
        return OK;
    done(stmt);
    return result == SQLITE_DONE ? ERR_NOT_FOUND : judge(s, result);
}

/* ---- columns: what is read is not trusted to be what was written ---- */

/* A number from min to max. */
static bool column_int(sqlite3_stmt *stmt, int at, int64_t min, int64_t max, int64_t *ret)
{
    if (sqlite3_column_type(stmt, at) != SQLITE_INTEGER)
        return false;
    *ret = sqlite3_column_int64(stmt, at);
    return *ret >= min && *ret <= max;
}

/* A number above 0: a row, a version. */
static bool column_count(sqlite3_stmt *stmt, int at, uint64_t *ret)
{
    int64_t number = 0;
    if (!column_int(stmt, at, 1, INT64_MAX, &number))
        return false;
    *ret = (uint64_t)number;
    return true;
}

/* The seq of a journal row up to max, or 0 for none. */
static bool column_link(sqlite3_stmt *stmt, int at, int64_t max, int64_t *ret)
{
    if (sqlite3_column_type(stmt, at) != SQLITE_NULL)
        return column_int(stmt, at, 1, max, ret);
    *ret = 0;
    return true;
}

/* min to max bytes, of a blob or a text; borrowed until the next step. */
static bool column_bytes(sqlite3_stmt *stmt, int at, size_t min, size_t max, struct slice *ret)
{
    const int type = sqlite3_column_type(stmt, at);
    if (type != SQLITE_BLOB && type != SQLITE_TEXT)
        return false;
    const void *bytes = sqlite3_column_blob(stmt, at);
    *ret = slice_make(bytes, (size_t)sqlite3_column_bytes(stmt, at));
    return ret->len >= min && ret->len <= max && (bytes || ret->len == 0);
}

static bool column_id(sqlite3_stmt *stmt, int at, struct slice *ret)
{
    return column_bytes(stmt, at, 1, LIMIT_ID_BYTES, ret);
}

/* Exactly len bytes, copied. */
static bool column_fixed(sqlite3_stmt *stmt, int at, uint8_t *ret, size_t len)
{
    struct slice bytes;
    if (!column_bytes(stmt, at, len, len, &bytes))
        return false;
    memcpy(ret, bytes.at, len);
    return true;
}

/* ---- transactions ---- */

/* See the top of this file. */
static void retract(struct sqlite_store *s)
{
    s->retracting = run_plain(s, SQL_BEGIN) != OK || run_plain(s, SQL_TOUCH) != OK;
    if (!s->retracting) {
        /* A sync that fails comes after the writing, which is what this is for. */
        const int result = sqlite3_step(statement(s, SQL_COMMIT));
        done(statement(s, SQL_COMMIT));
        s->retracting = result != SQLITE_DONE && result != SQLITE_IOERR_FSYNC;
    }
    if (!sqlite3_get_autocommit(s->db))
        (void)run_plain(s, SQL_ROLLBACK);
}

static enum status begin(struct store *store)
{
    struct sqlite_store *s = engine_of(store);
    ENSURE(s->mode == SQLITE_WRITER && !s->open);
    if (s->retracting)
        retract(s);
    if (s->retracting)
        return ERR_IO;
    const enum status st = run_plain(s, SQL_BEGIN);
    s->open = st == OK;
    s->broken = false;
    s->unborn = 0;
    return st;
}

static void rollback(struct store *store)
{
    struct sqlite_store *s = engine_of(store);
    if (!s->open)
        return;
    s->open = false;
    s->broken = false;
    /* SQLite may have done it by itself. When it cannot be done (which it says of no memory only),
     * the next begin fails, and that is told. */
    if (!sqlite3_get_autocommit(s->db))
        (void)run_plain(s, SQL_ROLLBACK);
}

/* A number for people: without one, the last one stays. */
static void measure(struct sqlite_store *s)
{
    int64_t pages = 0;
    sqlite3_stmt *stmt = statement(s, SQL_PAGES);
    if (first_row(s, stmt) != OK)
        return;
    if (column_int(stmt, 0, 0, INT64_MAX / PAGE_BYTES, &pages))
        s->bytes = (uint64_t)pages * PAGE_BYTES;
    done(stmt);
}

static enum status commit(struct store *store)
{
    struct sqlite_store *s = engine_of(store);
    ENSURE(s->open);
    enum status st = s->broken ? ERR_IO : s->unborn > 0 ? ERR_CONFLICT : OK;
    if (st != OK) {
        rollback(store);
        return st;
    }
    const uint64_t bytes_before = s->bytes;
    measure(s); /* inside, where it costs no lock */
    st = run_plain(s, SQL_COMMIT);
    if (st != OK) {
        s->bytes = bytes_before;
        const int cause = sqlite3_extended_errcode(s->db);
        rollback(store);
        /* What makes a transaction whole is written last: without it there is nothing to retract. */
        if (cause != SQLITE_FULL && cause != SQLITE_IOERR_WRITE)
            retract(s);
        return st;
    }
    s->open = false;
    /* What was committed stays so whatever becomes of this: a failure is met again at the next
     * commit, while the log can still be written. */
    if (s->wal_pages > WAL_CAP_PAGES)
        (void)sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return OK;
}

/* May this call write? */
static enum status check_writable(const struct sqlite_store *s)
{
    ENSURE(s->mode == SQLITE_WRITER && s->open);
    return s->broken ? ERR_IO : OK;
}

/* ---- writing ---- */

static enum status put_story(struct sqlite_store *s, const struct store_new_game *game,
                             int64_t *ret_row)
{
    sqlite3_stmt *find = statement(s, SQL_STORY_FIND);
    bind_blob(find, 1, slice_make(game->story_hash, SHA256_LEN));
    const enum status st = first_row(s, find);
    if (st == OK) {
        *ret_row = sqlite3_column_int64(find, 0);
        done(find);
    }
    if (st != ERR_NOT_FOUND)
        return st;
    sqlite3_stmt *add = statement(s, SQL_STORY_ADD);
    bind_blob(add, 1, slice_make(game->story_hash, SHA256_LEN));
    bind_text(add, 2, game->story_id);
    bind_text(add, 3, game->story_title);
    bind_blob(add, 4, game->story_source);
    const enum status added = run(s, add);
    *ret_row = sqlite3_last_insert_rowid(s->db);
    return added;
}

static enum status put_member(struct sqlite_store *s, uint64_t game, uint64_t session,
                              enum store_role role)
{
    sqlite3_stmt *stmt = statement(s, role == STORE_NOBODY ? SQL_MEMBER_DROP : SQL_MEMBER_PUT);
    bind_int(stmt, 1, clamp(session));
    bind_int(stmt, 2, clamp(game));
    if (role != STORE_NOBODY)
        bind_int(stmt, 3, role);
    return run(s, stmt);
}

static enum status put_game(struct sqlite_store *s, const struct store_new_game *game,
                            uint64_t *ret_row)
{
    int64_t story = 0;
    enum status st = put_story(s, game, &story);
    if (st != OK)
        return st;
    sqlite3_stmt *add = statement(s, SQL_GAME_ADD);
    bind_text(add, 1, game->name);
    bind_int(add, 2, story);
    bind_int(add, 3, clamp(game->owner));
    bind_int(add, 4, game->link);
    bind_blob(add, 5, slice_make(game->seed, STORE_SEED_LEN));
    bind_int(add, 6, game->at_ms);
    st = run(s, add);
    if (st != OK)
        return st;
    const uint64_t row = (uint64_t)sqlite3_last_insert_rowid(s->db);
    st = put_member(s, row, game->owner, STORE_OWNER);
    if (st == OK)
        *ret_row = row;
    return st;
}

static enum status game_create(struct store *store, const struct store_new_game *game,
                               uint64_t *ret_row)
{
    struct sqlite_store *s = engine_of(store);
    enum status st = check_writable(s);
    if (st != OK)
        return st;
    /* Three rows or none: the savepoint takes back the story of a game whose name is taken. */
    st = run_plain(s, SQL_SAVEPOINT);
    if (st != OK)
        return st;
    const enum status put = put_game(s, game, ret_row);
    if (put != OK && !s->broken)
        st = run_plain(s, SQL_SAVEPOINT_UNDO);
    if (st == OK && !s->broken)
        st = run_plain(s, SQL_SAVEPOINT_RELEASE);
    if (st == OK)
        st = put;
    s->unborn += st == OK;
    return st;
}

/* The game's version and the seq of its newest row.
 * ERR_NOT_FOUND    no such game. */
static enum status find_tail(struct sqlite_store *s, uint64_t game, int64_t *ret_version,
                             int64_t *ret_tail)
{
    sqlite3_stmt *stmt = statement(s, SQL_TAIL);
    bind_int(stmt, 1, clamp(game));
    const enum status st = first_row(s, stmt);
    if (st != OK)
        return st;
    const bool good = column_int(stmt, 0, 0, INT64_MAX, ret_version) &&
                      column_link(stmt, 1, INT64_MAX, ret_tail) &&
                      (*ret_version == 0) == (*ret_tail == 0);
    done(stmt);
    return good ? OK : ERR_CORRUPT;
}

static enum status add_journal(struct sqlite_store *s, const struct store_entry *entry,
                               int64_t prev)
{
    sqlite3_stmt *stmt = statement(s, SQL_JOURNAL_ADD);
    bind_int(stmt, 1, clamp(entry->game));
    bind_int(stmt, 2, clamp(entry->version));
    bind_link(stmt, 3, prev);
    bind_int(stmt, 4, entry->at_ms);
    if (entry->request_id.len > 0) { /* otherwise both stay NULL */
        bind_blob(stmt, 5, entry->request_id);
        bind_blob(stmt, 6, slice_make(entry->request_print, STORE_PRINT_LEN));
    }
    bind_blob(stmt, 7, entry->event);
    return run(s, stmt);
}

static enum status move_game(struct sqlite_store *s, const struct store_entry *entry, int64_t tail)
{
    sqlite3_stmt *stmt = statement(s, SQL_GAME_MOVE);
    bind_int(stmt, 1, clamp(entry->game));
    bind_int(stmt, 2, clamp(entry->version) - 1);
    bind_int(stmt, 3, clamp(entry->version));
    bind_int(stmt, 4, tail);
    bind_int(stmt, 5, entry->at_ms);
    bind_int(stmt, 6, entry->status);
    bind_int(stmt, 7, entry->section);
    bind_blob(stmt, 8, entry->state);
    bind_blob(stmt, 9, entry->snapshot);
    return run(s, stmt);
}

static enum status append(struct store *store, const struct store_entry *entry)
{
    struct sqlite_store *s = engine_of(store);
    enum status st = check_writable(s);
    if (st != OK)
        return st;
    int64_t version = 0, tail = 0;
    st = find_tail(s, entry->game, &version, &tail);
    if (st == ERR_NOT_FOUND)
        return ERR_CONFLICT;
    if (st != OK)
        return st;
    /* No game without a version was ever committed, so such a one is of this transaction. */
    if (version == 0 && s->unborn == 0)
        return ERR_CORRUPT;
    if (version == INT64_MAX || entry->version != (uint64_t)version + 1)
        return ERR_CONFLICT;
    st = add_journal(s, entry, tail);
    if (st != OK)
        return st; /* ERR_CONFLICT: the request id is taken, and no row was added */
    st = move_game(s, entry, sqlite3_last_insert_rowid(s->db));
    if (st == OK && sqlite3_changes(s->db) == 1) {
        s->unborn -= version == 0;
        return OK;
    }
    /* The journal row is there and the game did not move: that must never be committed. */
    s->broken = true;
    return st == OK ? ERR_CORRUPT : ERR_IO;
}

static enum status session_add(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                               struct slice name, int64_t at_ms, uint64_t *ret_row)
{
    struct sqlite_store *s = engine_of(store);
    enum status st = check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = statement(s, SQL_SESSION_ADD);
    bind_blob(stmt, 1, slice_make(secret_hash, SHA256_LEN));
    bind_text(stmt, 2, name);
    bind_int(stmt, 3, at_ms);
    st = run(s, stmt);
    if (st == OK)
        *ret_row = (uint64_t)sqlite3_last_insert_rowid(s->db);
    return st;
}

static enum status member_set(struct store *store, uint64_t game, uint64_t session,
                              enum store_role role)
{
    struct sqlite_store *s = engine_of(store);
    const enum status st = check_writable(s);
    return st != OK ? st : put_member(s, game, session, role);
}

static enum status feedback_add(struct store *store, struct slice game, struct slice text,
                                int64_t at_ms)
{
    struct sqlite_store *s = engine_of(store);
    const enum status st = check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = statement(s, SQL_FEEDBACK_ADD);
    bind_text(stmt, 1, game);
    bind_text(stmt, 2, text);
    bind_int(stmt, 3, at_ms);
    return run(s, stmt);
}

static enum status touch(struct store *store)
{
    struct sqlite_store *s = engine_of(store);
    const enum status st = check_writable(s);
    return st != OK ? st : run_plain(s, SQL_TOUCH);
}

/* ---- reading ---- */

/* The row of SQL_GAME_LOAD; its texts are borrowed from the statement. */
static bool read_game(sqlite3_stmt *stmt, struct store_game *ret)
{
    int64_t link = 0;
    *ret = (struct store_game){0};
    const bool good =
        column_count(stmt, 0, &ret->row) && column_id(stmt, 1, &ret->name) &&
        column_fixed(stmt, 2, ret->story_hash, SHA256_LEN) && column_count(stmt, 3, &ret->owner) &&
        column_id(stmt, 4, &ret->owner_name) && column_int(stmt, 5, 0, 1, &link) &&
        column_fixed(stmt, 6, ret->seed, STORE_SEED_LEN) && column_count(stmt, 7, &ret->version) &&
        column_bytes(stmt, 8, 0, LIMIT_STATE_BYTES, &ret->state) &&
        column_bytes(stmt, 9, 0, LIMIT_SNAPSHOT_BYTES, &ret->snapshot);
    ret->link = link == 1;
    return good;
}

static enum status game_load(struct store *store, struct slice name, struct arena *arena,
                             struct store_game *ret)
{
    struct sqlite_store *s = engine_of(store);
    sqlite3_stmt *stmt = statement(s, SQL_GAME_LOAD);
    bind_text(stmt, 1, name);
    const enum status st = first_row(s, stmt);
    if (st != OK)
        return st;
    struct store_game game;
    const bool good = read_game(stmt, &game);
    if (good) {
        game.name = arena_dup(arena, game.name);
        game.owner_name = arena_dup(arena, game.owner_name);
        game.state = arena_dup(arena, game.state);
        game.snapshot = arena_dup(arena, game.snapshot);
        *ret = game;
    }
    done(stmt);
    return good ? OK : ERR_CORRUPT;
}

static enum status request_find(struct store *store, uint64_t game, struct slice request_id,
                                uint64_t *ret_version, uint8_t ret_print[STORE_PRINT_LEN])
{
    struct sqlite_store *s = engine_of(store);
    sqlite3_stmt *stmt = statement(s, SQL_REQUEST_FIND);
    bind_int(stmt, 1, clamp(game));
    bind_blob(stmt, 2, request_id);
    const enum status st = first_row(s, stmt);
    if (st != OK)
        return st;
    uint64_t version = 0;
    const bool good =
        column_count(stmt, 0, &version) && column_fixed(stmt, 1, ret_print, STORE_PRINT_LEN);
    done(stmt);
    if (!good)
        return ERR_CORRUPT;
    *ret_version = version;
    return OK;
}

static enum status session_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                struct arena *arena, struct store_session *ret)
{
    struct sqlite_store *s = engine_of(store);
    sqlite3_stmt *stmt = statement(s, SQL_SESSION_FIND);
    bind_blob(stmt, 1, slice_make(secret_hash, SHA256_LEN));
    const enum status st = first_row(s, stmt);
    if (st != OK)
        return st;
    struct store_session session;
    const bool good = column_count(stmt, 0, &session.row) && column_id(stmt, 1, &session.name);
    if (good) {
        session.name = arena_dup(arena, session.name);
        *ret = session;
    }
    done(stmt);
    return good ? OK : ERR_CORRUPT;
}

static enum status member_find(struct store *store, uint64_t game, uint64_t session,
                               enum store_role *ret)
{
    struct sqlite_store *s = engine_of(store);
    sqlite3_stmt *stmt = statement(s, SQL_MEMBER_FIND);
    bind_int(stmt, 1, clamp(session));
    bind_int(stmt, 2, clamp(game));
    const enum status st = first_row(s, stmt);
    if (st == ERR_NOT_FOUND) {
        *ret = STORE_NOBODY;
        return OK;
    }
    if (st != OK)
        return st;
    int64_t role = 0;
    const bool good = column_int(stmt, 0, STORE_OWNER, STORE_SPECTATOR, &role);
    done(stmt);
    if (!good)
        return ERR_CORRUPT;
    *ret = (enum store_role)role;
    return OK;
}

static enum status story_load(struct store *store, const uint8_t hash[SHA256_LEN],
                              struct arena *arena, struct slice *ret_source)
{
    struct sqlite_store *s = engine_of(store);
    sqlite3_stmt *stmt = statement(s, SQL_STORY_LOAD);
    bind_blob(stmt, 1, slice_make(hash, SHA256_LEN));
    const enum status st = first_row(s, stmt);
    if (st != OK)
        return st;
    struct slice source;
    const bool good = column_bytes(stmt, 0, 0, LIMIT_STORY_BYTES, &source);
    if (good)
        *ret_source = arena_dup(arena, source);
    done(stmt);
    return good ? OK : ERR_CORRUPT;
}

/* The row of SQL_LIST and SQL_SCAN; its texts are borrowed from the statement. */
static bool read_listed(sqlite3_stmt *stmt, struct store_listed *ret)
{
    int64_t status = 0, section = 0;
    *ret = (struct store_listed){0};
    const bool good = column_count(stmt, 0, &ret->row) && column_id(stmt, 1, &ret->name) &&
                      column_id(stmt, 2, &ret->story_id) &&
                      column_bytes(stmt, 3, 0, LIMIT_LABEL_BYTES, &ret->story_title) &&
                      column_count(stmt, 4, &ret->version) &&
                      column_int(stmt, 5, 0, UINT8_MAX, &status) &&
                      column_int(stmt, 6, INT32_MIN, INT32_MAX, &section) &&
                      column_int(stmt, 7, INT64_MIN, INT64_MAX, &ret->created_ms) &&
                      column_int(stmt, 8, INT64_MIN, INT64_MAX, &ret->updated_ms);
    ret->status = (uint8_t)status;
    ret->section = (int32_t)section;
    return good;
}

/* Ends the statement, which has its arguments. */
static enum status visit_listed(struct sqlite_store *s, sqlite3_stmt *stmt, store_list_fn *visit,
                                void *arg)
{
    enum status st = first_row(s, stmt);
    while (st == OK) {
        struct store_listed listed;
        if (!read_listed(stmt, &listed))
            st = ERR_CORRUPT;
        else if (!visit(arg, &listed))
            break;
        else
            st = first_row(s, stmt);
    }
    done(stmt);
    return st == ERR_NOT_FOUND ? OK : st;
}

static enum status list(struct store *store, uint64_t session, uint64_t below, size_t count,
                        store_list_fn *visit, void *arg)
{
    struct sqlite_store *s = engine_of(store);
    sqlite3_stmt *stmt = statement(s, SQL_LIST);
    bind_int(stmt, 1, clamp(session));
    bind_int(stmt, 2, below == 0 ? INT64_MAX : clamp(below));
    bind_int(stmt, 3, clamp(count));
    return visit_listed(s, stmt, visit, arg);
}

static enum status scan(struct store *store, uint64_t above, size_t count, store_list_fn *visit,
                        void *arg)
{
    struct sqlite_store *s = engine_of(store);
    sqlite3_stmt *stmt = statement(s, SQL_SCAN);
    bind_int(stmt, 1, clamp(above));
    bind_int(stmt, 2, clamp(count));
    return visit_listed(s, stmt, visit, arg);
}

/* One step of the walk through a game's journal. The links are followed, not trusted: a row must
 * be of this game and of the version that is due, and only version 1 has nothing before it. */
struct walk {
    int64_t game;
    int64_t version; /* due */
    int64_t seq;
};

static bool read_journal_row(sqlite3_stmt *stmt, const struct walk *walk, int64_t *ret_prev,
                             struct store_journal_row *ret)
{
    int64_t game = 0, version = 0;
    *ret = (struct store_journal_row){.version = (uint64_t)walk->version};
    return column_int(stmt, 0, walk->game, walk->game, &game) &&
           column_int(stmt, 1, walk->version, walk->version, &version) &&
           column_link(stmt, 2, walk->seq - 1, ret_prev) &&
           (walk->version == 1) == (*ret_prev == 0) &&
           column_int(stmt, 3, INT64_MIN, INT64_MAX, &ret->at_ms);
}

/* Visit the row that is due when its version is at most `to`, and make the one before it due. */
static enum status walk_step(struct sqlite_store *s, struct walk *walk, int64_t to,
                             store_history_fn *visit, void *arg, bool *ret_go_on)
{
    sqlite3_stmt *stmt = statement(s, SQL_JOURNAL_ROW);
    bind_int(stmt, 1, walk->seq);
    const enum status st = first_row(s, stmt);
    if (st != OK)
        return st == ERR_NOT_FOUND ? ERR_CORRUPT : st;
    int64_t prev = 0;
    struct store_journal_row row;
    bool good = read_journal_row(stmt, walk, &prev, &row);
    if (good && walk->version <= to) {
        good = column_bytes(stmt, 4, 0, LIMIT_EVENT_BYTES, &row.event);
        *ret_go_on = good && visit(arg, &row);
    }
    done(stmt);
    walk->seq = prev;
    walk->version--;
    return good ? OK : ERR_CORRUPT;
}

/* Rows of the journal never change and their links only lead back, so the walk needs no
 * transaction around it: whatever is appended meanwhile comes after the tail it began with. */
static enum status history(struct store *store, uint64_t game, uint64_t from, uint64_t to,
                           store_history_fn *visit, void *arg)
{
    struct sqlite_store *s = engine_of(store);
    struct walk walk = {.game = clamp(game)};
    enum status st = find_tail(s, game, &walk.version, &walk.seq);
    if (st != OK)
        return st == ERR_NOT_FOUND ? OK : st;
    const int64_t first = from == 0 ? 1 : clamp(from);
    bool go_on = true;
    while (st == OK && go_on && walk.version >= first)
        st = walk_step(s, &walk, clamp(to), visit, arg, &go_on);
    return st;
}

/* ---- the log ---- */

static enum status checkpoint(struct store *store)
{
    struct sqlite_store *s = engine_of(store);
    ENSURE(!s->open);
    const int result =
        sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    /* Somebody else is at it, which is as good. */
    return result == SQLITE_BUSY ? OK : status_of(result);
}

static size_t wal_pages(struct store *store)
{
    return engine_of(store)->wal_pages;
}

static uint64_t bytes_of(struct store *store)
{
    return engine_of(store)->bytes;
}

/* Called inside COMMIT, after the log was synced. */
static int on_committed(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_store *s = arg;
    (void)db;
    (void)name;
    s->wal_pages = pages > 0 ? (size_t)pages : 0;
    return SQLITE_OK;
}

/* ---- opening and closing ---- */

static void engine_free(struct store *store)
{
    struct sqlite_store *s = engine_of(store);
    if (s->open)
        rollback(store);
    for (size_t i = 0; i < SQL_COUNT; i++)
        (void)sqlite3_finalize(s->statements[i]);
    ENSURE(sqlite3_close(s->db) == SQLITE_OK); /* nothing of ours is left open */
    /* Only now: see the top of this file. */
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd);
    free(s);
}

static const struct store_ops sqlite_ops = {
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .game_create = game_create,
    .append = append,
    .session_add = session_add,
    .member_set = member_set,
    .feedback_add = feedback_add,
    .touch = touch,
    .game_load = game_load,
    .request_find = request_find,
    .session_find = session_find,
    .member_find = member_find,
    .story_load = story_load,
    .list = list,
    .scan = scan,
    .history = history,
    .checkpoint = checkpoint,
    .wal_pages = wal_pages,
    .bytes = bytes_of,
    .free = engine_free,
};

static enum status refuse(char *ret_reason, enum status st, const char *what, const char *why)
{
    (void)snprintf(ret_reason, REASON_SIZE, "%s%s%s", what, why ? ": " : "", why ? why : "");
    return st;
}

/* With SQLite's words. */
static enum status refuse_db(struct sqlite_store *s, char *ret_reason, const char *what)
{
    const int result = sqlite3_errcode(s->db);
    /* Whatever brought us here is a failure, also when SQLite has no name for it. */
    const enum status st = status_of(result) == OK ? ERR_IO : status_of(result);
    return refuse(ret_reason, st, what, result == SQLITE_OK ? NULL : sqlite3_errmsg(s->db));
}

/* SQLite gives its log the mode of the database, and makes it in the folder of the file. */
static enum status hold_file(struct sqlite_store *s, const char *path, char *ret_reason)
{
    const enum status st = sqlite_file_hold(path, &s->lock_fd, ret_reason);
    if (st == OK)
        return sqlite_file_may_grow(path, ret_reason);
    return st == ERR_CONFLICT ? ERR_IO : st;
}

static void free_path(char **path)
{
    free(*path);
}

static enum status open_db(struct sqlite_store *s, const char *path, char *ret_reason)
{
    /* An absolute path: SQLite takes ":memory:" and the like for something else than a file. */
    SCOPED(free_path) char *full = realpath(path, NULL);
    if (!full)
        return refuse(ret_reason, ERR_IO, "cannot open the database", strerror(errno));
    const int access = s->mode == SQLITE_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    /* NOMUTEX: one thread per store. */
    if (sqlite3_open_v2(full, &s->db, access | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return refuse_db(s, ret_reason, "cannot open the database");
    (void)sqlite3_extended_result_codes(s->db, 1);
    (void)sqlite3_busy_timeout(s->db, BUSY_MS);
    return OK;
}

/* Switch off (or on) that the last one to close moves the log into the database. */
static void keep_log_at_close(struct sqlite_store *s, bool keep)
{
    ENSURE(sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, NULL) ==
           SQLITE_OK);
}

/* The one number that a query gives. */
static enum status query_number(struct sqlite_store *s, const char *sql, int64_t *ret,
                                char *ret_reason)
{
    sqlite3_stmt *stmt = NULL;
    const bool good = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
                      sqlite3_step(stmt) == SQLITE_ROW;
    if (good)
        *ret = sqlite3_column_int64(stmt, 0);
    const enum status st = good ? OK : refuse_db(s, ret_reason, "cannot read the database");
    (void)sqlite3_finalize(stmt);
    return st;
}

/* Whose file is it, and how old? Nothing was written yet. *ret_schema is 0 for an empty one. */
static enum status check_schema(struct sqlite_store *s, int64_t *ret_schema, char *ret_reason)
{
    int64_t application = 0, tables = 0;
    enum status st = query_number(s, "PRAGMA application_id", &application, ret_reason);
    if (st == OK)
        st = query_number(s, "PRAGMA user_version", ret_schema, ret_reason);
    if (st == OK)
        st = query_number(s, "SELECT count(*) FROM sqlite_schema", &tables, ret_reason);
    if (st != OK)
        return st;
    /* A start that was killed early leaves a database without anything in it. */
    if (application == 0 && *ret_schema == 0 && tables == 0)
        return OK;
    if (application != SQLITE_APPLICATION_ID || *ret_schema < 1)
        return refuse(ret_reason, ERR_CORRUPT, "this is the database of another program", NULL);
    if (*ret_schema > SQLITE_SCHEMA_NUMBER)
        return refuse(ret_reason, ERR_NEWER, "the database was written by a newer version", NULL);
    return OK;
}

static enum status execute(struct sqlite_store *s, const char *sql, const char *what,
                           char *ret_reason)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return OK;
    return refuse_db(s, ret_reason, what);
}

/* Settings are asked for and then read back: SQLite answers a setting that it cannot have with
 * silence, and durability must not depend on that. */
static enum status configure_writer(struct sqlite_store *s, char *ret_reason)
{
    static const struct {
        const char *set, *check;
    } settings[] = {
        /* PAGE_BYTES. The page size is fixed when the first page is written, which switching to WAL does. */
        {"PRAGMA page_size = 4096", NULL},
        {"PRAGMA journal_mode = WAL",
         "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"},
        {"PRAGMA synchronous = FULL",
         "SELECT count(*) FROM pragma_synchronous WHERE synchronous = 2"},
        {"PRAGMA foreign_keys = ON",
         "SELECT count(*) FROM pragma_foreign_keys WHERE foreign_keys = 1"},
        {"PRAGMA cache_size = -65536", NULL}, /* KB */
        {"PRAGMA mmap_size = 0", NULL},
        {"PRAGMA temp_store = MEMORY", NULL},
        {"PRAGMA trusted_schema = OFF", NULL},
        /* A log that a storm made large shrinks to the cap when it starts again. */
        {"PRAGMA journal_size_limit = 131072000", NULL},
        /* Before the hook is set: it is the same slot. */
        {"PRAGMA wal_autocheckpoint = 0", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        enum status st = execute(s, settings[i].set, "cannot set up the database", ret_reason);
        int64_t good = 1;
        if (st == OK && settings[i].check)
            st = query_number(s, settings[i].check, &good, ret_reason);
        if (st != OK)
            return st;
        if (good != 1)
            return refuse(ret_reason, ERR_IO, "the database cannot be kept safe here",
                          settings[i].set);
    }
    (void)sqlite3_wal_hook(s->db, on_committed, s);
    return OK;
}

static enum status configure_other(struct sqlite_store *s, char *ret_reason)
{
    return execute(s,
                   "PRAGMA cache_size = -8192; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
                   "PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0;",
                   "cannot set up the database", ret_reason);
}

/* All migrations that are missing, or none. */
static enum status migrate(struct sqlite_store *s, int64_t schema, char *ret_reason)
{
    static const char what[] = "cannot bring the database up to date";
    char number[128];
    (void)snprintf(number, sizeof number, "PRAGMA user_version = %d; PRAGMA application_id = %d",
                   SQLITE_SCHEMA_NUMBER, SQLITE_APPLICATION_ID);
    if (schema == SQLITE_SCHEMA_NUMBER)
        return OK;
    enum status st = execute(s, "BEGIN IMMEDIATE", what, ret_reason);
    for (int64_t i = schema; st == OK && i < SQLITE_SCHEMA_NUMBER; i++)
        st = execute(s, sqlite_migrations[i], what, ret_reason);
    if (st == OK)
        st = execute(s, number, what, ret_reason);
    if (st == OK)
        st = execute(s, "COMMIT", what, ret_reason);
    if (st != OK && !sqlite3_get_autocommit(s->db))
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return st;
}

/* A statement of ours does not fit the tables: SQLITE_ERROR, where a failing disk has other names. */
static enum status refuse_tables(struct sqlite_store *s, char *ret_reason)
{
    const enum status st = refuse_db(s, ret_reason, "the tables are not what they should be");
    return sqlite3_errcode(s->db) == SQLITE_ERROR ? ERR_CORRUPT : st;
}

static enum status prepare(struct sqlite_store *s, char *ret_reason)
{
    static const size_t counts[] = {[SQLITE_WRITER] = SQL_COUNT,
                                    [SQLITE_READER] = SQL_READING_COUNT,
                                    [SQLITE_CHECKPOINTER] = 0};
    for (size_t i = 0; i < counts[s->mode]; i++) {
        if (sqlite3_prepare_v3(s->db, sqlite_statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &s->statements[i], NULL) != SQLITE_OK)
            return refuse_tables(s, ret_reason);
    }
    return OK;
}

/* The first thing that SQLite's whole check finds, in its words. Only asked for when something was
 * found already: it takes as long as reading the file does. */
static enum status refuse_damaged(struct sqlite_store *s, const char *table, char *ret_reason)
{
    sqlite3_stmt *stmt = NULL;
    struct slice words = slice_str(sqlite3_errmsg(s->db));
    struct arena arena = {.blocks = NULL};
    words = arena_dup(&arena, words);
    if (sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW) {
        struct slice line;
        words = slice_str((const char *)sqlite3_column_text(stmt, 0));
        if (slice_starts(words, HEADING))
            (void)slice_split(&words, '\n', &line);
    }
    (void)snprintf(ret_reason, REASON_SIZE, "the database is damaged (%s): %.*s", table,
                   words.len < 120 ? (int)words.len : 120, (const char *)words.at);
    (void)sqlite3_finalize(stmt);
    arena_release(&arena);
    return ERR_CORRUPT;
}

/* What a start looks at, however large the file is: the root page of everything, and the newest rows
 * in full, as the last writes before a crash or a bad disk are theirs. max() is there to have every
 * byte read. A damage elsewhere is met when that place is read, and by sqlite_store_check. */
static enum status check_newest(struct sqlite_store *s, char *ret_reason)
{
    static const struct {
        const char *table, *query;
    } looks[] = {
        {"games", "SELECT count(max(state, snapshot)) FROM"
                  " (SELECT state, snapshot FROM games ORDER BY id DESC LIMIT 100)"},
        {"journal", "SELECT count(max(event, prev)) FROM"
                    " (SELECT event, prev FROM journal ORDER BY seq DESC LIMIT 100)"},
        {"journal_request", "SELECT count(*) FROM (SELECT game FROM journal"
                            " INDEXED BY journal_request WHERE request_id IS NOT NULL"
                            " ORDER BY game DESC, request_id DESC LIMIT 100)"},
        {"sessions", "SELECT count(max(name, secret_hash)) FROM"
                     " (SELECT name, secret_hash FROM sessions ORDER BY id DESC LIMIT 100)"},
        {"sessions", "SELECT count(*) FROM (SELECT secret_hash FROM sessions"
                     " ORDER BY secret_hash DESC LIMIT 100)"},
        {"sessions",
         "SELECT count(*) FROM (SELECT name FROM sessions ORDER BY name DESC LIMIT 100)"},
        {"games", "SELECT count(*) FROM (SELECT name FROM games ORDER BY name DESC LIMIT 100)"},
        {"stories", "SELECT count(max(hash, title)) FROM"
                    " (SELECT hash, title FROM stories ORDER BY id DESC LIMIT 100)"},
        {"stories", "SELECT count(*) FROM (SELECT hash FROM stories ORDER BY hash DESC LIMIT 100)"},
        {"members", "SELECT count(role) FROM"
                    " (SELECT role FROM members ORDER BY session DESC, game DESC LIMIT 100)"},
        {"feedback", "SELECT count(max(game, text)) FROM"
                     " (SELECT game, text FROM feedback ORDER BY id DESC LIMIT 100)"},
    };
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        int64_t number = 0;
        const enum status st = query_number(s, looks[i].query, &number, ret_reason);
        if (st == ERR_CORRUPT)
            return refuse_damaged(s, looks[i].table, ret_reason);
        if (st != OK)
            return sqlite3_errcode(s->db) == SQLITE_ERROR ? refuse_tables(s, ret_reason) : st;
    }
    return OK;
}

static enum status open_store(struct sqlite_store *s, const char *path, char *ret_reason)
{
    enum status st = OK;
    int64_t schema = 0;
    if (s->mode == SQLITE_WRITER)
        st = hold_file(s, path, ret_reason);
    if (st == OK)
        st = open_db(s, path, ret_reason);
    if (st != OK)
        return st;
    /* A file that is refused stays as it is, its log too. */
    keep_log_at_close(s, true);
    st = check_schema(s, &schema, ret_reason);
    if (st != OK)
        return st;
    if (s->mode != SQLITE_WRITER) {
        if (schema != SQLITE_SCHEMA_NUMBER)
            return refuse(ret_reason, ERR_IO, "the database has not been set up yet", NULL);
        st = configure_other(s, ret_reason);
        return st == OK ? prepare(s, ret_reason) : st;
    }
    /* Before anything is written; tables of an older schema are looked at by the start after this. */
    if (schema == SQLITE_SCHEMA_NUMBER)
        st = check_newest(s, ret_reason);
    if (st != OK)
        return st;
    keep_log_at_close(s, false);
    st = configure_writer(s, ret_reason);
    if (st == OK)
        st = migrate(s, schema, ret_reason);
    if (st == OK)
        st = prepare(s, ret_reason);
    if (st == OK)
        measure(s);
    return st;
}

enum status sqlite_store_open(const char *path, enum sqlite_mode mode, struct store **ret,
                              char ret_reason[REASON_SIZE])
{
    struct sqlite_store *s = calloc(1, sizeof *s);
    ENSURE(s);
    *s = (struct sqlite_store){
        .store = {.ops = &sqlite_ops}, .lock_fd = -1, .mode = mode, .wal_pages = 0};
    ret_reason[0] = '\0';
    const enum status st = open_store(s, path, ret_reason);
    if (st != OK) {
        engine_free(&s->store);
        return st;
    }
    *ret = &s->store;
    return OK;
}

/* ---- copies and checks ---- */

static enum status copy_pages(struct sqlite_store *s, struct sqlite_store *copy, char *ret_reason)
{
    static const char what[] = "cannot copy the database";
    sqlite3_backup *backup = sqlite3_backup_init(copy->db, "main", s->db, "main");
    if (!backup)
        return refuse_db(copy, ret_reason, what);
    /* All in one step, so in one reading transaction: pages of one and the same moment. */
    const int result = sqlite3_backup_step(backup, -1);
    (void)sqlite3_backup_finish(backup);
    if (result == SQLITE_DONE)
        return OK;
    const enum status st = status_of(result) == OK ? ERR_IO : status_of(result);
    return refuse(ret_reason, st, what, sqlite3_errstr(result));
}

enum status sqlite_store_copy(struct store *reader, const char *to, char ret_reason[REASON_SIZE])
{
    struct sqlite_store copy = {.lock_fd = -1, .mode = SQLITE_WRITER};
    enum status st = open_db(&copy, to, ret_reason);
    if (st == OK)
        st = copy_pages(engine_of(reader), &copy, ret_reason);
    /* The copied first page says that there is a log. Without one it is a single file, which can be
     * read from a folder that cannot be written. */
    if (st == OK)
        st = execute(&copy, "PRAGMA journal_mode = DELETE", "cannot finish the copy", ret_reason);
    ENSURE(sqlite3_close(copy.db) == SQLITE_OK);
    return st;
}

/* A query that has a row with a text for each thing that is wrong. */
static enum status check_by(struct sqlite_store *s, const char *sql, sqlite_wrong_fn *on_wrong,
                            void *arg)
{
    sqlite3_stmt *stmt = NULL;
    enum status st = OK;
    int result = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(stmt);
    for (; result == SQLITE_ROW; result = sqlite3_step(stmt)) {
        struct slice text = slice_str((const char *)sqlite3_column_text(stmt, 0));
        struct slice line;
        while (slice_split(&text, '\n', &line)) {
            if (!slice_starts(line, HEADING))
                on_wrong(arg, line);
        }
        st = ERR_CORRUPT;
    }
    if (result != SQLITE_DONE) {
        on_wrong(arg, slice_str(sqlite3_errmsg(s->db)));
        st = st == OK ? status_of(result) : st;
    }
    (void)sqlite3_finalize(stmt);
    return st;
}

static enum status check_all(struct sqlite_store *s, sqlite_wrong_fn *on_wrong, void *arg)
{
    static const char *const checks[] = {
        "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
        "SELECT format('row %s of %s refers to a row of %s that is not there', rowid, \"table\","
        "              parent) FROM pragma_foreign_key_check LIMIT 100",
        "SELECT format('%d journal rows for %d versions', rows, versions)"
        "  FROM (SELECT (SELECT count(*) FROM journal) AS rows,"
        "               (SELECT ifnull(sum(version), 0) FROM games) AS versions)"
        " WHERE rows <> versions",
    };
    enum status worst = OK;
    /* What stands on a broken structure is not worth reading. */
    for (size_t i = 0; worst == OK && i < COUNT_OF(checks); i++)
        worst = check_by(s, checks[i], on_wrong, arg);
    return worst;
}

enum status sqlite_store_check(const char *path, sqlite_wrong_fn *on_wrong, void *arg,
                               char ret_reason[REASON_SIZE])
{
    struct store *store;
    /* A connection that may write: SQLite passes over CHECK constraints when it reads the schema for
     * one that may not, and would check none of them. */
    enum status st = sqlite_store_open(path, SQLITE_CHECKPOINTER, &store, ret_reason);
    if (st != OK)
        return st;
    struct sqlite_store *s = engine_of(store);
    st = execute(s, "PRAGMA query_only = ON", "cannot read the database", ret_reason);
    if (st == OK) {
        st = check_all(s, on_wrong, arg);
        (void)refuse(ret_reason, st, st == OK ? "" : "the database is damaged", NULL);
    }
    store_free(store);
    return st;
}

enum status sqlite_store_survey(struct store *reader, struct sqlite_survey *ret,
                                char ret_reason[REASON_SIZE])
{
    static const char *const queries[] = {
        "SELECT count(*) FROM games WHERE version > 0",
        "SELECT count(*) FROM journal",
        "SELECT count(*) FROM sessions",
        "SELECT count(*) FROM stories",
        "SELECT count(*) FROM feedback",
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        "SELECT ifnull(max(updated_ms), 0) FROM games",
    };
    int64_t numbers[COUNT_OF(queries)];
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        const enum status st = query_number(engine_of(reader), queries[i], &numbers[i], ret_reason);
        if (st != OK)
            return st;
    }
    *ret = (struct sqlite_survey){
        .games = (uint64_t)numbers[0],
        .versions = (uint64_t)numbers[1],
        .sessions = (uint64_t)numbers[2],
        .stories = (uint64_t)numbers[3],
        .feedback = (uint64_t)numbers[4],
        .bytes = (uint64_t)numbers[5],
        .newest_ms = numbers[6],
    };
    return OK;
}
