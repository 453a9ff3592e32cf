#include "app/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/support.h"

static struct temp_path log_path;
static int log_fd;

static void log_to_file(void)
{
    const struct temp_path folder = temp_folder();
    log_path = temp_join(&folder, "log");
    log_fd = open(log_path.text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ck_assert_int_ge(log_fd, 0);
    log_setup(log_fd, LOG_INFO);
}

static void close_log(void)
{
    log_setup(STDERR_FILENO, LOG_INFO);
    close(log_fd);
}

/* One line without its time, whose form is checked. */
static struct slice next_line(struct slice *rest)
{
    static const char form[] = "time=dddd-dd-ddTdd:dd:dd.dddZ ";
    struct slice line;
    ck_assert(slice_split(rest, '\n', &line));
    ck_assert_uint_ge(line.len, strlen(form));
    for (size_t i = 0; form[i]; i++) {
        if (form[i] == 'd' && i >= strlen("time="))
            ck_assert(line.at[i] >= '0' && line.at[i] <= '9');
        else
            ck_assert_int_eq(line.at[i], form[i]);
    }
    return slice_make(line.at + strlen(form), line.len - strlen(form));
}

static void expect_line(const char *expected)
{
    struct buf text = {0};
    read_file(log_path.text, &text);
    struct slice rest = buf_slice(&text);
    ck_assert_slice_str(next_line(&rest), expected);
    ck_assert_uint_eq(rest.len, 0);
    buf_release(&text);
}

START_TEST(an_event_is_a_line_of_keys_and_values)
{
    log_event(LOG_WARN, "commit_failed", L_INT("games", 3), L_STR("status", "io"),
              L_SLICE("name", SLICE("abc")), L_INT("low", INT64_MIN));
    expect_line("level=warn event=commit_failed games=3 status=io name=abc "
                "low=-9223372036854775808");
}
END_TEST

START_TEST(an_event_may_have_no_fields)
{
    log_event(LOG_ERROR, "stopped");
    expect_line("level=error event=stopped");
}
END_TEST

START_TEST(lines_below_the_level_are_dropped)
{
    log_event(LOG_DEBUG, "quiet");
    log_event(LOG_INFO, "loud");
    log_setup(log_fd, LOG_ERROR);
    log_event(LOG_WARN, "quiet");
    log_setup(log_fd, LOG_DEBUG);
    expect_line("level=info event=loud");
}
END_TEST

START_TEST(a_value_never_leaves_its_quotes)
{
    static const struct {
        struct slice value;
        const char *written;
    } cases[] = {
        {SLICE_INIT("plain-1.2/3:4"), "v=plain-1.2/3:4"},
        {SLICE_INIT(""), "v=\"\""},
        {{NULL, 0}, "v=\"\""},
        {SLICE_INIT("a b"), "v=\"a b\""},
        {SLICE_INIT("a=b"), "v=\"a=b\""},
        {SLICE_INIT("a\"b"), "v=\"a\\\"b\""},
        {SLICE_INIT("a\\b"), "v=\"a\\\\b\""},
        {SLICE_INIT("a\nlevel=error"), "v=\"a\\nlevel=error\""},
        {SLICE_INIT("a\r\tb"), "v=\"a\\x0d\\x09b\""},
        {SLICE_INIT("a\0b"), "v=\"a\\x00b\""},
        {SLICE_INIT("\x1b[31m"), "v=\"\\x1b[31m\""},
        {SLICE_INIT("\x7f"), "v=\"\\x7f\""},
        {SLICE_INIT("caf\xc3\xa9"), "v=\"caf\\xc3\\xa9\""},
        {SLICE_INIT("\xff"), "v=\"\\xff\""},
    };
    struct buf expected = {0};
    log_event(LOG_INFO, "e", L_SLICE("v", cases[_i].value));
    buf_printf(&expected, "level=info event=e %s", cases[_i].written);
    buf_byte(&expected, '\0');
    expect_line((const char *)expected.at);
    buf_release(&expected);
}
END_TEST

START_TEST(a_field_that_does_not_fit_is_left_out_whole)
{
    enum { LINE_BYTES = 4096 };
    static uint8_t many[2 * LINE_BYTES];
    struct buf text = {0};
    size_t whole = 0;

    memset(many, _i == 0 ? 'a' : '\n', sizeof many);
    /* One by one where the line becomes full: a newline takes two bytes. */
    for (size_t len = 0; len < sizeof many; len += (len + 50) % 2000 < 150 ? 1 : 50)
        log_event(LOG_INFO, "e", L_INT("k", 1), L_SLICE("v", slice_make(many, len)),
                  L_INT("after", 2));
    read_file(log_path.text, &text);
    for (struct slice rest = buf_slice(&text); rest.len > 0;) {
        const size_t before = rest.len;
        const struct slice line = next_line(&rest);
        ck_assert_uint_le(before - rest.len, LINE_BYTES);
        if (slice_eq(line, SLICE("level=info event=e k=1 cut=1")))
            continue;
        ck_assert(slice_starts(line, SLICE("level=info event=e k=1 v=")));
        const struct slice end = SLICE(" after=2");
        const struct slice cut = SLICE(" cut=1");
        const struct slice tail = slice_make(line.at + line.len - end.len, end.len);
        const struct slice short_tail = slice_make(line.at + line.len - cut.len, cut.len);
        ck_assert(slice_eq(tail, end) || slice_eq(short_tail, cut));
        whole++;
    }
    ck_assert_uint_gt(whole, 10);
    buf_release(&text);
}
END_TEST

START_TEST(errno_is_kept_and_a_broken_log_stops_nothing)
{
    log_setup(-1, LOG_INFO);
    errno = ENOSPC;
    log_event(LOG_ERROR, "lost");
    ck_assert_int_eq(errno, ENOSPC);
}
END_TEST

enum { LINES = 300 };

static void *log_lines(void *name)
{
    for (int i = 0; i < LINES; i++)
        log_event(LOG_INFO, "shared", L_STR("from", name), L_INT("number", 1));
    return NULL;
}

START_TEST(lines_of_several_threads_do_not_mix)
{
    static char names[4][2] = {"a", "b", "c", "d"};
    pthread_t threads[COUNT_OF(names)];
    struct buf text = {0};
    size_t count[COUNT_OF(names)] = {0};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, log_lines, names[i]), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    read_file(log_path.text, &text);
    for (struct slice rest = buf_slice(&text); rest.len > 0;) {
        const struct slice line = next_line(&rest);
        const struct slice form = SLICE("level=info event=shared from=x number=1");
        ck_assert_uint_eq(line.len, form.len);
        const size_t name = line.at[strlen("level=info event=shared from=")] - (size_t)'a';
        ck_assert_uint_lt(name, COUNT_OF(names));
        count[name]++;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++)
        ck_assert_uint_eq(count[i], LINES);
    buf_release(&text);
}
END_TEST

START_TEST(a_time_is_written_in_rfc_3339)
{
    static const struct {
        const char *why;
        int64_t ms;
        const char *text;
    } cases[] = {
        {"the beginning", 0, "1970-01-01T00:00:00.000Z"},
        {"milliseconds", 1769860800123, "2026-01-31T12:00:00.123Z"},
        {"a leap day", 951782400000, "2000-02-29T00:00:00.000Z"},
        {"no leap day in 2100", 4107542400000, "2100-03-01T00:00:00.000Z"},
        {"just before 1970", -1, "1969-12-31T23:59:59.999Z"},
        {"a full second before 1970", -1000, "1969-12-31T23:59:59.000Z"},
        {"beyond 32 bits", 4294967296000, "2106-02-07T06:28:16.000Z"},
        {"the last", 253402300799999, "9999-12-31T23:59:59.999Z"},
        {"after the last", 253402300800000, "9999-12-31T23:59:59.999Z"},
        {"the largest", INT64_MAX, "9999-12-31T23:59:59.999Z"},
        {"the first", -62167219200000, "0000-01-01T00:00:00.000Z"},
        {"the smallest", INT64_MIN, "0000-01-01T00:00:00.000Z"},
    };
    char text[TIME_TEXT_SIZE];
    time_text(cases[_i].ms, text);
    ck_assert_msg(strcmp(text, cases[_i].text) == 0, "%s: %s", cases[_i].why, text);
    ck_assert_uint_eq(strlen(text), TIME_TEXT_SIZE - 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *lines = tcase_create("lines");
    TCase *times = tcase_create("times");
    tcase_set_timeout(lines, 60);
    tcase_add_checked_fixture(lines, log_to_file, close_log);
    tcase_add_test(lines, an_event_is_a_line_of_keys_and_values);
    tcase_add_test(lines, an_event_may_have_no_fields);
    tcase_add_test(lines, lines_below_the_level_are_dropped);
    tcase_add_loop_test(lines, a_value_never_leaves_its_quotes, 0, 14);
    tcase_add_loop_test(lines, a_field_that_does_not_fit_is_left_out_whole, 0, 2);
    tcase_add_test(lines, errno_is_kept_and_a_broken_log_stops_nothing);
    tcase_add_test(lines, lines_of_several_threads_do_not_mix);
    tcase_add_loop_test(times, a_time_is_written_in_rfc_3339, 0, 12);
    suite_add_tcase(suite, lines);
    suite_add_tcase(suite, times);
    return run_suite(suite);
}
