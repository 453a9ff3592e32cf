/* A story played in a terminal, or with typed lines from a file: by the same rules and the same list
 * of choices as on the server. */
#ifndef CASYS_AUTHOR_PLAY_H
#define CASYS_AUTHOR_PLAY_H

#include <stdio.h>

#include "app/game/game.h"

struct play_config {
    const struct story *story;
    uint8_t seed[SEED_LEN];
    struct slice name; /* empty: the story's hero */
    FILE *in, *out;
};

/* The seed that a number stands for. */
void play_seed(uint64_t number, uint8_t ret[SEED_LEN]);

/* Play until an ending, "q" or the end of the input.
 * ERR_INVALID    no hero may have that name. */
enum status play_story(const struct play_config *config) MUST_CHECK;

#endif
