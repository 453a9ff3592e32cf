#include "storage/sqlite_log.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "app/base/compiler.h"

enum {
    GATHERED_BYTES = 31 * (24 + 4096), /* pages with their headers */
    WRITE_MAX_BYTES = 0x1ffff,         /* SQLite cuts a length down to these bits */
    NAME_SIZE = 40,
};
_Static_assert((int)GATHERED_BYTES <= (int)WRITE_MAX_BYTES, "what is gathered is one write");

struct sqlite_log {
    sqlite3_vfs vfs; /* a copy of the usual one, but for opening */
    sqlite3_vfs *usual;
    char name[NAME_SIZE];
};

/* In memory that SQLite gives; the file of the usual access lies behind it. */
struct gathering {
    sqlite3_file file; /* first: what SQLite has in hand */
    uint8_t *bytes;    /* owned; what is not written yet */
    size_t len;
    sqlite3_int64 at; /* its place in the file */
};

static struct gathering *gathering_of(sqlite3_file *file)
{
    return container_of(file, struct gathering, file);
}

static sqlite3_file *usual_of(sqlite3_file *file)
{
    return &(gathering_of(file) + 1)->file;
}

/* What cannot be written is dropped: the transaction that it belongs to fails. */
static int flush(sqlite3_file *file)
{
    struct gathering *g = gathering_of(file);
    sqlite3_file *usual = usual_of(file);
    const int len = (int)g->len;
    g->len = 0;
    return len > 0 ? usual->pMethods->xWrite(usual, g->bytes, len, g->at) : SQLITE_OK;
}

static int on_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    struct gathering *g = gathering_of(file);
    ENSURE(len >= 0 && len <= GATHERED_BYTES);
    if (at != g->at + (sqlite3_int64)g->len || (size_t)len > GATHERED_BYTES - g->len) {
        const int result = flush(file);
        if (result != SQLITE_OK)
            return result;
    }
    if (g->len == 0)
        g->at = at;
    memcpy(g->bytes + g->len, bytes, (size_t)len);
    g->len += (size_t)len;
    return SQLITE_OK;
}

static int on_read(sqlite3_file *file, void *ret, int len, sqlite3_int64 at)
{
    const int result = flush(file);
    sqlite3_file *usual = usual_of(file);
    return result == SQLITE_OK ? usual->pMethods->xRead(usual, ret, len, at) : result;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    const int result = flush(file);
    sqlite3_file *usual = usual_of(file);
    return result == SQLITE_OK ? usual->pMethods->xTruncate(usual, size) : result;
}

static int on_sync(sqlite3_file *file, int flags)
{
    const int result = flush(file);
    sqlite3_file *usual = usual_of(file);
    return result == SQLITE_OK ? usual->pMethods->xSync(usual, flags) : result;
}

static int on_file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    const int result = flush(file);
    sqlite3_file *usual = usual_of(file);
    return result == SQLITE_OK ? usual->pMethods->xFileSize(usual, ret) : result;
}

/* What is left here is of no commit: those were synchronised. */
static int on_close(sqlite3_file *file)
{
    sqlite3_file *usual = usual_of(file);
    free(gathering_of(file)->bytes);
    return usual->pMethods->xClose(usual);
}

static int on_lock(sqlite3_file *file, int level)
{
    sqlite3_file *usual = usual_of(file);
    return usual->pMethods->xLock(usual, level);
}

static int on_unlock(sqlite3_file *file, int level)
{
    sqlite3_file *usual = usual_of(file);
    return usual->pMethods->xUnlock(usual, level);
}

static int on_check_lock(sqlite3_file *file, int *ret)
{
    sqlite3_file *usual = usual_of(file);
    return usual->pMethods->xCheckReservedLock(usual, ret);
}

static int on_control(sqlite3_file *file, int what, void *arg)
{
    sqlite3_file *usual = usual_of(file);
    return usual->pMethods->xFileControl(usual, what, arg);
}

static int on_sector_size(sqlite3_file *file)
{
    sqlite3_file *usual = usual_of(file);
    return usual->pMethods->xSectorSize(usual);
}

static int on_characteristics(sqlite3_file *file)
{
    sqlite3_file *usual = usual_of(file);
    return usual->pMethods->xDeviceCharacteristics(usual);
}

/* Version 1: what came later is for the database itself, which is not opened here. */
static const sqlite3_io_methods gathering_methods = {
    .iVersion = 1,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_file_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_characteristics,
};

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                   int *ret_flags)
{
    const struct sqlite_log *log = container_of(vfs, struct sqlite_log, vfs);
    if (!(flags & SQLITE_OPEN_WAL))
        return log->usual->xOpen(log->usual, name, file, flags, ret_flags);
    struct gathering *g = gathering_of(file);
    *g = (struct gathering){.bytes = NULL};
    const int result = log->usual->xOpen(log->usual, name, usual_of(file), flags, ret_flags);
    if (result != SQLITE_OK)
        return result;
    g->bytes = malloc(GATHERED_BYTES);
    ENSURE_MEMORY(g->bytes);
    g->file.pMethods = &gathering_methods;
    return SQLITE_OK;
}

struct sqlite_log *sqlite_log_new(void)
{
    struct sqlite_log *log = calloc(1, sizeof *log);
    ENSURE_MEMORY(log);
    /* It is there unless SQLite had no memory to begin with. */
    log->usual = sqlite3_vfs_find(NULL);
    ENSURE_MEMORY(log->usual);
    log->vfs = *log->usual;
    /* Names are one list for the whole process. */
    (void)snprintf(log->name, sizeof log->name, "casysd-%p", (void *)log);
    log->vfs.zName = log->name;
    log->vfs.szOsFile += (int)sizeof(struct gathering);
    log->vfs.xOpen = on_open;
    ENSURE(sqlite3_vfs_register(&log->vfs, 0) == SQLITE_OK);
    return log;
}

void sqlite_log_free(struct sqlite_log *log)
{
    if (!log)
        return;
    ENSURE(sqlite3_vfs_unregister(&log->vfs) == SQLITE_OK);
    free(log);
}

const char *sqlite_log_vfs(const struct sqlite_log *log)
{
    return log ? log->name : NULL;
}
