/* The one thread that owns all running games and is the only writer of the database.
 *
 * It takes its whole inbox as a batch, decides each command in order, writes what was accepted in
 * one transaction, and only after COMMIT returned does a game's next state become its state, do
 * watchers get the new snapshot and senders their answer. A refused command does not touch the
 * others; a failed commit leaves every game at its committed version and tells each sender.
 *
 * What decided a command may itself not be committed yet (an earlier command of the batch); its
 * answer then depends on the commit too, and becomes storage_unavailable when that fails. */
#ifndef CASYS_SEQUENCER_H
#define CASYS_SEQUENCER_H

#include "app/archive.h"
#include "app/upkeep.h"

typedef void random_fn(void *ret, size_t len);

/* How many of what belongs to people there may be, and for how long. */
struct people_limits {
    size_t members;     /* of a game, 1..LIMIT_MEMBERS */
    size_t invitations; /* of a game, 1..LIMIT_INVITATIONS */
    size_t devices;     /* of a session, 1..LIMIT_DEVICES */
    int64_t carry_ms;   /* a carry code opens its session for so long */
};

struct sequencer_config {
    struct store *store; /* the writer; borrowed until sequencer_free, used on its thread only */
    const struct catalogue *catalogue; /* copied by sequencer_new */
    struct queue *const *io;           /* the inbox of each io thread; borrowed likewise */
    unsigned threads;                  /* 1..LIMIT_IO_THREADS */
    struct queue *archive;             /* borrowed likewise */
    size_t games_max;                  /* loaded games that are kept between batches, at least 1 */
    size_t batch_max;                  /* commands of one transaction, at least 1 */
    uint32_t saves_max;                /* of a session in a game, 1..LIMIT_SAVES */
    struct people_limits people;
    bool link_games; /* false: only members get at any game */
    struct upkeep_settings upkeep;
    update_seal_fn *seal;
    clock_fn *now_ms;
    random_fn *random;
};

struct sequencer;

struct sequencer *sequencer_new(const struct sequencer_config *config);
void sequencer_free(struct sequencer *sequencer);

/* Run its thread until sequencer_stop. */
void sequencer_start(struct sequencer *sequencer);
/* Refuse further commands, answer all that wait, commit what they need, end the thread. */
void sequencer_stop(struct sequencer *sequencer);

/* Where commands go, and new catalogues (app/library.h). A push that is refused means
 * shutting_down. */
struct queue *sequencer_inbox(struct sequencer *sequencer);

/* One batch, on the caller's thread: what the sequencer's thread does with what waits. All nodes
 * of `commands` are taken; every one is answered into its io queue (or handed to the archive)
 * before the call returns. For tests, without sequencer_start. */
void sequencer_turn(struct sequencer *sequencer, struct list *commands);

/* One piece of upkeep (app/upkeep.h), on the caller's thread: what the sequencer's thread does when
 * nothing waits, and now and then also when something always does. False: nothing was due. */
bool sequencer_upkeep(struct sequencer *sequencer);

/* Could the last write be committed? Any thread; for /readyz. */
bool sequencer_healthy(const struct sequencer *sequencer);

#endif
