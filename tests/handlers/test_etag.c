/* The conditions of RFC 9110, 13.1: tags in If-None-Match, versions in If-Match. */
#include "handlers/etag.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

struct match_row {
    const char *why;
    const char *value;
    const char *etag;
    bool matches;
};

static const struct match_row match_rows[] = {
    {"the same tag", "\"7\"", "\"7\"", true},
    {"another tag", "\"8\"", "\"7\"", false},
    {"a longer tag", "\"77\"", "\"7\"", false},
    {"a shorter tag", "\"\"", "\"7\"", false},
    {"the empty tag", "\"\"", "\"\"", true},
    {"another case", "\"a\"", "\"A\"", false},
    {"spaces around", " \t\"7\" ", "\"7\"", true},
    {"a weak tag in the list", "W/\"7\"", "\"7\"", true},
    {"a weak tag of our own", "\"7\"", "W/\"7\"", true},
    {"both weak", "W/\"7\"", "W/\"7\"", true},
    {"weak in small letters is no tag", "w/\"7\"", "\"7\"", false},
    {"weak twice", "W/W/\"7\"", "\"7\"", false},
    {"weak and a space", "W/ \"7\"", "\"7\"", false},
    {"weak and nothing", "W/", "\"7\"", false},

    {"any", "*", "\"7\"", true},
    {"any, with spaces", " * ", "\"7\"", true},
    {"any, when there is nothing", "*", "", false},
    {"any in quotes is a tag", "\"*\"", "\"7\"", false},
    {"any twice", "**", "\"7\"", false},
    {"any in a list", "*, \"7\"", "\"7\"", false},
    {"any at the end of a list", "\"7\", *", "\"7\"", false},

    {"first of a list", "\"7\", \"8\"", "\"7\"", true},
    {"last of a list", "\"6\", W/\"5\",\"7\"", "\"7\"", true},
    {"not in the list", "\"6\", W/\"5\",\"8\"", "\"7\"", false},
    {"a list without spaces", "\"6\",\"7\"", "\"7\"", true},
    {"a list with many spaces", "\"6\" \t , \t \"7\"", "\"7\"", true},
    {"empty members", ",, \"7\" , ,", "\"7\"", true},
    {"only empty members", ", ,", "\"7\"", false},
    {"a comma inside a tag", "\"a,b\"", "\"a,b\"", true},
    {"a comma inside a tag parts nothing", "\"a,\"7\",b\"", "\"7\"", false},
    {"bytes beyond ASCII", "\"\xc3\xa9\"", "\"\xc3\xa9\"", true},
    {"a backslash is an ordinary character", "\"a\\\"", "\"a\\\"", true},

    {"nothing", "", "\"7\"", false},
    {"only spaces", "  ", "\"7\"", false},
    {"nothing on both sides", "", "", false},
    {"no quotes", "7", "\"7\"", false},
    {"no quotes on either side", "7", "7", false},
    {"a missing end", "\"7", "\"7\"", false},
    {"a missing begin", "7\"", "\"7\"", false},
    {"a lone quote", "\"", "\"", false},
    {"no comma between", "\"6\" \"7\"", "\"7\"", false},
    {"text behind the tag", "\"7\"x", "\"7\"", false},
    {"a good tag in a bad list", "\"7\", 8", "\"7\"", false},
    {"a space inside a tag", "\"a b\"", "\"a b\"", false},
    {"a control character inside a tag", "\"a\x01\"", "\"a\x01\"", false},
    {"DEL inside a tag", "\"a\x7f\"", "\"a\x7f\"", false},
};

START_TEST(a_list_of_tags_names_a_tag_or_not)
{
    const struct match_row *row = &match_rows[_i];
    const bool matches = etag_matches(slice_str(row->value), slice_str(row->etag));
    ck_assert_msg(matches == row->matches, "%s: %s", row->why, matches ? "matches" : "does not");
}
END_TEST

/* From a heap copy of just that length, so that a read beyond it is seen. */
static bool matches_cut(const char *value, size_t len, struct slice etag)
{
    uint8_t *copy = malloc(len + 1);
    memcpy(copy + 1, value, len);
    const bool matches = etag_matches(slice_make(copy + 1, len), etag);
    free(copy);
    return matches;
}

START_TEST(a_list_cut_short_is_no_match_before_its_tag_is_whole)
{
    static const char value[] = ", W/\"6\" ,\"a,b\", W/\"7\"";
    for (size_t len = 0; len <= sizeof(value) - 1; len++) {
        const bool matches = matches_cut(value, len, SLICE("\"7\""));
        if (matches != (len == sizeof(value) - 1))
            ck_abort_msg("cut at %zu", len);
    }
}
END_TEST

struct version_row {
    const char *why;
    const char *value;
    enum status status;
    uint64_t version;
};

static const struct version_row version_rows[] = {
    {"a version", "\"7\"", OK, 7},
    {"the first", "\"1\"", OK, 1},
    {"many digits", "\"1234567890\"", OK, 1234567890},
    {"spaces around", "\t \"7\" ", OK, 7},
    {"the last", "\"9223372036854775807\"", OK, INT64_MAX},
    {"beyond the last", "\"9223372036854775808\"", OK, ETAG_NO_VERSION},
    {"2^64 + 7", "\"18446744073709551623\"", OK, ETAG_NO_VERSION},
    {"any", "*", OK, 0},
    {"any, with spaces", " * ", OK, 0},
    {"any in quotes", "\"*\"", OK, ETAG_NO_VERSION},
    {"any twice", "**", ERR_INVALID, 0},
    {"zero is not any", "\"0\"", OK, ETAG_NO_VERSION},
    {"a leading zero is another tag", "\"07\"", OK, ETAG_NO_VERSION},
    {"nothing", "", ERR_INVALID, 0},
    {"only spaces", "  ", ERR_INVALID, 0},
    {"empty", "\"\"", OK, ETAG_NO_VERSION},
    {"no quotes", "7", ERR_INVALID, 0},
    {"a lone quote", "\"", ERR_INVALID, 0},
    {"no end", "\"7", ERR_INVALID, 0},
    {"no begin", "7\"", ERR_INVALID, 0},
    {"weak", "W/\"7\"", OK, ETAG_NO_VERSION},
    {"a list", "\"7\", \"8\"", ERR_INVALID, 0},
    {"a list of one and nothing", "\"7\",", OK, 7},
    {"the same twice", "\"7\",\"7\"", OK, 7},
    {"a space inside", "\" 7\"", ERR_INVALID, 0},
    {"a version among others", "\"x\", W/\"8\" ,\"7\"", OK, 7},
    {"others only", "\"x\", W/\"7\"", OK, ETAG_NO_VERSION},
    {"any in a list", "\"7\", *", ERR_INVALID, 0},
    {"only commas", ",,", ERR_INVALID, 0},
    {"two tags without a comma", "\"7\" \"7\"", ERR_INVALID, 0},
    {"weak in small letters", "w/\"7\"", ERR_INVALID, 0},
    {"a sign", "\"+7\"", OK, ETAG_NO_VERSION},
    {"a minus", "\"-7\"", OK, ETAG_NO_VERSION},
    {"letters", "\"seven\"", OK, ETAG_NO_VERSION},
    {"hexadecimal", "\"0x7\"", OK, ETAG_NO_VERSION},
    {"a fraction", "\"7.0\"", OK, ETAG_NO_VERSION},
};

START_TEST(a_version_is_read_or_refused)
{
    const struct version_row *row = &version_rows[_i];
    uint64_t version = 4711;
    const enum status st = etag_version(slice_str(row->value), &version);
    ck_assert_msg(st == row->status, "%s: %s", row->why, status_name(st));
    ck_assert_msg(version == (st == OK ? row->version : 4711), "%s: version %llu", row->why,
                  (unsigned long long)version);
}
END_TEST

START_TEST(a_version_cut_short_is_refused)
{
    static const char value[] = " \"1234\"";
    uint64_t version = 4711;
    for (size_t len = 0; len < sizeof(value) - 1; len++) {
        if (etag_version(slice_make(value, len), &version) != ERR_INVALID || version != 4711)
            ck_abort_msg("cut at %zu", len);
    }
    ck_assert_int_eq(etag_version(SLICE_NONE, &version), ERR_INVALID);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("etag");
    TCase *tcase = tcase_create("etag");
    tcase_add_loop_test(tcase, a_list_of_tags_names_a_tag_or_not, 0, (int)COUNT_OF(match_rows));
    tcase_add_test(tcase, a_list_cut_short_is_no_match_before_its_tag_is_whole);
    tcase_add_loop_test(tcase, a_version_is_read_or_refused, 0, (int)COUNT_OF(version_rows));
    tcase_add_test(tcase, a_version_cut_short_is_refused);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
