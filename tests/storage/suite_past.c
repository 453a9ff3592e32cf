/* What storage/store.h promises of games that begin with the past of another: hidden until it is
 * whole, taken away when it never is. */
#include <stdio.h>

#include "app/base/limits.h"
#include "tests/storage/engine.h"
#include "tests/storage/sample.h"

enum { PAST_MAX = 64 };

/* Rows from..to, whose events are those of sample_entry. */
static size_t rows_of(uint64_t game, uint64_t from, uint64_t to,
                      struct store_journal_row ret[PAST_MAX])
{
    size_t count = 0;
    for (uint64_t version = from; version <= to; version++) {
        const struct store_entry entry = sample_entry(game, version);
        ck_assert_uint_lt(count, PAST_MAX);
        ret[count++] = (struct store_journal_row){
            .version = version, .at_ms = entry.at_ms, .event = entry.event};
    }
    return count;
}

static enum status add_past(struct store *store, uint64_t game, uint64_t from, uint64_t to)
{
    struct store_journal_row rows[PAST_MAX];
    return store_past_add(store, game, rows, rows_of(game, from, to, rows));
}

/* Inside a transaction: game-<number>, whose past is to be written. */
static uint64_t begin_past(struct store *store, unsigned number, uint64_t owner)
{
    const struct sample_hash story = sample_hash(1000);
    struct store_new_game game = sample_game(number, owner, &story);
    uint64_t row = 0;
    game.has_past = true;
    game.origin = SLICE("from elsewhere");
    ck_assert_ok(store_game_create(store, &game, &row));
    return row;
}

static bool never_listed(void *arg, const struct store_listed *game)
{
    (void)arg;
    (void)game;
    ck_abort_msg("listed");
}

static bool is_listed(void *arg, const struct store_listed *game)
{
    *(uint64_t *)arg = game->version;
    return true;
}

static void check_hidden(struct store *store, unsigned number, uint64_t game, uint64_t owner)
{
    enum store_role role;
    ck_assert_uint_eq(stored_version(store, number), 0);
    ck_assert_ok(store_list(store, owner, 0, 9, never_listed, NULL));
    ck_assert_ok(store_scan(store, game - 1, 1, never_listed, NULL));
    ck_assert_ok(store_member_find(store, game, owner, &role));
    ck_assert_int_eq(role, STORE_NOBODY);
}

START_TEST(a_past_is_hidden_until_it_is_whole)
{
    struct store *store = engine_writer();
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    const uint64_t game = begin_past(store, 7, owner);
    ck_assert_ok(add_past(store, game, 1, 3));
    ck_assert_ok(store_commit(store));
    check_hidden(store, 7, game, owner);
    ck_assert_ok(store_begin(store));
    ck_assert_ok(add_past(store, game, 4, 4));
    ck_assert_ok(add_past(store, game, 5, 40));
    ck_assert_ok(store_commit(store));
    check_hidden(store, 7, game, owner);

    const struct store_entry next = sample_entry(game, 41);
    uint64_t listed = 0;
    enum store_role role;
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_past_end(store, game));
    ck_assert_ok(store_append(store, &next));
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(stored_version(store, 7), 41);
    check_journal(store, game, 41);
    ck_assert_ok(store_list(store, owner, 0, 9, is_listed, &listed));
    ck_assert_uint_eq(listed, 41);
    ck_assert_ok(store_member_find(store, game, owner, &role));
    ck_assert_int_eq(role, STORE_OWNER);
    append_versions(store, game, 42, 43);

    struct arena arena = {0};
    struct store_game loaded;
    ck_assert_ok(store_game_load(store, sample_text("game-%u", 7), &arena, &loaded));
    ck_assert_slice_str(loaded.origin, "from elsewhere");
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(a_past_follows_itself_version_by_version)
{
    struct store *store = engine_writer();
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    const uint64_t game = begin_past(store, 7, owner);
    const struct store_entry first = sample_entry(game, 1);
    ck_assert_status(store_past_end(store, game), ERR_CONFLICT);
    ck_assert_status(add_past(store, game, 2, 2), ERR_CONFLICT);
    ck_assert_status(store_append(store, &first), ERR_CONFLICT);
    ck_assert_ok(add_past(store, game, 1, 2));
    ck_assert_status(add_past(store, game, 2, 3), ERR_CONFLICT);
    ck_assert_status(add_past(store, game, 4, 4), ERR_CONFLICT);
    ck_assert_status(add_past(store, game + 1, 1, 1), ERR_CONFLICT);
    ck_assert_ok(store_past_end(store, game));
    const struct store_entry next = sample_entry(game, 3);
    ck_assert_ok(store_append(store, &next));
    ck_assert_ok(store_commit(store));
    check_journal(store, game, 3);
    store_free(store);
}
END_TEST

START_TEST(only_a_past_that_was_begun_and_has_no_end_is_written)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 2);
    ck_assert_ok(store_begin(store));
    ck_assert_status(add_past(store, place.game, 3, 3), ERR_CONFLICT);
    ck_assert_status(store_past_end(store, place.game), ERR_CONFLICT);
    ck_assert_ok(store_game_doom(store, place.game));
    ck_assert_status(add_past(store, place.game, 3, 3), ERR_CONFLICT);
    ck_assert_status(store_past_end(store, place.game), ERR_CONFLICT);
    store_rollback(store);
    store_free(store);
}
END_TEST

START_TEST(an_event_of_a_past_has_the_limit_of_all_events)
{
    struct store *store = engine_writer();
    ck_assert_ok(store_begin(store));
    const uint64_t game = begin_past(store, 7, add_session(store, 1));
    struct store_journal_row row = {.version = 1, .event = sample_bytes(LIMIT_EVENT_BYTES + 1)};
    ck_assert_status(store_past_add(store, game, &row, 1), ERR_TOO_LARGE);
    row.event.len--;
    ck_assert_ok(store_past_add(store, game, &row, 1));
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

START_TEST(a_past_that_never_has_an_end_is_purged)
{
    struct store *store = engine_writer();
    bool more = true;
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    const uint64_t game = begin_past(store, 7, owner);
    ck_assert_ok(add_past(store, game, 1, 40));
    add_game(store, 8, owner, 1);
    ck_assert_ok(store_commit(store));
    while (more)
        ck_assert_ok(store_purge(store, 7, &more));
    ck_assert_ok(store_begin(store));
    ck_assert_uint_eq(stored_version(store, 7), 0);
    /* Its name is free again. */
    (void)begin_past(store, 9, owner);
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(stored_version(store, 8), 1);
    store_free(store);
}
END_TEST

START_TEST(what_was_not_committed_of_a_past_is_not_there)
{
    struct store *store = engine_writer();
    ck_assert_ok(store_begin(store));
    const uint64_t game = begin_past(store, 7, add_session(store, 1));
    ck_assert_ok(add_past(store, game, 1, 5));
    ck_assert_ok(store_commit(store));
    ck_assert_ok(store_begin(store));
    ck_assert_ok(add_past(store, game, 6, 9));
    store_rollback(store);
    ck_assert_ok(store_begin(store));
    ck_assert_status(add_past(store, game, 10, 10), ERR_CONFLICT);
    ck_assert_ok(add_past(store, game, 6, 6));
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

void storage_suite_past(TCase *tests)
{
    tcase_add_test(tests, a_past_is_hidden_until_it_is_whole);
    tcase_add_test(tests, a_past_follows_itself_version_by_version);
    tcase_add_test(tests, only_a_past_that_was_begun_and_has_no_end_is_written);
    tcase_add_test(tests, an_event_of_a_past_has_the_limit_of_all_events);
    tcase_add_test(tests, a_past_that_never_has_an_end_is_purged);
    tcase_add_test(tests, what_was_not_committed_of_a_past_is_not_there);
}
