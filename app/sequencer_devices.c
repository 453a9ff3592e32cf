#include "app/sequencer_parts.h"

#include <string.h>

#include "app/carry.h"

enum { PREVIOUS_MS = 60 * 1000 }; /* the secret before the new one is good for so long */

/* Read elsewhere. */
enum status decide_session(struct sequencer *seq, struct work *work, struct session *session)
{
    (void)seq;
    work->command->self = session->name;
    work->to_archive = true;
    return OK;
}

/* That there is a session was the question. */
enum status decide_known(struct sequencer *seq, struct work *work, struct session *session)
{
    (void)seq;
    (void)work;
    (void)session;
    return OK;
}

static bool on_device(void *arg, const struct store_device *device)
{
    (void)device;
    (*(size_t *)arg)++;
    return true;
}

/* Room for one more? ERR_DEVICES_FULL */
static enum status check_devices(struct sequencer *seq, uint64_t session)
{
    size_t count = 0;
    const enum status st = store_device_list(seq->config.store, session, on_device, &count);
    if (st != OK)
        return st;
    return count < seq->config.people.devices ? OK : ERR_DEVICES_FULL;
}

/* In a transaction. It takes the place of the session's code before, if there is one. */
static enum status add_carry(struct sequencer *seq, struct work *work, uint64_t session,
                             const uint8_t hash[SHA256_LEN], int64_t expires_ms)
{
    work->wrote = true;
    const enum status st = store_carry_add(seq->config.store, session, hash, expires_ms);
    return st == OK ? OK : step_failed(seq, st);
}

enum status decide_carry(struct sequencer *seq, struct work *work, struct session *session)
{
    struct command *command = work->command;
    uint8_t bytes[CARRY_BYTES];
    uint8_t hash[SHA256_LEN];
    enum status st = check_devices(seq, session->row);
    if (st == OK)
        st = step_transaction(seq);
    if (st != OK)
        return st;
    seq->config.random(bytes, sizeof(bytes));
    carry_text(bytes, command->secret);
    ENSURE(carry_hash(slice_str(command->secret), hash) == OK);
    command->expires_ms = seq->config.now_ms() + seq->config.people.carry_ms;
    return add_carry(seq, work, session->row, hash, command->expires_ms);
}

enum status decide_enter(struct sequencer *seq, struct work *work, struct session *session)
{
    struct command *command = work->command;
    struct store_carry carry;
    (void)session; /* whoever it was until now, here it is somebody else from now on */
    enum status st = step_transaction(seq);
    if (st != OK)
        return st;
    work->wrote = true;
    seq->people_changed = true;
    st = store_carry_take(seq->config.store, command->code_hash, &seq->arena, &carry);
    if (st == ERR_NOT_FOUND)
        return ERR_CODE_NOT_FOUND;
    if (st != OK)
        return step_failed(seq, st);
    if (id_parse(carry.session_name, &command->self) != OK)
        return ERR_CORRUPT;
    const int64_t now = seq->config.now_ms();
    if (now >= carry.expires_ms)
        return ERR_CODE_NOT_FOUND;
    /* There was room when the code was made; the operator may have changed that. */
    st = check_devices(seq, carry.session);
    return st == OK
               ? session_add_device(seq, work, carry.session, command->self, command->text, now)
               : st;
}

/* Also with the previous secret: whoever lost the answer of the last time can ask again. */
enum status decide_rotate(struct sequencer *seq, struct work *work, struct session *session)
{
    struct command *command = work->command;
    uint8_t secret[SHA256_LEN];
    uint8_t hash[SHA256_LEN];
    const struct id device = session->device;
    char name[ID_TEXT_SIZE];
    enum status st = step_transaction(seq);
    if (st != OK)
        return st;
    seq->config.random(secret, sizeof(secret));
    crypto_base64url(slice_make(secret, sizeof(secret)), command->secret);
    crypto_sha256(slice_str(command->secret), hash);
    command->self = session->name;
    work->wrote = true;
    const int64_t now = seq->config.now_ms();
    id_text(device, name);
    st = store_device_rotate(seq->config.store, session->row, slice_str(name), hash, now,
                             now + PREVIOUS_MS);
    if (st != OK)
        return step_failed(seq, st);
    work->session = session_renewed(session, hash);
    session_forget_device(seq, device);
    seq->people_changed = true;
    work->notice = notice_new(NOTICE_NEW_SECRET, seq->config.threads);
    work->notice->device = device;
    return OK;
}

enum status decide_device_remove(struct sequencer *seq, struct work *work, struct session *session)
{
    const struct id device = work->command->other;
    const uint64_t row = session->row;
    char name[ID_TEXT_SIZE];
    uint8_t nothing[SHA256_LEN];
    enum status st = step_transaction(seq);
    if (st != OK)
        return st;
    id_text(device, name);
    work->wrote = true;
    st = store_device_remove(seq->config.store, row, slice_str(name));
    if (st == ERR_NOT_FOUND)
        return st;
    if (st != OK)
        return step_failed(seq, st);
    session_forget_device(seq, device); /* it may be the caller's own */
    seq->people_changed = true;
    work->notice = notice_new(NOTICE_DEVICE_ENDED, seq->config.threads);
    work->notice->device = device;
    /* A code that the device has made for itself must not let it in again: one that nobody knows
     * takes its place. */
    seq->config.random(nothing, sizeof(nothing));
    return add_carry(seq, work, row, nothing, 0);
}
