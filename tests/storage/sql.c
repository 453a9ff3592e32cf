#include "tests/storage/sql.h"

#include <stdlib.h>

#include <sqlite3.h>

struct sql {
    sqlite3 *db;
};

struct sql *sql_open(const char *path)
{
    struct sql *sql = malloc(sizeof *sql);
    ENSURE(sql);
    *sql = (struct sql){.db = NULL};
    ck_assert_int_eq(sqlite3_open(path, &sql->db), SQLITE_OK);
    sql_run(sql, "PRAGMA foreign_keys = ON");
    return sql;
}

void sql_close(struct sql *sql)
{
    ck_assert_int_eq(sqlite3_close(sql->db), SQLITE_OK);
    free(sql);
}

void sql_run(struct sql *sql, const char *text)
{
    const int result = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    ck_assert_msg(result == SQLITE_OK, "%s: %s", text, sqlite3_errmsg(sql->db));
}

bool sql_refused(struct sql *sql, const char *text)
{
    const int result = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    ck_assert_msg(result == SQLITE_CONSTRAINT, "%s: %s", text, sqlite3_errmsg(sql->db));
    return true;
}

static sqlite3_stmt *prepare(struct sql *sql, const char *text)
{
    sqlite3_stmt *stmt = NULL;
    const int result = sqlite3_prepare_v2(sql->db, text, -1, &stmt, NULL);
    ck_assert_msg(result == SQLITE_OK, "%s: %s", text, sqlite3_errmsg(sql->db));
    return stmt;
}

int64_t sql_number(struct sql *sql, const char *text)
{
    sqlite3_stmt *stmt = prepare(sql, text);
    ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
    const int64_t number = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return number;
}

void sql_plan(struct sql *sql, const char *text, struct buf *ret)
{
    struct buf explain = {0};
    buf_printf(&explain, "EXPLAIN QUERY PLAN %s", text);
    buf_byte(&explain, '\0');
    sqlite3_stmt *stmt = prepare(sql, (const char *)explain.at);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        buf_printf(ret, "%s\n", (const char *)sqlite3_column_text(stmt, 3));
    sqlite3_finalize(stmt);
    buf_release(&explain);
}

void sql_file_run(const char *path, const char *text)
{
    struct sql *sql = sql_open(path);
    sql_run(sql, text);
    sql_close(sql);
}
