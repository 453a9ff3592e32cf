/* What effects do to a state, and the record of it. Part of the rules: only app/game includes it. */
#ifndef CASYS_GAME_EFFECT_H
#define CASYS_GAME_EFFECT_H

#include "app/game/play.h"

/* Apply them in the author's order, each when its condition holds as its turn comes. What leaves a
 * range is clamped; what really changed is added to the event. The first go ends the list. Returns
 * the section it leads to, or -1. */
int32_t effects_apply(struct play *play, const struct effect *effects, size_t count) MUST_CHECK;

/* Give a stat the value, clamped to its range. */
void stat_change(struct play *play, int32_t stat, int64_t value);

/* Take one piece of an item that the hero carries. */
void item_use_up(struct play *play, int32_t item);

/* Add a change to the event, unless from and to are the same. */
void event_change(struct event *event, enum effect_kind kind, int32_t index, int32_t from,
                  int32_t to);

/* The nearest value within min..max. */
static inline int32_t clamp_i32(int64_t value, int32_t min, int32_t max)
{
    if (value < min)
        return min;
    return value > max ? max : (int32_t)value;
}

#endif
