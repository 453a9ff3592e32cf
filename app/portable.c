#include "app/portable.h"

#include <string.h>

#include "app/canonical.h"
#include "app/journal.h"
#include "app/members.h"
#include "app/replay.h"

enum {
    EVENTS_PAGE = 64, /* events in memory */
};

void portable_link(uint8_t link[SHA256_LEN], const uint8_t seed_hash[SHA256_LEN],
                   const struct json *event, struct arena *arena)
{
    SCOPED(buf_release) struct buf text = {.at = NULL};
    struct json_out *out = json_out_new(&text);
    buf_append(&text, slice_make(link, SHA256_LEN));
    buf_append(&text, slice_make(seed_hash, SHA256_LEN));
    canonical_encode(out, event, arena);
    json_out_free(out);
    crypto_sha256(buf_slice(&text), link);
}

uint32_t portable_run(const struct json *event, uint32_t run)
{
    static const char *const beginning[] = {"start", "reset", "fork", "import", "migrate"};
    const struct json *type = json_get(event, SLICE("type"));
    int64_t told;
    if (!type || type->kind != JSON_STRING)
        return run;
    for (size_t i = 0; i < COUNT_OF(beginning); i++) {
        if (slice_eq(type->text, slice_str(beginning[i])))
            return run + 1;
    }
    /* A load begins one when the run was over, and says so. */
    if (slice_eq(type->text, SLICE("load")) &&
        json_int(json_get(event, SLICE("run")), 1, UINT32_MAX, &told) == OK)
        return (uint32_t)told;
    return run;
}

/* A document being written. */
struct export
{
    const struct game_facts *facts;
    const struct state *state; /* the newest one */
    struct buf *buf;
    struct json_out *out;
    uint32_t run; /* of the version at hand; 0 before the first */
    uint8_t seed_hash[SHA256_LEN];
    uint8_t link[SHA256_LEN];
};

/* Asked before each part, and of the whole: in between it is longer by one event at most. */
static bool is_too_long(const struct export *export)
{
    return export->buf->len > LIMIT_EXPORT_BYTES;
}

static enum status runs_encode(const struct export *export)
{
    const struct state *state = export->state;
    struct json_out *out = export->out;
    json_out_key(out, SLICE("runs"));
    json_out_array(out);
    for (uint32_t run = 1; run <= state->run; run++) {
        if (is_too_long(export))
            return ERR_TOO_LARGE;
        run_encode(out, export->facts, state, run);
    }
    json_out_array_end(out);
    return OK;
}

static enum status version_encode(struct export *export, const struct store_journal_row *row,
                                  struct arena *arena)
{
    const struct json_limits limits = {LIMIT_EVENT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EVENT_BYTES};
    struct json_out *out = export->out;
    const struct json *event;
    if (json_parse(row->event, &limits, arena, &event, NULL) != OK)
        return ERR_CORRUPT;
    if (is_too_long(export))
        return ERR_TOO_LARGE;
    const uint32_t run = portable_run(event, export->run);
    if (run < export->run || run > export->run + 1 || run > export->state->run)
        return ERR_CORRUPT;
    if (run > export->run) {
        struct run_told told;
        run_facts(export->facts, export->state, run, &told);
        memcpy(export->seed_hash, told.seed_hash, SHA256_LEN);
        export->run = run;
    }
    portable_link(export->link, export->seed_hash, event, arena);
    json_out_object(out);
    json_out_key(out, SLICE("event"));
    json_out_raw(out, row->event);
    member_hex(out, SLICE("link"), export->link);
    json_out_object_end(out);
    return OK;
}

static enum status page_encode(struct export *export, struct store *store, uint64_t game,
                               uint64_t from, uint64_t to)
{
    struct arena arena = {.blocks = NULL};
    struct journal_page page;
    enum status st = journal_read(store, game, from, to, &arena, &page);
    if (st == OK && page.count != to - from + 1)
        st = ERR_CORRUPT;
    for (const struct journal_row *row = page.first; st == OK && row; row = row->next)
        st = version_encode(export, &row->row, &arena);
    arena_release(&arena);
    return st;
}

static enum status versions_encode(struct export *export, struct store *store,
                                   const struct store_game *game)
{
    json_out_key(export->out, SLICE("versions"));
    json_out_array(export->out);
    for (uint64_t done = 0; done < game->version;) {
        const uint64_t left = game->version - done;
        const uint64_t to = left > EVENTS_PAGE ? done + EVENTS_PAGE : game->version;
        const enum status st = page_encode(export, store, game->row, done + 1, to);
        if (st != OK)
            return st;
        done = to;
    }
    json_out_array_end(export->out);
    return OK;
}

/* With the edition that the game began with: where it went on with others, its events say so. */
static void head_encode(struct json_out *out, const struct story *story,
                        const uint8_t first[SHA256_LEN], const struct state *state)
{
    json_out_member(out, SLICE("format"), SLICE("casys-game/1"));
    json_out_key(out, SLICE("story"));
    json_out_object(out);
    json_out_member(out, SLICE("id"), story->id);
    member_hex(out, SLICE("hash"), first);
    json_out_object_end(out);
    json_out_member(out, SLICE("name"), slice_make(state->name, state->name_len));
    json_out_member_int(out, SLICE("version"), (int64_t)state->version);
    json_out_member(out, SLICE("status"), slice_str(game_status_name(state->status)));
}

enum status portable_encode(struct store *store, const struct store_game *game,
                            const struct game_facts *facts, const struct state *state,
                            struct buf *ret)
{
    uint8_t hash[SHA256_LEN], first[SHA256_LEN];
    enum status st = replay_first(store, game, facts->story, first);
    if (st != OK)
        return st;
    struct export export = {.facts = facts, .state = state, .buf = ret, .out = json_out_new(ret)};
    json_out_object(export.out);
    head_encode(export.out, facts->story, first, state);
    memcpy(export.link, first, SHA256_LEN);
    st = runs_encode(&export);
    if (st == OK)
        st = versions_encode(&export, store, game);
    if (st == OK) {
        crypto_sha256(game->state, hash);
        member_hex(export.out, SLICE("state_hash"), hash);
        json_out_object_end(export.out);
    }
    json_out_free(export.out);
    if (st == OK && is_too_long(&export))
        st = ERR_TOO_LARGE;
    return st;
}
