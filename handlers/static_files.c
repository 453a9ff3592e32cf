#include "handlers/static_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/base/arena.h"
#include "app/base/crypto.h"

enum { REASON_SIZE = 200, ETAG_CHARACTERS = 22 };

struct static_files {
    struct arena arena;        /* holds everything below */
    struct static_file *files; /* room for LIMIT_STATIC_FILES; sorted by path once all are read */
    size_t count;
    size_t bytes; /* of all bodies */
};

/* A walk over the folder. */
struct reader {
    struct static_files *files;
    struct buf path; /* where the walk is: the folder's real path, "/", names; a NUL follows len */
    size_t root_len; /* of the folder's real path */
    char *reason;    /* REASON_SIZE */
};

enum entry_kind { ENTRY_SKIPPED, ENTRY_FILE, ENTRY_FOLDER };

struct file_type {
    struct slice ending;
    struct slice type;
};

static const struct file_type file_types[] = {
    {SLICE_INIT("html"), SLICE_INIT("text/html; charset=utf-8")},
    {SLICE_INIT("css"), SLICE_INIT("text/css; charset=utf-8")},
    {SLICE_INIT("js"), SLICE_INIT("text/javascript; charset=utf-8")},
    {SLICE_INIT("json"), SLICE_INIT("application/json")},
    {SLICE_INIT("map"), SLICE_INIT("application/json")},
    {SLICE_INIT("webmanifest"), SLICE_INIT("application/manifest+json")},
    {SLICE_INIT("svg"), SLICE_INIT("image/svg+xml")},
    {SLICE_INIT("png"), SLICE_INIT("image/png")},
    {SLICE_INIT("ico"), SLICE_INIT("image/vnd.microsoft.icon")},
    {SLICE_INIT("webp"), SLICE_INIT("image/webp")},
    {SLICE_INIT("jpg"), SLICE_INIT("image/jpeg")},
    {SLICE_INIT("txt"), SLICE_INIT("text/plain; charset=utf-8")},
    {SLICE_INIT("woff2"), SLICE_INIT("font/woff2")},
};

static struct slice type_of(struct slice path)
{
    size_t start = path.len;
    while (start > 0 && path.at[start - 1] != '.' && path.at[start - 1] != '/')
        start--;
    const struct slice ending = slice_make(path.at + start, path.len - start);
    if (start > 0 && path.at[start - 1] == '.') {
        for (size_t i = 0; i < COUNT_OF(file_types); i++) {
            if (slice_eq_nocase(ending, file_types[i].ending))
                return file_types[i].type;
        }
    }
    return SLICE("application/octet-stream");
}

static struct slice etag_of(struct slice body, struct arena *arena)
{
    uint8_t hash[SHA256_LEN];
    char text[crypto_base64_size(SHA256_LEN)];
    crypto_sha256(body, hash);
    crypto_base64url(slice_make(hash, sizeof(hash)), text);
    return arena_printf(arena, "\"%.*s\"", ETAG_CHARACTERS, text);
}

/* One line, whatever the names on the disk are. */
static enum status refuse(char *reason, enum status status, const char *path, const char *why)
{
    /* The end of a long path says more than its beginning. */
    const size_t len = strlen(path);
    const size_t shown = 120;
    snprintf(reason, REASON_SIZE, "%s%s: %.70s", len > shown ? "..." : "",
             len > shown ? path + len - shown : path, why);
    text_one_line(reason);
    return status;
}

static const char *path_text(const struct reader *reader)
{
    return (const char *)reader->path.at;
}

static enum status refuse_here(const struct reader *reader, enum status status, const char *why)
{
    return refuse(reader->reason, status, path_text(reader), why);
}

static enum status refuse_over(const struct reader *reader, enum status status, size_t limit,
                               const char *unit)
{
    char why[70];
    snprintf(why, sizeof(why), "over the limit of %zu %s", limit, unit);
    return refuse_here(reader, status, why);
}

static void path_cut(struct reader *reader, size_t len)
{
    reader->path.len = len;
    buf_byte(&reader->path, 0);
    reader->path.len = len;
}

static void path_add(struct reader *reader, const char *name)
{
    buf_byte(&reader->path, '/');
    buf_append(&reader->path, slice_str(name));
    path_cut(reader, reader->path.len);
}

static bool link_stays_inside(const struct reader *reader)
{
    char target[PATH_MAX];
    if (!realpath(path_text(reader), target))
        return false;
    return strncmp(target, path_text(reader), reader->root_len) == 0 &&
           target[reader->root_len] == '/';
}

/* ERR_IO when it is there and cannot be looked at. A link that leads nowhere is skipped. */
static enum status kind_here(const struct reader *reader, enum entry_kind *ret)
{
    struct stat st;
    *ret = ENTRY_SKIPPED;
    if (lstat(path_text(reader), &st) != 0)
        return refuse_here(reader, ERR_IO, strerror(errno));
    if (S_ISDIR(st.st_mode)) {
        *ret = ENTRY_FOLDER;
        return OK;
    }
    if (S_ISLNK(st.st_mode) && (!link_stays_inside(reader) || stat(path_text(reader), &st) != 0))
        return OK;
    if (S_ISREG(st.st_mode))
        *ret = ENTRY_FILE;
    return OK;
}

static void close_file(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void close_folder(DIR *const *folder)
{
    if (*folder)
        closedir(*folder);
}

/* Up to len bytes: fewer at the end of the file. */
static ssize_t read_bytes(int fd, uint8_t *at, size_t len)
{
    size_t done = 0;
    while (done < len) {
        const ssize_t n = read(fd, at + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static enum status read_body(struct reader *reader, struct slice *ret)
{
    struct static_files *files = reader->files;
    /* A pipe that took the file's place must not hold up the start. */
    SCOPED(close_file) const int fd = open(path_text(reader), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return refuse_here(reader, ERR_IO, strerror(errno));
    if (st.st_size < 0 || (uint64_t)st.st_size > LIMIT_STATIC_FILE_BYTES)
        return refuse_over(reader, ERR_TOO_LARGE, LIMIT_STATIC_FILE_BYTES, "bytes of one file");
    const size_t len = (size_t)st.st_size;
    if (len > LIMIT_STATIC_BYTES - files->bytes)
        return refuse_over(reader, ERR_TOO_LARGE, LIMIT_STATIC_BYTES, "bytes of all files");
    uint8_t *at = arena_alloc(&files->arena, len + 1);
    const ssize_t got = read_bytes(fd, at, len + 1);
    if (got < 0)
        return refuse_here(reader, ERR_IO, strerror(errno));
    if ((size_t)got != len)
        return refuse_here(reader, ERR_IO, "the file changed while it was read");
    *ret = slice_make(at, len);
    return OK;
}

static enum status add_file(struct reader *reader)
{
    struct static_files *files = reader->files;
    struct slice body = SLICE_NONE;
    if (files->count == LIMIT_STATIC_FILES)
        return refuse_over(reader, ERR_TOO_LARGE, LIMIT_STATIC_FILES, "files");
    const enum status st = read_body(reader, &body);
    if (st != OK)
        return st;
    const struct slice path =
        slice_make(reader->path.at + reader->root_len, reader->path.len - reader->root_len);
    files->files[files->count++] = (struct static_file){
        .path = arena_dup(&files->arena, path),
        .body = body,
        .type = type_of(path),
        .etag = etag_of(body, &files->arena),
    };
    files->bytes += body.len;
    return OK;
}

/* depth: folders between here and the root. */
static enum status read_folder(struct reader *reader, unsigned depth)
{
    const size_t len = reader->path.len;
    enum entry_kind kind;
    if (depth > LIMIT_STATIC_DEPTH)
        return refuse_over(reader, ERR_TOO_DEEP, LIMIT_STATIC_DEPTH, "folders in each other");
    SCOPED(close_folder) DIR *folder = opendir(path_text(reader));
    if (!folder)
        return refuse_here(reader, ERR_IO, strerror(errno));
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return errno == 0 ? OK : refuse_here(reader, ERR_IO, strerror(errno));
        if (entry->d_name[0] == '.')
            continue;
        path_add(reader, entry->d_name);
        enum status st = kind_here(reader, &kind);
        if (st == OK && kind == ENTRY_FILE)
            st = add_file(reader);
        else if (st == OK && kind == ENTRY_FOLDER)
            st = read_folder(reader, depth + 1);
        if (st != OK)
            return st;
        path_cut(reader, len);
    }
}

static int by_path(const void *a, const void *b)
{
    const struct static_file *first = a;
    const struct static_file *second = b;
    return slice_compare(first->path, second->path);
}

static int by_key(const void *key, const void *member)
{
    const struct static_file *file = member;
    return slice_compare(*(const struct slice *)key, file->path);
}

const struct static_file *static_files_find(const struct static_files *files, struct slice path)
{
    const struct slice key = slice_eq(path, SLICE("/")) ? SLICE("/index.html") : path;
    return bsearch(&key, files->files, files->count, sizeof(*files->files), by_key);
}

enum status static_files_read(const char *folder, struct static_files **ret,
                              char ret_reason[REASON_SIZE])
{
    char root[PATH_MAX];
    if (!realpath(folder, root))
        return refuse(ret_reason, ERR_IO, folder, strerror(errno));
    struct static_files *files = calloc(1, sizeof(*files));
    ENSURE_MEMORY(files);
    files->files = arena_array(&files->arena, LIMIT_STATIC_FILES, sizeof(*files->files));
    struct reader reader = {.files = files, .reason = ret_reason};
    buf_append(&reader.path, slice_str(root));
    reader.root_len = reader.path.len;
    path_cut(&reader, reader.root_len);
    enum status st = read_folder(&reader, 0);
    buf_release(&reader.path);
    if (st != OK)
        goto fail;
    qsort(files->files, files->count, sizeof(*files->files), by_path);
    if (!static_files_find(files, SLICE("/"))) {
        st = refuse(ret_reason, ERR_NOT_FOUND, folder, "there is no index.html in it");
        goto fail;
    }
    *ret = files;
    return OK;
fail:
    static_files_free(files);
    return st;
}

void static_files_free(struct static_files *files)
{
    if (!files)
        return;
    arena_release(&files->arena);
    free(files);
}
