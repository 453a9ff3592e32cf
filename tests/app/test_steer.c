#include "app/steer.h"

#include <signal.h>

#include "tests/support/support.h"

enum { CLIENTS_MAX = 20000 };

struct row {
    const char *why;
    struct steer_plan plan;
    unsigned clients;
    uint64_t last_ms;         /* the delay of the last one of all */
    unsigned each_second_max; /* who come within any second */
};

static const struct row rows[] = {
    {"one client comes first", {500, 1000, 60000}, 1, 1000, 1},
    {"the default rate", {500, 1000, 60000}, 2000, 4998, 500},
    {"one a second", {1, 0, 60000}, 60, 59000, 1},
    {"as many as there are places", {100, 1000, 3000}, 200, 2990, 100},
    {"twice as many share the places", {100, 1000, 3000}, 400, 2990, 200},
    {"more than one a millisecond", {10000, 1000, 60000}, 20000, 2999, 10000},
    {"a fraction of a millisecond", {3000, 5, 1005}, 3000, 1003, 3000},
    {"no room to spread", {500, 1000, 1000}, 50, 1000, 50},
    {"a most below the least", {500, 1000, 10}, 50, 1000, 50},
};

static unsigned count_at[100000];

START_TEST(clients_come_evenly_and_within_the_bounds)
{
    const struct row *row = &rows[_i];
    struct steer steer = {0};
    uint64_t soonest_ms = UINT64_MAX;
    uint64_t latest_ms = 0;
    for (unsigned i = 0; i < row->clients; i++) {
        const uint64_t ms = steer_take(&steer, &row->plan, 123456);
        soonest_ms = ms < soonest_ms ? ms : soonest_ms;
        latest_ms = ms > latest_ms ? ms : latest_ms;
        ENSURE(ms < COUNT_OF(count_at));
        count_at[ms]++;
    }
    ck_assert_uint_eq(soonest_ms, row->plan.least_ms);
    ck_assert_msg(latest_ms == row->last_ms, "%s: %u", row->why, (unsigned)latest_ms);
    unsigned within = 0;
    unsigned most = 0;
    for (size_t ms = 0; ms <= latest_ms; ms++) {
        within += count_at[ms];
        within -= ms >= 1000 ? count_at[ms - 1000] : 0;
        most = within > most ? within : most;
    }
    ck_assert_msg(most <= row->each_second_max, "%s: %u in a second", row->why, most);
}
END_TEST

START_TEST(who_asks_later_is_placed_behind_the_others)
{
    const struct steer_plan plan = {10, 1000, 60000};
    struct steer steer = {0};
    for (unsigned i = 0; i < 20; i++)
        (void)steer_take(&steer, &plan, 0); /* until 3 s */
    ck_assert_uint_eq(steer_take(&steer, &plan, 500), 2500);
    ck_assert_uint_eq(steer_take(&steer, &plan, 500), 2600);
    /* All of them are back: the next one need not wait for anybody. */
    ck_assert_uint_eq(steer_take(&steer, &plan, 10000), 1000);
}
END_TEST

START_TEST(a_plan_without_a_rate_is_a_mistake)
{
    struct steer steer = {0};
    (void)steer_take(&steer, &(struct steer_plan){0, 1, 2}, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("steer");
    TCase *tcase = tcase_create("steer");
    tcase_add_loop_test(tcase, clients_come_evenly_and_within_the_bounds, 0, (int)COUNT_OF(rows));
    tcase_add_test(tcase, who_asks_later_is_placed_behind_the_others);
    tcase_add_test_raise_signal(tcase, a_plan_without_a_rate_is_a_mistake, SIGABRT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
