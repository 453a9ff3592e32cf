/* Rates and counts in one table for all threads: n and n + 1, keys that come and go, crowded rows,
 * and threads that use the same keys at the same moment. */
#include "app/tally.h"

#include <pthread.h>
#include <stdlib.h>

#include "tests/support/support.h"

enum { THREADS = 4, ROUNDS = 20000, KEYS = 50, MAX = 3 };

static const struct rate three = {.per_minute = 60, .burst = 3};

static struct tally *tally;

static void setup(void)
{
    tally = tally_new();
}

static void teardown(void)
{
    tally_free(tally);
}

static struct id key(uint64_t number)
{
    return (struct id){.high = number, .low = ~number};
}

START_TEST(a_key_has_its_tokens_and_waits_for_more)
{
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(tally_take(tally, key(1), 0, &three, 5000), 0);
    const uint64_t wait_ms = tally_take(tally, key(1), 0, &three, 5000);
    ck_assert_uint_eq(wait_ms, 1000);
    ck_assert_uint_gt(tally_take(tally, key(1), 0, &three, 5000 + wait_ms - 1), 0);
    ck_assert_uint_eq(tally_take(tally, key(1), 0, &three, 5000 + wait_ms), 0);
}
END_TEST

START_TEST(uses_and_keys_are_counted_apart)
{
    for (unsigned use = 0; use < TALLY_USES; use++) {
        for (int i = 0; i < 3; i++)
            ck_assert_uint_eq(tally_take(tally, key(1), use, &three, 5000), 0);
        ck_assert_uint_gt(tally_take(tally, key(1), use, &three, 5000), 0);
    }
    ck_assert_uint_eq(tally_take(tally, key(2), 0, &three, 5000), 0);
    /* Half of a key is not the key. */
    const struct id other = {.high = key(1).high, .low = 7};
    ck_assert_uint_eq(tally_take(tally, other, 0, &three, 5000), 0);
}
END_TEST

START_TEST(so_many_are_open_and_no_more)
{
    struct tally_place *places[MAX];
    struct tally_place *more;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MAX; i++)
            ck_assert(tally_enter(tally, key(1), MAX, &places[i]));
        ck_assert(!tally_enter(tally, key(1), MAX, &more));
        ck_assert_ptr_null(more);
        ck_assert(tally_enter(tally, key(2), MAX, &more));
        tally_leave(more);
        tally_leave(places[0]);
        ck_assert(tally_enter(tally, key(1), MAX, &places[0]));
        ck_assert(!tally_enter(tally, key(1), MAX, &more));
        for (int i = 0; i < MAX; i++)
            tally_leave(places[i]);
    }
    tally_leave(NULL);
}
END_TEST

START_TEST(what_is_open_stays_counted_whoever_else_comes)
{
    struct tally_place *place;
    struct tally_place *more;
    ck_assert(tally_enter(tally, key(1), 1, &place));
    ENSURE(place != NULL);
    for (uint64_t i = 2; i < 4 * TALLY_PLACES; i++)
        ENSURE(tally_take(tally, key(i), 0, &three, 5000) == 0);
    ck_assert(!tally_enter(tally, key(1), 1, &more));
    tally_leave(place);
}
END_TEST

START_TEST(a_full_table_counts_no_more_and_recovers)
{
    enum { MANY = 2 * TALLY_PLACES };
    struct tally_place **places = calloc(MANY, sizeof(struct tally_place *));
    size_t counted = 0;
    ENSURE(places != NULL);
    for (uint64_t i = 0; i < MANY; i++) {
        ENSURE(tally_enter(tally, key(i), 1, &places[i]));
        counted += places[i] ? 1 : 0;
    }
    /* Twice as many keys as places: nearly all rows are full. */
    ck_assert_uint_le(counted, TALLY_PLACES);
    ck_assert_uint_gt(counted, TALLY_PLACES / 10 * 9);
    for (uint64_t i = 0; i < MANY; i++)
        tally_leave(places[i]);
    for (uint64_t i = MANY; i < MANY + 1000; i++) {
        ENSURE(tally_enter(tally, key(i), 1, &places[0]));
        ENSURE(places[0] != NULL);
        tally_leave(places[0]);
    }
    free(places);
}
END_TEST

START_TEST(one_that_waits_is_not_forgotten_for_many_that_do_not)
{
    /* Of key 1 all tokens are taken; the others come later and take one. */
    while (tally_take(tally, key(1), 0, &three, 5000) == 0)
        ;
    for (uint64_t i = 2; i < TALLY_PLACES / 2; i++)
        ENSURE(tally_take(tally, key(i), 1, &three, 5000) == 0);
    ck_assert_uint_gt(tally_take(tally, key(1), 0, &three, 5000), 0);
}
END_TEST

/* ---- threads ---- */

static atomic_int open_now[KEYS];
static atomic_int taken;

static void *come_and_go(void *arg)
{
    uint32_t random = (uint32_t)(uintptr_t)arg;
    for (int i = 0; i < ROUNDS; i++) {
        struct tally_place *place;
        random = random * 1664525 + 1013904223;
        const unsigned number = random >> 16 & 0xffff;
        if (!tally_enter(tally, key(number % KEYS), MAX, &place))
            continue;
        ENSURE(place != NULL && atomic_fetch_add(&open_now[number % KEYS], 1) < MAX);
        /* Others come by, with buckets of their own. */
        (void)tally_take(tally, key(1000 + random % 1000), 0, &three, 5000);
        atomic_fetch_sub(&open_now[number % KEYS], 1);
        tally_leave(place);
    }
    return NULL;
}

static void *take_one_key(void *arg)
{
    static const struct rate rate = {.per_minute = 6000, .burst = 1000};
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (tally_take(tally, key(1), 0, &rate, 5000) == 0)
            atomic_fetch_add(&taken, 1);
    }
    return NULL;
}

static void run_threads(void *(*body)(void *))
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        ENSURE(pthread_create(&threads[i], NULL, body, (void *)(i + 1)) == 0);
    for (int i = 0; i < THREADS; i++)
        ENSURE(pthread_join(threads[i], NULL) == 0);
}

START_TEST(threads_never_have_more_open_than_allowed)
{
    struct tally_place *places[KEYS];
    /* The keys are known before the race: bringing one in at once may count it apart for a moment. */
    for (unsigned i = 0; i < KEYS; i++)
        ENSURE(tally_enter(tally, key(i), MAX + 1, &places[i]));
    for (unsigned i = 0; i < KEYS; i++)
        tally_leave(places[i]);
    run_threads(come_and_go);
    for (unsigned i = 0; i < KEYS; i++) {
        struct tally_place *place;
        ck_assert(tally_enter(tally, key(i), 1, &place));
        tally_leave(place);
    }
}
END_TEST

START_TEST(threads_take_exactly_what_there_is)
{
    (void)tally_take(tally, key(1), 1, &three, 5000);
    run_threads(take_one_key);
    ck_assert_int_eq(atomic_load(&taken), 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tally");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_key_has_its_tokens_and_waits_for_more);
    tcase_add_test(tcase, uses_and_keys_are_counted_apart);
    tcase_add_test(tcase, so_many_are_open_and_no_more);
    tcase_add_test(tcase, what_is_open_stays_counted_whoever_else_comes);
    tcase_add_test(tcase, a_full_table_counts_no_more_and_recovers);
    tcase_add_test(tcase, one_that_waits_is_not_forgotten_for_many_that_do_not);
    tcase_add_test(tcase, threads_never_have_more_open_than_allowed);
    tcase_add_test(tcase, threads_take_exactly_what_there_is);
    return run_suite(suite);
}
