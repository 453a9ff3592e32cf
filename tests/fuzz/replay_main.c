/* A main() for a fuzz target without libFuzzer: every build runs the seeds as a normal test.
 *
 *     fuzz_x FILE-OR-FOLDER...
 *
 * Each file is fed whole and then cut after every byte, each time in an allocation of exactly its
 * length, so that AddressSanitizer sees a read past the end. Folders are not entered deeper than
 * one level. The exit code is 1 when there was nothing to feed: a test of nothing must not pass.
 */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Cuts of a long seed cost the square of its length; past this only every nth cut is made. */
#define REPLAY_CUTS_MAX     4096U
#define REPLAY_SEED_LEN_MAX (1U << 20)
#define REPLAY_PATH_LEN_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void die(const char *what, const char *path)
{
    fprintf(stderr, "replay: %s: %s: %s\n", what, path, strerror(errno));
    exit(2);
}

static void feed(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL)
        abort();
    if (len > 0)
        memcpy(copy, data, len);
    /* An empty input points past its one byte, so that reading it is caught as well. */
    LLVMFuzzerTestOneInput(len > 0 ? copy : copy + 1, len);
    free(copy);
}

static size_t replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die("open", path);
    uint8_t *data = malloc(REPLAY_SEED_LEN_MAX);
    if (data == NULL)
        abort();
    const size_t len = fread(data, 1, REPLAY_SEED_LEN_MAX, file);
    if (ferror(file))
        die("read", path);
    fclose(file);

    const size_t step = len / REPLAY_CUTS_MAX + 1;
    size_t count = 0;
    for (size_t cut = 0; cut < len; cut += step, count++)
        feed(data, cut);
    feed(data, len);
    free(data);
    return count + 1;
}

static size_t replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        die("open", path);
    size_t count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[REPLAY_PATH_LEN_MAX];
        struct stat about;
        const int len = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (len < 0 || (size_t)len >= sizeof name || stat(name, &about) != 0)
            die("stat", entry->d_name);
        if (S_ISREG(about.st_mode))
            count += replay_file(name);
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        struct stat about;
        if (stat(argv[i], &about) != 0)
            die("stat", argv[i]);
        count += S_ISDIR(about.st_mode) ? replay_folder(argv[i]) : replay_file(argv[i]);
    }
    printf("replay: %zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
