/* Games that were begun with an earlier program go on: a story that uses nothing new gives the same
 * bytes as it ever did. earlier/games.txt has what the first program made of random games of the
 * stories in earlier/: one line for each game, the hash of all its events, states and snapshots.
 * It is never written again; a difference is a database that no longer replays. */
#include <string.h>

#include "app/library.h"
#include "app/snapshot.h"
#include "tests/support/support.h"

enum { GAMES = 60, STEPS = 50 };

static const char folder[] = CASYS_SOURCE_DIR "/tests/app/earlier";

/* One game, and all that was written of it. */
struct record {
    struct game_facts facts;
    struct state state;
    struct event event;
    struct buf bytes;
};

static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void write_version(struct record *record)
{
    struct json_out *out = json_out_new(&record->bytes);
    event_encode(out, record->facts.story, &record->state, &record->event);
    json_out_reset(out);
    snapshot_encode(out, &record->facts, &record->state, &record->event);
    json_out_free(out);
    state_encode(&record->state, record->facts.story, &record->bytes);
}

static void step(struct record *record, uint32_t *seed)
{
    const struct story *story = record->facts.story;
    struct state *state = &record->state;
    const int64_t at_ms = record->event.at_ms + (int64_t)(next_number(seed) % 100000);
    const struct section *section = &story->sections[state->section];
    const uint32_t fate = next_number(seed) % 60;
    if (state->status != GAME_ACTIVE || fate == 0) {
        ck_assert_int_eq(game_reset(story, record->facts.seed, state, at_ms, state, &record->event),
                         OK);
        return;
    }
    if (fate == 1) {
        ck_assert_int_eq(game_stop(story, state, at_ms, state, &record->event), OK);
        return;
    }
    enum status st = ERR_CHOICE_UNAVAILABLE;
    const size_t first = next_number(seed) % section->choice_count;
    for (size_t i = 0; i < section->choice_count && st != OK; i++)
        st = game_step(story, record->facts.seed, state,
                       &section->choices[(first + i) % section->choice_count], at_ms, state,
                       &record->event);
    ck_assert_int_eq(st, OK);
}

static void play(struct record *record, uint32_t number)
{
    uint32_t seed = number;
    for (size_t i = 0; i < SEED_LEN; i++)
        record->facts.seed[i] = (uint8_t)next_number(&seed);
    ck_assert_int_eq(game_start(record->facts.story, record->facts.seed, SLICE_NONE, 1700000000000,
                                &record->state, &record->event),
                     OK);
    write_version(record);
    for (int i = 0; i < STEPS; i++) {
        step(record, &seed);
        write_version(record);
    }
}

START_TEST(random_games_are_the_bytes_they_have_always_been)
{
    static struct record record; /* large */
    struct catalogue catalogue;
    struct buf report = {0};
    struct buf got = {0};
    struct buf expected = {0};
    ck_assert_int_eq(catalogue_read(&catalogue, folder, NULL, &report), OK);
    for (size_t s = 0; s < catalogue.count; s++) {
        struct story *story = catalogue.stories[s];
        /* A story is known by the hash that it was stored with. */
        crypto_sha256(story->source, story->hash);
        for (uint32_t number = 0; number < GAMES; number++) {
            uint8_t hash[SHA256_LEN];
            char hex[2 * SHA256_LEN + 1];
            record.facts = (struct game_facts){
                .id = {3, number}, .owner = {4, number}, .link = true, .story = story};
            buf_clear(&record.bytes);
            play(&record, number);
            crypto_sha256(buf_slice(&record.bytes), hash);
            crypto_hex(slice_make(hash, sizeof hash), hex);
            buf_printf(&got, "%.*s %u %zu %s\n", SLICE_ARG(story->id), number, record.bytes.len,
                       hex);
        }
    }
    read_file(CASYS_SOURCE_DIR "/tests/app/earlier/games.txt", &expected);
    ck_assert_slice_eq(buf_slice(&got), buf_slice(&expected));
    buf_release(&record.bytes);
    buf_release(&got);
    buf_release(&expected);
    buf_release(&report);
    catalogue_release(&catalogue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("earlier");
    TCase *tcase = tcase_create("earlier");
    tcase_set_timeout(tcase, 100);
    tcase_add_test(tcase, random_games_are_the_bytes_they_have_always_been);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
