/* output: a file is there whole or as it was. */
#include "app/author/output.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/support.h"

static void assert_content(const char *path, const char *expected)
{
    struct buf got = {.at = NULL};
    read_file(path, &got);
    ck_assert_slice_str(buf_slice(&got), expected);
    buf_release(&got);
}

START_TEST(a_file_is_written_and_replaced)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path path = temp_join(&folder, "a.json");
    const struct temp_path beside = temp_join(&folder, "a.json.new");
    char reason[200];
    ck_assert_int_eq(output_write(path.text, SLICE("one"), reason), OK);
    assert_content(path.text, "one");
    ck_assert_int_eq(output_write(path.text, SLICE(""), reason), OK);
    assert_content(path.text, "");
    ck_assert_int_ne(access(beside.text, F_OK), 0);
}
END_TEST

START_TEST(what_cannot_be_written_is_said_and_the_earlier_file_stays)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path missing = temp_join(&folder, "no/a.json");
    const struct temp_path path = temp_join(&folder, "a.json");
    const struct temp_path beside = temp_join(&folder, "a.json.new");
    char reason[200];
    ck_assert_int_eq(output_write(missing.text, SLICE("x"), reason), ERR_IO);
    ck_assert_ptr_nonnull(strstr(reason, ": cannot be written: "));
    write_file(path.text, SLICE("earlier"));
    ck_assert_int_eq(mkdir(beside.text, 0700), 0);
    ck_assert_int_eq(output_write(path.text, SLICE("x"), reason), ERR_IO);
    assert_content(path.text, "earlier");
}
END_TEST

START_TEST(a_folder_is_no_place_for_a_result)
{
    const struct temp_path folder = temp_folder();
    char reason[200];
    ck_assert_int_eq(output_write(folder.text, SLICE("x"), reason), ERR_IO);
}
END_TEST

START_TEST(a_full_device_is_said)
{
    char reason[200];
    ck_assert_int_eq(output_write("/dev/full", SLICE("x"), reason), ERR_IO);
    ck_assert_int_eq(output_write("/dev/null", SLICE("x"), reason), OK);
    struct stat about;
    ck_assert_int_eq(stat("/dev/null", &about), 0);
    ck_assert(S_ISCHR(about.st_mode));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("author/output");
    TCase *tests = tcase_create("files");
    tcase_add_test(tests, a_file_is_written_and_replaced);
    tcase_add_test(tests, what_cannot_be_written_is_said_and_the_earlier_file_stays);
    tcase_add_test(tests, a_folder_is_no_place_for_a_result);
    tcase_add_test(tests, a_full_device_is_said);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
