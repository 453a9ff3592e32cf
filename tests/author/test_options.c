/* The command line of the author tools. */
#include "app/author/options.h"

#include "tests/support/support.h"

enum { ARGUMENTS_MAX = 6 };

static const struct {
    const char *why;
    const char *arguments[ARGUMENTS_MAX]; /* ends with NULL */
    unsigned takes;
    const char *reason; /* NULL: accepted */
} lines[] = {
    {"nothing", {NULL}, 0, NULL},
    {"a file", {"a.json", NULL}, 0, NULL},
    {"an option that the command takes", {"a", "--json", NULL}, OPTION_JSON, NULL},
    {"an option of another command",
     {"a", "--json", NULL},
     OPTION_SEED,
     "--json: no such option here"},
    {"an unknown option", {"--colour", NULL}, OPTION_JSON, "--colour: no such option here"},
    {"a number", {"--runs", "12", NULL}, OPTION_RUNS, NULL},
    {"a value is missing", {"--runs", NULL}, OPTION_RUNS, "--runs: a value is missing"},
    {"no runs at all", {"--runs", "0", NULL}, OPTION_RUNS, "--runs: cannot have this value"},
    {"too many runs", {"--runs", "10000001", NULL}, OPTION_RUNS, "--runs: cannot have this value"},
    {"a seed that is no number",
     {"--seed", "x", NULL},
     OPTION_SEED,
     "--seed: cannot have this value"},
    {"the largest seed", {"--seed", "18446744073709551615", NULL}, OPTION_SEED, NULL},
    {"beyond it",
     {"--seed", "18446744073709551616", NULL},
     OPTION_SEED,
     "--seed: cannot have this value"},
    {"an empty file to write", {"-o", "", NULL}, OPTION_OUT, "-o: cannot have this value"},
    {"a file that looks like an option", {"--", "--json", NULL}, 0, NULL},
    {"control characters do not reach the terminal",
     {"-\x1b[2J", NULL},
     0,
     "-?[2J: no such option here"},
};

static int count_of(const char *const *arguments)
{
    int count = 0;
    while (arguments[count])
        count++;
    return count;
}

START_TEST(a_command_line_is_accepted_or_refused_with_a_reason)
{
    struct options options;
    char *arguments[ARGUMENTS_MAX];
    char reason[200] = "";
    for (size_t i = 0; i < ARGUMENTS_MAX; i++)
        arguments[i] = (char *)lines[_i].arguments[i];
    const enum status st = options_parse(count_of(lines[_i].arguments), arguments, 0,
                                         lines[_i].takes, &options, reason);
    ck_assert_msg((st == OK) == (lines[_i].reason == NULL), "%s: %s", lines[_i].why, reason);
    if (lines[_i].reason)
        ck_assert_str_eq(reason, lines[_i].reason);
}
END_TEST

START_TEST(values_and_files_arrive_in_any_order)
{
    char *arguments[] = {(char *)"one",    (char *)"--runs", (char *)"7",     (char *)"two",
                         (char *)"--seed", (char *)"9",      (char *)"--json"};
    struct options options;
    char reason[200];
    ck_assert_int_eq(options_parse((int)COUNT_OF(arguments), arguments, 0,
                                   OPTION_RUNS | OPTION_SEED | OPTION_JSON, &options, reason),
                     OK);
    ck_assert_uint_eq(options.file_count, 2);
    ck_assert_str_eq(options.files[0], "one");
    ck_assert_str_eq(options.files[1], "two");
    ck_assert_uint_eq(options.runs, 7);
    ck_assert_uint_eq(options.seed, 9);
    ck_assert(options.json);
    ck_assert_uint_eq(options.given, OPTION_RUNS | OPTION_SEED | OPTION_JSON);
}
END_TEST

START_TEST(one_file_more_than_allowed_is_refused)
{
    static char *arguments[OPTIONS_FILES_MAX + 1];
    struct options options;
    char reason[200];
    for (size_t i = 0; i < COUNT_OF(arguments); i++)
        arguments[i] = (char *)"f";
    ck_assert_int_eq(options_parse(OPTIONS_FILES_MAX, arguments, 0, 0, &options, reason), OK);
    ck_assert_int_eq(options_parse(OPTIONS_FILES_MAX + 1, arguments, 0, 0, &options, reason),
                     ERR_INVALID);
    ck_assert_str_eq(reason, "f: too many files");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");
    tcase_add_loop_test(tcase, a_command_line_is_accepted_or_refused_with_a_reason, 0,
                        COUNT_OF(lines));
    tcase_add_test(tcase, values_and_files_arrive_in_any_order);
    tcase_add_test(tcase, one_file_more_than_allowed_is_refused);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
