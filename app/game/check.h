/* Checks: what the dice decide. Part of the rules: only app/game includes it. */
#ifndef CASYS_GAME_CHECK_H
#define CASYS_GAME_CHECK_H

#include "app/game/game.h"

/* Roll a chance or fight a combat (story.h). Every throw is added to the event; what the hero lost
 * in a fight is one change. Returns whether it was a success. */
bool check_resolve(const struct story *story, const struct check *check, struct dice *dice,
                   struct state *state, struct event *event);

#endif
