#include "app/author/verify_game.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/library.h"
#include "app/portable.h"
#include "app/replay.h"
#include "app/story_loader.h"

_Static_assert((int)LIMIT_EXPORT_BYTES <= (int)LIMIT_STORY_BYTES,
               "story_source_read reads as much as an export can have");

static void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

bool verify_game_begins(const char *path)
{
    SCOPED(close_file) FILE *file = fopen(path, "rb");
    int byte = file ? getc(file) : EOF;
    while (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n')
        byte = getc(file);
    return byte == '{';
}

static struct story *find_in_folder(const char *folder, const uint8_t hash[SHA256_LEN])
{
    struct catalogue catalogue = {.count = 0};
    struct story *found = NULL;
    SCOPED(buf_release) struct buf report = {.at = NULL};
    const enum status st = catalogue_read(&catalogue, folder, NULL, &report);
    /* Several editions of one story may lie side by side here: each has a hash of its own. */
    if (st == OK || st == ERR_CONFLICT) {
        for (size_t i = 0; !found && i < catalogue.count; i++) {
            if (story_is_named(catalogue.stories[i], hash))
                found = story_ref(catalogue.stories[i]);
        }
    }
    catalogue_release(&catalogue);
    return found;
}

/* The story with that hash, or NULL. */
static struct story *find_story(const char *path, const uint8_t hash[SHA256_LEN])
{
    struct stat stat_of;
    if (stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode))
        return find_in_folder(path, hash);
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    const bool read = story_read(path, &story, &report) == OK;
    story_report_release(&report);
    if (read && story_is_named(story, hash))
        return story;
    if (read)
        story_unref(story);
    return NULL;
}

/* arg is the path. */
static enum status find_edition(void *arg, const uint8_t hash[SHA256_LEN], struct story **ret)
{
    const char *const *path = arg;
    *ret = find_story(*path, hash);
    return *ret ? OK : ERR_NOT_FOUND;
}

static enum status verify_read(const struct portable *portable, const char *stories,
                               struct buf *why, struct portable_counts *ret_counts)
{
    char hex[2 * SHA256_LEN + 1];
    struct story *story = find_story(stories, portable->story_hash);
    if (!story) {
        crypto_hex(slice_make(portable->story_hash, SHA256_LEN), hex);
        buf_printf(why, "its story, with the hash %s, is not in %s (--stories says where it is)",
                   hex, stories);
        return ERR_NOT_FOUND;
    }
    const struct editions editions = {find_edition, &stories};
    const enum status st = portable_verify(portable, story, &editions, ret_counts, why);
    story_unref(story);
    return st;
}

static enum status verify_bytes(struct slice bytes, const char *stories, struct buf *ret_line)
{
    struct arena arena = {.blocks = NULL};
    SCOPED(buf_release) struct buf why = {.at = NULL};
    struct portable portable = {.version = 0};
    struct portable_counts counts = {.rolls = 0};
    enum status st = portable_read(bytes, &arena, &portable, &why);
    if (st == ERR_NOT_FOUND)
        buf_printf(&why, "it is no database, and no document of the format casys-game/1");
    if (st == OK)
        st = verify_read(&portable, stories, &why, &counts);
    if (st == OK)
        buf_printf(ret_line,
                   "%.*s  %" PRIu64 " versions, %.*s: good; %" PRIu64 " throws, %" PRIu64
                   " of them checked with a revealed seed",
                   SLICE_ARG(portable.story_id), portable.version, SLICE_ARG(portable.status),
                   counts.rolls, counts.revealed);
    else
        buf_printf(ret_line, "%s%.*s", st == ERR_INVALID ? "WRONG: " : "",
                   SLICE_ARG(buf_slice(&why)));
    arena_release(&arena);
    return st;
}

enum status verify_game(const char *path, const char *stories, struct buf *ret_line)
{
    SCOPED(buf_release) struct buf bytes = {.at = NULL};
    struct story_report report = {.count = 0};
    enum status st = story_source_read(path, &bytes, &report);
    buf_printf(ret_line, "%s: ", path);
    if (st == OK)
        st = verify_bytes(buf_slice(&bytes), stories, ret_line);
    else
        buf_printf(ret_line, "it cannot be read");
    story_report_release(&report);
    return st;
}
