/* The promises of store.h over the fake, and the ways in which it fails on cue. */
#include "tests/support/fake_store.h"

#include <pthread.h>

#include "tests/storage/engine.h"
#include "tests/storage/sample.h"

struct fixture {
    struct fake_store *fake;
    struct store *store;
    struct sample_place place;
};

static struct fixture make_fixture(void)
{
    struct fixture f = {.fake = fake_store_new()};
    f.store = fake_store_writer(f.fake);
    f.place = sample_place(f.store, 1);
    return f;
}

static void end_fixture(struct fixture *f)
{
    store_free(f->store);
    fake_store_free(f->fake);
}

static enum status append_one(struct store *store, uint64_t game, uint64_t version)
{
    const struct store_entry entry = sample_entry(game, version);
    return store_append(store, &entry);
}

static bool never(void *arg, const struct store_journal_row *row)
{
    (void)arg;
    (void)row;
    ck_abort_msg("visited");
}

static bool never_listed(void *arg, const struct store_listed *game)
{
    (void)arg;
    (void)game;
    ck_abort_msg("visited");
}

static bool never_device(void *arg, const struct store_device *device)
{
    (void)arg;
    (void)device;
    ck_abort_msg("visited");
}

static bool never_member(void *arg, const struct store_member *member)
{
    (void)arg;
    (void)member;
    ck_abort_msg("visited");
}

static bool never_invitation(void *arg, const struct store_invitation *invitation)
{
    (void)arg;
    (void)invitation;
    ck_abort_msg("visited");
}

static bool never_save(void *arg, const struct store_save *save)
{
    (void)arg;
    (void)save;
    ck_abort_msg("visited");
}

static bool never_stale(void *arg, const struct store_stale_row *row)
{
    (void)arg;
    (void)row;
    ck_abort_msg("visited");
}

static enum status make_reading_call(struct fixture *f, enum fake_call call)
{
    struct arena arena = {0};
    const struct sample_hash hash = sample_hash(2);
    struct store_game game;
    struct store_session session;
    struct store_invitation invitation;
    struct store_save save;
    struct slice source;
    enum store_role role;
    uint64_t row = 0;
    uint8_t print[STORE_PRINT_LEN];
    const uint64_t g = f->place.game, s = f->place.session;
    bool more;
    switch (call) {
    case FAKE_GAME_LOAD: return store_game_load(f->store, SLICE("game-1"), &arena, &game);
    case FAKE_REQUEST_FIND: return store_request_find(f->store, g, SLICE("r"), &row, print);
    case FAKE_SESSION_FIND: return store_session_find(f->store, hash.bytes, &arena, &session);
    case FAKE_MEMBER_FIND: return store_member_find(f->store, g, s, &role);
    case FAKE_DEVICE_LIST: return store_device_list(f->store, s, never_device, NULL);
    case FAKE_MEMBER_LIST: return store_member_list(f->store, g, 0, 9, never_member, NULL);
    case FAKE_INVITATION_LIST: return store_invitation_list(f->store, g, never_invitation, NULL);
    case FAKE_INVITATION_FIND:
        return store_invitation_find(f->store, hash.bytes, &arena, &invitation);
    case FAKE_SAVE_LIST: return store_save_list(f->store, g, s, never_save, NULL);
    case FAKE_SAVE_FIND: return store_save_find(f->store, g, s, 1, &arena, &save);
    case FAKE_STORY_LOAD: return store_story_load(f->store, hash.bytes, &arena, &source);
    case FAKE_LIST: return store_list(f->store, s, 0, 9, never_listed, NULL);
    case FAKE_SCAN: return store_scan(f->store, 0, 9, never_listed, NULL);
    case FAKE_HISTORY: return store_history(f->store, g, 1, 9, never, NULL);
    case FAKE_PRUNE_FIND:
        return store_prune_find(f->store, STORE_STALE_SESSIONS, 9, 0, 9, never_stale, NULL, &row);
    case FAKE_PURGE: return store_purge(f->store, 9, &more);
    case FAKE_VACUUM: return store_vacuum(f->store, 9, &more);
    case FAKE_CHECKPOINT: return store_checkpoint(f->store);
    default: return ERR_INTERNAL;
    }
}

/* One call of this kind, in a transaction if it is one that writes. */
static enum status make_call(struct fixture *f, enum fake_call call)
{
    struct arena arena = {0};
    const struct sample_hash hash = sample_hash(2), story = sample_hash(0);
    const struct store_new_game new = sample_game(2, f->place.session, &story);
    uint64_t row = 0;
    const uint64_t g = f->place.game, s = f->place.session;
    const struct store_new_device device = sample_device(2, &hash);
    const struct store_new_invitation invited = {
        .game = g, .secret_hash = hash.bytes, .name = SLICE("i"), .role = STORE_PLAYER};
    const struct store_save put = {.slot = 1, .name = SLICE("n"), .version = 1};
    const struct store_stale_row stale = {.row = 1};
    struct store_carry carry;
    switch (call) {
    case FAKE_BEGIN: return store_begin(f->store);
    case FAKE_COMMIT: return store_commit(f->store);
    case FAKE_GAME_CREATE: return store_game_create(f->store, &new, &row);
    case FAKE_APPEND: return append_one(f->store, g, 2);
    case FAKE_SESSION_ADD: return store_session_add(f->store, SLICE("s"), 1, &row);
    case FAKE_DEVICE_ADD: return store_device_add(f->store, s, &device);
    case FAKE_DEVICE_ROTATE:
        return store_device_rotate(f->store, s, SLICE("device-1"), hash.bytes, 1, 2);
    case FAKE_DEVICE_SEEN: return store_device_seen(f->store, s, SLICE("device-1"), 9);
    case FAKE_DEVICE_REMOVE: return store_device_remove(f->store, s, SLICE("device-1"));
    case FAKE_CARRY_ADD: return store_carry_add(f->store, s, hash.bytes, 1);
    case FAKE_CARRY_TAKE: return store_carry_take(f->store, hash.bytes, &arena, &carry);
    case FAKE_INVITATION_ADD: return store_invitation_add(f->store, &invited);
    case FAKE_INVITATION_REMOVE: return store_invitation_remove(f->store, g, SLICE("i"));
    case FAKE_SAVE_PUT: return store_save_put(f->store, g, s, &put);
    case FAKE_SAVE_REMOVE: return store_save_remove(f->store, g, s, 1);
    case FAKE_PAST_ADD: return store_past_add(f->store, g, NULL, 0);
    case FAKE_PAST_END: return store_past_end(f->store, g);
    case FAKE_GAME_DOOM: return store_game_doom(f->store, g);
    case FAKE_PRUNE_DROP: return store_prune_drop(f->store, STORE_STALE_CARRIES, &stale);
    case FAKE_MEMBER_SET: return store_member_set(f->store, g, s, STORE_PLAYER);
    case FAKE_TOUCH: return store_touch(f->store);
    case FAKE_FEEDBACK_ADD: return store_feedback_add(f->store, SLICE("g"), SLICE("t"), 1);
    default: return make_reading_call(f, call);
    }
}

START_TEST(every_call_fails_on_cue)
{
    const enum fake_call call = (enum fake_call)_i;
    struct fixture f = make_fixture();
    if (call != FAKE_BEGIN && call != FAKE_PURGE && call != FAKE_VACUUM && call != FAKE_CHECKPOINT)
        ck_assert_ok(store_begin(f.store));
    const unsigned calls = fake_store_calls(f.fake, call);
    fake_store_fail(f.fake, call, 1, ERR_IO);
    ck_assert_status(make_call(&f, call), ERR_IO);
    ck_assert_uint_eq(fake_store_calls(f.fake, call), calls + 1);
    store_rollback(f.store);

    /* Once, and nothing of it is left. */
    append_versions(f.store, f.place.game, 2, 3);
    check_journal(f.store, f.place.game, 3);
    end_fixture(&f);
}
END_TEST

START_TEST(the_nth_call_fails)
{
    struct fixture f = make_fixture();
    ck_assert_ok(store_begin(f.store));
    fake_store_fail(f.fake, FAKE_APPEND, 3, ERR_CONFLICT);
    ck_assert_ok(append_one(f.store, f.place.game, 2));
    ck_assert_ok(append_one(f.store, f.place.game, 3));
    ck_assert_status(append_one(f.store, f.place.game, 4), ERR_CONFLICT);
    ck_assert_ok(append_one(f.store, f.place.game, 4));
    ck_assert_ok(store_commit(f.store));
    check_journal(f.store, f.place.game, 4);
    end_fixture(&f);
}
END_TEST

START_TEST(a_failure_is_taken_back)
{
    struct fixture f = make_fixture();
    fake_store_fail(f.fake, FAKE_COMMIT, 1, ERR_IO);
    fake_store_fail(f.fake, FAKE_COMMIT, 0, ERR_IO);
    append_versions(f.store, f.place.game, 2, 2);
    end_fixture(&f);
}
END_TEST

START_TEST(a_failure_that_stays_goes_when_it_is_told)
{
    struct fixture f = make_fixture();
    fake_store_fail_from(f.fake, FAKE_COMMIT, 2, ERR_IO);
    append_versions(f.store, f.place.game, 2, 2);
    for (int i = 0; i < 3; i++) {
        ck_assert_ok(store_begin(f.store));
        ck_assert_ok(append_one(f.store, f.place.game, 3));
        ck_assert_status(store_commit(f.store), ERR_IO);
        check_journal(f.store, f.place.game, 2);
    }
    fake_store_fail_from(f.fake, FAKE_COMMIT, 0, ERR_IO);
    append_versions(f.store, f.place.game, 3, 3);
    check_journal(f.store, f.place.game, 3);
    end_fixture(&f);
}
END_TEST

START_TEST(a_failed_step_breaks_its_transaction)
{
    struct fixture f = make_fixture();
    ck_assert_ok(store_begin(f.store));
    ck_assert_ok(append_one(f.store, f.place.game, 2));
    fake_store_fail(f.fake, FAKE_GAME_LOAD, 1, ERR_IO);
    ck_assert_status(make_call(&f, FAKE_GAME_LOAD), ERR_IO);
    ck_assert_status(append_one(f.store, f.place.game, 3), ERR_IO);
    ck_assert_status(store_commit(f.store), ERR_IO);
    check_journal(f.store, f.place.game, 1);
    append_versions(f.store, f.place.game, 2, 2);
    end_fixture(&f);
}
END_TEST

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool reached, opened;
};

static void wait_at_gate(void *arg)
{
    struct gate *gate = arg;
    pthread_mutex_lock(&gate->lock);
    gate->reached = true;
    pthread_cond_broadcast(&gate->moved);
    while (!gate->opened)
        pthread_cond_wait(&gate->moved, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void *write_second_version(void *arg)
{
    struct fixture *f = arg;
    append_versions(f->store, f->place.game, 2, 2);
    return NULL;
}

START_TEST(a_commit_is_held_for_as_long_as_a_test_needs)
{
    struct fixture f = make_fixture();
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    struct store *reader = fake_store_reader(f.fake);
    pthread_t writer;
    fake_store_hook(f.fake, FAKE_COMMIT, wait_at_gate, &gate);
    ck_assert_int_eq(pthread_create(&writer, NULL, write_second_version, &f), 0);
    pthread_mutex_lock(&gate.lock);
    while (!gate.reached)
        pthread_cond_wait(&gate.moved, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    ck_assert_uint_eq(stored_version(reader, 1), 1);

    pthread_mutex_lock(&gate.lock);
    gate.opened = true;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.lock);
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    ck_assert_uint_eq(stored_version(reader, 1), 2);
    store_free(reader);
    end_fixture(&f);
}
END_TEST

START_TEST(the_log_is_as_long_as_the_test_says)
{
    struct fixture f = make_fixture();
    ck_assert_uint_eq(store_wal_pages(f.store), 0);
    fake_store_set_wal_pages(f.fake, 5000);
    ck_assert_uint_eq(store_wal_pages(f.store), 5000);
    end_fixture(&f);
    fake_store_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = storage_suite("storage_fake");
    TCase *tests = tcase_create("failures on cue");
    tcase_add_loop_test(tests, every_call_fails_on_cue, 0, FAKE_CALL_COUNT);
    tcase_add_test(tests, the_nth_call_fails);
    tcase_add_test(tests, a_failure_is_taken_back);
    tcase_add_test(tests, a_failure_that_stays_goes_when_it_is_told);
    tcase_add_test(tests, a_failed_step_breaks_its_transaction);
    tcase_add_test(tests, a_commit_is_held_for_as_long_as_a_test_needs);
    tcase_add_test(tests, the_log_is_as_long_as_the_test_says);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
