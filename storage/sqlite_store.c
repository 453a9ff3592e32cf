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
 * A synchronisation that failed may have cost more than its own transaction: the kernel forgets what
 * it could not write. So nothing more is written until the database was opened anew, its newest rows
 * were looked at as at a start, and everything in the log was copied into it and synchronised
 * (sqlite_reopen). Until then the old connection goes on reading.
 *
 * After a step of a transaction failed, SQLite may have rolled back by itself, and the next
 * statement would then be a transaction of its own. `broken` stands against that: nothing more is
 * written, and the commit rolls back and says ERR_IO. */
#include "storage/sqlite_engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "app/base/log.h"
#include "storage/sqlite_file.h"
#include "storage/sqlite_log.h"

enum {
    /* Another program may hold the file for a moment; the sequencer stands still for as long. */
    BUSY_MS = 1000,
    PAGE_BYTES = 4096,
    WAL_CAP_PAGES = 32000,
    TOUCH_ROOM_BYTES = 64 * PAGE_BYTES,
};

/* ---- transactions ---- */

/* See the top of this file. */
static void retract(struct sqlite_store *s)
{
    s->retracting = sqlite_run_plain(s, SQL_BEGIN) != OK || sqlite_run_plain(s, SQL_TOUCH) != OK;
    if (!s->retracting) {
        /* A sync that fails comes after the writing, which is what this is for. */
        const int result = sqlite3_step(sqlite_statement_of(s, SQL_COMMIT));
        sqlite_done(sqlite_statement_of(s, SQL_COMMIT));
        s->retracting = result != SQLITE_DONE && result != SQLITE_IOERR_FSYNC;
    }
    if (!sqlite3_get_autocommit(s->db))
        (void)sqlite_run_plain(s, SQL_ROLLBACK);
}

enum status sqlite_begin(struct store *store)
{
    struct sqlite_store *s = sqlite_engine(store);
    ENSURE(s->mode == SQLITE_WRITER && !s->open);
    if (s->retracting)
        retract(s);
    if (s->retracting)
        return ERR_IO;
    enum status st = s->unsure ? sqlite_reopen(s) : OK;
    if (st != OK)
        return st;
    st = sqlite_run_plain(s, SQL_BEGIN);
    s->open = st == OK;
    s->broken = false;
    s->unborn = 0;
    return st;
}

void sqlite_rollback(struct store *store)
{
    struct sqlite_store *s = sqlite_engine(store);
    if (!s->open)
        return;
    s->open = false;
    s->broken = false;
    /* SQLite may have done it by itself. When it cannot be done (which it says of no memory only),
     * the next begin fails, and that is told. */
    if (!sqlite3_get_autocommit(s->db))
        (void)sqlite_run_plain(s, SQL_ROLLBACK);
}

/* A number for people: without one, the last one stays. */
void sqlite_measure(struct sqlite_store *s)
{
    int64_t pages = 0;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_PAGES);
    if (sqlite_first_row(s, stmt) != OK)
        return;
    if (sqlite_column_int(stmt, 0, 0, INT64_MAX / PAGE_BYTES, &pages))
        s->bytes = (uint64_t)pages * PAGE_BYTES;
    sqlite_done(stmt);
}

enum status sqlite_commit(struct store *store)
{
    struct sqlite_store *s = sqlite_engine(store);
    ENSURE(s->open);
    enum status st = s->broken ? ERR_IO : s->unborn > 0 ? ERR_CONFLICT : OK;
    if (st != OK) {
        sqlite_rollback(store);
        return st;
    }
    const uint64_t bytes_before = s->bytes;
    sqlite_measure(s); /* inside, where it costs no lock */
    st = sqlite_run_plain(s, SQL_COMMIT);
    if (st != OK) {
        s->bytes = bytes_before;
        const int cause = sqlite3_extended_errcode(s->db);
        sqlite_rollback(store);
        s->unsure = s->unsure || cause == SQLITE_IOERR_FSYNC;
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

/* What a touch writes may fit where the log has grown for a transaction that then failed, while the
 * next real one does not. So it also asks whether there is room for some. */
static enum status touch(struct store *store)
{
    struct sqlite_store *s = sqlite_engine(store);
    struct statvfs room;
    enum status st = sqlite_check_writable(s);
    if (st == OK && (fstatvfs(s->lock_fd, &room) != 0 ||
                     (uint64_t)room.f_bavail * room.f_frsize < TOUCH_ROOM_BYTES))
        st = ERR_IO;
    return st != OK ? st : sqlite_run_plain(s, SQL_TOUCH);
}

/* ---- the log ---- */

static enum status checkpoint(struct store *store)
{
    struct sqlite_store *s = sqlite_engine(store);
    ENSURE(!s->open);
    const int result =
        sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    /* Somebody else is at it, which is as good. */
    return result == SQLITE_BUSY ? OK : sqlite_status(result);
}

static size_t wal_pages(struct store *store)
{
    return sqlite_engine(store)->wal_pages;
}

static uint64_t bytes_of(struct store *store)
{
    return sqlite_engine(store)->bytes;
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
    struct sqlite_store *s = sqlite_engine(store);
    if (s->open)
        sqlite_rollback(store);
    for (size_t i = 0; i < SQL_COUNT; i++)
        (void)sqlite3_finalize(s->statements[i]);
    ENSURE(sqlite3_close(s->db) == SQLITE_OK); /* nothing of ours is left open */
    sqlite_log_free(s->log);
    /* Only now: see the top of this file. */
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd);
    free(s->path);
    free(s);
}

static const struct store_ops sqlite_ops = {
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .game_create = sqlite_game_create,
    .append = sqlite_append,
    .session_add = sqlite_session_add,
    .device_add = sqlite_device_add,
    .device_rotate = sqlite_device_rotate,
    .device_seen = sqlite_device_seen,
    .device_remove = sqlite_device_remove,
    .carry_add = sqlite_carry_add,
    .carry_take = sqlite_carry_take,
    .invitation_add = sqlite_invitation_add,
    .invitation_remove = sqlite_invitation_remove,
    .save_put = sqlite_save_put,
    .save_remove = sqlite_save_remove,
    .past_add = sqlite_past_add,
    .past_end = sqlite_past_end,
    .game_doom = sqlite_game_doom,
    .prune_drop = sqlite_prune_drop,
    .member_set = sqlite_member_set,
    .feedback_add = sqlite_feedback_add,
    .touch = touch,
    .game_load = sqlite_game_load,
    .request_find = sqlite_request_find,
    .session_find = sqlite_session_find,
    .device_list = sqlite_device_list,
    .member_find = sqlite_member_find,
    .member_list = sqlite_member_list,
    .invitation_list = sqlite_invitation_list,
    .invitation_find = sqlite_invitation_find,
    .save_list = sqlite_save_list,
    .save_find = sqlite_save_find,
    .story_load = sqlite_story_load,
    .list = sqlite_list,
    .scan = sqlite_scan,
    .history = sqlite_history,
    .prune_find = sqlite_prune_find,
    .purge = sqlite_purge,
    .vacuum = sqlite_vacuum,
    .checkpoint = checkpoint,
    .wal_pages = wal_pages,
    .bytes = bytes_of,
    .free = engine_free,
};

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

enum status sqlite_open_db(struct sqlite_store *s, const char *path, char *ret_reason)
{
    /* An absolute path: SQLite takes ":memory:" and the like for something else than a file. */
    SCOPED(free_path) char *full = realpath(path, NULL);
    if (!full)
        return sqlite_refuse(ret_reason, ERR_IO, "cannot open the database", strerror(errno));
    const int access = s->mode == SQLITE_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    /* NOMUTEX: one thread per store. */
    if (sqlite3_open_v2(full, &s->db, access | SQLITE_OPEN_NOMUTEX, sqlite_log_vfs(s->log)) !=
        SQLITE_OK)
        return sqlite_refuse_db(s, ret_reason, "cannot open the database");
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

/* Whose file is it, and how old? Nothing was written yet. *ret_schema is 0 for an empty one. */
static enum status check_schema(struct sqlite_store *s, int64_t *ret_schema, char *ret_reason)
{
    int64_t application = 0, tables = 0;
    enum status st = sqlite_query_number(s, "PRAGMA application_id", &application, ret_reason);
    if (st == OK)
        st = sqlite_query_number(s, "PRAGMA user_version", ret_schema, ret_reason);
    if (st == OK)
        st = sqlite_query_number(s, "SELECT count(*) FROM sqlite_schema", &tables, ret_reason);
    if (st != OK)
        return st;
    /* A start that was killed early leaves a database without anything in it. */
    if (application == 0 && *ret_schema == 0 && tables == 0)
        return OK;
    if (application != SQLITE_APPLICATION_ID || *ret_schema < 1)
        return sqlite_refuse(ret_reason, ERR_CORRUPT, "this is the database of another program",
                             NULL);
    if (*ret_schema > SQLITE_SCHEMA_NUMBER)
        return sqlite_refuse(ret_reason, ERR_NEWER, "the database was written by a newer version",
                             NULL);
    return OK;
}

struct setting {
    const char *set;
    const char *check; /* a query that gives 1; NULL: it does not matter whether it is so */
};

/* Settings are asked for and then read back: SQLite answers a setting that it cannot have with
 * silence, and durability must not depend on that. */
static enum status apply(struct sqlite_store *s, const struct setting *settings, size_t count,
                         char *ret_reason)
{
    for (size_t i = 0; i < count; i++) {
        enum status st =
            sqlite_execute(s, settings[i].set, "cannot set up the database", ret_reason);
        int64_t good = 1;
        if (st == OK && settings[i].check)
            st = sqlite_query_number(s, settings[i].check, &good, ret_reason);
        if (st != OK)
            return st;
        if (good != 1)
            return sqlite_refuse(ret_reason, ERR_IO, "the database cannot be kept safe here",
                                 settings[i].set);
    }
    return OK;
}

static enum status configure_writer(struct sqlite_store *s, char *ret_reason)
{
    static const struct setting settings[] = {
        /* PAGE_BYTES. The page size is fixed when the first page is written, which switching to WAL does. */
        {"PRAGMA page_size = 4096", NULL},
        /* Likewise. A database that was made without it stays so: sqlite_vacuum does nothing there. */
        {"PRAGMA auto_vacuum = INCREMENTAL", NULL},
        {"PRAGMA journal_mode = WAL",
         "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"},
        {"PRAGMA synchronous = FULL",
         "SELECT count(*) FROM pragma_synchronous WHERE synchronous = 2"},
        {"PRAGMA cache_size = -65536", NULL}, /* KB */
        {"PRAGMA mmap_size = 0", NULL},
        {"PRAGMA temp_store = MEMORY", NULL},
        {"PRAGMA trusted_schema = OFF", NULL},
        /* A log that a storm made large shrinks to the cap when it starts again. */
        {"PRAGMA journal_size_limit = 131072000", NULL},
        /* Before the hook is set: it is the same slot. */
        {"PRAGMA wal_autocheckpoint = 0", NULL},
        /* For the migrations; see check_references. */
        {"PRAGMA foreign_keys = OFF", NULL},
    };
    const enum status st = apply(s, settings, COUNT_OF(settings), ret_reason);
    if (st == OK)
        (void)sqlite3_wal_hook(s->db, on_committed, s);
    return st;
}

/* From now on every write has its references checked. */
static enum status check_references(struct sqlite_store *s, char *ret_reason)
{
    static const struct setting on = {
        "PRAGMA foreign_keys = ON",
        "SELECT count(*) FROM pragma_foreign_keys WHERE foreign_keys = 1"};
    return apply(s, &on, 1, ret_reason);
}

static enum status configure_other(struct sqlite_store *s, char *ret_reason)
{
    return sqlite_execute(
        s,
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
    enum status st = sqlite_execute(s, "BEGIN IMMEDIATE", what, ret_reason);
    for (int64_t i = schema; st == OK && i < SQLITE_SCHEMA_NUMBER; i++)
        st = sqlite_execute(s, sqlite_migrations[i], what, ret_reason);
    if (st == OK)
        st = sqlite_execute(s, number, what, ret_reason);
    if (st == OK)
        st = sqlite_execute(s, "COMMIT", what, ret_reason);
    if (st != OK && !sqlite3_get_autocommit(s->db))
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return st;
}

/* A statement of ours does not fit the tables: SQLITE_ERROR, where a failing disk has other names. */
static enum status refuse_tables(struct sqlite_store *s, char *ret_reason)
{
    const enum status st =
        sqlite_refuse_db(s, ret_reason, "the tables are not what they should be");
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
        if (slice_starts(words, SQLITE_CHECK_HEADING))
            (void)slice_split(&words, '\n', &line);
    }
    (void)snprintf(ret_reason, SQLITE_REASON_SIZE, "the database is damaged (%s): %.*s", table,
                   words.len < 120 ? (int)words.len : 120, (const char *)words.at);
    (void)sqlite3_finalize(stmt);
    arena_release(&arena);
    return ERR_CORRUPT;
}

/* See sqlite_looks. */
static enum status check_newest(struct sqlite_store *s, int64_t schema, char *ret_reason)
{
    for (const struct sqlite_look *look = sqlite_looks; look->table; look++) {
        int64_t number = 0;
        if (schema < look->first || schema > look->last)
            continue;
        const enum status st = sqlite_query_number(s, look->query, &number, ret_reason);
        if (st == ERR_CORRUPT)
            return refuse_damaged(s, look->table, ret_reason);
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
    if (st == OK && s->mode == SQLITE_WRITER) {
        /* Otherwise every allocation takes a lock to be counted. It can be said before the first
         * connection only, which is that of the writer; later it does nothing. */
        (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        s->log = sqlite_log_new();
        s->path = realpath(path, NULL);
    }
    if (st == OK)
        st = sqlite_open_db(s, path, ret_reason);
    if (st != OK)
        return st;
    /* A file that is refused stays as it is, its log too. */
    keep_log_at_close(s, true);
    st = check_schema(s, &schema, ret_reason);
    if (st != OK)
        return st;
    if (s->mode != SQLITE_WRITER) {
        if (schema != SQLITE_SCHEMA_NUMBER)
            return sqlite_refuse(ret_reason, ERR_IO,
                                 schema == 0 ? "the database has not been set up yet"
                                             : "the database is of an older version, and becomes"
                                               " a new one when casysd serves it",
                                 NULL);
        st = configure_other(s, ret_reason);
        return st == OK ? prepare(s, ret_reason) : st;
    }
    /* Before anything is written. */
    if (schema > 0)
        st = check_newest(s, schema, ret_reason);
    if (st != OK)
        return st;
    keep_log_at_close(s, false);
    st = configure_writer(s, ret_reason);
    if (st == OK)
        st = migrate(s, schema, ret_reason);
    if (st == OK)
        st = check_references(s, ret_reason);
    if (st == OK)
        st = prepare(s, ret_reason);
    if (st == OK)
        sqlite_measure(s);
    return st;
}

enum status sqlite_store_open(const char *path, enum sqlite_mode mode, struct store **ret,
                              char ret_reason[SQLITE_REASON_SIZE])
{
    struct sqlite_store *s = calloc(1, sizeof *s);
    ENSURE_MEMORY(s);
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

/* ---- after a synchronisation that failed ---- */

/* All of the log, synchronised: then nothing that is committed depends on the log. */
static enum status copy_log(struct sqlite_store *s, char *ret_reason)
{
    int frames = 0, copied = 0;
    const int result =
        sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
    if (result != SQLITE_OK)
        return sqlite_refuse_db(s, ret_reason, "cannot synchronise the database");
    return copied == frames ? OK
                            : sqlite_refuse(ret_reason, ERR_IO, "somebody reads the log", NULL);
}

static enum status open_anew(struct sqlite_store *fresh, char *ret_reason)
{
    int64_t schema = 0;
    enum status st = sqlite_open_db(fresh, fresh->path, ret_reason);
    if (st == OK)
        st = check_schema(fresh, &schema, ret_reason);
    if (st == OK)
        st = check_newest(fresh, schema, ret_reason);
    if (st == OK)
        st = configure_writer(fresh, ret_reason);
    if (st == OK)
        st = check_references(fresh, ret_reason);
    if (st == OK)
        st = prepare(fresh, ret_reason);
    return st == OK ? copy_log(fresh, ret_reason) : st;
}

static void close_db(struct sqlite_store *s)
{
    for (size_t i = 0; i < SQL_COUNT; i++)
        (void)sqlite3_finalize(s->statements[i]);
    ENSURE(sqlite3_close(s->db) == SQLITE_OK);
}

enum status sqlite_reopen(struct sqlite_store *s)
{
    char reason[SQLITE_REASON_SIZE] = "";
    struct sqlite_store fresh = {
        .lock_fd = -1, .mode = SQLITE_WRITER, .log = s->log, .path = s->path};
    ENSURE(s->mode == SQLITE_WRITER && !s->open);
    if (open_anew(&fresh, reason) != OK) {
        close_db(&fresh);
        /* Tried with every command: told when it is something new. */
        if (strcmp(reason, s->told) != 0)
            log_event(LOG_ERROR, "database_not_reopened", L_STR("reason", reason));
        memcpy(s->told, reason, sizeof(s->told));
        return ERR_IO;
    }
    close_db(s);
    s->db = fresh.db;
    memcpy(s->statements, fresh.statements, sizeof(s->statements));
    (void)sqlite3_wal_hook(s->db, on_committed, s);
    s->unsure = false;
    s->told[0] = '\0';
    log_event(LOG_INFO, "database_reopened");
    return OK;
}
