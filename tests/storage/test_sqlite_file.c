/* The database as a file: who may have it, which files are refused, and what stands in it when
 * something else than a store was at it. */
#include "storage/sqlite_store.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/base/limits.h"
#include "storage/sqlite_schema.h"
#include "tests/storage/sample.h"
#include "tests/storage/sql.h"

/* Fields of the file's header, big endian (sqlite.org/fileformat2.html, 1.3). */
enum { HEADER_PAGE_SIZE = 16, HEADER_USER_VERSION = 60, HEADER_APPLICATION_ID = 68 };

/* Of the one test that runs in this process. */
static struct temp_path folder, path;

static void setup(void)
{
    folder = temp_folder();
    path = temp_join(&folder, "casys.db");
}

static struct store *must_open(enum sqlite_mode mode)
{
    char reason[200];
    struct store *store = NULL;
    const enum status st = sqlite_store_open(path.text, mode, &store, reason);
    ck_assert_msg(st == OK, "%s: %s", status_name(st), reason);
    ck_assert_str_eq(reason, "");
    return store;
}

/* Opening is refused so, with a reason that has these words. */
static void check_refused(enum sqlite_mode mode, enum status expected, const char *words)
{
    char reason[200];
    struct store *store = NULL;
    ck_assert_status(sqlite_store_open(path.text, mode, &store, reason), expected);
    ck_assert_ptr_null(store);
    ck_assert_msg(strstr(reason, words), "the reason is: %s", reason);
}

/* A database with a game of 3 versions, closed. */
static struct sample_place make_database(void)
{
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 3);
    store_free(store);
    return place;
}

static void on_wrong(void *arg, struct slice line)
{
    (void)arg;
    ck_abort_msg("%.*s", (int)line.len, (const char *)line.at);
}

/* The whole check finds nothing, and that many versions. */
static void check_whole(uint64_t versions)
{
    char reason[200];
    struct sqlite_survey survey;
    ck_assert_ok(sqlite_store_check(path.text, on_wrong, NULL, reason));
    struct store *reader = must_open(SQLITE_READER);
    ck_assert_ok(sqlite_store_survey(reader, &survey, reason));
    ck_assert_uint_eq(survey.versions, versions);
    store_free(reader);
}

/* Inside a transaction: events and snapshots that fill pages. */
static uint64_t add_large_game(struct store *store, unsigned number, uint64_t owner,
                               uint64_t versions)
{
    const uint64_t game = add_game(store, number, owner, 0);
    for (uint64_t version = 1; version <= versions; version++) {
        struct store_entry entry = sample_entry(game, version);
        entry.event = sample_bytes(3000);
        entry.snapshot = sample_bytes(20000);
        entry.request_id = sample_text("%u", (unsigned)version);
        ck_assert_ok(store_append(store, &entry));
    }
    return game;
}

static uint32_t header_field(size_t at, size_t len)
{
    struct buf file = {0};
    uint32_t number = 0;
    read_file(path.text, &file);
    ck_assert_uint_ge(file.len, 100);
    for (size_t i = 0; i < len; i++)
        number = number << 8 | file.at[at + i];
    buf_release(&file);
    return number;
}

static void check_file_is(const char *name, const struct buf *expected)
{
    struct buf now = {0};
    read_file(name, &now);
    ck_assert_slice_eq(buf_slice(&now), buf_slice(expected));
    buf_release(&now);
}

/* ---- making it ---- */

START_TEST(an_empty_place_becomes_a_database)
{
    (void)make_database();
    ck_assert_uint_eq(header_field(HEADER_PAGE_SIZE, 2), 4096);
    ck_assert_uint_eq(header_field(HEADER_USER_VERSION, 4), SQLITE_SCHEMA_NUMBER);
    ck_assert_uint_eq(header_field(HEADER_APPLICATION_ID, 4), SQLITE_APPLICATION_ID);
    struct sql *sql = sql_open(path.text);
    ck_assert_int_eq(sql_number(sql, "SELECT count(*) FROM pragma_integrity_check"
                                     " WHERE integrity_check <> 'ok'"),
                     0);
    ck_assert_int_eq(sql_number(sql, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    sql_close(sql);
}
END_TEST

START_TEST(its_size_is_known_after_each_commit_and_each_start)
{
    struct store *store = must_open(SQLITE_WRITER);
    const uint64_t empty = store_bytes(store);
    ck_assert_uint_gt(empty, 0);
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    struct store_entry entry = sample_entry(place.game, 2);
    entry.snapshot = sample_bytes(LIMIT_SNAPSHOT_BYTES);
    ck_assert_ok(store_append(store, &entry));
    store_rollback(store);
    const uint64_t before = store_bytes(store);
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));
    ck_assert_uint_ge(store_bytes(store), before + LIMIT_SNAPSHOT_BYTES);
    const uint64_t full = store_bytes(store);
    store_free(store); /* the log is in the database now */
    struct stat stat_of;
    ck_assert_int_eq(stat(path.text, &stat_of), 0);
    ck_assert_uint_eq((uint64_t)stat_of.st_size, full);
    store = must_open(SQLITE_WRITER);
    ck_assert_uint_eq(store_bytes(store), full);
    store_free(store);
}
END_TEST

START_TEST(only_the_owner_may_read_the_files)
{
    umask(0);
    struct store *store = must_open(SQLITE_WRITER);
    (void)sample_place(store, 1);
    static const char *const names[] = {"casys.db", "casys.db-wal", "casys.db-shm"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct temp_path file = temp_join(&folder, names[i]);
        struct stat stat_of;
        ck_assert_int_eq(stat(file.text, &stat_of), 0);
        ck_assert_uint_eq(stat_of.st_mode & 0777, 0600);
    }
    store_free(store);
}
END_TEST

static const struct {
    const char *why;
    const char *sql; /* what an interrupted start left; NULL: an empty file */
} beginnings[] = {
    {"the file was made", NULL},
    {"the log was switched on", "PRAGMA journal_mode = WAL"},
    {"a migration was rolled back", "BEGIN; CREATE TABLE games (id); ROLLBACK"},
};

START_TEST(an_interrupted_start_is_taken_up)
{
    write_file(path.text, SLICE(""));
    if (beginnings[_i].sql)
        sql_file_run(path.text, beginnings[_i].sql);
    check_refused(SQLITE_READER, ERR_IO, "not been set up");
    check_refused(SQLITE_CHECKPOINTER, ERR_IO, "not been set up");
    (void)make_database();
}
END_TEST

START_TEST(a_relative_path_is_a_file_whatever_its_name)
{
    static const char *const names[] = {":memory:", "file:x?mode=memory", "-", "a b"};
    ck_assert_int_eq(chdir(folder.text), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(path.text, sizeof path.text, "%s", names[i]);
        (void)make_database();
        struct store *store = must_open(SQLITE_WRITER);
        ck_assert_uint_eq(stored_version(store, 1), 3);
        store_free(store);
        ck_assert_int_eq(access(names[i], F_OK), 0);
    }
}
END_TEST

/* ---- who may have it ---- */

/* In another process: is the file refused? */
static bool refused_elsewhere(void)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        char reason[200];
        struct store *store = NULL;
        const enum status st = sqlite_store_open(path.text, SQLITE_WRITER, &store, reason);
        const bool refused = st == ERR_IO && strstr(reason, "another process");
        store_free(store);
        _exit(refused ? 1 : st == OK ? 0 : 2);
    }
    int result = 0;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert(WIFEXITED(result) && WEXITSTATUS(result) <= 1);
    return WEXITSTATUS(result) == 1;
}

START_TEST(a_second_process_is_refused)
{
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 1);
    ck_assert(refused_elsewhere());
    ck_assert_ok(store_begin(store));
    ck_assert(refused_elsewhere());
    ck_assert_ok(store_commit(store));
    append_versions(store, place.game, 2, 2);
    store_free(store);
    ck_assert(!refused_elsewhere());
    store = must_open(SQLITE_WRITER);
    check_journal(store, place.game, 2);
    store_free(store);
}
END_TEST

START_TEST(a_busy_file_is_waited_for_and_then_given_up)
{
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 1);
    struct sql *other = sql_open(path.text);
    sql_run(other, "BEGIN IMMEDIATE");
    ck_assert_status(store_begin(store), ERR_IO);
    ck_assert_uint_eq(stored_version(store, 1), 1);
    sql_run(other, "ROLLBACK");
    append_versions(store, place.game, 2, 2);
    sql_close(other);
    store_free(store);
}
END_TEST

/* Without its capabilities root is refused what others are. */
static void give_up_privileges(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[2] = {{0}, {0}};
    ck_assert_int_eq(syscall(SYS_capset, &header, none), 0);
}

START_TEST(a_folder_that_cannot_be_written_is_refused)
{
    give_up_privileges();
    ck_assert_int_eq(chmod(folder.text, 0500), 0);
    check_refused(SQLITE_WRITER, ERR_IO, "cannot open the database");
    ck_assert_int_eq(chmod(folder.text, 0700), 0);
    (void)make_database();
    ck_assert_int_eq(chmod(folder.text, 0500), 0);
    check_refused(SQLITE_WRITER, ERR_IO, "");
    ck_assert_int_eq(chmod(folder.text, 0700), 0);
    struct store *store = must_open(SQLITE_WRITER);
    ck_assert_uint_eq(stored_version(store, 1), 3);
    store_free(store);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_refused)
{
    give_up_privileges();
    (void)make_database();
    ck_assert_int_eq(chmod(path.text, 0400), 0);
    check_refused(SQLITE_WRITER, ERR_IO, "cannot open the database");
}
END_TEST

START_TEST(a_path_that_leads_nowhere_is_refused)
{
    check_refused(SQLITE_READER, ERR_IO, "cannot open the database");
    check_refused(SQLITE_CHECKPOINTER, ERR_IO, "cannot open the database");
    path = temp_join(&folder, "missing/casys.db");
    check_refused(SQLITE_WRITER, ERR_IO, "cannot open the database");
    path = folder;
    check_refused(SQLITE_WRITER, ERR_IO, "cannot open the database");
    path.text[0] = '\0';
    check_refused(SQLITE_WRITER, ERR_IO, "cannot open the database");
}
END_TEST

/* ---- which files are refused ---- */

static const struct {
    const char *why;
    const char *text; /* the file, or */
    const char *sql;  /* what makes it */
} strangers[] = {
    {"a text", "Once upon a time there was a file of somebody else.\n", NULL},
    /* Of one byte: SQLite takes it for empty. */
    {"two bytes", "xy", NULL},
    {"the first words of a database", "SQLite format 3", NULL},
    {"the tables of another program", NULL, "CREATE TABLE notes (text)"},
    {"a number of another program", NULL, "PRAGMA application_id = 1"},
    {"another program with a table", NULL, "PRAGMA application_id = 252006673; CREATE TABLE a (b)"},
    {"versioned by another program", NULL, "PRAGMA user_version = 1"},
    {"ours, but with no schema number", NULL, "PRAGMA application_id = 1128354649"},
};

START_TEST(a_file_of_somebody_else_is_refused_and_untouched)
{
    static const enum sqlite_mode modes[] = {SQLITE_WRITER, SQLITE_READER, SQLITE_CHECKPOINTER};
    struct buf before = {0};
    if (strangers[_i].text)
        write_file(path.text, slice_str(strangers[_i].text));
    else
        sql_file_run(path.text, strangers[_i].sql);
    read_file(path.text, &before);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        check_refused(modes[i], ERR_CORRUPT, "");
        check_file_is(path.text, &before);
    }
    buf_release(&before);
}
END_TEST

START_TEST(a_database_that_lost_a_table_is_refused)
{
    (void)make_database();
    sql_file_run(path.text, "DROP TABLE members");
    check_refused(SQLITE_WRITER, ERR_CORRUPT, "members");
    check_refused(SQLITE_READER, ERR_CORRUPT, "members");
}
END_TEST

START_TEST(a_newer_schema_is_refused_and_untouched)
{
    static const enum sqlite_mode modes[] = {SQLITE_WRITER, SQLITE_READER, SQLITE_CHECKPOINTER};
    struct buf before = {0};
    (void)make_database();
    sql_file_run(path.text, "PRAGMA user_version = 3; PRAGMA journal_mode = DELETE");
    ck_assert_uint_eq(header_field(HEADER_USER_VERSION, 4), SQLITE_SCHEMA_NUMBER + 1);
    read_file(path.text, &before);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        check_refused(modes[i], ERR_NEWER, "newer version");
        check_file_is(path.text, &before);
    }
    buf_release(&before);
}
END_TEST

/* Copy the database and its log as a crash would leave them. */
static void copy_crashed(const struct temp_path *to)
{
    static const char *const suffixes[] = {"", "-wal"};
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        struct buf content = {0};
        struct temp_path source, target;
        (void)snprintf(source.text, sizeof source.text, "%.200s%s", path.text, suffixes[i]);
        (void)snprintf(target.text, sizeof target.text, "%.200s%s", to->text, suffixes[i]);
        read_file(source.text, &content);
        ck_assert_uint_gt(content.len, 0);
        write_file(target.text, buf_slice(&content));
        buf_release(&content);
    }
}

START_TEST(a_newer_schema_in_the_log_is_refused_and_untouched)
{
    struct buf file = {0}, log = {0};
    const struct temp_path copy = temp_join(&folder, "copy.db");
    const struct temp_path copy_log = temp_join(&folder, "copy.db-wal");
    (void)make_database();
    struct sql *newer = sql_open(path.text);
    sql_run(newer, "PRAGMA user_version = 3");
    copy_crashed(&copy);
    sql_close(newer);
    path = copy;
    read_file(copy.text, &file);
    read_file(copy_log.text, &log);
    for (int i = 0; i < 2; i++) {
        check_refused(SQLITE_WRITER, ERR_NEWER, "newer version");
        check_file_is(copy.text, &file);
        check_file_is(copy_log.text, &log);
    }
    buf_release(&file);
    buf_release(&log);
}
END_TEST

START_TEST(what_a_crash_left_in_the_log_is_there)
{
    const struct temp_path copy = temp_join(&folder, "copy.db");
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 3);
    append_versions(store, place.game, 4, 9);
    copy_crashed(&copy);
    store_free(store);
    path = copy;
    store = must_open(SQLITE_WRITER);
    check_journal(store, place.game, 9);
    store_free(store);
}
END_TEST

/* Whatever the file has lost, the answer is a status. */
START_TEST(a_file_cut_short_is_answered_with_a_status)
{
    struct buf whole = {0};
    (void)make_database();
    read_file(path.text, &whole);
    for (size_t len = 2; len < whole.len; len += len < 128 ? 1 : 1021) {
        char reason[200];
        struct arena arena = {0};
        struct store_game game;
        struct store *store = NULL;
        write_file(path.text, slice_make(whole.at, len));
        const enum status st = sqlite_store_open(path.text, SQLITE_WRITER, &store, reason);
        ck_assert(st == OK || st == ERR_CORRUPT || st == ERR_IO);
        ck_assert_msg(st != OK || len > 4096, "%zu bytes are a database", len);
        if (st == OK)
            (void)!store_game_load(store, SLICE("game-1"), &arena, &game);
        store_free(store);
        arena_release(&arena);
    }
    buf_release(&whole);
}
END_TEST

/* ---- what it holds ---- */

static const struct {
    const char *why;
    const char *sql; /* done behind the store's back to sample_place(3) */
    enum { LOAD, HISTORY, REQUEST, MEMBER, SESSION, STORY, LIST_GAMES, APPEND } call;
} damages[] = {
    {"a state too long", "UPDATE games SET state = zeroblob(65537)", LOAD},
    {"a snapshot too long", "UPDATE games SET snapshot = zeroblob(524289)", LOAD},
    {"a seed cut short", "UPDATE games SET seed = x'00'", LOAD},
    {"a link that is no yes or no", "UPDATE games SET link = 2", LOAD},
    {"an owner below 1", "INSERT INTO sessions VALUES (-1, 'x', 0); UPDATE games SET owner = -1",
     LOAD},
    {"an owner without a name", "UPDATE sessions SET name = ''", LOAD},
    {"a hash cut short", "UPDATE stories SET hash = x'00'", LOAD},
    {"a tail that is not there", "UPDATE games SET tail = 99", HISTORY},
    {"no tail", "UPDATE games SET tail = NULL", HISTORY},
    {"a tail of no row", "UPDATE games SET tail = 0", HISTORY},
    {"a row gone", "DELETE FROM journal WHERE version = 2", HISTORY},
    {"a version left out", "UPDATE journal SET version = 9 WHERE version = 2", HISTORY},
    {"a row of another game", "UPDATE journal SET game = 9 WHERE version = 2", HISTORY},
    {"a link to itself", "UPDATE journal SET prev = seq WHERE version = 2", HISTORY},
    {"a link forward", "UPDATE journal SET prev = 3 WHERE version = 2", HISTORY},
    {"a link too many", "UPDATE journal SET prev = 1 WHERE version = 1", HISTORY},
    {"a link too few", "UPDATE journal SET prev = NULL WHERE version = 2", HISTORY},
    {"a link to nothing", "UPDATE journal SET prev = 0 WHERE version = 2", HISTORY},
    {"a link below 0", "UPDATE journal SET prev = -1 WHERE version = 2", HISTORY},
    {"an event too long", "UPDATE journal SET event = zeroblob(65537)", HISTORY},
    {"a print cut short",
     "UPDATE journal SET request_id = x'72', request_print = x'00' WHERE version = 2", REQUEST},
    {"an unknown role", "UPDATE members SET role = 4", MEMBER},
    {"a role of nobody", "UPDATE members SET role = 0", MEMBER},
    {"a session without a name", "UPDATE sessions SET name = ''", SESSION},
    {"a story too long", "UPDATE stories SET source = zeroblob(8388609)", STORY},
    {"a status too large", "UPDATE games SET status = 256", LIST_GAMES},
    {"a section too large", "UPDATE games SET section = 2147483648", LIST_GAMES},
    {"a title too long", "UPDATE stories SET title = printf('%.1025c', 'x')", LIST_GAMES},
    {"a version without a tail", "UPDATE games SET tail = NULL", APPEND},
    {"a game without a version", "UPDATE games SET version = 0, tail = NULL", APPEND},
    {"a version below 0", "UPDATE games SET version = -1", APPEND},
};

static bool ignore_row(void *arg, const struct store_journal_row *row)
{
    (void)arg;
    return row->version > 0;
}

static bool ignore_game(void *arg, const struct store_listed *game)
{
    (void)arg;
    return game->row > 0;
}

static enum status call_damaged(struct store *store, const struct sample_place *place, int call)
{
    struct arena arena = {0};
    struct store_game game;
    struct store_session session;
    struct slice source;
    enum store_role role;
    uint64_t version = 0;
    uint8_t print[STORE_PRINT_LEN];
    enum status st = ERR_INTERNAL;
    const struct sample_hash hash = sample_hash(1), story = sample_hash(0);
    const struct store_entry entry = sample_entry(place->game, 4);
    if (call == LOAD)
        st = store_game_load(store, SLICE("game-1"), &arena, &game);
    else if (call == HISTORY)
        st = store_history(store, place->game, 1, 9, ignore_row, NULL);
    else if (call == REQUEST)
        st = store_request_find(store, place->game, SLICE("r"), &version, print);
    else if (call == MEMBER)
        st = store_member_find(store, place->game, place->session, &role);
    else if (call == SESSION)
        st = store_session_find(store, hash.bytes, &arena, &session);
    else if (call == STORY)
        st = store_story_load(store, story.bytes, &arena, &source);
    else if (call == LIST_GAMES)
        st = store_list(store, place->session, 0, 9, ignore_game, NULL);
    else if (call == APPEND)
        st = store_append(store, &entry);
    arena_release(&arena);
    return st;
}

START_TEST(a_damaged_row_is_told_from_a_good_one)
{
    const struct sample_place place = make_database();
    struct sql *sql = sql_open(path.text);
    sql_run(sql, "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON");
    sql_run(sql, damages[_i].sql);
    sql_close(sql);
    struct store *store = must_open(SQLITE_WRITER);
    ck_assert_ok(store_begin(store));
    ck_assert_status(call_damaged(store, &place, (int)damages[_i].call), ERR_CORRUPT);
    /* One damaged game does not stop the others. */
    (void)add_game(store, 2, add_session(store, 2), 2);
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(stored_version(store, 2), 2);
    store_free(store);
}
END_TEST

/* Each to a game of 200 versions, of which the first is asked for. */
static const char *const damaged_milestones[] = {
    "DELETE FROM journal WHERE version = 64",
    "DELETE FROM journal WHERE version % 64 = 0",
    "UPDATE journal SET version = 64 WHERE version = 63",
    "UPDATE journal SET version = 63 WHERE version = 64",
    "UPDATE journal SET seq = 999 WHERE version = 64",
    "UPDATE journal SET prev = prev - 1 WHERE version = 64",
};

START_TEST(a_damaged_milestone_is_told_from_a_good_one)
{
    const struct sample_place place = make_database();
    struct store *store = must_open(SQLITE_WRITER);
    append_versions(store, place.game, 4, 200);
    ck_assert_ok(store_history(store, place.game, 1, 1, ignore_row, NULL));
    store_free(store);
    struct sql *sql = sql_open(path.text);
    sql_run(sql, "PRAGMA foreign_keys = OFF");
    sql_run(sql, damaged_milestones[_i]);
    sql_close(sql);
    store = must_open(SQLITE_WRITER);
    ck_assert_status(store_history(store, place.game, 1, 1, ignore_row, NULL), ERR_CORRUPT);
    /* What is above the damage is not concerned. */
    ck_assert_ok(store_history(store, place.game, 193, 200, ignore_row, NULL));
    store_free(store);
}
END_TEST

/* Each breaks what must hold of a database with one game of 3 versions; the third had id 'r'. */
static const char *const forbidden[] = {
    "UPDATE games SET version = 0",
    "UPDATE games SET tail = NULL",
    "UPDATE games SET tail = 0",
    "UPDATE games SET tail = 99",
    "UPDATE games SET version = -1",
    "UPDATE games SET version = 'x'",
    "UPDATE games SET state = NULL",
    "UPDATE games SET state = zeroblob(65537)",
    "UPDATE games SET snapshot = 'text'",
    "UPDATE games SET snapshot = zeroblob(524289)",
    "UPDATE games SET story = 99",
    "UPDATE games SET owner = 99",
    "UPDATE games SET link = 2",
    "UPDATE games SET status = 256",
    "UPDATE games SET section = 2147483648",
    "UPDATE games SET seed = zeroblob(31)",
    "UPDATE games SET name = ''",
    "DELETE FROM games",
    "DELETE FROM journal WHERE version = 3",
    "DELETE FROM sessions",
    "DELETE FROM stories",
    "UPDATE journal SET game = 99",
    "UPDATE journal SET version = 1",
    "UPDATE journal SET prev = 0",
    "UPDATE journal SET prev = 1",
    "UPDATE journal SET prev = NULL",
    "UPDATE journal SET event = zeroblob(65537)",
    "UPDATE journal SET request_id = x'' WHERE version = 3",
    "UPDATE journal SET request_id = zeroblob(257) WHERE version = 3",
    "UPDATE journal SET request_id = NULL WHERE version = 3",
    "UPDATE journal SET request_print = NULL WHERE version = 3",
    "UPDATE journal SET request_print = zeroblob(15) WHERE version = 3",
    "UPDATE journal SET request_id = x'72', request_print = zeroblob(16)",
    "UPDATE members SET role = 0",
    "UPDATE members SET role = 4",
    "UPDATE members SET game = 99",
    "UPDATE members SET session = 99",
    "INSERT INTO members SELECT * FROM members",
    "UPDATE devices SET secret_hash = zeroblob(31)",
    "UPDATE devices SET previous_hash = zeroblob(32)",
    "UPDATE devices SET session = 99",
    "UPDATE devices SET label = printf('%.201c', 'x')",
    "INSERT INTO carries VALUES (99, zeroblob(32), 1)",
    "INSERT INTO carries VALUES (1, zeroblob(31), 1)",
    "INSERT INTO invitations VALUES (99, 'x', zeroblob(32), 1, 1, 1, NULL)",
    "INSERT INTO invitations VALUES (1, 'x', zeroblob(32), 0, 1, 1, NULL)",
    "INSERT INTO invitations VALUES (1, 'x', zeroblob(32), 1, 2, 1, NULL)",
    "INSERT INTO saves VALUES (1, 99, 1, 'x', 1, 1, 1)",
    "INSERT INTO saves VALUES (1, 1, 21, 'x', 1, 1, 1)",
    "INSERT INTO saves VALUES (1, 1, 1, '', 1, 1, 1)",
    "INSERT INTO saves VALUES (1, 1, 1, 'x', 0, 1, 1)",
    "UPDATE games SET origin = x''",
    "UPDATE games SET origin = zeroblob(1048577)",
    "INSERT INTO doomed VALUES (99, 1, 1)",
    "INSERT INTO doomed VALUES (1, 1, 0)",
    "UPDATE sessions SET name = printf('%.65c', 'x')",
    "UPDATE stories SET hash = zeroblob(33)",
    "UPDATE stories SET source = zeroblob(8388609)",
    "INSERT INTO feedback (at_ms, game, text) VALUES (1, '', printf('%.4097c', 'x'))",
    "INSERT INTO feedback (at_ms, game, text) VALUES ('now', '', '')",
};

START_TEST(the_schema_refuses_what_must_not_be)
{
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 2);
    struct store_entry entry = sample_entry(place.game, 3);
    entry.request_id = SLICE("r");
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));
    store_free(store);
    struct sql *sql = sql_open(path.text);
    ck_assert(sql_refused(sql, forbidden[_i]));
    sql_close(sql);
}
END_TEST

/* These sort rows that a limit keeps few. */
static bool may_sort(size_t i)
{
    return i == SQL_DEVICE_LIST || i == SQL_INVITATION_LIST;
}

/* The purge runs these without looking for what refers to the row: see sqlite_purge.c. */
static bool is_of_purge(size_t i)
{
    return i == SQL_JOURNAL_DROP || i == SQL_GAME_DROP;
}

/* Of all statements the longest way is the walk of a session's own games. */
START_TEST(no_statement_reads_a_whole_table)
{
    (void)make_database();
    struct sql *sql = sql_open(path.text);
    for (size_t i = 0; i < SQL_COUNT; i++) {
        struct buf plan = {0};
        if (i == SQL_FREE_PAGES) /* of no table */
            continue;
        sql_run(sql, is_of_purge(i) ? "PRAGMA foreign_keys = OFF" : "PRAGMA foreign_keys = ON");
        sql_plan(sql, sqlite_statements[i], &plan);
        buf_byte(&plan, '\0');
        const char *text = (const char *)plan.at;
        ck_assert_msg(!strstr(text, "SCAN") && (may_sort(i) || !strstr(text, "TEMP")), "%s\n%s",
                      sqlite_statements[i], text);
        buf_release(&plan);
    }
    sql_close(sql);
}
END_TEST

/* Deleted games leave a database in which everything is as it must be, at every step of the way, with
 * all references checked again afterwards; and no file that grows without end. */
START_TEST(a_purge_leaves_a_good_and_smaller_database)
{
    enum { GAMES = 20, VERSIONS = 12 };
    struct store *store = must_open(SQLITE_WRITER);
    bool more = true;
    uint64_t games[GAMES];
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    for (unsigned i = 0; i < GAMES; i++)
        games[i] = add_large_game(store, i, owner, VERSIONS);
    ck_assert_ok(store_commit(store));
    const uint64_t full = store_bytes(store);
    ck_assert_ok(store_begin(store));
    for (unsigned i = 1; i < GAMES; i++)
        ck_assert_ok(store_game_doom(store, games[i]));
    ck_assert_ok(store_commit(store));
    while (more) {
        ck_assert_ok(store_purge(store, 17, &more));
        check_whole(VERSIONS);
    }
    for (more = true; more;)
        ck_assert_ok(store_vacuum(store, 10, &more));
    check_whole(VERSIONS);
    ck_assert_uint_lt(store_bytes(store), full / 4);
    /* The references are checked again. */
    const struct sample_hash story = sample_hash(0);
    const struct store_new_game new = sample_game(99, owner + 1, &story);
    uint64_t row = 0;
    ck_assert_ok(store_begin(store));
    ck_assert_status(store_game_create(store, &new, &row), ERR_CONFLICT);
    (void)add_game(store, 100, owner, 1);
    ck_assert_ok(store_commit(store));
    ck_assert_ok(store_purge(store, 17, &more)); /* the row that was the newest */
    store_free(store);
    struct sql *sql = sql_open(path.text);
    ck_assert_int_eq(sql_number(sql, "SELECT count(*) FROM doomed"), 0);
    ck_assert_int_eq(sql_number(sql, "SELECT count(*) FROM games"), 2);
    ck_assert_int_eq(sql_number(sql, "SELECT count(*) FROM journal"), VERSIONS + 1);
    sql_close(sql);
}
END_TEST

/* What cannot be taken out along broken links is left for the check to name, and stops no other. */
START_TEST(a_purge_passes_a_broken_journal)
{
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 5);
    bool more = true;
    ck_assert_ok(store_begin(store));
    const uint64_t second = add_game(store, 2, place.session, 4);
    (void)add_game(store, 3, place.session, 1);
    ck_assert_ok(store_commit(store));
    store_free(store);
    sql_file_run(path.text, "UPDATE journal SET game = 3 WHERE game = 1 AND version = 3");
    store = must_open(SQLITE_WRITER);
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_game_doom(store, place.game));
    ck_assert_ok(store_game_doom(store, second));
    ck_assert_ok(store_commit(store));
    for (unsigned i = 0; more; i++) {
        ck_assert_uint_lt(i, 100);
        ck_assert_ok(store_purge(store, 2, &more));
    }
    store_free(store);
    struct sql *sql = sql_open(path.text);
    ck_assert_int_eq(sql_number(sql, "SELECT count(*) FROM journal WHERE game = 1"), 2);
    ck_assert_int_eq(sql_number(sql, "SELECT left FROM doomed"), 3);
    ck_assert_int_eq(sql_number(sql, "SELECT count(*) FROM journal WHERE game = 2"), 0);
    ck_assert_int_eq(sql_number(sql, "SELECT count(*) FROM games"), 2);
    sql_close(sql);
}
END_TEST

/* A database that was made before there was a means for it. */
START_TEST(an_old_file_keeps_its_unused_pages)
{
    bool more = true;
    sql_file_run(path.text, "PRAGMA auto_vacuum = NONE; PRAGMA page_size = 4096;"
                            "CREATE TABLE one (row); DROP TABLE one");
    struct store *store = must_open(SQLITE_WRITER);
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    const uint64_t game = add_large_game(store, 1, owner, 20);
    ck_assert_ok(store_game_doom(store, game));
    ck_assert_ok(store_commit(store));
    const uint64_t full = store_bytes(store);
    ck_assert_ok(store_purge(store, 100, &more));
    ck_assert_ok(store_vacuum(store, 100, &more));
    ck_assert(!more);
    ck_assert_uint_eq(store_bytes(store), full);
    store_free(store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sqlite_file");
    TCase *tests = tcase_create("file");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, an_empty_place_becomes_a_database);
    tcase_add_test(tests, its_size_is_known_after_each_commit_and_each_start);
    tcase_add_test(tests, only_the_owner_may_read_the_files);
    tcase_add_loop_test(tests, an_interrupted_start_is_taken_up, 0, COUNT_OF(beginnings));
    tcase_add_test(tests, a_relative_path_is_a_file_whatever_its_name);
    tcase_add_test(tests, a_second_process_is_refused);
    tcase_add_test(tests, a_busy_file_is_waited_for_and_then_given_up);
    tcase_add_test(tests, a_folder_that_cannot_be_written_is_refused);
    tcase_add_test(tests, a_file_that_cannot_be_written_is_refused);
    tcase_add_test(tests, a_path_that_leads_nowhere_is_refused);
    tcase_add_loop_test(tests, a_file_of_somebody_else_is_refused_and_untouched, 0,
                        COUNT_OF(strangers));
    tcase_add_test(tests, a_database_that_lost_a_table_is_refused);
    tcase_add_test(tests, a_newer_schema_is_refused_and_untouched);
    tcase_add_test(tests, a_newer_schema_in_the_log_is_refused_and_untouched);
    tcase_add_test(tests, what_a_crash_left_in_the_log_is_there);
    tcase_add_test(tests, a_file_cut_short_is_answered_with_a_status);
    tcase_add_loop_test(tests, a_damaged_row_is_told_from_a_good_one, 0, COUNT_OF(damages));
    tcase_add_loop_test(tests, a_damaged_milestone_is_told_from_a_good_one, 0,
                        COUNT_OF(damaged_milestones));
    tcase_add_loop_test(tests, the_schema_refuses_what_must_not_be, 0, COUNT_OF(forbidden));
    tcase_add_test(tests, no_statement_reads_a_whole_table);
    tcase_add_test(tests, a_purge_leaves_a_good_and_smaller_database);
    tcase_add_test(tests, a_purge_passes_a_broken_journal);
    tcase_add_test(tests, an_old_file_keeps_its_unused_pages);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
