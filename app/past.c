#include "app/past.h"

#include <string.h>

#include "app/portable.h"
#include "app/replay.h"

/* What is told of where the dice of a game came from, when its newest state is the errand's. */
static void tell_origin(const struct game_facts *facts, struct errand *errand)
{
    const uint32_t count = errand->state.run;
    struct run_told *runs = arena_array(&errand->arena, count, sizeof *runs);
    for (uint32_t run = 1; run <= count; run++)
        run_facts(facts, &errand->state, run, &runs[run - 1]);
    const struct origin origin = {.version = errand->of, .runs = runs, .run_count = count};
    origin_encode(&origin, &errand->origin);
}

static enum status read_rows(struct store *store, uint64_t game, struct errand *errand)
{
    struct journal_page page;
    const enum status st = journal_read(store, game, 1, errand->of, &errand->arena, &page);
    if (st != OK)
        return st;
    errand->rows = page.first;
    return page.count == errand->of ? OK : ERR_CORRUPT;
}

enum status past_of_game(struct store *store, struct library *library, struct slice name,
                         struct errand *errand)
{
    struct store_game game;
    struct game_facts facts;
    enum status st = replay_facts(store, library, name, &errand->arena, &game, &facts);
    if (st != OK)
        return st;
    struct event *event = arena_alloc(&errand->arena, sizeof *event);
    st = replay_state(store, library, &game, &facts, errand->of, &errand->state, event);
    errand->story = facts.story; /* the edition of that version */
    if (st == OK)
        st = read_rows(store, game.row, errand);
    if (st == OK)
        tell_origin(&facts, errand);
    return st;
}

/* ---- documents ---- */

struct reading {
    struct errand *errand;
    struct journal_row **end; /* where the next row goes */
};

static void on_version(void *arg, const struct portable_version *version)
{
    struct reading *reading = arg;
    struct arena *arena = &reading->errand->arena;
    struct journal_row *row = arena_alloc(arena, sizeof *row);
    *row = (struct journal_row){
        .row = {.version = version->state->version,
                .at_ms = version->at_ms,
                .event = arena_dup(arena, version->event)},
    };
    *reading->end = row;
    reading->end = &row->next;
}

/* The editions of a document. The new game keeps the last one; those that are left must be in the
 * store already, as its past is played with them. */
struct document_editions {
    struct store *store;
    struct library *library;
    uint8_t left[SHA256_LEN];
};

static enum status find_edition(void *arg, const uint8_t hash[SHA256_LEN], struct story **ret)
{
    struct document_editions *editions = arg;
    struct arena arena = {.blocks = NULL};
    struct slice source;
    enum status st = store_story_load(editions->store, editions->left, &arena, &source);
    arena_release(&arena);
    if (st == OK)
        st = library_find(editions->library, editions->store, hash, ret);
    memcpy(editions->left, hash, SHA256_LEN);
    return st;
}

static enum status import(struct store *store, struct library *library,
                          const struct portable *portable, struct errand *errand,
                          struct buf *ret_why)
{
    struct reading reading = {.errand = errand, .end = &errand->rows};
    struct document_editions known = {.store = store, .library = library};
    const struct editions editions = {find_edition, &known};
    struct story *newer = NULL;
    const struct portable_import import = {
        .on_version = on_version,
        .arg = &reading,
        .ret_state = &errand->state,
        .ret_origin = &errand->origin,
        .editions = &editions,
        .ret_edition = &newer,
    };
    if (portable->version > LIMIT_COPY_VERSIONS)
        return ERR_TOO_LARGE;
    errand->of = portable->version;
    const enum status st = library_find(library, store, portable->story_hash, &errand->story);
    if (st != OK)
        return st == ERR_NOT_FOUND ? ERR_STORY_NOT_FOUND : st;
    memcpy(known.left, portable->story_hash, SHA256_LEN);
    if (portable_import(portable, errand->story, &import, ret_why) != OK)
        return ERR_IMPORT_REFUSED;
    if (newer) {
        story_unref(errand->story);
        errand->story = newer;
    }
    return OK;
}

enum status past_of_document(struct store *store, struct library *library, struct slice document,
                             struct errand *errand, struct buf *ret_why)
{
    struct arena arena = {.blocks = NULL};
    struct portable portable;
    enum status st = portable_read_within(document, LIMIT_IMPORT_NODES, &arena, &portable, ret_why);
    if (st == ERR_NOT_FOUND)
        buf_printf(ret_why, "it is no game in the form casys-game/1");
    st = st == OK ? import(store, library, &portable, errand, ret_why) : ERR_IMPORT_REFUSED;
    arena_release(&arena);
    return st;
}
