#include "app/sequencer_parts.h"

#include <string.h>

enum { INVITATION_BYTES = 24 }; /* of a code: 32 characters */

/* What is known of a game's members when one of them is looked for. */
struct roll_call {
    struct slice name; /* who is looked for */
    uint64_t session;  /* their row; 0: no member */
    enum store_role role;
    size_t count, owners;
};

static bool on_member(void *arg, const struct store_member *member)
{
    struct roll_call *call = arg;
    call->count++;
    if (member->role == STORE_OWNER)
        call->owners++;
    if (slice_eq(member->session_name, call->name)) {
        call->session = member->session;
        call->role = member->role;
    }
    return true;
}

static enum status call_roll(struct sequencer *seq, const struct tip *tip, struct slice name,
                             struct roll_call *ret)
{
    *ret = (struct roll_call){.name = name, .role = STORE_NOBODY};
    return store_member_list(seq->config.store, tip->row, 0, LIMIT_MEMBERS, on_member, ret);
}

/* In a transaction. */
static enum status write_role(struct sequencer *seq, struct work *work, uint64_t session,
                              enum store_role role)
{
    struct tip *tip = work->tip;
    work->wrote = true;
    const enum status st = store_member_set(seq->config.store, tip->row, session, role);
    if (st != OK)
        return step_failed(seq, st);
    roles_forget(tip);
    seq->people_changed = true;
    work->notice = notice_new(NOTICE_ROLE, seq->config.threads);
    work->notice->game = tip->facts.id;
    work->notice->session = session;
    work->notice->role = role;
    return OK;
}

/* Give the member that the command names this role; STORE_NOBODY takes it away. */
static enum status change_role(struct sequencer *seq, struct work *work, enum store_role role)
{
    char name[ID_TEXT_SIZE];
    struct roll_call call;
    id_text(work->command->other, name);
    enum status st = call_roll(seq, work->tip, slice_str(name), &call);
    if (st != OK)
        return st;
    if (call.session == 0)
        return ERR_NOT_FOUND;
    if (call.role == role)
        return OK;
    if (call.role == STORE_OWNER && call.owners == 1)
        return ERR_LAST_OWNER;
    st = step_transaction(seq);
    return st == OK ? write_role(seq, work, call.session, role) : st;
}

/* Who they are is read elsewhere. */
enum status decide_members(struct sequencer *seq, struct work *work, const struct session *session)
{
    (void)seq;
    (void)session;
    work->command->row = work->tip->row;
    work->to_archive = true;
    return OK;
}

enum status decide_member_set(struct sequencer *seq, struct work *work,
                              const struct session *session)
{
    (void)session;
    return change_role(seq, work, work->command->give);
}

/* Everybody may go, and only owners may send others away. */
enum status decide_member_remove(struct sequencer *seq, struct work *work, struct session *session)
{
    const bool leaves = session && id_eq(session->name, work->command->other);
    const enum status st =
        work_enter_game(seq, work, session, leaves ? DEED_LEAVE : DEED_SET_MEMBERS);
    return st == OK ? change_role(seq, work, STORE_NOBODY) : st;
}

static bool on_invitation(void *arg, const struct store_invitation *invitation)
{
    (void)invitation;
    (*(size_t *)arg)++;
    return true;
}

enum status decide_invite(struct sequencer *seq, struct work *work, const struct session *session)
{
    struct command *command = work->command;
    uint8_t secret[INVITATION_BYTES];
    uint8_t hash[SHA256_LEN];
    char name[ID_TEXT_SIZE];
    size_t count = 0;
    (void)session;
    enum status st =
        store_invitation_list(seq->config.store, work->tip->row, on_invitation, &count);
    if (st == OK && count >= seq->config.people.invitations)
        st = ERR_INVITATIONS_FULL;
    if (st == OK)
        st = step_transaction(seq);
    if (st != OK)
        return st;
    seq->config.random(secret, sizeof(secret));
    seq->config.random(&command->made, sizeof(command->made));
    id_text(command->made, name);
    crypto_base64url(slice_make(secret, sizeof(secret)), command->secret);
    crypto_sha256(slice_str(command->secret), hash);
    work->wrote = true;
    st = store_invitation_add(seq->config.store, &(struct store_new_invitation){
                                                     .game = work->tip->row,
                                                     .secret_hash = hash,
                                                     .name = slice_str(name),
                                                     .role = command->give,
                                                     .once = command->once,
                                                     .at_ms = seq->config.now_ms(),
                                                     .expires_ms = INT64_MAX,
                                                 });
    return st == OK ? OK : step_failed(seq, st);
}

enum status decide_invitation_remove(struct sequencer *seq, struct work *work,
                                     const struct session *session)
{
    char name[ID_TEXT_SIZE];
    (void)session;
    id_text(work->command->other, name);
    enum status st = step_transaction(seq);
    if (st != OK)
        return st;
    work->wrote = true;
    seq->people_changed = true;
    st = store_invitation_remove(seq->config.store, work->tip->row, slice_str(name));
    return st == OK || st == ERR_NOT_FOUND ? st : step_failed(seq, st);
}

/* ---- accepting ---- */

/* What a role may is more than what one with a smaller number here may. */
static int rank(enum store_role role)
{
    switch (role) {
    case STORE_NOBODY: return 0;
    case STORE_SPECTATOR: return 1;
    case STORE_PLAYER: return 2;
    case STORE_OWNER: return 3;
    }
    return 0;
}

/* The invitation that the command has the code of, and its game, which becomes the work's. The code
 * itself is compared nowhere: it is looked up by its hash, and how long that takes tells nothing of
 * a code that somebody would have to guess. */
static enum status find_invitation(struct sequencer *seq, struct work *work,
                                   struct store_invitation *ret)
{
    struct command *command = work->command;
    struct tip *tip;
    enum status st = store_invitation_find(seq->config.store, command->code_hash, &seq->arena, ret);
    if (st == ERR_NOT_FOUND)
        return ERR_CODE_NOT_FOUND;
    if (st == OK)
        st = id_parse(ret->game_name, &command->game) == OK ? OK : ERR_CORRUPT;
    if (st == OK)
        st = tip_load(seq, command->game, &tip);
    if (st == ERR_GAME_NOT_FOUND)
        return ERR_CODE_NOT_FOUND;
    if (st != OK)
        return st;
    work->tip = tip;
    work->depends = work->depends || tip->pending != NULL;
    return OK;
}

/* In a transaction, which goes on only when all of it was written. */
static enum status join(struct sequencer *seq, struct work *work, struct session *known,
                        const struct store_invitation *invitation)
{
    struct session *session;
    enum status st = session_for_create(seq, work, known, &session);
    if (st == OK)
        st = write_role(seq, work, session->row, invitation->role);
    if (st != OK || !invitation->once)
        return st;
    st = store_invitation_remove(seq->config.store, work->tip->row, invitation->name);
    return st == OK ? OK : step_failed(seq, st);
}

/* An invitation never lowers a role; one that gives nothing new is not used up. */
enum status decide_accept(struct sequencer *seq, struct work *work, struct session *session)
{
    struct store_invitation invitation;
    struct roll_call call = {.count = 0};
    enum store_role role;
    enum status st = find_invitation(seq, work, &invitation);
    if (st == OK)
        st = session_role(seq, work->tip, session, &role);
    if (st != OK)
        return st;
    work->command->role = role;
    if (rank(role) >= rank(invitation.role))
        return OK;
    if (role == STORE_NOBODY)
        st = call_roll(seq, work->tip, SLICE_NONE, &call);
    if (st == OK && call.count >= seq->config.people.members)
        st = ERR_MEMBERS_FULL;
    if (st == OK)
        st = step_transaction(seq);
    if (st == OK)
        st = join(seq, work, session, &invitation);
    if (st == OK)
        work->command->role = invitation.role;
    return st;
}
