#include "app/author/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status fail(const char *path, char reason[200])
{
    snprintf(reason, 200, "%.100s: cannot be written: %s", path, strerrordesc_np(errno));
    text_one_line(reason);
    return ERR_IO;
}

static bool write_all(FILE *file, struct slice content)
{
    return fwrite(content.at, 1, content.len, file) == content.len && fflush(file) == 0;
}

static bool write_file(const char *path, struct slice content)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    const bool written = write_all(file, content);
    /* fclose may fail with what was not written yet. */
    return (fclose(file) == 0) && written;
}

enum status output_write(const char *path, struct slice content, char reason[200])
{
    if (!path || strcmp(path, "-") == 0)
        return write_all(stdout, content) ? OK : fail("standard output", reason);
    struct stat about;
    /* A device or a pipe stays what it is. */
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return write_file(path, content) ? OK : fail(path, reason);
    SCOPED(buf_release) struct buf beside = {.at = NULL};
    buf_printf(&beside, "%s.new", path);
    buf_byte(&beside, '\0');
    const char *name = (const char *)beside.at;
    if (write_file(name, content) && rename(name, path) == 0)
        return OK;
    const enum status st = fail(path, reason);
    (void)unlink(name); /* it may not be there */
    return st;
}
