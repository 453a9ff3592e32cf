/* A database as it is after years: very many games, made of a few that were played.
 *
 * A copy has story, seed, state and every event of the game that it is like, so that it could be
 * played again, with a name of its own (in the snapshot too). The journal is filled as in life: the
 * rows of all games lie among each other, each game from the first row to the last, so that two
 * versions of one game are seldom on one page.
 *
 * The same file is read here by bare SQLite: what the server is compared with. It fails as
 * everything in bench.h does. One thread. */
#ifndef CASYS_TESTS_BENCH_GROWN_H
#define CASYS_TESTS_BENCH_GROWN_H

#include "app/base/bytes.h"

enum { GROWN_NAME_SIZE = 23, GROWN_KINDS_MAX = 8 };

/* Copies of one game. */
struct grown_kind {
    char like[GROWN_NAME_SIZE]; /* name of the game that was played */
    uint32_t versions;          /* that it has */
    uint32_t copies;
};

/* The name of a copy; the order of names is not the order of numbers. */
void grown_name(size_t kind, uint32_t number, char ret[GROWN_NAME_SIZE]);

/* Add the copies, kinds with the most versions first, to a database that no program has open. Returns
 * how many journal rows it has then. */
uint64_t grown_make(const char *path, const struct grown_kind *kinds, size_t count);

/* Have the system forget what it keeps of the file in memory, as far as it can be asked to. */
void grown_forget(const char *path);

struct grown;

/* Read a database that a server may have open, with SQLite's own settings. */
struct grown *grown_open(const char *path);
void grown_close(struct grown *grown);

/* One game by its name: all that has to be read to load it. */
void grown_read_game(struct grown *grown, const char *name);
/* `count` games of the session that owns the game `like`, with rows below `below`. */
void grown_read_list(struct grown *grown, const char *like, uint64_t below, uint32_t count);
/* Where the versions from..from + count - 1 of a game are: choices with a request id, from 2. */
void grown_find(struct grown *grown, const char *name, uint64_t from, uint32_t count,
                int64_t *ret_seqs);
/* The journal rows at these places. */
void grown_read_rows(struct grown *grown, const int64_t *seqs, uint32_t count);

#endif
