/* Plays every game of a database again and compares with what is stored: each event of the journal,
 * the newest state and snapshot, byte for byte, and the seed that the dice came from with the hash that
 * was published. Only reads. */
#ifndef CASYS_AUTHOR_VERIFY_H
#define CASYS_AUTHOR_VERIFY_H

#include "storage/store.h"

struct verified {
    uint64_t games, versions;
    uint64_t finished; /* games that are over: their seed was checked against its hash */
    uint64_t wrong;    /* games where something differs */
};

struct verify_config {
    struct store *store;
    uint64_t every; /* a sample: each n-th game; 0 and 1: all of them */
    /* One line for each game, without its end. */
    void (*on_game)(void *arg, bool good, struct slice line);
    void *arg;
};

/* OK            *ret counts; wrong says whether something differs.
 * ERR_IO, ERR_CORRUPT    the store could not be read to its end. */
enum status verify_store(const struct verify_config *config, struct verified *ret) MUST_CHECK;

#endif
