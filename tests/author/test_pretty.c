/* pretty: short things on one line, long ones opened, and the same value when it is read again. */
#include "app/author/pretty.h"

#include "tests/support/support.h"

static const struct {
    const char *why;
    const char *document, *expected;
} cases[] = {
    {"a document is opened", "{\"a\":1,\"b\":[1,2]}", "{\n  \"a\": 1,\n  \"b\": [1, 2]\n}"},
    {"what is empty stays closed", "{}", "{}"},
    {"a list", "[1,{\"x\":{}}]", "[\n  1,\n  {\"x\": {}}\n]"},
    {"texts keep their escapes", "[\"a\\n\\\"\"]", "[\n  \"a\\n\\\"\"\n]"},
    {"a lone value", "true", "true"},
    {"100 columns with the comma",
     "[[\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
     "\"]]",
     "[\n  [\"01234567890123456789012345678901234567890123456789012345678901234567890123456789012345"
     "67890\"]\n]"},
    {"one more than that",
     "[[\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
     "1234\"]]",
     "[\n  [\n    \"01234567890123456789012345678901234567890123456789012345678901234567890123456789"
     "012345678901234\"\n  ]\n]"},
};

START_TEST(a_value_is_laid_out)
{
    static const struct json_limits limits = {.bytes = 1000, .depth = 8, .nodes = 100};
    struct arena arena = {.blocks = NULL};
    struct buf got = {.at = NULL};
    const struct json *root = NULL;
    ck_assert_int_eq(json_parse(slice_str(cases[_i].document), &limits, &arena, &root, NULL), OK);
    pretty_value(root, 0, &got);
    ck_assert_msg(slice_eq(buf_slice(&got), slice_str(cases[_i].expected)), "%s:\n%.*s",
                  cases[_i].why, SLICE_ARG(buf_slice(&got)));
    buf_release(&got);
    arena_release(&arena);
}
END_TEST

START_TEST(members_stand_without_braces)
{
    static const struct json_limits limits = {.bytes = 1000, .depth = 8, .nodes = 100};
    struct arena arena = {.blocks = NULL};
    struct buf got = {.at = NULL};
    const struct json *root = NULL;
    ck_assert_int_eq(json_parse(SLICE("{\"a\":1,\"b\":{}}"), &limits, &arena, &root, NULL), OK);
    pretty_members(root, 1, &got);
    ck_assert_slice_str(buf_slice(&got), "  \"a\": 1,\n  \"b\": {}\n");
    buf_release(&got);
    arena_release(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("author/pretty");
    TCase *tests = tcase_create("layout");
    tcase_add_loop_test(tests, a_value_is_laid_out, 0, (int)COUNT_OF(cases));
    tcase_add_test(tests, members_stand_without_braces);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
