/* A page of a stored journal, read on a thread that may wait for the disk. */
#ifndef CASYS_JOURNAL_H
#define CASYS_JOURNAL_H

#include "storage/store.h"

/* A journal row in an arena. */
struct journal_row {
    struct journal_row *next; /* the version after it */
    struct store_journal_row row;
};

struct journal_page {
    struct journal_row *first; /* NULL: none */
    size_t count;
};

/* The versions from..to that there are, oldest first, in the arena. Statuses of store_history. */
enum status journal_read(struct store *store, uint64_t game, uint64_t from, uint64_t to,
                         struct arena *arena, struct journal_page *ret) MUST_CHECK;

#endif
