/* What storage/store.h promises of what goes: deleted games, retention, unused pages. */
#include <stdio.h>

#include "app/base/limits.h"
#include "tests/storage/engine.h"
#include "tests/storage/sample.h"

/* Pieces of so many rows until nothing is left; returns how many there were. */
static unsigned purge_all(struct store *store, size_t rows)
{
    unsigned pieces = 0;
    for (bool more = true; more; pieces++) {
        ck_assert_ok(store_purge(store, rows, &more));
        ck_assert_uint_lt(pieces, 10000);
    }
    return pieces;
}

static void doom(struct store *store, uint64_t game)
{
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_game_doom(store, game));
    ck_assert_ok(store_commit(store));
}

static bool never_listed(void *arg, const struct store_listed *game)
{
    (void)arg;
    (void)game;
    ck_abort_msg("listed");
}

static bool never_walked(void *arg, const struct store_journal_row *row)
{
    (void)arg;
    (void)row;
    ck_abort_msg("walked");
}

static bool never_member(void *arg, const struct store_member *member)
{
    (void)arg;
    (void)member;
    ck_abort_msg("a member");
}

/* A game with one of everything that belongs to one: `request`, an invitation, a save. */
static uint64_t add_full_game(struct store *store, unsigned number, uint64_t owner,
                              const struct sample_hash *secret)
{
    const uint64_t game = add_game(store, number, owner, 2);
    struct store_entry entry = sample_entry(game, 3);
    const struct store_new_invitation invitation = {.game = game,
                                                    .secret_hash = secret->bytes,
                                                    .name = SLICE("i"),
                                                    .role = STORE_PLAYER,
                                                    .expires_ms = INT64_MAX};
    const struct store_save save = {.slot = 1, .name = SLICE("s"), .version = 2};
    entry.request_id = SLICE("request");
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_invitation_add(store, &invitation));
    ck_assert_ok(store_save_put(store, game, owner, &save));
    return game;
}

/* No call finds game-<number>. */
static void check_gone(struct store *store, uint64_t game, unsigned number, uint64_t owner,
                       const struct sample_hash *secret)
{
    struct arena arena = {0};
    struct store_game loaded;
    struct store_invitation invitation;
    struct store_save save;
    enum store_role role;
    ck_assert_status(store_game_load(store, sample_text("game-%u", number), &arena, &loaded),
                     ERR_NOT_FOUND);
    ck_assert_ok(store_list(store, owner, 0, 9, never_listed, NULL));
    ck_assert_ok(store_scan(store, game - 1, 1, never_listed, NULL));
    ck_assert_ok(store_history(store, game, 0, UINT64_MAX, never_walked, NULL));
    ck_assert_ok(store_member_list(store, game, 0, 9, never_member, NULL));
    ck_assert_ok(store_member_find(store, game, owner, &role));
    ck_assert_int_eq(role, STORE_NOBODY);
    ck_assert_status(store_invitation_find(store, secret->bytes, &arena, &invitation),
                     ERR_NOT_FOUND);
    ck_assert_status(store_save_find(store, game, owner, 1, &arena, &save), ERR_NOT_FOUND);
    arena_release(&arena);
}

START_TEST(a_deleted_game_is_found_by_no_call)
{
    struct store *store = engine_writer();
    const struct sample_hash secret = sample_hash(50), other_secret = sample_hash(51);
    ck_assert_ok(store_begin(store));
    const uint64_t other_owner = add_session(store, 1), owner = add_session(store, 2);
    const uint64_t other = add_full_game(store, 1, other_owner, &other_secret);
    const uint64_t game = add_full_game(store, 2, owner, &secret);
    ck_assert_ok(store_commit(store));

    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_game_doom(store, game));
    check_gone(store, game, 2, owner, &secret);
    store_rollback(store);
    ck_assert_uint_eq(stored_version(store, 2), 3);
    check_journal(store, game, 3);

    doom(store, game);
    for (int pass = 0; pass < 2; pass++) {
        check_gone(store, game, 2, owner, &secret);
        ck_assert_uint_eq(stored_version(store, 1), 3);
        check_journal(store, other, 3);
        (void)purge_all(store, 2);
    }
    store_free(store);
    store = engine_writer();
    check_gone(store, game, 2, owner, &secret);
    store_free(store);
}
END_TEST

START_TEST(nothing_can_be_given_to_a_deleted_game)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 3);
    const struct sample_hash secret = sample_hash(9);
    const struct store_new_invitation invitation = {
        .game = place.game, .secret_hash = secret.bytes, .name = SLICE("i"), .role = STORE_PLAYER};
    const struct store_save save = {.slot = 1, .name = SLICE("s"), .version = 1};
    doom(store, place.game);
    ck_assert_ok(store_begin(store));
    const uint64_t next = add_game(store, 2, place.session, 0);
    for (uint64_t version = 0; version <= 4; version++) {
        const struct store_entry entry = sample_entry(place.game, version);
        ck_assert_status(store_append(store, &entry), ERR_CONFLICT);
    }
    ck_assert_status(store_member_set(store, place.game, place.session, STORE_OWNER), ERR_CONFLICT);
    ck_assert_ok(store_member_set(store, place.game, place.session, STORE_NOBODY));
    ck_assert_status(store_invitation_add(store, &invitation), ERR_CONFLICT);
    ck_assert_status(store_save_put(store, place.game, place.session, &save), ERR_CONFLICT);
    ck_assert_status(store_game_doom(store, place.game), ERR_NOT_FOUND);
    ck_assert_status(store_game_doom(store, next), ERR_NOT_FOUND); /* it has no version yet */
    ck_assert_status(store_game_doom(store, next + 1), ERR_NOT_FOUND);
    ck_assert_status(store_game_doom(store, 0), ERR_NOT_FOUND);
    ck_assert_status(store_game_doom(store, UINT64_MAX), ERR_NOT_FOUND);
    const struct store_entry entry = sample_entry(next, 1);
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

START_TEST(a_row_number_is_never_used_again)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 2);
    uint64_t newest = place.game;
    for (unsigned i = 2; i < 6; i++) {
        doom(store, newest);
        (void)purge_all(store, 100);
        ck_assert_ok(store_begin(store));
        const uint64_t next = add_game(store, i, place.session, 1);
        ck_assert_ok(store_commit(store));
        ck_assert_uint_gt(next, newest);
        newest = next;
    }
    store_free(store);
}
END_TEST

START_TEST(a_purge_goes_on_after_a_restart_between_living_games)
{
    enum { GAMES = 6, VERSIONS = 30 };
    struct store *store = engine_writer();
    const size_t piece = (size_t)_i;
    uint64_t games[GAMES];
    bool more = true;
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    for (unsigned i = 0; i < GAMES; i++)
        games[i] = add_game(store, i, owner, 1);
    ck_assert_ok(store_commit(store));
    for (uint64_t version = 2; version <= VERSIONS; version++) {
        for (unsigned i = 0; i < GAMES; i++)
            append_versions(store, games[i], version, version);
    }
    for (unsigned i = 0; i < GAMES; i += 2)
        doom(store, games[i]);
    while (more) {
        ck_assert_ok(store_purge(store, piece, &more));
        append_versions(store, games[1], stored_version(store, 1) + 1,
                        stored_version(store, 1) + 1);
        store_free(store);
        store = engine_writer();
    }
    for (unsigned i = 0; i < GAMES; i++) {
        ck_assert_uint_eq(stored_version(store, i) > 0, i % 2 == 1);
        if (i % 2 == 1)
            check_journal(store, games[i], stored_version(store, i));
    }
    store_free(store);
}
END_TEST

START_TEST(a_story_stays_when_a_game_of_it_goes)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    struct slice source;
    const struct sample_hash story = sample_hash(0);
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    (void)add_game(store, 2, place.session, 1);
    ck_assert_ok(store_commit(store));
    doom(store, place.game);
    (void)purge_all(store, 100);
    ck_assert_ok(store_story_load(store, story.bytes, &arena, &source));
    ck_assert_uint_eq(stored_version(store, 2), 1);
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(unused_pages_are_given_back_in_pieces)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 20);
    bool more = true;
    doom(store, place.game);
    (void)purge_all(store, 7);
    for (unsigned i = 0; more; i++) {
        ck_assert_uint_lt(i, 1000);
        ck_assert_ok(store_vacuum(store, 5, &more));
    }
    ck_assert_ok(store_begin(store));
    (void)add_game(store, 2, place.session, 4);
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(stored_version(store, 2), 4);
    store_free(store);
}
END_TEST

/* ---- retention ---- */

struct stale_list {
    struct store_stale_row rows[64];
    char names[64][80];
    size_t count, stop_after;
};

static bool on_stale(void *arg, const struct store_stale_row *row)
{
    struct stale_list *list = arg;
    ck_assert_uint_lt(list->count, COUNT_OF(list->rows));
    (void)snprintf(list->names[list->count], sizeof list->names[0], "%.*s", (int)row->name.len,
                   row->name.len ? (const char *)row->name.at : "");
    list->rows[list->count] = *row;
    list->rows[list->count].name = slice_str(list->names[list->count]);
    list->count++;
    return list->count != list->stop_after;
}

/* All of a kind, in pieces of so many rows. */
static struct stale_list find_stale(struct store *store, enum store_stale kind, int64_t before_ms,
                                    size_t rows)
{
    struct stale_list list = {.count = 0};
    uint64_t next = 0;
    do {
        const uint64_t above = next;
        ck_assert_ok(store_prune_find(store, kind, before_ms, above, rows, on_stale, &list, &next));
        ck_assert(next == 0 || next > above);
    } while (next != 0);
    return list;
}

/* The names are read before the list, which holds them, is gone. */
static size_t drop_stale(struct store *store, enum store_stale kind, int64_t before_ms)
{
    ck_assert_ok(store_begin(store));
    struct stale_list list = find_stale(store, kind, before_ms, 3);
    for (size_t i = 0; i < list.count; i++) {
        list.rows[i].name = slice_str(list.names[i]);
        ck_assert_ok(store_prune_drop(store, kind, &list.rows[i]));
    }
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(find_stale(store, kind, before_ms, 9).count, 0);
    return list.count;
}

static void age_game(struct store *store, uint64_t game, int64_t at_ms, uint8_t status)
{
    struct store_entry entry = sample_entry(game, 2);
    entry.at_ms = at_ms;
    entry.status = status;
    ck_assert_ok(store_append(store, &entry));
}

START_TEST(games_with_a_link_are_found_by_their_age)
{
    struct store *store = engine_writer();
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    uint64_t games[10];
    for (unsigned i = 0; i < 10; i++) { /* those of odd numbers have a link */
        games[i] = add_game(store, i, owner, 1);
        age_game(store, games[i], 1000 + (int64_t)i, (uint8_t)(i / 2));
    }
    ck_assert_ok(store_commit(store));
    doom(store, games[1]);
    for (size_t piece = 1; piece < 12; piece++) {
        const struct stale_list list = find_stale(store, STORE_STALE_LINK_GAMES, 1007, piece);
        ck_assert_uint_eq(list.count, 2);
        ck_assert_uint_eq(list.rows[0].row, games[3]);
        ck_assert_str_eq(list.names[0], "game-3");
        ck_assert_int_eq(list.rows[0].at_ms, 1003);
        ck_assert_uint_eq(list.rows[0].status, 1);
        ck_assert_uint_eq(list.rows[1].row, games[5]);
    }
    struct stale_list list = {.stop_after = 1};
    uint64_t next = 0;
    ck_assert_ok(store_prune_find(store, STORE_STALE_LINK_GAMES, INT64_MAX, 0, SIZE_MAX, on_stale,
                                  &list, &next));
    ck_assert_uint_eq(list.count, 1);
    ck_assert_ok(store_prune_find(store, STORE_STALE_LINK_GAMES, INT64_MAX, UINT64_MAX, 9, on_stale,
                                  &list, &next));
    ck_assert_uint_eq(next, 0);
    store_free(store);
}
END_TEST

START_TEST(a_session_goes_only_when_it_has_nothing)
{
    struct store *store = engine_writer();
    const struct sample_hash code = sample_hash(90);
    ck_assert_ok(store_begin(store));
    uint64_t sessions[9];
    for (unsigned i = 1; i < 9; i++) /* created and seen at 5 to 13 */
        sessions[i] = add_session(store, i);
    const uint64_t game = add_game(store, 1, sessions[1], 1); /* has a game */
    ck_assert_ok(store_member_set(store, game, sessions[2], STORE_SPECTATOR));
    ck_assert_ok(store_device_seen(store, sessions[3], SLICE("device-3"), 100));
    ck_assert_ok(store_carry_add(store, sessions[4], code.bytes, 1000));
    const uint64_t left = add_game(store, 2, sessions[7], 1); /* began it and gave it away */
    ck_assert_ok(store_member_set(store, left, sessions[1], STORE_OWNER));
    ck_assert_ok(store_member_set(store, left, sessions[7], STORE_NOBODY));
    ck_assert_ok(store_commit(store));
    const struct stale_list list = find_stale(store, STORE_STALE_SESSIONS, 100, 2);
    ck_assert_uint_eq(list.count, 3); /* the newest one stays, too */
    ck_assert_uint_eq(list.rows[0].row, sessions[4]);
    ck_assert_str_eq(list.names[0], "session-4");
    ck_assert_uint_eq(list.rows[1].row, sessions[5]);
    ck_assert_uint_eq(list.rows[2].row, sessions[6]);
    ck_assert_uint_eq(find_stale(store, STORE_STALE_SESSIONS, 5, 2).count, 0);

    ck_assert_uint_eq(drop_stale(store, STORE_STALE_SESSIONS, 100), 3);
    struct arena arena = {0};
    struct store_session session;
    struct store_carry carry;
    for (unsigned i = 1; i < 9; i++) {
        const struct sample_hash hash = sample_hash(i);
        ck_assert_status(store_session_find(store, hash.bytes, &arena, &session),
                         i >= 4 && i <= 6 ? ERR_NOT_FOUND : OK);
    }
    ck_assert_ok(store_begin(store));
    ck_assert_status(store_carry_take(store, code.bytes, &arena, &carry), ERR_NOT_FOUND);
    ck_assert_uint_gt(add_session(store, 4), sessions[8]);
    ck_assert_ok(store_commit(store));
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(a_device_goes_only_beside_one_that_is_used)
{
    struct store *store = engine_writer();
    const struct sample_hash second = sample_hash(12), third = sample_hash(13);
    ck_assert_ok(store_begin(store));
    const uint64_t session = add_session(store, 1), other = add_session(store, 2);
    struct store_new_device device = sample_device(12, &second);
    ck_assert_ok(store_device_add(store, session, &device));
    device = sample_device(13, &third);
    ck_assert_ok(store_device_add(store, other, &device));
    ck_assert_ok(store_device_seen(store, session, SLICE("device-12"), 100));
    ck_assert_ok(store_commit(store));
    const struct stale_list list = find_stale(store, STORE_STALE_DEVICES, 100, 1);
    ck_assert_uint_eq(list.count, 1);
    ck_assert_uint_eq(list.rows[0].row, session);
    ck_assert_str_eq(list.names[0], "device-1");
    ck_assert_uint_eq(find_stale(store, STORE_STALE_DEVICES, 101, 1).count, 0);
    ck_assert_uint_eq(drop_stale(store, STORE_STALE_DEVICES, 100), 1);
    store_free(store);
}
END_TEST

START_TEST(what_has_expired_goes)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    for (unsigned i = 2; i < 8; i++) {
        const struct sample_hash hash = sample_hash(100 + i);
        const struct store_new_invitation invitation = {.game = place.game,
                                                        .secret_hash = hash.bytes,
                                                        .name = sample_text("i%u", i),
                                                        .role = STORE_PLAYER,
                                                        .expires_ms = i % 2 == 0 ? 1000 + (int64_t)i
                                                                                 : INT64_MAX};
        ck_assert_ok(store_invitation_add(store, &invitation));
        ck_assert_ok(store_carry_add(store, add_session(store, i), hash.bytes, 1000 + (int64_t)i));
    }
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(drop_stale(store, STORE_STALE_INVITATIONS, 1006), 2);
    ck_assert_uint_eq(drop_stale(store, STORE_STALE_CARRIES, 1006), 4);
    for (unsigned i = 2; i < 8; i++) {
        const struct sample_hash hash = sample_hash(100 + i);
        struct store_invitation invitation;
        ck_assert_status(store_invitation_find(store, hash.bytes, &arena, &invitation),
                         i == 2 || i == 4 ? ERR_NOT_FOUND : OK);
    }
    ck_assert_uint_eq(drop_stale(store, STORE_STALE_INVITATIONS, INT64_MAX), 1);
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(old_request_ids_go_and_their_versions_stay)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    for (unsigned i = 2; i <= 20; i++) {
        struct store_entry entry = sample_entry(place.game, i); /* accepted at 2000 + i */
        if (i % 3 != 0)
            entry.request_id = sample_text("r%u", i);
        ck_assert_ok(store_append(store, &entry));
    }
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(drop_stale(store, STORE_STALE_REQUEST_IDS, 2011), 6);
    check_journal(store, place.game, 20);
    for (unsigned i = 2; i <= 20; i++) {
        uint64_t version = 0;
        uint8_t print[STORE_PRINT_LEN];
        ck_assert_status(
            store_request_find(store, place.game, sample_text("r%u", i), &version, print),
            i <= 10 || i % 3 == 0 ? ERR_NOT_FOUND : OK);
    }
    /* An id that was forgotten can be used again. */
    struct store_entry entry = sample_entry(place.game, 21);
    entry.request_id = SLICE("r2");
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(drop_stale(store, STORE_STALE_REQUEST_IDS, INT64_MAX), 8);
    store_free(store);
}
END_TEST

void storage_suite_purge(TCase *tests)
{
    tcase_add_test(tests, a_deleted_game_is_found_by_no_call);
    tcase_add_test(tests, nothing_can_be_given_to_a_deleted_game);
    tcase_add_test(tests, a_row_number_is_never_used_again);
    tcase_add_loop_test(tests, a_purge_goes_on_after_a_restart_between_living_games, 3, 7);
    tcase_add_test(tests, a_story_stays_when_a_game_of_it_goes);
    tcase_add_test(tests, unused_pages_are_given_back_in_pieces);
    tcase_add_test(tests, games_with_a_link_are_found_by_their_age);
    tcase_add_test(tests, a_session_goes_only_when_it_has_nothing);
    tcase_add_test(tests, a_device_goes_only_beside_one_that_is_used);
    tcase_add_test(tests, what_has_expired_goes);
    tcase_add_test(tests, old_request_ids_go_and_their_versions_stay);
}
