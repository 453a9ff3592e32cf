/* Throws, and the record of them. Part of the rules: only app/game includes it. */
#ifndef CASYS_GAME_ROLL_H
#define CASYS_GAME_ROLL_H

#include "app/game/game.h"

/* Throw count dice with that many faces and add the throw to the event. total is their sum; what
 * else there is to say of the throw is the caller's to fill in. Borrowed from the event. */
struct roll *roll_add(struct dice *dice, int32_t count, int32_t faces, enum roll_purpose purpose,
                      struct event *event);

/* Remember the total of a roll for the hero, if the story ever asks for it. */
void roll_remember(const struct story *story, const struct roll *roll, struct state *state);

#endif
