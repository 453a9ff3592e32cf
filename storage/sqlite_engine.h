/* What the files of the SQLite engine share, and nobody else includes: the engine itself, one
 * statement, one column, and the calls of struct store_ops by subject.
 *
 *     sqlite_store.c    opening, checking at the start, transactions, the log
 *     sqlite_games.c    games, journal, stories
 *     sqlite_people.c   sessions, devices, carries, members, invitations
 *     sqlite_saves.c    saves
 *     sqlite_past.c     games that begin with the past of another
 *     sqlite_purge.c    deletion, retention, unused pages
 *     sqlite_copy.c     copies, the whole check, the survey
 *     sqlite_file.c     the file among files
 *     sqlite_log.c      the writes of the log, gathered
 *     sqlite_schema.c   tables and statements
 *
 * Everything here runs on the thread of its store. */
#ifndef CASYS_STORAGE_SQLITE_ENGINE_H
#define CASYS_STORAGE_SQLITE_ENGINE_H

#include <sqlite3.h>

#include "storage/sqlite_schema.h"
#include "storage/sqlite_store.h"

enum { SQLITE_REASON_SIZE = 200 };

/* What SQLite's check puts above its findings. */
#define SQLITE_CHECK_HEADING SLICE("*** in database")

struct sqlite_store {
    struct store store; /* first: a store is cast back to its engine */
    sqlite3 *db;
    struct sqlite_log *log; /* of the writer, or NULL */
    int lock_fd;            /* the writer's flock, or -1 */
    enum sqlite_mode mode;
    bool open;       /* between begin and commit or rollback */
    bool broken;     /* a step failed: only rollback may follow */
    bool retracting; /* what a failed commit left in the log could not be written over yet */
    bool unsure;     /* a synchronisation failed: nothing is written before sqlite_reopen */
    char *path;      /* absolute, owned; of the writer, or NULL */
    char told[SQLITE_REASON_SIZE]; /* why it could not be opened anew, as it was logged last */
    size_t unborn;                 /* games that were created since begin and have no version yet */
    size_t wal_pages;              /* after the last commit */
    uint64_t bytes;                /* the same; of the database */
    sqlite3_stmt *statements[SQL_COUNT];
};

struct sqlite_store *sqlite_engine(struct store *store);

/* ---- results ---- */

enum status sqlite_status(int result);
/* The status of a step; a failed one breaks the transaction. A constraint undoes its own statement
 * and nothing else (SQLite's ABORT), so the transaction may go on after it. */
enum status sqlite_judge(struct sqlite_store *s, int result) MUST_CHECK;
/* May this call write? ERR_IO in a broken transaction. */
enum status sqlite_check_writable(const struct sqlite_store *s) MUST_CHECK;

/* A reason for people: what, and why (or NULL). Returns st. */
enum status sqlite_refuse(char *ret_reason, enum status st, const char *what, const char *why);
/* With SQLite's words and its status. */
enum status sqlite_refuse_db(struct sqlite_store *s, char *ret_reason, const char *what);

/* Open the file in the store's mode, as it is: nothing is read or set up yet. */
enum status sqlite_open_db(struct sqlite_store *s, const char *path, char *ret_reason) MUST_CHECK;

/* ---- one statement ---- */

/* SQLite counts to 2^63 - 1. No row and no version ever has a larger number, so the largest one
 * stands for all of them. */
int64_t sqlite_clamp(uint64_t number);

sqlite3_stmt *sqlite_statement_of(struct sqlite_store *s, enum sqlite_statement which);
void sqlite_bind_int(sqlite3_stmt *stmt, int at, int64_t value);
/* The seq of a journal row; 0 stands for none, which is NULL. */
void sqlite_bind_link(sqlite3_stmt *stmt, int at, int64_t seq);
/* Borrowed until the statement is reset. */
void sqlite_bind_blob(sqlite3_stmt *stmt, int at, struct slice s);
void sqlite_bind_text(sqlite3_stmt *stmt, int at, struct slice s);

/* An open reading statement is an open reading transaction, and that keeps the log from starting
 * again: every statement is reset as soon as its row was copied. */
void sqlite_done(sqlite3_stmt *stmt);
/* A statement without rows, and its end. */
enum status sqlite_run(struct sqlite_store *s, sqlite3_stmt *stmt) MUST_CHECK;
enum status sqlite_run_plain(struct sqlite_store *s, enum sqlite_statement which);
/* The same for one that has to change a row. ERR_NOT_FOUND    it changed none. */
enum status sqlite_run_on_row(struct sqlite_store *s, sqlite3_stmt *stmt) MUST_CHECK;
/* The first or the next row of a query, which the caller reads before sqlite_done().
 * ERR_NOT_FOUND    there is none; the statement is done. */
enum status sqlite_first_row(struct sqlite_store *s, sqlite3_stmt *stmt) MUST_CHECK;

/* For text of the start and of checks, which is used once. */
enum status sqlite_query_number(struct sqlite_store *s, const char *sql, int64_t *ret,
                                char *ret_reason) MUST_CHECK;
enum status sqlite_execute(struct sqlite_store *s, const char *sql, const char *what,
                           char *ret_reason) MUST_CHECK;

/* ---- columns: what is read is not trusted to be what was written ---- */

/* A number from min to max. */
bool sqlite_column_int(sqlite3_stmt *stmt, int at, int64_t min, int64_t max, int64_t *ret);
/* Any number: a time. */
bool sqlite_column_time(sqlite3_stmt *stmt, int at, int64_t *ret);
/* A number above 0: a row, a version. */
bool sqlite_column_count(sqlite3_stmt *stmt, int at, uint64_t *ret);
/* The seq of a journal row up to max, or 0 for none. */
bool sqlite_column_link(sqlite3_stmt *stmt, int at, int64_t max, int64_t *ret);
/* min to max bytes, of a blob or a text; borrowed until the next step. */
bool sqlite_column_bytes(sqlite3_stmt *stmt, int at, size_t min, size_t max, struct slice *ret);
bool sqlite_column_id(sqlite3_stmt *stmt, int at, struct slice *ret);
/* Exactly len bytes, copied. */
bool sqlite_column_fixed(sqlite3_stmt *stmt, int at, uint8_t *ret, size_t len);

/* ---- games, journal, stories ---- */

enum status sqlite_game_create(struct store *store, const struct store_new_game *game,
                               uint64_t *ret_row);
enum status sqlite_append(struct store *store, const struct store_entry *entry);
enum status sqlite_feedback_add(struct store *store, struct slice game, struct slice text,
                                int64_t at_ms);
enum status sqlite_game_load(struct store *store, struct slice name, struct arena *arena,
                             struct store_game *ret);
enum status sqlite_request_find(struct store *store, uint64_t game, struct slice request_id,
                                uint64_t *ret_version, uint8_t ret_print[STORE_PRINT_LEN]);
enum status sqlite_story_load(struct store *store, const uint8_t hash[SHA256_LEN],
                              struct arena *arena, struct slice *ret_source);
enum status sqlite_list(struct store *store, uint64_t session, uint64_t below, size_t count,
                        store_list_fn *visit, void *arg);
enum status sqlite_scan(struct store *store, uint64_t above, size_t count, store_list_fn *visit,
                        void *arg);
enum status sqlite_history(struct store *store, uint64_t game, uint64_t from, uint64_t to,
                           store_history_fn *visit, void *arg);
/* The game's version and the seq of its newest row, 0 and 0 for one without a version.
 * ERR_NOT_FOUND    no such game. */
enum status sqlite_find_tail(struct sqlite_store *s, uint64_t game, int64_t *ret_version,
                             int64_t *ret_tail) MUST_CHECK;

/* ---- sessions, devices, carries, members, invitations ---- */

enum status sqlite_session_add(struct store *store, struct slice name, int64_t at_ms,
                               uint64_t *ret_row);
enum status sqlite_session_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                struct arena *arena, struct store_session *ret);
enum status sqlite_device_add(struct store *store, uint64_t session,
                              const struct store_new_device *device);
enum status sqlite_device_rotate(struct store *store, uint64_t session, struct slice name,
                                 const uint8_t secret_hash[SHA256_LEN], int64_t at_ms,
                                 int64_t previous_until_ms);
enum status sqlite_device_seen(struct store *store, uint64_t session, struct slice name,
                               int64_t at_ms);
enum status sqlite_device_remove(struct store *store, uint64_t session, struct slice name);
enum status sqlite_device_list(struct store *store, uint64_t session, store_device_fn *visit,
                               void *arg);
enum status sqlite_carry_add(struct store *store, uint64_t session,
                             const uint8_t code_hash[SHA256_LEN], int64_t expires_ms);
enum status sqlite_carry_take(struct store *store, const uint8_t code_hash[SHA256_LEN],
                              struct arena *arena, struct store_carry *ret);
enum status sqlite_member_set(struct store *store, uint64_t game, uint64_t session,
                              enum store_role role);
enum status sqlite_member_find(struct store *store, uint64_t game, uint64_t session,
                               enum store_role *ret);
enum status sqlite_member_list(struct store *store, uint64_t game, uint64_t above, size_t count,
                               store_member_fn *visit, void *arg);
enum status sqlite_invitation_add(struct store *store,
                                  const struct store_new_invitation *invitation);
enum status sqlite_invitation_remove(struct store *store, uint64_t game, struct slice name);
enum status sqlite_invitation_list(struct store *store, uint64_t game, store_invitation_fn *visit,
                                   void *arg);
enum status sqlite_invitation_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                   struct arena *arena, struct store_invitation *ret);
/* As the last step of making a game, or by sqlite_member_set. */
enum status sqlite_put_member(struct sqlite_store *s, uint64_t game, uint64_t session,
                              enum store_role role) MUST_CHECK;

/* ---- saves ---- */

enum status sqlite_save_put(struct store *store, uint64_t game, uint64_t session,
                            const struct store_save *save);
enum status sqlite_save_remove(struct store *store, uint64_t game, uint64_t session, uint32_t slot);
enum status sqlite_save_list(struct store *store, uint64_t game, uint64_t session,
                             store_save_fn *visit, void *arg);
enum status sqlite_save_find(struct store *store, uint64_t game, uint64_t session, uint32_t slot,
                             struct arena *arena, struct store_save *ret);

/* ---- games that begin with a past ---- */

/* The journal row of an entry, behind the row `prev` or 0. */
enum status sqlite_put_journal(struct sqlite_store *s, const struct store_entry *entry,
                               int64_t prev) MUST_CHECK;
/* Of a game that was made just now: its past is to be written. */
enum status sqlite_past_begin(struct sqlite_store *s, uint64_t game) MUST_CHECK;
enum status sqlite_past_add(struct store *store, uint64_t game,
                            const struct store_journal_row *rows, size_t count);
enum status sqlite_past_end(struct store *store, uint64_t game);

/* ---- deletion, retention, unused pages ---- */

enum status sqlite_game_doom(struct store *store, uint64_t game);
enum status sqlite_prune_find(struct store *store, enum store_stale kind, int64_t before_ms,
                              uint64_t above, size_t rows, store_stale_fn *visit, void *arg,
                              uint64_t *ret_next);
enum status sqlite_prune_drop(struct store *store, enum store_stale kind,
                              const struct store_stale_row *row);
enum status sqlite_purge(struct store *store, size_t rows, bool *ret_more);
enum status sqlite_vacuum(struct store *store, size_t pages, bool *ret_more);
/* OK for a game that may be given something; ERR_CONFLICT for one that was deleted. Whether there is
 * such a game at all is told by the reference to it. */
enum status sqlite_check_alive(struct sqlite_store *s, uint64_t game) MUST_CHECK;

/* ---- transactions and the log, for sqlite_purge.c ---- */

enum status sqlite_begin(struct store *store);
/* Open the writer's database anew, with the looks of a start, and bring all of the log into it,
 * synchronised. Until that works the old connection goes on reading. ERR_IO */
enum status sqlite_reopen(struct sqlite_store *s) MUST_CHECK;
enum status sqlite_commit(struct store *store);
void sqlite_rollback(struct store *store);
/* Note the size of the database. */
void sqlite_measure(struct sqlite_store *s);

#endif
