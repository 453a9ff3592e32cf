#include "app/sequencer_parts.h"

#include <stdlib.h>
#include <string.h>

enum { SESSIONS_MAX = 20000 }; /* known sessions kept in memory */

static struct id session_key(const uint8_t hash[SHA256_LEN])
{
    struct id key;
    memcpy(&key, hash, sizeof(key));
    return key;
}

void session_drop(struct sequencer *seq, struct session *session)
{
    map_remove(&seq->sessions, &session->node);
    list_unlink(&session->lru);
    free(session);
}

void session_keep(struct sequencer *seq, struct session *session)
{
    if (seq->sessions.count >= SESSIONS_MAX)
        session_drop(seq, container_of(seq->recent_sessions.next, struct session, lru));
    map_add(&seq->sessions, &session->node);
    list_append(&seq->recent_sessions, &session->lru);
}

struct session *session_new(const uint8_t hash[SHA256_LEN], uint64_t row, struct id name)
{
    struct session *session = calloc(1, sizeof(*session));
    ENSURE_MEMORY(session);
    session->node.key = session_key(hash);
    memcpy(session->secret_hash, hash, SHA256_LEN);
    session->row = row;
    session->name = name;
    list_init(&session->lru);
    return session;
}

enum status session_find(struct sequencer *seq, const struct caller *caller, struct session **ret)
{
    *ret = NULL;
    if (!caller->has_secret)
        return OK;
    struct map_node *node = map_find(&seq->sessions, session_key(caller->secret_hash));
    if (node) {
        struct session *known = container_of(node, struct session, node);
        if (!crypto_equal(known->secret_hash, caller->secret_hash, SHA256_LEN))
            return ERR_UNAUTHORIZED;
        list_unlink(&known->lru);
        list_append(&seq->recent_sessions, &known->lru);
        *ret = known;
        return OK;
    }
    struct store_session stored;
    struct id name;
    const enum status st =
        store_session_find(seq->config.store, caller->secret_hash, &seq->arena, &stored);
    if (st == ERR_NOT_FOUND)
        return caller->bearer ? ERR_UNAUTHORIZED : OK;
    if (st != OK)
        return st;
    if (id_parse(stored.name, &name) != OK)
        return ERR_CORRUPT;
    *ret = session_new(caller->secret_hash, stored.row, name);
    session_keep(seq, *ret);
    return OK;
}

void roles_forget(struct tip *tip)
{
    tip->role_count = 0;
    tip->role_next = 0;
}

void roles_note(struct tip *tip, uint64_t session, enum store_role role)
{
    tip->roles[tip->role_next] = (struct known_role){.session = session, .role = role};
    tip->role_next = (tip->role_next + 1) % ROLES_KEPT;
    if (tip->role_count < ROLES_KEPT)
        tip->role_count++;
}

enum status session_role(struct sequencer *seq, struct tip *tip, const struct session *session,
                         enum store_role *ret)
{
    *ret = STORE_NOBODY;
    if (!session)
        return OK;
    for (uint32_t i = 0; i < tip->role_count; i++) {
        if (tip->roles[i].session == session->row) {
            *ret = tip->roles[i].role;
            return OK;
        }
    }
    const enum status st = store_member_find(seq->config.store, tip->row, session->row, ret);
    if (st == OK)
        roles_note(tip, session->row, *ret);
    return st;
}

enum status session_authorise(struct sequencer *seq, struct tip *tip, const struct session *session,
                              enum deed deed, struct command *command)
{
    const bool link = tip->facts.link && seq->config.link_games;
    enum store_role role = STORE_NOBODY;
    command->role = STORE_PLAYER;
    /* Only who watches needs to know as what, where everybody may do it. */
    if (link && command->kind != COMMAND_ATTACH && rights_in_game(deed, role, true) == OK)
        return OK;
    const enum status st = session_role(seq, tip, session, &role);
    if (st != OK)
        return st;
    /* Whoever is at a link game without being its member may play, and is counted so. */
    if (role != STORE_NOBODY)
        command->role = role;
    return rights_in_game(deed, role, link);
}

enum status session_for_create(struct sequencer *seq, struct work *work, struct session *known,
                               struct session **ret)
{
    if (known) {
        *ret = known;
        return OK;
    }
    struct command *command = work->command;
    uint8_t secret[SHA256_LEN];
    uint8_t hash[SHA256_LEN];
    uint64_t row;
    struct id name, device;
    char name_text[ID_TEXT_SIZE];
    char device_text[ID_TEXT_SIZE];
    seq->config.random(secret, sizeof(secret));
    seq->config.random(&name, sizeof(name));
    seq->config.random(&device, sizeof(device));
    id_text(name, name_text);
    id_text(device, device_text);
    crypto_base64url(slice_make(secret, sizeof(secret)), command->secret);
    crypto_sha256(slice_str(command->secret), hash);
    work->wrote = true;
    const struct store_new_device first = {
        .secret_hash = hash, .name = slice_str(device_text), .at_ms = seq->config.now_ms()};
    enum status st = store_session_add(seq->config.store, slice_str(name_text), first.at_ms, &row);
    if (st == OK)
        st = store_device_add(seq->config.store, row, &first);
    if (st != OK)
        return step_failed(seq, st);
    work->session = session_new(hash, row, name);
    *ret = work->session;
    return OK;
}
