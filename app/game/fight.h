/* A section's fight (struct fight in story.h), one round at a time. Part of the rules: only
 * app/game includes it. */
#ifndef CASYS_GAME_FIGHT_H
#define CASYS_GAME_FIGHT_H

#include "app/game/play.h"

enum fight_end { FIGHT_ON, FIGHT_WON, FIGHT_LOST };

/* The state of a fight that is about to begin. */
void fight_begin(const struct fight *fight, struct fight_state *ret);

/* One round, with a test of luck or without. A hero who cannot even begin has lost. */
enum fight_end fight_round(struct play *play, const struct fight *fight, bool luck);

/* A round in which the hero did something else and no foe attacks. */
enum fight_end fight_pause(struct play *play, const struct fight *fight);

/* The blow that the first living foe deals to a hero who flees. */
enum fight_end fight_part(struct play *play, const struct fight *fight);

#endif
