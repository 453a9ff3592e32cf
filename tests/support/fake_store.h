/* A store in memory that fails on cue, for the tests of whatever uses storage/store.h. It keeps the
 * promises of that header as the engine on disk does: the shared suite of tests/storage runs over
 * both.
 *
 * A fake_store is the "file": its content outlives the stores opened on it, so that a test can
 * restart what it tests. Stores may be used from several threads as the header says: one writer,
 * and readers that see what is committed. */
#ifndef CASYS_TESTS_SUPPORT_FAKE_STORE_H
#define CASYS_TESTS_SUPPORT_FAKE_STORE_H

#include "storage/store.h"

enum fake_call {
    FAKE_BEGIN,
    FAKE_COMMIT,
    FAKE_GAME_CREATE,
    FAKE_APPEND,
    FAKE_PAST_ADD,
    FAKE_PAST_END,
    FAKE_SESSION_ADD,
    FAKE_DEVICE_ADD,
    FAKE_DEVICE_ROTATE,
    FAKE_DEVICE_SEEN,
    FAKE_DEVICE_REMOVE,
    FAKE_CARRY_ADD,
    FAKE_CARRY_TAKE,
    FAKE_INVITATION_ADD,
    FAKE_INVITATION_REMOVE,
    FAKE_SAVE_PUT,
    FAKE_SAVE_REMOVE,
    FAKE_GAME_DOOM,
    FAKE_PRUNE_DROP,
    FAKE_MEMBER_SET,
    FAKE_FEEDBACK_ADD,
    FAKE_TOUCH,
    FAKE_GAME_LOAD,
    FAKE_REQUEST_FIND,
    FAKE_SESSION_FIND,
    FAKE_DEVICE_LIST,
    FAKE_MEMBER_FIND,
    FAKE_MEMBER_LIST,
    FAKE_INVITATION_LIST,
    FAKE_INVITATION_FIND,
    FAKE_SAVE_LIST,
    FAKE_SAVE_FIND,
    FAKE_STORY_LOAD,
    FAKE_LIST,
    FAKE_SCAN,
    FAKE_HISTORY,
    FAKE_PRUNE_FIND,
    FAKE_PURGE,
    FAKE_VACUUM,
    FAKE_CHECKPOINT,
    FAKE_CALL_COUNT
};

struct fake_store;

struct fake_store *fake_store_new(void);
/* Every store on it was freed. NULL is let through. */
void fake_store_free(struct fake_store *fake);

/* One writer at a time (ENSURE); any number of readers. Each is freed with store_free. */
struct store *fake_store_writer(struct fake_store *fake);
struct store *fake_store_reader(struct fake_store *fake);

/* The nth call of this kind from now on (1: the next one), by whichever store, does nothing and
 * returns `status`. A commit that fails so is rolled back; any other failure but ERR_CONFLICT,
 * ERR_NOT_FOUND and ERR_TOO_LARGE breaks the transaction it is in. One failure per kind waits at a
 * time: a second call replaces the first, nth 0 takes it back. Any thread. */
void fake_store_fail(struct fake_store *fake, enum fake_call call, unsigned nth,
                     enum status status);

/* As a disk that stays full: from the nth call on, every call of this kind fails, until nth 0. */
void fake_store_fail_from(struct fake_store *fake, enum fake_call call, unsigned nth,
                          enum status status);

/* How many calls of this kind were made, failed ones too. Any thread. */
unsigned fake_store_calls(struct fake_store *fake, enum fake_call call);

/* Run `hook` on the calling thread before each call of this kind, without a lock: it may block, and
 * so hold a writer inside its commit for as long as a test needs. Set it before threads start. */
typedef void fake_hook_fn(void *arg);
void fake_store_hook(struct fake_store *fake, enum fake_call call, fake_hook_fn *hook, void *arg);

/* What store_bytes answers from now on. */
void fake_store_set_bytes(struct fake_store *fake, uint64_t bytes);
/* What store_wal_pages answers from now on. */
void fake_store_set_wal_pages(struct fake_store *fake, size_t pages);

#endif
