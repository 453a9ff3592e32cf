/* The sequencer and the archive over the engine on disk: what a player was told is there after a
 * restart, byte for byte. */
#include <string.h>

#include "storage/sqlite_store.h"
#include "tests/app/world.h"

static struct world w;
static struct store *fake_writer, *reader, *checkpointer;
static struct archive *archive;
static struct temp_path path;

static struct store *open_store(enum sqlite_mode mode)
{
    char reason[200];
    struct store *store;
    const enum status st = sqlite_store_open(path.text, mode, &store, reason);
    ck_assert_msg(st == OK, "%s", reason);
    return store;
}

/* The program's life, from the opened file to the closed one. */
static void begin_life(void)
{
    w.writer = open_store(SQLITE_WRITER);
    reader = open_store(SQLITE_READER);
    checkpointer = open_store(SQLITE_CHECKPOINTER);
    archive = archive_start(&(struct archive_config){.reader = reader,
                                                     .checkpointer = checkpointer,
                                                     .catalogue = &w.catalogue,
                                                     .io = w.io,
                                                     .threads = WORLD_THREADS});
    w.config.store = w.writer;
    w.config.archive = archive_inbox(archive);
    world_start(&w);
}

static void end_life(void)
{
    archive_stop(archive);
    sequencer_free(w.sequencer);
    w.sequencer = NULL;
    store_free(checkpointer);
    store_free(reader);
    store_free(w.writer);
}

static void setup(void)
{
    const struct temp_path folder = temp_folder();
    path = temp_join(&folder, "games.db");
    world_init(&w);
    fake_writer = w.writer;
    begin_life();
}

static void teardown(void)
{
    end_life();
    w.writer = fake_writer;
    world_release(&w);
}

static struct command *ask_and_wait(const struct ask *ask)
{
    struct command *command = world_ask(&w, ask);
    while (w.seen_count[ask->thread] == 0)
        world_wait(&w, ask->thread);
    ck_assert_ptr_eq(w.seen[ask->thread][0].command, command);
    return command;
}

START_TEST(a_game_goes_on_where_it_was_in_every_life)
{
    static const char *const choices[] = {"go", "buy", "dare"};
    const struct start start = world_create(&w, false);
    for (uint64_t i = 0; i < COUNT_OF(choices); i++) {
        const struct ask play = {.kind = COMMAND_CHOICE,
                                 .game = start.game,
                                 .who = start.secret,
                                 .choice = choices[i],
                                 .version = i + 1};
        struct command *played = world_ask(&w, &play);
        ck_assert_status(played->status, OK);
        struct update *told = update_ref(played->update);
        end_life();
        begin_life();
        const struct ask read = {
            .kind = COMMAND_READ, .game = start.game, .who = start.secret, .bearer = true};
        const struct command *asked = world_ask(&w, &read);
        ck_assert_status(asked->status, OK);
        ck_assert_slice_eq(asked->update->snapshot, told->snapshot);
        update_unref(told);
    }
}
END_TEST

START_TEST(a_request_is_answered_the_same_in_every_life)
{
    const struct start start = world_create(&w, true);
    const struct ask play = {.kind = COMMAND_CHOICE,
                             .game = start.game,
                             .choice = "dare",
                             .version = 1,
                             .request_id = "r",
                             .exact = true};
    const struct ask reset = {.kind = COMMAND_RESET, .game = start.game};
    struct update *told = update_ref(world_ask(&w, &play)->update);
    world_ask(&w, &reset);
    for (int life = 0; life < 2; life++) {
        const struct command *again = ask_and_wait(&play);
        ck_assert_status(again->status, OK);
        ck_assert(again->duplicate);
        ck_assert_uint_eq(again->version, 2);
        ck_assert_slice_eq(again->update->snapshot, told->snapshot);
        end_life();
        begin_life();
    }
    ck_assert_uint_eq(world_version(&w, start.game), 3);
    update_unref(told);
}
END_TEST

START_TEST(lists_and_histories_show_what_was_committed_just_before)
{
    const struct start start = world_create(&w, false);
    struct ask ask = {.kind = COMMAND_LIST, .game = start.game, .who = start.secret, .count = 10};
    const struct command *listed = ask_and_wait(&ask);
    ck_assert_status(listed->status, OK);
    ck_assert_ptr_nonnull(memmem(listed->body.at, listed->body.len, "\"version\":1", 11));
    ask.kind = COMMAND_CHOICE;
    ask.choice = "go";
    world_ask(&w, &ask);
    ask.kind = COMMAND_HISTORY;
    const struct command *told = ask_and_wait(&ask);
    ck_assert_status(told->status, OK);
    ck_assert_ptr_nonnull(memmem(told->body.at, told->body.len, "\"choice_id\":\"go\"", 16));
}
END_TEST

START_TEST(a_whole_batch_of_games_is_kept)
{
    enum { CREATED = 60 };
    struct ask asks[CREATED];
    struct command *asked[CREATED];
    struct id games[CREATED];
    for (size_t i = 0; i < CREATED; i++)
        asks[i] = (struct ask){.kind = COMMAND_CREATE, .link = true};
    world_batch(&w, asks, CREATED, asked);
    for (size_t i = 0; i < CREATED; i++) {
        ck_assert_status(asked[i]->status, OK);
        games[i] = asked[i]->game;
    }
    end_life();
    begin_life();
    for (size_t i = 0; i < CREATED; i++)
        ck_assert_uint_eq(world_version(&w, games[i]), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sequencer on disk");
    TCase *tcase = tcase_create("sqlite");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_game_goes_on_where_it_was_in_every_life);
    tcase_add_test(tcase, a_request_is_answered_the_same_in_every_life);
    tcase_add_test(tcase, lists_and_histories_show_what_was_committed_just_before);
    tcase_add_test(tcase, a_whole_batch_of_games_is_kept);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
