/* Stories made by a program: of any size, with a mix of rules as in real gamebooks, the same bytes for
 * the same arguments. They load, pass story check and always end. For load tests, fuzzing and property
 * tests. */
#ifndef CASYS_TESTS_SUPPORT_SYNTHETIC_H
#define CASYS_TESTS_SUPPORT_SYNTHETIC_H

#include "app/base/bytes.h"

enum { SYNTHETIC_SECTIONS_MIN = 40 };

enum synthetic_kind {
    SYNTHETIC_FULL,  /* everything that the format has */
    SYNTHETIC_PLAIN, /* the same ways without conditions, effects and dice: a baseline */
};

/* Append a story of that many sections (SYNTHETIC_SECTIONS_MIN to LIMIT_SECTIONS) as JSON. */
void synthetic_story(enum synthetic_kind kind, unsigned sections, uint64_t seed, struct buf *ret);

#endif
