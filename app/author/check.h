/* Finds an author's mistakes: what the loader says of a file, and what only shows when the story is
 * looked at as a whole. Pure but for the file that was read; any thread.
 *
 * A mistake is what a player or the author would meet as broken: a section that nothing leads to, a
 * choice that nobody can ever choose. A warning is what may be meant: a check that cannot fail. What
 * is said is always true of the story: where it cannot be decided, nothing is said. */
#ifndef CASYS_AUTHOR_CHECK_H
#define CASYS_AUTHOR_CHECK_H

#include "app/author/draft.h"

/* Everything about the draft, sorted by place. */
void story_check(const struct draft *draft, struct findings *ret);

/* For the server: may the story be served? A catalogue_check_fn. Adds mistakes to the report, and no
 * warnings. */
bool story_may_be_served(const struct story *story, const char *path, struct buf *ret_report);

#endif
