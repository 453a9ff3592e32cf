#include "tests/storage/sample.h"

#include <stdio.h>
#include <string.h>

/* Freed by nobody: a test is a process. */
static struct arena sample_arena;

struct sample_hash sample_hash(unsigned number)
{
    struct sample_hash hash;
    crypto_sha256(sample_text("%u", number), hash.bytes);
    return hash;
}

struct slice sample_text(const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ck_assert(len >= 0 && (size_t)len < sizeof text);
    return arena_dup(&sample_arena, slice_make(text, (size_t)len));
}

struct slice sample_bytes(size_t len)
{
    uint8_t *bytes = arena_alloc(&sample_arena, len);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)i;
    return slice_make(bytes, len);
}

struct store_new_game sample_game(unsigned number, uint64_t owner, const struct sample_hash *story)
{
    struct store_new_game game = {
        .name = sample_text("game-%u", number),
        .story_hash = story->bytes,
        .story_id = SLICE("cave"),
        .story_title = SLICE("The Cave"),
        .story_source = SLICE("{\"format\":\"casys-story/1\"}"),
        .owner = owner,
        .link = number % 2 == 1,
        .at_ms = 1000 + (int64_t)number,
    };
    memset(game.seed, (int)(number & 0xff), sizeof game.seed);
    return game;
}

struct store_entry sample_entry(uint64_t game, uint64_t version)
{
    const unsigned long long g = game, v = version;
    const int32_t small = (int32_t)(version % 1000000);
    return (struct store_entry){
        .game = game,
        .version = version,
        .at_ms = 2000 + small,
        .status = 1,
        .section = small * 10,
        .event = sample_text("event %llu/%llu", g, v),
        .state = sample_text("state %llu/%llu", g, v),
        .snapshot = sample_text("snapshot %llu/%llu", g, v),
    };
}

struct store_new_device sample_device(unsigned number, const struct sample_hash *secret)
{
    return (struct store_new_device){.secret_hash = secret->bytes,
                                     .name = sample_text("device-%u", number),
                                     .label = sample_text("label %u", number),
                                     .at_ms = 5 + (int64_t)number};
}

uint64_t add_session(struct store *store, unsigned number)
{
    const struct sample_hash secret = sample_hash(number);
    const struct store_new_device device = sample_device(number, &secret);
    uint64_t row = 0;
    ck_assert_ok(store_session_add(store, sample_text("session-%u", number), 5, &row));
    ck_assert_uint_gt(row, 0);
    ck_assert_ok(store_device_add(store, row, &device));
    return row;
}

uint64_t add_game(struct store *store, unsigned number, uint64_t owner, uint64_t versions)
{
    const struct sample_hash story = sample_hash(0);
    const struct store_new_game game = sample_game(number, owner, &story);
    uint64_t row = 0;
    ck_assert_ok(store_game_create(store, &game, &row));
    ck_assert_uint_gt(row, 0);
    for (uint64_t version = 1; version <= versions; version++) {
        const struct store_entry entry = sample_entry(row, version);
        ck_assert_ok(store_append(store, &entry));
    }
    return row;
}

void append_versions(struct store *store, uint64_t game, uint64_t first, uint64_t last)
{
    ck_assert_ok(store_begin(store));
    for (uint64_t version = first; version <= last; version++) {
        const struct store_entry entry = sample_entry(game, version);
        ck_assert_ok(store_append(store, &entry));
    }
    ck_assert_ok(store_commit(store));
}

struct sample_place sample_place(struct store *store, uint64_t versions)
{
    struct sample_place place;
    ck_assert_ok(store_begin(store));
    place.session = add_session(store, 1);
    place.game = add_game(store, 1, place.session, versions);
    ck_assert_ok(store_commit(store));
    return place;
}

uint64_t stored_version(struct store *store, unsigned number)
{
    struct arena arena = {0};
    struct store_game game = {0};
    const enum status st = store_game_load(store, sample_text("game-%u", number), &arena, &game);
    ck_assert(st == OK || st == ERR_NOT_FOUND);
    const uint64_t version = st == OK ? game.version : 0;
    arena_release(&arena);
    return version;
}

struct journal_check {
    uint64_t game, due;
};

static bool check_row(void *arg, const struct store_journal_row *row)
{
    struct journal_check *check = arg;
    const struct store_entry entry = sample_entry(check->game, check->due);
    ck_assert_uint_eq(row->version, check->due);
    ck_assert_int_eq(row->at_ms, entry.at_ms);
    ck_assert_slice_eq(row->event, entry.event);
    check->due--;
    return true;
}

void check_journal(struct store *store, uint64_t game, uint64_t last)
{
    struct journal_check check = {.game = game, .due = last};
    ck_assert_ok(store_history(store, game, 1, UINT64_MAX, check_row, &check));
    ck_assert_uint_eq(check.due, 0);
}
