/* The rules of a game: what a command makes of a state. Pure: no I/O, no clock, no memory kept.
 * The same story, seed and commands give the same states and events, byte for byte, at any time,
 * which is what makes a journal enough to replay a game. Any thread. */
#ifndef CASYS_GAME_GAME_H
#define CASYS_GAME_GAME_H

#include "app/game/dice.h"

enum roll_purpose {
    ROLL_CHANCE,      /* target and success are set */
    ROLL_COMBAT_HERO, /* total is with the skill */
    ROLL_COMBAT_FOE,
    ROLL_LUCK,    /* target and success are set */
    ROLL_CHECK,   /* a check of type roll: target, at_least and success are set */
    ROLL_TABLE,   /* the total picks an outcome */
    ROLL_EFFECT,  /* a value of an effect */
    ROLL_INITIAL, /* a stat when a run begins */
};

/* One throw, as players see it. */
struct roll {
    enum roll_purpose purpose;
    uint8_t count, faces; /* "2d6": 2 and 6 */
    uint8_t values[DICE_COUNT_MAX];
    bool success;
    bool at_least;  /* total is to reach the target; otherwise not to exceed it */
    uint8_t foe;    /* in a fight of a section: 1 for the first foe ...; 0 elsewhere */
    int32_t total;  /* dice plus modifier or skill; of a check's throw: its value */
    int32_t target; /* what the total is compared with; 0 when it is not */
};

/* One change that an effect, a wound or a clamp really made. */
struct change {
    enum effect_kind kind;
    int32_t index;
    int32_t from, to; /* flag: 0 or 1 */
};

/* Each effect of each list at most one; the rest for an item used up, wounds and luck. */
enum { GAME_CHANGES_MAX = LIMIT_LISTS * LIMIT_SECTION_EFFECTS + 8 };

enum event_kind {
    EVENT_START,
    EVENT_CHOICE,
    EVENT_STOP,
    EVENT_RESET,
    EVENT_LOAD,    /* back to an earlier version, which an undo is too */
    EVENT_FORK,    /* what came before was played in another game */
    EVENT_IMPORT,  /* what came before was read from a document */
    EVENT_MIGRATE, /* from here on with a newer edition of the story */
};

/* "start", "choice" ... as in the journal. Static. */
const char *event_kind_name(enum event_kind kind);

/* What happened, for the journal and for the next snapshot. Borrows from the story. */
struct event {
    enum event_kind kind;
    uint64_t version;               /* of the state it led to */
    int64_t at_ms;                  /* the command's time, unix */
    int32_t from, to;               /* section indices; from is -1 for a start and a reset */
    const struct choice *choice;    /* EVENT_CHOICE, else NULL: of game_options before the step */
    uint64_t of;                    /* EVENT_LOAD, else 0: the version that was gone back to */
    uint8_t story_from[SHA256_LEN]; /* EVENT_MIGRATE only: the edition that the game leaves */
    struct roll rolls[LIMIT_ROLLS];
    size_t roll_count;
    struct change changes[GAME_CHANGES_MAX];
    size_t change_count;
};

/* How a client names a choice. Either may be empty. */
struct choice_ref {
    struct slice id;   /* the choice's id, or its target section's number in decimal */
    struct slice text; /* the exact text */
    bool roll;         /* "roll what the section asks for": the first available dice choice */
};

/* A game's first state: version 1, run 1. name may be empty: the story's hero.
 * ERR_INVALID    the name is not one that hero_name_valid accepts.
 * ERR_INTERNAL   the state breaks an invariant (state_check). */
enum status game_start(const struct story *story, const uint8_t seed[SEED_LEN], struct slice name,
                       int64_t at_ms, struct state *ret_state, struct event *ret_event) MUST_CHECK;

/* The most choices there can be at once: the section's, and a use of each item. */
enum { GAME_OPTIONS_MAX = LIMIT_SECTION_CHOICES + LIMIT_ITEMS };

/* What there is to choose now: the one list that clients, replay, tools and tests choose from. The
 * choices of the section (of a fight: attack, luck, flee) in their order, without those that were
 * chosen once and may not be again and without hidden ones that are not available; then a use of
 * each item that can be used now. While a throw can be repeated: only "reroll" and "accept". None
 * when the game is not active. With GAME_OPTIONS_MAX of room in ret. Returns how many. */
size_t game_options(const struct story *story, const struct state *state,
                    const struct choice *ret[GAME_OPTIONS_MAX]);

/* Which choice of game_options is meant: by id; else by the number of its target (with dice:
 * on success), the first available choice that leads there; else by exact text, an available one
 * first; else by the number again, now also a choice that is not available, so that game_step can
 * say what it needs. With `roll` the names are not read: the first available choice with dice,
 * else the first one with dice.
 * ERR_GAME_OVER            the game is not active.
 * ERR_UNKNOWN_CHOICE       none of game_options fits. */
enum status game_choice_find(const struct story *story, const struct state *state,
                             const struct choice_ref *ref, const struct choice **ret) MUST_CHECK;

/* Does the choice's condition hold now? */
bool game_choice_available(const struct state *state, const struct choice *choice);

/* Does the condition hold? NULL holds. */
bool condition_holds(const struct condition *condition, const struct state *state);

/* The leaves that keep it from holding, at most cap, the first ones; what an all needs is each of
 * its failing parts, what an any needs is all of its parts. Returns how many were written. A leaf
 * below a not is given by the not itself. */
size_t condition_needs(const struct condition *condition, const struct state *state,
                       const struct condition **ret, size_t cap);

/* The choice of game_options with exactly that id, or NULL. */
const struct choice *game_option_by_id(const struct story *story, const struct state *state,
                                       struct slice id);

/* The choice whose throw can be repeated now, or NULL. */
const struct choice *game_pending_choice(const struct story *story, const struct state *state);

/* Where "accept" would lead now: a section index; only while a throw can be repeated. */
int32_t game_pending_target(const struct story *story, const struct state *state);

/* Play one choice of game_options.
 * ERR_GAME_OVER            the game is not active.
 * ERR_UNKNOWN_CHOICE       it cannot be chosen now (game_options would not list it).
 * ERR_CHOICE_UNAVAILABLE   its condition does not hold.
 * ERR_INTERNAL             the next state breaks an invariant (state_check): it must not be kept.
 * In all these cases *ret_state is not written. ret_state may be the same as state. */
enum status game_step(const struct story *story, const uint8_t seed[SEED_LEN],
                      const struct state *state, const struct choice *choice, int64_t at_ms,
                      struct state *ret_state, struct event *ret_event) MUST_CHECK;

/* End an active game without an ending. ERR_GAME_OVER when it is not active, ERR_INTERNAL as in
 * game_step. */
enum status game_stop(const struct story *story, const struct state *state, int64_t at_ms,
                      struct state *ret_state, struct event *ret_event) MUST_CHECK;

/* Begin again as a new version of the same game, with the next run's dice and the same name; the
 * game may be over or not. Nobody goes back to what was before. ERR_INTERNAL as in game_step. */
enum status game_reset(const struct story *story, const uint8_t seed[SEED_LEN],
                       const struct state *state, int64_t at_ms, struct state *ret_state,
                       struct event *ret_event) MUST_CHECK;

/* Go back: the next version has what `target` had, an earlier or the newest state of the same game.
 * Nothing is destroyed. Dice that were thrown in the run show the same again, also when the run was
 * over and its seed is known; later turns then get dice of a new run (app/game/dice.h).
 * ERR_UNDO_REFUSED    the story allows none, or no more in this run.
 * ERR_OTHER_RUN       the target is from before the last start, reset, fork or import.
 * ERR_UNDO_LIMIT      gone back LIMIT_LOADS times in this run, or LIMIT_REVIVALS times when it was
 *                     over: the game can be begun again or forked.
 * ERR_INTERNAL        as in game_step. */
enum status game_load(const struct story *story, const struct state *current,
                      const struct state *target, int64_t at_ms, struct state *ret_state,
                      struct event *ret_event) MUST_CHECK;

/* The version that an undo would load; 0: there is none. Behind a reset, a fork or an import it is a
 * version that game_load refuses with ERR_OTHER_RUN: there is nothing to undo there either. */
uint64_t game_undo_target(const struct state *state);

/* How many times one may still go back in this run; -1: as often as one likes. */
int32_t game_undo_left(const struct story *story, const struct state *state);

/* The first version of a game of one's own after a past that was played elsewhere; kind is EVENT_FORK
 * or EVENT_IMPORT, or of edition_migrate (app/game/edition.h) EVENT_MIGRATE. A new run begins, with dice
 * of the game's own seed, and going back ends here. A game that is over stays over. ERR_INTERNAL as
 * in game_step. */
enum status game_take_over(const struct story *story, const struct state *state,
                           enum event_kind kind, int64_t at_ms, struct state *ret_state,
                           struct event *ret_event) MUST_CHECK;

/* A command as a journal has it. */
struct command_told {
    enum event_kind kind;        /* not EVENT_MIGRATE */
    struct slice name;           /* EVENT_START */
    const struct choice *choice; /* EVENT_CHOICE: of game_options */
    const struct state *target;  /* EVENT_LOAD: what was gone back to */
};

/* Play a command again on *state (for a start: on nothing), with the game's seed, or with the dice
 * that were told of it; the other one is NULL. The statuses of the command's own function. */
enum status game_again(const struct story *story, const uint8_t *seed, const struct dice_told *told,
                       const struct command_told *command, int64_t at_ms, struct state *state,
                       struct event *ret_event) MUST_CHECK;

#endif
