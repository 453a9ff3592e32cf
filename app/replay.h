/* A game played again from its journal: the one mechanism behind old versions, going back, forks,
 * exports, imports and verification. Any thread that may wait for the disk.
 *
 * A load needs the state of the version it goes back to. So what is played is looked through first for
 * the versions that loads ask for, and only those states are kept: as far as the next start, reset,
 * fork, import or migration, which nobody goes back beyond, and no more than LIMIT_LOADS.
 *
 * A game may have gone on with newer editions of its story: each version is played with the edition it
 * had, from the first one on, which the journal names where it was left. */
#ifndef CASYS_REPLAY_H
#define CASYS_REPLAY_H

#include "app/kept.h"
#include "app/library.h"
#include "app/snapshot.h"
#include "storage/store.h"

/* Where the editions of a story come from. */
struct editions {
    /* The story with that hash; *ret is a reference. Any status but OK: there is none. */
    enum status (*find)(void *arg, const uint8_t hash[SHA256_LEN], struct story **ret);
    void *arg;
};

/* Those of stored games: find is stored_edition, arg a struct stored. */
struct stored {
    struct store *store;     /* borrowed */
    struct library *library; /* the same */
};
enum status stored_edition(void *arg, const uint8_t hash[SHA256_LEN],
                           struct story **ret) MUST_CHECK;

/* A game being played again. Large: replay_new makes one. */
struct replay {
    const struct story *story;       /* the edition of the newest version so far */
    struct story *edition;           /* a reference to it; NULL: `story` is borrowed */
    const struct editions *editions; /* borrowed; the caller sets it; NULL: there is only one */
    const uint8_t *seed;             /* of the game; borrowed; NULL: every version was told */
    struct origin origin;            /* versions up to origin.version throw what was told of them */
    struct state state;              /* the newest version so far; of version 0 before the first */
    struct event event;              /* what led to it */
    struct kept kept;
    struct arena arena;     /* of the event at hand */
    const char *wrong;      /* of replay_journal: what is wrong, in words; static; or NULL */
    uint64_t wrong_version; /* and where */
};

/* Story, seed and origin are borrowed from the facts. The story is the edition of the first event that
 * is to be played; for replay_journal, of the game's newest version. */
struct replay *replay_new(const struct game_facts *facts);
/* Of a game whose own seed is not known: it ends with origin->version. */
struct replay *replay_told(const struct story *story, const struct origin *origin);
void replay_free(struct replay *replay);

/* The version that a journal's event goes back to; 0: it is no load, or one of no version. */
uint64_t replay_needs(const struct json *event);

/* Play the event of the next version, a parsed one or a stored one. What it goes back to was asked
 * for by kept_need before; the version itself is kept if it was.
 * ERR_CORRUPT    no event of this story and state. The replay cannot go on. */
enum status replay_event(struct replay *replay, const struct json *event, int64_t at_ms) MUST_CHECK;
enum status replay_row(struct replay *replay, struct slice event, int64_t at_ms) MUST_CHECK;

/* A version was played: replay->state and replay->event. Returns NULL, or what is wrong with it, in
 * static words: that ends the replay. Does not call the store. */
typedef const char *replay_fn(void *arg, const struct replay *replay,
                              const struct store_journal_row *row);

/* The hash of the edition that a stored game began with; `story` is that of its newest state.
 * ERR_CORRUPT, ERR_IO */
enum status replay_first(struct store *store, const struct store_game *game,
                         const struct story *story, uint8_t ret_hash[SHA256_LEN]) MUST_CHECK;

/* Play a stored journal from version 1 to `version`, page by page. `visit` may be NULL.
 * ERR_CORRUPT    the journal has a hole or does not fit the story, or `visit` said so:
 *                replay->wrong and wrong_version say where.
 * ERR_IO */
enum status replay_journal(struct replay *replay, struct store *store,
                           const struct store_game *game, uint64_t version, replay_fn *visit,
                           void *arg) MUST_CHECK;

/* A stored game. Its slices, and the runs of facts.origin, live in the arena; facts.story is a
 * reference, the caller's to give back, with OK only.
 * ERR_GAME_NOT_FOUND    no such game.
 * ERR_CORRUPT, ERR_IO */
enum status replay_facts(struct store *store, struct library *library, struct slice name,
                         struct arena *arena, struct store_game *ret_game,
                         struct game_facts *ret_facts) MUST_CHECK;

/* The state of any version of a stored game (of replay_facts), and the event that led to it. The story
 * of *facts becomes the edition of that version.
 * ERR_VERSION_NOT_FOUND    it never had that version.
 * ERR_CORRUPT              journal and story do not agree. ERR_IO */
enum status replay_state(struct store *store, struct library *library,
                         const struct store_game *game, struct game_facts *facts, uint64_t version,
                         struct state *ret_state, struct event *ret_event) MUST_CHECK;

#endif
