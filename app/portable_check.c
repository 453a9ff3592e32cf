/* The other way round: a document is read, and its game played again. The document may come from
 * anybody: whatever is in it, the rules are only asked what they would be asked by a client. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "app/canonical.h"
#include "app/portable.h"
#include "app/replay.h"

/* ---- reading ---- */

static enum status wrong(struct buf *why, const char *what)
{
    buf_printf(why, "%s", what);
    return ERR_INVALID;
}

static bool read_text(const struct json *object, struct slice key, struct slice *ret)
{
    const struct json *value = json_get(object, key);
    if (!value || value->kind != JSON_STRING)
        return false;
    *ret = value->text;
    return true;
}

/* 64 lower case digits: there is one way to write a hash. */
static bool read_hex(const struct json *object, struct slice key, uint8_t ret[SHA256_LEN])
{
    struct slice text;
    if (!read_text(object, key, &text) || crypto_unhex(text, ret, SHA256_LEN) != OK)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] >= 'A' && text.at[i] <= 'F')
            return false;
    }
    return true;
}

/* An object with exactly so many members; which ones is asked member by member. */
static bool is_object(const struct json *value, uint32_t members)
{
    return value && value->kind == JSON_OBJECT && value->count == members;
}

static bool is_list(const struct json *value)
{
    return value && value->kind == JSON_ARRAY && value->count > 0;
}

static enum status read_runs(const struct json *runs, struct buf *why)
{
    int64_t number = 0;
    uint8_t hash[SHA256_LEN];
    for (const struct json *run = runs->child; run; run = run->next) {
        int64_t told;
        number++;
        const struct json *seed = json_get(run, SLICE("seed"));
        if (is_object(run, 3) &&
            json_int(json_get(run, SLICE("run")), number, number, &told) == OK &&
            read_hex(run, SLICE("seed_hash"), hash) && seed &&
            (seed->kind == JSON_NULL || read_hex(run, SLICE("seed"), hash)))
            continue;
        buf_printf(why, "run %" PRId64 ": it must have run, seed_hash and seed", number);
        return ERR_INVALID;
    }
    return OK;
}

static enum status read_versions(const struct json *versions, struct buf *why)
{
    uint64_t number = 0;
    uint8_t hash[SHA256_LEN];
    for (const struct json *version = versions->child; version; version = version->next) {
        number++;
        const struct json *event = json_get(version, SLICE("event"));
        if (is_object(version, 2) && event && event->kind == JSON_OBJECT &&
            read_hex(version, SLICE("link"), hash))
            continue;
        buf_printf(why, "version %" PRIu64 ": it must have an event and a link", number);
        return ERR_INVALID;
    }
    return OK;
}

static enum status read_root(const struct json *root, struct portable *ret, struct buf *why)
{
    struct slice format;
    int64_t version;
    const struct json *story = json_get(root, SLICE("story"));
    if (!read_text(root, SLICE("format"), &format) || !slice_eq(format, SLICE("casys-game/1")))
        return ERR_NOT_FOUND;
    if (!is_object(root, 8))
        return wrong(why, "it must have format, story, name, version, status, runs, versions and "
                          "state_hash, and nothing else");
    if (!is_object(story, 2) || !read_text(story, SLICE("id"), &ret->story_id) ||
        !read_hex(story, SLICE("hash"), ret->story_hash))
        return wrong(why, "story must have an id and a hash");
    if (!read_text(root, SLICE("name"), &ret->name) ||
        !read_text(root, SLICE("status"), &ret->status))
        return wrong(why, "name and status must be texts");
    if (!read_hex(root, SLICE("state_hash"), ret->state_hash))
        return wrong(why, "state_hash must be a hash");
    ret->runs = json_get(root, SLICE("runs"));
    ret->versions = json_get(root, SLICE("versions"));
    if (!is_list(ret->runs) || !is_list(ret->versions))
        return wrong(why, "runs and versions must be lists with something in them");
    ret->run_count = ret->runs->count;
    ret->version = ret->versions->count;
    if (json_int(json_get(root, SLICE("version")), 1, INT64_MAX, &version) != OK ||
        (uint64_t)version != ret->version)
        return wrong(why, "version must be how many versions there are");
    return OK;
}

enum status portable_read_within(struct slice document, uint32_t nodes_max, struct arena *arena,
                                 struct portable *ret, struct buf *ret_why)
{
    const struct json_limits limits = {LIMIT_EXPORT_BYTES, LIMIT_JSON_DEPTH, nodes_max};
    const struct json *root;
    struct json_error error;
    if (json_parse(document, &limits, arena, &root, &error) != OK) {
        buf_printf(ret_why, "line %u, column %u: %.*s", (unsigned)error.line,
                   (unsigned)error.column, SLICE_ARG(error.reason));
        return ERR_INVALID;
    }
    enum status st = read_root(root, ret, ret_why);
    if (st == OK)
        st = read_runs(ret->runs, ret_why);
    if (st == OK)
        st = read_versions(ret->versions, ret_why);
    return st;
}

enum status portable_read(struct slice document, struct arena *arena, struct portable *ret,
                          struct buf *ret_why)
{
    return portable_read_within(document, LIMIT_EXPORT_NODES, arena, ret, ret_why);
}

/* ---- playing it again ---- */

/* A document being checked. */
struct audit {
    const struct portable *portable;
    struct portable_counts counts;
    struct buf *why;
    const struct portable_import *import; /* or NULL */
    struct arena arena;                   /* of the version at hand */
    struct replay *replay;
    const struct run_told *runs;
    uint32_t run; /* of the version at hand; 0 before the first */
    uint8_t link[SHA256_LEN];
    uint64_t version;
    struct buf event;        /* as it was played */
    struct buf told, played; /* canonical forms */
};

static enum status wrong_version(struct audit *audit, const char *what)
{
    buf_printf(audit->why, "version %" PRIu64 ": %s", audit->version, what);
    return ERR_INVALID;
}

/* Has the version at hand taken over what was played elsewhere? There the run may go on, so that its
 * seed may be untold. */
static bool takes_over(const struct json *event)
{
    struct slice type = SLICE_NONE;
    (void)read_text(event, SLICE("type"), &type);
    return slice_eq(type, SLICE("fork")) || slice_eq(type, SLICE("import"));
}

/* The run of the version at hand. */
static enum status check_run(struct audit *audit, const struct json *event)
{
    const uint32_t run = portable_run(event, audit->run);
    uint8_t hash[SHA256_LEN];
    if (run == audit->run)
        return OK;
    if (run != audit->run + 1)
        return wrong_version(audit, "it is of another run");
    if (run > audit->portable->run_count)
        return wrong_version(audit, "a run begins here that is not in the list of runs");
    if (run > 1 && !audit->runs[run - 2].is_revealed && !takes_over(event))
        return wrong_version(audit, "the run before this one is over: its seed must be told");
    const struct run_told *told = &audit->runs[run - 1];
    audit->run = run;
    if (!told->is_revealed)
        return OK;
    dice_seed_hash(told->seed, hash);
    if (memcmp(hash, told->seed_hash, sizeof hash) != 0)
        return wrong_version(audit, "the seed of the run that begins here is not the promised one");
    return OK;
}

static enum status check_link(struct audit *audit, const struct json *entry)
{
    uint8_t told[SHA256_LEN];
    ENSURE(read_hex(entry, SLICE("link"), told)); /* portable_read looked */
    portable_link(audit->link, audit->runs[audit->run - 1].seed_hash,
                  json_get(entry, SLICE("event")), &audit->arena);
    if (memcmp(told, audit->link, sizeof told) != 0)
        return wrong_version(audit, "the link does not fit");
    return OK;
}

/* The time of an event. Whether it is written exactly so is seen when the event is written again. */
static bool read_time(const struct json *event, int64_t *ret_ms)
{
    static const uint8_t starts[] = {0, 5, 8, 11, 14, 17, 20};
    static const uint8_t widths[] = {4, 2, 2, 2, 2, 2, 3};
    struct slice text;
    uint64_t parts[COUNT_OF(starts)];
    if (!read_text(event, SLICE("at"), &text) || text.len != strlen("2026-11-22T21:11:44.318Z"))
        return false;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        if (slice_to_u64(slice_make(text.at + starts[i], widths[i]), 9999, &parts[i]) != OK)
            return false;
    }
    struct tm tm = {.tm_year = (int)parts[0] - 1900,
                    .tm_mon = (int)parts[1] - 1,
                    .tm_mday = (int)parts[2],
                    .tm_hour = (int)parts[3],
                    .tm_min = (int)parts[4],
                    .tm_sec = (int)parts[5]};
    *ret_ms = (int64_t)timegm(&tm) * 1000 + (int64_t)parts[6];
    return true;
}

/* Is the event that was played the one that is told? */
static bool same_event(struct audit *audit, const struct json *told)
{
    const struct json_limits limits = {2 * LIMIT_EVENT_BYTES, LIMIT_JSON_DEPTH,
                                       2 * LIMIT_EVENT_BYTES};
    const struct replay *replay = audit->replay;
    const struct json *played = NULL;
    buf_clear(&audit->event);
    buf_clear(&audit->told);
    buf_clear(&audit->played);
    struct json_out *out = json_out_new(&audit->event);
    event_encode(out, replay->story, &replay->state, &replay->event);
    json_out_free(out);
    if (json_parse(buf_slice(&audit->event), &limits, &audit->arena, &played, NULL) != OK)
        return false;
    out = json_out_new(&audit->played);
    canonical_encode(out, played, &audit->arena);
    json_out_free(out);
    out = json_out_new(&audit->told);
    canonical_encode(out, told, &audit->arena);
    json_out_free(out);
    return slice_eq(buf_slice(&audit->told), buf_slice(&audit->played));
}

/* The version at hand was played and is as it is told. */
static void count_version(struct audit *audit, int64_t at_ms)
{
    const struct state *state = &audit->replay->state;
    const struct portable_version version = {
        .at_ms = at_ms, .event = buf_slice(&audit->event), .state = state};
    const size_t rolls = audit->replay->event.roll_count;
    audit->counts.rolls += rolls;
    if (audit->runs[state_dice_run(state) - 1].is_revealed)
        audit->counts.revealed += rolls;
    if (audit->import)
        audit->import->on_version(audit->import->arg, &version);
}

static enum status check_version(struct audit *audit, const struct json *entry)
{
    const struct json *event = json_get(entry, SLICE("event"));
    const struct json *type = json_get(event, SLICE("type"));
    const bool starts = type && type->kind == JSON_STRING && slice_eq(type->text, SLICE("start"));
    int64_t at_ms;
    if (starts != (audit->version == 1))
        return wrong_version(audit, "a game starts with its first version, and only there");
    enum status st = check_run(audit, event);
    if (st == OK)
        st = check_link(audit, entry);
    if (st != OK)
        return st;
    if (!read_time(event, &at_ms))
        return wrong_version(audit, "the event has no time");
    if (replay_event(audit->replay, event, at_ms) != OK)
        return wrong_version(audit, "the event cannot be played");
    if (audit->replay->state.version != audit->version || audit->replay->state.run != audit->run ||
        !same_event(audit, event))
        return wrong_version(audit, "played again, the event is another one");
    count_version(audit, at_ms);
    return OK;
}

/* After the last version: what is told of the whole. */
static enum status check_end(struct audit *audit)
{
    const struct portable *portable = audit->portable;
    const struct state *state = &audit->replay->state;
    uint8_t hash[SHA256_LEN];
    if (audit->run != portable->run_count)
        return wrong(audit->why, "there are more runs than begin in the versions");
    if (audit->runs[audit->run - 1].is_revealed != (state->status != GAME_ACTIVE))
        return wrong_version(audit, "the last run's seed must be told when the game is over, and "
                                    "not before");
    if (!slice_eq(portable->name, slice_make(state->name, state->name_len)))
        return wrong(audit->why, "name: the hero has another one");
    if (!slice_eq(portable->status, slice_str(game_status_name(state->status))))
        return wrong(audit->why, "status: played again, it is another one");
    if (!slice_eq(portable->story_id, audit->replay->story->id))
        return wrong(audit->why, "story: the one with this hash has another id");
    buf_clear(&audit->played);
    state_encode(state, audit->replay->story, &audit->played);
    crypto_sha256(buf_slice(&audit->played), hash);
    if (memcmp(hash, portable->state_hash, sizeof hash) != 0)
        return wrong_version(audit, "state_hash: played again, the state is another one");
    return OK;
}

/* The runs as the document tells them, which portable_read has looked at. */
static struct run_told *runs_of(const struct portable *portable, struct arena *arena)
{
    struct run_told *runs = arena_array(arena, (size_t)portable->run_count, sizeof *runs);
    struct run_told *told = runs;
    for (const struct json *run = portable->runs->child; run; run = run->next, told++) {
        ENSURE(read_hex(run, SLICE("seed_hash"), told->seed_hash));
        told->is_revealed = read_hex(run, SLICE("seed"), told->seed);
    }
    return runs;
}

static enum status check_all(struct audit *audit)
{
    enum status st = OK;
    const struct json *const first = audit->portable->versions->child;
    for (const struct json *entry = first; entry; entry = entry->next) {
        const uint64_t needed = replay_needs(json_get(entry, SLICE("event")));
        if (needed > 0)
            kept_need(&audit->replay->kept, needed);
    }
    kept_ready(&audit->replay->kept);
    for (const struct json *entry = first; st == OK && entry; entry = entry->next) {
        audit->version++;
        st = check_version(audit, entry);
        arena_reset(&audit->arena);
    }
    return st == OK ? check_end(audit) : st;
}

static enum status check(const struct portable *portable, const struct story *story,
                         const struct editions *editions, const struct portable_import *import,
                         struct portable_counts *ret_counts, struct buf *why)
{
    struct arena arena = {.blocks = NULL};
    struct run_told *runs = runs_of(portable, &arena);
    /* Every throw is as it was told: nobody here has the game's own seed. */
    struct replay *replay = replay_told(
        story, &(struct origin){portable->version, runs, (uint32_t)portable->run_count});
    replay->editions = editions;
    struct audit audit = {
        .portable = portable, .why = why, .import = import, .replay = replay, .runs = runs};
    memcpy(audit.link, portable->story_hash, SHA256_LEN);
    const enum status st = check_all(&audit);
    *ret_counts = audit.counts;
    if (st == OK && import) {
        *import->ret_state = replay->state;
        origin_encode(&replay->origin, import->ret_origin);
        if (import->ret_edition)
            *import->ret_edition = replay->edition ? story_ref(replay->edition) : NULL;
    }
    replay_free(replay);
    buf_release(&audit.event);
    buf_release(&audit.told);
    buf_release(&audit.played);
    arena_release(&audit.arena);
    arena_release(&arena);
    return st;
}

enum status portable_verify(const struct portable *portable, const struct story *story,
                            const struct editions *editions, struct portable_counts *ret_counts,
                            struct buf *ret_why)
{
    return check(portable, story, editions, NULL, ret_counts, ret_why);
}

enum status portable_import(const struct portable *portable, const struct story *story,
                            const struct portable_import *import, struct buf *ret_why)
{
    struct portable_counts counts;
    return check(portable, story, import->editions, import, &counts, ret_why);
}
