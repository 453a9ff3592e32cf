/* Sessions, games and entries for tests of a store, made from a number or two. */
#ifndef CASYS_TESTS_STORAGE_SAMPLE_H
#define CASYS_TESTS_STORAGE_SAMPLE_H

#include "storage/store.h"
#include "tests/support/support.h"

#define ck_assert_status(got, expected)                                                            \
    do {                                                                                           \
        const enum status got_ = (got);                                                            \
        ck_assert_msg(got_ == (expected), "%s is %s, not %s", #got, status_name(got_),             \
                      status_name(expected));                                                      \
    } while (0)
#define ck_assert_ok(got) ck_assert_status(got, OK)

/* 32 bytes that differ by number. */
struct sample_hash {
    uint8_t bytes[SHA256_LEN];
};
struct sample_hash sample_hash(unsigned number);

/* Text of a sample, as long as the process. */
struct slice sample_text(const char *format, ...) PRINTF_LIKE(1, 2);
/* len bytes of every value, as long as the process. */
struct slice sample_bytes(size_t len);

/* "game-<number>" of the story of that hash; the hash is borrowed. */
struct store_new_game sample_game(unsigned number, uint64_t owner, const struct sample_hash *story);
/* Event, state and snapshot tell game and version; no request id. */
struct store_entry sample_entry(uint64_t game, uint64_t version);

/* "device-<number>" with the secret sample_hash(number); the hash is borrowed. */
struct store_new_device sample_device(unsigned number, const struct sample_hash *secret);

/* Inside a transaction: "session-<number>" with sample_device(number). */
uint64_t add_session(struct store *store, unsigned number);
/* Inside a transaction: sample_game with versions 1 to `versions`. */
uint64_t add_game(struct store *store, unsigned number, uint64_t owner, uint64_t versions);
/* In a transaction of its own. */
void append_versions(struct store *store, uint64_t game, uint64_t first, uint64_t last);

/* A session and a game of it with `versions` versions, committed. */
struct sample_place {
    uint64_t session, game;
};
struct sample_place sample_place(struct store *store, uint64_t versions);

/* The stored version of game-<number>, or 0 when it is not found. */
uint64_t stored_version(struct store *store, unsigned number);
/* The journal of the game is 1 to `last`, each with the event of sample_entry. */
void check_journal(struct store *store, uint64_t game, uint64_t last);

#endif
