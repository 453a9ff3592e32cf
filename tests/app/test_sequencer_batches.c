/* Many commands in one transaction, and request ids. */
#include <stdlib.h>
#include <string.h>

#include "tests/app/world.h"

static struct world w;

static void setup(void)
{
    world_init(&w);
    world_start(&w);
}

static void teardown(void)
{
    world_release(&w);
}

/* ---- batches ---- */

START_TEST(commands_of_a_batch_follow_one_another)
{
    const struct start start = world_create(&w, true);
    const struct id game = start.game;
    const struct ask asks[] = {
        {.kind = COMMAND_READ, .game = game},
        {.kind = COMMAND_CHOICE, .game = game, .choice = "go", .version = 1},
        {.kind = COMMAND_READ, .game = game},
        {.kind = COMMAND_CHOICE, .game = game, .choice = "go", .version = 1},
        {.kind = COMMAND_CHOICE, .game = game, .choice = "back", .version = 2},
        {.kind = COMMAND_CHOICE, .game = game, .choice = "fly"},
        {.kind = COMMAND_STOP, .game = game, .version = 3},
        {.kind = COMMAND_CHOICE, .game = game, .choice = "go"},
        {.kind = COMMAND_RESET, .game = game},
        {.kind = COMMAND_READ, .game = game},
    };
    static const struct {
        enum status status;
        uint64_t made, seen;
    } expected[] = {
        {OK, 0, 1}, {OK, 2, 2},
        {OK, 0, 2}, {ERR_STALE_VERSION, 0, 2},
        {OK, 3, 3}, {ERR_UNKNOWN_CHOICE, 0, 3},
        {OK, 4, 4}, {ERR_GAME_OVER, 0, 4},
        {OK, 5, 5}, {OK, 0, 5},
    };
    struct command *asked[COUNT_OF(asks)];
    const unsigned commits = fake_store_calls(w.file, FAKE_COMMIT);
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_COMMIT) - commits, 1);
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        ck_assert_msg(asked[i]->status == expected[i].status, "%zu: %s", i,
                      status_name(asked[i]->status));
        ck_assert_uint_eq(asked[i]->version, expected[i].made);
        ck_assert_uint_eq(asked[i]->update->version, expected[i].seen);
        ck_assert_ptr_eq(w.seen[0][i].command, asked[i]);
    }
    ck_assert_uint_eq(world_version(&w, game), 5);
}
END_TEST

START_TEST(a_batch_that_only_reads_writes_nothing)
{
    const struct start start = world_create(&w, true);
    const unsigned begins = fake_store_calls(w.file, FAKE_BEGIN);
    const struct ask asks[] = {
        {.kind = COMMAND_READ, .game = start.game},
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "fly"},
        {.kind = COMMAND_ATTACH, .game = start.game},
        {.kind = COMMAND_DETACH, .game = start.game},
    };
    struct command *asked[COUNT_OF(asks)];
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_BEGIN), begins);
}
END_TEST

START_TEST(of_fifty_who_choose_at_once_one_wins)
{
    enum { PLAYERS = 50 };
    struct ask asks[PLAYERS];
    struct command *asked[PLAYERS];
    const struct start start = world_create(&w, true);
    const struct ask attach = {.kind = COMMAND_ATTACH, .game = start.game, .thread = 1};
    world_ask(&w, &attach);
    for (size_t i = 0; i < PLAYERS; i++)
        asks[i] = (struct ask){.kind = COMMAND_CHOICE,
                               .game = start.game,
                               .choice = i % 2 ? "go" : "dare",
                               .version = 1,
                               .thread = (unsigned)(i % WORLD_THREADS)};
    world_batch(&w, asks, PLAYERS, asked);
    ck_assert_status(asked[0]->status, OK);
    for (size_t i = 1; i < PLAYERS; i++) {
        ck_assert_status(asked[i]->status, ERR_STALE_VERSION);
        ck_assert_ptr_eq(asked[i]->update, asked[0]->update);
    }
    ck_assert_uint_eq(world_updates(&w, 1, start.game), 1);
    ck_assert_uint_eq(world_version(&w, start.game), 2);
}
END_TEST

START_TEST(a_long_inbox_is_worked_in_transactions_of_batch_max)
{
    enum { GAMES = 25 };
    struct ask asks[GAMES] = {{.kind = COMMAND_CREATE}};
    struct command *asked[GAMES];
    w.config.batch_max = 10;
    world_restart(&w);
    for (size_t i = 0; i < GAMES; i++)
        asks[i] = (struct ask){.kind = COMMAND_CREATE};
    world_batch(&w, asks, GAMES, asked);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_COMMIT), 3);
    for (size_t i = 0; i < GAMES; i++)
        ck_assert_uint_eq(world_version(&w, asked[i]->game), 1);
}
END_TEST

START_TEST(updates_and_answers_keep_the_order_of_the_batch)
{
    const struct start start = world_create(&w, true);
    const struct ask asks[] = {
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"},
        {.kind = COMMAND_ATTACH, .game = start.game},
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "back", .thread = 2},
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"},
    };
    struct command *asked[COUNT_OF(asks)];
    world_batch(&w, asks, COUNT_OF(asks), asked);
    uint64_t newest = 0;
    for (size_t i = 0; i < w.seen_count[0]; i++) {
        const struct seen *seen = &w.seen[0][i];
        const struct update *update =
            seen->kind == MAIL_UPDATE ? seen->update : seen->command->update;
        ck_assert_uint_ge(update->version, newest);
        newest = update->version;
    }
    ck_assert_uint_eq(newest, 4);
    ck_assert_uint_eq(asked[1]->update->version, 2);
}
END_TEST

START_TEST(a_game_reaches_only_its_own_watchers)
{
    const struct start a = world_create(&w, true);
    const struct start b = world_create(&w, true);
    const struct ask asks[] = {
        {.kind = COMMAND_ATTACH, .game = a.game, .thread = 0},
        {.kind = COMMAND_ATTACH, .game = b.game, .thread = 1},
        {.kind = COMMAND_CHOICE, .game = a.game, .choice = "go", .thread = 2},
        {.kind = COMMAND_CHOICE, .game = b.game, .choice = "go", .thread = 2},
        {.kind = COMMAND_CHOICE, .game = a.game, .choice = "back", .thread = 2},
    };
    struct command *asked[COUNT_OF(asks)];
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_uint_eq(world_updates(&w, 0, a.game), 2);
    ck_assert_uint_eq(world_updates(&w, 0, b.game), 0);
    ck_assert_uint_eq(world_updates(&w, 1, a.game), 0);
    ck_assert_uint_eq(world_updates(&w, 1, b.game), 1);
}
END_TEST

/* ---- commit before tell ---- */

struct witness {
    unsigned commits;
};

/* Runs inside the store, before the commit does anything: nobody has been told anything. */
static void nothing_was_told(void *arg)
{
    struct witness *witness = arg;
    witness->commits++;
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        ck_assert(list_empty(&w.io_queues[i].waiting));
    ck_assert(list_empty(&w.shelf.waiting));
}

START_TEST(nobody_is_told_before_the_commit)
{
    struct witness witness = {0};
    const struct start start = world_create(&w, true);
    const struct ask asks[] = {
        {.kind = COMMAND_READ, .game = start.game},
        {.kind = COMMAND_ATTACH, .game = start.game, .thread = 1},
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go", .request_id = "r"},
        {.kind = COMMAND_HISTORY, .game = start.game, .count = 1},
        {.kind = COMMAND_CREATE},
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "fly"},
        {.kind = COMMAND_FEEDBACK, .feedback = SLICE_INIT("good")},
    };
    struct command *asked[COUNT_OF(asks)];
    fake_store_hook(w.file, FAKE_COMMIT, nothing_was_told, &witness);
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_uint_eq(witness.commits, 1);
    ck_assert_uint_eq(w.seen_count[0], COUNT_OF(asks) - 2); /* attach, and the history */
    ck_assert_uint_eq(w.seen_count[1], 2);
}
END_TEST

/* ---- request ids ---- */

START_TEST(a_request_id_works_once)
{
    const struct start start = world_create(&w, true);
    const struct ask play = {.kind = COMMAND_CHOICE,
                             .game = start.game,
                             .choice = "go",
                             .version = 1,
                             .request_id = "r"};
    const struct ask asks[] = {play, play, play};
    struct command *asked[COUNT_OF(asks)];
    world_batch(&w, asks, COUNT_OF(asks), asked);
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        ck_assert_status(asked[i]->status, OK);
        ck_assert_uint_eq(asked[i]->version, 2);
        ck_assert(asked[i]->duplicate == (i > 0));
    }
    /* A later batch, then another life of the program. */
    for (int life = 0; life < 2; life++) {
        const struct command *again = world_ask(&w, &play);
        ck_assert_status(again->status, OK);
        ck_assert_uint_eq(again->version, 2);
        ck_assert(again->duplicate);
        world_restart(&w);
    }
    ck_assert_uint_eq(world_version(&w, start.game), 2);
}
END_TEST

static const struct {
    const char *why;
    struct ask ask;
    bool by_owner;
} others[] = {
    {"another choice", {.choice = "dare", .version = 1}, false},
    {"another version", {.choice = "go", .version = 2}, false},
    {"no version", {.choice = "go"}, false},
    {"by text", {.text = "Go on", .version = 1}, false},
    {"id and text run together", {.choice = "g", .text = "o", .version = 1}, false},
    {"a roll", {.choice = "go", .version = 1, .roll = true}, false},
    {"somebody else", {.choice = "go", .version = 1}, true},
};

START_TEST(a_request_id_stands_for_one_request)
{
    const struct start start = world_create(&w, true);
    struct ask ask = {.kind = COMMAND_CHOICE,
                      .game = start.game,
                      .choice = "go",
                      .version = 1,
                      .request_id = "r"};
    world_ask(&w, &ask);
    ask = others[_i].ask;
    ask.kind = COMMAND_CHOICE;
    ask.game = start.game;
    ask.request_id = "r";
    ask.who = others[_i].by_owner ? start.secret : NULL;
    const struct command *asked = world_ask(&w, &ask);
    ck_assert_msg(asked->status == ERR_REQUEST_ID_REUSED, "%s: %s", others[_i].why,
                  status_name(asked->status));
    ck_assert(!asked->duplicate);
    ck_assert_uint_eq(world_version(&w, start.game), 2);
}
END_TEST

START_TEST(a_refused_request_may_use_its_id_again)
{
    const struct start start = world_create(&w, true);
    struct ask ask = {
        .kind = COMMAND_CHOICE, .game = start.game, .choice = "fly", .request_id = "r"};
    ck_assert_status(world_ask(&w, &ask)->status, ERR_UNKNOWN_CHOICE);
    ask.choice = "go";
    ck_assert_status(world_ask(&w, &ask)->status, OK);
}
END_TEST

START_TEST(each_game_has_request_ids_of_its_own)
{
    const struct start a = world_create(&w, true);
    const struct start b = world_create(&w, true);
    struct ask ask = {.kind = COMMAND_CHOICE, .game = a.game, .choice = "go", .request_id = "same"};
    ck_assert_status(world_ask(&w, &ask)->status, OK);
    ask.game = b.game;
    ask.choice = "dare";
    const struct command *asked = world_ask(&w, &ask);
    ck_assert_status(asked->status, OK);
    ck_assert(!asked->duplicate);
}
END_TEST

START_TEST(whoever_may_not_play_learns_nothing_from_a_request_id)
{
    const struct start start = world_create(&w, false);
    struct ask ask = {.kind = COMMAND_CHOICE,
                      .game = start.game,
                      .choice = "go",
                      .who = start.secret,
                      .request_id = "r"};
    world_ask(&w, &ask);
    ask.who = NULL;
    const struct command *asked = world_ask(&w, &ask);
    ck_assert_status(asked->status, ERR_GAME_NOT_FOUND);
    ck_assert_uint_eq(asked->version, 0);
}
END_TEST

START_TEST(the_first_answer_again_is_the_archives_work)
{
    const struct start start = world_create(&w, true);
    struct ask ask = {
        .kind = COMMAND_CHOICE, .game = start.game, .choice = "go", .request_id = "r"};
    world_ask(&w, &ask);
    ask.exact = true;
    /* While it is the newest version, it is at hand. */
    const struct command *asked = world_ask(&w, &ask);
    ck_assert_uint_eq(asked->update->version, 2);
    ck_assert(list_empty(&w.shelf.waiting));
    world_ask(&w, &(struct ask){.kind = COMMAND_CHOICE, .game = start.game, .choice = "back"});
    world_ask(&w, &ask);
    ck_assert(!list_empty(&w.shelf.waiting));
}
END_TEST

START_TEST(the_first_answer_comes_back_byte_for_byte)
{
    struct store *reader = fake_store_reader(w.file);
    const struct start start = world_create(&w, true);
    struct ask ask = {
        .kind = COMMAND_CHOICE, .game = start.game, .choice = "dare", .request_id = "r"};
    struct update *first = update_ref(world_ask(&w, &ask)->update);
    const struct ask reset = {.kind = COMMAND_RESET, .game = start.game};
    world_ask(&w, &reset);
    world_ask(&w, &reset);

    struct archive *archive = archive_start(&(struct archive_config){
        .reader = reader, .catalogue = &w.catalogue, .io = w.io, .threads = WORLD_THREADS});
    w.config.archive = archive_inbox(archive);
    world_restart(&w);
    ask.exact = true;
    const struct command *again = world_ask(&w, &ask);
    if (w.seen_count[0] == 0)
        world_wait(&w, 0);
    ck_assert_ptr_eq(w.seen[0][0].command, again);
    ck_assert_status(again->status, OK);
    ck_assert(again->duplicate);
    ck_assert_uint_eq(again->version, 2);
    ck_assert_uint_eq(again->update->version, 2);
    ck_assert_slice_eq(again->update->snapshot, first->snapshot);
    update_unref(first);
    archive_stop(archive);
    store_free(reader);
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
    Suite *suite = suite_create("sequencer batches");
    TCase *batches = tcase_of(suite, "batches");
    tcase_add_test(batches, commands_of_a_batch_follow_one_another);
    tcase_add_test(batches, a_batch_that_only_reads_writes_nothing);
    tcase_add_test(batches, of_fifty_who_choose_at_once_one_wins);
    tcase_add_test(batches, a_long_inbox_is_worked_in_transactions_of_batch_max);
    tcase_add_test(batches, updates_and_answers_keep_the_order_of_the_batch);
    tcase_add_test(batches, a_game_reaches_only_its_own_watchers);
    tcase_add_test(batches, nobody_is_told_before_the_commit);

    TCase *requests = tcase_of(suite, "request ids");
    tcase_add_test(requests, a_request_id_works_once);
    tcase_add_loop_test(requests, a_request_id_stands_for_one_request, 0, COUNT_OF(others));
    tcase_add_test(requests, a_refused_request_may_use_its_id_again);
    tcase_add_test(requests, each_game_has_request_ids_of_its_own);
    tcase_add_test(requests, whoever_may_not_play_learns_nothing_from_a_request_id);
    tcase_add_test(requests, the_first_answer_again_is_the_archives_work);
    tcase_add_test(requests, the_first_answer_comes_back_byte_for_byte);
    return run_suite(suite);
}
