#include "app/rate.h"

#include <signal.h>

#include "tests/support/support.h"

static const uint64_t last_ms = (UINT64_C(1) << 53) - 1;

struct row {
    const char *why;
    struct rate rate;
    uint64_t now_ms;
    uint64_t retry_ms; /* when the burst is used up */
};

static const struct row rows[] = {
    {"one a second", {60, 5}, 1000, 1000},
    {"one a minute, one at once", {1, 1}, 1000, 60000},
    {"the default of choices", {300, 51}, 1000, 200},
    {"more than one a millisecond", {6000000, 100}, 1000, 1},
    {"a third of a millisecond", {180000, 3}, 1000, 1},
    {"a time that does not divide", {7, 2}, 1000, 8572},
    {"the clock begins", {60, 5}, 0, 1000},
    {"the end of the clock", {60, 5}, (UINT64_C(1) << 53) - 1, 1000},
    {"the slowest rate and the end of the clock", {1, 3}, (UINT64_C(1) << 53) - 1, 60000},
    {"the fastest rate", {UINT32_MAX, 9}, 1000, 1},
};

/* How many are allowed at this moment; nothing is left afterwards. */
static uint32_t take_all(struct bucket *bucket, const struct rate *rate, uint64_t now_ms,
                         uint64_t *ret_retry_ms)
{
    uint32_t taken = 0;
    while ((*ret_retry_ms = rate_take(bucket, rate, now_ms)) == 0)
        taken++;
    return taken;
}

START_TEST(a_burst_is_allowed_and_one_more_is_not)
{
    const struct row *row = &rows[_i];
    struct bucket bucket = {0};
    uint64_t retry_ms;
    const uint32_t taken = take_all(&bucket, &row->rate, row->now_ms, &retry_ms);
    ck_assert_msg(taken == row->rate.burst, "%s: %u", row->why, taken);
    ck_assert_msg(retry_ms == row->retry_ms, "%s: %llu ms", row->why, (unsigned long long)retry_ms);
}
END_TEST

START_TEST(a_refusal_takes_nothing)
{
    const struct rate rate = {60, 5};
    struct bucket bucket = {0};
    uint64_t retry_ms;
    take_all(&bucket, &rate, 1000, &retry_ms);
    const uint64_t before = bucket.full_us;
    for (int i = 0; i < 100; i++)
        ck_assert_uint_eq(rate_take(&bucket, &rate, 1000), 1000);
    ck_assert_uint_eq(rate_take(&bucket, &rate, 1999), 1);
    ck_assert_uint_eq(bucket.full_us, before);
    ck_assert_uint_eq(rate_take(&bucket, &rate, 2000), 0);
    ck_assert_uint_eq(rate_take(&bucket, &rate, 2000), 1000);
}
END_TEST

START_TEST(the_time_to_try_again_is_exact)
{
    const struct row *row = &rows[_i];
    if (row->now_ms == last_ms)
        return; /* there is no later */
    struct bucket bucket = {0};
    uint64_t retry_ms;
    take_all(&bucket, &row->rate, row->now_ms, &retry_ms);
    const uint64_t early_ms = rate_take(&bucket, &row->rate, row->now_ms + retry_ms - 1);
    ck_assert_msg(early_ms == 1, "%s: %llu ms", row->why, (unsigned long long)early_ms);
    const uint64_t then_ms = rate_take(&bucket, &row->rate, row->now_ms + retry_ms);
    ck_assert_msg(then_ms == 0, "%s: %llu ms", row->why, (unsigned long long)then_ms);
}
END_TEST

START_TEST(what_was_taken_comes_back_one_by_one)
{
    const struct rate rate = {60, 5};
    struct bucket bucket = {0};
    uint64_t retry_ms;
    take_all(&bucket, &rate, 0, &retry_ms);
    ck_assert_uint_eq(take_all(&bucket, &rate, 999, &retry_ms), 0);
    ck_assert_uint_eq(take_all(&bucket, &rate, 3500, &retry_ms), 3);
    ck_assert_uint_eq(retry_ms, 500);
    ck_assert_uint_eq(take_all(&bucket, &rate, 4000, &retry_ms), 1);
}
END_TEST

START_TEST(a_bucket_is_never_more_than_full)
{
    const struct rate rate = {60, 5};
    struct bucket bucket = {0};
    uint64_t retry_ms;
    take_all(&bucket, &rate, 0, &retry_ms);
    ck_assert_uint_eq(take_all(&bucket, &rate, 5000, &retry_ms), 5);
    ck_assert_uint_eq(take_all(&bucket, &rate, 1000000, &retry_ms), 5);
    ck_assert_uint_eq(take_all(&bucket, &rate, last_ms, &retry_ms), 5);
}
END_TEST

START_TEST(the_rate_holds_in_the_long_run)
{
    static const uint32_t rates[] = {1, 7, 60, 1001, 59999, 60001, 7777777};
    enum { MINUTES = 10, STEP_MS = 7 };
    const struct rate rate = {rates[_i], 1};
    struct bucket bucket = {0};
    uint64_t taken = 0;
    uint64_t retry_ms;
    /* Often enough that a burst of one is all that can have come back between two looks. */
    const uint64_t possible = 60000 / STEP_MS + 1;
    for (uint64_t now_ms = 0; now_ms < MINUTES * 60000; now_ms += STEP_MS)
        taken += take_all(&bucket, &rate, now_ms, &retry_ms);
    const uint64_t most = (rate.per_minute < possible ? rate.per_minute : possible) * MINUTES + 1;
    ck_assert_msg(taken <= most, "%u: %llu", rate.per_minute, (unsigned long long)taken);
    ck_assert_msg(taken * 10 >= most * 9, "%u: %llu", rate.per_minute, (unsigned long long)taken);
}
END_TEST

START_TEST(a_rate_of_0_is_no_limit)
{
    const struct rate rate = {0, 0};
    struct bucket bucket = {0};
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_eq(rate_take(&bucket, &rate, UINT64_MAX), 0);
    ck_assert_uint_eq(bucket.full_us, 0);
}
END_TEST

START_TEST(the_largest_burst_at_the_end_of_the_clock_does_not_wrap)
{
    const struct rate rate = {1, UINT32_MAX};
    const uint64_t minute_us = 60 * 1000 * 1000;
    /* As if all but one were taken. */
    struct bucket bucket = {.full_us = last_ms * 1000 + (UINT32_MAX - UINT64_C(1)) * minute_us};
    ck_assert_uint_eq(rate_take(&bucket, &rate, last_ms), 0);
    ck_assert_uint_eq(rate_take(&bucket, &rate, last_ms), 60000);
}
END_TEST

START_TEST(two_buckets_have_their_own)
{
    const struct rate rate = {60, 1};
    struct bucket first = {0};
    struct bucket second = {0};
    ck_assert_uint_eq(rate_take(&first, &rate, 1000), 0);
    ck_assert_uint_eq(rate_take(&first, &rate, 1000), 1000);
    ck_assert_uint_eq(rate_take(&second, &rate, 1000), 0);
}
END_TEST

START_TEST(a_time_beyond_the_clock_stops_the_program)
{
    const struct rate rate = {60, 1};
    struct bucket bucket = {0};
    rate_take(&bucket, &rate, last_ms + 1);
}
END_TEST

START_TEST(a_burst_of_0_stops_the_program)
{
    const struct rate rate = {60, 0};
    struct bucket bucket = {0};
    rate_take(&bucket, &rate, 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rate");
    TCase *tcase = tcase_create("rate");
    tcase_add_loop_test(tcase, a_burst_is_allowed_and_one_more_is_not, 0, (int)COUNT_OF(rows));
    tcase_add_test(tcase, a_refusal_takes_nothing);
    tcase_add_loop_test(tcase, the_time_to_try_again_is_exact, 0, (int)COUNT_OF(rows));
    tcase_add_test(tcase, what_was_taken_comes_back_one_by_one);
    tcase_add_test(tcase, a_bucket_is_never_more_than_full);
    tcase_add_loop_test(tcase, the_rate_holds_in_the_long_run, 0, 7);
    tcase_add_test(tcase, a_rate_of_0_is_no_limit);
    tcase_add_test(tcase, the_largest_burst_at_the_end_of_the_clock_does_not_wrap);
    tcase_add_test(tcase, two_buckets_have_their_own);
    tcase_add_test_raise_signal(tcase, a_time_beyond_the_clock_stops_the_program, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_burst_of_0_stops_the_program, SIGABRT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
