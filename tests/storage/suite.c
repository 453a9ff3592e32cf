/* What storage/store.h promises, for whichever engine is linked. */
#include "tests/storage/engine.h"

#include <string.h>

#include "app/base/limits.h"
#include "tests/storage/sample.h"

/* ---- games ---- */

START_TEST(a_game_reads_back_as_it_was_written)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    const struct sample_hash story = sample_hash(7);
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 3);
    struct store_new_game new = sample_game(1, owner, &story);
    new.origin = sample_bytes(200);
    uint64_t row = 0;
    ck_assert_ok(store_game_create(store, &new, &row));
    struct store_entry entry = sample_entry(row, 1);
    entry.state = sample_bytes(700);
    entry.snapshot = sample_bytes(100000);
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));

    struct store_game game;
    ck_assert_ok(store_game_load(store, new.name, &arena, &game));
    ck_assert_uint_eq(game.row, row);
    ck_assert_slice_eq(game.name, new.name);
    ck_assert_mem_eq(game.story_hash, story.bytes, SHA256_LEN);
    ck_assert_uint_eq(game.owner, owner);
    ck_assert_slice_str(game.owner_name, "session-3");
    ck_assert(game.link);
    ck_assert_mem_eq(game.seed, new.seed, STORE_SEED_LEN);
    ck_assert_uint_eq(game.version, 1);
    ck_assert_slice_eq(game.state, entry.state);
    ck_assert_slice_eq(game.snapshot, entry.snapshot);
    ck_assert_slice_eq(game.origin, new.origin);
    ck_assert_ok(store_begin(store));
    (void)add_game(store, 2, owner, 1);
    ck_assert_ok(store_commit(store));
    ck_assert_ok(store_game_load(store, SLICE("game-2"), &arena, &game));
    ck_assert_uint_eq(game.origin.len, 0);
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(everything_is_there_after_a_restart)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 5);
    store_free(store);
    store = engine_writer();
    ck_assert_uint_eq(stored_version(store, 1), 5);
    check_journal(store, place.game, 5);
    append_versions(store, place.game, 6, 6);
    check_journal(store, place.game, 6);
    store_free(store);
}
END_TEST

START_TEST(a_game_without_a_version_is_not_found)
{
    struct store *store = engine_writer();
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    const uint64_t game = add_game(store, 1, owner, 0);
    ck_assert_uint_eq(stored_version(store, 1), 0);
    const struct store_entry entry = sample_entry(game, 1);
    ck_assert_ok(store_append(store, &entry));
    ck_assert_uint_eq(stored_version(store, 1), 1);
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

START_TEST(a_game_without_a_version_is_not_committed)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    (void)add_game(store, 2, place.session, 0);
    const struct store_entry entry = sample_entry(place.game, 2);
    ck_assert_ok(store_append(store, &entry));
    ck_assert_status(store_commit(store), ERR_CONFLICT);
    ck_assert_uint_eq(stored_version(store, 1), 1);

    ck_assert_ok(store_begin(store));
    (void)add_game(store, 2, place.session, 3);
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(stored_version(store, 2), 3);
    store_free(store);
}
END_TEST

static const struct {
    const char *why;
    const char *name;
} unknown_names[] = {
    {"never made", "game-2"},
    {"the beginning of a name", "game-"},
    {"a name and more", "game-11"},
    {"another case", "GAME-1"},
    {"empty", ""},
    {"longer than any name",
     "game-1game-1game-1game-1game-1game-1game-1game-1game-1game-1game-1game-1game-1game-1"},
};

START_TEST(an_unknown_game_is_not_found)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    struct store_game game;
    (void)sample_place(store, 1);
    ck_assert_status(store_game_load(store, slice_str(unknown_names[_i].name), &arena, &game),
                     ERR_NOT_FOUND);
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(a_name_with_a_nul_is_another_name)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    const struct sample_hash story = sample_hash(0);
    static const struct slice names[] = {SLICE_INIT("a"), SLICE_INIT("a\0b"), SLICE_INIT("a\0c")};
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    uint64_t rows[COUNT_OF(names)];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct store_new_game new = sample_game(1, owner, &story);
        new.name = names[i];
        ck_assert_ok(store_game_create(store, &new, &rows[i]));
        const struct store_entry entry = sample_entry(rows[i], 1);
        ck_assert_ok(store_append(store, &entry));
    }
    ck_assert_ok(store_commit(store));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct store_game game;
        ck_assert_ok(store_game_load(store, names[i], &arena, &game));
        ck_assert_uint_eq(game.row, rows[i]);
        ck_assert_slice_eq(game.name, names[i]);
    }
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(a_taken_name_is_refused_and_leaves_nothing)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    struct slice source;
    uint64_t row = 0;
    enum store_role role;
    const struct sample_place place = sample_place(store, 1);
    const struct sample_hash other_story = sample_hash(9);
    ck_assert_ok(store_begin(store));
    const uint64_t other = add_session(store, 2);
    const struct store_new_game again = sample_game(1, other, &other_story);
    ck_assert_status(store_game_create(store, &again, &row), ERR_CONFLICT);
    const uint64_t next = add_game(store, 2, other, 1);
    ck_assert_ok(store_commit(store));

    ck_assert_status(store_story_load(store, other_story.bytes, &arena, &source), ERR_NOT_FOUND);
    ck_assert_ok(store_member_find(store, place.game, other, &role));
    ck_assert_int_eq(role, STORE_NOBODY);
    ck_assert_uint_eq(stored_version(store, 1), 1);
    check_journal(store, next, 1);
    store_free(store);
}
END_TEST

START_TEST(a_game_of_an_unknown_owner_is_refused)
{
    struct store *store = engine_writer();
    const struct sample_hash story = sample_hash(0);
    static const uint64_t owners[] = {0, 2, INT64_MAX, UINT64_MAX};
    (void)sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    for (size_t i = 0; i < COUNT_OF(owners); i++) {
        const struct store_new_game new = sample_game(2, owners[i], &story);
        uint64_t row = 0;
        ck_assert_status(store_game_create(store, &new, &row), ERR_CONFLICT);
    }
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(stored_version(store, 2), 0);
    store_free(store);
}
END_TEST

/* The short name of the story of the only game. */
static bool on_only_game(void *arg, const struct store_listed *game)
{
    ck_assert_slice_eq(game->story_title, SLICE("The title"));
    *(uint64_t *)arg = game->version;
    return true;
}

static void expect_edition(struct store *store, const struct sample_hash *story)
{
    struct arena arena = {0};
    struct store_game game;
    ck_assert_ok(store_game_load(store, SLICE("game-1"), &arena, &game));
    ck_assert_mem_eq(game.story_hash, story->bytes, SHA256_LEN);
    arena_release(&arena);
}

START_TEST(a_game_goes_on_with_another_edition)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    struct slice source;
    uint64_t listed = 0;
    const struct sample_place place = sample_place(store, 1);
    const struct sample_hash first = sample_hash(0), newer = sample_hash(7);
    const struct store_story edition = {newer.bytes, SLICE("tale"), SLICE("The title"),
                                        SLICE("the newer source")};
    struct store_entry entry = sample_entry(place.game, 2);
    entry.edition = &edition;
    entry.request_id = SLICE("r");

    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_append(store, &entry));
    store_rollback(store);
    expect_edition(store, &first);
    ck_assert_status(store_story_load(store, newer.bytes, &arena, &source), ERR_NOT_FOUND);

    ck_assert_ok(store_begin(store));
    entry.version = 3;
    ck_assert_status(store_append(store, &entry), ERR_CONFLICT);
    entry.version = 2;
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));
    append_versions(store, place.game, 3, 3);
    expect_edition(store, &newer);
    ck_assert_ok(store_scan(store, 0, 2, on_only_game, &listed));
    ck_assert_uint_eq(listed, 3);
    /* The earlier one is still there: the first versions were played with it. */
    ck_assert_ok(store_story_load(store, first.bytes, &arena, &source));
    ck_assert_ok(store_story_load(store, newer.bytes, &arena, &source));
    ck_assert_slice_eq(source, SLICE("the newer source"));
    check_journal(store, place.game, 3);

    /* Back to one that is known: nothing of it is stored again. */
    const struct store_story known = {first.bytes, SLICE("tale"), SLICE("x"),
                                      SLICE("not looked at")};
    ck_assert_ok(store_begin(store));
    entry = sample_entry(place.game, 4);
    entry.edition = &known;
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));
    expect_edition(store, &first);
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(an_edition_has_limits)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    const struct sample_hash newer = sample_hash(7);
    const struct store_story good = {newer.bytes, SLICE("tale"), SLICE("t"), SLICE("s")};
    struct store_story wrong[] = {good, good, good};
    wrong[0].id = sample_bytes(LIMIT_ID_BYTES + 1);
    wrong[1].title = sample_bytes(LIMIT_LABEL_BYTES + 1);
    wrong[2].source = sample_bytes(LIMIT_STORY_BYTES + 1);
    ck_assert_ok(store_begin(store));
    struct store_entry entry = sample_entry(place.game, 2);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        entry.edition = &wrong[i];
        ck_assert_status(store_append(store, &entry), ERR_TOO_LARGE);
    }
    entry.edition = &good;
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

START_TEST(a_story_is_kept_once_per_hash)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    const struct sample_hash story = sample_hash(7), unknown = sample_hash(8);
    const struct slice source = sample_bytes(300000);
    uint64_t row = 0;
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    for (unsigned i = 1; i <= 2; i++) {
        struct store_new_game new = sample_game(i, owner, &story);
        /* The hash stands for the content: the second one is not looked at. */
        new.story_source = i == 1 ? source : SLICE("other");
        ck_assert_ok(store_game_create(store, &new, &row));
        const struct store_entry entry = sample_entry(row, 1);
        ck_assert_ok(store_append(store, &entry));
    }
    ck_assert_ok(store_commit(store));
    struct slice got;
    ck_assert_ok(store_story_load(store, story.bytes, &arena, &got));
    ck_assert_slice_eq(got, source);
    ck_assert_status(store_story_load(store, unknown.bytes, &arena, &got), ERR_NOT_FOUND);
    arena_release(&arena);
    store_free(store);
}
END_TEST

/* ---- versions ---- */

static const struct {
    const char *why;
    uint64_t stored, offered;
} wrong_versions[] = {
    {"no version at all", 3, 0},
    {"the stored one again", 3, 3},
    {"an older one", 3, 2},
    {"the first one again", 3, 1},
    {"one left out", 3, 5},
    {"far ahead", 3, 1000},
    {"the largest that a file can hold", 3, INT64_MAX},
    {"larger than a file can hold", 3, (uint64_t)INT64_MAX + 1},
    {"the largest", 3, UINT64_MAX},
    {"the stored one and 2^63", 3, (uint64_t)INT64_MAX + 1 + 4},
    {"a new game does not begin with 0", 0, 0},
    {"a new game does not begin with 2", 0, 2},
};

START_TEST(a_version_that_does_not_follow_is_refused)
{
    struct store *store = engine_writer();
    const uint64_t stored = wrong_versions[_i].stored;
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    const uint64_t game = add_game(store, 1, owner, stored);
    struct store_entry wrong = sample_entry(game, wrong_versions[_i].offered);
    wrong.request_id = SLICE("r");
    ck_assert_status(store_append(store, &wrong), ERR_CONFLICT);
    ck_assert_uint_eq(stored_version(store, 1), stored);

    /* The transaction goes on, and the request id was not used up. */
    struct store_entry right = sample_entry(game, stored + 1);
    right.request_id = SLICE("r");
    ck_assert_ok(store_append(store, &right));
    ck_assert_ok(store_commit(store));
    check_journal(store, game, stored + 1);
    store_free(store);
}
END_TEST

START_TEST(an_entry_of_an_unknown_game_is_refused)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    const uint64_t games[] = {0, place.game + 1, INT64_MAX, UINT64_MAX};
    ck_assert_ok(store_begin(store));
    for (size_t i = 0; i < COUNT_OF(games); i++) {
        for (uint64_t version = 0; version <= 2; version++) {
            const struct store_entry entry = sample_entry(games[i], version);
            ck_assert_status(store_append(store, &entry), ERR_CONFLICT);
        }
    }
    ck_assert_ok(store_commit(store));
    check_journal(store, place.game, 1);
    store_free(store);
}
END_TEST

START_TEST(games_of_one_batch_keep_their_journals_apart)
{
    enum { GAMES = 7, VERSIONS = 9 };
    struct store *store = engine_writer();
    uint64_t games[GAMES];
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    for (unsigned i = 0; i < GAMES; i++)
        games[i] = add_game(store, i, owner, 1);
    ck_assert_ok(store_commit(store));
    for (uint64_t version = 2; version <= VERSIONS; version++) {
        ck_assert_ok(store_begin(store));
        for (unsigned i = 0; i < GAMES; i++) {
            const struct store_entry entry = sample_entry(games[i], version);
            if (version + i <= VERSIONS)
                ck_assert_ok(store_append(store, &entry));
        }
        ck_assert_ok(store_commit(store));
    }
    /* Each game stops a version before the one before it. */
    for (unsigned i = 0; i < GAMES; i++) {
        ck_assert_uint_eq(stored_version(store, i), VERSIONS - i);
        check_journal(store, games[i], VERSIONS - i);
    }
    store_free(store);
}
END_TEST

/* ---- request ids ---- */

START_TEST(a_request_id_is_used_once_per_game)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    const uint64_t other = add_game(store, 2, place.session, 1);
    struct store_entry entry = sample_entry(place.game, 2);
    entry.request_id = SLICE("once");
    ck_assert_ok(store_append(store, &entry));
    entry = sample_entry(place.game, 3);
    entry.request_id = SLICE("once");
    ck_assert_status(store_append(store, &entry), ERR_CONFLICT);
    entry.request_id = SLICE("twice");
    ck_assert_ok(store_append(store, &entry));
    entry = sample_entry(other, 2);
    entry.request_id = SLICE("once");
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));
    store_free(store);

    store = engine_writer();
    ck_assert_ok(store_begin(store));
    entry = sample_entry(place.game, 4);
    entry.request_id = SLICE("once");
    ck_assert_status(store_append(store, &entry), ERR_CONFLICT);
    ck_assert_ok(store_commit(store));
    check_journal(store, place.game, 3);
    check_journal(store, other, 2);
    store_free(store);
}
END_TEST

START_TEST(no_request_id_is_never_taken)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 20);
    uint64_t version = 0;
    uint8_t print[STORE_PRINT_LEN];
    ck_assert_status(store_request_find(store, place.game, SLICE_NONE, &version, print),
                     ERR_NOT_FOUND);
    store_free(store);
}
END_TEST

START_TEST(a_request_id_tells_the_version_it_made)
{
    struct store *store = engine_writer();
    static const struct slice ids[] = {SLICE_INIT("a"),    SLICE_INIT("A"),    SLICE_INIT("a\0b"),
                                       SLICE_INIT("a\0c"), SLICE_INIT("\xff"), SLICE_INIT("1"),
                                       SLICE_INIT(" ")};
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    for (unsigned i = 0; i < COUNT_OF(ids); i++) {
        struct store_entry entry = sample_entry(place.game, 2 + i);
        entry.request_id = ids[i];
        memset(entry.request_print, (int)i, STORE_PRINT_LEN);
        ck_assert_ok(store_append(store, &entry));
    }
    ck_assert_ok(store_commit(store));
    for (unsigned i = 0; i < COUNT_OF(ids); i++) {
        uint64_t version = 0;
        uint8_t print[STORE_PRINT_LEN], expected[STORE_PRINT_LEN];
        memset(expected, (int)i, STORE_PRINT_LEN);
        ck_assert_ok(store_request_find(store, place.game, ids[i], &version, print));
        ck_assert_uint_eq(version, 2 + i);
        ck_assert_mem_eq(print, expected, STORE_PRINT_LEN);
    }
    store_free(store);
}
END_TEST

START_TEST(an_unknown_request_id_is_not_found)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    struct store_entry entry = sample_entry(place.game, 2);
    entry.request_id = SLICE("abc");
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));
    const struct {
        uint64_t game;
        struct slice id;
    } unknown[] = {{place.game, SLICE("ab")},
                   {place.game, SLICE("abcd")},
                   {place.game, SLICE("ABC")},
                   {place.game, SLICE("abc\0")},
                   {place.game, sample_bytes(65)},
                   {place.game + 1, SLICE("abc")},
                   {0, SLICE("abc")},
                   {UINT64_MAX, SLICE("abc")},
                   {place.game, sample_bytes(9999)}};
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        uint64_t version = 0;
        uint8_t print[STORE_PRINT_LEN];
        ck_assert_status(store_request_find(store, unknown[i].game, unknown[i].id, &version, print),
                         ERR_NOT_FOUND);
    }
    store_free(store);
}
END_TEST

/* ---- transactions ---- */

/* One of everything. */
static void write_everything(struct store *store, const struct sample_place *place)
{
    ck_assert_ok(store_begin(store));
    const uint64_t other = add_session(store, 2);
    const struct sample_hash story = sample_hash(9);
    const struct store_new_game new = sample_game(2, other, &story);
    uint64_t game = 0;
    ck_assert_ok(store_game_create(store, &new, &game));
    struct store_entry entry = sample_entry(game, 1);
    ck_assert_ok(store_append(store, &entry));
    entry = sample_entry(place->game, 2);
    entry.request_id = SLICE("r");
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_member_set(store, place->game, other, STORE_PLAYER));
    ck_assert_ok(store_member_set(store, place->game, place->session, STORE_NOBODY));
    const struct sample_hash code = sample_hash(77);
    const struct store_new_invitation invitation = {.game = game,
                                                    .secret_hash = code.bytes,
                                                    .name = SLICE("inv"),
                                                    .role = STORE_PLAYER,
                                                    .expires_ms = INT64_MAX};
    ck_assert_ok(store_invitation_add(store, &invitation));
    ck_assert_ok(store_carry_add(store, other, code.bytes, 9));
    const struct store_save save = {.slot = 1, .name = SLICE("here"), .version = 1};
    ck_assert_ok(store_save_put(store, game, other, &save));
    ck_assert_ok(store_feedback_add(store, SLICE("game-1"), SLICE("good"), 1));
}

/* Is what write_everything wrote there, all of it or nothing of it? */
static void check_everything(struct store *store, const struct sample_place *place, bool there)
{
    struct arena arena = {0};
    struct store_session session;
    struct slice source;
    uint64_t version = 0;
    uint8_t print[STORE_PRINT_LEN];
    enum store_role role;
    const struct sample_hash hash = sample_hash(2), story = sample_hash(9);
    const enum status found = there ? OK : ERR_NOT_FOUND;
    ck_assert_status(store_session_find(store, hash.bytes, &arena, &session), found);
    ck_assert_status(store_story_load(store, story.bytes, &arena, &source), found);
    ck_assert_status(store_request_find(store, place->game, SLICE("r"), &version, print), found);
    ck_assert_ok(store_member_find(store, place->game, place->session, &role));
    ck_assert_int_eq(role, there ? STORE_NOBODY : STORE_OWNER);
    const struct sample_hash code = sample_hash(77);
    struct store_invitation invitation;
    struct store_save save;
    ck_assert_status(store_invitation_find(store, code.bytes, &arena, &invitation), found);
    ck_assert_status(store_save_find(store, place->game + 1, place->session + 1, 1, &arena, &save),
                     found);
    ck_assert_uint_eq(stored_version(store, 1), there ? 2 : 1);
    ck_assert_uint_eq(stored_version(store, 2), there ? 1 : 0);
    check_journal(store, place->game, there ? 2 : 1);
    arena_release(&arena);
}

START_TEST(a_rolled_back_transaction_never_happened)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    for (int i = 0; i < 3; i++) {
        write_everything(store, &place);
        check_everything(store, &place, true);
        store_rollback(store);
        check_everything(store, &place, false);
    }
    store_rollback(store); /* without a transaction: nothing */
    write_everything(store, &place);
    ck_assert_ok(store_commit(store));
    check_everything(store, &place, true);
    store_rollback(store);
    check_everything(store, &place, true);
    store_free(store);
}
END_TEST

START_TEST(a_store_that_is_freed_inside_a_transaction_rolls_back)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    write_everything(store, &place);
    store_free(store);
    store = engine_writer();
    check_everything(store, &place, false);
    store_free(store);
}
END_TEST

START_TEST(an_empty_transaction_commits)
{
    struct store *store = engine_writer();
    for (int i = 0; i < 3; i++) {
        ck_assert_ok(store_begin(store));
        ck_assert_ok(store_commit(store));
    }
    store_free(store);
}
END_TEST

START_TEST(a_reader_sees_what_is_committed_and_nothing_else)
{
    struct store *writer = engine_writer();
    const struct sample_place place = sample_place(writer, 1);
    struct store *reader = engine_reader();
    write_everything(writer, &place);
    check_everything(writer, &place, true);
    check_everything(reader, &place, false);
    store_rollback(writer);
    check_everything(reader, &place, false);
    write_everything(writer, &place);
    ck_assert_ok(store_commit(writer));
    check_everything(reader, &place, true);
    store_free(reader);
    store_free(writer);
}
END_TEST

/* More than any buffer on the way to the disk takes at once. */
START_TEST(a_batch_of_megabytes_is_seen_whole_by_a_reader)
{
    enum { LAST = 41, LARGE = 100 * 1000 };
    struct store *writer = engine_writer();
    const struct sample_place place = sample_place(writer, 1);
    struct store *reader = engine_reader();
    ck_assert_ok(store_begin(writer));
    for (uint64_t version = 2; version <= LAST; version++) {
        struct store_entry entry = sample_entry(place.game, version);
        entry.snapshot = sample_bytes(LARGE + (size_t)version);
        ck_assert_ok(store_append(writer, &entry));
    }
    for (unsigned number = 2; number <= LAST; number++)
        (void)add_game(writer, number, place.session, 60);
    ck_assert_uint_eq(stored_version(reader, 1), 1);
    ck_assert_ok(store_commit(writer));
    struct arena arena = {0};
    struct store_game game;
    ck_assert_ok(store_game_load(reader, SLICE("game-1"), &arena, &game));
    ck_assert_uint_eq(game.version, LAST);
    ck_assert_slice_eq(game.snapshot, sample_bytes(LARGE + LAST));
    check_journal(reader, place.game, LAST);
    for (unsigned number = 2; number <= LAST; number++)
        ck_assert_uint_eq(stored_version(reader, number), 60);
    arena_release(&arena);
    store_free(reader);
    store_free(writer);
}
END_TEST

START_TEST(a_null_store_is_freed)
{
    store_free(NULL);
}
END_TEST

START_TEST(a_touch_changes_nothing)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    write_everything(store, &place);
    ck_assert_ok(store_touch(store));
    ck_assert_ok(store_commit(store));
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_touch(store));
    ck_assert_ok(store_commit(store));
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_touch(store));
    store_rollback(store);
    check_everything(store, &place, true);
    store_free(store);
}
END_TEST

START_TEST(a_checkpoint_disturbs_nobody)
{
    struct store *writer = engine_writer();
    const struct sample_place place = sample_place(writer, 1);
    struct store *checkpointer = engine_checkpointer();
    ck_assert_ok(store_checkpoint(checkpointer));
    write_everything(writer, &place);
    ck_assert_ok(store_checkpoint(checkpointer));
    ck_assert_ok(store_commit(writer));
    ck_assert_ok(store_checkpoint(checkpointer));
    check_everything(writer, &place, true);
    store_free(checkpointer);
    store_free(writer);
}
END_TEST

/* ---- limits ---- */

enum field { GAME_NAME, STORY_ID, STORY_TITLE, SOURCE, ORIGIN, EVENT, STATE, SNAPSHOT, REQUEST_ID };

static bool is_of_new_game(enum field field)
{
    return field <= ORIGIN;
}

static const struct {
    const char *why;
    enum field field;
    size_t most;
} lengths[] = {
    {"a game's name", GAME_NAME, LIMIT_ID_BYTES},
    {"a story's id", STORY_ID, LIMIT_ID_BYTES},
    {"a story's title", STORY_TITLE, LIMIT_LABEL_BYTES},
    {"a story", SOURCE, LIMIT_STORY_BYTES},
    {"what a game tells of its past", ORIGIN, LIMIT_ORIGIN_BYTES},
    {"an event", EVENT, LIMIT_EVENT_BYTES},
    {"a state", STATE, LIMIT_STATE_BYTES},
    {"a snapshot", SNAPSHOT, LIMIT_SNAPSHOT_BYTES},
    {"a request id", REQUEST_ID, LIMIT_REQUEST_ID_BYTES},
};

/* A game and its first entry with one field of this length; the status of the call it goes in by. */
static enum status offer_length(struct store *store, unsigned number, uint64_t owner,
                                enum field field, size_t len)
{
    const struct sample_hash story = sample_hash(100 + number);
    struct store_new_game new = sample_game(number, owner, &story);
    struct slice *const new_fields[] = {[GAME_NAME] = &new.name,
                                        [STORY_ID] = &new.story_id,
                                        [STORY_TITLE] = &new.story_title,
                                        [SOURCE] = &new.story_source,
                                        [ORIGIN] = &new.origin};
    if (is_of_new_game(field))
        *new_fields[field] = sample_bytes(len);
    uint64_t row = 0;
    const enum status st = store_game_create(store, &new, &row);
    if (st != OK)
        return st;
    struct store_entry entry = sample_entry(row, 1);
    struct slice *const entry_fields[] = {[EVENT] = &entry.event,
                                          [STATE] = &entry.state,
                                          [SNAPSHOT] = &entry.snapshot,
                                          [REQUEST_ID] = &entry.request_id};
    if (!is_of_new_game(field))
        *entry_fields[field] = sample_bytes(len);
    return store_append(store, &entry);
}

START_TEST(a_length_is_accepted_up_to_its_limit)
{
    struct store *store = engine_writer();
    ck_assert_ok(store_begin(store));
    const uint64_t owner = add_session(store, 1);
    ck_assert_ok(offer_length(store, 1, owner, lengths[_i].field, lengths[_i].most));
    ck_assert_ok(store_commit(store));
    ck_assert_ok(store_begin(store));
    ck_assert_status(offer_length(store, 2, owner, lengths[_i].field, lengths[_i].most + 1),
                     ERR_TOO_LARGE);
    store_rollback(store);
    ck_assert_uint_eq(stored_version(store, 2), 0);
    store_free(store);
}
END_TEST

START_TEST(a_session_and_feedback_have_limits)
{
    struct store *store = engine_writer();
    uint64_t row = 0;
    ck_assert_ok(store_begin(store));
    ck_assert_status(store_session_add(store, sample_bytes(65), 1, &row), ERR_TOO_LARGE);
    ck_assert_ok(store_session_add(store, sample_bytes(64), 1, &row));
    ck_assert_ok(store_feedback_add(store, sample_bytes(64), sample_bytes(4096), 1));
    ck_assert_ok(store_feedback_add(store, SLICE_NONE, SLICE_NONE, 1));
    ck_assert_status(store_feedback_add(store, sample_bytes(65), SLICE("x"), 1), ERR_TOO_LARGE);
    ck_assert_status(store_feedback_add(store, SLICE("x"), sample_bytes(4097), 1), ERR_TOO_LARGE);
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

/* ---- lists ---- */

struct listing {
    uint64_t rows[64];
    size_t count, stop_after;
    struct store_listed first; /* its texts are gone */
    char name[65], story_id[65], title[65];
};

static void keep_text(struct slice s, char ret[65])
{
    ck_assert_uint_le(s.len, 64);
    memcpy(ret, s.at, s.len);
    ret[s.len] = '\0';
}

static bool on_listed(void *arg, const struct store_listed *game)
{
    struct listing *listing = arg;
    ck_assert_uint_lt(listing->count, COUNT_OF(listing->rows));
    if (listing->count == 0) {
        listing->first = *game;
        keep_text(game->name, listing->name);
        keep_text(game->story_id, listing->story_id);
        keep_text(game->story_title, listing->title);
    }
    listing->rows[listing->count++] = game->row;
    return listing->count != listing->stop_after;
}

START_TEST(a_listed_game_tells_how_it_stands)
{
    struct store *store = engine_writer();
    struct listing listing = {.count = 0};
    const struct sample_place place = sample_place(store, 3);
    ck_assert_ok(store_list(store, place.session, 0, 10, on_listed, &listing));
    ck_assert_uint_eq(listing.count, 1);
    ck_assert_uint_eq(listing.first.row, place.game);
    ck_assert_str_eq(listing.name, "game-1");
    ck_assert_str_eq(listing.story_id, "cave");
    ck_assert_str_eq(listing.title, "The Cave");
    ck_assert_uint_eq(listing.first.version, 3);
    ck_assert_uint_eq(listing.first.status, 1);
    ck_assert_int_eq(listing.first.section, 30);
    ck_assert_int_eq(listing.first.created_ms, 1001);
    ck_assert_int_eq(listing.first.updated_ms, 2003);
    store_free(store);
}
END_TEST

static const struct {
    int64_t at_ms;
    int32_t section;
    uint8_t status;
} extremes[] = {{INT64_MIN, INT32_MIN, 0}, {-1, -1, 1}, {0, 0, 128}, {INT64_MAX, INT32_MAX, 255}};

static bool on_timed_row(void *arg, const struct store_journal_row *row)
{
    int64_t *at_ms = arg;
    *at_ms = row->at_ms;
    return false;
}

START_TEST(the_extremes_of_every_number_read_back)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    struct store_entry entry = sample_entry(place.game, 2);
    entry.at_ms = extremes[_i].at_ms;
    entry.section = extremes[_i].section;
    entry.status = extremes[_i].status;
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_append(store, &entry));
    ck_assert_ok(store_commit(store));

    struct listing listing = {.count = 0};
    int64_t at_ms = 1;
    ck_assert_ok(store_list(store, place.session, 0, 1, on_listed, &listing));
    ck_assert_int_eq(listing.first.updated_ms, entry.at_ms);
    ck_assert_int_eq(listing.first.section, entry.section);
    ck_assert_uint_eq(listing.first.status, entry.status);
    ck_assert_ok(store_history(store, place.game, 2, 2, on_timed_row, &at_ms));
    ck_assert_int_eq(at_ms, entry.at_ms);
    store_free(store);
}
END_TEST

enum { LISTED = 25 };

/* LISTED games of session 1, each followed by one of another session; ret_rows[i] is the i-th. */
static uint64_t make_list(struct store *store, uint64_t ret_rows[LISTED], uint64_t *ret_other)
{
    ck_assert_ok(store_begin(store));
    const uint64_t session = add_session(store, 1);
    *ret_other = add_session(store, 2);
    for (unsigned i = 0; i < LISTED; i++) {
        ret_rows[i] = add_game(store, 2 * i, session, 1);
        (void)add_game(store, 2 * i + 1, *ret_other, 1);
        ck_assert(i == 0 || ret_rows[i] > ret_rows[i - 1]);
    }
    ck_assert_ok(store_commit(store));
    return session;
}

START_TEST(pages_give_every_game_once_newest_first)
{
    struct store *store = engine_writer();
    const size_t page = (size_t)_i;
    uint64_t rows[LISTED], other = 0, below = 0;
    const uint64_t session = make_list(store, rows, &other);
    size_t seen = 0;
    for (;;) {
        struct listing listing = {.count = 0};
        ck_assert_ok(store_list(store, session, below, page, on_listed, &listing));
        ck_assert_uint_le(listing.count, page);
        for (size_t i = 0; i < listing.count; i++, seen++) {
            ck_assert_uint_lt(seen, LISTED);
            ck_assert_uint_eq(listing.rows[i], rows[LISTED - 1 - seen]);
        }
        if (listing.count < page)
            break;
        below = listing.rows[page - 1];
    }
    ck_assert_uint_eq(seen, LISTED);
    store_free(store);
}
END_TEST

START_TEST(a_scan_gives_every_game_of_everybody_once_oldest_first)
{
    struct store *store = engine_writer();
    const size_t page = (size_t)_i;
    uint64_t rows[LISTED], other = 0, above = 0;
    (void)make_list(store, rows, &other);
    size_t seen = 0;
    for (;;) {
        struct listing listing = {.count = 0};
        ck_assert_ok(store_scan(store, above, page, on_listed, &listing));
        ck_assert_uint_le(listing.count, page);
        for (size_t i = 0; i < listing.count; i++, seen++) {
            ck_assert_uint_gt(listing.rows[i], above);
            above = listing.rows[i];
            ck_assert(seen % 2 == 1 || above == rows[seen / 2]);
        }
        if (listing.count < page)
            break;
    }
    ck_assert_uint_eq(seen, (size_t)2 * LISTED);
    store_free(store);
}
END_TEST

START_TEST(a_list_holds_what_the_session_may_see)
{
    struct store *store = engine_writer();
    uint64_t rows[LISTED], other = 0;
    const uint64_t session = make_list(store, rows, &other);
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_member_set(store, rows[3] + 1, session, STORE_SPECTATOR));
    ck_assert_ok(store_member_set(store, rows[5], session, STORE_NOBODY));
    ck_assert_ok(store_commit(store));
    struct listing listing = {.count = 0};
    ck_assert_ok(store_list(store, session, rows[6], SIZE_MAX, on_listed, &listing));
    const uint64_t expected[] = {rows[4], rows[3] + 1, rows[3], rows[2], rows[1], rows[0]};
    ck_assert_uint_eq(listing.count, COUNT_OF(expected));
    ck_assert_mem_eq(listing.rows, expected, sizeof expected);
    store_free(store);
}
END_TEST

START_TEST(a_list_has_edges)
{
    struct store *store = engine_writer();
    uint64_t rows[LISTED], other = 0;
    const uint64_t session = make_list(store, rows, &other);
    const struct {
        uint64_t session, below;
        size_t count, stop_after, expected;
    } edges[] = {
        {session, 0, 0, 0, 0},
        {session, 0, LISTED, 0, LISTED},
        {session, 0, 10, 1, 1},
        {session, 0, 10, 4, 4},
        {session, rows[0], 10, 0, 0},
        {session, rows[0] + 1, 10, 0, 1},
        {session, 1, 10, 0, 0},
        {session, INT64_MAX, SIZE_MAX, 0, LISTED},
        {session, UINT64_MAX, SIZE_MAX, 0, LISTED},
        {other + 1, 0, 10, 0, 0},
        {0, 0, 10, 0, 0},
        {UINT64_MAX, 0, 10, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        struct listing listing = {.stop_after = edges[i].stop_after};
        ck_assert_ok(store_list(store, edges[i].session, edges[i].below, edges[i].count, on_listed,
                                &listing));
        ck_assert_uint_eq(listing.count, edges[i].expected);
    }
    store_free(store);
}
END_TEST

/* ---- history ---- */

struct walked {
    uint64_t versions[32];
    size_t count, stop_after;
};

static bool on_row(void *arg, const struct store_journal_row *row)
{
    struct walked *walked = arg;
    ck_assert_uint_lt(walked->count, COUNT_OF(walked->versions));
    walked->versions[walked->count++] = row->version;
    return walked->count != walked->stop_after;
}

enum { WALKED = 20 };

static const struct {
    const char *why;
    uint64_t from, to;
    size_t stop_after;
    uint64_t newest, oldest; /* expected; 0: none */
} ranges[] = {
    {"all", 1, WALKED, 0, WALKED, 1},
    {"all, from 0", 0, UINT64_MAX, 0, WALKED, 1},
    {"the newest", WALKED, WALKED, 0, WALKED, WALKED},
    {"the oldest", 1, 1, 0, 1, 1},
    {"the middle", 7, 12, 0, 12, 7},
    {"beyond the end", 18, 99, 0, WALKED, 18},
    {"after the end", WALKED + 1, 99, 0, 0, 0},
    {"before the start", 0, 0, 0, 0, 0},
    {"upside down", 12, 7, 0, 0, 0},
    {"numbers no row has", UINT64_MAX - 1, UINT64_MAX, 0, 0, 0},
    {"the largest that a file can hold", INT64_MAX, INT64_MAX, 0, 0, 0},
    {"stopped at once", 1, WALKED, 1, WALKED, WALKED},
    {"stopped on the way", 3, 15, 5, 15, 11},
};

START_TEST(a_range_of_the_history_comes_newest_first)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    for (uint64_t version = 2; version <= WALKED; version++)
        append_versions(store, place.game, version, version);
    struct walked walked = {.stop_after = ranges[_i].stop_after};
    ck_assert_ok(store_history(store, place.game, ranges[_i].from, ranges[_i].to, on_row, &walked));
    const uint64_t newest = ranges[_i].newest;
    ck_assert_uint_eq(walked.count, newest ? newest - ranges[_i].oldest + 1 : 0);
    for (size_t i = 0; i < walked.count; i++)
        ck_assert_uint_eq(walked.versions[i], newest - i);
    store_free(store);
}
END_TEST

/* Two games in turn, so that neither has all its rows one behind the other. */
START_TEST(every_page_of_a_long_history_is_found)
{
    enum { STRETCH = 7, LONG = 1 + 40 * STRETCH, PAGE = 3 };
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    const uint64_t other = add_game(store, 2, place.session, 1);
    ck_assert_ok(store_commit(store));
    for (uint64_t version = 2; version <= LONG; version += STRETCH) {
        append_versions(store, other, version, version + STRETCH - 1);
        append_versions(store, place.game, version, version + STRETCH - 1);
    }
    for (uint64_t to = 1; to <= LONG + PAGE; to++) {
        const uint64_t newest = to < LONG ? to : LONG;
        const uint64_t from = to < PAGE ? 1 : to - PAGE + 1;
        struct walked walked = {.count = 0};
        ck_assert_ok(store_history(store, place.game, from, to, on_row, &walked));
        ck_assert_uint_eq(walked.count, from <= newest ? newest - from + 1 : 0);
        for (size_t i = 0; i < walked.count; i++)
            ck_assert_uint_eq(walked.versions[i], newest - i);
    }
    store_free(store);
}
END_TEST

START_TEST(an_unknown_game_has_no_history)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 2);
    const uint64_t games[] = {0, place.game + 1, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(games); i++) {
        struct walked walked = {.count = 0};
        ck_assert_ok(store_history(store, games[i], 0, UINT64_MAX, on_row, &walked));
        ck_assert_uint_eq(walked.count, 0);
    }
    store_free(store);
}
END_TEST

static void add_games(TCase *tests)
{
    tcase_add_test(tests, a_game_reads_back_as_it_was_written);
    tcase_add_test(tests, everything_is_there_after_a_restart);
    tcase_add_test(tests, a_game_without_a_version_is_not_found);
    tcase_add_test(tests, a_game_without_a_version_is_not_committed);
    tcase_add_loop_test(tests, an_unknown_game_is_not_found, 0, COUNT_OF(unknown_names));
    tcase_add_test(tests, a_name_with_a_nul_is_another_name);
    tcase_add_test(tests, a_taken_name_is_refused_and_leaves_nothing);
    tcase_add_test(tests, a_game_of_an_unknown_owner_is_refused);
    tcase_add_test(tests, a_story_is_kept_once_per_hash);
    tcase_add_test(tests, a_game_goes_on_with_another_edition);
    tcase_add_test(tests, an_edition_has_limits);
    tcase_add_loop_test(tests, a_version_that_does_not_follow_is_refused, 0,
                        COUNT_OF(wrong_versions));
    tcase_add_test(tests, an_entry_of_an_unknown_game_is_refused);
    tcase_add_test(tests, games_of_one_batch_keep_their_journals_apart);
    tcase_add_test(tests, a_request_id_is_used_once_per_game);
    tcase_add_test(tests, no_request_id_is_never_taken);
    tcase_add_test(tests, a_request_id_tells_the_version_it_made);
    tcase_add_test(tests, an_unknown_request_id_is_not_found);
}

static void add_transactions(TCase *tests)
{
    tcase_add_test(tests, a_rolled_back_transaction_never_happened);
    tcase_add_test(tests, a_store_that_is_freed_inside_a_transaction_rolls_back);
    tcase_add_test(tests, an_empty_transaction_commits);
    tcase_add_test(tests, a_reader_sees_what_is_committed_and_nothing_else);
    tcase_add_test(tests, a_batch_of_megabytes_is_seen_whole_by_a_reader);
    tcase_add_test(tests, a_null_store_is_freed);
    tcase_add_test(tests, a_touch_changes_nothing);
    tcase_add_test(tests, a_checkpoint_disturbs_nobody);
    tcase_add_loop_test(tests, a_length_is_accepted_up_to_its_limit, 0, COUNT_OF(lengths));
    tcase_add_test(tests, a_session_and_feedback_have_limits);
}

static void add_reading(TCase *tests)
{
    tcase_add_test(tests, a_listed_game_tells_how_it_stands);
    tcase_add_loop_test(tests, the_extremes_of_every_number_read_back, 0, COUNT_OF(extremes));
    tcase_add_loop_test(tests, pages_give_every_game_once_newest_first, 1, LISTED + 2);
    tcase_add_loop_test(tests, a_scan_gives_every_game_of_everybody_once_oldest_first, 1, 26);
    tcase_add_test(tests, a_list_holds_what_the_session_may_see);
    tcase_add_test(tests, a_list_has_edges);
    tcase_add_loop_test(tests, a_range_of_the_history_comes_newest_first, 0, COUNT_OF(ranges));
    tcase_add_test(tests, every_page_of_a_long_history_is_found);
    tcase_add_test(tests, an_unknown_game_has_no_history);
}

Suite *storage_suite(const char *name)
{
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create("promises of store.h");
    tcase_add_checked_fixture(tests, engine_setup, engine_teardown);
    tcase_set_timeout(tests, 30);
    storage_suite_people(tests);
    storage_suite_past(tests);
    storage_suite_purge(tests);
    add_games(tests);
    add_transactions(tests);
    add_reading(tests);
    suite_add_tcase(suite, tests);
    return suite;
}
