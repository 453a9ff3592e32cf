#include "app/base/bytes.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "tests/support/support.h"

START_TEST(slices_compare_by_bytes_then_by_length)
{
    static const struct {
        struct slice a;
        struct slice b;
        int order;
    } cases[] = {
        {SLICE_INIT(""), {NULL, 0}, 0},
        {SLICE_INIT("a"), SLICE_INIT("a"), 0},
        {SLICE_INIT("a"), SLICE_INIT("b"), -1},
        {SLICE_INIT("a"), {NULL, 0}, 1},
        {SLICE_INIT("a"), SLICE_INIT("ab"), -1},
        {SLICE_INIT("b"), SLICE_INIT("ab"), 1},
        {SLICE_INIT("a\0b"), SLICE_INIT("a\0c"), -1},
        {SLICE_INIT("\xff"), SLICE_INIT("a"), 1},
    };
    const struct slice a = cases[_i].a;
    const struct slice b = cases[_i].b;
    const int order = slice_compare(a, b);
    const int back = slice_compare(b, a);
    ck_assert_int_eq((order > 0) - (order < 0), cases[_i].order);
    ck_assert_int_eq((back > 0) - (back < 0), -cases[_i].order);
    ck_assert_int_eq(slice_eq(a, b), cases[_i].order == 0);
    ck_assert_int_eq(slice_eq(b, a), cases[_i].order == 0);
}
END_TEST

START_TEST(header_tokens_compare_without_case)
{
    static const struct {
        struct slice a;
        struct slice b;
        bool equal;
    } cases[] = {
        {SLICE_INIT("WebSocket"), SLICE_INIT("websocket"), true},
        {SLICE_INIT("AZaz"), SLICE_INIT("azAZ"), true},
        {SLICE_INIT(""), {NULL, 0}, true},
        {SLICE_INIT("web"), SLICE_INIT("webs"), false},
        {SLICE_INIT("@"), SLICE_INIT("`"), false}, /* a case bit apart, but no letters */
        {SLICE_INIT("["), SLICE_INIT("{"), false},
        {SLICE_INIT("\xc4"), SLICE_INIT("\xe4"), false}, /* letters in Latin-1 only */
    };
    ck_assert_int_eq(slice_eq_nocase(cases[_i].a, cases[_i].b), cases[_i].equal);
    ck_assert_int_eq(slice_eq_nocase(cases[_i].b, cases[_i].a), cases[_i].equal);
}
END_TEST

START_TEST(a_prefix_is_found_at_the_front_only)
{
    ck_assert(slice_starts(SLICE("Bearer x"), SLICE("Bearer ")));
    ck_assert(slice_starts(SLICE("Bearer"), SLICE("Bearer")));
    ck_assert(slice_starts(SLICE("Bearer"), SLICE_NONE));
    ck_assert(slice_starts(SLICE_NONE, SLICE("")));
    ck_assert(!slice_starts(SLICE("Beare"), SLICE("Bearer")));
    ck_assert(!slice_starts(SLICE("xBearer"), SLICE("Bearer")));
    ck_assert(!slice_starts(SLICE_NONE, SLICE("B")));
}
END_TEST

START_TEST(a_string_is_borrowed_without_its_nul)
{
    const char *text = "abc";
    ck_assert_ptr_eq(slice_str(text).at, (const uint8_t *)text);
    ck_assert_uint_eq(slice_str(text).len, 3);
    ck_assert_uint_eq(slice_str("").len, 0);
    ck_assert_uint_eq(slice_str(NULL).len, 0);
    ck_assert_uint_eq(SLICE("a\0b").len, 3);
}
END_TEST

START_TEST(a_byte_is_found_at_its_first_place)
{
    ck_assert_uint_eq(slice_find(SLICE("abcb"), 'b'), 1);
    ck_assert_uint_eq(slice_find(SLICE("abcb"), 'a'), 0);
    ck_assert_uint_eq(slice_find(SLICE("a\0b"), '\0'), 1);
    ck_assert_uint_eq(slice_find(SLICE("abc"), 'd'), SIZE_MAX);
    ck_assert_uint_eq(slice_find(SLICE_NONE, 'd'), SIZE_MAX);
}
END_TEST

START_TEST(a_split_gives_every_part)
{
    static const struct {
        const char *text;
        size_t count;
        const char *parts[4];
    } cases[] = {
        {"", 0, {NULL}},
        {"a", 1, {"a"}},
        {"a,b", 2, {"a", "b"}},
        {"a,", 1, {"a"}},
        {",", 1, {""}},
        {",a", 2, {"", "a"}},
        {"a,,b", 3, {"a", "", "b"}},
        {"ab,cd,ef,gh", 4, {"ab", "cd", "ef", "gh"}},
    };
    struct slice rest = slice_str(cases[_i].text);
    struct slice part;
    for (size_t i = 0; i < cases[_i].count; i++) {
        ck_assert(slice_split(&rest, ',', &part));
        ck_assert_slice_str(part, cases[_i].parts[i]);
    }
    ck_assert(!slice_split(&rest, ',', &part));
    ck_assert_uint_eq(rest.len, 0);
}
END_TEST

START_TEST(blanks_go_from_both_ends)
{
    static const char *const cases[][2] = {
        {"", ""},    {" ", ""},    {" \t ", ""},         {"a", "a"},
        {" a", "a"}, {"a\t", "a"}, {"\t a b \t", "a b"}, {"\na\r", "\na\r"},
    };
    ck_assert_slice_str(slice_trim(slice_str(cases[_i][0])), cases[_i][1]);
}
END_TEST

START_TEST(control_characters_do_not_reach_a_line_for_people)
{
    char text[] = "a\tb\r\nc\x1b[2J\x01\x1f \x7f\xc3\xa9~";
    text_one_line(text);
    ck_assert_str_eq(text, "a?b??c?[2J?? ?\xc3\xa9~");
    char empty[] = "";
    text_one_line(empty);
    ck_assert_str_eq(empty, "");
}
END_TEST

START_TEST(a_number_is_digits_up_to_its_limit)
{
    static const struct {
        const char *why;
        struct slice text;
        uint64_t max;
        enum status verdict;
        uint64_t value;
    } cases[] = {
        {"zero", SLICE_INIT("0"), 0, OK, 0},
        {"one over a limit of zero", SLICE_INIT("1"), 0, ERR_INVALID, 0},
        {"the limit", SLICE_INIT("123"), 123, OK, 123},
        {"one over the limit", SLICE_INIT("124"), 123, ERR_INVALID, 0},
        {"a digit over the limit", SLICE_INIT("1230"), 123, ERR_INVALID, 0},
        {"a digit over a small limit", SLICE_INIT("7"), 6, ERR_INVALID, 0},
        {"leading zeros", SLICE_INIT("00000000000000000000000007"), 9, OK, 7},
        {"the largest", SLICE_INIT("18446744073709551615"), UINT64_MAX, OK, UINT64_MAX},
        {"one over the largest", SLICE_INIT("18446744073709551616"), UINT64_MAX, ERR_INVALID, 0},
        {"ten times the largest", SLICE_INIT("184467440737095516150"), UINT64_MAX, ERR_INVALID, 0},
        {"would wrap to a small one", SLICE_INIT("36893488147419103233"), 10, ERR_INVALID, 0},
        {"nothing", {NULL, 0}, 9, ERR_INVALID, 0},
        {"a plus", SLICE_INIT("+1"), 9, ERR_INVALID, 0},
        {"a minus", SLICE_INIT("-1"), 9, ERR_INVALID, 0},
        {"a space before", SLICE_INIT(" 1"), 9, ERR_INVALID, 0},
        {"a space after", SLICE_INIT("1 "), 9, ERR_INVALID, 0},
        {"a point", SLICE_INIT("1.0"), 99, ERR_INVALID, 0},
        {"hexadecimal", SLICE_INIT("0x1"), 99, ERR_INVALID, 0},
        {"before 0", SLICE_INIT("/"), 99, ERR_INVALID, 0},
        {"after 9", SLICE_INIT(":"), 99, ERR_INVALID, 0},
        {"a NUL", SLICE_INIT("1\0"), 99, ERR_INVALID, 0},
    };
    uint64_t value = 77;
    ck_assert_msg(slice_to_u64(cases[_i].text, cases[_i].max, &value) == cases[_i].verdict, "%s",
                  cases[_i].why);
    ck_assert_uint_eq(value, cases[_i].verdict == OK ? cases[_i].value : 77);
}
END_TEST

static const struct {
    const char *why;
    struct slice text;
    bool valid;
} utf8_cases[] = {
    {"nothing", {NULL, 0}, true},
    {"ASCII", SLICE_INIT("The door is locked."), true},
    {"a NUL is a character", SLICE_INIT("a\0b"), true},
    {"two, three and four bytes", SLICE_INIT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xb2"), true},
    {"the first of two bytes", SLICE_INIT("\xc2\x80"), true},
    {"the last of two bytes", SLICE_INIT("\xdf\xbf"), true},
    {"the first of three bytes", SLICE_INIT("\xe0\xa0\x80"), true},
    {"before the surrogates", SLICE_INIT("\xed\x9f\xbf"), true},
    {"after the surrogates", SLICE_INIT("\xee\x80\x80"), true},
    {"U+FFFF", SLICE_INIT("\xef\xbf\xbf"), true},
    {"U+10000", SLICE_INIT("\xf0\x90\x80\x80"), true},
    {"U+10FFFF", SLICE_INIT("\xf4\x8f\xbf\xbf"), true},
    {"overlong in two bytes", SLICE_INIT("\xc0\x80"), false},
    {"overlong in two bytes, the last", SLICE_INIT("\xc1\xbf"), false},
    {"overlong in three bytes", SLICE_INIT("\xe0\x9f\xbf"), false},
    {"overlong in four bytes", SLICE_INIT("\xf0\x8f\xbf\xbf"), false},
    {"the first surrogate", SLICE_INIT("\xed\xa0\x80"), false},
    {"the last surrogate", SLICE_INIT("\xed\xbf\xbf"), false},
    {"U+110000", SLICE_INIT("\xf4\x90\x80\x80"), false},
    {"five bytes", SLICE_INIT("\xf8\x88\x80\x80\x80"), false},
    {"six bytes", SLICE_INIT("\xfc\x84\x80\x80\x80\x80"), false},
    {"a byte that never occurs", SLICE_INIT("\xff"), false},
    {"a continuation alone", SLICE_INIT("\x80"), false},
    {"a continuation too many", SLICE_INIT("\xc3\xa9\xa9"), false},
    {"a letter for a continuation", SLICE_INIT("\xe2\x82z"), false},
    {"a new character too early", SLICE_INIT("\xe2\x82\xc3\xa9"), false},
};

/* The same bytes at every distance to where the eight-byte steps begin and end. */
START_TEST(utf8_is_told_from_other_bytes)
{
    struct buf text = {0};
    for (size_t before = 0; before <= 17; before++) {
        for (size_t after = 0; after <= 9; after++) {
            buf_clear(&text);
            buf_printf(&text, "%.*s", (int)before, "abcdefghijklmnopq");
            buf_append(&text, utf8_cases[_i].text);
            buf_printf(&text, "%.*s", (int)after, "ABCDEFGHI");
            ck_assert_msg(utf8_valid(buf_slice(&text)) == utf8_cases[_i].valid,
                          "%s, after %zu and before %zu", utf8_cases[_i].why, before, after);
        }
    }
    buf_release(&text);
}
END_TEST

/* The bytes of a number as RFC 3629, 3 lays them out, whether it is a character or not. */
static size_t utf8_encode(uint32_t number, uint8_t ret[4])
{
    if (number < 0x80) {
        ret[0] = (uint8_t)number;
        return 1;
    }
    const size_t len = number < 0x800 ? 2 : number < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        ret[i] = (uint8_t)(0x80 | (number & 0x3F));
        number >>= 6;
    }
    ret[0] = (uint8_t)((0xF00U >> len & 0xFF) | number);
    return len;
}

START_TEST(every_character_is_valid_and_no_surrogate)
{
    uint8_t bytes[4];
    for (uint32_t number = 0; number < 0x120000; number++) {
        const size_t len = utf8_encode(number, bytes);
        const bool surrogate = number >= 0xD800 && number <= 0xDFFF;
        if (utf8_valid(slice_make(bytes, len)) != (!surrogate && number <= 0x10FFFF))
            ck_abort_msg("U+%04X", (unsigned)number);
        if (utf8_count(slice_make(bytes, len)) != 1)
            ck_abort_msg("the length of U+%04X", (unsigned)number);
    }
}
END_TEST

/* A character cut short is not valid, wherever the cut is. */
START_TEST(text_cut_inside_a_character_is_refused)
{
    const struct slice text = SLICE("D\xc3\xa9"
                                    "s \xe2\x82\xac 8 \xf0\x9f\x8e\xb2!");
    for (size_t len = 0; len <= text.len; len++) {
        const bool inside = len < text.len && (text.at[len] & 0xC0) == 0x80;
        ck_assert_int_eq(utf8_valid(slice_make(text.at, len)), !inside);
    }
    ck_assert_uint_eq(utf8_count(text), 10);
    ck_assert_uint_eq(utf8_count(SLICE_NONE), 0);
}
END_TEST

START_TEST(a_buf_grows_and_keeps_what_it_holds)
{
    struct buf buf = {0};
    ck_assert_uint_eq(buf_slice(&buf).len, 0);
    buf_append(&buf, SLICE_NONE);
    for (unsigned i = 0; i < 3000; i++) {
        buf_byte(&buf, (uint8_t)i);
        buf_append(&buf, SLICE("xy"));
    }
    ck_assert_uint_eq(buf.len, 9000);
    for (size_t i = 0; i < 3000; i++) {
        ck_assert_uint_eq(buf.at[3 * i], (uint8_t)i);
        ck_assert_uint_eq(buf.at[3 * i + 2], 'y');
    }
    const uint8_t *at = buf.at;
    buf_clear(&buf);
    buf_append(&buf, SLICE("again"));
    ck_assert_slice_str(buf_slice(&buf), "again");
    ck_assert_ptr_eq(buf.at, at);
    buf_release(&buf);
    buf_release(&buf);
    buf_release(NULL);
    ck_assert_ptr_null(buf.at);
}
END_TEST

START_TEST(reserved_room_is_there)
{
    static const size_t sizes[] = {0, 1, 63, 64, 65, 1000, 100000};
    struct buf buf = {0};
    buf_append(&buf, SLICE("abc"));
    buf_reserve(&buf, sizes[_i]);
    ck_assert_uint_ge(buf.cap - buf.len, sizes[_i]);
    memset(buf.at + buf.len, 1, sizes[_i]);
    ck_assert_slice_str(buf_slice(&buf), "abc");
    buf_release(&buf);
}
END_TEST

START_TEST(a_buf_larger_than_memory_stops_the_program)
{
    struct buf buf = {0};
    buf_byte(&buf, 0);
    buf_reserve(&buf, SIZE_MAX);
}
END_TEST

/* Around the room that is left, with the NUL that printf writes. */
START_TEST(printed_text_goes_to_the_end_of_a_buf)
{
    for (int width = 1; width < 300; width++) {
        struct buf buf = {0};
        struct slice rest;
        buf_append(&buf, SLICE("<"));
        buf_printf(&buf, "%0*d", width, 7);
        buf_printf(&buf, "%s", "");
        buf_append(&buf, SLICE(">"));
        rest = buf_slice(&buf);
        ck_assert_uint_eq(rest.len, (size_t)width + 2);
        ck_assert_uint_eq(rest.at[0], '<');
        ck_assert_uint_eq(rest.at[width], '7');
        ck_assert_uint_eq(rest.at[width + 1], '>');
        buf_release(&buf);
    }
}
END_TEST

START_TEST(a_blob_lives_until_its_last_reference)
{
    struct blob *blob = blob_dup(SLICE("state\0x"));
    ck_assert_slice_eq(blob_slice(blob), SLICE("state\0x"));
    ck_assert_ptr_eq(blob_ref(blob), blob);
    blob_unref(blob);
    ck_assert_slice_eq(blob_slice(blob), SLICE("state\0x"));
    blob_unref(blob);

    struct blob *empty = blob_dup(SLICE_NONE);
    ck_assert_uint_eq(blob_slice(empty).len, 0);
    blob_unref(empty);
    blob_unref(NULL);
    ck_assert_ptr_null(blob_ref(NULL));
    ck_assert_uint_eq(blob_slice(NULL).len, 0);
}
END_TEST

static void *share_blob(void *pointer)
{
    struct blob *blob = pointer; /* this thread's own reference */
    size_t sum = 0;
    for (int i = 0; i < 2000; i++) {
        struct blob *more = blob_ref(blob);
        sum += blob_slice(more).at[0];
        blob_unref(more);
    }
    ENSURE(sum == 2000U * 's');
    blob_unref(blob);
    return NULL;
}

/* AddressSanitizer sees one that is freed too early or never, ThreadSanitizer a race. */
START_TEST(a_blob_is_shared_by_threads)
{
    pthread_t threads[4];
    struct blob *blob = blob_dup(SLICE("state"));
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, share_blob, blob_ref(blob)), 0);
    blob_unref(blob);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

static TCase *slice_tests(void)
{
    TCase *tcase = tcase_create("slice");
    tcase_add_loop_test(tcase, slices_compare_by_bytes_then_by_length, 0, 8);
    tcase_add_loop_test(tcase, header_tokens_compare_without_case, 0, 7);
    tcase_add_test(tcase, a_prefix_is_found_at_the_front_only);
    tcase_add_test(tcase, a_string_is_borrowed_without_its_nul);
    tcase_add_test(tcase, a_byte_is_found_at_its_first_place);
    tcase_add_loop_test(tcase, a_split_gives_every_part, 0, 8);
    tcase_add_loop_test(tcase, blanks_go_from_both_ends, 0, 8);
    tcase_add_loop_test(tcase, a_number_is_digits_up_to_its_limit, 0, 21);
    tcase_add_test(tcase, control_characters_do_not_reach_a_line_for_people);
    return tcase;
}

static TCase *utf8_tests(void)
{
    TCase *tcase = tcase_create("utf8");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, utf8_is_told_from_other_bytes, 0, (int)COUNT_OF(utf8_cases));
    tcase_add_test(tcase, every_character_is_valid_and_no_surrogate);
    tcase_add_test(tcase, text_cut_inside_a_character_is_refused);
    return tcase;
}

static TCase *buf_and_blob_tests(void)
{
    TCase *tcase = tcase_create("buf and blob");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_buf_grows_and_keeps_what_it_holds);
    tcase_add_loop_test(tcase, reserved_room_is_there, 0, 7);
    tcase_add_test_raise_signal(tcase, a_buf_larger_than_memory_stops_the_program, SIGABRT);
    tcase_add_test(tcase, printed_text_goes_to_the_end_of_a_buf);
    tcase_add_test(tcase, a_blob_lives_until_its_last_reference);
    tcase_add_test(tcase, a_blob_is_shared_by_threads);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("bytes");
    suite_add_tcase(suite, slice_tests());
    suite_add_tcase(suite, utf8_tests());
    suite_add_tcase(suite, buf_and_blob_tests());
    return run_suite(suite);
}
