/* Going back in a game. */
#include "app/sequencer_parts.h"

enum status errand_send(struct sequencer *seq, struct work *work, uint64_t of)
{
    struct errand *errand = errand_new();
    errand->back = &seq->inbox;
    errand->version = work->tip ? tip_newest(work->tip)->version : 0;
    errand->of = of;
    work->command->errand = errand;
    work->to_archive = true;
    return OK;
}

/* ---- undo and load ---- */

/* The version to go back to. */
static enum status find_target(const struct work *work, uint64_t *ret)
{
    const struct command *command = work->command;
    const struct state *state = tip_newest(work->tip);
    if (command->kind == COMMAND_UNDO) {
        *ret = game_undo_target(state);
        return *ret == 0 ? ERR_NOTHING_TO_UNDO : OK;
    }
    *ret = command->of;
    return *ret >= 1 && *ret <= state->version ? OK : ERR_VERSION_NOT_FOUND;
}

static bool is_stale(const struct command *command, const struct state *state)
{
    return command->if_version != 0 && command->if_version != state->version;
}

enum status decide_back(struct sequencer *seq, struct work *work, const struct session *session)
{
    uint8_t room[STORE_PRINT_LEN];
    const uint8_t *print;
    uint64_t target = 0;
    enum status st = step_request(seq, work, session, room, &print);
    if (st != OK || work->command->duplicate)
        return st;
    const struct state *state = tip_newest(work->tip);
    if (is_stale(work->command, state))
        return ERR_STALE_VERSION;
    st = find_target(work, &target);
    if (st != OK)
        return st;
    /* What is refused in any case need not be prepared. */
    if (game_undo_left(work->tip->facts.story, state) == 0)
        return ERR_UNDO_REFUSED;
    return errand_send(seq, work, target);
}

enum status apply_back(struct sequencer *seq, struct work *work, const struct session *session)
{
    struct command *command = work->command;
    struct tip *tip = work->tip;
    uint8_t room[STORE_PRINT_LEN];
    const uint8_t *print;
    struct state next;
    enum status st = step_request(seq, work, session, room, &print);
    if (st != OK || command->duplicate)
        return st;
    const struct state *state = tip_newest(tip);
    /* What is undone depends on where the game is, even if that was not said; a load does not. */
    if (is_stale(command, state) ||
        (command->kind == COMMAND_UNDO && command->errand->version != state->version))
        return ERR_STALE_VERSION;
    st = game_load(tip->facts.story, state, &command->errand->state, seq->config.now_ms(), &next,
                   seq->scratch);
    /* What came before the last beginning is nothing that an undo could mean. */
    if (st == ERR_OTHER_RUN && command->kind == COMMAND_UNDO)
        st = ERR_NOTHING_TO_UNDO;
    return st == OK ? step_write(seq, work, tip, &next, print) : st;
}
