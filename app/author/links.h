/* Every way from one section to another that an author wrote, whether it can ever be gone or not. Pure. */
#ifndef CASYS_AUTHOR_LINKS_H
#define CASYS_AUTHOR_LINKS_H

#include "app/game/game.h"

enum link_kind {
    LINK_CHOICE,  /* a choice without dice; fleeing */
    LINK_SUCCESS, /* a check that succeeds, a fight that is won */
    LINK_FAILURE,
    LINK_OUTCOME, /* of a table: `outcome` says which */
    LINK_FORCED,  /* a forced move */
};

struct link {
    enum link_kind kind;
    int32_t to;                  /* section index, never -1 */
    const struct choice *choice; /* NULL for fights and for forced moves of entering */
    size_t choice_index;         /* in the section, where choice is not NULL */
    size_t outcome;
};

typedef void link_fn(void *arg, const struct link *link);

/* All ways out of the section, in the author's order. Unknown targets of a draft are left out. */
void links_walk(const struct story *story, size_t section, link_fn *on_link, void *arg);

#endif
