#include "app/author/verify.h"

#include <inttypes.h>
#include <string.h>

#include "app/library.h"
#include "app/snapshot.h"

enum {
    GAMES_PAGE = 64,  /* names in memory */
    EVENTS_PAGE = 64, /* events in memory */
};

struct verifier {
    const struct verify_config *config;
    struct verified *count;
    struct catalogue catalogue; /* empty: every story comes from the database */
    struct library library;
    struct json_out *out;
    struct buf bytes; /* what the replay encodes */
    struct buf why;   /* what differs in the game at hand; empty: nothing */
    uint64_t seen;    /* games, also those that are not of the sample */
};

struct event_row {
    struct event_row *older;
    struct store_journal_row row;
};

struct event_rows {
    struct arena *arena;
    struct event_row *oldest;
    size_t count;
};

/* The walk goes from new to old: the last one seen is the oldest. */
static bool on_event(void *arg, const struct store_journal_row *journal)
{
    struct event_rows *rows = arg;
    struct event_row *row = arena_alloc(rows->arena, sizeof *row);
    *row = (struct event_row){.older = rows->oldest, .row = *journal};
    row->row.event = arena_dup(rows->arena, journal->event);
    rows->oldest = row;
    rows->count++;
    return true;
}

/* One game being played again. */
struct replay {
    struct verifier *v;
    struct store_game game;
    struct game_facts facts;
    struct state state;
    struct event event;
};

static bool differs(struct replay *r, const char *what)
{
    if (r->v->why.len == 0)
        buf_printf(&r->v->why, "%s", what);
    return false;
}

static bool differs_at(struct replay *r, uint64_t version, const char *what)
{
    if (r->v->why.len == 0)
        buf_printf(&r->v->why, "version %" PRIu64 ": %s", version, what);
    return false;
}

static bool replay_event(struct replay *r, const struct event_row *row, struct arena *arena)
{
    struct verifier *v = r->v;
    if (event_replay(row->row.event, row->row.at_ms, &r->facts, arena, &r->state, &r->event) != OK)
        return differs_at(r, row->row.version, "the event cannot be played again");
    if (r->state.version != row->row.version)
        return differs_at(r, row->row.version, "the event makes another version");
    buf_clear(&v->bytes);
    json_out_reset(v->out);
    event_encode(v->out, r->facts.story, &r->state, &r->event);
    if (!slice_eq(buf_slice(&v->bytes), row->row.event))
        return differs_at(r, row->row.version, "played again, the event is another one");
    return true;
}

static enum status replay_page(struct replay *r, uint64_t from, uint64_t to, bool *ret_good)
{
    struct arena arena = {.blocks = NULL};
    struct event_rows rows = {.arena = &arena};
    const enum status st =
        store_history(r->v->config->store, r->game.row, from, to, on_event, &rows);
    bool good = st == OK;
    if (st == ERR_CORRUPT || (good && rows.count != to - from + 1))
        good = differs_at(r, from, "the journal has a hole here, or is damaged");
    for (const struct event_row *row = rows.oldest; good && row; row = row->older)
        good = replay_event(r, row, &arena);
    arena_release(&arena);
    *ret_good = good;
    return st == ERR_CORRUPT ? OK : st;
}

static bool same_state(struct replay *r)
{
    buf_clear(&r->v->bytes);
    state_encode(&r->state, r->facts.story, &r->v->bytes);
    return slice_eq(buf_slice(&r->v->bytes), r->game.state) ||
           differs(r, "the stored state is another one");
}

static bool same_snapshot(struct replay *r)
{
    buf_clear(&r->v->bytes);
    json_out_reset(r->v->out);
    snapshot_encode(r->v->out, &r->facts, &r->state, &r->event);
    return slice_eq(buf_slice(&r->v->bytes), r->game.snapshot) ||
           differs(r, "the stored snapshot is another one");
}

/* What players were told at the start of the run, against the seed that they are told at its end. */
static bool same_seed(struct replay *r, struct arena *arena)
{
    const struct json_limits limits = {LIMIT_SNAPSHOT_BYTES, LIMIT_JSON_DEPTH,
                                       LIMIT_SNAPSHOT_BYTES};
    const struct json *root;
    uint8_t run_seed[SEED_LEN], hash[SHA256_LEN], told[SHA256_LEN];
    if (json_parse(r->game.snapshot, &limits, arena, &root, NULL) != OK)
        return differs(r, "the stored snapshot is no JSON");
    const struct json *published = json_get(root, SLICE("seed_hash"));
    dice_run_seed(r->facts.seed, r->state.run, run_seed);
    dice_seed_hash(run_seed, hash);
    if (!published || published->kind != JSON_STRING ||
        crypto_unhex(published->text, told, sizeof told) != OK ||
        memcmp(told, hash, sizeof told) != 0)
        return differs(r, "the published hash is not that of the dice's seed");
    return true;
}

static enum status compare(struct replay *r, struct arena *arena)
{
    bool good = true;
    for (uint64_t done = 0; good && done < r->game.version;) {
        const uint64_t left = r->game.version - done;
        const uint64_t to = left > EVENTS_PAGE ? done + EVENTS_PAGE : r->game.version;
        const enum status st = replay_page(r, done + 1, to, &good);
        if (st != OK)
            return st;
        done = to;
    }
    if (!good || !same_state(r) || !same_snapshot(r) || !same_seed(r, arena))
        return OK;
    r->v->count->finished += r->state.status != GAME_ACTIVE;
    return OK;
}

static enum status load(struct replay *r, struct slice name, struct arena *arena)
{
    struct verifier *v = r->v;
    enum status st = store_game_load(v->config->store, name, arena, &r->game);
    if (st != OK)
        return st;
    r->facts.link = r->game.link;
    if (id_parse(name, &r->facts.id) != OK || id_parse(r->game.owner_name, &r->facts.owner) != OK)
        return ERR_CORRUPT;
    memcpy(r->facts.seed, r->game.seed, sizeof r->facts.seed);
    return library_story(&v->library, v->config->store, r->game.story_hash, &r->facts.story);
}

static enum status verify_game(struct verifier *v, const struct store_listed *listed)
{
    struct arena arena = {.blocks = NULL};
    struct replay *r = arena_alloc(&arena, sizeof *r);
    struct buf line = {.at = NULL};
    r->v = v;
    buf_clear(&v->why);
    enum status st = load(r, listed->name, &arena);
    if (st == ERR_CORRUPT || st == ERR_NOT_FOUND) {
        (void)differs(r, "the game or its story cannot be read");
        st = OK;
    } else if (st == OK) {
        st = compare(r, &arena);
    }
    const bool good = v->why.len == 0;
    buf_printf(&line, "%.*s  %.*s  %" PRIu64 " versions: %s%.*s", SLICE_ARG(listed->name),
               SLICE_ARG(listed->story_id), listed->version,
               good ? "good" : "WRONG: ", SLICE_ARG(buf_slice(&v->why)));
    v->count->games++;
    v->count->versions += listed->version;
    v->count->wrong += !good;
    if (st == OK)
        v->config->on_game(v->config->arg, good, buf_slice(&line));
    story_unref(r->facts.story);
    buf_release(&line);
    arena_release(&arena);
    return st;
}

/* A page of games, with texts of its own: a visitor may not ask the store. */
struct games {
    struct arena arena;
    struct store_listed list[GAMES_PAGE];
    size_t count;
};

static bool on_listed(void *arg, const struct store_listed *listed)
{
    struct games *games = arg;
    struct store_listed *game = &games->list[games->count++];
    *game = *listed;
    game->name = arena_dup(&games->arena, listed->name);
    game->story_id = arena_dup(&games->arena, listed->story_id);
    return true;
}

/* Returns how many games there were after *above, which becomes the last of them. */
static enum status verify_page(struct verifier *v, uint64_t *above, size_t *ret_count)
{
    struct games games = {.count = 0};
    enum status st = store_scan(v->config->store, *above, GAMES_PAGE, on_listed, &games);
    for (size_t i = 0; st == OK && i < games.count; i++) {
        const uint64_t every = v->config->every;
        if (every <= 1 || v->seen % every == 0)
            st = verify_game(v, &games.list[i]);
        v->seen++;
        *above = games.list[i].row;
    }
    *ret_count = games.count;
    arena_release(&games.arena);
    return st;
}

enum status verify_store(const struct verify_config *config, struct verified *ret)
{
    *ret = (struct verified){.games = 0};
    struct verifier v = {.config = config, .count = ret};
    uint64_t above = 0;
    size_t count = GAMES_PAGE;
    enum status st = OK;
    library_init(&v.library, &v.catalogue);
    v.out = json_out_new(&v.bytes);
    while (st == OK && count == GAMES_PAGE)
        st = verify_page(&v, &above, &count);
    json_out_free(v.out);
    buf_release(&v.bytes);
    buf_release(&v.why);
    library_release(&v.library);
    return st;
}
