/* Deleting games. For everybody a game is gone with the commit; what it left in the database goes piece
 * by piece, between batches, so that nobody waits for the end of a long journal. */
#include "app/base/log.h"
#include "app/sequencer_parts.h"

enum { PURGE_ROWS = 500 }; /* of a piece */

enum status decide_delete(struct sequencer *seq, struct work *work, const struct session *session)
{
    (void)session;
    enum status st = step_transaction(seq);
    if (st != OK)
        return st;
    work->wrote = true;
    st = store_game_doom(seq->config.store, work->tip->row);
    if (st != OK)
        return step_failed(seq, st);
    work->tip->gone = true;
    work->deletes = true;
    work->notice = notice_new(NOTICE_GAME_GONE, seq->config.threads);
    work->notice->game = work->tip->facts.id;
    return OK;
}

/* Once for all that wait: a mail that is on its way is the same mail. */
void purge_later(struct sequencer *seq)
{
    if (!seq->purge_waits)
        seq->purge_waits = queue_push(&seq->inbox, &seq->purge.node);
}

void purge_piece(struct sequencer *seq)
{
    bool more = false;
    seq->purge_waits = false;
    /* A past that is being written looks like what a deleted game left. */
    seq->purge_put_off = seq->pasts > 0;
    if (seq->purge_put_off)
        return;
    const enum status st = store_purge(seq->config.store, PURGE_ROWS, &more);
    if (st != OK)
        log_event(LOG_WARN, "purge_failed", L_STR("status", status_name(st)));
    if (st == OK && more)
        purge_later(seq);
}
