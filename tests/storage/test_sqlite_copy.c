/* Copies of a database, what a check finds in it, and how a file gets its name. */
#include "storage/sqlite_file.h"
#include "storage/sqlite_store.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/storage/sample.h"
#include "tests/storage/sql.h"

/* Of the one test that runs in this process. */
static struct temp_path folder, path, other;
static char reason[200];

static void setup(void)
{
    folder = temp_folder();
    path = temp_join(&folder, "casys.db");
    other = temp_join(&folder, "other.db");
}

static struct store *must_open(const char *file, enum sqlite_mode mode)
{
    struct store *store = NULL;
    const enum status st = sqlite_store_open(file, mode, &store, reason);
    ck_assert_msg(st == OK, "%s: %s", status_name(st), reason);
    return store;
}

static bool is_there(const char *name)
{
    const struct temp_path file = temp_join(&folder, name);
    return access(file.text, F_OK) == 0;
}

static void check_content(const char *name, const char *expected)
{
    const struct temp_path file = temp_join(&folder, name);
    struct buf content = {0};
    read_file(file.text, &content);
    ck_assert_slice_eq(buf_slice(&content), slice_str(expected));
    buf_release(&content);
}

/* ---- copies ---- */

START_TEST(a_copy_has_what_was_committed_and_nothing_more)
{
    struct sqlite_survey found;
    struct store *writer = must_open(path.text, SQLITE_WRITER);
    const struct sample_place place = sample_place(writer, 3);
    struct store *reader = must_open(path.text, SQLITE_READER);
    const struct store_entry entry = sample_entry(place.game, 4);
    ck_assert_ok(store_begin(writer));
    ck_assert_ok(store_append(writer, &entry));
    write_file(other.text, SLICE(""));
    ck_assert_ok(sqlite_store_copy(reader, other.text, reason));
    ck_assert_ok(store_commit(writer));
    store_free(reader);
    store_free(writer);
    ck_assert(!is_there("other.db-wal") && !is_there("other.db-journal"));
    struct store *copy = must_open(other.text, SQLITE_READER);
    ck_assert_ok(sqlite_store_survey(copy, &found, reason));
    ck_assert_uint_eq(found.games, 1);
    ck_assert_uint_eq(found.versions, 3);
    ck_assert_uint_eq(found.sessions, 1);
    ck_assert_uint_eq(found.stories, 1);
    ck_assert_uint_eq(found.feedback, 0);
    check_journal(copy, place.game, 3);
    store_free(copy);
    struct stat stat_of;
    ck_assert_int_eq(stat(other.text, &stat_of), 0);
    ck_assert_uint_eq((uint64_t)stat_of.st_size, found.bytes);
    ck_assert(!is_there("other.db-wal") && !is_there("other.db-shm"));
}
END_TEST

START_TEST(a_copy_that_cannot_be_written_is_told)
{
    struct store *writer = must_open(path.text, SQLITE_WRITER);
    (void)sample_place(writer, 3);
    struct store *reader = must_open(path.text, SQLITE_READER);
    ck_assert_status(sqlite_store_copy(reader, other.text, reason), ERR_IO); /* no such file */
    write_file(other.text, SLICE(""));
    ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){8192, 8192}), 0);
    ck_assert_status(sqlite_store_copy(reader, other.text, reason), ERR_IO);
    ck_assert_msg(strstr(reason, "cop"), "%s", reason);
    store_free(reader);
    store_free(writer);
}
END_TEST

/* ---- checks ---- */

static void count_line(void *arg, struct slice line)
{
    unsigned *count = arg;
    ck_assert_uint_gt(line.len, 0);
    (*count)++;
}

static const struct {
    const char *why;
    const char *sql; /* done behind the store's back; NULL: nothing */
    enum status verdict;
    unsigned lines;
} checks[] = {
    {"nothing", NULL, OK, 0},
    {"a member of no game", "INSERT INTO members VALUES (1, 99, 2)", ERR_CORRUPT, 1},
    {"two of them", "INSERT INTO members VALUES (1, 98, 2), (1, 99, 2)", ERR_CORRUPT, 2},
    {"a value that no check lets in",
     "PRAGMA ignore_check_constraints = ON; UPDATE games SET link = 2", ERR_CORRUPT, 1},
    {"a row of the journal gone", "DELETE FROM journal WHERE version = 2", ERR_CORRUPT, 1},
    {"a row of the journal too many",
     "INSERT INTO journal VALUES (9, 1, 9, 3, 0, NULL, NULL, x'00')", ERR_CORRUPT, 1},
};

START_TEST(a_check_names_what_is_wrong)
{
    unsigned lines = 0;
    struct store *writer = must_open(path.text, SQLITE_WRITER);
    (void)sample_place(writer, 3);
    store_free(writer);
    if (checks[_i].sql) {
        struct sql *sql = sql_open(path.text);
        sql_run(sql, "PRAGMA foreign_keys = OFF");
        sql_run(sql, checks[_i].sql);
        sql_close(sql);
    }
    ck_assert_status(sqlite_store_check(path.text, count_line, &lines, reason), checks[_i].verdict);
    ck_assert_msg(lines == checks[_i].lines, "%s: %u lines", checks[_i].why, lines);
    ck_assert_str_eq(reason, lines > 0 ? "the database is damaged" : "");
    ck_assert_status(sqlite_store_check(other.text, count_line, &lines, reason), ERR_IO);
    ck_assert_uint_eq(lines, checks[_i].lines); /* no such file: it was not opened */
}
END_TEST

/* ---- holding ---- */

START_TEST(a_file_is_held_once)
{
    int first = -1, second = -1;
    ck_assert_ok(sqlite_file_is_free(path.text, reason));
    ck_assert(!is_there("casys.db"));
    ck_assert_ok(sqlite_file_hold(path.text, &first, reason));
    ck_assert_status(sqlite_file_hold(path.text, &second, reason), ERR_CONFLICT);
    ck_assert_status(sqlite_file_is_free(path.text, reason), ERR_CONFLICT);
    ck_assert_str_eq(reason, "another process has the database open");
    ck_assert_int_eq(close(first), 0);
    ck_assert_ok(sqlite_file_is_free(path.text, reason));
    ck_assert_ok(sqlite_file_hold(path.text, &second, reason));
    ck_assert_int_eq(close(second), 0);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_told)
{
    int held = -1;
    const struct temp_path lost = temp_join(&folder, "no/casys.db");
    ck_assert_status(sqlite_file_hold(lost.text, &held, reason), ERR_IO);
    ck_assert_status(sqlite_file_may_grow(lost.text, reason), ERR_IO);
    ck_assert_status(sqlite_file_new(lost.text, reason), ERR_IO);
    write_file(path.text, SLICE("new"));
    ck_assert_status(sqlite_file_place(path.text, lost.text, reason), ERR_IO);
    ck_assert_status(sqlite_file_replace(path.text, lost.text, reason), ERR_IO);
    ck_assert_status(sqlite_file_is_free(folder.text, reason), OK); /* nobody holds a folder */
    write_file(other.text, SLICE("a file"));
    const struct temp_path below = temp_join(&folder, "other.db/casys.db");
    ck_assert_status(sqlite_file_is_free(below.text, reason), ERR_IO);
}
END_TEST

/* ---- names ---- */

START_TEST(a_name_that_is_taken_stays_with_its_file)
{
    write_file(path.text, SLICE("new"));
    write_file(other.text, SLICE("old"));
    ck_assert_status(sqlite_file_new(other.text, reason), ERR_CONFLICT);
    ck_assert_status(sqlite_file_place(path.text, other.text, reason), ERR_CONFLICT);
    check_content("other.db", "old");
    check_content("casys.db", "new");
    ck_assert_int_eq(unlink(other.text), 0);
    ck_assert_ok(sqlite_file_place(path.text, other.text, reason));
    check_content("other.db", "new");
    ck_assert(!is_there("casys.db"));
    ck_assert_status(sqlite_file_place(path.text, other.text, reason), ERR_IO); /* no such file */
    ck_assert_status(sqlite_file_replace(path.text, other.text, reason), ERR_IO);
    check_content("other.db", "new");
}
END_TEST

START_TEST(what_is_replaced_is_kept_with_its_log)
{
    const struct temp_path log = temp_join(&folder, "other.db-wal");
    const struct temp_path index = temp_join(&folder, "other.db-shm");
    write_file(path.text, SLICE("new"));
    write_file(other.text, SLICE("old"));
    write_file(log.text, SLICE("old log"));
    write_file(index.text, SLICE("old index"));
    ck_assert_ok(sqlite_file_replace(path.text, other.text, reason));
    check_content("other.db", "new");
    check_content("other.db.old", "old");
    check_content("other.db.old-wal", "old log");
    ck_assert(!is_there("other.db-wal") && !is_there("other.db-shm") && !is_there("casys.db"));
}
END_TEST

START_TEST(what_was_kept_before_is_not_lost)
{
    static const char *const kept[] = {"other.db.old", "other.db.old-wal"};
    const struct temp_path log = temp_join(&folder, "other.db-wal");
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const struct temp_path file = temp_join(&folder, kept[i]);
        write_file(path.text, SLICE("new"));
        write_file(other.text, SLICE("old"));
        write_file(log.text, SLICE("old log"));
        write_file(file.text, SLICE("older"));
        ck_assert_status(sqlite_file_replace(path.text, other.text, reason), ERR_CONFLICT);
        check_content("other.db", "old");
        check_content("other.db-wal", "old log");
        check_content(kept[i], "older");
        ck_assert_int_eq(unlink(file.text), 0);
    }
}
END_TEST

START_TEST(an_empty_file_is_not_kept)
{
    write_file(path.text, SLICE("new"));
    ck_assert_ok(sqlite_file_new(other.text, reason));
    ck_assert_ok(sqlite_file_replace(path.text, other.text, reason));
    check_content("other.db", "new");
    ck_assert(!is_there("other.db.old"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sqlite_copy");
    TCase *tests = tcase_create("copy");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_copy_has_what_was_committed_and_nothing_more);
    tcase_add_test(tests, a_copy_that_cannot_be_written_is_told);
    tcase_add_loop_test(tests, a_check_names_what_is_wrong, 0, COUNT_OF(checks));
    tcase_add_test(tests, a_file_is_held_once);
    tcase_add_test(tests, a_folder_that_is_not_there_is_told);
    tcase_add_test(tests, a_name_that_is_taken_stays_with_its_file);
    tcase_add_test(tests, what_is_replaced_is_kept_with_its_log);
    tcase_add_test(tests, what_was_kept_before_is_not_lost);
    tcase_add_test(tests, an_empty_file_is_not_kept);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
