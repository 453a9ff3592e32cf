/* Games that went back, and games with a past that was played elsewhere: every version of what is stored
 * comes back byte for byte, casysd verify finds it good, and it can be carried away, read again, and
 * lied about in vain. */
#include <stdlib.h>
#include <string.h>

#include "app/author/verify.h"
#include "app/portable.h"
#include "app/replay.h"
#include "tests/support/fake_store.h"
#include "tests/support/support.h"

enum { VERSIONS_MAX = 400, STEPS = 90 };

/* A stored game, and what was written of each version. */
struct game {
    uint64_t row;
    uint64_t version;
    struct game_facts facts;
    struct event event;
    struct state states[VERSIONS_MAX]; /* by version */
    struct slice events[VERSIONS_MAX];
    int64_t times[VERSIONS_MAX];
    struct slice snapshots[VERSIONS_MAX];
};

static struct catalogue catalogue;
static struct library library;
static struct fake_store *file;
static struct store *store;
static struct arena arena;
static const struct id player = {5, 6};
static uint64_t owner;
static uint64_t games;
static struct buf line;

static void setup(void)
{
    SCOPED(buf_release) struct buf report = {.at = NULL};
    ck_assert_int_eq(
        catalogue_read(&catalogue, CASYS_SOURCE_DIR "/tests/app/stories", NULL, &report), OK);
    library_init(&library, &catalogue);
    file = fake_store_new();
    store = fake_store_writer(file);
    ck_assert_int_eq(store_begin(store), OK);
    char name[ID_TEXT_SIZE];
    id_text(player, name);
    ck_assert_int_eq(store_session_add(store, slice_str(name), 0, &owner), OK);
    ck_assert_int_eq(store_commit(store), OK);
}

static void teardown(void)
{
    store_free(store);
    fake_store_free(file);
    library_release(&library);
    catalogue_release(&catalogue);
    arena_release(&arena);
    buf_release(&line);
}

static struct story *tiny(void)
{
    for (size_t i = 0; i < catalogue.count; i++) {
        if (slice_eq(catalogue.stories[i]->id, SLICE("tiny")))
            return catalogue.stories[i];
    }
    ck_abort_msg("no story tiny");
}

/* A row for a game without versions, inside a transaction that goes on until `committed`. */
static struct game *created(struct slice origin)
{
    struct game *game = arena_alloc(&arena, sizeof *game);
    char name[ID_TEXT_SIZE];
    games++;
    game->facts = (struct game_facts){
        .id = {7, games}, .owner = player, .story = tiny(), .seed = {(uint8_t)games}};
    ck_assert_int_eq(origin_decode(origin, &arena, &game->facts.origin), OK);
    id_text(game->facts.id, name);
    struct store_new_game row = {.name = slice_str(name),
                                 .story_hash = tiny()->hash,
                                 .story_id = tiny()->id,
                                 .story_title = tiny()->title,
                                 .story_source = tiny()->source,
                                 .owner = owner,
                                 .origin = origin};
    memcpy(row.seed, game->facts.seed, SEED_LEN);
    ck_assert_int_eq(store_begin(store), OK);
    ck_assert_int_eq(store_game_create(store, &row, &game->row), OK);
    return game;
}

/* Write the next version, as the event is given or as game->event has it. */
static void appended(struct game *game, const struct state *state, struct slice event,
                     int64_t at_ms)
{
    SCOPED(buf_release) struct buf text = {.at = NULL};
    SCOPED(buf_release) struct buf snapshot = {.at = NULL};
    SCOPED(buf_release) struct buf bytes = {.at = NULL};
    const uint64_t version = ++game->version;
    ck_assert_uint_lt(version, VERSIONS_MAX);
    ck_assert_uint_eq(state->version, version);
    if (event.len == 0) {
        struct json_out *out = json_out_new(&text);
        event_encode(out, tiny(), state, &game->event);
        json_out_free(out);
        out = json_out_new(&snapshot);
        snapshot_encode(out, &game->facts, state, &game->event);
        json_out_free(out);
    }
    state_encode(state, tiny(), &bytes);
    game->states[version] = *state;
    game->times[version] = at_ms;
    game->events[version] = arena_dup(&arena, event.len > 0 ? event : buf_slice(&text));
    game->snapshots[version] = arena_dup(&arena, buf_slice(&snapshot));
    const struct store_entry entry = {.game = game->row,
                                      .version = version,
                                      .at_ms = at_ms,
                                      .status = (uint8_t)state->status,
                                      .section = 1,
                                      .event = game->events[version],
                                      .state = buf_slice(&bytes),
                                      .snapshot = buf_slice(&snapshot)};
    ck_assert_int_eq(store_append(store, &entry), OK);
}

static bool choose(struct game *game, struct state *state, int64_t at_ms, uint32_t number)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(tiny(), state, options);
    for (size_t i = 0; i < count; i++) {
        if (game_step(tiny(), game->facts.seed, state, options[(number + i) % count], at_ms, state,
                      &game->event) == OK)
            return true;
    }
    return false;
}

/* Anything but a start: choices, and every other event now and then. */
static void played(struct game *game, uint32_t steps, uint32_t seed)
{
    for (uint32_t i = 0; i < steps; i++) {
        struct state state = game->states[game->version];
        const int64_t at_ms = 1000 * (int64_t)game->version;
        seed = seed * 1664525U + 1013904223U;
        const uint32_t number = seed >> 8;
        const uint64_t of =
            number % 3 == 0 ? 1 + number / 7 % game->version : game_undo_target(&state);
        if (number % 4 == 0 && of > 0 &&
            game_load(tiny(), &state, &game->states[of], at_ms, &state, &game->event) == OK)
            ck_assert_uint_eq(game->event.of, of);
        else if (state.status != GAME_ACTIVE || number % 31 == 0)
            ck_assert_int_eq(
                game_reset(tiny(), game->facts.seed, &state, at_ms, &state, &game->event), OK);
        else if (number % 23 == 0)
            ck_assert_int_eq(game_stop(tiny(), &state, at_ms, &state, &game->event), OK);
        else
            ck_assert(choose(game, &state, at_ms, number / 64));
        appended(game, &state, SLICE_NONE, at_ms);
    }
}

static struct game *begun(void)
{
    struct game *game = created(SLICE_NONE);
    struct state state;
    ck_assert_int_eq(game_start(tiny(), game->facts.seed, SLICE("Ann"), 5, &state, &game->event),
                     OK);
    appended(game, &state, SLICE_NONE, 5);
    return game;
}

static void taken_over(struct game *game, enum event_kind kind)
{
    struct state state = game->states[game->version];
    ck_assert_int_eq(game_take_over(tiny(), &state, kind, 99, &state, &game->event), OK);
    appended(game, &state, SLICE_NONE, 99);
}

/* A game of its own that begins with the versions up to `until`. */
static struct game *forked(const struct game *from, uint64_t until)
{
    const struct state *newest = &from->states[from->version];
    const uint32_t count = from->states[until].run;
    struct run_told *runs = arena_array(&arena, count, sizeof *runs);
    SCOPED(buf_release) struct buf bytes = {.at = NULL};
    for (uint32_t run = 1; run <= count; run++)
        run_facts(&from->facts, newest, run, &runs[run - 1]);
    origin_encode(&(struct origin){until, runs, count}, &bytes);
    struct game *game = created(arena_dup(&arena, buf_slice(&bytes)));
    for (uint64_t v = 1; v <= until; v++)
        appended(game, &from->states[v], from->events[v], from->times[v]);
    taken_over(game, EVENT_FORK);
    return game;
}

static struct slice document_of(const struct game *game)
{
    SCOPED(buf_release) struct buf bytes = {.at = NULL};
    struct store_game stored;
    char name[ID_TEXT_SIZE];
    id_text(game->facts.id, name);
    ck_assert_int_eq(store_game_load(store, slice_str(name), &arena, &stored), OK);
    ck_assert_int_eq(
        portable_encode(store, &stored, &game->facts, &game->states[game->version], &bytes), OK);
    return arena_dup(&arena, buf_slice(&bytes));
}

static void on_version(void *arg, const struct portable_version *version)
{
    struct game *game = arg;
    appended(game, version->state, version->event, version->at_ms);
}

static void on_nothing(void *arg, const struct portable_version *version)
{
    uint64_t *last = arg;
    ck_assert_uint_eq(version->state->version, ++*last);
}

static struct game *imported(struct slice document)
{
    SCOPED(buf_release) struct buf why = {.at = NULL};
    SCOPED(buf_release) struct buf origin = {.at = NULL};
    struct portable portable;
    struct state last;
    uint64_t count = 0;
    ck_assert_int_eq(portable_read(document, &arena, &portable, &why), OK);
    struct portable_import import = {
        .on_version = on_nothing, .arg = &count, .ret_state = &last, .ret_origin = &origin};
    const enum status st = portable_import(&portable, tiny(), &import, &why);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&why)));
    ck_assert_uint_eq(last.version, count);
    struct game *game = created(arena_dup(&arena, buf_slice(&origin)));
    buf_clear(&origin);
    import.on_version = on_version;
    import.arg = game;
    ck_assert_int_eq(portable_import(&portable, tiny(), &import, &why), OK);
    taken_over(game, EVENT_IMPORT);
    return game;
}

static void on_game(void *arg, bool good, struct slice text)
{
    size_t *wrong = arg;
    *wrong += !good;
    if (!good) {
        buf_append(&line, text);
        buf_byte(&line, '\n');
    }
}

static struct verified verify(void)
{
    size_t wrong = 0;
    struct verified counts;
    const struct verify_config config = {.store = store, .on_game = on_game, .arg = &wrong};
    buf_clear(&line);
    ck_assert_int_eq(verify_store(&config, &counts), OK);
    ck_assert_uint_eq(counts.wrong, wrong);
    return counts;
}

/* Commit what was played; then every version comes back, the game is good, and so is its document. */
static void check(struct game *game)
{
    struct store_game stored;
    struct game_facts facts;
    struct portable portable;
    struct portable_counts counts;
    SCOPED(buf_release) struct buf why = {.at = NULL};
    char name[ID_TEXT_SIZE];
    struct event *event = arena_alloc(&arena, sizeof *event);
    struct state state;
    id_text(game->facts.id, name);
    ck_assert_int_eq(store_commit(store), OK);
    ck_assert_int_eq(replay_facts(store, &library, slice_str(name), &arena, &stored, &facts), OK);
    for (uint64_t v = 1; v <= game->version; v++) {
        SCOPED(buf_release) struct buf snapshot = {.at = NULL};
        ck_assert_int_eq(replay_state(store, &library, &stored, &facts, v, &state, event), OK);
        SCOPED(buf_release) struct buf played = {.at = NULL};
        SCOPED(buf_release) struct buf known = {.at = NULL};
        state_encode(&state, facts.story, &played);
        state_encode(&game->states[v], facts.story, &known);
        ck_assert(slice_eq(buf_slice(&played), buf_slice(&known)));
        struct json_out *out = json_out_new(&snapshot);
        snapshot_encode(out, &facts, &state, event);
        json_out_free(out);
        ck_assert_msg(game->snapshots[v].len == 0 ||
                          slice_eq(buf_slice(&snapshot), game->snapshots[v]),
                      "version %llu", (unsigned long long)v);
    }
    ck_assert_int_eq(
        replay_state(store, &library, &stored, &facts, game->version + 1, &state, event),
        ERR_VERSION_NOT_FOUND);
    ck_assert_int_eq(replay_state(store, &library, &stored, &facts, 0, &state, event),
                     ERR_VERSION_NOT_FOUND);
    story_unref(facts.story);
    ck_assert_msg(verify().wrong == 0, "%.*s", SLICE_ARG(buf_slice(&line)));
    const struct slice document = document_of(game);
    ck_assert_int_eq(portable_read(document, &arena, &portable, &why), OK);
    ck_assert_msg(portable_verify(&portable, tiny(), NULL, &counts, &why) == OK, "%.*s",
                  SLICE_ARG(buf_slice(&why)));
}

START_TEST(a_game_that_went_back_comes_back_whole)
{
    struct game *game = begun();
    played(game, STEPS, (uint32_t)_i);
    check(game);
}
END_TEST

START_TEST(a_journal_of_many_pages_is_played_with_what_it_goes_back_to)
{
    struct game *game = begun();
    played(game, VERSIONS_MAX - 10, (uint32_t)_i + 100);
    check(game);
}
END_TEST

START_TEST(a_fork_at_any_version_is_a_game_of_its_own)
{
    struct game *game = begun();
    played(game, STEPS / 2, (uint32_t)_i);
    check(game);
    for (uint64_t until = 1; until <= game->version; until += 7) {
        struct game *fork = forked(game, until);
        played(fork, 12, (uint32_t)(until + 1));
        check(fork);
        struct game *again = forked(fork, fork->version - 3);
        played(again, 8, (uint32_t)until);
        check(again);
    }
}
END_TEST

START_TEST(a_document_that_is_read_is_a_game_of_its_own)
{
    struct game *game = begun();
    played(game, STEPS / 2, (uint32_t)_i + 20);
    check(game);
    struct game *copy = imported(document_of(game));
    for (uint64_t v = 1; v <= game->version; v++)
        ck_assert_slice_eq(copy->events[v], game->events[v]);
    played(copy, 20, (uint32_t)_i);
    check(copy);
    struct game *fork = forked(copy, copy->version - 1);
    played(fork, 10, (uint32_t)_i);
    check(fork);
    struct game *third = imported(document_of(fork));
    played(third, 10, (uint32_t)_i);
    check(third);
}
END_TEST

/* Two forks of one version, and the game itself: the same choice, three ways to fall. */
START_TEST(a_fork_has_dice_of_its_own)
{
    struct game *game = begun();
    struct run_told of_game, of_fork;
    played(game, 10, 3);
    check(game);
    struct game *fork = forked(game, 5);
    played(fork, 1, 1);
    check(fork);
    const uint32_t run = fork->states[6].run;
    ck_assert_uint_eq(run, game->states[5].run + 1);
    run_facts(&game->facts, &game->states[game->version], run, &of_game);
    run_facts(&fork->facts, &fork->states[6], run, &of_fork);
    ck_assert(memcmp(of_game.seed_hash, of_fork.seed_hash, SHA256_LEN) != 0);
    ck_assert(!of_fork.is_revealed);
}
END_TEST

/* Start; dare; undo; dare; win; undo; and dare once more: run 2. Then a fork of it, and a stop. */
static struct slice told_document(void)
{
    struct game *game = begun();
    struct state state = game->states[1];
    static const char *const ids[] = {"dare", NULL, "go", "back", "win", NULL, "go"};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const struct choice *choice =
            ids[i] ? game_option_by_id(tiny(), &state, slice_str(ids[i])) : NULL;
        const struct state *target = &game->states[game_undo_target(&state)];
        const enum status st =
            choice ? game_step(tiny(), game->facts.seed, &state, choice, 7, &state, &game->event)
                   : game_load(tiny(), &state, target, 7, &state, &game->event);
        ck_assert_int_eq(st, OK);
        appended(game, &state, SLICE_NONE, 7);
    }
    ck_assert_int_eq(store_commit(store), OK);
    struct game *fork = forked(game, game->version);
    state = fork->states[fork->version];
    ck_assert_int_eq(game_stop(tiny(), &state, 9, &state, &fork->event), OK);
    appended(fork, &state, SLICE_NONE, 9);
    ck_assert_int_eq(store_commit(store), OK);
    return document_of(fork);
}

/* One thing in it is changed, and the chain made anew. */
static const struct {
    const char *why, *from, *to, *says;
} lies[] = {
    {"nothing", "\"format\"", "\"format\"", ""},
    {"another version gone back to", "\"of\":1,\"turn\":1", "\"of\":2,\"turn\":1", "version 3: "},
    {"gone back to what is yet to come", "\"of\":1,", "\"of\":9,", "version 3: the event cannot"},
    {"gone back to nothing", "\"of\":1,", "\"of\":0,", "version 3: the event cannot"},
    {"another turn", "\"turn\":1", "\"turn\":2", "version 3: played again"},
    {"a run that does not begin", "\"of\":1,\"turn\":1,\"run\":1", "\"of\":1,\"turn\":1,\"run\":2",
     "version 3: "},
    {"a run far away", "\"of\":1,\"turn\":1,\"run\":1", "\"of\":1,\"turn\":1,\"run\":7",
     "version 3: it is of another run"},
    {"a run that is no number", "\"turn\":1,\"run\":1", "\"turn\":1,\"run\":\"1\"", "version 3: "},
    {"no run where one begins", "\"turn\":3,\"run\":2", "\"turn\":3,\"run\":1", "version 7: "},
    {"a choice in place of a load", "\"type\":\"load\"", "\"type\":\"choice\"", "version 3: "},
    {"an import in place of a fork", "\"type\":\"fork\"", "\"type\":\"import\"", ""},
    {"a reset in place of a fork", "\"type\":\"fork\"", "\"type\":\"reset\"",
     "version 9: the run before this one is over"},
};

/* The chain of the document, made anew. */
static struct slice relinked(struct slice text)
{
    const struct json_limits limits = {LIMIT_EXPORT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EXPORT_BYTES};
    SCOPED(buf_release) struct buf ret = {.at = NULL};
    const struct json *root;
    uint8_t link[SHA256_LEN], hash[SHA256_LEN] = {0};
    uint32_t run = 0;
    buf_append(&ret, text);
    ck_assert_int_eq(json_parse(text, &limits, &arena, &root, NULL), OK);
    ck_assert_int_eq(crypto_unhex(json_get(json_get(root, SLICE("story")), SLICE("hash"))->text,
                                  link, sizeof link),
                     OK);
    const struct json *runs = json_get(root, SLICE("runs"));
    for (const struct json *entry = json_get(root, SLICE("versions"))->child; entry;
         entry = entry->next) {
        char hex[2 * SHA256_LEN + 1];
        const struct json *event = json_get(entry, SLICE("event"));
        const struct slice old = json_get(entry, SLICE("link"))->text;
        run = portable_run(event, run);
        const struct json *told = runs->child;
        for (uint32_t i = 1; told && i < run; i++)
            told = told->next;
        if (told)
            ck_assert_int_eq(
                crypto_unhex(json_get(told, SLICE("seed_hash"))->text, hash, sizeof hash), OK);
        portable_link(link, hash, event, &arena);
        crypto_hex(slice_make(link, sizeof link), hex);
        uint8_t *at = memmem(ret.at, ret.len, old.at, old.len);
        ck_assert_ptr_nonnull(at);
        memcpy(at, hex, sizeof hex - 1);
    }
    return arena_dup(&arena, buf_slice(&ret));
}

START_TEST(a_lie_about_going_back_is_found_where_it_is)
{
    const struct slice whole = told_document();
    SCOPED(buf_release) struct buf text = {.at = NULL};
    SCOPED(buf_release) struct buf why = {.at = NULL};
    struct portable portable;
    struct portable_counts counts;
    const char *from = lies[_i].from;
    const uint8_t *at = memmem(whole.at, whole.len, from, strlen(from));
    ck_assert_msg(at != NULL, "%s is not in %.*s", from, SLICE_ARG(whole));
    const size_t before = (size_t)(at - whole.at);
    buf_append(&text, slice_make(whole.at, before));
    buf_append(&text, slice_str(lies[_i].to));
    buf_append(&text, slice_make(at + strlen(from), whole.len - before - strlen(from)));
    ck_assert_int_eq(portable_read(relinked(buf_slice(&text)), &arena, &portable, &why), OK);
    const enum status st = portable_verify(&portable, tiny(), NULL, &counts, &why);
    buf_byte(&why, '\0');
    ck_assert_msg((st == OK) == (lies[_i].says[0] == '\0'), "%s: %s", lies[_i].why, (char *)why.at);
    ck_assert_msg(strstr((char *)why.at, lies[_i].says) != NULL, "%s: %s", lies[_i].why,
                  (char *)why.at);
}
END_TEST

/* What the engine keeps of a game is exchanged: verify names the place. */
START_TEST(an_origin_that_is_not_the_games_own_is_found)
{
    struct game *game = begun();
    played(game, 20, 5);
    check(game);
    struct run_told run;
    SCOPED(buf_release) struct buf origin = {.at = NULL};
    run_facts(&game->facts, &game->states[game->version], 1, &run);
    ck_assert(run.is_revealed);
    if (_i == 0)
        run.seed_hash[5]++; /* not what players saw */
    else
        run.seed[5]++; /* not what threw */
    origin_encode(&(struct origin){3, &run, 1}, &origin);
    struct game *other = created(buf_slice(&origin));
    for (uint64_t v = 1; v <= game->version; v++)
        appended(other, &game->states[v], game->events[v], game->times[v]);
    ck_assert_int_eq(store_commit(store), OK);
    ck_assert_uint_eq(verify().wrong, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("carried");
    TCase *tcase = tcase_create("carried");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_game_that_went_back_comes_back_whole, 0, 12);
    tcase_add_loop_test(tcase, a_journal_of_many_pages_is_played_with_what_it_goes_back_to, 0, 2);
    tcase_add_loop_test(tcase, a_fork_at_any_version_is_a_game_of_its_own, 0, 3);
    tcase_add_loop_test(tcase, a_document_that_is_read_is_a_game_of_its_own, 0, 4);
    tcase_add_test(tcase, a_fork_has_dice_of_its_own);
    tcase_add_loop_test(tcase, a_lie_about_going_back_is_found_where_it_is, 0, (int)COUNT_OF(lies));
    tcase_add_loop_test(tcase, an_origin_that_is_not_the_games_own_is_found, 0, 2);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
