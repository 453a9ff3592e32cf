/* Dice that nobody can foresee and everybody can check.
 *
 * A run's seed is HMAC-SHA-256(key: the game's secret seed, "casys run" || run as u32 LE); its
 * SHA-256 is public from the start, and the run's seed is revealed when the run ends. The game's
 * own seed never is, so that a reset begins with dice that are as unknown as the first ones.
 *
 * Block b of roll i at turn t is HMAC-SHA-256(key: run seed, t as u64 LE || i as u32 LE ||
 * b as u32 LE). The turn is the version in a run in which nobody went back, and goes back with the
 * game where somebody did: what a roll was cannot be changed by choosing the same once more. When the
 * run was over and its seed is told, what it threw still counts, and the turns that it never came to
 * are another run's.
 *
 * A block's bytes are read one by one: a byte below the largest multiple of the number of
 * faces gives byte % faces + 1, any other is thrown away, so that every face is equally likely. */
#ifndef CASYS_GAME_DICE_H
#define CASYS_GAME_DICE_H

#include "app/game/state.h"

enum { DICE_COUNT_MAX = 20, DICE_FACES_MAX = 100 };

/* What was told to others of a run. */
struct run_told {
    uint8_t seed_hash[SHA256_LEN];
    bool is_revealed;
    uint8_t seed[SEED_LEN]; /* if it is revealed */
};

/* What was told of a command's dice: enough to play it again without the game's seed. */
struct dice_told {
    const struct run_told *runs; /* run 1 first; where the seed is revealed, it throws */
    uint32_t run_count;
    const uint8_t *values; /* in the order in which they were thrown; elsewhere these count */
    size_t count;
};

struct dice {
    uint8_t run_seed[SEED_LEN];
    uint64_t turn;         /* of the state that the command would make: state_turn */
    uint32_t index;        /* of the next roll within the command */
    bool is_told;          /* the values of `told` in place of the seed */
    struct dice_told told; /* what is left of them */
};

void dice_run_seed(const uint8_t seed[SEED_LEN], uint32_t run, uint8_t ret[SEED_LEN]);
/* What is public of it. */
void dice_seed_hash(const uint8_t run_seed[SEED_LEN], uint8_t ret[SHA256_LEN]);

void dice_init(struct dice *dice, const uint8_t run_seed[SEED_LEN], uint64_t turn);

/* Dice that show what was told of them. A die that nothing was told of, or that has no such face,
 * shows 1: whoever plays a command again compares what was thrown with what was told. */
void dice_init_told(struct dice *dice, const struct dice_told *told, uint32_t run, uint64_t turn);

/* Throw count dice with that many faces (1..DICE_COUNT_MAX, 2..DICE_FACES_MAX); counts the index
 * up. The values go to ret_values[0..count). Returns their sum. */
int32_t dice_roll(struct dice *dice, int32_t count, int32_t faces, int32_t *ret_values);

#endif
