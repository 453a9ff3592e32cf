#include "app/sequencer.h"

#include <stdlib.h>
#include <string.h>

#include "app/base/log.h"
#include "app/base/metrics.h"
#include "app/message.h"
#include "app/snapshot.h"

enum {
    SESSIONS_MAX = 20000,    /* known sessions kept in memory */
    CHECKPOINT_PAGES = 8000, /* of new log, 4 KB each: then a checkpoint outside the commit */
    MASK_BITS = 64,
};
_Static_assert((int)LIMIT_IO_THREADS <= (int)MASK_BITS,
               "a bit of the watcher mask for each io thread");

/* What a caller wants to do in a game. */
enum right { RIGHT_WATCH, RIGHT_PLAY, RIGHT_OWN };

/* A game that is held in memory: what was committed last. */
struct tip {
    struct list lru; /* in sequencer.recent, newest last */
    struct game *game;
    uint64_t row;
    uint64_t owner;          /* session row */
    struct game_facts facts; /* holds a reference to the story */
    struct state state;
    struct update *update; /* one reference */
    struct step *pending;  /* newest step of this batch, not committed; NULL between batches */
    bool suspect;          /* the store holds something else: read it again */
};

/* How many watch a game, by io thread and role. */
struct audience {
    struct list node; /* in sequencer.audiences, while not told */
    struct game *game;
    uint32_t counts[][PRESENCE_ROLES]; /* one for each io thread */
};

/* What is known of a game: who watches, and its tip when it is loaded. Exists while either. */
struct game {
    struct map_node node;
    uint64_t watchers; /* bit i: io thread i */
    struct tip *tip;
    struct audience *audience; /* NULL: nothing was said; only while somebody watches */
};

/* One accepted write of this batch; lives in the batch's arena. */
struct step {
    struct tip *tip;
    struct state state;
    struct update *update; /* one reference */
};

/* One command of this batch and what came of it. */
struct work {
    struct command *command;
    struct step *step;       /* what it wrote, or NULL */
    struct tip *tip;         /* the game it may see, or NULL */
    struct session *session; /* made by it, or NULL */
    bool wrote;              /* is lost when the commit fails */
    bool depends;            /* was decided by something not committed yet */
    bool to_archive;         /* goes on there */
    bool created;            /* its tip is not in the map yet */
};

/* A session that was seen lately. */
struct session {
    struct map_node node; /* key: first half of the secret's hash */
    struct list lru;
    uint8_t secret_hash[SHA256_LEN];
    uint64_t row;
    struct id name;
};

/* A growing buffer and the writer into it. */
struct sheet {
    struct buf buf;
    struct json_out *out;
};

struct sequencer {
    struct sequencer_config config;
    struct queue inbox;
    pthread_t thread;
    struct map games;
    struct list recent; /* tips, least recently used first */
    size_t tip_count;
    struct map sessions;
    struct list recent_sessions;
    struct list audiences;     /* that changed in this batch */
    uint64_t audience_version; /* of the newest that was told, of whichever game */
    struct library library;
    struct arena arena; /* of the batch */
    struct sheet event, snapshot, needs;
    struct buf state;
    struct event *scratch; /* the event being made */
    struct list *outboxes; /* one for each io thread: answers and updates of this batch */
    bool in_transaction;
    bool broken;        /* the transaction failed: nothing of this batch will be kept */
    bool suspects;      /* some tip is suspect */
    struct work *works; /* batch_max of them */
    struct checkpoint_mail checkpoint;
    size_t checkpoint_pages; /* of the log when the last checkpoint was asked for */
    atomic_bool healthy;
};

/* ---- sessions ---- */

static struct id session_key(const uint8_t hash[SHA256_LEN])
{
    struct id key;
    memcpy(&key, hash, sizeof(key));
    return key;
}

static void session_drop(struct sequencer *seq, struct session *session)
{
    map_remove(&seq->sessions, &session->node);
    list_unlink(&session->lru);
    free(session);
}

static void session_keep(struct sequencer *seq, struct session *session)
{
    if (seq->sessions.count >= SESSIONS_MAX)
        session_drop(seq, container_of(seq->recent_sessions.next, struct session, lru));
    map_add(&seq->sessions, &session->node);
    list_append(&seq->recent_sessions, &session->lru);
}

static struct session *session_new(const uint8_t hash[SHA256_LEN], uint64_t row, struct id name)
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

/* The caller's session, or NULL for nobody. A stale cookie is nobody; a bearer that is not known
 * is refused, since its sender meant to be somebody. */
static enum status find_session(struct sequencer *seq, const struct caller *caller,
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

/* ---- games in memory ---- */

static struct game *game_find(struct sequencer *seq, struct id id)
{
    struct map_node *node = map_find(&seq->games, id);
    return node ? container_of(node, struct game, node) : NULL;
}

static struct game *game_get(struct sequencer *seq, struct id id)
{
    struct game *game = game_find(seq, id);
    if (game)
        return game;
    game = calloc(1, sizeof(*game));
    ENSURE(game != NULL);
    game->node.key = id;
    map_add(&seq->games, &game->node);
    return game;
}

static void audience_free(struct game *game)
{
    if (!game->audience)
        return;
    list_unlink(&game->audience->node);
    free(game->audience);
    game->audience = NULL;
}

/* Nobody watches it and it is not loaded: nothing is known of it any more. */
static void game_forget_if_idle(struct sequencer *seq, struct game *game)
{
    if (game->tip || game->watchers)
        return;
    map_remove(&seq->games, &game->node);
    free(game);
}

static void tip_free(struct tip *tip)
{
    if (!tip)
        return;
    story_unref(tip->facts.story);
    update_unref(tip->update);
    free(tip);
}

static void tip_evict(struct sequencer *seq, struct tip *tip)
{
    struct game *game = tip->game;
    ENSURE(!tip->pending);
    list_unlink(&tip->lru);
    seq->tip_count--;
    metric_add(METRIC_GAMES_LOADED, -1);
    game->tip = NULL;
    tip_free(tip);
    game_forget_if_idle(seq, game);
}

static void tip_keep(struct sequencer *seq, struct tip *tip)
{
    tip->game = game_get(seq, tip->facts.id);
    ENSURE(!tip->game->tip);
    tip->game->tip = tip;
    list_append(&seq->recent, &tip->lru);
    seq->tip_count++;
    metric_add(METRIC_GAMES_LOADED, 1);
}

static struct tip *tip_new(void)
{
    struct tip *tip = calloc(1, sizeof(*tip));
    ENSURE(tip != NULL);
    list_init(&tip->lru);
    return tip;
}

static enum status tip_fill(struct sequencer *seq, const struct store_game *stored, struct id id,
                            struct tip *tip)
{
    tip->row = stored->row;
    tip->owner = stored->owner;
    tip->facts.id = id;
    tip->facts.link = stored->link;
    memcpy(tip->facts.seed, stored->seed, SEED_LEN);
    if (id_parse(stored->owner_name, &tip->facts.owner) != OK)
        return ERR_CORRUPT;
    enum status st =
        library_story(&seq->library, seq->config.store, stored->story_hash, &tip->facts.story);
    if (st != OK)
        return st;
    st = state_decode(stored->state, tip->facts.story, &tip->state);
    if (st != OK)
        return st;
    if (tip->state.version != stored->version)
        return ERR_CORRUPT;
    tip->update =
        update_new(id, stored->version, stored->snapshot, seq->config.threads, seq->config.seal);
    return OK;
}

/* The game in memory, read from the database if need be. ERR_GAME_NOT_FOUND, or the store's. */
static enum status tip_load(struct sequencer *seq, struct id id, struct tip **ret)
{
    struct game *game = game_find(seq, id);
    if (game && game->tip) {
        list_unlink(&game->tip->lru);
        list_append(&seq->recent, &game->tip->lru);
        *ret = game->tip;
        return OK;
    }
    char name[ID_TEXT_SIZE];
    struct store_game stored;
    id_text(id, name);
    enum status st = store_game_load(seq->config.store, slice_str(name), &seq->arena, &stored);
    if (st == ERR_NOT_FOUND)
        return ERR_GAME_NOT_FOUND;
    if (st != OK)
        return st;
    struct tip *tip = tip_new();
    st = tip_fill(seq, &stored, id, tip);
    if (st != OK) {
        tip_free(tip);
        return st;
    }
    metric_add(METRIC_GAME_LOADS, 1);
    tip_keep(seq, tip);
    *ret = tip;
    return OK;
}

/* ---- who may do what ---- */

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

/* *ret_role is as what the caller is here. ERR_GAME_NOT_FOUND for a stranger, as for a game that does
 * not exist; ERR_FORBIDDEN for a member whose role does not reach that far. */
static enum status authorise(struct sequencer *seq, const struct tip *tip,
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

/* ---- deciding ---- */

static const struct state *newest_state(const struct tip *tip)
{
    return tip->pending ? &tip->pending->state : &tip->state;
}

static enum status transaction(struct sequencer *seq)
{
    if (seq->broken)
        return ERR_STORAGE;
    if (seq->in_transaction)
        return OK;
    if (store_begin(seq->config.store) != OK) {
        seq->broken = true;
        return ERR_STORAGE;
    }
    seq->in_transaction = true;
    return OK;
}

/* A write failed. A conflict is this one entry's: the store holds something else than memory does,
 * and nothing of the entry was written. What is too large was not written either. Anything else
 * ends the transaction. */
static enum status write_failed(struct sequencer *seq, enum status st)
{
    if (st == ERR_TOO_LARGE)
        return st;
    if (st == ERR_CONFLICT) {
        log_event(LOG_ERROR, "store_conflict");
        return ERR_INTERNAL;
    }
    seq->broken = true;
    return ERR_STORAGE;
}

static void sheet_clear(struct sheet *sheet)
{
    buf_clear(&sheet->buf);
    json_out_reset(sheet->out);
}

/* Encode the state that a command led to, into the sequencer's sheets. */
static enum status encode_step(struct sequencer *seq, struct tip *tip, const struct state *next)
{
    sheet_clear(&seq->event);
    sheet_clear(&seq->snapshot);
    buf_clear(&seq->state);
    event_encode(seq->event.out, tip->facts.story, next, seq->scratch);
    snapshot_encode(seq->snapshot.out, &tip->facts, next, seq->scratch);
    state_encode(next, tip->facts.story, &seq->state);
    if (seq->event.buf.len <= LIMIT_EVENT_BYTES && seq->snapshot.buf.len <= LIMIT_SNAPSHOT_BYTES &&
        seq->state.len <= LIMIT_STATE_BYTES)
        return OK;
    /* The author wrote too much for one section; no player can help that. */
    log_event(LOG_ERROR, "step_too_large", L_SLICE("story", tip->facts.story->id));
    return ERR_INTERNAL;
}

/* Write what encode_step encoded; it becomes the game's pending step. */
static enum status append_step(struct sequencer *seq, struct work *work, struct tip *tip,
                               const struct state *next, const uint8_t *request_print)
{
    struct store_entry entry = {
        .game = tip->row,
        .version = next->version,
        .at_ms = seq->scratch->at_ms,
        .status = (uint8_t)next->status,
        .section = tip->facts.story->sections[next->section].number,
        .event = buf_slice(&seq->event.buf),
        .state = buf_slice(&seq->state),
        .snapshot = buf_slice(&seq->snapshot.buf),
        .request_id = request_print ? work->command->request_id : SLICE_NONE,
    };
    if (request_print)
        memcpy(entry.request_print, request_print, STORE_PRINT_LEN);
    work->wrote = true;
    const enum status st = store_append(seq->config.store, &entry);
    if (st == ERR_CONFLICT) {
        tip->suspect = true;
        seq->suspects = true;
    }
    if (st != OK)
        return write_failed(seq, st);
    struct step *step = arena_alloc(&seq->arena, sizeof(*step));
    step->tip = tip;
    step->state = *next;
    step->update = update_new(tip->facts.id, next->version, entry.snapshot, seq->config.threads,
                              seq->config.seal);
    tip->pending = step;
    work->step = step;
    work->tip = tip;
    work->command->version = next->version;
    return OK;
}

/* Encode and write the state that a command led to. */
static enum status write_step(struct sequencer *seq, struct work *work, struct tip *tip,
                              const struct state *next, const uint8_t *request_print)
{
    enum status st = encode_step(seq, tip, next);
    if (st == OK)
        st = transaction(seq);
    return st == OK ? append_step(seq, work, tip, next, request_print) : st;
}

/* The caller's session, made now if there is none; then its secret is in the answer, once. */
static enum status session_for_create(struct sequencer *seq, struct work *work,
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
        return write_failed(seq, st);
    work->session = session_new(hash, row, name);
    *ret = work->session;
    return OK;
}

/* A game without its first version would stop the commit of the whole batch: that version is
 * encoded, and so known to fit, before the game is made. */
static enum status write_new_game(struct sequencer *seq, struct work *work, struct tip *tip,
                                  const struct state *state)
{
    enum status st = encode_step(seq, tip, state);
    if (st != OK)
        return st;
    const struct story *story = tip->facts.story;
    char name[ID_TEXT_SIZE];
    id_text(tip->facts.id, name);
    struct store_new_game row = {
        .name = slice_str(name),
        .story_hash = story->hash,
        .story_id = story->id,
        .story_title = story->title,
        .story_source = story->source,
        .owner = tip->owner,
        .link = tip->facts.link,
        .at_ms = seq->scratch->at_ms,
    };
    memcpy(row.seed, tip->facts.seed, SEED_LEN);
    work->wrote = true;
    st = store_game_create(seq->config.store, &row, &tip->row);
    if (st != OK)
        return write_failed(seq, st);
    return append_step(seq, work, tip, state, NULL);
}

static struct tip *tip_begin(struct sequencer *seq, struct story *story, bool link)
{
    struct tip *tip = tip_new();
    tip->facts.link = link;
    tip->facts.story = story_ref(story);
    seq->config.random(&tip->facts.id, sizeof(tip->facts.id));
    seq->config.random(tip->facts.seed, SEED_LEN);
    return tip;
}

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
        st = transaction(seq);
    if (st == OK)
        st = session_for_create(seq, work, known, &owner);
    if (st == OK) {
        tip->owner = owner->row;
        tip->facts.owner = owner->name;
        st = write_new_game(seq, work, tip, &state);
    }
    if (st != OK) {
        tip_free(tip);
        return st;
    }
    work->created = true;
    command->game = tip->facts.id;
    return OK;
}

/* What a request id stands for: who asked for what. Used again with another content, it is
 * refused. */
static void request_print(const struct command *command, const struct session *session,
                          uint8_t ret[STORE_PRINT_LEN])
{
    uint8_t hash[SHA256_LEN];
    SCOPED(buf_release) struct buf text = {.at = NULL};
    buf_printf(&text, "%llu %llu %d %zu ", (unsigned long long)(session ? session->row : 0),
               (unsigned long long)command->if_version, command->choice.roll ? 1 : 0,
               command->choice.id.len);
    buf_append(&text, command->choice.id);
    buf_append(&text, command->choice.text);
    crypto_sha256(buf_slice(&text), hash);
    memcpy(ret, hash, STORE_PRINT_LEN);
}

/* Was this request id answered before? OK: no. */
static enum status check_request(struct sequencer *seq, struct command *command,
                                 const struct tip *tip, const uint8_t print[STORE_PRINT_LEN])
{
    uint64_t version;
    uint8_t first[STORE_PRINT_LEN];
    const enum status st =
        store_request_find(seq->config.store, tip->row, command->request_id, &version, first);
    if (st == ERR_NOT_FOUND)
        return OK;
    if (st != OK)
        return ERR_STORAGE;
    if (memcmp(first, print, STORE_PRINT_LEN) != 0)
        return ERR_REQUEST_ID_REUSED;
    command->version = version;
    command->duplicate = true;
    return OK;
}

static enum status play(struct sequencer *seq, struct command *command, const struct tip *tip,
                        struct state *ret)
{
    const struct state *state = newest_state(tip);
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

/* A command with a request id: was it done before? *ret is what the id stands for, in the caller's
 * room, or NULL when the command has none. */
static enum status name_request(struct sequencer *seq, const struct work *work,
                                const struct session *session, uint8_t room[STORE_PRINT_LEN],
                                const uint8_t **ret)
{
    *ret = NULL;
    if (work->command->request_id.len == 0)
        return OK;
    request_print(work->command, session, room);
    *ret = room;
    return check_request(seq, work->command, work->tip, room);
}

static enum status decide_choice(struct sequencer *seq, struct work *work,
                                 const struct session *session)
{
    struct command *command = work->command;
    uint8_t room[STORE_PRINT_LEN];
    const uint8_t *print;
    struct state next;
    enum status st = name_request(seq, work, session, room, &print);
    if (st != OK || command->duplicate)
        return st;
    st = play(seq, command, work->tip, &next);
    return st == OK ? write_step(seq, work, work->tip, &next, print) : st;
}

static enum status decide_stop_or_reset(struct sequencer *seq, struct work *work,
                                        const struct session *session)
{
    const struct tip *tip = work->tip;
    const struct command *command = work->command;
    uint8_t room[STORE_PRINT_LEN];
    const uint8_t *print;
    struct state next;
    enum status st = name_request(seq, work, session, room, &print);
    if (st != OK || command->duplicate)
        return st;
    const struct state *state = newest_state(tip);
    if (command->if_version != 0 && command->if_version != state->version)
        return ERR_STALE_VERSION;
    const int64_t now = seq->config.now_ms();
    if (command->kind == COMMAND_STOP)
        st = game_stop(tip->facts.story, state, now, &next, seq->scratch);
    else
        st = game_reset(tip->facts.story, tip->facts.seed, state, now, &next, seq->scratch);
    return st == OK ? write_step(seq, work, work->tip, &next, print) : st;
}

static enum status decide_feedback(struct sequencer *seq, struct work *work)
{
    char name[ID_TEXT_SIZE];
    enum status st = transaction(seq);
    if (st != OK)
        return st;
    id_text(work->command->game, name);
    work->wrote = true;
    st = store_feedback_add(seq->config.store, work->tip ? slice_str(name) : SLICE_NONE,
                            work->command->text, seq->config.now_ms());
    return st == OK ? OK : write_failed(seq, st);
}

/* What a thread says of a game that it has left meanwhile is no longer true. */
static void note_audience(struct sequencer *seq, const struct command *command)
{
    struct game *game = game_find(seq, command->game);
    if (!game || !((game->watchers >> command->thread) & 1))
        return;
    if (!game->audience) {
        game->audience = calloc(1, sizeof(*game->audience) +
                                       seq->config.threads * sizeof(game->audience->counts[0]));
        ENSURE(game->audience != NULL);
        game->audience->game = game;
        list_init(&game->audience->node);
    }
    memcpy(game->audience->counts[command->thread], command->watchers, sizeof(command->watchers));
    if (!list_linked(&game->audience->node))
        list_append(&seq->audiences, &game->audience->node);
}

static void detach(struct sequencer *seq, const struct command *command)
{
    struct game *game = game_find(seq, command->game);
    if (!game)
        return;
    const struct command gone = {.game = command->game, .thread = command->thread};
    if (game->audience)
        note_audience(seq, &gone);
    game->watchers &= ~(UINT64_C(1) << command->thread);
    if (!game->watchers)
        audience_free(game);
    game_forget_if_idle(seq, game);
}

/* Load the game and check the right; work->tip is set only for who may see it. */
static enum status enter_game(struct sequencer *seq, struct work *work,
                              const struct session *session, enum right right)
{
    struct tip *tip;
    enum status st = tip_load(seq, work->command->game, &tip);
    if (st != OK)
        return st;
    st = authorise(seq, tip, session, right, &work->command->role);
    /* Whoever may not see the game does not learn from a failed commit that it exists. */
    if (st == OK || st == ERR_FORBIDDEN) {
        work->tip = tip;
        work->depends = tip->pending != NULL;
    }
    return st;
}

static enum status decide_in_game(struct sequencer *seq, struct work *work,
                                  const struct session *session, enum right right)
{
    const enum status st = enter_game(seq, work, session, right);
    if (st != OK)
        return st;
    switch (work->command->kind) {
    case COMMAND_ATTACH:
        work->tip->game->watchers |= UINT64_C(1) << work->command->thread;
        return OK;
    case COMMAND_CHOICE: return decide_choice(seq, work, session);
    case COMMAND_STOP:
    case COMMAND_RESET: return decide_stop_or_reset(seq, work, session);
    case COMMAND_HISTORY:
    case COMMAND_EXPORT: work->to_archive = true; return OK;
    case COMMAND_FEEDBACK: return decide_feedback(seq, work);
    case COMMAND_READ:
    case COMMAND_CREATE:
    case COMMAND_DETACH:
    case COMMAND_PROBE:
    case COMMAND_PRESENCE:
    case COMMAND_LIST: return OK;
    }
    return ERR_INTERNAL;
}

/* Whoever asks whether the server is ready makes it find out: nobody else may write while it says no. */
static enum status decide_probe(struct sequencer *seq, struct work *work)
{
    enum status st = transaction(seq);
    if (st != OK)
        return st;
    work->wrote = true;
    st = store_touch(seq->config.store);
    return st == OK ? OK : write_failed(seq, st);
}

static enum status decide(struct sequencer *seq, struct work *work)
{
    struct command *command = work->command;
    struct session *session;
    if (command->kind == COMMAND_DETACH) {
        detach(seq, command);
        return OK;
    }
    if (command->kind == COMMAND_PROBE)
        return decide_probe(seq, work);
    if (command->kind == COMMAND_PRESENCE) {
        note_audience(seq, command);
        return OK;
    }
    const enum status st = find_session(seq, &command->caller, &session);
    if (st != OK)
        return st;
    command->session = session ? session->row : 0;
    switch (command->kind) {
    case COMMAND_CREATE: return decide_create(seq, work, session);
    case COMMAND_LIST: work->to_archive = true; return OK;
    case COMMAND_READ:
    case COMMAND_ATTACH:
    case COMMAND_HISTORY: return decide_in_game(seq, work, session, RIGHT_WATCH);
    case COMMAND_CHOICE: return decide_in_game(seq, work, session, RIGHT_PLAY);
    case COMMAND_STOP:
    case COMMAND_RESET:
    case COMMAND_EXPORT: return decide_in_game(seq, work, session, RIGHT_OWN);
    case COMMAND_FEEDBACK:
        if (id_is_none(command->game))
            return decide_feedback(seq, work);
        return decide_in_game(seq, work, session, RIGHT_WATCH);
    case COMMAND_PROBE:
    case COMMAND_DETACH:
    case COMMAND_PRESENCE: return OK;
    }
    return ERR_INTERNAL;
}

/* ---- after the commit ---- */

static void post(struct sequencer *seq, unsigned thread, struct mail *mail)
{
    list_append(&seq->outboxes[thread], &mail->node);
}

static void answer(struct sequencer *seq, struct work *work)
{
    struct command *command = work->command;
    if (command->status != OK && command->status != ERR_GAME_NOT_FOUND)
        metric_add(METRIC_REFUSALS, 1);
    if (work->tip && work->tip->update)
        command->update = update_ref(work->tip->update);
    /* The first answer to a repeated request is an older version than what is known here. */
    if (command->duplicate && command->exact && command->update &&
        command->update->version != command->version)
        work->to_archive = true;
    if (command->status == OK && work->to_archive &&
        queue_push(seq->config.archive, &command->mail.node))
        return;
    if (command->status == OK && work->to_archive)
        command->status = ERR_SHUTTING_DOWN;
    post(seq, command->thread, &command->mail);
}

static void publish(struct sequencer *seq, struct update *update, uint64_t watchers)
{
    for (unsigned thread = 0; thread < seq->config.threads; thread++) {
        if ((watchers >> thread) & 1) {
            update_ref(update);
            post(seq, thread, &update->posts[thread].mail);
        }
    }
}

/* Who watches is no state of the game: it is told whether the batch was committed or not. One
 * allocation for each change, as for a version; the threads share it. */
static void tell_audiences(struct sequencer *seq)
{
    for (struct list *node; (node = list_take(&seq->audiences)) != NULL;) {
        const struct audience *audience = container_of(node, struct audience, node);
        const struct id id = audience->game->node.key;
        uint32_t sums[PRESENCE_ROLES] = {0};
        for (unsigned thread = 0; thread < seq->config.threads; thread++) {
            for (size_t role = 0; role < PRESENCE_ROLES; role++)
                sums[role] += audience->counts[thread][role];
        }
        sheet_clear(&seq->needs);
        message_presence(seq->needs.out, id, sums);
        struct update *update =
            update_new_presence(id, ++seq->audience_version, buf_slice(&seq->needs.buf),
                                seq->config.threads, seq->config.seal);
        publish(seq, update, audience->game->watchers);
        update_unref(update);
    }
}

/* What was pending is committed: it becomes the game's state, and is shown. */
static void settle(struct sequencer *seq, struct work *work)
{
    struct step *step = work->step;
    if (!step) {
        free(work->session);
        answer(seq, work);
        return;
    }
    struct tip *tip = step->tip;
    if (work->created)
        tip_keep(seq, tip);
    if (work->session)
        session_keep(seq, work->session);
    work->command->new_session = work->session != NULL;
    update_unref(tip->update);
    tip->update = step->update;
    tip->state = step->state;
    if (tip->pending == step)
        tip->pending = NULL;
    metric_add(METRIC_COMMANDS, 1);
    /* The sender learns that its choice was accepted before it sees what came of it. */
    answer(seq, work);
    publish(seq, tip->update, tip->game->watchers);
}

/* Nothing of this batch happened. */
static void undo(struct sequencer *seq, struct work *work)
{
    struct command *command = work->command;
    if (work->step) {
        update_unref(work->step->update);
        work->step->tip->pending = NULL;
        if (work->created) {
            tip_free(work->step->tip);
            work->tip = NULL;
        }
    }
    free(work->session);
    if (work->wrote || work->depends) {
        command->status = ERR_STORAGE;
        command->version = 0;
        command->duplicate = false;
    }
    answer(seq, work);
}

static void show_sizes(struct sequencer *seq)
{
    metric_set(METRIC_DATABASE_BYTES, (int64_t)store_bytes(seq->config.store));
    metric_set(METRIC_LOG_PAGES, (int64_t)store_wal_pages(seq->config.store));
}

static bool commit(struct sequencer *seq)
{
    if (!seq->in_transaction && !seq->broken)
        return true;
    enum status st = ERR_IO;
    if (!seq->broken)
        st = store_commit(seq->config.store);
    else if (seq->in_transaction)
        store_rollback(seq->config.store);
    seq->in_transaction = false;
    seq->broken = false;
    const bool committed = st == OK;
    /* A line for each change, not for each batch of a bad hour; the counters count those. */
    if (atomic_exchange(&seq->healthy, committed) != committed)
        log_event(committed ? LOG_INFO : LOG_ERROR,
                  committed ? "commit_works_again" : "commit_failed",
                  L_STR("status", status_name(st)));
    metric_add(committed ? METRIC_BATCHES : METRIC_COMMIT_FAILURES, 1);
    if (committed)
        show_sizes(seq);
    return committed;
}

static void flush_outboxes(struct sequencer *seq)
{
    for (unsigned thread = 0; thread < seq->config.threads; thread++) {
        /* Io threads end after the sequencer: their queues are open. */
        if (!list_empty(&seq->outboxes[thread]))
            ENSURE(queue_push_all(seq->config.io[thread], &seq->outboxes[thread]));
    }
}

/* The log goes on growing while it is copied, and begins anew only when nothing in it is needed: what
 * counts is how much has come since the last checkpoint was asked for. */
static void checkpoint_if_due(struct sequencer *seq)
{
    const size_t pages = store_wal_pages(seq->config.store);
    if (pages < seq->checkpoint_pages)
        seq->checkpoint_pages = 0;
    if (pages - seq->checkpoint_pages < CHECKPOINT_PAGES)
        return;
    if (atomic_exchange(&seq->checkpoint.waiting, true))
        return;
    seq->checkpoint_pages = pages;
    if (!queue_push(seq->config.archive, &seq->checkpoint.mail.node))
        atomic_store(&seq->checkpoint.waiting, false);
}

static void evict_suspects(struct sequencer *seq)
{
    struct list *next;
    for (struct list *node = seq->recent.next; seq->suspects && node != &seq->recent; node = next) {
        next = node->next;
        struct tip *tip = container_of(node, struct tip, lru);
        if (tip->suspect)
            tip_evict(seq, tip);
    }
    seq->suspects = false;
}

static void evict_unused(struct sequencer *seq)
{
    while (seq->tip_count > seq->config.games_max)
        tip_evict(seq, container_of(seq->recent.next, struct tip, lru));
}

/* Whatever went wrong inside the store is one answer outside. */
static enum status outside(enum status st)
{
    return st == ERR_IO || st == ERR_FULL ? ERR_STORAGE : st;
}

static void turn(struct sequencer *seq, struct work *works, size_t count)
{
    for (size_t i = 0; i < count; i++)
        works[i].command->status = outside(decide(seq, &works[i]));
    const bool wrote = seq->in_transaction;
    const bool committed = commit(seq);
    for (size_t i = 0; i < count; i++) {
        /* A command that wrote and was refused all the same has no step: nothing of it is kept. */
        if (committed)
            settle(seq, &works[i]);
        else
            undo(seq, &works[i]);
    }
    tell_audiences(seq);
    flush_outboxes(seq);
    if (wrote && committed)
        checkpoint_if_due(seq);
    evict_suspects(seq);
    evict_unused(seq);
    arena_reset(&seq->arena);
}

void sequencer_turn(struct sequencer *seq, struct list *commands)
{
    while (!list_empty(commands)) {
        size_t count = 0;
        while (count < seq->config.batch_max) {
            struct list *node = list_take(commands);
            if (!node)
                break;
            struct mail *mail = container_of(node, struct mail, node);
            if (mail->kind == MAIL_CATALOGUE)
                library_receive(&seq->library, mail);
            else
                seq->works[count++] =
                    (struct work){.command = container_of(mail, struct command, mail)};
        }
        turn(seq, seq->works, count);
    }
}

/* ---- life ---- */

static void *sequencer_main(void *arg)
{
    struct sequencer *seq = arg;
    struct list commands;
    list_init(&commands);
    while (queue_wait(&seq->inbox, &commands))
        sequencer_turn(seq, &commands);
    return NULL;
}

static void sheet_init(struct sheet *sheet)
{
    sheet->buf = (struct buf){.at = NULL};
    sheet->out = json_out_new(&sheet->buf);
}

static void sheet_release(struct sheet *sheet)
{
    json_out_free(sheet->out);
    buf_release(&sheet->buf);
}

struct sequencer *sequencer_new(const struct sequencer_config *config)
{
    ENSURE(config->threads >= 1 && config->threads <= LIMIT_IO_THREADS);
    ENSURE(config->batch_max >= 1 && config->games_max >= 1);
    struct sequencer *seq = calloc(1, sizeof(*seq));
    ENSURE(seq != NULL);
    seq->config = *config;
    queue_init(&seq->inbox, NULL, NULL);
    map_init(&seq->games);
    map_init(&seq->sessions);
    list_init(&seq->recent);
    list_init(&seq->recent_sessions);
    list_init(&seq->audiences);
    library_init(&seq->library, config->catalogue);
    sheet_init(&seq->event);
    sheet_init(&seq->snapshot);
    sheet_init(&seq->needs);
    seq->scratch = calloc(1, sizeof(*seq->scratch));
    seq->outboxes = calloc(config->threads, sizeof(*seq->outboxes));
    seq->works = calloc(config->batch_max, sizeof(*seq->works));
    ENSURE(seq->scratch != NULL && seq->outboxes != NULL && seq->works != NULL);
    for (unsigned thread = 0; thread < config->threads; thread++)
        list_init(&seq->outboxes[thread]);
    seq->checkpoint.mail.kind = MAIL_CHECKPOINT;
    list_init(&seq->checkpoint.mail.node);
    atomic_init(&seq->checkpoint.waiting, false);
    atomic_init(&seq->healthy, true);
    show_sizes(seq);
    return seq;
}

static void free_games(struct sequencer *seq)
{
    for (struct list *node; (node = seq->recent.next) != &seq->recent;)
        tip_evict(seq, container_of(node, struct tip, lru));
    for (struct map_node *node; (node = map_any(&seq->games)) != NULL;) {
        map_remove(&seq->games, node);
        struct game *game = container_of(node, struct game, node);
        audience_free(game);
        free(game);
    }
    map_release(&seq->games);
}

void sequencer_free(struct sequencer *seq)
{
    if (!seq)
        return;
    free_games(seq);
    for (struct list *node; (node = seq->recent_sessions.next) != &seq->recent_sessions;)
        session_drop(seq, container_of(node, struct session, lru));
    map_release(&seq->sessions);
    library_release(&seq->library);
    sheet_release(&seq->event);
    sheet_release(&seq->snapshot);
    sheet_release(&seq->needs);
    buf_release(&seq->state);
    arena_release(&seq->arena);
    queue_release(&seq->inbox);
    free(seq->scratch);
    free(seq->outboxes);
    free(seq->works);
    free(seq);
}

void sequencer_start(struct sequencer *seq)
{
    ENSURE(pthread_create(&seq->thread, NULL, sequencer_main, seq) == 0);
}

void sequencer_stop(struct sequencer *seq)
{
    queue_close(&seq->inbox);
    ENSURE(pthread_join(seq->thread, NULL) == 0);
}

struct queue *sequencer_inbox(struct sequencer *seq)
{
    return &seq->inbox;
}

bool sequencer_healthy(const struct sequencer *seq)
{
    return atomic_load(&seq->healthy);
}
