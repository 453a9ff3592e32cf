#include "app/sequencer_parts.h"

#include <stdlib.h>
#include <string.h>

#include "app/base/log.h"

enum {
    SESSIONS_MAX = 20000,          /* known sessions kept in memory */
    SEEN_MS = 24 * 60 * 60 * 1000, /* so seldom it is written when a device was used */
};

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
    list_unlink(&session->unseen);
    free(session);
}

void session_forget_all(struct sequencer *seq)
{
    for (struct list *node; (node = seq->recent_sessions.next) != &seq->recent_sessions;)
        session_drop(seq, container_of(node, struct session, lru));
}

void session_forget_device(struct sequencer *seq, struct id device)
{
    struct list *next;
    for (struct list *node = seq->recent_sessions.next; node != &seq->recent_sessions;
         node = next) {
        next = node->next;
        struct session *session = container_of(node, struct session, lru);
        if (id_eq(session->device, device))
            session_drop(seq, session);
    }
}

void session_keep(struct sequencer *seq, struct session *session)
{
    if (seq->sessions.count >= SESSIONS_MAX)
        session_drop(seq, container_of(seq->recent_sessions.next, struct session, lru));
    map_add(&seq->sessions, &session->node);
    list_append(&seq->recent_sessions, &session->lru);
}

/* Not kept yet. */
static struct session *session_new(const uint8_t hash[SHA256_LEN], uint64_t row, struct id name)
{
    struct session *session = calloc(1, sizeof(*session));
    ENSURE_MEMORY(session);
    session->node.key = session_key(hash);
    memcpy(session->secret_hash, hash, SHA256_LEN);
    session->row = row;
    session->name = name;
    session->until_ms = INT64_MAX;
    list_init(&session->lru);
    list_init(&session->unseen);
    return session;
}

struct session *session_renewed(const struct session *session, const uint8_t hash[SHA256_LEN])
{
    struct session *renewed = session_new(hash, session->row, session->name);
    renewed->device = session->device;
    renewed->seen_ms = session->seen_ms;
    return renewed;
}

/* ERR_NOT_FOUND: nobody's secret, or one whose time is over. */
static enum status session_load(struct sequencer *seq, const uint8_t hash[SHA256_LEN],
                                struct session **ret)
{
    struct store_session stored;
    struct id name;
    struct id device;
    const enum status st = store_session_find(seq->config.store, hash, &seq->arena, &stored);
    if (st != OK)
        return st;
    if (id_parse(stored.name, &name) != OK || id_parse(stored.device.name, &device) != OK)
        return ERR_CORRUPT;
    if (stored.previous && seq->config.now_ms() >= stored.previous_until_ms)
        return ERR_NOT_FOUND;
    struct session *session = session_new(hash, stored.row, name);
    session->device = device;
    session->seen_ms = stored.device.seen_ms;
    if (stored.previous)
        session->until_ms = stored.previous_until_ms;
    session_keep(seq, session);
    *ret = session;
    return OK;
}

/* The one that is in memory, or NULL. */
static struct session *session_known(struct sequencer *seq, const uint8_t hash[SHA256_LEN])
{
    struct map_node *node = map_find(&seq->sessions, session_key(hash));
    if (!node)
        return NULL;
    struct session *known = container_of(node, struct session, node);
    /* Another one with the same first half, or a secret that has run out meanwhile. */
    if (!crypto_equal(known->secret_hash, hash, SHA256_LEN) ||
        (known->until_ms != INT64_MAX && seq->config.now_ms() >= known->until_ms)) {
        session_drop(seq, known);
        return NULL;
    }
    list_unlink(&known->lru);
    list_append(&seq->recent_sessions, &known->lru);
    return known;
}

enum status session_find(struct sequencer *seq, const struct caller *caller, struct session **ret)
{
    *ret = NULL;
    if (!caller->has_secret)
        return OK;
    *ret = session_known(seq, caller->secret_hash);
    if (*ret)
        return OK;
    const enum status st = session_load(seq, caller->secret_hash, ret);
    if (st == ERR_NOT_FOUND)
        return caller->bearer ? ERR_UNAUTHORIZED : OK;
    return st;
}

void session_note_visit(struct sequencer *seq, struct session *session)
{
    const int64_t now = seq->config.now_ms();
    if (now - session->seen_ms < SEEN_MS)
        return;
    session->seen_ms = now;
    if (!list_linked(&session->unseen))
        list_append(&seq->unseen, &session->unseen);
}

/* Behind the answers of the batch and in a transaction of its own: nobody waits for it, and nothing
 * depends on it. When it fails, the next visit of a day later writes it. */
void session_write_seen(struct sequencer *seq)
{
    char device[ID_TEXT_SIZE];
    if (list_empty(&seq->unseen))
        return;
    enum status st = store_begin(seq->config.store);
    for (struct list *node; (node = list_take(&seq->unseen)) != NULL;) {
        const struct session *session = container_of(node, struct session, unseen);
        id_text(session->device, device);
        if (st == OK)
            st = store_device_seen(seq->config.store, session->row, slice_str(device),
                                   session->seen_ms);
        /* Ended in this very batch. */
        if (st == ERR_NOT_FOUND)
            st = OK;
    }
    if (st == OK)
        st = store_commit(seq->config.store);
    else
        store_rollback(seq->config.store);
    if (st != OK)
        log_event(LOG_WARN, "seen_not_written", L_STR("status", status_name(st)));
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

enum status session_add_device(struct sequencer *seq, struct work *work, uint64_t row,
                               struct id name, struct slice label, int64_t at_ms)
{
    struct command *command = work->command;
    uint8_t secret[SHA256_LEN];
    uint8_t hash[SHA256_LEN];
    char device[ID_TEXT_SIZE];
    seq->config.random(secret, sizeof(secret));
    seq->config.random(&command->made, sizeof(command->made));
    id_text(command->made, device);
    crypto_base64url(slice_make(secret, sizeof(secret)), command->secret);
    crypto_sha256(slice_str(command->secret), hash);
    const struct store_new_device made = {
        .secret_hash = hash, .name = slice_str(device), .label = label, .at_ms = at_ms};
    work->wrote = true;
    const enum status st = store_device_add(seq->config.store, row, &made);
    if (st != OK)
        return step_failed(seq, st);
    work->session = session_new(hash, row, name);
    work->session->device = command->made;
    work->session->seen_ms = at_ms;
    return OK;
}

enum status session_for_create(struct sequencer *seq, struct work *work, struct session *known,
                               struct session **ret)
{
    if (known) {
        *ret = known;
        return OK;
    }
    uint64_t row;
    struct id name, device;
    char name_text[ID_TEXT_SIZE];
    seq->config.random(&name, sizeof(name));
    seq->config.random(&device, sizeof(device));
    id_text(name, name_text);
    work->wrote = true;
    const int64_t now = seq->config.now_ms();
    enum status st = store_session_add(seq->config.store, slice_str(name_text), now, &row);
    if (st != OK)
        return step_failed(seq, st);
    st = session_add_device(seq, work, row, name, SLICE_NONE, now);
    *ret = work->session;
    return st;
}
