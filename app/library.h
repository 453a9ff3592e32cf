/* The stories at hand. A catalogue of those that can be begun is made at start and shared, read
 * only; a game keeps the story it began with, so each thread that loads games has a library: the
 * catalogue, and the older stories that its games still need, from the database. */
#ifndef CASYS_LIBRARY_H
#define CASYS_LIBRARY_H

#include "app/base/list.h"
#include "app/game/story.h"
#include "storage/store.h"

/* Stories that can be begun, in the order of their ids. Shared by all threads after it is filled. */
struct catalogue {
    struct story **stories; /* owned, one reference each */
    size_t count;
};

/* Does a story that was read also pass what is asked of it beyond its form? Appends lines to the
 * report, also about a story that passes. path names its file in them. */
typedef bool catalogue_check_fn(const struct story *story, const char *path,
                                struct buf *ret_report);

/* Read every *.json of a folder; check may be NULL. What it refuses is left out like a file with a
 * mistake.
 * OK             some story was read; *ret_report names what was refused (may be empty).
 * ERR_IO         the folder cannot be read.
 * ERR_NOT_FOUND  no story could be read.
 * ERR_CONFLICT   two files have the same story id.
 * The report is one or more lines for people. */
enum status catalogue_read(struct catalogue *catalogue, const char *folder,
                           catalogue_check_fn *check, struct buf *ret_report) MUST_CHECK;
void catalogue_release(struct catalogue *catalogue);

/* By short name or by hash in hexadecimal; an empty key gives the first one. Borrowed, or NULL. */
struct story *catalogue_find(const struct catalogue *catalogue, struct slice key);

struct library {
    const struct catalogue *catalogue;
    struct story **old; /* owned, one reference each; most recently loaded last */
    size_t old_count;
};

void library_init(struct library *library, const struct catalogue *catalogue);
void library_release(struct library *library);

/* The story with that hash: from the catalogue, or else from the store, where older games have it
 * under the hash of its bytes; its hash is the one asked for. *ret holds a reference.
 * ERR_CORRUPT    there is none, though a game names it, or the stored source is not that story.
 * Statuses of store_story_load otherwise. */
enum status library_story(struct library *library, struct store *store,
                          const uint8_t hash[SHA256_LEN], struct story **ret) MUST_CHECK;

#endif
