/* Going back in a game, and names for its versions. */
#include "app/save.h"
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
static enum status find_target(struct sequencer *seq, const struct work *work,
                               const struct session *session, uint64_t *ret)
{
    const struct command *command = work->command;
    const struct state *state = tip_newest(work->tip);
    if (command->kind == COMMAND_UNDO) {
        *ret = game_undo_target(state);
        return *ret == 0 ? ERR_NOTHING_TO_UNDO : OK;
    }
    *ret = command->of;
    if (command->slot > 0) {
        struct store_save save;
        const enum status st =
            session ? store_save_find(seq->config.store, work->tip->row, session->row,
                                      command->slot, &seq->arena, &save)
                    : ERR_NOT_FOUND;
        if (st != OK)
            return st == ERR_NOT_FOUND ? ERR_SAVE_NOT_FOUND : st;
        *ret = save.version;
    }
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
    st = find_target(seq, work, session, &target);
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

/* ---- saves ---- */

struct slots {
    uint32_t taken; /* bit i: slot i */
};
_Static_assert(LIMIT_SAVES < 32, "a bit for each slot");

static bool on_slot(void *arg, const struct store_save *save)
{
    struct slots *slots = arg;
    slots->taken |= UINT32_C(1) << save->slot;
    return true;
}

/* The lowest free one. */
static enum status find_slot(struct sequencer *seq, const struct work *work,
                             const struct session *session, uint32_t *ret)
{
    struct slots slots = {.taken = 0};
    const enum status st =
        store_save_list(seq->config.store, work->tip->row, session->row, on_slot, &slots);
    if (st != OK)
        return st;
    for (uint32_t slot = 1; slot <= seq->config.saves_max; slot++) {
        if (!((slots.taken >> slot) & 1)) {
            *ret = slot;
            return OK;
        }
    }
    return ERR_SAVES_FULL;
}

static enum status put_save(struct sequencer *seq, struct work *work, const struct session *session,
                            uint64_t version, int32_t section)
{
    struct command *command = work->command;
    struct store_save save = {
        .slot = command->slot,
        .name = command->name,
        .version = version,
        .section = section,
        .at_ms = seq->config.now_ms(),
    };
    enum status st = save.slot > 0 ? OK : find_slot(seq, work, session, &save.slot);
    if (st == OK)
        st = step_transaction(seq);
    if (st != OK)
        return st;
    work->wrote = true;
    st = store_save_put(seq->config.store, work->tip->row, session->row, &save);
    if (st != OK)
        return step_failed(seq, st);
    command->version = version;
    command->slot = save.slot;
    save_encode_alone(&save, &command->body);
    return OK;
}

enum status decide_save(struct sequencer *seq, struct work *work, const struct session *session)
{
    const struct command *command = work->command;
    const struct state *state = tip_newest(work->tip);
    const struct story *story = work->tip->facts.story;
    if (!hero_name_valid(command->name) || command->slot > seq->config.saves_max)
        return ERR_INVALID_MESSAGE;
    if (command->of > state->version)
        return ERR_VERSION_NOT_FOUND;
    if (command->of != 0 && command->of != state->version)
        return errand_send(seq, work, command->of);
    return put_save(seq, work, session, state->version, story->sections[state->section].number);
}

enum status apply_save(struct sequencer *seq, struct work *work, const struct session *session)
{
    const struct errand *errand = work->command->errand;
    return put_save(seq, work, session, errand->of, errand->section);
}

enum status decide_unsave(struct sequencer *seq, struct work *work, const struct session *session)
{
    enum status st = step_transaction(seq);
    if (st != OK)
        return st;
    work->wrote = true;
    st = store_save_remove(seq->config.store, work->tip->row, session->row, work->command->slot);
    if (st == ERR_NOT_FOUND)
        return ERR_SAVE_NOT_FOUND;
    return st == OK ? OK : step_failed(seq, st);
}
