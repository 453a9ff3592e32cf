/* What is known of a hero without playing: for every number of the sheet the range in which it must
 * be. Nothing that can happen in a game is outside of it; some of what is inside may never happen
 * (each number is looked at alone). So "impossible" is always true, "possible" is not.
 *
 * A story that the loader refused may be looked at too: an index of -1 may be anything. Pure. */
#ifndef CASYS_AUTHOR_RANGES_H
#define CASYS_AUTHOR_RANGES_H

#include "app/game/expr.h"

struct range {
    int32_t lo, hi; /* inclusive */
};

/* Where each number stands in a list of ranges. */
struct sheet {
    const struct story *story;
    size_t items, counters, flags; /* the first one of each; stats begin at 0 */
    size_t gold, roll;             /* the last roll */
    size_t count;                  /* of all ranges */
    const bool *visited;           /* of each section: can it have been visited? Borrowed */
};

enum truth { NEVER, PERHAPS, ALWAYS };

void sheet_init(struct sheet *sheet, const struct story *story, const bool *visited);

/* The widest range of a number: what the rules clamp to. */
struct range sheet_bounds(const struct sheet *sheet, size_t number);

/* The sheet when a run begins. */
void ranges_begin(const struct sheet *sheet, struct range *ret);

/* Grow *into to hold *from as well. With to_bounds, an end that grows goes to its bound at once, so
 * that a walk which joins again and again comes to an end. Returns whether something grew. */
bool ranges_join(const struct sheet *sheet, struct range *into, const struct range *from,
                 bool to_bounds);

/* All values that the expression can have. NULL: 0. */
struct range expr_range(const struct sheet *sheet, const struct range *ranges,
                        const struct expr *expr);

enum truth condition_truth(const struct sheet *sheet, const struct range *ranges,
                           const struct condition *condition);

/* Leave in *ranges only what agrees with the condition being so, or not being so. False when nothing
 * does; *ranges is then of no use. */
bool condition_assume(const struct sheet *sheet, struct range *ranges,
                      const struct condition *condition, bool holds);

/* The first leaf that keeps the condition from ever holding, or the condition. NULL when it may hold. */
const struct condition *condition_never(const struct sheet *sheet, const struct range *ranges,
                                        const struct condition *condition);

/* What the effect does, not looking at its `when`. Not for a forced move. */
void effect_assume(const struct sheet *sheet, struct range *ranges, const struct effect *effect);

#endif
