#include "app/base/metrics.h"

#include <pthread.h>
#include <string.h>

#include "tests/support/support.h"

START_TEST(a_metric_moves_up_and_down)
{
    metric_add(METRIC_CONNECTIONS, 3);
    metric_add(METRIC_CONNECTIONS, -1);
    ck_assert_int_eq(metric_read(METRIC_CONNECTIONS), 2);
    ck_assert_int_eq(metric_read(METRIC_SOCKETS), 0);
    metric_set(METRIC_CONNECTIONS, 7);
    ck_assert_int_eq(metric_read(METRIC_CONNECTIONS), 7);
}
END_TEST

enum { ADDS = 10000 };

static void *add_many(void *unused)
{
    for (int i = 0; i < ADDS; i++) {
        metric_add(METRIC_COMMANDS, 2);
        metric_add(METRIC_COMMANDS, -1);
    }
    return unused;
}

START_TEST(no_move_of_any_thread_is_lost)
{
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(metric_read(METRIC_COMMANDS), (int)COUNT_OF(threads) * ADDS);
}
END_TEST

/* The three lines of one metric. */
static void expect_metric(struct slice *rest, enum metric metric)
{
    struct slice help;
    struct slice type;
    struct slice value;
    struct slice name;
    struct slice word;

    ck_assert(slice_split(rest, '\n', &help));
    ck_assert(slice_split(rest, '\n', &type));
    ck_assert(slice_split(rest, '\n', &value));
    ck_assert(slice_starts(help, SLICE("# HELP casysd_")));
    ck_assert(slice_starts(type, SLICE("# TYPE casysd_")));
    ck_assert(slice_split(&value, ' ', &name));

    uint64_t number = 0;
    ck_assert_int_eq(slice_to_u64(value, UINT64_MAX, &number), OK);
    ck_assert_uint_eq(number, (uint64_t)metric_read(metric));

    type = slice_make(type.at + strlen("# TYPE "), type.len - strlen("# TYPE "));
    ck_assert(slice_split(&type, ' ', &word));
    ck_assert_slice_eq(word, name);
    /* Prometheus' rule: what only grows ends in _total. */
    const bool total = slice_eq(type, SLICE("counter"));
    ck_assert(total || slice_eq(type, SLICE("gauge")));
    const struct slice end = slice_make(name.at + name.len - 6, 6);
    ck_assert_int_eq(slice_eq(end, SLICE("_total")), total);
}

START_TEST(the_text_holds_every_metric)
{
    struct buf text = {0};
    metric_add(METRIC_REFUSALS, 17);
    metrics_text(&text);
    struct slice rest = buf_slice(&text);
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        expect_metric(&rest, (enum metric)i);
    ck_assert_uint_eq(rest.len, 0);
    ck_assert_ptr_nonnull(memmem(text.at, text.len, "\ncasysd_refusals_total 17\n", 26));
    buf_release(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tcase = tcase_create("metrics");
    tcase_add_test(tcase, a_metric_moves_up_and_down);
    tcase_add_test(tcase, no_move_of_any_thread_is_lost);
    tcase_add_test(tcase, the_text_holds_every_metric);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
