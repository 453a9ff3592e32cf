/* What the tests of every layer need: a main, folders that go away again, whole files, and Check's
 * assertions for slices. For test programs only. */
#ifndef CASYS_TESTS_SUPPORT_SUPPORT_H
#define CASYS_TESTS_SUPPORT_SUPPORT_H

#include <check.h>

#include "app/base/bytes.h"

/* Run all tests of the suite and free it; the result is for main to return. */
int run_suite(Suite *suite);

struct temp_path {
    char text[256]; /* NUL-terminated */
};

/* A new, empty folder. run_suite removes it with everything in it, also when the test crashed. Only
 * inside run_suite. */
struct temp_path temp_folder(void);

/* folder/name */
struct temp_path temp_join(const struct temp_path *folder, const char *name);

/* Append the file's content to *ret. The test fails when it cannot be read or written. */
void read_file(const char *path, struct buf *ret);
void write_file(const char *path, struct slice content);

#define ck_assert_slice_eq(got, expected)                                                          \
    check_slices((got), (expected), #got " == " #expected, __FILE__, __LINE__)
/* The same with a NUL-terminated string. */
#define ck_assert_slice_str(got, text) ck_assert_slice_eq((got), slice_str(text))

/* For the macros above. */
void check_slices(struct slice got, struct slice expected, const char *what, const char *file,
                  int line);

#endif
