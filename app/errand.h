/* What a command has with it that passes the sequencer twice: going back, forks and imports
 * take reading and replaying, which the sequencer has no time for. So the command goes
 *
 *     io --> sequencer --> archive --> sequencer --> io
 *            may it?       prepare     may it still? do it
 *
 * and what was prepared is in its errand. A long past is written in pieces: then the command comes to
 * the sequencer once for each. Belongs to the thread that has the command. */
#ifndef CASYS_ERRAND_H
#define CASYS_ERRAND_H

#include "app/base/queue.h"
#include "app/game/game.h"
#include "app/journal.h"

struct errand {
    struct queue *back; /* the sequencer's inbox; borrowed */
    uint64_t version;   /* of the game when the command was first decided; 0: of no game */
    uint64_t of;        /* the version to prepare */

    /* Prepared by the archive. */
    bool is_prepared;
    struct state state;  /* of that version */
    int32_t section;     /* its number in the story; what follows is for FORK and IMPORT only */
    struct story *story; /* one reference, or NULL */
    struct arena arena;  /* of the rows */
    struct journal_row *rows; /* versions 1..of; what is still to be written of them */
    struct buf origin;        /* origin_encode of where their dice came from */

    struct tip *tip; /* the sequencer's: the game that they are written to, or NULL */
};

struct errand *errand_new(void);
/* NULL is accepted. */
void errand_free(struct errand *errand);

#endif
