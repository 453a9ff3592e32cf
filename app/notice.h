/* What the io threads are told about people, once it is committed: somebody has to go, or is
 * something else now. It comes behind all answers of its batch, so that whoever was let in before
 * it is known there when it comes.
 *
 * One allocation, counted, with a post for each io thread, as an update (app/update.h). */
#ifndef CASYS_NOTICE_H
#define CASYS_NOTICE_H

#include "app/update.h"
#include "storage/store.h"

enum notice_kind {
    NOTICE_ROLE,         /* the session has another role in the game; STORE_NOBODY: has to go */
    NOTICE_GAME_GONE,    /* the game is deleted: everybody has to go */
    NOTICE_DEVICE_ENDED, /* whoever came with a secret of the device has to go */
    NOTICE_NEW_SECRET,   /* whoever came with an earlier secret of the device has to go, later */
};

struct notice;

struct notice_post {
    struct mail mail;
    struct notice *notice; /* one reference goes with the post */
    uint64_t due_ms;       /* the io thread's: NOTICE_NEW_SECRET, when it is time */
};

struct notice {
    struct list node; /* the sequencer's, until it is told */
    atomic_uint refs;
    enum notice_kind kind;
    struct id game;       /* ROLE, GAME_GONE */
    uint64_t session;     /* ROLE: row */
    enum store_role role; /* ROLE: the new one */
    struct id device;     /* DEVICE_ENDED, NEW_SECRET */
    struct notice_post posts[];
};

/* One reference; the rest is the caller's to fill. */
struct notice *notice_new(enum notice_kind kind, unsigned threads);
struct notice *notice_ref(struct notice *notice);
/* NULL is accepted. */
void notice_unref(struct notice *notice);

#endif
