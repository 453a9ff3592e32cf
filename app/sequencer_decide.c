#include "app/sequencer_parts.h"

static enum status decide_create(struct sequencer *seq, struct work *work, struct session *known)
{
    struct command *command = work->command;
    struct story *story = catalogue_find(&seq->library.catalogue, command->story);
    struct session *owner = NULL;
    struct state state;
    if (!story)
        return ERR_STORY_NOT_FOUND;
    if (command->link && !seq->config.link_games)
        return ERR_FORBIDDEN;
    struct tip *tip = tip_begin(seq, story, command->link);
    enum status st = game_start(story, tip->facts.seed, command->name, seq->config.now_ms(), &state,
                                seq->scratch);
    if (st == ERR_INVALID)
        st = ERR_INVALID_MESSAGE;
    if (st == OK)
        st = step_transaction(seq);
    if (st == OK)
        st = session_for_create(seq, work, known, &owner);
    if (st == OK) {
        tip->owner = owner->row;
        tip->facts.owner = owner->name;
        roles_note(tip, owner->row, STORE_OWNER);
        st = step_new_game(seq, work, tip, &state);
    }
    if (st != OK) {
        tip_free(tip);
        return st;
    }
    work->created = true;
    command->game = tip->facts.id;
    return OK;
}

static enum status play(struct sequencer *seq, struct command *command, const struct tip *tip,
                        struct state *ret)
{
    const struct state *state = tip_newest(tip);
    const struct choice *choice;
    if (command->if_version != 0 && command->if_version != state->version)
        return ERR_STALE_VERSION;
    enum status st = game_choice_find(tip->facts.story, state, &command->choice, &choice);
    if (st != OK)
        return st;
    st = game_step(tip->facts.story, tip->facts.seed, state, choice, seq->config.now_ms(), ret,
                   seq->scratch);
    if (st == ERR_CHOICE_UNAVAILABLE) {
        sheet_clear(&seq->needs);
        needs_encode(seq->needs.out, tip->facts.story, state, choice->condition);
        command->needs = arena_dup(&command->arena, buf_slice(&seq->needs.buf));
    }
    return st;
}

static enum status decide_choice(struct sequencer *seq, struct work *work,
                                 const struct session *session)
{
    struct command *command = work->command;
    uint8_t room[STORE_PRINT_LEN];
    const uint8_t *print;
    struct state next;
    enum status st = step_request(seq, work, session, room, &print);
    if (st != OK || command->duplicate)
        return st;
    st = play(seq, command, work->tip, &next);
    return st == OK ? step_write(seq, work, work->tip, &next, print) : st;
}

static enum status decide_stop_or_reset(struct sequencer *seq, struct work *work,
                                        const struct session *session)
{
    const struct tip *tip = work->tip;
    const struct command *command = work->command;
    uint8_t room[STORE_PRINT_LEN];
    const uint8_t *print;
    struct state next;
    enum status st = step_request(seq, work, session, room, &print);
    if (st != OK || command->duplicate)
        return st;
    const struct state *state = tip_newest(tip);
    if (command->if_version != 0 && command->if_version != state->version)
        return ERR_STALE_VERSION;
    const int64_t now = seq->config.now_ms();
    if (command->kind == COMMAND_STOP)
        st = game_stop(tip->facts.story, state, now, &next, seq->scratch);
    else
        st = game_reset(tip->facts.story, tip->facts.seed, state, now, &next, seq->scratch);
    return st == OK ? step_write(seq, work, work->tip, &next, print) : st;
}

static enum status decide_attach(struct sequencer *seq, struct work *work,
                                 const struct session *session)
{
    (void)seq;
    (void)session;
    work->tip->game->watchers |= UINT64_C(1) << work->command->thread;
    return OK;
}

/* What enter_game found is the answer. */
static enum status decide_read(struct sequencer *seq, struct work *work,
                               const struct session *session)
{
    (void)seq;
    (void)work;
    (void)session;
    return OK;
}

static enum status decide_in_archive(struct sequencer *seq, struct work *work,
                                     const struct session *session)
{
    (void)seq;
    (void)session;
    work->to_archive = true;
    return OK;
}

/* Whoever asks whether the server is ready makes it find out: nobody else may write while it says no. */
static enum status decide_probe(struct sequencer *seq, struct work *work)
{
    enum status st = step_transaction(seq);
    if (st != OK)
        return st;
    work->wrote = true;
    st = store_touch(seq->config.store);
    return st == OK ? OK : step_failed(seq, st);
}

enum status work_enter_game(struct sequencer *seq, struct work *work, const struct session *session,
                            enum deed deed)
{
    struct tip *tip;
    enum status st = tip_load(seq, work->command->game, &tip);
    if (st != OK)
        return st;
    if (tip->gone) {
        work->depends = true;
        return ERR_GAME_NOT_FOUND;
    }
    st = session_authorise(seq, tip, session, deed, work->command);
    /* Whoever may not see the game does not learn from a failed commit that it exists. */
    if (st == OK || st == ERR_FORBIDDEN) {
        work->tip = tip;
        work->depends = work->depends || tip->pending != NULL;
    }
    return st;
}

/* Of a game, or of nothing in particular. */
static enum status decide_feedback(struct sequencer *seq, struct work *work,
                                   struct session *session)
{
    char name[ID_TEXT_SIZE];
    enum status st = OK;
    if (!id_is_none(work->command->game))
        st = work_enter_game(seq, work, session, DEED_COMMENT);
    if (st == OK)
        st = step_transaction(seq);
    if (st != OK)
        return st;
    id_text(work->command->game, name);
    work->wrote = true;
    st = store_feedback_add(seq->config.store, work->tip ? slice_str(name) : SLICE_NONE,
                            work->command->text, seq->config.now_ms());
    return st == OK ? OK : step_failed(seq, st);
}

static enum status decide_list(struct sequencer *seq, struct work *work, struct session *session)
{
    return decide_in_archive(seq, work, session);
}

static enum status note_detach(struct sequencer *seq, struct work *work)
{
    audience_leave(seq, work->command);
    return OK;
}

static enum status note_presence(struct sequencer *seq, struct work *work)
{
    audience_note(seq, work->command);
    return OK;
}

/* How a command is decided. */
struct plan {
    /* Nobody asks, an io thread says something: no session, no answer of its own. */
    enum status (*note)(struct sequencer *seq, struct work *work);
    /* With the caller's session, which is NULL for nobody. */
    decide_fn *decide;
    /* In a game that the caller may do this in. */
    enum status (*in_game)(struct sequencer *seq, struct work *work, const struct session *session);
    /* The same, when the archive has prepared what it needs (app/errand.h). */
    enum status (*apply)(struct sequencer *seq, struct work *work, const struct session *session);
    enum deed deed; /* what the caller needs the right to; not of a note */
    bool visit;     /* somebody looks in who may have been away for long */
};

static const struct plan plans[] = {
    [COMMAND_CREATE] = {.decide = decide_create, .deed = DEED_BEGIN},
    [COMMAND_READ] = {.in_game = decide_read, .deed = DEED_WATCH, .visit = true},
    [COMMAND_ATTACH] = {.in_game = decide_attach, .deed = DEED_WATCH, .visit = true},
    [COMMAND_DETACH] = {.note = note_detach},
    [COMMAND_PRESENCE] = {.note = note_presence},
    [COMMAND_CHOICE] = {.in_game = decide_choice, .deed = DEED_CHOOSE},
    [COMMAND_STOP] = {.in_game = decide_stop_or_reset, .deed = DEED_STOP},
    [COMMAND_RESET] = {.in_game = decide_stop_or_reset, .deed = DEED_RESET},
    [COMMAND_LIST] = {.decide = decide_list, .deed = DEED_LIST_GAMES, .visit = true},
    [COMMAND_HISTORY] = {.in_game = decide_in_archive, .deed = DEED_HISTORY},
    [COMMAND_EXPORT] = {.in_game = decide_in_archive, .deed = DEED_EXPORT},
    [COMMAND_UNDO] = {.in_game = decide_back, .apply = apply_back, .deed = DEED_GO_BACK},
    [COMMAND_LOAD] = {.in_game = decide_back, .apply = apply_back, .deed = DEED_GO_BACK},
    [COMMAND_SAVES] = {.in_game = decide_in_archive, .deed = DEED_SAVE},
    [COMMAND_SAVE] = {.in_game = decide_save, .apply = apply_save, .deed = DEED_SAVE},
    [COMMAND_UNSAVE] = {.in_game = decide_unsave, .deed = DEED_SAVE},
    [COMMAND_FORK] = {.in_game = decide_fork, .apply = apply_fork, .deed = DEED_FORK},
    [COMMAND_IMPORT] = {.decide = decide_import, .deed = DEED_BEGIN},
    [COMMAND_DELETE] = {.in_game = decide_delete, .deed = DEED_DELETE},
    [COMMAND_MEMBERS] = {.in_game = decide_members, .deed = DEED_SEE_MEMBERS},
    [COMMAND_MEMBER_SET] = {.in_game = decide_member_set, .deed = DEED_SET_MEMBERS},
    [COMMAND_MEMBER_REMOVE] = {.decide = decide_member_remove, .deed = DEED_LEAVE},
    [COMMAND_INVITE] = {.in_game = decide_invite, .deed = DEED_INVITE},
    [COMMAND_INVITATION_REMOVE] = {.in_game = decide_invitation_remove, .deed = DEED_INVITE},
    [COMMAND_ACCEPT] = {.decide = decide_accept, .deed = DEED_BEGIN},
    [COMMAND_SESSION] = {.decide = decide_session, .deed = DEED_SEE_DEVICES, .visit = true},
    [COMMAND_KNOWN] = {.decide = decide_known, .deed = DEED_SEE_DEVICES},
    [COMMAND_CARRY] = {.decide = decide_carry, .deed = DEED_KEEP_SESSION},
    [COMMAND_ENTER] = {.decide = decide_enter, .deed = DEED_ENTER},
    [COMMAND_ROTATE] = {.decide = decide_rotate, .deed = DEED_KEEP_SESSION},
    [COMMAND_DEVICE_REMOVE] = {.decide = decide_device_remove, .deed = DEED_KEEP_SESSION},
    [COMMAND_MIGRATE] = {.in_game = decide_migrate, .deed = DEED_MIGRATE},
    [COMMAND_FEEDBACK] = {.decide = decide_feedback, .deed = DEED_COMMENT},
    [COMMAND_PROBE] = {.note = decide_probe},
};

enum status work_decide(struct sequencer *seq, struct work *work)
{
    struct command *command = work->command;
    const struct plan *plan = &plans[command->kind];
    struct session *session;
    if (plan->note)
        return plan->note(seq, work);
    enum status st = session_find(seq, &command->caller, &session);
    if (st != OK)
        return st;
    command->session = session ? session->row : 0;
    if (session)
        command->device = session->device;
    work->depends = seq->people_changed;
    if (session && plan->visit)
        session_note_visit(seq, session);
    /* A text for the operator may be about no game: then everybody may send it. */
    if (plan->decide && !deed_in_game(plan->deed))
        st = rights_of_session(plan->deed, session != NULL);
    if (plan->decide)
        return st == OK ? plan->decide(seq, work, session) : st;
    st = work_enter_game(seq, work, session, plan->deed);
    if (st != OK)
        return st;
    return command->errand ? plan->apply(seq, work, session) : plan->in_game(seq, work, session);
}
