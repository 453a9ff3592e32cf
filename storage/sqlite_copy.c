/* A database as a whole: its copy, its check, and what is in it. */
#include "storage/sqlite_engine.h"

static enum status copy_pages(struct sqlite_store *s, struct sqlite_store *copy, char *ret_reason)
{
    static const char what[] = "cannot copy the database";
    sqlite3_backup *backup = sqlite3_backup_init(copy->db, "main", s->db, "main");
    if (!backup)
        return sqlite_refuse_db(copy, ret_reason, what);
    /* All in one step, so in one reading transaction: pages of one and the same moment. */
    const int result = sqlite3_backup_step(backup, -1);
    (void)sqlite3_backup_finish(backup);
    if (result == SQLITE_DONE)
        return OK;
    const enum status st = sqlite_status(result) == OK ? ERR_IO : sqlite_status(result);
    return sqlite_refuse(ret_reason, st, what, sqlite3_errstr(result));
}

enum status sqlite_store_copy(struct store *reader, const char *to,
                              char ret_reason[SQLITE_REASON_SIZE])
{
    struct sqlite_store copy = {.lock_fd = -1, .mode = SQLITE_WRITER};
    enum status st = sqlite_open_db(&copy, to, ret_reason);
    if (st == OK)
        st = copy_pages(sqlite_engine(reader), &copy, ret_reason);
    /* The copied first page says that there is a log. Without one it is a single file, which can be
     * read from a folder that cannot be written. */
    if (st == OK)
        st = sqlite_execute(&copy, "PRAGMA journal_mode = DELETE", "cannot finish the copy",
                            ret_reason);
    ENSURE(sqlite3_close(copy.db) == SQLITE_OK);
    return st;
}

enum status sqlite_store_compact(const char *path, uint64_t *ret_before, uint64_t *ret_after,
                                 char ret_reason[SQLITE_REASON_SIZE])
{
    static const char what[] = "cannot write the database anew";
    struct store *store;
    enum status st = sqlite_store_open(path, SQLITE_WRITER, &store, ret_reason);
    if (st != OK)
        return st;
    struct sqlite_store *s = sqlite_engine(store);
    *ret_before = s->bytes;
    st = sqlite_execute(s, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM", what, ret_reason);
    sqlite_measure(s);
    *ret_after = s->bytes;
    store_free(store);
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
            if (!slice_starts(line, SQLITE_CHECK_HEADING))
                on_wrong(arg, line);
        }
        st = ERR_CORRUPT;
    }
    if (result != SQLITE_DONE) {
        on_wrong(arg, slice_str(sqlite3_errmsg(s->db)));
        st = st == OK ? sqlite_status(result) : st;
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
        "               (SELECT ifnull(sum(version), 0) FROM games) +"
        "               (SELECT ifnull(sum(left), 0) FROM doomed) AS versions)"
        " WHERE rows <> versions",
    };
    enum status worst = OK;
    /* What stands on a broken structure is not worth reading. */
    for (size_t i = 0; worst == OK && i < COUNT_OF(checks); i++)
        worst = check_by(s, checks[i], on_wrong, arg);
    return worst;
}

enum status sqlite_store_check(const char *path, sqlite_wrong_fn *on_wrong, void *arg,
                               char ret_reason[SQLITE_REASON_SIZE])
{
    struct store *store;
    /* A connection that may write: SQLite passes over CHECK constraints when it reads the schema for
     * one that may not, and would check none of them. */
    enum status st = sqlite_store_open(path, SQLITE_CHECKPOINTER, &store, ret_reason);
    if (st != OK)
        return st;
    struct sqlite_store *s = sqlite_engine(store);
    st = sqlite_execute(s, "PRAGMA query_only = ON", "cannot read the database", ret_reason);
    if (st == OK) {
        st = check_all(s, on_wrong, arg);
        (void)sqlite_refuse(ret_reason, st, st == OK ? "" : "the database is damaged", NULL);
    }
    store_free(store);
    return st;
}

enum status sqlite_store_survey(struct store *reader, struct sqlite_survey *ret,
                                char ret_reason[SQLITE_REASON_SIZE])
{
    static const char *const queries[] = {
        "SELECT count(*) FROM games WHERE version > 0",
        "SELECT (SELECT count(*) FROM journal) - (SELECT ifnull(sum(left), 0) FROM doomed)",
        "SELECT count(*) FROM sessions",
        "SELECT count(*) FROM stories",
        "SELECT count(*) FROM feedback",
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        "SELECT ifnull(max(updated_ms), 0) FROM games",
    };
    int64_t numbers[COUNT_OF(queries)];
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        const enum status st =
            sqlite_query_number(sqlite_engine(reader), queries[i], &numbers[i], ret_reason);
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
