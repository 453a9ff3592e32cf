/* What an engine keeps: rows and transactions. It knows names, versions and bytes, and nothing of
 * games. storage/sqlite_store.h is the engine in use; tests have one in memory that fails on cue.
 *
 * Writing belongs to one thread (the sequencer) and goes begin, any of the writing calls, commit or
 * rollback. Reading calls work on the same store at any time, and on further stores opened read-only
 * on other threads, each store used by one thread.
 *
 * Every call may return ERR_IO (the engine failed; inside a transaction only rollback may follow: a
 * further writing call and the commit give ERR_IO again) and ERR_CORRUPT (stored bytes that no
 * engine wrote). A call that is given bytes beyond app/base/limits.h returns ERR_TOO_LARGE and has
 * done nothing. Slices given are borrowed for the call; slices returned live in the arena that was
 * given, or, in a visitor, until it returns. A visitor does not call the store it visits. */
#ifndef CASYS_STORAGE_STORE_H
#define CASYS_STORAGE_STORE_H

#include "app/base/arena.h"
#include "app/base/crypto.h"

enum { STORE_SEED_LEN = 32, STORE_PRINT_LEN = 16 };

/* A role's number is stored: never renumber. */
enum store_role { STORE_NOBODY = 0, STORE_OWNER = 1, STORE_PLAYER = 2, STORE_SPECTATOR = 3 };

/* An edition of a story. */
struct store_story {
    const uint8_t *hash; /* SHA256_LEN */
    struct slice id;     /* short name, shown by list */
    struct slice title;
    struct slice source; /* kept once per hash */
};

/* One accepted command: journal row, new state, new snapshot and request id, all or nothing. */
struct store_entry {
    uint64_t game;    /* row */
    uint64_t version; /* must be the game's stored version + 1 */
    int64_t at_ms;    /* unix */
    uint8_t status;   /* opaque here; shown by list */
    int32_t section;  /* number, shown by list */
    struct slice event;
    struct slice state;
    struct slice snapshot;
    struct slice request_id;                /* 0..LIMIT_REQUEST_ID_BYTES; empty: none */
    uint8_t request_print[STORE_PRINT_LEN]; /* of the request's content */
    /* The game goes on with this edition; NULL: with the one that it has. Earlier ones stay. */
    const struct store_story *edition;
};

/* A game to be made. Its version is 0 until the first append. */
struct store_new_game {
    struct slice name;         /* public id, unique */
    const uint8_t *story_hash; /* SHA256_LEN */
    struct slice story_id;     /* short name, shown by list */
    struct slice story_title;
    struct slice story_source; /* kept once per hash */
    uint64_t owner;            /* session row; becomes a member with STORE_OWNER */
    bool has_past;             /* its past is written first: store_past_add, store_past_end */
    bool link;                 /* whoever knows the name may play */
    uint8_t seed[STORE_SEED_LEN];
    struct slice origin; /* opaque here: of a past that its own seed did not throw; empty: none */
    int64_t at_ms;
};

/* A game as stored. */
struct store_game {
    uint64_t row;
    struct slice name;
    uint8_t story_hash[SHA256_LEN];
    uint64_t owner;
    struct slice owner_name; /* the owning session's public id */
    bool link;
    uint8_t seed[STORE_SEED_LEN];
    uint64_t version;
    struct slice state;
    struct slice snapshot;
    struct slice origin; /* empty: none */
};

/* A session is a player, and has 1 to LIMIT_DEVICES devices: browsers and programs, each with a
 * secret of its own. Of secrets only hashes are stored. */
struct store_new_device {
    const uint8_t *secret_hash; /* SHA256_LEN */
    struct slice name;          /* public id, unique in its session */
    struct slice label;         /* for people; may be empty */
    int64_t at_ms;
};

struct store_device {
    struct slice name, label;
    int64_t created_ms, seen_ms,
        rotated_ms; /* rotated_ms is created_ms before the first rotation */
};

/* A session, as one of its devices' secrets found it. */
struct store_session {
    uint64_t row;
    struct slice name; /* public id */
    struct store_device device;
    bool previous;             /* found by the secret before the present one: */
    int64_t previous_until_ms; /* which is good until then; 0 when not found so */
};

/* A code that opens a session on another device. */
struct store_carry {
    uint64_t session;
    struct slice session_name;
    int64_t expires_ms;
};

struct store_member {
    uint64_t session; /* the cursor */
    struct slice session_name;
    enum store_role role;
};

struct store_new_invitation {
    uint64_t game;
    const uint8_t *secret_hash; /* SHA256_LEN; of the code */
    struct slice name;          /* public id, unique in its game */
    enum store_role role;       /* not STORE_NOBODY */
    bool once;                  /* kept here only: whoever accepts it takes it away */
    int64_t at_ms;
    int64_t expires_ms; /* INT64_MAX: never */
};

struct store_invitation {
    uint64_t game;
    struct slice game_name, name;
    enum store_role role;
    bool once;
    int64_t created_ms, expires_ms;
};

/* A version that a member of a game gave a name. */
struct store_save {
    uint32_t slot;     /* 1..LIMIT_SAVES */
    struct slice name; /* 1..LIMIT_SAVE_NAME_BYTES */
    uint64_t version;
    int32_t section; /* number, at that version */
    int64_t at_ms;   /* when it was saved */
};

/* One line of a session's games. */
struct store_listed {
    uint64_t row; /* the cursor: rows grow with creation */
    struct slice name, story_id, story_title;
    uint64_t version;
    uint8_t status;
    int32_t section;
    int64_t created_ms, updated_ms;
};

struct store_journal_row {
    uint64_t version;
    int64_t at_ms;
    struct slice event;
};

/* Return false to stop the walk. */
typedef bool store_list_fn(void *arg, const struct store_listed *game);
typedef bool store_history_fn(void *arg, const struct store_journal_row *row);
typedef bool store_device_fn(void *arg, const struct store_device *device);
typedef bool store_member_fn(void *arg, const struct store_member *member);
typedef bool store_invitation_fn(void *arg, const struct store_invitation *invitation);
typedef bool store_save_fn(void *arg, const struct store_save *save);

/* What nobody has used for long, by kind: docs/storage.md, "Retention". */
enum store_stale {
    STORE_STALE_LINK_GAMES,  /* games with a link that did not change since */
    STORE_STALE_SESSIONS,    /* members of nothing that began no game, with no device used since */
    STORE_STALE_DEVICES,     /* not used since, of sessions that have one that was */
    STORE_STALE_CARRIES,     /* expired before */
    STORE_STALE_INVITATIONS, /* expired before */
    STORE_STALE_REQUEST_IDS, /* of commands accepted before */
    STORE_STALE_COUNT
};

struct store_stale_row {
    uint64_t row;      /* game, session, session, session, game, place in the journal */
    struct slice name; /* of the game, session, device, nothing, invitation, nothing */
    int64_t at_ms;     /* when it was last used, or expired */
    uint8_t status;    /* of a game: a caller takes only those that are over */
};

typedef bool store_stale_fn(void *arg, const struct store_stale_row *row);

struct store;

struct store_ops {
    enum status (*begin)(struct store *store);
    enum status (*commit)(struct store *store);
    void (*rollback)(struct store *store);
    enum status (*game_create)(struct store *store, const struct store_new_game *game,
                               uint64_t *ret_row);
    enum status (*append)(struct store *store, const struct store_entry *entry);
    enum status (*past_add)(struct store *store, uint64_t game,
                            const struct store_journal_row *rows, size_t count);
    enum status (*past_end)(struct store *store, uint64_t game);
    enum status (*session_add)(struct store *store, struct slice name, int64_t at_ms,
                               uint64_t *ret_row);
    enum status (*device_add)(struct store *store, uint64_t session,
                              const struct store_new_device *device);
    enum status (*device_rotate)(struct store *store, uint64_t session, struct slice name,
                                 const uint8_t secret_hash[SHA256_LEN], int64_t at_ms,
                                 int64_t previous_until_ms);
    enum status (*device_seen)(struct store *store, uint64_t session, struct slice name,
                               int64_t at_ms);
    enum status (*device_remove)(struct store *store, uint64_t session, struct slice name);
    enum status (*carry_add)(struct store *store, uint64_t session,
                             const uint8_t code_hash[SHA256_LEN], int64_t expires_ms);
    enum status (*carry_take)(struct store *store, const uint8_t code_hash[SHA256_LEN],
                              struct arena *arena, struct store_carry *ret);
    enum status (*invitation_add)(struct store *store,
                                  const struct store_new_invitation *invitation);
    enum status (*invitation_remove)(struct store *store, uint64_t game, struct slice name);
    enum status (*save_put)(struct store *store, uint64_t game, uint64_t session,
                            const struct store_save *save);
    enum status (*save_remove)(struct store *store, uint64_t game, uint64_t session, uint32_t slot);
    enum status (*game_doom)(struct store *store, uint64_t game);
    enum status (*prune_drop)(struct store *store, enum store_stale kind,
                              const struct store_stale_row *row);
    enum status (*member_set)(struct store *store, uint64_t game, uint64_t session,
                              enum store_role role);
    enum status (*feedback_add)(struct store *store, struct slice game, struct slice text,
                                int64_t at_ms);
    enum status (*touch)(struct store *store);
    enum status (*game_load)(struct store *store, struct slice name, struct arena *arena,
                             struct store_game *ret);
    enum status (*request_find)(struct store *store, uint64_t game, struct slice request_id,
                                uint64_t *ret_version, uint8_t ret_print[STORE_PRINT_LEN]);
    enum status (*session_find)(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                struct arena *arena, struct store_session *ret);
    enum status (*device_list)(struct store *store, uint64_t session, store_device_fn *visit,
                               void *arg);
    enum status (*member_find)(struct store *store, uint64_t game, uint64_t session,
                               enum store_role *ret);
    enum status (*member_list)(struct store *store, uint64_t game, uint64_t above, size_t count,
                               store_member_fn *visit, void *arg);
    enum status (*invitation_list)(struct store *store, uint64_t game, store_invitation_fn *visit,
                                   void *arg);
    enum status (*invitation_find)(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                   struct arena *arena, struct store_invitation *ret);
    enum status (*save_list)(struct store *store, uint64_t game, uint64_t session,
                             store_save_fn *visit, void *arg);
    enum status (*save_find)(struct store *store, uint64_t game, uint64_t session, uint32_t slot,
                             struct arena *arena, struct store_save *ret);
    enum status (*story_load)(struct store *store, const uint8_t hash[SHA256_LEN],
                              struct arena *arena, struct slice *ret_source);
    enum status (*list)(struct store *store, uint64_t session, uint64_t below, size_t count,
                        store_list_fn *visit, void *arg);
    enum status (*scan)(struct store *store, uint64_t above, size_t count, store_list_fn *visit,
                        void *arg);
    enum status (*history)(struct store *store, uint64_t game, uint64_t from, uint64_t to,
                           store_history_fn *visit, void *arg);
    enum status (*prune_find)(struct store *store, enum store_stale kind, int64_t before_ms,
                              uint64_t above, size_t rows, store_stale_fn *visit, void *arg,
                              uint64_t *ret_next);
    enum status (*purge)(struct store *store, size_t rows, bool *ret_more);
    enum status (*vacuum)(struct store *store, size_t pages, bool *ret_more);
    enum status (*checkpoint)(struct store *store);
    size_t (*wal_pages)(struct store *store);
    uint64_t (*bytes)(struct store *store);
    void (*free)(struct store *store);
};

/* An engine embeds this as its first member. */
struct store {
    const struct store_ops *ops;
};

/* NULL is accepted. An open transaction is rolled back. */
void store_free(struct store *store);

enum status store_begin(struct store *store) MUST_CHECK;
/* OK: everything since begin is on disk. Otherwise: nothing of it is, and the transaction is over.
 * ERR_CONFLICT    a game that was created has no version. */
enum status store_commit(struct store *store) MUST_CHECK;
/* Nothing since begin has happened. Without a transaction it does nothing. */
void store_rollback(struct store *store);

/* The game needs its version 1 in the same transaction: a commit without it is refused.
 * ERR_CONFLICT    a game of that name exists, or no such owner; the transaction may go on. */
enum status store_game_create(struct store *store, const struct store_new_game *game,
                              uint64_t *ret_row) MUST_CHECK;

/* ERR_CONFLICT    the version does not follow the stored one, or the game's request id is taken;
 *                 nothing of this entry is written and the transaction may go on. */
enum status store_append(struct store *store, const struct store_entry *entry) MUST_CHECK;

/* The next versions of a game that was created with has_past, oldest first, without states and
 * requests; in as many transactions as it takes. No call finds the game meanwhile, and as long as it has
 * no end, store_purge takes it for a doomed one: so nobody may purge.
 * ERR_CONFLICT    there is no such game, or it has its end; nothing was written and the transaction may
 *                 go on. ERR_TOO_LARGE for one of the rows, the same. */
enum status store_past_add(struct store *store, uint64_t game, const struct store_journal_row *rows,
                           size_t count) MUST_CHECK;
/* From now on it is a game with these versions, and its owner a member. The state is that of the next
 * version, which is appended in the same transaction. ERR_CONFLICT as above; also without any row. */
enum status store_past_end(struct store *store, uint64_t game) MUST_CHECK;

/* A session needs a device, in the same transaction: without one nobody can be it.
 * ERR_CONFLICT    the name is taken; the transaction may go on. */
enum status store_session_add(struct store *store, struct slice name, int64_t at_ms,
                              uint64_t *ret_row) MUST_CHECK;

/* ERR_CONFLICT    the hash is taken, or the name in this session, or there is no such session.
 * ERR_FULL        the session has LIMIT_DEVICES.
 * The transaction may go on after each. */
enum status store_device_add(struct store *store, uint64_t session,
                             const struct store_new_device *device) MUST_CHECK;

/* Give a device a new secret. The one it had becomes its previous one, and the previous one before
 * that is forgotten.
 * ERR_NOT_FOUND    no such device.
 * ERR_CONFLICT     the hash is taken. */
enum status store_device_rotate(struct store *store, uint64_t session, struct slice name,
                                const uint8_t secret_hash[SHA256_LEN], int64_t at_ms,
                                int64_t previous_until_ms) MUST_CHECK;

/* Note when a device was last used. It is a write: say it now and then, not at every request.
 * ERR_NOT_FOUND */
enum status store_device_seen(struct store *store, uint64_t session, struct slice name,
                              int64_t at_ms) MUST_CHECK;

/* Its secrets are worth nothing from the commit on. The session stays, also without a device.
 * ERR_NOT_FOUND    the session has no device of that name. */
enum status store_device_remove(struct store *store, uint64_t session,
                                struct slice name) MUST_CHECK;

/* A session has one carry at most: this one takes the place of an older one.
 * ERR_CONFLICT    no such session, or the hash is taken. */
enum status store_carry_add(struct store *store, uint64_t session,
                            const uint8_t code_hash[SHA256_LEN], int64_t expires_ms) MUST_CHECK;

/* Read it and take it away, whether it has expired or not: the caller looks at the time.
 * ERR_NOT_FOUND */
enum status store_carry_take(struct store *store, const uint8_t code_hash[SHA256_LEN],
                             struct arena *arena, struct store_carry *ret) MUST_CHECK;

/* ERR_CONFLICT    no such game, or the hash is taken, or the name in this game.
 * ERR_FULL        the game has LIMIT_INVITATIONS. */
enum status store_invitation_add(struct store *store,
                                 const struct store_new_invitation *invitation) MUST_CHECK;

/* ERR_NOT_FOUND    the game has no invitation of that name. */
enum status store_invitation_remove(struct store *store, uint64_t game,
                                    struct slice name) MUST_CHECK;

/* Keep a version under a slot; what the slot held is replaced.
 * ERR_CONFLICT    the session is no member of the game, or the game has no such version.
 * ERR_TOO_LARGE   also for a slot above LIMIT_SAVES. */
enum status store_save_put(struct store *store, uint64_t game, uint64_t session,
                           const struct store_save *save) MUST_CHECK;

/* ERR_NOT_FOUND    the slot is empty. */
enum status store_save_remove(struct store *store, uint64_t game, uint64_t session,
                              uint32_t slot) MUST_CHECK;

/* STORE_NOBODY takes the membership away, and with it the session's saves of this game.
 * ERR_CONFLICT    no such game or session. */
enum status store_member_set(struct store *store, uint64_t game, uint64_t session,
                             enum store_role role) MUST_CHECK;

/* Delete a game. From the commit on no call finds it, and its members, saves, invitations, state,
 * snapshot and seed are gone; its journal and its name go later, by store_purge.
 * ERR_NOT_FOUND    no such game. */
enum status store_game_doom(struct store *store, uint64_t game) MUST_CHECK;

/* Take out what store_prune_find has found, when nothing else was written since. Of a session its
 * devices and its carry go too, of a journal row its request id and nothing else. Games are for
 * store_game_doom. */
enum status store_prune_drop(struct store *store, enum store_stale kind,
                             const struct store_stale_row *row) MUST_CHECK;

/* game may be empty. */
enum status store_feedback_add(struct store *store, struct slice game, struct slice text,
                               int64_t at_ms) MUST_CHECK;

/* Write something that changes nothing, so that the commit proves that the disk can be written.
 * ERR_IO also when there is hardly room for more. */
enum status store_touch(struct store *store) MUST_CHECK;

/* ERR_NOT_FOUND    no such game, or one without a version. */
enum status store_game_load(struct store *store, struct slice name, struct arena *arena,
                            struct store_game *ret) MUST_CHECK;

/* Which version a request id made. ERR_NOT_FOUND when none did. */
enum status store_request_find(struct store *store, uint64_t game, struct slice request_id,
                               uint64_t *ret_version,
                               uint8_t ret_print[STORE_PRINT_LEN]) MUST_CHECK;

/* Whose secret is it, present or previous? The caller compares previous_until_ms with the time.
 * ERR_NOT_FOUND */
enum status store_session_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                               struct arena *arena, struct store_session *ret) MUST_CHECK;

/* The devices of a session, oldest first: at most LIMIT_DEVICES. */
enum status store_device_list(struct store *store, uint64_t session, store_device_fn *visit,
                              void *arg) MUST_CHECK;

/* STORE_NOBODY for no membership. */
enum status store_member_find(struct store *store, uint64_t game, uint64_t session,
                              enum store_role *ret) MUST_CHECK;

/* The members of a game by session row, at most count, with rows above `above` (0: from the first). */
enum status store_member_list(struct store *store, uint64_t game, uint64_t above, size_t count,
                              store_member_fn *visit, void *arg) MUST_CHECK;

/* The invitations to a game, oldest first, expired ones too: at most LIMIT_INVITATIONS. */
enum status store_invitation_list(struct store *store, uint64_t game, store_invitation_fn *visit,
                                  void *arg) MUST_CHECK;

/* The caller compares expires_ms with the time. ERR_NOT_FOUND */
enum status store_invitation_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                  struct arena *arena, struct store_invitation *ret) MUST_CHECK;

/* What a session saved of a game, by slot: at most LIMIT_SAVES. */
enum status store_save_list(struct store *store, uint64_t game, uint64_t session,
                            store_save_fn *visit, void *arg) MUST_CHECK;

/* ERR_NOT_FOUND    the slot is empty. */
enum status store_save_find(struct store *store, uint64_t game, uint64_t session, uint32_t slot,
                            struct arena *arena, struct store_save *ret) MUST_CHECK;

/* ERR_NOT_FOUND */
enum status store_story_load(struct store *store, const uint8_t hash[SHA256_LEN],
                             struct arena *arena, struct slice *ret_source) MUST_CHECK;

/* The games a session is a member of, newest first, at most count, with rows below `below`
 * (0: from the newest). */
enum status store_list(struct store *store, uint64_t session, uint64_t below, size_t count,
                       store_list_fn *visit, void *arg) MUST_CHECK;

/* The games of everybody, oldest first, at most count, with rows above `above` (0: from the first). */
enum status store_scan(struct store *store, uint64_t above, size_t count, store_list_fn *visit,
                       void *arg) MUST_CHECK;

/* The journal rows of a game with from <= version <= to, newest first. */
enum status store_history(struct store *store, uint64_t game, uint64_t from, uint64_t to,
                          store_history_fn *visit, void *arg) MUST_CHECK;

/* One bounded piece of a search for what is stale: look at the rows of a kind with above < row <=
 * above + rows, and visit those that nobody used since before_ms. *ret_next is where to go on, or 0
 * when that was the last of them (for request ids also when the next ones are younger). Inside a
 * transaction or not. */
enum status store_prune_find(struct store *store, enum store_stale kind, int64_t before_ms,
                             uint64_t above, size_t rows, store_stale_fn *visit, void *arg,
                             uint64_t *ret_next) MUST_CHECK;

/* Take out one bounded piece of what doomed games have left, up to so many journal rows, in a
 * transaction of its own: no other is open. Stories stay, as versions of other games may have been
 * played with them. *ret_more: there is more to do now. After a failure nothing of this piece has
 * happened. */
enum status store_purge(struct store *store, size_t rows, bool *ret_more) MUST_CHECK;

/* Give up to so many unused pages back to the file system, in a transaction of its own. A tenth of the
 * file stays for what comes next. *ret_more: there is more to do now. Does nothing in a database
 * that was made without the means for it. */
enum status store_vacuum(struct store *store, size_t pages, bool *ret_more) MUST_CHECK;

/* Move what is committed out of the log without disturbing the writer; call it on a store of its
 * own, on a thread of its own. */
enum status store_checkpoint(struct store *store) MUST_CHECK;
/* How large the log was after the last commit, in pages: when it is time for a checkpoint. */
size_t store_wal_pages(struct store *store);
/* How large the writer's database was after the last commit, or when it was opened, in bytes without
 * the log. */
uint64_t store_bytes(struct store *store);

#endif
