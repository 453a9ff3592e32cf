#include "app/author/verify.h"

#include <inttypes.h>
#include <string.h>

#include "app/author/games_page.h"
#include "app/replay.h"

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

/* One game being checked. */
struct audit {
    struct verifier *v;
    struct store_game game;
    struct game_facts facts;
    struct replay *replay;
};

static bool differs(struct audit *c, const char *what)
{
    if (c->v->why.len == 0)
        buf_printf(&c->v->why, "%s", what);
    return false;
}

static const char *on_played(void *arg, const struct replay *replay,
                             const struct store_journal_row *row)
{
    struct audit *c = arg;
    struct verifier *v = c->v;
    buf_clear(&v->bytes);
    json_out_reset(v->out);
    event_encode(v->out, replay->story, &replay->state, &replay->event);
    return slice_eq(buf_slice(&v->bytes), row->event) ? NULL
                                                      : "played again, the event is another one";
}

static bool same_state(struct audit *c)
{
    buf_clear(&c->v->bytes);
    state_encode(&c->replay->state, c->facts.story, &c->v->bytes);
    return slice_eq(buf_slice(&c->v->bytes), c->game.state) ||
           differs(c, "the stored state is another one");
}

static bool same_snapshot(struct audit *c)
{
    buf_clear(&c->v->bytes);
    json_out_reset(c->v->out);
    snapshot_encode(c->v->out, &c->facts, &c->replay->state, &c->replay->event);
    return slice_eq(buf_slice(&c->v->bytes), c->game.snapshot) ||
           differs(c, "the stored snapshot is another one");
}

/* What players were told at the start of the run, against the seed that they are told at its end. */
static bool same_seed(struct audit *c, struct arena *arena)
{
    const struct json_limits limits = {LIMIT_SNAPSHOT_BYTES, LIMIT_JSON_DEPTH,
                                       LIMIT_SNAPSHOT_BYTES};
    const struct json *root;
    uint8_t run_seed[SEED_LEN], hash[SHA256_LEN], told[SHA256_LEN];
    if (json_parse(c->game.snapshot, &limits, arena, &root, NULL) != OK)
        return differs(c, "the stored snapshot is no JSON");
    const struct json *published = json_get(root, SLICE("seed_hash"));
    dice_run_seed(c->facts.seed, c->replay->state.run, run_seed);
    dice_seed_hash(run_seed, hash);
    if (!published || published->kind != JSON_STRING ||
        crypto_unhex(published->text, told, sizeof told) != OK ||
        memcmp(told, hash, sizeof told) != 0)
        return differs(c, "the published hash is not that of the dice's seed");
    return true;
}

/* Seeds that were told of a past that was played elsewhere, against the hashes that its players saw. */
static bool same_origin(struct audit *c)
{
    const struct origin *origin = &c->facts.origin;
    uint8_t hash[SHA256_LEN];
    for (uint32_t i = 0; i < origin->run_count; i++) {
        dice_seed_hash(origin->runs[i].seed, hash);
        if (origin->runs[i].is_revealed &&
            memcmp(hash, origin->runs[i].seed_hash, sizeof hash) != 0)
            return differs(c, "a seed that was told is not the promised one");
    }
    return true;
}

static enum status compare(struct audit *c, struct arena *arena)
{
    const enum status st =
        replay_journal(c->replay, c->v->config->store, &c->game, c->game.version, on_played, c);
    if (st == ERR_CORRUPT) {
        buf_printf(&c->v->why, "version %" PRIu64 ": %s", c->replay->wrong_version,
                   c->replay->wrong);
        return OK;
    }
    if (st != OK || !same_state(c) || !same_snapshot(c) || !same_seed(c, arena) || !same_origin(c))
        return st;
    c->v->count->finished += c->replay->state.status != GAME_ACTIVE;
    return OK;
}

static enum status check_game(struct audit *c, struct slice name, struct arena *arena)
{
    struct verifier *v = c->v;
    enum status st = replay_facts(v->config->store, &v->library, name, arena, &c->game, &c->facts);
    if (st == ERR_CORRUPT || st == ERR_NOT_FOUND || st == ERR_GAME_NOT_FOUND) {
        (void)differs(c, "the game or its story cannot be read");
        return OK;
    }
    if (st != OK)
        return st;
    struct stored stored = {v->config->store, &v->library};
    const struct editions editions = {stored_edition, &stored};
    c->replay = replay_new(&c->facts);
    c->replay->editions = &editions;
    st = compare(c, arena);
    replay_free(c->replay);
    story_unref(c->facts.story);
    return st;
}

static enum status verify_game(struct verifier *v, const struct store_listed *listed)
{
    struct arena arena = {.blocks = NULL};
    struct audit audit = {.v = v};
    struct buf line = {.at = NULL};
    buf_clear(&v->why);
    const enum status st = check_game(&audit, listed->name, &arena);
    const bool good = v->why.len == 0;
    buf_printf(&line, "%.*s  %.*s  %" PRIu64 " versions: %s%.*s", SLICE_ARG(listed->name),
               SLICE_ARG(listed->story_id), listed->version,
               good ? "good" : "WRONG: ", SLICE_ARG(buf_slice(&v->why)));
    v->count->games++;
    v->count->versions += listed->version;
    v->count->wrong += !good;
    if (st == OK)
        v->config->on_game(v->config->arg, good, buf_slice(&line));
    buf_release(&line);
    arena_release(&arena);
    return st;
}

/* Returns how many games there were after *above, which becomes the last of them. */
static enum status verify_page(struct verifier *v, uint64_t *above, size_t *ret_count)
{
    struct games_page games;
    enum status st = games_read(v->config->store, *above, &games);
    for (size_t i = 0; st == OK && i < games.count; i++) {
        const uint64_t every = v->config->every;
        if (every <= 1 || v->seen % every == 0)
            st = verify_game(v, &games.list[i]);
        v->seen++;
        *above = games.list[i].row;
    }
    *ret_count = games.count;
    games_release(&games);
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
