/* What effects do to a state, and the record of it. Part of the rules: only app/game includes it. */
#ifndef CASYS_GAME_EFFECT_H
#define CASYS_GAME_EFFECT_H

#include "app/game/game.h"

/* Apply them in the author's order. What leaves a range is clamped; what really changed is added
 * to the event. */
void effects_apply(const struct story *story, const struct effect *effects, size_t count,
                   struct state *state, struct event *event);

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
