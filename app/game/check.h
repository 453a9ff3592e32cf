/* Checks: what the dice decide. Part of the rules: only app/game includes it. */
#ifndef CASYS_GAME_CHECK_H
#define CASYS_GAME_CHECK_H

#include "app/game/play.h"

/* What a throw came to. */
struct verdict {
    bool success;    /* never of a table */
    uint8_t outcome; /* of a table: 1 for the first ...; otherwise 0 */
};

/* Throw what the check asks for (story.h). Every throw is added to the event; what the hero lost in
 * a fight is one change. */
struct verdict check_resolve(struct play *play, const struct check *check);

/* May the throw be repeated after it was repeated that often? */
bool check_repeats(const struct play *play, const struct check *check, struct verdict verdict,
                   int32_t rerolled);

#endif
