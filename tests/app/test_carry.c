/* Carry codes: what is written, and what is understood when somebody types it. */
#include "app/carry.h"

#include <string.h>

#include "tests/support/support.h"

static const uint8_t some[CARRY_BYTES] = {0x00, 0x44, 0x32, 0x14, 0xc7,
                                          0x42, 0x54, 0xb6, 0x35, 0xff};

START_TEST(a_code_is_four_groups_of_four)
{
    static const struct {
        uint8_t bytes[CARRY_BYTES];
        const char *text;
    } rows[] = {
        {{0}, "0000-0000-0000-0000"},
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "ZZZZ-ZZZZ-ZZZZ-ZZZZ"},
        {{0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf}, "0123-4567-89AB-CDEF"},
        {{0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf}, "GHJK-MNPQ-RSTV-WXYZ"},
    };
    char text[CARRY_TEXT_SIZE];
    carry_text(rows[_i].bytes, text);
    ck_assert_str_eq(text, rows[_i].text);
}
END_TEST

static const struct {
    const char *why, *text;
    bool same;
} typed[] = {
    {"as it was written", "0123-4567-89AB-CDFZ", true},
    {"small letters", "0123-4567-89ab-cdfz", true},
    {"no hyphens", "0123456789ABCDFZ", true},
    {"spaces", " 0123 4567 89ab cdfz ", true},
    {"odd groups", "0-1-23456789ABCD--FZ-", true},
    {"letters that look like digits", "oI23-4567-89AB-CDFZ", true},
    {"more of them", "Ol23-4567-89AB-CDFZ", true},
    {"another code", "0123-4567-89AB-CDFY", false},
};

START_TEST(a_code_is_understood_as_people_type_it)
{
    uint8_t written[SHA256_LEN];
    uint8_t got[SHA256_LEN];
    char text[CARRY_TEXT_SIZE];
    carry_text(some, text);
    ck_assert_str_eq(text, "0123-4567-89AB-CDFZ");
    ck_assert_int_eq(carry_hash(slice_str(text), written), OK);
    ck_assert_int_eq(carry_hash(slice_str(typed[_i].text), got), OK);
    ck_assert_msg((memcmp(written, got, SHA256_LEN) == 0) == typed[_i].same, "%s", typed[_i].why);
}
END_TEST

START_TEST(anything_else_is_no_code)
{
    static const char *const texts[] = {
        "",
        "-",
        "0123-4567-89AB-CDEFG",
        "0123-4567-89AB-CDE",
        "0123-4567-89AB-CDEU",
        "0123-4567-89AB-CDE_",
        "0123-4567-89AB-CDE\xc3\xa4",
    };
    uint8_t hash[SHA256_LEN];
    ck_assert_int_eq(carry_hash(slice_str(texts[_i]), hash), ERR_INVALID);
}
END_TEST

START_TEST(a_code_that_is_cut_short_is_none)
{
    uint8_t hash[SHA256_LEN];
    char text[CARRY_TEXT_SIZE];
    carry_text(some, text);
    for (size_t len = 0; len < strlen(text); len++)
        ck_assert_int_eq(carry_hash(slice_make(text, len), hash), ERR_INVALID);
    const uint8_t nul[] = "0123-4567-89AB-CD\0Z";
    ck_assert_int_eq(carry_hash(slice_make(nul, 19), hash), ERR_INVALID);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("carry");
    TCase *tcase = tcase_create("carry");
    tcase_add_loop_test(tcase, a_code_is_four_groups_of_four, 0, 4);
    tcase_add_loop_test(tcase, a_code_is_understood_as_people_type_it, 0, (int)COUNT_OF(typed));
    tcase_add_loop_test(tcase, anything_else_is_no_code, 0, 7);
    tcase_add_test(tcase, a_code_that_is_cut_short_is_none);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
