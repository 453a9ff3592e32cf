/* One command being played: what the parts of the rules hand to each other. Only app/game includes
 * it. */
#ifndef CASYS_GAME_PLAY_H
#define CASYS_GAME_PLAY_H

#include "app/game/game.h"

struct play {
    const struct story *story;
    const uint8_t *seed;          /* of the game, SEED_LEN bytes; borrowed */
    const struct dice_told *told; /* in place of the seed; or NULL */
    struct state *state;
    struct event *event;
    struct dice dice; /* made with the first throw: play_dice */
    bool has_dice;
    bool zero_done; /* a zero_section was entered: another one does not follow */
    int32_t moves;  /* forced ones so far, at most LIMIT_MOVES */
};

/* The dice of this command. Most commands throw none, and a run's seed costs an HMAC. */
static inline struct dice *play_dice(struct play *play)
{
    if (play->has_dice)
        return &play->dice;
    const uint32_t run = state_dice_run(play->state);
    const uint64_t turn = state_turn(play->state);
    if (play->told) {
        dice_init_told(&play->dice, play->told, run, turn);
    } else {
        uint8_t run_seed[SEED_LEN];
        dice_run_seed(play->seed, run, run_seed);
        dice_init(&play->dice, run_seed, turn);
    }
    play->has_dice = true;
    return &play->dice;
}

#endif
