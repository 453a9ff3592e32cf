/* The other way round: a document is read, and its game played again. The document may come from
 * anybody: whatever is in it, the rules are only asked what they would be asked by a client. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "app/canonical.h"
#include "app/portable.h"

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

enum status portable_read(struct slice document, struct arena *arena, struct portable *ret,
                          struct buf *ret_why)
{
    const struct json_limits limits = {LIMIT_EXPORT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EXPORT_NODES};
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

/* ---- playing it again ---- */

/* A document being checked. */
struct audit {
    const struct portable *portable;
    const struct story *story;
    struct portable_counts *counts;
    struct buf *why;
    struct arena arena;     /* of the version at hand */
    const struct json *run; /* of the version at hand; NULL before the first */
    uint64_t run_number;
    bool is_revealed;
    uint8_t run_seed[SEED_LEN]; /* when it is revealed */
    uint8_t seed_hash[SHA256_LEN];
    uint8_t link[SHA256_LEN];
    uint64_t version;
    struct state state;
    struct event event;
    struct buf told, played; /* canonical forms */
};

static enum status wrong_version(struct audit *audit, const char *what)
{
    buf_printf(audit->why, "version %" PRIu64 ": %s", audit->version, what);
    return ERR_INVALID;
}

/* The run that begins with the version at hand. */
static enum status run_begin(struct audit *audit)
{
    audit->run = audit->run ? audit->run->next : audit->portable->runs->child;
    audit->run_number++;
    if (!audit->run)
        return wrong_version(audit, "a run begins here that is not in the list of runs");
    uint8_t hash[SHA256_LEN];
    ENSURE(read_hex(audit->run, SLICE("seed_hash"), audit->seed_hash)); /* portable_read looked */
    audit->is_revealed = read_hex(audit->run, SLICE("seed"), audit->run_seed);
    if (!audit->is_revealed && audit->run->next)
        return wrong_version(audit, "the run that begins here is over: its seed must be told");
    if (!audit->is_revealed)
        return OK;
    dice_seed_hash(audit->run_seed, hash);
    if (memcmp(hash, audit->seed_hash, sizeof hash) != 0)
        return wrong_version(audit, "the seed of the run that begins here is not the promised one");
    return OK;
}

static enum status check_link(struct audit *audit, const struct json *entry)
{
    uint8_t told[SHA256_LEN];
    ENSURE(read_hex(entry, SLICE("link"), told)); /* portable_read looked */
    portable_link(audit->link, audit->seed_hash, json_get(entry, SLICE("event")), &audit->arena);
    if (memcmp(told, audit->link, sizeof told) != 0)
        return wrong_version(audit, "the link does not fit");
    return OK;
}

/* The values of an event's dice, all in a row. What is no such value becomes 0, which no die shows. */
static struct dice_told dice_of(struct audit *audit, const struct json *event)
{
    const struct json *rolls = json_get(event, SLICE("rolls"));
    uint8_t *values = arena_alloc(&audit->arena, (size_t)LIMIT_ROLLS * DICE_COUNT_MAX);
    struct dice_told told = {.values = values};
    for (const struct json *roll = rolls ? rolls->child : NULL; roll; roll = roll->next) {
        const struct json *list = json_get(roll, SLICE("values"));
        for (const struct json *value = list ? list->child : NULL; value; value = value->next) {
            int64_t number = 0;
            if (told.count == (size_t)LIMIT_ROLLS * DICE_COUNT_MAX)
                return told;
            if (json_int(value, 1, DICE_FACES_MAX, &number) != OK)
                number = 0;
            values[told.count++] = (uint8_t)number;
        }
    }
    if (audit->is_revealed)
        told.run_seed = audit->run_seed;
    return told;
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
    SCOPED(buf_release) struct buf bytes = {.at = NULL};
    const struct json *played = NULL;
    buf_clear(&audit->told);
    buf_clear(&audit->played);
    struct json_out *out = json_out_new(&bytes);
    event_encode(out, audit->story, &audit->state, &audit->event);
    json_out_free(out);
    if (json_parse(buf_slice(&bytes), &limits, &audit->arena, &played, NULL) != OK)
        return false;
    out = json_out_new(&audit->played);
    canonical_encode(out, played, &audit->arena);
    json_out_free(out);
    out = json_out_new(&audit->told);
    canonical_encode(out, told, &audit->arena);
    json_out_free(out);
    return slice_eq(buf_slice(&audit->told), buf_slice(&audit->played));
}

static enum status check_version(struct audit *audit, const struct json *entry)
{
    const struct json *event = json_get(entry, SLICE("event"));
    const struct json *type = json_get(event, SLICE("type"));
    const bool starts = type && type->kind == JSON_STRING && slice_eq(type->text, SLICE("start"));
    int64_t at_ms;
    if (starts != (audit->version == 1))
        return wrong_version(audit, "a game starts with its first version, and only there");
    enum status st = portable_begins_run(event) ? run_begin(audit) : OK;
    if (st == OK)
        st = check_link(audit, entry);
    if (st != OK)
        return st;
    if (!read_time(event, &at_ms))
        return wrong_version(audit, "the event has no time");
    const struct dice_told told = dice_of(audit, event);
    if (event_again(event, at_ms, audit->story, &told, &audit->state, &audit->event) != OK)
        return wrong_version(audit, "the event cannot be played");
    if (audit->state.version != audit->version || !same_event(audit, event))
        return wrong_version(audit, "played again, the event is another one");
    audit->counts->rolls += audit->event.roll_count;
    audit->counts->revealed += audit->is_revealed ? audit->event.roll_count : 0;
    return OK;
}

/* After the last version: what is told of the whole. */
static enum status check_end(struct audit *audit)
{
    const struct portable *portable = audit->portable;
    const struct state *state = &audit->state;
    uint8_t hash[SHA256_LEN];
    if (audit->run->next)
        return wrong(audit->why, "there are more runs than begin in the versions");
    if (audit->is_revealed != (state->status != GAME_ACTIVE))
        return wrong_version(audit, "the last run's seed must be told when the game is over, and "
                                    "not before");
    if (!slice_eq(portable->name, slice_make(state->name, state->name_len)))
        return wrong(audit->why, "name: the hero has another one");
    if (!slice_eq(portable->status, slice_str(game_status_name(state->status))))
        return wrong(audit->why, "status: played again, it is another one");
    if (!slice_eq(portable->story_id, audit->story->id))
        return wrong(audit->why, "story: the one with this hash has another id");
    buf_clear(&audit->played);
    state_encode(state, audit->story, &audit->played);
    crypto_sha256(buf_slice(&audit->played), hash);
    if (memcmp(hash, portable->state_hash, sizeof hash) != 0)
        return wrong_version(audit, "state_hash: played again, the state is another one");
    return OK;
}

enum status portable_verify(const struct portable *portable, const struct story *story,
                            struct portable_counts *ret_counts, struct buf *ret_why)
{
    struct arena arena = {.blocks = NULL};
    struct audit *audit = arena_alloc(&arena, sizeof *audit);
    enum status st = OK;
    *ret_counts = (struct portable_counts){.rolls = 0};
    audit->portable = portable;
    audit->story = story;
    audit->counts = ret_counts;
    audit->why = ret_why;
    memcpy(audit->link, portable->story_hash, SHA256_LEN);
    for (const struct json *entry = portable->versions->child; st == OK && entry;
         entry = entry->next) {
        audit->version++;
        st = check_version(audit, entry);
        arena_reset(&audit->arena);
    }
    if (st == OK)
        st = check_end(audit);
    buf_release(&audit->told);
    buf_release(&audit->played);
    arena_release(&audit->arena);
    arena_release(&arena);
    return st;
}
