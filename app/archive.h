/* The reader: one thread with connections of its own to the database, for what would hold up the
 * sequencer: lists of games, history, exports, an old version's snapshot by replay, and checkpoints.
 * Commands come from the sequencer, which has checked who asks, and go back to their io thread. */
#ifndef CASYS_ARCHIVE_H
#define CASYS_ARCHIVE_H

#include "app/base/queue.h"
#include "app/command.h"
#include "app/library.h"

struct archive;

typedef int64_t clock_fn(void); /* unix time, ms */

struct archive_config {
    struct store *reader;              /* borrowed until archive_stop; used by the archive only */
    struct store *checkpointer;        /* borrowed until archive_stop; or NULL */
    const struct catalogue *catalogue; /* copied by archive_start */
    struct queue *const *io; /* the inbox of each io thread; borrowed until archive_stop */
    unsigned threads;
    update_seal_fn *seal;
    clock_fn *now_ms;
    int64_t rotate_ms; /* the age of a device's secret at which it is told to take a new one */
};

/* A mail of kind MAIL_CHECKPOINT; one is enough for one writer. */
struct checkpoint_mail {
    struct mail mail;
    atomic_bool waiting; /* set by who sends it, cleared when it was done */
};

struct archive *archive_start(const struct archive_config *config);
/* Finishes what waits, then ends the thread. */
void archive_stop(struct archive *archive);

/* Where commands, checkpoint mails and new catalogues (app/library.h) go. */
struct queue *archive_inbox(struct archive *archive);

/* The journal of the game with `name` from version 1 to `version`, played again: the update that was
 * published then, byte for byte.
 * ERR_GAME_NOT_FOUND    no such game.
 * ERR_VERSION_NOT_FOUND it never had that version.
 * ERR_CORRUPT           journal and story do not agree. ERR_IO */
enum status replay_version(struct store *store, struct library *library, struct slice name,
                           uint64_t version, struct update **ret, unsigned threads,
                           update_seal_fn *seal) MUST_CHECK;

#endif
