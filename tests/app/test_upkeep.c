/* What goes, and when, over the store in memory. */
#include "app/upkeep.h"

#include <stdio.h>
#include <string.h>

#include "app/game/state.h"
#include "tests/support/fake_store.h"
#include "tests/support/support.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static const int64_t now_ms = 1000LL * DAY_MS;

static struct fake_store *file;
static struct store *store;
static unsigned games_gone;
static bool somebody_watches;

static void setup(void)
{
    file = fake_store_new();
    store = fake_store_writer(file);
    games_gone = 0;
    somebody_watches = false;
}

static void teardown(void)
{
    store_free(store);
    fake_store_free(file);
}

static void must(enum status st)
{
    ck_assert_msg(st == OK, "%s", status_name(st));
}

static uint64_t add_session(unsigned number, int64_t at_ms)
{
    uint8_t secret[SHA256_LEN] = {(uint8_t)number, (uint8_t)(number >> 8)};
    char name[16];
    uint64_t row = 0;
    (void)snprintf(name, sizeof name, "s%u", number);
    const struct store_new_device device = {
        .secret_hash = secret, .name = SLICE("d"), .at_ms = at_ms};
    must(store_session_add(store, slice_str(name), at_ms, &row));
    must(store_device_add(store, row, &device));
    return row;
}

static void add_game(unsigned number, uint64_t owner, bool link, enum game_status status,
                     int64_t at_ms)
{
    static const uint8_t story[SHA256_LEN] = {1};
    char name[16];
    uint64_t row = 0;
    (void)snprintf(name, sizeof name, "g%u", number);
    const struct store_new_game game = {.name = slice_str(name),
                                        .story_hash = story,
                                        .story_id = SLICE("cave"),
                                        .owner = owner,
                                        .link = link,
                                        .at_ms = at_ms};
    must(store_game_create(store, &game, &row));
    must(store_append(store, &(struct store_entry){.game = row,
                                                   .version = 1,
                                                   .at_ms = at_ms,
                                                   .status = (uint8_t)status,
                                                   .request_id = SLICE("r")}));
}

static bool is_there(const char *name)
{
    struct arena arena = {0};
    struct store_game game;
    const enum status st = store_game_load(store, slice_str(name), &arena, &game);
    arena_release(&arena);
    ck_assert(st == OK || st == ERR_NOT_FOUND);
    return st == OK;
}

static enum status drop_game(void *arg, const struct store_stale_row *row, bool *ret_gone)
{
    ck_assert_ptr_eq(arg, &games_gone);
    *ret_gone = !somebody_watches;
    games_gone += *ret_gone;
    return *ret_gone ? store_game_doom(store, row->row) : OK;
}

static struct upkeep make(struct upkeep_settings settings)
{
    struct upkeep upkeep;
    upkeep_init(&upkeep, &(struct upkeep_config){.store = store,
                                                 .settings = settings,
                                                 .on_game = drop_game,
                                                 .arg = &games_gone});
    return upkeep;
}

/* Until nothing is due; how many rounds ended. */
static unsigned run(struct upkeep *upkeep, int64_t now)
{
    unsigned rounds = 0, steps = 0;
    for (; upkeep_is_due(upkeep, now); steps++) {
        bool round = false;
        must(upkeep_step(upkeep, now, &round));
        rounds += round;
        ck_assert_uint_lt(steps, 10000);
    }
    return rounds;
}

/* A hundred link games of every age in days and every status, and as many private ones; every third
 * session has nothing. */
static void fill(void)
{
    must(store_begin(store));
    for (unsigned i = 0; i < 100; i++) {
        const int64_t at_ms = now_ms - (int64_t)i * DAY_MS;
        const uint64_t owner = add_session(i, at_ms);
        if (i % 3 == 0)
            continue;
        add_game(i, owner, true, (enum game_status)(i % 4), at_ms);
        add_game(1000 + i, owner, false, (enum game_status)(i % 4), at_ms);
    }
    must(store_commit(store));
}

START_TEST(without_settings_nothing_goes)
{
    fill();
    struct upkeep upkeep = make((struct upkeep_settings){0});
    ck_assert_uint_eq(run(&upkeep, now_ms), 1);
    for (size_t i = 0; i < STORE_STALE_COUNT; i++)
        ck_assert_uint_eq(upkeep.found[i], 0);
    ck_assert_uint_eq(games_gone, 0);
}
END_TEST

START_TEST(finished_link_games_go_after_their_time_and_no_other)
{
    char name[16];
    unsigned expected = 0;
    fill();
    struct upkeep upkeep = make((struct upkeep_settings){.link_games_days = 30});
    ck_assert_uint_eq(run(&upkeep, now_ms), 1);
    for (unsigned i = 0; i < 100; i++) {
        if (i % 3 == 0)
            continue;
        const bool goes = i > 30 && i % 4 != GAME_ACTIVE;
        expected += goes;
        (void)snprintf(name, sizeof name, "g%u", i);
        ck_assert(is_there(name) == !goes);
        (void)snprintf(name, sizeof name, "g%u", 1000 + i);
        ck_assert(is_there(name));
    }
    ck_assert_uint_eq(games_gone, expected);
    ck_assert_uint_eq(upkeep.found[STORE_STALE_LINK_GAMES], expected);
    ck_assert_uint_gt(fake_store_calls(file, FAKE_PURGE), 1);
}
END_TEST

START_TEST(a_game_that_is_watched_stays)
{
    fill();
    somebody_watches = true;
    struct upkeep upkeep = make((struct upkeep_settings){.link_games_days = 1});
    ck_assert_uint_eq(run(&upkeep, now_ms), 1);
    ck_assert_uint_eq(upkeep.found[STORE_STALE_LINK_GAMES], 0);
    ck_assert(is_there("g98"));
}
END_TEST

START_TEST(sessions_with_nothing_go_after_their_time)
{
    fill();
    struct upkeep upkeep = make((struct upkeep_settings){.sessions_days = 9});
    ck_assert_uint_eq(run(&upkeep, now_ms), 1);
    /* 12, 15, .. 96; 99 is the newest row. */
    ck_assert_uint_eq(upkeep.found[STORE_STALE_SESSIONS], 29);
    ck_assert_uint_eq(run(&upkeep, now_ms), 0);
}
END_TEST

START_TEST(request_ids_go_after_their_time_and_their_games_stay)
{
    fill();
    struct upkeep upkeep = make((struct upkeep_settings){.request_ids_days = 50});
    ck_assert_uint_eq(run(&upkeep, now_ms), 1);
    ck_assert_uint_gt(upkeep.found[STORE_STALE_REQUEST_IDS], 0);
    ck_assert(is_there("g98") && is_there("g1098"));
}
END_TEST

START_TEST(more_invitations_than_one_piece_takes_go_all)
{
    struct upkeep upkeep = make((struct upkeep_settings){0});
    must(store_begin(store));
    const uint64_t owner = add_session(1, 1);
    add_game(1, owner, false, GAME_ACTIVE, 1);
    for (unsigned i = 0; i < 100; i++) {
        uint8_t secret[SHA256_LEN] = {(uint8_t)i};
        char name[16];
        (void)snprintf(name, sizeof name, "i%u", i);
        must(store_invitation_add(
            store, &(struct store_new_invitation){.game = 1,
                                                  .secret_hash = secret,
                                                  .name = slice_str(name),
                                                  .role = STORE_PLAYER,
                                                  .expires_ms = i < 90 ? 5 : INT64_MAX}));
    }
    must(store_commit(store));
    ck_assert_uint_eq(run(&upkeep, now_ms), 1);
    ck_assert_uint_eq(upkeep.found[STORE_STALE_INVITATIONS], 90);
}
END_TEST

START_TEST(a_round_comes_once_a_day)
{
    struct upkeep upkeep = make((struct upkeep_settings){0});
    ck_assert_uint_eq(run(&upkeep, now_ms), 1);
    ck_assert_uint_eq(run(&upkeep, now_ms + DAY_MS - 1), 0);
    ck_assert_uint_eq(run(&upkeep, now_ms + DAY_MS), 1);
    ck_assert(!upkeep_is_due(&upkeep, now_ms + DAY_MS));
    upkeep_purge(&upkeep);
    ck_assert(upkeep_is_due(&upkeep, now_ms + DAY_MS));
    ck_assert_uint_eq(run(&upkeep, now_ms + DAY_MS), 0);
}
END_TEST

static const enum fake_call failing[] = {FAKE_PURGE,      FAKE_VACUUM, FAKE_PRUNE_FIND, FAKE_BEGIN,
                                         FAKE_PRUNE_DROP, FAKE_COMMIT, FAKE_GAME_DOOM};

START_TEST(after_a_failure_it_waits_a_minute_and_then_does_all)
{
    const struct upkeep_settings settings = {.link_games_days = 30, .sessions_days = 9};
    fill();
    struct upkeep upkeep = make(settings);
    bool round = false;
    enum status st = OK;
    fake_store_fail(file, failing[_i], 1, ERR_IO);
    for (unsigned steps = 0; st == OK; steps++) {
        ck_assert_uint_lt(steps, 1000);
        st = upkeep_step(&upkeep, now_ms, &round);
    }
    ck_assert_int_eq(st, ERR_IO);
    ck_assert(!upkeep_is_due(&upkeep, now_ms + 59999));
    must(upkeep_step(&upkeep, now_ms + 59999, &round)); /* nothing */
    ck_assert_uint_eq(run(&upkeep, now_ms + 60000), 1);
    ck_assert_uint_gt(upkeep.found[STORE_STALE_LINK_GAMES], 0);
    ck_assert(!is_there("g98"));
    /* Of the other sessions some had only games that are gone now. */
    ck_assert_uint_ge(upkeep.found[STORE_STALE_SESSIONS], 29);
}
END_TEST

static bool count_dry(void *arg, const struct store_stale_row *row)
{
    unsigned *count = arg;
    ck_assert_uint_gt(row->row, 0);
    (*count)++;
    return true;
}

START_TEST(a_dry_run_changes_nothing)
{
    struct upkeep upkeep;
    unsigned count = 0;
    fill();
    struct store *reader = fake_store_reader(file);
    upkeep_init(&upkeep,
                &(struct upkeep_config){
                    .store = reader,
                    .settings = {.link_games_days = 30, .sessions_days = 9, .request_ids_days = 50},
                    .dry = true,
                    .on_dry = count_dry,
                    .arg = &count});
    bool round = false;
    while (!round)
        must(upkeep_step(&upkeep, now_ms, &round));
    ck_assert_uint_gt(upkeep.found[STORE_STALE_LINK_GAMES], 0);
    ck_assert_uint_eq(upkeep.found[STORE_STALE_SESSIONS], 29);
    ck_assert_uint_gt(upkeep.found[STORE_STALE_REQUEST_IDS], 0);
    ck_assert_uint_gt(count, 29);
    ck_assert(is_there("g98"));
    ck_assert_uint_eq(fake_store_calls(file, FAKE_PURGE), 0);
    store_free(reader);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("upkeep");
    TCase *tests = tcase_create("upkeep");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, without_settings_nothing_goes);
    tcase_add_test(tests, finished_link_games_go_after_their_time_and_no_other);
    tcase_add_test(tests, a_game_that_is_watched_stays);
    tcase_add_test(tests, sessions_with_nothing_go_after_their_time);
    tcase_add_test(tests, request_ids_go_after_their_time_and_their_games_stay);
    tcase_add_test(tests, more_invitations_than_one_piece_takes_go_all);
    tcase_add_test(tests, a_round_comes_once_a_day);
    tcase_add_loop_test(tests, after_a_failure_it_waits_a_minute_and_then_does_all, 0,
                        COUNT_OF(failing));
    tcase_add_test(tests, a_dry_run_changes_nothing);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
