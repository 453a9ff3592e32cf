/* What the tables of mistakes in stories are made with: one change in a story that has no mistake,
 * and the finding that must come of it. For test programs of the story loader. */
#ifndef CASYS_TESTS_APP_MISTAKES_H
#define CASYS_TESTS_APP_MISTAKES_H

#include "app/story_loader.h"
#include "tests/support/support.h"

/* One row of a table: what stands in the story, what stands there instead, and the finding, or a
 * part of it. */
struct mistake {
    const char *why, *from, *to, *finding;
};

/* Append the source with its first `from` replaced by `to`. The test fails when there is none. */
void change(struct slice source, const char *from, const char *to, struct buf *ret);

/* The test fails, naming `why`, unless the findings have this one, or this part of one. */
void assert_found(const struct story_report *report, const char *why, const char *finding);

/* The story of this file is refused with the mistake in it: there is no story, each finding begins
 * with the name of the file and ends with its line, and the one of the row is among them. */
void assert_mistake_found(const char *path, const struct mistake *mistake);

/* The story of this file, cut after any of its bytes but the last, is refused with one finding. */
void assert_cuts_refused(const char *path);

#endif
