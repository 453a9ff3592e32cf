/* What a commit is worth: kill -9, a full disk, and a log that must not grow for ever. */
#include "storage/sqlite_store.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/base/limits.h"
#include "tests/storage/sample.h"

/* Of the one test that runs in this process. */
static struct temp_path path;

static void setup(void)
{
    const struct temp_path folder = temp_folder();
    path = temp_join(&folder, "casys.db");
}

static struct store *must_open(enum sqlite_mode mode)
{
    char reason[200];
    struct store *store = NULL;
    const enum status st = sqlite_store_open(path.text, mode, &store, reason);
    ck_assert_msg(st == OK, "%s: %s", status_name(st), reason);
    return store;
}

static enum status append_named(struct store *store, uint64_t game, uint64_t version)
{
    struct store_entry entry = sample_entry(game, version);
    entry.request_id = sample_text("r%llu", (unsigned long long)version);
    return store_append(store, &entry);
}

/* ---- kill -9 ---- */

enum { KILL_ROUNDS = 30 };

/* In the child only ENSURE: Check's assertions write to a file that the parent writes to as well, and
 * a message cut by the kill would spoil the parent's. */
static struct store *child_open(enum sqlite_mode mode)
{
    char reason[200];
    struct store *store = NULL;
    ENSURE(sqlite_store_open(path.text, mode, &store, reason) == OK);
    return store;
}

/* Commit batches of 1 to 4 versions, and tell each committed one, until killed. Every few commits a
 * checkpoint runs, so that the kill also comes in the middle of those. */
static _Noreturn void commit_until_killed(uint64_t game, int acks)
{
    struct store *store = child_open(SQLITE_WRITER);
    struct store *checkpointer = child_open(SQLITE_CHECKPOINTER);
    struct arena arena = {0};
    struct store_game stored;
    ENSURE(store_game_load(store, SLICE("game-1"), &arena, &stored) == OK);
    uint64_t version = stored.version;
    for (uint64_t batch = 1;; batch++) {
        ENSURE(store_begin(store) == OK);
        for (uint64_t i = 0; i < 1 + batch % 4; i++)
            ENSURE(append_named(store, game, ++version) == OK);
        ENSURE(store_commit(store) == OK);
        ENSURE(write(acks, &version, sizeof version) == sizeof version);
        if (batch % 5 == 0)
            ENSURE(store_checkpoint(checkpointer) == OK);
    }
}

/* Let a child commit, kill it after so many acknowledgements; the last one it gave. */
static uint64_t run_and_kill(uint64_t game, unsigned acks_to_see)
{
    int acks[2];
    ck_assert_int_eq(pipe(acks), 0);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(acks[0]);
        commit_until_killed(game, acks[1]);
    }
    close(acks[1]);
    uint64_t last = 0, version = 0;
    for (unsigned seen = 0; read(acks[0], &version, sizeof version) == sizeof version; seen++) {
        last = version;
        if (seen == acks_to_see)
            ck_assert_int_eq(kill(child, SIGKILL), 0);
    }
    close(acks[0]);
    int result = 0;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
    return last;
}

START_TEST(what_was_acknowledged_survives_kill_9)
{
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 1);
    store_free(store);
    uint64_t checked = 1;
    for (unsigned round = 0; round < KILL_ROUNDS; round++) {
        const uint64_t last = run_and_kill(place.game, round * 7 % 23);
        store = must_open(SQLITE_WRITER);
        const uint64_t stored = stored_version(store, 1);
        ck_assert_uint_ge(stored, last);
        ck_assert_uint_gt(last, checked);
        check_journal(store, place.game, stored);
        for (uint64_t version = checked + 1; version <= stored; version++) {
            uint64_t made = 0;
            uint8_t print[STORE_PRINT_LEN];
            ck_assert_ok(store_request_find(store, place.game,
                                            sample_text("r%llu", (unsigned long long)version),
                                            &made, print));
            ck_assert_uint_eq(made, version);
        }
        checked = stored;
        store_free(store);
    }
}
END_TEST

/* ---- a full disk ---- */

/* No file may grow beyond `bytes` (RLIM_INFINITY: as far as it likes); the nearest thing to a full
 * disk that needs no rights. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    ENSURE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    /* No assertion of Check's below the limit: it writes to a file too, and would be cut. */
    ENSURE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

static rlim_t log_size(void)
{
    struct temp_path log;
    struct stat stat_of;
    (void)snprintf(log.text, sizeof log.text, "%.200s-wal", path.text);
    ck_assert_int_eq(stat(log.text, &stat_of), 0);
    return (rlim_t)stat_of.st_size;
}

/* Each version has other bytes: SQLite does not write a page again that stays the same. */
static enum status append_large(struct store *store, uint64_t game, uint64_t version, size_t len)
{
    static uint8_t large[LIMIT_SNAPSHOT_BYTES];
    struct store_entry entry = sample_entry(game, version);
    memset(large, (int)(version & 0xff), len);
    entry.snapshot = slice_make(large, len);
    entry.request_id = sample_text("r%llu", (unsigned long long)version);
    return store_append(store, &entry);
}

/* Bytes that the log may still grow by: none, less than the header of a frame, within a page, after
 * some frames. */
static const rlim_t rooms[] = {0, 10, 24, 1000, 4119, 4120, 5000, 40000};

START_TEST(a_full_disk_fails_the_commit_and_nothing_else)
{
    (void)signal(SIGXFSZ, SIG_IGN);
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 1);
    uint64_t version = 1;
    for (int round = 0; round < 3; round++) {
        limit_files(log_size() + rooms[_i]);
        for (int again = 0; again < 3; again++) {
            ck_assert_ok(store_begin(store));
            ck_assert_ok(append_large(store, place.game, version + 1, 100000));
            ck_assert_status(store_commit(store), ERR_IO);
            ck_assert_uint_eq(stored_version(store, 1), version);
        }
        limit_files(RLIM_INFINITY);
        ck_assert_ok(store_begin(store));
        ck_assert_ok(append_large(store, place.game, ++version, 100000));
        ck_assert_ok(store_commit(store));
        ck_assert_uint_eq(stored_version(store, 1), version);
        check_journal(store, place.game, version);
    }
    store_free(store);
    store = must_open(SQLITE_WRITER);
    check_journal(store, place.game, version);
    store_free(store);
}
END_TEST

START_TEST(a_start_on_a_full_disk_is_taken_up_later)
{
    (void)signal(SIGXFSZ, SIG_IGN);
    unsigned failed = 0, opened = 0;
    for (rlim_t room = 0; room < 120000; room += 1500) {
        char reason[200];
        struct store *store = NULL;
        setup();
        limit_files(room);
        const enum status st = sqlite_store_open(path.text, SQLITE_WRITER, &store, reason);
        limit_files(RLIM_INFINITY);
        ck_assert_msg(st == OK || (st == ERR_IO && reason[0]), "%s: %s", status_name(st), reason);
        failed += st != OK;
        opened += st == OK;
        store_free(store);
        store = must_open(SQLITE_WRITER);
        check_journal(store, sample_place(store, 2).game, 2);
        store_free(store);
    }
    ck_assert_uint_gt(failed, 0);
    ck_assert_uint_gt(opened, 0);
}
END_TEST

/* More than the cache holds, so that a step and not the commit meets the full disk. */
START_TEST(a_step_that_meets_a_full_disk_breaks_its_transaction)
{
    enum { GAMES = 200 };
    (void)signal(SIGXFSZ, SIG_IGN);
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 1);
    limit_files(log_size() + 1000000);
    ck_assert_ok(store_begin(store));
    enum status st = OK;
    for (unsigned i = 0; st == OK && i < GAMES; i++)
        st = append_large(store, add_game(store, 2 + i, place.session, 0), 1, LIMIT_SNAPSHOT_BYTES);
    ck_assert_status(st, ERR_IO);

    /* SQLite has rolled back by itself: a further step would be on its own. */
    uint64_t row = 0;
    const struct sample_hash story = sample_hash(0);
    const struct store_new_game new = sample_game(999, place.session, &story);
    limit_files(RLIM_INFINITY);
    ck_assert_status(append_named(store, place.game, 2), ERR_IO);
    ck_assert_status(store_game_create(store, &new, &row), ERR_IO);
    ck_assert_status(store_session_add(store, SLICE("late"), 1, &row), ERR_IO);
    ck_assert_status(store_member_set(store, place.game, place.session, STORE_PLAYER), ERR_IO);
    ck_assert_status(store_feedback_add(store, SLICE("g"), SLICE("t"), 1), ERR_IO);
    ck_assert_status(store_commit(store), ERR_IO);
    ck_assert_uint_eq(stored_version(store, 1), 1);
    ck_assert_uint_eq(stored_version(store, 2), 0);

    append_versions(store, place.game, 2, 2);
    check_journal(store, place.game, 2);
    store_free(store);
}
END_TEST

/* ---- the log ---- */

static void commit_large(struct store *store, uint64_t game, uint64_t version)
{
    ck_assert_ok(store_begin(store));
    ck_assert_ok(append_large(store, game, version, LIMIT_SNAPSHOT_BYTES));
    ck_assert_ok(store_commit(store));
}

START_TEST(a_checkpoint_elsewhere_lets_the_log_start_again)
{
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 1);
    struct store *checkpointer = must_open(SQLITE_CHECKPOINTER);
    struct store *reader = must_open(SQLITE_READER);
    uint64_t version = 1;
    size_t most = 0;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 10; i++) {
            const size_t before = store_wal_pages(store);
            commit_large(store, place.game, ++version);
            ck_assert(i == 0 || store_wal_pages(store) > before);
        }
        ck_assert(round == 0 || store_wal_pages(store) <= most);
        most = store_wal_pages(store);
        /* A reader that has read does not stand in the way. */
        ck_assert_uint_eq(stored_version(reader, 1), version);
        check_journal(reader, place.game, version);
        ck_assert_ok(store_checkpoint(checkpointer));
    }
    store_free(reader);
    store_free(checkpointer);
    store_free(store);
}
END_TEST

START_TEST(without_a_checkpointer_the_writer_bounds_the_log)
{
    enum { CAP_PAGES = 32000, COMMIT_PAGES = 140, COMMITS = 2 * CAP_PAGES / 100 };
    struct store *store = must_open(SQLITE_WRITER);
    const struct sample_place place = sample_place(store, 1);
    size_t most = 0;
    unsigned restarts = 0;
    for (uint64_t i = 0; i < COMMITS && restarts == 0; i++) {
        const size_t before = store_wal_pages(store);
        commit_large(store, place.game, 2 + i);
        restarts += store_wal_pages(store) < before;
        most = before > most ? before : most;
    }
    ck_assert_uint_eq(restarts, 1);
    ck_assert_uint_gt(most, CAP_PAGES);
    ck_assert_uint_le(most, CAP_PAGES + COMMIT_PAGES);
    store_free(store);
}
END_TEST

/* ---- threads ---- */

enum { SHARED_COMMITS = 300 };

struct shared {
    atomic_bool done;
    uint64_t game;
};

static void *keep_reading(void *arg)
{
    struct shared *shared = arg;
    struct store *reader = must_open(SQLITE_READER);
    uint64_t seen = 0;
    while (!atomic_load(&shared->done)) {
        struct arena arena = {0};
        struct store_game game;
        ENSURE(store_game_load(reader, SLICE("game-1"), &arena, &game) == OK);
        ENSURE(game.version >= seen);
        const struct slice snapshot = game.snapshot;
        char expected[64];
        const int len = snprintf(expected, sizeof expected, "snapshot %llu/%llu",
                                 (unsigned long long)game.row, (unsigned long long)game.version);
        ENSURE(slice_eq(snapshot, slice_make(expected, (size_t)len)));
        seen = game.version;
        arena_release(&arena);
    }
    store_free(reader);
    return NULL;
}

static void *keep_checkpointing(void *arg)
{
    struct shared *shared = arg;
    struct store *checkpointer = must_open(SQLITE_CHECKPOINTER);
    while (!atomic_load(&shared->done))
        ENSURE(store_checkpoint(checkpointer) == OK);
    store_free(checkpointer);
    return NULL;
}

START_TEST(readers_and_a_checkpointer_work_beside_the_writer)
{
    static void *(*const threads[])(void *) = {keep_reading, keep_reading, keep_checkpointing};
    struct shared shared = {.done = false};
    pthread_t running[COUNT_OF(threads)];
    struct store *store = must_open(SQLITE_WRITER);
    shared.game = sample_place(store, 1).game;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_create(&running[i], NULL, threads[i], &shared), 0);
    for (uint64_t version = 2; version <= SHARED_COMMITS; version++)
        append_versions(store, shared.game, version, version);
    atomic_store(&shared.done, true);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_join(running[i], NULL), 0);
    check_journal(store, shared.game, SHARED_COMMITS);
    store_free(store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sqlite_crash");
    TCase *tests = tcase_create("crash");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_set_timeout(tests, 200);
    tcase_add_test(tests, what_was_acknowledged_survives_kill_9);
    tcase_add_loop_test(tests, a_full_disk_fails_the_commit_and_nothing_else, 0, COUNT_OF(rooms));
    tcase_add_test(tests, a_start_on_a_full_disk_is_taken_up_later);
    tcase_add_test(tests, a_step_that_meets_a_full_disk_breaks_its_transaction);
    tcase_add_test(tests, a_checkpoint_elsewhere_lets_the_log_start_again);
    tcase_add_test(tests, without_a_checkpointer_the_writer_bounds_the_log);
    /* A case of its own: the part that is run under TSan (see CMakeLists.txt). */
    TCase *threads = tcase_create("threads");
    tcase_add_checked_fixture(threads, setup, NULL);
    tcase_set_timeout(threads, 240);
    tcase_add_test(threads, readers_and_a_checkpointer_work_beside_the_writer);
    suite_add_tcase(suite, threads);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
