/* What a command has with it that passes the sequencer twice: going back takes reading and
 * replaying, which the sequencer has no time for. So the command goes
 *
 *     io --> sequencer --> archive --> sequencer --> io
 *            may it?       prepare     may it still? do it
 *
 * and what was prepared is in its errand. Belongs to the thread that has the command. */
#ifndef CASYS_ERRAND_H
#define CASYS_ERRAND_H

#include "app/base/queue.h"
#include "app/game/game.h"

struct errand {
    struct queue *back; /* the sequencer's inbox; borrowed */
    uint64_t version;   /* of the game when the command was first decided */
    uint64_t of;        /* the version to prepare */

    /* Prepared by the archive. */
    bool is_prepared;
    struct state state; /* of that version; for SAVE only: */
    int32_t section;    /* its number in the story */
};

struct errand *errand_new(void);
/* NULL is accepted. */
void errand_free(struct errand *errand);

#endif
