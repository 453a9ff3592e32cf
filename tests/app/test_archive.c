/* The reader's thread: lists, history, an old version again, checkpoints. Games are played through
 * the sequencer; the archive reads the same store. */
#include "app/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/json.h"
#include "tests/app/world.h"

static struct world w;
static struct store *reader;
static struct archive *archive;
static struct arena arena;

enum { ROTATE_MS = 100000 };

/* So much after the world began. */
static atomic_int_least64_t later_ms;

static int64_t later(void)
{
    return WORLD_START_MS + later_ms;
}

static void setup(void)
{
    world_init(&w);
    reader = fake_store_reader(w.file);
    archive = archive_start(&(struct archive_config){.reader = reader,
                                                     .checkpointer = reader,
                                                     .catalogue = &w.catalogue,
                                                     .io = w.io,
                                                     .threads = WORLD_THREADS,
                                                     .now_ms = later,
                                                     .rotate_ms = ROTATE_MS});
    w.config.archive = archive_inbox(archive);
    world_start(&w);
    arena = (struct arena){.blocks = NULL};
}

static void teardown(void)
{
    archive_stop(archive);
    store_free(reader);
    world_release(&w);
    arena_release(&arena);
}

/* Ask something that goes to the archive, and wait for the answer. */
static struct command *ask_archive(const struct ask *ask)
{
    struct command *command = world_ask(&w, ask);
    while (w.seen_count[ask->thread] == 0)
        world_wait(&w, ask->thread);
    ck_assert_ptr_eq(w.seen[ask->thread][0].command, command);
    return command;
}

static const struct json *body_of(const struct command *command)
{
    static const struct json_limits limits = {1 << 20, 32, 1 << 16};
    const struct json *root;
    ck_assert_status(command->status, OK);
    ck_assert_status(json_parse(buf_slice(&command->body), &limits, &arena, &root, NULL), OK);
    return root;
}

static struct slice text_at(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, slice_str(key));
    ck_assert_ptr_nonnull(value);
    return value->text;
}

static bool is_null_at(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, slice_str(key));
    ck_assert_ptr_nonnull(value);
    return value->kind == JSON_NULL;
}

/* ---- lists ---- */

START_TEST(the_games_of_a_session_come_newest_first_in_pages)
{
    enum { GAMES = 7, PAGE = 3 };
    struct id games[GAMES];
    const struct start first = world_create(&w, false);
    games[0] = first.game;
    world_stranger(&w); /* somebody else's game in between */
    for (int i = 1; i < GAMES; i++) {
        const struct ask create = {.kind = COMMAND_CREATE, .who = first.secret};
        games[i] = world_ask(&w, &create)->game;
    }
    struct ask list = {.kind = COMMAND_LIST, .who = first.secret, .count = PAGE};
    int at = GAMES;
    while (at > 0) {
        const struct json *root = body_of(ask_archive(&list));
        for (const struct json *game = json_get(root, SLICE("games"))->child; game;
             game = game->next) {
            char name[ID_TEXT_SIZE];
            id_text(games[--at], name);
            ck_assert_slice_str(text_at(game, "game_id"), name);
        }
        if (is_null_at(root, "next"))
            break;
        ck_assert_status(slice_to_u64(text_at(root, "next"), UINT64_MAX, &list.cursor), OK);
    }
    ck_assert_int_eq(at, 0);
}
END_TEST

START_TEST(a_listed_game_says_where_it_stands)
{
    const struct start start = world_create(&w, false);
    world_ask(
        &w, &(struct ask){
                .kind = COMMAND_CHOICE, .choice = "win", .game = start.game, .who = start.secret});
    const struct command *listed =
        ask_archive(&(struct ask){.kind = COMMAND_LIST, .who = start.secret, .count = 10});
    char name[ID_TEXT_SIZE];
    char expected[512];
    id_text(start.game, name);
    snprintf(expected, sizeof expected,
             "{\"games\":[{\"game_id\":\"%s\",\"story_id\":\"tiny\",\"title\":\"Tiny \\\"T\\\" "
             "<&>\",\"status\":\"won\",\"version\":2,\"section_number\":9,"
             "\"created\":\"1970-01-01T00:16:40.000Z\",\"updated\":\"1970-01-01T00:16:42.000Z\"}],"
             "\"next\":null}",
             name);
    ck_assert_slice_str(buf_slice(&listed->body), expected);
}
END_TEST

START_TEST(whoever_has_no_session_has_no_games)
{
    world_create(&w, false);
    const struct command *listed = ask_archive(&(struct ask){.kind = COMMAND_LIST, .count = 10});
    ck_assert_status(listed->status, OK);
    ck_assert_slice_str(buf_slice(&listed->body), "{\"games\":[],\"next\":null}");
}
END_TEST

/* ---- saves ---- */

START_TEST(saves_are_listed_by_slot_and_each_session_has_its_own)
{
    const struct start start = world_create(&w, false);
    const struct start other = world_stranger(&w);
    struct ask save = {.kind = COMMAND_SAVE, .game = start.game, .who = start.secret};
    save.slot = 3;
    save.name = "third";
    ck_assert_status(world_ask(&w, &save)->status, OK);
    save.slot = 0;
    save.name = "first";
    ck_assert_status(world_ask(&w, &save)->status, OK);
    struct ask ask = {.kind = COMMAND_SAVES, .game = start.game, .who = start.secret, .count = 20};
    const struct json *root = body_of(ask_archive(&ask));
    const struct json *saves = json_get(root, SLICE("saves"));
    ck_assert_uint_eq(saves->count, 2);
    ck_assert_slice_str(text_at(saves->child, "name"), "first");
    ck_assert_slice_str(text_at(saves->child, "version"), "1");
    ck_assert_slice_str(text_at(saves->child, "section_number"), "1");
    ck_assert_slice_str(text_at(saves->child->next, "slot"), "3");
    ck_assert_slice_str(text_at(root, "max"), "20");

    world_member(&w, start.game, other.secret, STORE_PLAYER);
    world_restart(&w);
    ask.who = other.secret;
    ck_assert_uint_eq(json_get(body_of(ask_archive(&ask)), SLICE("saves"))->count, 0);
}
END_TEST

/* ---- history ---- */

static void play(const struct start *start, const char *choice)
{
    const struct ask ask = {
        .kind = COMMAND_CHOICE, .choice = choice, .game = start->game, .who = start->secret};
    ck_assert_status(world_ask(&w, &ask)->status, OK);
}

static const struct json *history(const struct start *start, uint64_t cursor, uint32_t count)
{
    return body_of(ask_archive(&(struct ask){.kind = COMMAND_HISTORY,
                                             .game = start->game,
                                             .who = start->secret,
                                             .cursor = cursor,
                                             .count = count}));
}

START_TEST(a_history_tells_every_step_oldest_first_in_pages)
{
    enum { STEPS = 10 };
    static const struct {
        uint64_t cursor;
        uint32_t count;
        uint64_t first, events, next; /* next 0: null */
    } pages[] = {
        {0, 4, 1, 4, 4},    {4, 4, 5, 4, 8},   {8, 4, 9, 3, 0},  {0, 11, 1, 11, 0},
        {0, 100, 1, 11, 0}, {10, 1, 11, 1, 0}, {11, 5, 0, 0, 0}, {UINT64_MAX, 5, 0, 0, 0},
    };
    const struct start start = world_create(&w, false);
    for (int i = 0; i < STEPS; i++)
        play(&start, i % 2 ? "back" : "go");
    const struct json *root = history(&start, pages[_i].cursor, pages[_i].count);
    const struct json *events = json_get(root, SLICE("events"));
    ck_assert_uint_eq(events->count, pages[_i].events);
    uint64_t version = pages[_i].first;
    for (const struct json *event = events->child; event; event = event->next, version++) {
        uint64_t got;
        ck_assert_status(slice_to_u64(text_at(event, "version"), UINT64_MAX, &got), OK);
        ck_assert_uint_eq(got, version);
    }
    if (pages[_i].next == 0) {
        ck_assert(is_null_at(root, "next"));
    } else {
        uint64_t next;
        ck_assert_status(slice_to_u64(text_at(root, "next"), UINT64_MAX, &next), OK);
        ck_assert_uint_eq(next, pages[_i].next);
    }
}
END_TEST

START_TEST(an_event_tells_what_happened_and_no_flag)
{
    const struct start start = world_create(&w, false);
    play(&start, "go");
    play(&start, "buy");
    const struct json *root = history(&start, 0, 10);
    const struct json *began = json_get(root, SLICE("events"))->child;
    const struct json *went = began->next;
    const struct json *bought = went->next;
    ck_assert_slice_str(text_at(began, "type"), "start");
    ck_assert_slice_str(text_at(began, "name"), "Ann");
    ck_assert(is_null_at(began, "from"));
    ck_assert_slice_str(text_at(went, "choice_id"), "go");
    ck_assert_slice_str(text_at(went, "from"), "1");
    ck_assert_slice_str(text_at(went, "to"), "2");
    /* Gold and luck; the flag that was set too is not told. */
    ck_assert_uint_eq(json_get(went, SLICE("changes"))->count, 2);
    const struct json *paid = json_get(bought, SLICE("changes"))->child;
    ck_assert_slice_str(text_at(paid, "from"), "4");
    ck_assert_slice_str(text_at(paid, "to"), "2");
    ck_assert_slice_str(text_at(paid->next, "item"), "lamp");
}
END_TEST

/* The runs of a history: which seeds are shown, and that they are the ones announced. */
static void expect_runs(const struct json *root, const char *shown)
{
    const struct json *run = json_get(root, SLICE("runs"))->child;
    for (; *shown; shown++, run = run->next) {
        uint8_t seed[SEED_LEN];
        uint8_t hash[SHA256_LEN];
        char hex[2 * SHA256_LEN + 1];
        ck_assert_ptr_nonnull(run);
        if (*shown == '-') {
            ck_assert(is_null_at(run, "seed"));
            continue;
        }
        ck_assert_status(crypto_unhex(text_at(run, "seed"), seed, SEED_LEN), OK);
        dice_seed_hash(seed, hash);
        crypto_hex(slice_make(hash, SHA256_LEN), hex);
        ck_assert_slice_str(text_at(run, "seed_hash"), hex);
    }
    ck_assert_ptr_null(run);
}

START_TEST(a_seed_is_shown_only_when_its_run_is_over)
{
    const struct start start = world_create(&w, false);
    const struct ask reset = {.kind = COMMAND_RESET, .game = start.game, .who = start.secret};
    const struct ask stop = {.kind = COMMAND_STOP, .game = start.game, .who = start.secret};
    expect_runs(history(&start, 0, 1), "-");
    play(&start, "dare");
    expect_runs(history(&start, 0, 1), "-");
    world_ask(&w, &reset);
    expect_runs(history(&start, 0, 1), "+-");
    play(&start, "win");
    expect_runs(history(&start, 0, 1), "++");
    world_ask(&w, &reset);
    expect_runs(history(&start, 0, 1), "++-");
    world_ask(&w, &stop);
    expect_runs(history(&start, 0, 1), "+++");
}
END_TEST

START_TEST(the_game_seed_itself_is_never_shown)
{
    const struct start start = world_create(&w, false);
    const struct store_game stored = world_stored(&w, start.game, &arena);
    char hex[2 * SEED_LEN + 1];
    world_ask(&w, &(struct ask){.kind = COMMAND_STOP, .game = start.game, .who = start.secret});
    const struct command *asked = ask_archive(&(struct ask){
        .kind = COMMAND_HISTORY, .game = start.game, .who = start.secret, .count = 100});
    crypto_hex(slice_make(stored.seed, SEED_LEN), hex);
    ck_assert_ptr_null(memmem(asked->body.at, asked->body.len, hex, 2 * SEED_LEN));
}
END_TEST

START_TEST(a_long_game_shows_the_newest_hundred_runs)
{
    const struct start start = world_create(&w, false);
    const struct ask reset = {.kind = COMMAND_RESET, .game = start.game, .who = start.secret};
    for (int i = 0; i < 119; i++)
        world_ask(&w, &reset);
    const struct json *runs = json_get(history(&start, 0, 1), SLICE("runs"));
    ck_assert_uint_eq(runs->count, 100);
    ck_assert_slice_str(text_at(runs->child, "run"), "21");
}
END_TEST

/* ---- an old version again ---- */

/* Longer than the replay keeps in memory at once. */
enum { VERSIONS = 200 };

static struct library library_of_world(void)
{
    struct library library;
    library_init(&library, &w.catalogue);
    return library;
}

static enum status replay_of(struct library *library, struct id game, uint64_t version,
                             struct update **ret)
{
    char name[ID_TEXT_SIZE];
    id_text(game, name);
    return replay_version(reader, library, slice_str(name), version, ret, WORLD_THREADS, NULL);
}

START_TEST(every_version_comes_back_as_it_was_published)
{
    static struct update *published[VERSIONS + 1];
    const struct start start = world_create(&w, false);
    struct library library = library_of_world();
    struct ask ask = {.kind = COMMAND_READ, .game = start.game, .who = start.secret};
    published[1] = update_ref(world_ask(&w, &ask)->update);
    for (uint64_t version = 2; version <= VERSIONS; version++) {
        /* Whatever fits: one of these is always possible. */
        static const char *const choices[] = {"duel", "dare", "climb", "buy", "back", "go"};
        enum status st = ERR_UNKNOWN_CHOICE;
        for (size_t i = 0; i < COUNT_OF(choices) && st != OK; i++) {
            ask.kind = COMMAND_CHOICE;
            ask.choice = choices[(i + version) % COUNT_OF(choices)];
            struct command *played = world_ask(&w, &ask);
            st = played->status;
            if (st == OK)
                published[version] = update_ref(played->update);
        }
        if (st != OK) {
            ask.kind = COMMAND_RESET;
            published[version] = update_ref(world_ask(&w, &ask)->update);
        }
    }
    for (uint64_t version = 1; version <= VERSIONS; version++) {
        struct update *again;
        ck_assert_status(replay_of(&library, start.game, version, &again), OK);
        ck_assert_uint_eq(again->version, version);
        ck_assert_slice_eq(again->snapshot, published[version]->snapshot);
        update_unref(again);
        update_unref(published[version]);
    }
    library_release(&library);
}
END_TEST

START_TEST(a_version_that_never_was_is_not_found)
{
    const struct start start = world_create(&w, false);
    struct library library = library_of_world();
    struct update *update;
    ck_assert_status(replay_of(&library, start.game, 2, &update), ERR_VERSION_NOT_FOUND);
    ck_assert_status(replay_of(&library, start.game, 0, &update), ERR_VERSION_NOT_FOUND);
    ck_assert_status(replay_of(&library, start.game, UINT64_MAX, &update), ERR_VERSION_NOT_FOUND);
    ck_assert_status(replay_of(&library, (struct id){1, 4}, 1, &update), ERR_GAME_NOT_FOUND);
    library_release(&library);
}
END_TEST

/* Write a journal row that no sequencer wrote. */
static void append_event(struct id game, struct slice event)
{
    const struct store_game stored = world_stored(&w, game, &arena);
    const struct store_entry entry = {.game = stored.row,
                                      .version = stored.version + 1,
                                      .event = event,
                                      .state = stored.state,
                                      .snapshot = stored.snapshot};
    ck_assert_status(store_begin(w.writer), OK);
    ck_assert_status(store_append(w.writer, &entry), OK);
    ck_assert_status(store_commit(w.writer), OK);
}

START_TEST(a_journal_that_does_not_fit_its_story_is_damaged)
{
    static const char *const events[] = {
        "",
        "{",
        "[]",
        "{\"type\":\"dance\"}",
        "{\"type\":\"choice\",\"choice_id\":\"fly\"}",
        "{\"type\":\"choice\",\"choice_id\":\"2\"}",
        "{\"type\":\"choice\",\"choice_id\":\"light\"}",
        "{\"type\":\"choice\"}",
        "{\"type\":\"start\",\"name\":\"Ann\"}", /* gives version 1 again */
    };
    const struct start start = world_create(&w, false);
    struct library library = library_of_world();
    struct update *update;
    append_event(start.game, slice_str(events[_i]));
    ck_assert_msg(replay_of(&library, start.game, 2, &update) == ERR_CORRUPT, "%s", events[_i]);
    ck_assert_status(replay_of(&library, start.game, 1, &update), OK);
    update_unref(update);
    library_release(&library);
}
END_TEST

/* ---- people ---- */

START_TEST(members_know_each_other_and_owners_their_invitations)
{
    const struct start start = world_create(&w, false);
    const struct start other = world_stranger(&w);
    const struct ask invite = {.kind = COMMAND_INVITE,
                               .game = start.game,
                               .who = start.secret,
                               .give = STORE_PLAYER,
                               .once = true};
    ck_assert_status(world_ask(&w, &invite)->status, OK);
    world_member(&w, start.game, other.secret, STORE_SPECTATOR);
    const struct ask mine = {.kind = COMMAND_MEMBERS, .game = start.game, .who = start.secret};
    const struct json *page = body_of(ask_archive(&mine));
    const struct json *first = json_get(page, SLICE("members"))->child;
    ck_assert_slice_str(text_at(first, "role"), "owner");
    ck_assert(json_get(first, SLICE("you"))->truth);
    ck_assert_slice_str(text_at(first->next, "role"), "spectator");
    ck_assert(!json_get(first->next, SLICE("you"))->truth);
    ck_assert_ptr_null(first->next->next);
    const struct json *invitation = json_get(page, SLICE("invitations"))->child;
    ck_assert_slice_str(text_at(invitation, "role"), "player");
    ck_assert(json_get(invitation, SLICE("once"))->truth);
    ck_assert_ptr_null(json_get(invitation, SLICE("code")));
    const struct ask theirs = {.kind = COMMAND_MEMBERS, .game = start.game, .who = other.secret};
    page = body_of(ask_archive(&theirs));
    ck_assert(json_get(json_get(page, SLICE("members"))->child->next, SLICE("you"))->truth);
    ck_assert_ptr_null(json_get(page, SLICE("invitations")));
}
END_TEST

START_TEST(an_old_secret_is_told_to_make_room_for_a_new_one)
{
    const struct start start = world_create(&w, false);
    const struct ask ask = {.kind = COMMAND_SESSION, .who = start.secret};
    later_ms = ROTATE_MS;
    const struct json *page = body_of(ask_archive(&ask));
    const struct json *device = json_get(page, SLICE("devices"))->child;
    ck_assert(json_get(device, SLICE("current"))->truth);
    ck_assert_slice_str(text_at(device, "label"), "");
    ck_assert_ptr_null(device->next);
    ck_assert(!json_get(page, SLICE("rotate"))->truth); /* it was made a little after the start */
    later_ms = 2 * ROTATE_MS;
    ck_assert(json_get(body_of(ask_archive(&ask)), SLICE("rotate"))->truth);
}
END_TEST

/* ---- failures and checkpoints ---- */

START_TEST(a_read_that_fails_is_told)
{
    static const struct {
        enum fake_call call;
        struct ask ask;
    } rows[] = {
        {FAKE_LIST, {.kind = COMMAND_LIST, .count = 1}},
        {FAKE_HISTORY, {.kind = COMMAND_HISTORY, .count = 1}},
        {FAKE_GAME_LOAD, {.kind = COMMAND_HISTORY, .count = 1}},
        {FAKE_MEMBER_LIST, {.kind = COMMAND_MEMBERS}},
        {FAKE_INVITATION_LIST, {.kind = COMMAND_MEMBERS}},
        {FAKE_DEVICE_LIST, {.kind = COMMAND_SESSION}},
    };
    const struct start start = world_create(&w, false);
    struct ask ask = rows[_i].ask;
    ask.who = start.secret;
    ask.game = start.game;
    fake_store_fail(w.file, rows[_i].call, 1, ERR_IO);
    ck_assert_status(ask_archive(&ask)->status, ERR_STORAGE);
    ck_assert_status(ask_archive(&ask)->status, OK);
}
END_TEST

START_TEST(a_long_log_is_moved_out_by_the_archive)
{
    const struct start start = world_create(&w, false);
    fake_store_set_wal_pages(w.file, 100000);
    play(&start, "go");
    archive_stop(archive); /* finishes what waits */
    archive = NULL;
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_CHECKPOINT), 1);
}
END_TEST

START_TEST(after_a_failed_checkpoint_the_next_one_is_tried)
{
    const struct start start = world_create(&w, false);
    fake_store_fail(w.file, FAKE_CHECKPOINT, 1, ERR_IO);
    fake_store_set_wal_pages(w.file, 100000);
    play(&start, "go");
    /* Its answer comes after the checkpoint, which was there first. */
    history(&start, 0, 1);
    fake_store_set_wal_pages(w.file, 200000);
    play(&start, "back");
    history(&start, 0, 1);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_CHECKPOINT), 2);
}
END_TEST

START_TEST(what_waits_is_answered_before_the_end)
{
    enum { ASKED = 50 };
    const struct start start = world_create(&w, false);
    struct ask asks[ASKED];
    struct command *asked[ASKED];
    for (int i = 0; i < ASKED; i++)
        asks[i] = (struct ask){
            .kind = COMMAND_HISTORY, .game = start.game, .who = start.secret, .count = 1};
    world_batch(&w, asks, ASKED, asked);
    archive_stop(archive);
    archive = NULL;
    if (w.seen_count[0] < ASKED)
        world_wait(&w, 0);
    ck_assert_uint_eq(w.seen_count[0], ASKED);
    for (int i = 0; i < ASKED; i++)
        ck_assert_status(asked[i]->status, OK);
}
END_TEST

static TCase *tcase_of(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("archive");
    TCase *lists = tcase_of(suite, "lists");
    tcase_add_test(lists, the_games_of_a_session_come_newest_first_in_pages);
    tcase_add_test(lists, a_listed_game_says_where_it_stands);
    tcase_add_test(lists, whoever_has_no_session_has_no_games);

    TCase *saves = tcase_of(suite, "saves");
    tcase_add_test(saves, saves_are_listed_by_slot_and_each_session_has_its_own);

    TCase *histories = tcase_of(suite, "history");
    tcase_add_loop_test(histories, a_history_tells_every_step_oldest_first_in_pages, 0, 8);
    tcase_add_test(histories, an_event_tells_what_happened_and_no_flag);
    tcase_add_test(histories, a_seed_is_shown_only_when_its_run_is_over);
    tcase_add_test(histories, the_game_seed_itself_is_never_shown);
    tcase_add_test(histories, a_long_game_shows_the_newest_hundred_runs);

    TCase *replays = tcase_of(suite, "replay");
    tcase_add_test(replays, every_version_comes_back_as_it_was_published);
    tcase_add_test(replays, a_version_that_never_was_is_not_found);
    tcase_add_loop_test(replays, a_journal_that_does_not_fit_its_story_is_damaged, 0, 9);

    TCase *people = tcase_of(suite, "people");
    tcase_add_test(people, members_know_each_other_and_owners_their_invitations);
    tcase_add_test(people, an_old_secret_is_told_to_make_room_for_a_new_one);

    TCase *failures = tcase_of(suite, "failures");
    tcase_add_loop_test(failures, a_read_that_fails_is_told, 0, 6);
    tcase_add_test(failures, a_long_log_is_moved_out_by_the_archive);
    tcase_add_test(failures, after_a_failed_checkpoint_the_next_one_is_tried);
    tcase_add_test(failures, what_waits_is_answered_before_the_end);
    return run_suite(suite);
}
