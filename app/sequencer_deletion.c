/* Deleting games. For everybody a game is gone with the commit; what it left in the database goes in
 * pieces (app/upkeep.h). */
#include "app/sequencer_parts.h"

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
