#include "storage/sqlite_engine.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "app/base/limits.h"

struct sqlite_store *sqlite_engine(struct store *store)
{
    return container_of(store, struct sqlite_store, store);
}

enum status sqlite_status(int result)
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

enum status sqlite_judge(struct sqlite_store *s, int result)
{
    const enum status st = sqlite_status(result);
    if (st != OK && st != ERR_CONFLICT && s->open)
        s->broken = true;
    return st;
}

int64_t sqlite_clamp(uint64_t number)
{
    return number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

sqlite3_stmt *sqlite_statement_of(struct sqlite_store *s, enum sqlite_statement which)
{
    sqlite3_stmt *stmt = s->statements[which];
    ENSURE(stmt);                     /* a reader is asked to read only */
    ENSURE(!sqlite3_stmt_busy(stmt)); /* a visitor does not call the store it visits */
    return stmt;
}

void sqlite_bind_int(sqlite3_stmt *stmt, int at, int64_t value)
{
    ENSURE(sqlite3_bind_int64(stmt, at, value) == SQLITE_OK);
}

void sqlite_bind_link(sqlite3_stmt *stmt, int at, int64_t seq)
{
    if (seq > 0)
        sqlite_bind_int(stmt, at, seq);
    else
        ENSURE(sqlite3_bind_null(stmt, at) == SQLITE_OK);
}

/* SQLite takes a NULL pointer for NULL, which is not the same as no bytes. */
void sqlite_bind_blob(sqlite3_stmt *stmt, int at, struct slice s)
{
    ENSURE(s.len <= INT_MAX);
    const void *bytes = s.len > 0 ? (const void *)s.at : "";
    ENSURE(sqlite3_bind_blob(stmt, at, bytes, (int)s.len, SQLITE_STATIC) == SQLITE_OK);
}

void sqlite_bind_text(sqlite3_stmt *stmt, int at, struct slice s)
{
    ENSURE(s.len <= INT_MAX);
    const char *bytes = s.len > 0 ? (const char *)s.at : "";
    ENSURE(sqlite3_bind_text(stmt, at, bytes, (int)s.len, SQLITE_STATIC) == SQLITE_OK);
}

void sqlite_done(sqlite3_stmt *stmt)
{
    (void)sqlite3_reset(stmt); /* repeats the result of the last step */
    (void)sqlite3_clear_bindings(stmt);
}

enum status sqlite_run(struct sqlite_store *s, sqlite3_stmt *stmt)
{
    const int result = sqlite3_step(stmt);
    ENSURE(result != SQLITE_ROW);
    sqlite_done(stmt);
    return sqlite_judge(s, result);
}

enum status sqlite_run_plain(struct sqlite_store *s, enum sqlite_statement which)
{
    return sqlite_run(s, sqlite_statement_of(s, which));
}

enum status sqlite_run_on_row(struct sqlite_store *s, sqlite3_stmt *stmt)
{
    const enum status st = sqlite_run(s, stmt);
    return st == OK && sqlite3_changes(s->db) == 0 ? ERR_NOT_FOUND : st;
}

enum status sqlite_first_row(struct sqlite_store *s, sqlite3_stmt *stmt)
{
    const int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW)
        return OK;
    sqlite_done(stmt);
    return result == SQLITE_DONE ? ERR_NOT_FOUND : sqlite_judge(s, result);
}

bool sqlite_column_int(sqlite3_stmt *stmt, int at, int64_t min, int64_t max, int64_t *ret)
{
    if (sqlite3_column_type(stmt, at) != SQLITE_INTEGER)
        return false;
    *ret = sqlite3_column_int64(stmt, at);
    return *ret >= min && *ret <= max;
}

bool sqlite_column_time(sqlite3_stmt *stmt, int at, int64_t *ret)
{
    return sqlite_column_int(stmt, at, INT64_MIN, INT64_MAX, ret);
}

bool sqlite_column_count(sqlite3_stmt *stmt, int at, uint64_t *ret)
{
    int64_t number = 0;
    if (!sqlite_column_int(stmt, at, 1, INT64_MAX, &number))
        return false;
    *ret = (uint64_t)number;
    return true;
}

bool sqlite_column_link(sqlite3_stmt *stmt, int at, int64_t max, int64_t *ret)
{
    if (sqlite3_column_type(stmt, at) != SQLITE_NULL)
        return sqlite_column_int(stmt, at, 1, max, ret);
    *ret = 0;
    return true;
}

bool sqlite_column_bytes(sqlite3_stmt *stmt, int at, size_t min, size_t max, struct slice *ret)
{
    const int type = sqlite3_column_type(stmt, at);
    if (type != SQLITE_BLOB && type != SQLITE_TEXT)
        return false;
    const void *bytes = sqlite3_column_blob(stmt, at);
    *ret = slice_make(bytes, (size_t)sqlite3_column_bytes(stmt, at));
    return ret->len >= min && ret->len <= max && (bytes || ret->len == 0);
}

bool sqlite_column_id(sqlite3_stmt *stmt, int at, struct slice *ret)
{
    return sqlite_column_bytes(stmt, at, 1, LIMIT_ID_BYTES, ret);
}

bool sqlite_column_fixed(sqlite3_stmt *stmt, int at, uint8_t *ret, size_t len)
{
    struct slice bytes;
    if (!sqlite_column_bytes(stmt, at, len, len, &bytes))
        return false;
    memcpy(ret, bytes.at, len);
    return true;
}

enum status sqlite_check_writable(const struct sqlite_store *s)
{
    ENSURE(s->mode == SQLITE_WRITER && s->open);
    return s->broken ? ERR_IO : OK;
}

enum status sqlite_refuse(char *ret_reason, enum status st, const char *what, const char *why)
{
    (void)snprintf(ret_reason, SQLITE_REASON_SIZE, "%s%s%s", what, why ? ": " : "", why ? why : "");
    return st;
}

enum status sqlite_refuse_db(struct sqlite_store *s, char *ret_reason, const char *what)
{
    const int result = sqlite3_errcode(s->db);
    /* Whatever brought us here is a failure, also when SQLite has no name for it. */
    const enum status st = sqlite_status(result) == OK ? ERR_IO : sqlite_status(result);
    return sqlite_refuse(ret_reason, st, what, result == SQLITE_OK ? NULL : sqlite3_errmsg(s->db));
}

enum status sqlite_query_number(struct sqlite_store *s, const char *sql, int64_t *ret,
                                char *ret_reason)
{
    sqlite3_stmt *stmt = NULL;
    const bool good = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
                      sqlite3_step(stmt) == SQLITE_ROW;
    if (good)
        *ret = sqlite3_column_int64(stmt, 0);
    const enum status st = good ? OK : sqlite_refuse_db(s, ret_reason, "cannot read the database");
    (void)sqlite3_finalize(stmt);
    return st;
}

enum status sqlite_execute(struct sqlite_store *s, const char *sql, const char *what,
                           char *ret_reason)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return OK;
    return sqlite_refuse_db(s, ret_reason, what);
}
