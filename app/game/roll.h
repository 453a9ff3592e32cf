/* Throws, and the record of them. Part of the rules: only app/game includes it. */
#ifndef CASYS_GAME_ROLL_H
#define CASYS_GAME_ROLL_H

#include "app/game/play.h"

/* Throw count dice with that many faces and add the throw to the event. total is their sum; what
 * else there is to say of the throw is the caller's to fill in. Borrowed from the event. */
struct roll *roll_add(struct play *play, int32_t count, int32_t faces, enum roll_purpose purpose);

/* Throw 2d6; bonus is the modifier or the skill of whoever throws. */
struct roll *roll_add_2d6(struct play *play, int32_t bonus, enum roll_purpose purpose);

/* Remember the total of a roll for the hero, if the story ever asks for it. */
void roll_remember(struct play *play, const struct roll *roll);

/* Throw 2d6 against the stat, which then loses 1 either way. Returns whether that was lucky. */
bool roll_luck(struct play *play, int32_t stat);

#endif
