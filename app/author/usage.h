/* Which names of a story are used for something, and for what. A story that the loader refused may be
 * looked at too. Pure. */
#ifndef CASYS_AUTHOR_USAGE_H
#define CASYS_AUTHOR_USAGE_H

#include "app/game/expr.h"

enum {
    USED_ASKED = 1,   /* a condition, an expression or a check looks at it */
    USED_CHANGED = 2, /* an effect changes it */
    USED_OTHER = 4,   /* the hero begins with it, it can be used, a stat has a zero_section */
};

struct usage {
    struct arena arena;
    uint8_t *stats, *items, *flags, *counters; /* bits for each; in the arena */
};

void usage_init(struct usage *usage, const struct story *story);
void usage_release(struct usage *usage);

#endif
