/* Something asked of a game (or of the server's data), on its way from an io thread to the
 * sequencer and back. The same object carries the question and the answer.
 *
 * Made, filled, answered and freed on one io thread; between command_send and `done` it belongs to
 * the sequencer (or the archive). Each sent command comes back exactly once, also when the server
 * stops. */
#ifndef CASYS_COMMAND_H
#define CASYS_COMMAND_H

#include "app/errand.h"
#include "app/update.h"
#include "storage/store.h"

enum command_kind {
    COMMAND_CREATE,   /* make a game; a session too when the caller has none */
    COMMAND_READ,     /* the newest snapshot */
    COMMAND_ATTACH,   /* the newest snapshot, and every later one to this io thread */
    COMMAND_DETACH,   /* this io thread has no watcher of the game any more; not answered by more */
    COMMAND_PRESENCE, /* so many watch it on this io thread */
    COMMAND_CHOICE,   /* play a choice */
    COMMAND_STOP,     /* end the game */
    COMMAND_RESET,    /* begin the game again */
    COMMAND_LIST,     /* the session's games */
    COMMAND_HISTORY,  /* the journal, oldest first */
    COMMAND_EXPORT,   /* the whole game as a portable document (app/portable.h) */
    COMMAND_UNDO,     /* go back by one step */
    COMMAND_LOAD,     /* go back to a version, or to a save */
    COMMAND_SAVES,    /* the session's saves of the game */
    COMMAND_SAVE,     /* keep a name for a version */
    COMMAND_UNSAVE,   /* forget such a name */
    COMMAND_FORK,     /* make a game of the caller's own that has the same past */
    COMMAND_IMPORT,   /* make a game of a portable document (app/portable.h) */
    COMMAND_DELETE,   /* the game and everything that belongs to it */
    COMMAND_MEMBERS,  /* who is a member; for owners, open invitations too */
    COMMAND_MEMBER_SET,        /* give a member another role */
    COMMAND_MEMBER_REMOVE,     /* or leave */
    COMMAND_INVITE,            /* make an invitation */
    COMMAND_INVITATION_REMOVE, /* revoke it */
    COMMAND_ACCEPT,            /* an invitation; a session too when the caller has none */
    COMMAND_SESSION,           /* the caller's session and its devices */
    COMMAND_KNOWN,             /* has the caller a session? OK or ERR_UNAUTHORIZED */
    COMMAND_CARRY,             /* make a code that opens the session on another device */
    COMMAND_ENTER,             /* a session by such a code */
    COMMAND_ROTATE,            /* a new secret for the caller's device */
    COMMAND_DEVICE_REMOVE,     /* end a device of the session */
    COMMAND_MIGRATE,           /* go on with the newest edition of the story */
    COMMAND_FEEDBACK,          /* keep a text for the operator */
    COMMAND_PROBE,             /* can anything be committed? OK or ERR_STORAGE */
};

/* Who asks. A secret travels as its hash only. */
struct caller {
    bool has_secret;
    bool bearer; /* by Authorization; an unknown secret is then an error, a stale cookie is not */
    uint8_t secret_hash[SHA256_LEN];
};

struct command;
typedef void command_done_fn(struct command *command);

struct command {
    struct mail mail;
    enum command_kind kind;
    unsigned thread; /* index of the io thread that sent it */
    struct caller caller;
    struct arena arena; /* what the slices below borrow from */

    /* The question. */
    struct id game;
    struct slice story;       /* CREATE: id or hash in hexadecimal; empty: the first story */
    struct slice name;        /* CREATE: the hero's; empty: the story's. SAVE: the save's */
    bool link;                /* CREATE: a link game */
    struct choice_ref choice; /* CHOICE */
    uint64_t if_version;      /* the version it was made for; 0: not said */
    struct slice request_id;  /* CHOICE to LOAD, MIGRATE; empty: none. SAVE: said again */
    uint64_t of;              /* LOAD, SAVE, FORK: a version; 0: the slot's (LOAD), the newest */
    uint32_t slot;            /* LOAD, SAVE, UNSAVE: of a save, from 1; 0: not said */
    bool dry_run;             /* MIGRATE: only say whether it could be done */
    bool exact;               /* a repeated command wants the snapshot that the first one got */
    uint64_t cursor;          /* LIST: rows below it; HISTORY: versions above it */
    uint32_t count;           /* LIST, HISTORY: rows at the most; SAVES: how many there may be */
    struct slice text;        /* FEEDBACK; ENTER: the device's label */
    struct id
        other; /* MEMBER_*: a session; INVITATION_REMOVE, DEVICE_REMOVE; zeros: not one of them */
    enum store_role give;              /* MEMBER_SET, INVITE */
    bool once;                         /* INVITE */
    uint8_t code_hash[SHA256_LEN];     /* ACCEPT, ENTER */
    uint32_t watchers[PRESENCE_ROLES]; /* PRESENCE */

    /* Found out by the sequencer, for the archive. */
    uint64_t session; /* row of the caller's session; 0: none */
    struct errand
        *errand;      /* it comes back to the sequencer (app/errand.h); owned. NULL: it does not */
    struct id device; /* that it came by; zeros: none */
    uint64_t row;     /* MEMBERS: of the game */

    /* The answer. */
    enum status status;
    struct update *update; /* one reference or NULL; the snapshot to show, also with a refusal */
    uint64_t version;      /* the version this command made */
    enum store_role role;  /* ATTACH, MEMBERS, ACCEPT: what the caller is there */
    struct id made;        /* INVITE: the invitation; ENTER: the device */
    struct id self;        /* SESSION, ENTER, ROTATE: the session */
    int64_t expires_ms;    /* CARRY: when the code is worth nothing */
    bool duplicate;        /* it was done before; nothing has changed */
    struct slice needs;    /* ERR_CHOICE_UNAVAILABLE, ERR_NOT_MIGRATABLE: a JSON array */
    struct buf
        body; /* LIST, HISTORY, EXPORT, SAVES, SAVE, MEMBERS, SESSION, a dry run: JSON. IMPORT: the
                      * document, and with ERR_IMPORT_REFUSED what is wrong with it, with a NUL */
    bool
        new_session; /* CREATE, IMPORT, ACCEPT, ENTER, ROTATE: `secret` is new, and the caller's now */
    /* That, or the code of INVITE and CARRY. */
    char secret[crypto_base64_size(SHA256_LEN)];

    /* The sender's; the sequencer does not look at them. */
    command_done_fn *done; /* on the io thread; gives the command back in the end */
    command_done_fn *then; /* called by done, if the owner is still there */
    void *home;            /* the io thread's */
    uint64_t visit;        /* ATTACH: which stay of the owner's at a game it began */
    void *owner;           /* who asked; NULL: gone meanwhile */
};

/* Zeroed but for its arena's spare block. */
struct command *command_new(void);
/* Forget question and answer, keep the memory for the next one. */
void command_clear(struct command *command);
void command_free(struct command *command);

#endif
