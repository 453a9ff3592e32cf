/* Random stories and states for property tests: small, as wild as the story loader lets pass, and
 * the same ones for the same seed. */
#ifndef CASYS_TESTS_GAME_GENERATE_H
#define CASYS_TESTS_GAME_GENERATE_H

#include "app/game/game.h"

/* Any number is a good seed. Not for secrets. */
struct random {
    uint64_t state;
};

/* 0..count-1, count at least 1. */
uint32_t random_below(struct random *random, uint32_t count);
/* min..max */
int32_t random_within(struct random *random, int32_t min, int32_t max);

/* One reference. Its numbers keep the rules that a compiled story keeps (story.h), its effects and
 * checks have any value an int32_t has, its sections lead anywhere. */
struct story *generate_story(struct random *random);

/* A state of that story which state_check accepts. */
struct state generate_state(struct random *random, const struct story *story);

#endif
