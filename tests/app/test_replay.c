/* Playing a journal again gives the same bytes: random games of every story that is shipped,
 * and of the test's own. */
#include <stdlib.h>
#include <string.h>

#include "app/replay.h"
#include "tests/game/generate.h"
#include "tests/game/whole.h"
#include "tests/support/support.h"

enum {
    GAMES = 300,
    WHOLE_GAMES = 150,
    RANDOM_STORIES = 30,
    RANDOM_GAMES = 5,
    STEPS_MAX = 80,
    RUNS_MAX = STEPS_MAX + 2,
    STORY_FOLDERS = 2
};

static const char *const folders[STORY_FOLDERS] = {
    CASYS_SOURCE_DIR "/stories",
    CASYS_SOURCE_DIR "/tests/app/stories",
};

static struct catalogue catalogue;

/* One version of a game, and all that was written of it. */
struct written {
    struct state state;
    uint64_t before;             /* whose content it was chosen in */
    const struct choice *choice; /* NULL: no choice led to it */
    int64_t at_ms;
    struct slice event, bytes, snapshot;
};

/* A game in play. */
struct play {
    struct game_facts facts;
    struct event event;
    struct written versions[STEPS_MAX + 2]; /* by version */
    uint64_t version;
    bool revealed[RUNS_MAX]; /* by run: is its seed told? */
    struct arena arena;
};

static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static struct slice event_of(const struct story *story, const struct state *state,
                             const struct event *event, struct arena *arena)
{
    SCOPED(buf_release) struct buf buf = {.at = NULL};
    struct json_out *out = json_out_new(&buf);
    event_encode(out, story, state, event);
    json_out_free(out);
    return arena_dup(arena, buf_slice(&buf));
}

static struct slice snapshot_of(const struct game_facts *facts, const struct state *state,
                                const struct event *event, struct arena *arena)
{
    SCOPED(buf_release) struct buf buf = {.at = NULL};
    struct json_out *out = json_out_new(&buf);
    struct game_facts fresh = *facts;
    fresh.hashed_run = 0; /* nothing is known beforehand */
    snapshot_encode(out, &fresh, state, event);
    json_out_free(out);
    ck_assert_uint_le(buf.len,
                      snapshot_bytes_max(facts->story, &facts->story->sections[state->section]));
    return arena_dup(arena, buf_slice(&buf));
}

static struct slice state_bytes(const struct state *state, const struct story *story,
                                struct arena *arena)
{
    SCOPED(buf_release) struct buf buf = {.at = NULL};
    state_encode(state, story, &buf);
    return arena_dup(arena, buf_slice(&buf));
}

static bool same_rolls(struct slice a, struct slice b)
{
    const struct slice key = SLICE("\"rolls\":");
    const uint8_t *rolls_a = memmem(a.at, a.len, key.at, key.len);
    const uint8_t *rolls_b = memmem(b.at, b.len, key.at, key.len);
    ck_assert(rolls_a && rolls_b);
    return slice_eq(slice_make(rolls_a, a.len - (size_t)(rolls_a - a.at)),
                    slice_make(rolls_b, b.len - (size_t)(rolls_b - b.at)));
}

/* The same choice in what is the same place again: the same throws and the same that comes of them. */
static void check_repeated(const struct play *p, const struct written *made)
{
    for (uint64_t v = 1; v < p->version; v++) {
        const struct written *other = &p->versions[v];
        if (other->choice == made->choice && other->before == made->before &&
            !same_rolls(other->event, made->event))
            ck_abort_msg("versions %llu and %llu throw differently", (unsigned long long)v,
                         (unsigned long long)p->version);
    }
}

/* No throw that the run never had comes from a seed that somebody may know. */
static void check_unforeseen(const struct play *p, const struct state *last,
                             const struct state *state)
{
    if (p->event.kind == EVENT_CHOICE && state_turn(state) > state_reach(last))
        ck_assert(!p->revealed[state_dice_run(state)]);
    if (p->event.kind == EVENT_START || p->event.kind == EVENT_RESET)
        ck_assert(!p->revealed[state_dice_run(state)]);
}

/* A version was made. */
static void note(struct play *p, const struct state *state)
{
    const struct written *last = &p->versions[p->version];
    struct written *made = &p->versions[++p->version];
    *made = (struct written){.state = *state, .at_ms = p->event.at_ms};
    made->before = p->version > 1 ? state_origin(&last->state) : 0;
    made->choice = p->event.choice;
    made->event = event_of(p->facts.story, state, &p->event, &p->arena);
    made->bytes = state_bytes(state, p->facts.story, &p->arena);
    made->snapshot = snapshot_of(&p->facts, state, &p->event, &p->arena);
    ck_assert_uint_eq(state->version, p->version);
    check_unforeseen(p, &last->state, state);
    if (made->choice)
        check_repeated(p, made);
    for (uint32_t run = 1; run <= state->run; run++)
        p->revealed[run] = run < state->run || state->status != GAME_ACTIVE;
}

/* Back to some version, or by one step; false when the rules refuse it. */
static bool go_back(struct play *p, struct state *state, int64_t at_ms, uint32_t *seed)
{
    const uint64_t of =
        next_number(seed) % 3 == 0 ? game_undo_target(state) : 1 + next_number(seed) % p->version;
    const struct state *target = of > 0 ? &p->versions[of].state : NULL;
    const enum status st = target
                               ? game_load(p->facts.story, state, target, at_ms, state, &p->event)
                               : ERR_NOTHING_TO_UNDO;
    ck_assert(st == OK || st == ERR_OTHER_RUN || st == ERR_NOTHING_TO_UNDO ||
              st == ERR_UNDO_REFUSED || st == ERR_UNDO_LIMIT);
    return st == OK;
}

static void choose(struct play *p, struct state *state, int64_t at_ms, uint32_t *seed)
{
    const struct story *story = p->facts.story;
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, state, options);
    enum status st = ERR_CHOICE_UNAVAILABLE;
    const size_t first = count > 0 ? next_number(seed) % count : 0;
    for (size_t i = 0; i < count && st != OK; i++)
        st = game_step(story, p->facts.seed, state, options[(first + i) % count], at_ms, state,
                       &p->event);
    /* Only a story made at random has a place with no way out. */
    ck_assert_msg(st == OK || story->source.len == 0, "section %d has no way out",
                  story->sections[state->section].number);
    if (st != OK)
        ck_assert_int_eq(game_stop(story, state, at_ms, state, &p->event), OK);
}

/* One more version: a choice that is available, now and then something else. */
static void step(struct play *p, uint32_t *seed)
{
    struct state state = p->versions[p->version].state;
    const int64_t at_ms = p->event.at_ms + (int64_t)(next_number(seed) % 100000);
    const bool is_over = state.status != GAME_ACTIVE;
    if (next_number(seed) % (is_over ? 2 : 8) == 0 && go_back(p, &state, at_ms, seed))
        ck_assert_int_eq(p->event.kind, EVENT_LOAD);
    else if (is_over || next_number(seed) % 40 == 0)
        ck_assert_int_eq(
            game_reset(p->facts.story, p->facts.seed, &state, at_ms, &state, &p->event), OK);
    else if (next_number(seed) % 60 == 0)
        ck_assert_int_eq(game_stop(p->facts.story, &state, at_ms, &state, &p->event), OK);
    else if (next_number(seed) % 70 == 0)
        ck_assert_int_eq(game_take_over(p->facts.story, &state,
                                        next_number(seed) % 2 == 0 ? EVENT_FORK : EVENT_IMPORT,
                                        at_ms, &state, &p->event),
                         OK);
    else
        choose(p, &state, at_ms, seed);
    note(p, &state);
}

/* Play the journal again and compare everything that was written. */
static void check_again(const struct play *p, struct replay *replay, const struct game_facts *facts)
{
    struct arena arena = {.blocks = NULL};
    for (uint64_t v = 1; v <= p->version; v++) {
        const struct json_limits limits = {LIMIT_EVENT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EVENT_BYTES};
        const struct json *event;
        ck_assert_int_eq(json_parse(p->versions[v].event, &limits, &arena, &event, NULL), OK);
        if (replay_needs(event) > 0)
            kept_need(&replay->kept, replay_needs(event));
    }
    kept_ready(&replay->kept);
    for (uint64_t v = 1; v <= p->version; v++) {
        const struct written *made = &p->versions[v];
        const enum status st = replay_row(replay, made->event, made->at_ms);
        ck_assert_msg(st == OK, "version %llu: %.*s", (unsigned long long)v,
                      SLICE_ARG(made->event));
        if (!slice_eq(event_of(facts->story, &replay->state, &replay->event, &arena),
                      made->event) ||
            !slice_eq(state_bytes(&replay->state, facts->story, &arena), made->bytes) ||
            !slice_eq(snapshot_of(facts, &replay->state, &replay->event, &arena), made->snapshot))
            ck_abort_msg("version %llu: not the same: %.*s", (unsigned long long)v,
                         SLICE_ARG(made->event));
        arena_reset(&arena);
    }
    arena_release(&arena);
    replay_free(replay);
}

/* Once with the game's seed, and once with no more than what was told of the dice. */
static void check_journal(struct play *p)
{
    const struct state *state = &p->versions[p->version].state;
    struct run_told runs[RUNS_MAX];
    struct game_facts told = p->facts;
    check_again(p, replay_new(&p->facts), &p->facts);
    for (uint32_t run = 1; run <= state->run; run++)
        run_facts(&p->facts, state, run, &runs[run - 1]);
    for (size_t i = 0; i < SEED_LEN; i++)
        told.seed[i] = 0;
    told.origin = (struct origin){p->version, runs, state->run};
    check_again(p, replay_new(&told), &told);
}

static void play_game(struct play *p, struct story *story, uint32_t number)
{
    static const char *const names[] = {"", "Ann", "\xc3\x84nne \"Q\"", "<b>&\\"};
    struct state state;
    uint32_t seed = number;
    p->facts = (struct game_facts){.id = {1, number}, .owner = {2, number}, .story = story};
    p->version = 0;
    memset(p->revealed, 0, sizeof p->revealed);
    for (size_t i = 0; i < SEED_LEN; i++)
        p->facts.seed[i] = (uint8_t)next_number(&seed);
    ck_assert_int_eq(game_start(story, p->facts.seed, slice_str(names[number % COUNT_OF(names)]),
                                1700000000000, &state, &p->event),
                     OK);
    note(p, &state);
    const uint32_t steps = next_number(&seed) % STEPS_MAX;
    for (uint32_t i = 0; i < steps; i++)
        step(p, &seed);
    check_journal(p);
    arena_reset(&p->arena);
}

static struct play *play_new(void)
{
    struct play *p = calloc(1, sizeof *p);
    ENSURE(p != NULL);
    return p;
}

static void play_free(struct play *p)
{
    arena_release(&p->arena);
    free(p);
}

/* Every part of the rules: stories made at random, and one that was made to have them all. */
START_TEST(random_stories_played_again_are_the_same)
{
    struct play *p = play_new();
    struct random random = {(uint64_t)_i};
    struct story *story = _i == 0 ? whole_story() : generate_story(&random);
    snapshot_prepare(story);
    for (uint32_t number = 0; number < (_i == 0 ? WHOLE_GAMES : RANDOM_GAMES); number++)
        play_game(p, story, number);
    story_unref(story);
    play_free(p);
}
END_TEST

START_TEST(random_games_played_again_are_the_same)
{
    struct play *p = play_new();
    struct buf report = {0};
    ck_assert_int_eq(catalogue_read(&catalogue, folders[_i], NULL, &report), OK);
    for (size_t s = 0; s < catalogue.count; s++) {
        for (uint32_t number = 0; number < GAMES; number++)
            play_game(p, catalogue.stories[s], number);
    }
    play_free(p);
    buf_release(&report);
    catalogue_release(&catalogue);
}
END_TEST

/* ---- events that do not fit ---- */

/* A game of the test's own story, in its first version. */
static struct replay *started(struct game_facts *ret_facts)
{
    struct buf report = {0};
    ck_assert_int_eq(catalogue_read(&catalogue, folders[1], NULL, &report), OK);
    buf_release(&report);
    *ret_facts = (struct game_facts){.story = catalogue.stories[0]};
    struct replay *replay = replay_new(ret_facts);
    ck_assert_int_eq(replay_row(replay, SLICE("{\"type\":\"start\",\"name\":\"Ann\"}"), 0), OK);
    return replay;
}

static void ended(struct replay *replay)
{
    replay_free(replay);
    catalogue_release(&catalogue);
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
    {"a second start", "{\"type\":\"start\",\"name\":\"Ann\"}"},
    {"a load of nothing", "{\"type\":\"load\"}"},
    {"a load of version 0", "{\"type\":\"load\",\"of\":0}"},
    {"a load of a text", "{\"type\":\"load\",\"of\":\"1\"}"},
    {"a load that nobody asked for", "{\"type\":\"load\",\"of\":1}"},
    {"a load of what is yet to come", "{\"type\":\"load\",\"of\":2}"},
};

START_TEST(an_event_that_does_not_fit_is_refused)
{
    struct game_facts facts;
    struct replay *replay = started(&facts);
    const enum status st = replay_row(replay, slice_str(damaged[_i].event), 0);
    ck_assert_msg(st == ERR_CORRUPT, "%s: %s", damaged[_i].why, status_name(st));
    ck_assert_uint_eq(replay->state.version, 1);
    ended(replay);
}
END_TEST

START_TEST(a_game_starts_with_a_start)
{
    static const char *const events[] = {
        "{\"type\":\"choice\",\"choice_id\":\"go\"}",
        "{\"type\":\"stop\"}",
        "{\"type\":\"reset\"}",
        "{\"type\":\"fork\"}",
        "{\"type\":\"start\",\"name\":\"a\\nb\"}",
    };
    struct game_facts facts;
    struct replay *replay = started(&facts);
    replay->state = (struct state){.version = 0};
    ck_assert_int_eq(replay_row(replay, slice_str(events[_i]), 0), ERR_CORRUPT);
    ended(replay);
}
END_TEST

START_TEST(nothing_follows_in_a_game_that_is_over)
{
    static const char *const events[] = {
        "{\"type\":\"choice\",\"choice_id\":\"go\"}",
        "{\"type\":\"stop\"}",
    };
    struct game_facts facts;
    struct replay *replay = started(&facts);
    ck_assert_int_eq(replay_row(replay, SLICE("{\"type\":\"choice\",\"choice_id\":\"win\"}"), 0),
                     OK);
    ck_assert_int_eq(replay_row(replay, slice_str(events[_i]), 0), ERR_CORRUPT);
    ended(replay);
}
END_TEST

START_TEST(an_event_that_is_cut_short_is_refused)
{
    struct arena arena = {0};
    struct game_facts facts;
    struct replay *replay = started(&facts);
    const struct slice text = event_of(facts.story, &replay->state, &replay->event, &arena);
    for (size_t len = 0; len < text.len; len++) {
        /* An allocation of its own, so that AddressSanitizer sees a read past the end. */
        struct blob *cut = blob_dup(slice_make(text.at, len));
        replay->state = (struct state){.version = 0};
        if (replay_row(replay, blob_slice(cut), 0) != ERR_CORRUPT)
            ck_abort_msg("accepted after %zu bytes", len);
        blob_unref(cut);
    }
    arena_release(&arena);
    ended(replay);
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
    tcase_add_loop_test(events, a_game_starts_with_a_start, 0, 5);
    tcase_add_loop_test(events, nothing_follows_in_a_game_that_is_over, 0, 2);
    tcase_add_test(events, an_event_that_is_cut_short_is_refused);
    suite_add_tcase(suite, events);
    return run_suite(suite);
}
