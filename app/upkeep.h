/* What a store needs besides its commands, done in pieces that are small enough to come between two
 * of them: deleted games are taken out, unused pages given back, and once a day what nobody has used
 * for as long as the settings say goes (docs/storage.md, "Retention").
 *
 * The sequencer takes a step when its inbox has been empty for a moment; `casysd prune` takes one
 * after the other. Belongs to the thread of its store. */
#ifndef CASYS_UPKEEP_H
#define CASYS_UPKEEP_H

#include "storage/store.h"

/* 0: for ever. */
struct upkeep_settings {
    uint64_t link_games_days;  /* finished games with a link, since their last change */
    uint64_t sessions_days;    /* sessions that have nothing, and devices, since they were used */
    uint64_t request_ids_days; /* since the command was accepted */
};

/* A link game that is over and old. Take it out of the store, in the open transaction; or not, because
 * somebody watches it: then *ret_gone is false. */
typedef enum status upkeep_game_fn(void *arg, const struct store_stale_row *game, bool *ret_gone);

struct upkeep_config {
    struct store *store; /* borrowed; the writer, or with `dry` any */
    struct upkeep_settings settings;
    bool dry;                /* change nothing: `found` counts what would go */
    upkeep_game_fn *on_game; /* NULL with `dry` */
    store_stale_fn *on_dry;  /* told what would go; NULL otherwise */
    void *arg;
};

struct upkeep {
    struct upkeep_config config;
    bool purging, vacuuming;
    unsigned kind;                     /* of the round; STORE_STALE_COUNT: none is on the way */
    uint64_t above;                    /* where its search goes on */
    uint64_t found[STORE_STALE_COUNT]; /* of the round; what is gone, or would be */
    int64_t next_round_ms;             /* unix */
    int64_t retry_ms;                  /* after a failure nothing is done before; unix */
};

/* What an earlier run left is purged, and the first round begins, with the first steps. */
void upkeep_init(struct upkeep *upkeep, const struct upkeep_config *config);

/* A game was deleted: its rows wait. */
void upkeep_purge(struct upkeep *upkeep);

/* Is there something to do now? */
bool upkeep_is_due(const struct upkeep *upkeep, int64_t now_ms);

/* One piece, in a transaction of its own: no other is open. *ret_round: a round has ended with this
 * step, and `found` tells what it found. After a failure, which is returned, nothing is due for a
 * minute. Nothing due: OK, and nothing is done. */
enum status upkeep_step(struct upkeep *upkeep, int64_t now_ms, bool *ret_round) MUST_CHECK;

#endif
