#include "storage/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/base/bytes.h"

enum { REASON_SIZE = 200 };

static enum status refuse(char *ret_reason, enum status st, const char *what, const char *why)
{
    (void)snprintf(ret_reason, REASON_SIZE, "%.120s%s%s", what, why ? ": " : "", why ? why : "");
    return st;
}

static void close_file(const int *file)
{
    if (*file >= 0)
        (void)close(*file);
}

static enum status lock(int file, int how, char *ret_reason)
{
    if (flock(file, how | LOCK_NB) == 0)
        return OK;
    return errno == EWOULDBLOCK
               ? refuse(ret_reason, ERR_CONFLICT, "another process has the database open", NULL)
               : refuse(ret_reason, ERR_IO, "cannot lock the database", strerror(errno));
}

/* Was another file given the name between opening and locking? */
static bool is_still_named(int file, const char *path)
{
    struct stat held, named;
    return fstat(file, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}

enum status sqlite_file_hold(const char *path, int *ret_fd, char ret_reason[REASON_SIZE])
{
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return refuse(ret_reason, ERR_IO, "cannot open the database", strerror(errno));
    enum status st = lock(file, LOCK_EX, ret_reason);
    if (st == OK && !is_still_named(file, path))
        st = refuse(ret_reason, ERR_CONFLICT, "another process has just replaced the database",
                    NULL);
    if (st != OK) {
        (void)close(file);
        return st;
    }
    *ret_fd = file;
    return OK;
}

enum status sqlite_file_is_free(const char *path, char ret_reason[REASON_SIZE])
{
    SCOPED(close_file) const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT
                   ? OK
                   : refuse(ret_reason, ERR_IO, "cannot open the database", strerror(errno));
    return lock(file, LOCK_EX, ret_reason);
}

enum status sqlite_file_new(const char *path, char ret_reason[REASON_SIZE])
{
    SCOPED(close_file)
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0)
        return OK;
    return refuse(ret_reason, errno == EEXIST ? ERR_CONFLICT : ERR_IO, path, strerror(errno));
}

/* The folder's name up to its last slash, with a NUL. */
static const char *folder_of(struct buf *buf, const char *path)
{
    const char *end = strrchr(path, '/');
    if (end)
        buf_append(buf, slice_make(path, (size_t)(end - path) + 1));
    else
        buf_append(buf, SLICE("."));
    buf_byte(buf, '\0');
    return (const char *)buf->at;
}

enum status sqlite_file_may_grow(const char *path, char ret_reason[REASON_SIZE])
{
    SCOPED(buf_release) struct buf folder = {.at = NULL};
    if (access(folder_of(&folder, path), W_OK | X_OK) == 0)
        return OK;
    return refuse(ret_reason, ERR_IO,
                  "the folder of the database cannot be written, and the log has to be there",
                  strerror(errno));
}

static bool sync_path(const char *path, int flags)
{
    SCOPED(close_file) const int file = open(path, O_RDONLY | O_CLOEXEC | flags);
    return file >= 0 && fsync(file) == 0;
}

/* A name is on disk when its folder is. */
static bool sync_folder_of(const char *path)
{
    SCOPED(buf_release) struct buf folder = {.at = NULL};
    return sync_path(folder_of(&folder, path), O_DIRECTORY);
}

enum status sqlite_file_place(const char *from, const char *to, char ret_reason[REASON_SIZE])
{
    if (!sync_path(from, 0))
        return refuse(ret_reason, ERR_IO, from, strerror(errno));
    /* A file that came to be there meanwhile is not overwritten either. */
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0)
        return refuse(ret_reason, errno == EEXIST ? ERR_CONFLICT : ERR_IO, to, strerror(errno));
    return sync_folder_of(to) ? OK : refuse(ret_reason, ERR_IO, to, strerror(errno));
}

/* path and a suffix, with a NUL. */
static const char *join(struct buf *buf, const char *path, const char *suffix)
{
    buf_printf(buf, "%s%s", path, suffix);
    buf_byte(buf, '\0');
    return (const char *)buf->at;
}

/* The log first: beside another database it would destroy it. The database itself gets a second name,
 * so that there is one of its first name all the time. */
static enum status keep_old(const char *path, char *ret_reason)
{
    SCOPED(buf_release) struct buf old_buf = {.at = NULL};
    SCOPED(buf_release) struct buf old_log_buf = {.at = NULL};
    SCOPED(buf_release) struct buf log_buf = {.at = NULL};
    const char *old = join(&old_buf, path, ".old");
    const char *old_log = join(&old_log_buf, path, ".old-wal");
    const char *log = join(&log_buf, path, "-wal");
    struct stat about;
    if (stat(path, &about) != 0)
        return refuse(ret_reason, ERR_IO, path, strerror(errno));
    if (about.st_size == 0)
        return OK;
    if (access(old, F_OK) == 0)
        return refuse(ret_reason, ERR_CONFLICT, old, "is there already: move it away first");
    if (renameat2(AT_FDCWD, log, AT_FDCWD, old_log, RENAME_NOREPLACE) != 0 && errno != ENOENT)
        return refuse(ret_reason, errno == EEXIST ? ERR_CONFLICT : ERR_IO, old_log,
                      strerror(errno));
    return link(path, old) == 0 ? OK : refuse(ret_reason, ERR_IO, old, strerror(errno));
}

enum status sqlite_file_replace(const char *from, const char *to, char ret_reason[REASON_SIZE])
{
    SCOPED(buf_release) struct buf index = {.at = NULL};
    if (!sync_path(from, 0))
        return refuse(ret_reason, ERR_IO, from, strerror(errno));
    const enum status st = keep_old(to, ret_reason);
    if (st != OK)
        return st;
    (void)unlink(join(&index, to, "-shm")); /* of the log that is gone; it may not be there */
    /* The log is on its way before the new database is: never both. */
    if (!sync_folder_of(to) || rename(from, to) != 0 || !sync_folder_of(to))
        return refuse(ret_reason, ERR_IO, to, strerror(errno));
    return OK;
}
