#include "app/journal.h"

struct walk {
    struct arena *arena;
    struct journal_page page;
};

/* The walk goes from new to old: the last one seen comes first. */
static bool on_row(void *arg, const struct store_journal_row *journal)
{
    struct walk *walk = arg;
    struct journal_row *row = arena_alloc(walk->arena, sizeof *row);
    row->row = *journal;
    row->row.event = arena_dup(walk->arena, journal->event);
    row->next = walk->page.first;
    walk->page.first = row;
    walk->page.count++;
    return true;
}

enum status journal_read(struct store *store, uint64_t game, uint64_t from, uint64_t to,
                         struct arena *arena, struct journal_page *ret)
{
    struct walk walk = {.arena = arena};
    const enum status st = store_history(store, game, from, to, on_row, &walk);
    *ret = walk.page;
    return st;
}
