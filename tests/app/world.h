/* A small world for the tests of the sequencer and the archive: a store in memory, the story
 * tests/app/stories/tiny.json, the queues of three io threads, and a sequencer that works one batch
 * at a time on the test's own thread. Time and random numbers are the same in every run. */
#ifndef CASYS_TESTS_APP_WORLD_H
#define CASYS_TESTS_APP_WORLD_H

#include "app/notice.h"
#include "app/sequencer.h"
#include "tests/support/fake_store.h"
#include "tests/support/support.h"

enum {
    WORLD_THREADS = 3,
    WORLD_MAILS_MAX = 2048, /* kept of one batch */
    WORLD_START_MS = 1000000,
};

/* What an io thread found in its inbox. */
struct seen {
    enum mail_kind kind;
    struct command *command; /* MAIL_COMMAND */
    struct update *update;   /* MAIL_UPDATE, MAIL_PRESENCE; one reference */
    struct notice *notice;   /* MAIL_NOTICE; one reference */
};

struct world {
    struct fake_store *file;
    struct store *writer;
    struct catalogue catalogue;
    struct queue io_queues[WORLD_THREADS];
    struct queue *io[WORLD_THREADS];
    struct queue shelf; /* the archive's inbox while there is no archive */
    struct sequencer_config config;
    struct sequencer *sequencer;
    struct seen seen[WORLD_THREADS][WORLD_MAILS_MAX]; /* of the last batch, in order */
    size_t seen_count[WORLD_THREADS];
    struct list spent; /* commands that came back; freed with the world */
};

/* A question. `who` is the secret of a session, or NULL for nobody. */
struct ask {
    enum command_kind kind;
    const char *who;
    bool bearer;
    unsigned thread;
    struct id game;
    const char *story, *name;  /* CREATE */
    bool link;                 /* CREATE */
    const char *choice, *text; /* CHOICE: id, exact text */
    bool roll;                 /* CHOICE */
    uint64_t version;          /* the version it was made for */
    const char *request_id;
    bool exact;
    uint64_t cursor;
    uint32_t count;
    struct slice feedback;
    struct id other;                   /* MEMBER_*, INVITATION_REMOVE, DEVICE_REMOVE */
    enum store_role give;              /* MEMBER_SET, INVITE */
    bool once;                         /* INVITE */
    const char *code;                  /* ACCEPT, ENTER */
    uint64_t of;                       /* LOAD, SAVE, FORK */
    uint32_t slot;                     /* LOAD, SAVE, UNSAVE */
    uint32_t watchers[PRESENCE_ROLES]; /* PRESENCE */
};

/* A game and the secret of its owner. */
struct start {
    struct id game;
    char secret[crypto_base64_size(SHA256_LEN)];
};

/* Everything but the sequencer: w->config may be changed before world_start. */
void world_init(struct world *w);
void world_start(struct world *w);
/* What a restart of the program keeps: the store. */
void world_restart(struct world *w);
void world_release(struct world *w);

/* Time goes on by a second with each look at the clock. */
int64_t world_clock(void);
/* Numbers that never repeat, the same ones in every run. */
void world_random(void *ret, size_t len);

/* A command that asks this; freed by the caller or, once it was sent, with the world. */
struct command *command_that_asks(const struct ask *ask);

/* Run them as one inbox; ret_commands[i] is asks[i], answered (or on the shelf). The world keeps
 * what each io thread saw until the next batch. */
void world_batch(struct world *w, const struct ask *asks, size_t count,
                 struct command **ret_commands);
struct command *world_ask(struct world *w, const struct ask *ask);
/* One batch of mails that are there, and what came of it. All are taken. */
void world_turn(struct world *w, struct list *mails);
/* The public id of the session of that secret. */
struct id world_session(struct world *w, const char *secret);

/* Wait until the archive has answered, and take in what came. */
void world_wait(struct world *w, unsigned thread);

/* A new session with a game of its own. */
struct start world_create(struct world *w, bool link);
/* A new session (its game does not matter). */
struct start world_stranger(struct world *w);
/* Give the session of that secret a role in the game. */
void world_member(struct world *w, struct id game, const char *secret, enum store_role role);

/* The stored game; slices live in the arena. */
struct store_game world_stored(struct world *w, struct id game, struct arena *arena);
/* The stored version, 0 for none. */
uint64_t world_version(struct world *w, struct id game);

/* How many updates of the game the thread saw in the last batch. */
size_t world_updates(const struct world *w, unsigned thread, struct id game);

#define ck_assert_status(got, expected)                                                            \
    ck_assert_msg((got) == (expected), #got " is %s, not %s", status_name(got),                    \
                  status_name(expected))

#endif
