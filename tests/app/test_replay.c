/* Playing a journal again gives the same bytes: random games of every story that is shipped,
 * and of the test's own. */
#include <stdlib.h>
#include <string.h>

#include "app/library.h"
#include "app/snapshot.h"
#include "tests/game/generate.h"
#include "tests/game/whole.h"
#include "tests/support/support.h"

enum {
    GAMES = 500,
    WHOLE_GAMES = 150,
    RANDOM_STORIES = 30,
    RANDOM_GAMES = 5,
    STEPS_MAX = 60,
    STORY_FOLDERS = 2
};

static const char *const folders[STORY_FOLDERS] = {
    CASYS_SOURCE_DIR "/stories",
    CASYS_SOURCE_DIR "/tests/app/stories",
};

static struct catalogue catalogue;

/* A game in play, and the same game played from its journal. */
struct twins {
    struct game_facts facts;
    struct state state, again;
    struct event event, event_again;
    struct arena arena;
    struct buf texts[5];
};

enum { JOURNAL, STATE, STATE_AGAIN, SNAPSHOT, SNAPSHOT_AGAIN };

static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static struct slice written(struct buf *buf, struct game_facts *facts, const struct state *state,
                            const struct event *event, bool snapshot)
{
    struct json_out *out = json_out_new(buf);
    buf_clear(buf);
    if (snapshot)
        snapshot_encode(out, facts, state, event);
    else
        event_encode(out, facts->story, state, event);
    json_out_free(out);
    return buf_slice(buf);
}

/* Replay the newest event and compare everything that can be compared. */
static void follow(struct twins *t, const char *where)
{
    const struct slice journal =
        written(&t->texts[JOURNAL], &t->facts, &t->state, &t->event, false);
    const enum status st =
        event_replay(journal, t->event.at_ms, &t->facts, &t->arena, &t->again, &t->event_again);
    ck_assert_msg(st == OK, "%s, version %llu: %s", where, (unsigned long long)t->state.version,
                  status_name(st));
    struct game_facts facts_again = t->facts;
    facts_again.hashed_run = 0; /* nothing is known beforehand */
    buf_clear(&t->texts[STATE]);
    buf_clear(&t->texts[STATE_AGAIN]);
    state_encode(&t->state, t->facts.story, &t->texts[STATE]);
    state_encode(&t->again, t->facts.story, &t->texts[STATE_AGAIN]);
    const bool same_state =
        slice_eq(buf_slice(&t->texts[STATE]), buf_slice(&t->texts[STATE_AGAIN]));
    const bool same_snapshot = slice_eq(
        written(&t->texts[SNAPSHOT], &t->facts, &t->state, &t->event, true),
        written(&t->texts[SNAPSHOT_AGAIN], &facts_again, &t->again, &t->event_again, true));
    const struct story *story = t->facts.story;
    ck_assert_uint_le(t->texts[SNAPSHOT].len,
                      snapshot_bytes_max(story, &story->sections[t->state.section]));
    if (!same_state || !same_snapshot)
        ck_abort_msg("%s, version %llu: not the same", where, (unsigned long long)t->state.version);
    arena_reset(&t->arena);
}

/* One more version: a choice that is available, now and then a stop or a reset. */
static void step(struct twins *t, uint32_t *seed)
{
    const struct story *story = t->facts.story;
    const uint8_t *const secret = t->facts.seed;
    const int64_t at_ms = t->event.at_ms + (int64_t)(next_number(seed) % 100000);
    if (t->state.status != GAME_ACTIVE || next_number(seed) % 40 == 0) {
        ck_assert_int_eq(game_reset(story, secret, &t->state, at_ms, &t->state, &t->event), OK);
        return;
    }
    if (next_number(seed) % 60 == 0) {
        ck_assert_int_eq(game_stop(story, &t->state, at_ms, &t->state, &t->event), OK);
        return;
    }
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, &t->state, options);
    enum status st = ERR_CHOICE_UNAVAILABLE;
    const size_t first = count > 0 ? next_number(seed) % count : 0;
    for (size_t i = 0; i < count && st != OK; i++)
        st = game_step(story, secret, &t->state, options[(first + i) % count], at_ms, &t->state,
                       &t->event);
    /* Only a story made at random has a place with no way out. */
    ck_assert_msg(st == OK || story->source.len == 0, "section %d has no way out",
                  story->sections[t->state.section].number);
    if (st != OK)
        ck_assert_int_eq(game_stop(story, &t->state, at_ms, &t->state, &t->event), OK);
}

static void play_game(struct twins *t, struct story *story, uint32_t number)
{
    static const char *const names[] = {"", "Ann", "\xc3\x84nne \"Q\"", "<b>&\\"};
    uint32_t seed = number;
    t->facts = (struct game_facts){.id = {1, number}, .owner = {2, number}, .story = story};
    for (size_t i = 0; i < SEED_LEN; i++)
        t->facts.seed[i] = (uint8_t)next_number(&seed);
    ck_assert_int_eq(game_start(story, t->facts.seed, slice_str(names[number % COUNT_OF(names)]),
                                1700000000000, &t->state, &t->event),
                     OK);
    follow(t, (const char *)names[number % COUNT_OF(names)]);
    const uint32_t steps = next_number(&seed) % STEPS_MAX;
    for (uint32_t i = 0; i < steps; i++) {
        step(t, &seed);
        follow(t, "a step");
    }
}

static struct twins *twins_new(void)
{
    struct twins *t = calloc(1, sizeof *t);
    ENSURE(t != NULL);
    return t;
}

static void twins_free(struct twins *t)
{
    for (size_t i = 0; i < COUNT_OF(t->texts); i++)
        buf_release(&t->texts[i]);
    arena_release(&t->arena);
    free(t);
}

/* Every part of the rules: stories made at random, and one that was made to have them all. */
START_TEST(random_stories_played_again_are_the_same)
{
    struct twins *t = twins_new();
    struct random random = {(uint64_t)_i};
    struct story *story = _i == 0 ? whole_story() : generate_story(&random);
    snapshot_prepare(story);
    for (uint32_t number = 0; number < (_i == 0 ? WHOLE_GAMES : RANDOM_GAMES); number++)
        play_game(t, story, number);
    story_unref(story);
    twins_free(t);
}
END_TEST

START_TEST(random_games_played_again_are_the_same)
{
    struct twins *t = twins_new();
    struct buf report = {0};
    ck_assert_int_eq(catalogue_read(&catalogue, folders[_i], NULL, &report), OK);
    for (size_t s = 0; s < catalogue.count; s++) {
        for (uint32_t number = 0; number < GAMES; number++)
            play_game(t, catalogue.stories[s], number);
    }
    twins_free(t);
    buf_release(&report);
    catalogue_release(&catalogue);
}
END_TEST

/* ---- events that do not fit ---- */

static struct state start_of(const struct game_facts *facts, struct event *event)
{
    struct state state;
    ck_assert_int_eq(game_start(facts->story, facts->seed, SLICE_NONE, 0, &state, event), OK);
    return state;
}

static const struct {
    const char *why, *event;
} damaged[] = {
    {"nothing", ""},
    {"no JSON", "{\"type\":\"choice\""},
    {"a list", "[]"},
    {"no type", "{\"choice_id\":\"go\"}"},
    {"a type that is no text", "{\"type\":1}"},
    {"an unknown type", "{\"type\":\"dance\"}"},
    {"a choice without an id", "{\"type\":\"choice\"}"},
    {"an id that is no text", "{\"type\":\"choice\",\"choice_id\":1}"},
    {"a choice of another section", "{\"type\":\"choice\",\"choice_id\":\"back\"}"},
    {"a choice by section number", "{\"type\":\"choice\",\"choice_id\":\"2\"}"},
    {"a choice by text", "{\"type\":\"choice\",\"choice_text\":\"Go on\"}"},
    {"a choice that was not available", "{\"type\":\"choice\",\"choice_id\":\"light\"}"},
    {"a name that nobody may have", "{\"type\":\"start\",\"name\":\"a\\nb\"}"},
};

START_TEST(an_event_that_does_not_fit_is_refused)
{
    struct event event;
    struct buf report = {0};
    struct arena arena = {0};
    ck_assert_int_eq(catalogue_read(&catalogue, folders[1], NULL, &report), OK);
    const struct game_facts facts = {.story = catalogue.stories[0]};
    struct state state = start_of(&facts, &event);
    const enum status st =
        event_replay(slice_str(damaged[_i].event), 0, &facts, &arena, &state, &event);
    ck_assert_msg(st == ERR_CORRUPT, "%s: %s", damaged[_i].why, status_name(st));
    ck_assert_uint_eq(state.version, 1);
    arena_release(&arena);
    buf_release(&report);
    catalogue_release(&catalogue);
}
END_TEST

START_TEST(nothing_follows_in_a_game_that_is_over)
{
    static const char *const events[] = {
        "{\"type\":\"choice\",\"choice_id\":\"go\"}",
        "{\"type\":\"stop\"}",
    };
    struct event event;
    struct buf report = {0};
    struct arena arena = {0};
    ck_assert_int_eq(catalogue_read(&catalogue, folders[1], NULL, &report), OK);
    const struct game_facts facts = {.story = catalogue.stories[0]};
    struct state state = start_of(&facts, &event);
    ck_assert_int_eq(event_replay(SLICE("{\"type\":\"choice\",\"choice_id\":\"win\"}"), 0, &facts,
                                  &arena, &state, &event),
                     OK);
    ck_assert_int_eq(event_replay(slice_str(events[_i]), 0, &facts, &arena, &state, &event),
                     ERR_CORRUPT);
    arena_release(&arena);
    buf_release(&report);
    catalogue_release(&catalogue);
}
END_TEST

START_TEST(an_event_that_is_cut_short_is_refused)
{
    struct event event;
    struct buf report = {0};
    struct buf text = {0};
    struct arena arena = {0};
    ck_assert_int_eq(catalogue_read(&catalogue, folders[1], NULL, &report), OK);
    const struct game_facts facts = {.story = catalogue.stories[0]};
    const struct state state = start_of(&facts, &event);
    struct json_out *out = json_out_new(&text);
    event_encode(out, facts.story, &state, &event);
    json_out_free(out);
    for (size_t len = 0; len < text.len; len++) {
        struct state again = {.version = 0};
        const struct slice cut = arena_dup(&arena, slice_make(text.at, len));
        if (event_replay(cut, 0, &facts, &arena, &again, &event) != ERR_CORRUPT)
            ck_abort_msg("accepted after %zu bytes", len);
        arena_reset(&arena);
    }
    buf_release(&text);
    arena_release(&arena);
    buf_release(&report);
    catalogue_release(&catalogue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replay");
    TCase *games = tcase_create("games");
    tcase_set_timeout(games, 100);
    tcase_add_loop_test(games, random_games_played_again_are_the_same, 0, STORY_FOLDERS);
    tcase_add_loop_test(games, random_stories_played_again_are_the_same, 0, RANDOM_STORIES);
    suite_add_tcase(suite, games);

    TCase *events = tcase_create("events");
    tcase_add_loop_test(events, an_event_that_does_not_fit_is_refused, 0, COUNT_OF(damaged));
    tcase_add_loop_test(events, nothing_follows_in_a_game_that_is_over, 0, 2);
    tcase_add_test(events, an_event_that_is_cut_short_is_refused);
    suite_add_tcase(suite, events);
    return run_suite(suite);
}
