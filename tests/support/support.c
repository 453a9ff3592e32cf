#include "tests/support/support.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Made before the first test and inherited by the processes that Check forks, so that it can be
 * removed whatever becomes of them. */
static char temp_root[128];

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *place)
{
    (void)stat;
    (void)kind;
    (void)place;
    if (remove(path) != 0)
        perror(path);
    return 0;
}

static void temp_root_make(void)
{
    const char *base = getenv("TMPDIR");
    const int len = snprintf(temp_root, sizeof temp_root, "%s/casys-test-XXXXXX",
                             base && *base ? base : "/tmp");
    ENSURE(len > 0 && (size_t)len < sizeof temp_root);
    ENSURE(mkdtemp(temp_root) != NULL);
}

static void temp_root_remove(void)
{
    nftw(temp_root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    temp_root[0] = '\0';
}

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

int run_suite(Suite *suite)
{
    temp_root_make();
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    temp_root_remove();
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

struct temp_path temp_folder(void)
{
    struct temp_path path;
    ENSURE(temp_root[0] != '\0');
    snprintf(path.text, sizeof path.text, "%s/XXXXXX", temp_root);
    ENSURE(mkdtemp(path.text) != NULL);
    return path;
}

struct temp_path temp_join(const struct temp_path *folder, const char *name)
{
    struct temp_path path;
    const int len = snprintf(path.text, sizeof path.text, "%s/%s", folder->text, name);
    ENSURE(len > 0 && (size_t)len < sizeof path.text);
    return path;
}

void read_file(const char *path, struct buf *ret)
{
    SCOPED(close_file) FILE *file = fopen(path, "rb");
    size_t len;

    ck_assert_msg(file != NULL, "cannot open %s", path);
    do {
        buf_reserve(ret, 4096);
        len = fread(ret->at + ret->len, 1, ret->cap - ret->len, file);
        ret->len += len;
    } while (len > 0);
    ck_assert_msg(!ferror(file), "cannot read %s", path);
}

void write_file(const char *path, struct slice content)
{
    FILE *file = fopen(path, "wb");
    ck_assert_msg(file != NULL, "cannot create %s", path);
    const size_t len = fwrite(content.at, 1, content.len, file);
    const int closed = fclose(file);
    ck_assert_msg(len == content.len && closed == 0, "cannot write %s", path);
}

void check_slices(struct slice got, struct slice expected, const char *what, const char *file,
                  int line)
{
    ck_assert_msg(slice_eq(got, expected),
                  "%s:%d: %s\n  got      \"%.*s\" (%zu)\n  expected \"%.*s\" (%zu)", file, line,
                  what, SLICE_ARG(got), got.len, SLICE_ARG(expected), expected.len);
}
