#include "app/presence.h"

#include <signal.h>
#include <string.h>

#include "tests/support/support.h"

enum { INTERVAL_MS = 500, READERS = 2000 };

/* One who watches, and what it was told. */
struct reader {
    struct seat seat;
    bool busy;
    unsigned times;
    uint64_t version; /* of what it was told last */
};

static struct presence presence;
static struct reader readers[READERS];
static const struct id game = {1, 7};
static const struct id other = {1, 8};
static unsigned reports;
static struct id reported_game;
static uint32_t reported[PRESENCE_ROLES];
static uint64_t now_ms;

static void on_report(void *arg, struct id of, const uint32_t counts[PRESENCE_ROLES])
{
    ck_assert_ptr_eq(arg, &presence);
    reports++;
    reported_game = of;
    memcpy(reported, counts, sizeof reported);
}

static bool on_tell(struct seat *seat, struct update *update)
{
    struct reader *reader = container_of(seat, struct reader, seat);
    if (reader->busy)
        return false;
    reader->times++;
    reader->version = update->version;
    return true;
}

static void setup(void)
{
    now_ms = 1000;
    presence_init(&presence, on_report, on_tell, &presence, INTERVAL_MS);
}

static void teardown(void)
{
    for (size_t i = 0; i < READERS; i++)
        presence_rise(&presence, &readers[i].seat);
    presence_tick(&presence, now_ms + INTERVAL_MS);
    presence_release(&presence);
}

static void tick_after(uint64_t ms)
{
    now_ms += ms;
    presence_tick(&presence, now_ms);
}

static void hear(uint64_t version)
{
    struct update *update = update_new_presence(game, version, SLICE("{}"), 1, NULL);
    ck_assert_int_eq(update->posts[0].mail.kind, MAIL_PRESENCE);
    presence_hear(&presence, update);
    update_unref(update);
}

static void expect_report(uint32_t owners, uint32_t players, uint32_t spectators)
{
    const uint32_t expected[PRESENCE_ROLES] = {owners, players, spectators};
    ck_assert_uint_eq(reports, 1);
    ck_assert(memcmp(reported, expected, sizeof expected) == 0);
    reports = 0;
}

START_TEST(the_counts_by_role_are_reported_at_the_next_tick)
{
    presence_sit(&presence, &readers[0].seat, game, STORE_OWNER, false);
    presence_sit(&presence, &readers[1].seat, game, STORE_PLAYER, true);
    presence_sit(&presence, &readers[2].seat, game, STORE_SPECTATOR, false);
    presence_sit(&presence, &readers[3].seat, game, STORE_SPECTATOR, true);
    ck_assert_uint_eq(reports, 0);
    tick_after(0);
    expect_report(1, 1, 2);
    ck_assert(id_eq(reported_game, game));
    tick_after(INTERVAL_MS);
    ck_assert_uint_eq(reports, 0); /* nothing has changed */
}
END_TEST

START_TEST(many_changes_are_one_report_each_interval)
{
    presence_sit(&presence, &readers[0].seat, game, STORE_PLAYER, false);
    tick_after(0);
    expect_report(0, 1, 0);
    for (size_t i = 1; i < 50; i++) {
        presence_sit(&presence, &readers[i].seat, game, STORE_PLAYER, false);
        tick_after(1);
    }
    ck_assert_uint_eq(reports, 0);
    tick_after(INTERVAL_MS - 50);
    ck_assert_uint_eq(reports, 0);
    tick_after(1);
    expect_report(0, 50, 0);
}
END_TEST

START_TEST(sitting_twice_counts_once_and_moving_leaves)
{
    presence_sit(&presence, &readers[0].seat, game, STORE_PLAYER, true);
    presence_sit(&presence, &readers[0].seat, game, STORE_PLAYER, false);
    tick_after(0);
    expect_report(0, 1, 0);
    presence_sit(&presence, &readers[0].seat, game, STORE_OWNER, true); /* another role */
    tick_after(INTERVAL_MS);
    expect_report(1, 0, 0);
    presence_sit(&presence, &readers[1].seat, game, STORE_PLAYER, true);
    presence_sit(&presence, &readers[1].seat, other, STORE_PLAYER, true);
    tick_after(INTERVAL_MS);
    ck_assert_uint_eq(reports, 2); /* of both games */
}
END_TEST

START_TEST(the_last_one_to_rise_is_reported_too)
{
    presence_sit(&presence, &readers[0].seat, game, STORE_PLAYER, true);
    presence_rise(&presence, &readers[0].seat);
    presence_rise(&presence, &readers[0].seat); /* of nothing now */
    tick_after(0);
    expect_report(0, 0, 0);
    hear(3); /* of a game that nobody watches here any more */
    tick_after(INTERVAL_MS);
    ck_assert_uint_eq(readers[0].times, 0);
}
END_TEST

START_TEST(only_those_who_asked_are_told)
{
    for (size_t i = 0; i < 10; i++)
        presence_sit(&presence, &readers[i].seat, game, STORE_PLAYER, i % 2 == 0);
    hear(1);
    tick_after(0);
    for (size_t i = 0; i < 10; i++)
        ck_assert_uint_eq(readers[i].times, i % 2 == 0 ? 1 : 0);
    tick_after(INTERVAL_MS);
    ck_assert_uint_eq(readers[0].times, 1); /* nothing new */
}
END_TEST

START_TEST(news_that_come_faster_than_the_interval_become_the_newest)
{
    presence_sit(&presence, &readers[0].seat, game, STORE_PLAYER, true);
    for (uint64_t version = 1; version <= 20; version++) {
        hear(version);
        tick_after(10);
    }
    ck_assert_uint_eq(readers[0].times, 1);
    tick_after(INTERVAL_MS);
    ck_assert_uint_eq(readers[0].times, 2);
    ck_assert_uint_eq(readers[0].version, 20);
}
END_TEST

START_TEST(who_is_busy_delays_nobody_and_gets_the_newest_later)
{
    readers[1].busy = true;
    for (size_t i = 0; i < 3; i++)
        presence_sit(&presence, &readers[i].seat, game, STORE_PLAYER, true);
    for (uint64_t version = 1; version <= 5; version++) {
        hear(version);
        tick_after(INTERVAL_MS);
        ck_assert_uint_eq(readers[0].version, version);
        ck_assert_uint_eq(readers[2].version, version);
    }
    ck_assert_uint_eq(readers[1].times, 0);
    readers[1].busy = false;
    tick_after(INTERVAL_MS);
    ck_assert_uint_eq(readers[1].times, 1);
    ck_assert_uint_eq(readers[1].version, 5);
    ck_assert_uint_eq(readers[0].times, 5); /* not once more */
}
END_TEST

START_TEST(who_comes_later_is_told_what_is_known)
{
    presence_sit(&presence, &readers[0].seat, game, STORE_PLAYER, false);
    hear(4);
    tick_after(0);
    presence_sit(&presence, &readers[1].seat, game, STORE_PLAYER, true);
    tick_after(INTERVAL_MS);
    ck_assert_uint_eq(readers[1].version, 4);
    presence_sit(&presence, &readers[1].seat, game, STORE_PLAYER, true); /* asks again */
    tick_after(INTERVAL_MS);
    ck_assert_uint_eq(readers[1].times, 2);
}
END_TEST

START_TEST(a_great_crowd_is_told_more_seldom)
{
    for (size_t i = 0; i < READERS; i++)
        presence_sit(&presence, &readers[i].seat, game, STORE_SPECTATOR, true);
    hear(1);
    tick_after(0);
    hear(2);
    tick_after(READERS - 1);
    ck_assert_uint_eq(readers[0].version, 1);
    tick_after(1);
    ck_assert_uint_eq(readers[0].version, 2);
    ck_assert_uint_eq(readers[READERS - 1].version, 2);
}
END_TEST

START_TEST(nobody_is_no_role)
{
    presence_sit(&presence, &readers[0].seat, game, STORE_NOBODY, true);
}
END_TEST

START_TEST(a_release_while_somebody_sits_is_a_mistake)
{
    presence_sit(&presence, &readers[0].seat, game, STORE_OWNER, true);
    presence_release(&presence);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("presence");
    TCase *tcase = tcase_create("presence");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_counts_by_role_are_reported_at_the_next_tick);
    tcase_add_test(tcase, many_changes_are_one_report_each_interval);
    tcase_add_test(tcase, sitting_twice_counts_once_and_moving_leaves);
    tcase_add_test(tcase, the_last_one_to_rise_is_reported_too);
    tcase_add_test(tcase, only_those_who_asked_are_told);
    tcase_add_test(tcase, news_that_come_faster_than_the_interval_become_the_newest);
    tcase_add_test(tcase, who_is_busy_delays_nobody_and_gets_the_newest_later);
    tcase_add_test(tcase, who_comes_later_is_told_what_is_known);
    tcase_add_test(tcase, a_great_crowd_is_told_more_seldom);
    tcase_add_test_raise_signal(tcase, nobody_is_no_role, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_release_while_somebody_sits_is_a_mistake, SIGABRT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
