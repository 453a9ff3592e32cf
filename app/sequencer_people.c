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
    ENSURE(session != NULL);
    session->node.key = session_key(hash);
    memcpy(session->secret_hash, hash, SHA256_LEN);
    session->row = row;
    session->name = name;
    list_init(&session->lru);
    return session;
}

enum status session_find(struct sequencer *seq, const struct caller *caller,
                                struct session **ret)
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

static bool role_has(enum store_role role, enum right right)
{
    switch (role) {
    case STORE_OWNER: return true;
    case STORE_PLAYER: return right == RIGHT_WATCH || right == RIGHT_PLAY;
    case STORE_SPECTATOR: return right == RIGHT_WATCH;
    case STORE_NOBODY: return false;
    }
    return false;
}

enum status session_authorise(struct sequencer *seq, const struct tip *tip,
                             const struct session *session, enum right right,
                             enum store_role *ret_role)
{
    const bool owner = session && session->row == tip->owner;
    *ret_role = owner ? STORE_OWNER : STORE_PLAYER;
    if (tip->facts.link && seq->config.link_games)
        return OK;
    if (!session)
        return ERR_GAME_NOT_FOUND;
    enum store_role role = STORE_OWNER;
    if (!owner) {
        const enum status st = store_member_find(seq->config.store, tip->row, session->row, &role);
        if (st != OK)
            return st;
    }
    *ret_role = role;
    if (role == STORE_NOBODY)
        return ERR_GAME_NOT_FOUND;
    return role_has(role, right) ? OK : ERR_FORBIDDEN;
}

enum status session_for_create(struct sequencer *seq, struct work *work,
                                      struct session *known, struct session **ret)
{
    if (known) {
        *ret = known;
        return OK;
    }
    struct command *command = work->command;
    uint8_t secret[SHA256_LEN];
    uint8_t hash[SHA256_LEN];
    uint64_t row;
    struct id name;
    char name_text[ID_TEXT_SIZE];
    seq->config.random(secret, sizeof(secret));
    seq->config.random(&name, sizeof(name));
    id_text(name, name_text);
    crypto_base64url(slice_make(secret, sizeof(secret)), command->secret);
    crypto_sha256(slice_str(command->secret), hash);
    work->wrote = true;
    const enum status st = store_session_add(seq->config.store, hash, slice_str(name_text),
                                             seq->config.now_ms(), &row);
    if (st != OK)
        return step_failed(seq, st);
    work->session = session_new(hash, row, name);
    *ret = work->session;
    return OK;
}
