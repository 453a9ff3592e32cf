/* The games of a store, page by page, for tools that look at all of them: a visitor may not ask the
 * store, so a page is read first. */
#ifndef CASYS_AUTHOR_GAMES_PAGE_H
#define CASYS_AUTHOR_GAMES_PAGE_H

#include "storage/store.h"

enum { GAMES_PAGE = 64 }; /* games in memory at once */

struct games_page {
    struct arena arena; /* of the texts */
    struct store_listed list[GAMES_PAGE];
    size_t count; /* less than GAMES_PAGE: there are no more */
};

/* The games with rows above `above`, oldest first. Statuses of store_scan; release it in any case. */
enum status games_read(struct store *store, uint64_t above, struct games_page *ret) MUST_CHECK;
void games_release(struct games_page *games);

#endif
