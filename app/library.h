/* The stories at hand. Those that can be begun are a catalogue. Each thread has one of its own, and
 * only the stories in it are shared, which never change; when the folder was read again, each thread
 * is sent a new one. A game keeps the story it began with, so each thread that loads games has a
 * library: its catalogue, and the older stories that its games still need, from the database. */
#ifndef CASYS_LIBRARY_H
#define CASYS_LIBRARY_H

#include "app/base/queue.h"
#include "app/game/story.h"
#include "app/update.h"
#include "storage/store.h"

/* Stories that can be begun, in the order of their ids. */
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

/* Another catalogue of the same stories; *ret is the caller's to release. */
void catalogue_copy(const struct catalogue *catalogue, struct catalogue *ret);

/* Where a story that is in `known` as well, by its hash, was read again, have the known one: it is
 * in memory once. */
void catalogue_share(struct catalogue *catalogue, const struct catalogue *known);

/* Send a copy to the thread that reads the inbox: a mail of kind MAIL_CATALOGUE. Nothing is sent to
 * a thread that is stopping. */
void catalogue_send(const struct catalogue *catalogue, struct queue *inbox);
/* On that thread: *catalogue becomes what was sent. The mail is freed. */
void catalogue_receive(struct catalogue *catalogue, struct mail *mail);

/* By short name or by hash in hexadecimal; an empty key gives the first one. Borrowed, or NULL. */
struct story *catalogue_find(const struct catalogue *catalogue, struct slice key);

/* Is it the story with this hash? Earlier versions of this program named a story by the hash of its
 * bytes, and games are stored under that name. */
bool story_is_named(const struct story *story, const uint8_t hash[SHA256_LEN]);

struct library {
    struct catalogue catalogue; /* owned */
    struct story **old;         /* owned, one reference each; most recently loaded last */
    size_t old_count;
};

/* With a copy of the catalogue. */
void library_init(struct library *library, const struct catalogue *catalogue);
void library_release(struct library *library);

/* As catalogue_receive. Stories that are not offered any more stay at hand, as games may go on in
 * them. */
void library_receive(struct library *library, struct mail *mail);

/* The story with that hash: from the catalogue, or else from the store, where older games have it
 * under the hash of its bytes; its hash is the one asked for. *ret holds a reference.
 * ERR_CORRUPT    there is none, though a game names it, or the stored source is not that story.
 * Statuses of store_story_load otherwise. */
enum status library_story(struct library *library, struct store *store,
                          const uint8_t hash[SHA256_LEN], struct story **ret) MUST_CHECK;

/* The same for a story that no game may have named. ERR_NOT_FOUND: there is none. */
enum status library_find(struct library *library, struct store *store,
                         const uint8_t hash[SHA256_LEN], struct story **ret) MUST_CHECK;

#endif
