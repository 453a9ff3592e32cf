/* The inside of the sequencer, shared by its files and nobody else:
 *
 *     sequencer.c          the batch: take, decide, commit, tell
 *     sequencer_decide.c   one function for each kind of command, in one table
 *     sequencer_deletion.c deleting
 *     sequencer_pasts.c    forks and imports
 *     sequencer_saves.c    going back, and saves
 *     sequencer_migrate.c  on with a newer edition of the story
 *     sequencer_steps.c    writing: a game, a step of a game, request ids
 *     sequencer_games.c    games in memory and who watches them
 *     sequencer_people.c   sessions and what they may do
 *     sequencer_members.c  commands about the members of a game
 *     sequencer_devices.c  commands about a session and its devices
 *
 * All of it runs on the sequencer's thread. */
#ifndef CASYS_SEQUENCER_PARTS_H
#define CASYS_SEQUENCER_PARTS_H

#include "app/message.h"
#include "app/notice.h"
#include "app/rights.h"
#include "app/sequencer.h"
#include "app/snapshot.h"

enum { ROLES_KEPT = 8 }; /* of a game in memory */

/* What a session is in a game, as it was looked up lately. */
struct known_role {
    uint64_t session; /* row */
    enum store_role role;
};

/* A game that is held in memory: what was committed last. */
struct tip {
    struct list lru; /* in sequencer.recent, newest last */
    struct game *game;
    uint64_t row;
    uint64_t owner;          /* session row; who began it, whatever became of them */
    struct game_facts facts; /* holds a reference to the story */
    struct state state;
    struct update *update; /* one reference */
    struct step *pending;  /* newest step of this batch, not committed; NULL between batches */
    bool suspect;          /* the store holds something else: read it again */
    bool gone;             /* deleted in this batch */
    /* Members, and who was found to be none: so that a choice asks the database nothing. Forgotten
     * by every change of the game's members. */
    struct known_role roles[ROLES_KEPT];
    uint32_t role_count, role_next; /* the next one takes that place */
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
    bool migrated;         /* the tip has another edition since */
};

/* One command of this batch and what came of it. */
struct work {
    struct command *command;
    struct step *step;       /* what it wrote, or NULL */
    struct tip *tip;         /* the game it may see, or NULL */
    struct session *session; /* made by it, or NULL */
    struct notice *notice;   /* what it has to tell the io threads, or NULL */
    bool wrote;              /* is lost when the commit fails */
    bool depends;            /* was decided by something not committed yet */
    bool to_archive;         /* goes on there */
    bool again;              /* comes back for its next piece (sequencer_pasts.c) */
    bool created;            /* its tip is not in the map yet */
    bool deletes;            /* its tip is gone with the commit */
};

/* A session that was seen lately, by one of the secrets of one of its devices. */
struct session {
    struct map_node node; /* key: first half of the secret's hash */
    struct list lru;
    struct list
        unseen; /* in sequencer.unseen, while it is to be written that the device was used */
    uint8_t secret_hash[SHA256_LEN];
    uint64_t row;
    struct id name;
    struct id device;
    int64_t until_ms; /* the secret is worth nothing from then on */
    int64_t seen_ms;  /* of the device, as it is stored or will be */
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
    struct list unseen;        /* sessions whose device is used again after a long time */
    struct list notices;       /* committed, not told yet */
    bool people_changed;       /* by this batch: what is decided by that depends on it */
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
    size_t pasts;            /* that are being written: commands that come again */
    size_t checkpoint_pages; /* of the log when the last checkpoint was asked for */
    atomic_bool healthy;
    struct upkeep upkeep;
    int64_t upkeep_ms; /* of its last piece; unix */
};

/* ---- sequencer_people.c ---- */

void session_keep(struct sequencer *seq, struct session *session);
void session_drop(struct sequencer *seq, struct session *session);
/* One of the secrets of the device is worth nothing any more, or its change was lost: ask the store. */
void session_forget_device(struct sequencer *seq, struct id device);
/* The same for whatever was looked up in a batch that was lost. */
void session_forget_all(struct sequencer *seq);
/* The same session by another secret of its device; not kept yet. */
struct session *session_renewed(const struct session *session, const uint8_t hash[SHA256_LEN]);
/* The caller has come. Once a day it is noted of its device, when nobody waits for it. */
void session_note_visit(struct sequencer *seq, struct session *session);
void session_write_seen(struct sequencer *seq);

/* Make a device for a session that is stored, with a secret that goes into the command's answer. In
 * a transaction. work->session becomes what the caller is from now on. */
enum status session_add_device(struct sequencer *seq, struct work *work, uint64_t row,
                               struct id name, struct slice label, int64_t at_ms) MUST_CHECK;

/* The caller's session, or NULL for nobody. A stale cookie is nobody; a bearer that is not known
 * is refused, since its sender meant to be somebody. ERR_UNAUTHORIZED, or the store's. */
enum status session_find(struct sequencer *seq, const struct caller *caller,
                         struct session **ret) MUST_CHECK;

/* The caller's session, made now if there is none; then its secret is in the answer, once. In a
 * transaction. */
enum status session_for_create(struct sequencer *seq, struct work *work, struct session *known,
                               struct session **ret) MUST_CHECK;

/* The session's role in the game; session may be NULL. */
enum status session_role(struct sequencer *seq, struct tip *tip, const struct session *session,
                         enum store_role *ret) MUST_CHECK;
/* The members of the game change, or their change was lost. */
void roles_forget(struct tip *tip);
/* What the session of that row is in a game that is new to it. */
void roles_note(struct tip *tip, uint64_t session, enum store_role role);

/* May the caller do this in this game (app/rights.h)? Its role goes into the command's answer where the
 * answer depends on it. ERR_GAME_NOT_FOUND, ERR_FORBIDDEN, or the store's. */
enum status session_authorise(struct sequencer *seq, struct tip *tip, const struct session *session,
                              enum deed deed, struct command *command) MUST_CHECK;

/* ---- sequencer_games.c ---- */

/* NULL: nothing is known of it in memory. */
struct game *game_known(struct sequencer *seq, struct id id);
void game_forget_if_idle(struct sequencer *seq, struct game *game);

struct tip *tip_new(void);
/* NULL is accepted. Not one that is kept. */
void tip_free(struct tip *tip);
void tip_keep(struct sequencer *seq, struct tip *tip);
void tip_evict(struct sequencer *seq, struct tip *tip);
/* The game in memory, read from the database if need be. ERR_GAME_NOT_FOUND, or the store's. */
enum status tip_load(struct sequencer *seq, struct id id, struct tip **ret) MUST_CHECK;

void audience_free(struct game *game);
/* What a thread says of a game that it has left meanwhile is no longer true. */
void audience_note(struct sequencer *seq, const struct command *command);
/* The thread has no watcher of the game any more. */
void audience_leave(struct sequencer *seq, const struct command *command);

/* ---- sequencer_steps.c ---- */

void sheet_clear(struct sheet *sheet);

/* The newest state, also when it is not committed yet. */
const struct state *tip_newest(const struct tip *tip);

/* Begin the batch's transaction unless it has begun. ERR_STORAGE */
enum status step_transaction(struct sequencer *seq) MUST_CHECK;

/* What becomes of a command whose write failed. */
enum status step_failed(struct sequencer *seq, enum status st) MUST_CHECK;

/* Encode and write the state that a command led to; seq->scratch is its event. request_print: what
 * the command's request id stands for, or NULL for none. */
enum status step_write(struct sequencer *seq, struct work *work, struct tip *tip,
                       const struct state *next, const uint8_t *request_print) MUST_CHECK;

/* A game that is not stored yet: a new id, a new seed. */
struct tip *tip_begin(struct sequencer *seq, struct story *story, bool link);
/* Write it with its first version. */
enum status step_new_game(struct sequencer *seq, struct work *work, struct tip *tip,
                          const struct state *state) MUST_CHECK;

/* The same for a game whose past is written (sequencer_pasts.c): begin it, with an origin; give it the
 * first version of its own. In a transaction. */
enum status step_past_begin(struct sequencer *seq, struct work *work, struct tip *tip,
                            struct slice origin) MUST_CHECK;
enum status step_past_end(struct sequencer *seq, struct work *work, struct tip *tip,
                          const struct state *next) MUST_CHECK;

/* A command with a request id: was it done before? Then it is marked as a duplicate. *ret is what the
 * id stands for, in the caller's room, or NULL when the command has none. ERR_REQUEST_ID_REUSED */
enum status step_request(struct sequencer *seq, const struct work *work,
                         const struct session *session, uint8_t room[STORE_PRINT_LEN],
                         const uint8_t **ret) MUST_CHECK;

/* ---- sequencer_saves.c ---- */

/* Have the archive prepare a version, and take the command up again then (app/errand.h). OK */
enum status errand_send(struct sequencer *seq, struct work *work, uint64_t of) MUST_CHECK;

/* UNDO and LOAD, before and after the version to go back to was read. */
enum status decide_back(struct sequencer *seq, struct work *work,
                        const struct session *session) MUST_CHECK;
enum status apply_back(struct sequencer *seq, struct work *work,
                       const struct session *session) MUST_CHECK;

/* SAVE, before and after the section of an older version was read; UNSAVE. */
enum status decide_save(struct sequencer *seq, struct work *work,
                        const struct session *session) MUST_CHECK;
enum status apply_save(struct sequencer *seq, struct work *work,
                       const struct session *session) MUST_CHECK;
enum status decide_unsave(struct sequencer *seq, struct work *work,
                          const struct session *session) MUST_CHECK;
/* ---- sequencer_members.c, sequencer_devices.c: plans of sequencer_decide.c ---- */

typedef enum status decide_fn(struct sequencer *seq, struct work *work, struct session *session);
typedef enum status in_game_fn(struct sequencer *seq, struct work *work,
                               const struct session *session);

in_game_fn decide_members, decide_member_set, decide_invite, decide_invitation_remove;
decide_fn decide_member_remove, decide_accept;
decide_fn decide_session, decide_known, decide_carry, decide_enter, decide_rotate,
    decide_device_remove;

/* ---- sequencer_deletion.c ---- */

enum status decide_delete(struct sequencer *seq, struct work *work,
                          const struct session *session) MUST_CHECK;

/* ---- sequencer_pasts.c ---- */

enum status decide_fork(struct sequencer *seq, struct work *work,
                        const struct session *session) MUST_CHECK;
enum status apply_fork(struct sequencer *seq, struct work *work,
                       const struct session *session) MUST_CHECK;
/* Before and after the document was read. */
enum status decide_import(struct sequencer *seq, struct work *work,
                          struct session *known) MUST_CHECK;
/* The command leaves the sequencer: forget what it had with it there. */
void errand_end(struct sequencer *seq, struct command *command);

/* ---- sequencer_migrate.c ---- */

/* MIGRATE */
enum status decide_migrate(struct sequencer *seq, struct work *work,
                           const struct session *session) MUST_CHECK;

/* ---- sequencer_decide.c ---- */

/* Load the command's game and check the right; work->tip is set only for who may see it. */
enum status work_enter_game(struct sequencer *seq, struct work *work, const struct session *session,
                            enum deed deed) MUST_CHECK;
/* What comes of the command; what it writes is not committed yet. */
enum status work_decide(struct sequencer *seq, struct work *work) MUST_CHECK;

#endif
