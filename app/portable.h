/* A game as one document that can be carried away and checked without the server it comes from:
 * casys-game/1 (docs/casys-game-1.schema.json, docs/portable.md).
 *
 *     {"format","story":{"id","hash"},"name","version","status",
 *      "runs":[{"run","seed_hash","seed"}, ...],
 *      "versions":[{"event","link"}, ...],
 *      "state_hash"}
 *
 * `event` is the journal's (app/snapshot.h). The links are a chain:
 *
 *     link 0 = the hash of the story, of the edition with which the game began
 *     link v = SHA-256(link v-1 || seed_hash of v's run || canonical form of event v)
 *
 * so that two exports of one game have the same links as far as both go, and no version before the
 * last one can be changed without changing every link behind it. seed is null until the run is over:
 * with the secret seed, the throws to come would be known. Until then its throws are played again from
 * the values that were told; and for ever, when the game was forked or imported before the run was
 * over. Pure but for the store; any thread that may wait for the disk. */
#ifndef CASYS_PORTABLE_H
#define CASYS_PORTABLE_H

#include "app/snapshot.h"
#include "storage/store.h"

/* The JSON Schema of such documents. Static. */
struct slice portable_schema(void);

/* Append the document of a stored game whose newest state is given. The journal is read page by page.
 * ERR_TOO_LARGE  it would have more than LIMIT_EXPORT_BYTES; *ret holds part of it.
 * ERR_CORRUPT    the journal has a hole or is damaged. ERR_IO */
enum status portable_encode(struct store *store, const struct store_game *game,
                            const struct game_facts *facts, const struct state *state,
                            struct buf *ret) MUST_CHECK;

/* link v from link v-1, in place; arena is room for the canonical form. */
void portable_link(uint8_t link[SHA256_LEN], const uint8_t seed_hash[SHA256_LEN],
                   const struct json *event, struct arena *arena);

/* The run of an event's version; `run` is that of the version before, 0 before the first. What the
 * event says is not checked. */
uint32_t portable_run(const struct json *event, uint32_t run);

/* A document that was read. Everything borrows from its arena. */
struct portable {
    struct slice story_id;
    uint8_t story_hash[SHA256_LEN];
    struct slice name, status;
    const struct json *runs;     /* array of at least one run, of the documented form */
    const struct json *versions; /* the same; run numbers and versions count from 1 */
    uint64_t run_count, version;
    uint8_t state_hash[SHA256_LEN];
};

/* Read a document. What its events hold is not looked at.
 * ERR_NOT_FOUND  it says of itself that it is something else.
 * ERR_INVALID    it is not of the documented form. ret_why says where, in words for people. */
enum status portable_read(struct slice document, struct arena *arena, struct portable *ret,
                          struct buf *ret_why) MUST_CHECK;
/* The same for a document of at most so many values: each of them takes memory. */
enum status portable_read_within(struct slice document, uint32_t nodes_max, struct arena *arena,
                                 struct portable *ret, struct buf *ret_why) MUST_CHECK;

struct editions; /* app/replay.h */

struct portable_counts {
    uint64_t rolls;    /* throws in all */
    uint64_t revealed; /* of them, those of runs whose seed is revealed: each was thrown again */
};

/* `story` is the edition with portable->story_hash. editions finds the others, for a game that went on
 * with newer ones; NULL: there is none to be found. Check the chain, play every version again and compare it with what is told, throw the dice of
 * revealed runs again, compare the last state.
 * OK             all agrees.
 * ERR_INVALID    something does not: ret_why names the first wrong version, if it is a version. */
enum status portable_verify(const struct portable *portable, const struct story *story,
                            const struct editions *editions, struct portable_counts *ret_counts,
                            struct buf *ret_why) MUST_CHECK;

/* A version of a document that is being imported, borrowed for the call. */
struct portable_version {
    int64_t at_ms;
    struct slice event; /* as this program's journal has it */
    const struct state *state;
};

struct portable_import {
    /* Version after version, in order; all of it means nothing unless the import ends with OK. */
    void (*on_version)(void *arg, const struct portable_version *version);
    void *arg;
    struct state *ret_state;         /* the last one */
    struct buf *ret_origin;          /* appended: origin_encode of where its dice came from */
    const struct editions *editions; /* as of portable_verify */
    /* A reference to the edition of the last version, when it is not the first one; otherwise NULL.
     * May be NULL itself where `editions` is. */
    struct story **ret_edition;
};

/* portable_verify, and whatever a game needs whose past the document is to be: its journal up to the
 * last version, to which game_take_over adds the first one of its own. The results are written with
 * OK only. */
enum status portable_import(const struct portable *portable, const struct story *story,
                            const struct portable_import *import, struct buf *ret_why) MUST_CHECK;

#endif
