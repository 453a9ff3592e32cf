/* Games that begin with a past: forks and imports. The past is written in pieces, a batch for each:
 * everybody else waits for one piece at the most. Until the last one nobody finds the game, and what
 * is there of it when that one never comes is purged as if the game had been deleted. */
#include "app/sequencer_parts.h"

enum { PAST_ROWS = 500 }; /* of a batch: measured at 1.4 ms of CPU time, 10,000 at once at 13 ms */

enum status decide_fork(struct sequencer *seq, struct work *work, const struct session *session)
{
    const uint64_t newest = tip_newest(work->tip)->version;
    const uint64_t of = work->command->of == 0 ? newest : work->command->of;
    (void)session;
    if (of > newest)
        return ERR_VERSION_NOT_FOUND;
    return of <= LIMIT_COPY_VERSIONS ? errand_send(seq, work, of) : ERR_TOO_LARGE;
}

/* The game is made, and hidden. */
static enum status begin(struct sequencer *seq, struct work *work, const struct session *owner)
{
    struct errand *errand = work->command->errand;
    struct tip *tip = tip_begin(seq, errand->story, false);
    errand->tip = tip;
    seq->pasts++;
    tip->owner = owner->row;
    tip->facts.owner = owner->name;
    return step_past_begin(seq, work, tip, buf_slice(&errand->origin));
}

static enum status add_rows(struct sequencer *seq, struct work *work)
{
    struct errand *errand = work->command->errand;
    struct store_journal_row *rows = arena_array(&seq->arena, PAST_ROWS, sizeof(*rows));
    size_t count = 0;
    for (; errand->rows && count < PAST_ROWS; errand->rows = errand->rows->next)
        rows[count++] = errand->rows->row;
    work->wrote = true;
    const enum status st = store_past_add(seq->config.store, errand->tip->row, rows, count);
    return st == OK ? OK : step_failed(seq, st);
}

/* The first version of its own, with which it is a game. */
static enum status end(struct sequencer *seq, struct work *work)
{
    struct command *command = work->command;
    struct errand *errand = command->errand;
    struct tip *tip = errand->tip;
    struct state next;
    const enum event_kind kind = command->kind == COMMAND_FORK ? EVENT_FORK : EVENT_IMPORT;
    enum status st = game_take_over(errand->story, &errand->state, kind, seq->config.now_ms(),
                                    &next, seq->scratch);
    if (st == OK)
        st = step_past_end(seq, work, tip, &next);
    if (st != OK)
        return st;
    roles_note(tip, tip->owner, STORE_OWNER);
    errand->tip = NULL;
    seq->pasts--;
    work->created = true;
    return OK;
}

/* One piece. */
static enum status go_on(struct sequencer *seq, struct work *work, const struct session *owner)
{
    struct errand *errand = work->command->errand;
    enum status st = OK;
    if (!errand->tip)
        st = begin(seq, work, owner);
    if (st == OK)
        st = add_rows(seq, work);
    if (st != OK)
        return st;
    work->again = errand->rows != NULL;
    return work->again ? OK : end(seq, work);
}

enum status apply_fork(struct sequencer *seq, struct work *work, const struct session *session)
{
    /* Who may fork is a member, and so has a session. */
    const enum status st = step_transaction(seq);
    return st == OK ? go_on(seq, work, session) : st;
}

enum status decide_import(struct sequencer *seq, struct work *work, struct session *known)
{
    const struct errand *errand = work->command->errand;
    struct session *owner = NULL;
    if (!errand)
        return errand_send(seq, work, 0);
    enum status st = step_transaction(seq);
    /* The game of a session that was made with its first piece is that session's. */
    if (st == OK && !errand->tip)
        st = session_for_create(seq, work, known, &owner);
    return st == OK ? go_on(seq, work, owner) : st;
}

void errand_end(struct sequencer *seq, struct command *command)
{
    if (command->errand->tip) {
        /* It has no end: what is there of it has to go. */
        tip_free(command->errand->tip);
        command->errand->tip = NULL;
        seq->pasts--;
        upkeep_purge(&seq->upkeep);
    }
    errand_free(command->errand);
    command->errand = NULL;
}
