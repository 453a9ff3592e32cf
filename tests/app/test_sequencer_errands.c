/* Commands that pass the sequencer twice or more: going back, saves of older versions, forks; and
 * deletion. What the archive does is done here between two batches, so that anything else can happen
 * in between. */
#include <stdio.h>
#include <string.h>

#include "app/past.h"
#include "app/replay.h"
#include "tests/app/world.h"

static struct world w;
static struct library library;
static struct start start;

static void setup(void)
{
    world_init(&w);
    world_start(&w);
    library_init(&library, &w.catalogue);
    start = world_create(&w, false);
}

static void teardown(void)
{
    library_release(&library);
    world_release(&w);
}

static enum status choose(const char *choice)
{
    const struct ask ask = {
        .kind = COMMAND_CHOICE, .game = start.game, .who = start.secret, .choice = choice};
    return world_ask(&w, &ask)->status;
}

static struct ask asks(enum command_kind kind)
{
    return (struct ask){.kind = kind, .game = start.game, .who = start.secret};
}

/* The command that waits for the archive. */
static struct command *shelved(void)
{
    struct list mails;
    list_init(&mails);
    queue_take(&w.shelf, &mails);
    struct list *node = list_take(&mails);
    ck_assert_ptr_nonnull(node);
    ck_assert(list_empty(&mails));
    return container_of(container_of(node, struct mail, node), struct command, mail);
}

/* What the archive does with it. */
static void prepare(struct command *command)
{
    struct errand *errand = command->errand;
    struct arena arena = {.blocks = NULL};
    char name[ID_TEXT_SIZE];
    id_text(command->game, name);
    if (command->kind == COMMAND_FORK) {
        ck_assert_status(past_of_game(w.writer, &library, slice_str(name), errand), OK);
    } else {
        struct store_game game;
        struct game_facts facts;
        struct event *event = arena_alloc(&arena, sizeof *event);
        ck_assert_status(replay_facts(w.writer, &library, slice_str(name), &arena, &game, &facts),
                         OK);
        ck_assert_status(
            replay_state(w.writer, &library, &game, &facts, errand->of, &errand->state, event), OK);
        errand->section = facts.story->sections[errand->state.section].number;
        story_unref(facts.story);
    }
    errand->is_prepared = true;
    arena_release(&arena);
}

/* It comes back from the archive, and is a batch of its own. */
static void come_back(struct command *command)
{
    struct list mails;
    list_init(&mails);
    list_append(&mails, &command->mail.node);
    world_turn(&w, &mails);
}

/* What the sequencer has sent to itself. */
static size_t come_again(void)
{
    struct list mails;
    size_t count = 0;
    list_init(&mails);
    queue_take(sequencer_inbox(w.sequencer), &mails);
    for (const struct list *node = mails.next; node != &mails; node = node->next)
        count++;
    world_turn(&w, &mails);
    return count;
}

static struct command *sent(const struct ask *ask)
{
    struct command *command = world_ask(&w, ask);
    ck_assert_uint_eq(w.seen_count[ask->thread], 0);
    ck_assert_ptr_eq(shelved(), command);
    return command;
}

/* ---- going back ---- */

START_TEST(an_undo_is_done_when_it_was_prepared)
{
    const struct ask undo = asks(COMMAND_UNDO);
    ck_assert_status(choose("go"), OK);
    struct command *command = sent(&undo);
    ck_assert_uint_eq(world_version(&w, start.game), 2);
    prepare(command);
    come_back(command);
    ck_assert_status(command->status, OK);
    ck_assert_uint_eq(command->version, 3);
    ck_assert_uint_eq(command->update->version, 3);
    ck_assert_ptr_null(command->errand);
    ck_assert_uint_eq(world_version(&w, start.game), 3);
}
END_TEST

/* Between the two visits the game moves on. */
static const struct {
    enum command_kind kind;
    uint64_t of, version;
    enum status status;
} races[] = {
    {COMMAND_UNDO, 0, 0, ERR_STALE_VERSION},
    {COMMAND_UNDO, 0, 2, ERR_STALE_VERSION},
    {COMMAND_LOAD, 1, 2, ERR_STALE_VERSION},
    {COMMAND_LOAD, 1, 0, OK},
    {COMMAND_SAVE, 1, 0, OK},
};

START_TEST(a_game_that_moved_on_meanwhile_makes_it_stale)
{
    struct ask ask = asks(races[_i].kind);
    ask.of = races[_i].of;
    ask.version = races[_i].version;
    ask.name = "x";
    ck_assert_status(choose("go"), OK);
    struct command *command = sent(&ask);
    prepare(command);
    ck_assert_status(choose("back"), OK);
    come_back(command);
    ck_assert_status(command->status, races[_i].status);
    ck_assert_uint_eq(world_version(&w, start.game),
                      races[_i].status == OK && races[_i].kind == COMMAND_LOAD ? 4 : 3);
}
END_TEST

START_TEST(a_right_that_was_lost_meanwhile_counts)
{
    const struct start other = world_stranger(&w);
    struct ask ask = asks(_i == 0 ? COMMAND_UNDO : COMMAND_FORK);
    ask.who = other.secret;
    ck_assert_status(choose("go"), OK);
    world_member(&w, start.game, other.secret, STORE_PLAYER);
    world_restart(&w);
    struct command *command = sent(&ask);
    prepare(command);
    const struct ask removal = {.kind = COMMAND_MEMBER_REMOVE,
                                .game = start.game,
                                .who = other.secret,
                                .other = world_session(&w, other.secret)};
    ck_assert_status(world_ask(&w, &removal)->status, OK);
    come_back(command);
    ck_assert_status(command->status, ERR_GAME_NOT_FOUND);
    ck_assert_ptr_null(command->update);
    ck_assert_uint_eq(world_version(&w, start.game), 2);
}
END_TEST

START_TEST(of_two_with_one_request_id_one_is_done)
{
    struct ask undo = asks(COMMAND_UNDO);
    undo.request_id = "once";
    ck_assert_status(choose("go"), OK);
    struct command *first = sent(&undo);
    struct command *second = sent(&undo);
    prepare(first);
    prepare(second);
    come_back(first);
    come_back(second);
    ck_assert_status(first->status, OK);
    ck_assert_status(second->status, OK);
    ck_assert(!first->duplicate && second->duplicate);
    ck_assert_uint_eq(second->version, 3);
    ck_assert_uint_eq(world_version(&w, start.game), 3);
}
END_TEST

START_TEST(a_commit_that_fails_leaves_the_game_where_it_was)
{
    const struct ask undo = asks(COMMAND_UNDO);
    ck_assert_status(choose("go"), OK);
    struct command *command = sent(&undo);
    prepare(command);
    fake_store_fail(w.file, FAKE_COMMIT, 1, ERR_IO);
    come_back(command);
    ck_assert_status(command->status, ERR_STORAGE);
    ck_assert_uint_eq(world_version(&w, start.game), 2);
    command = sent(&undo);
    prepare(command);
    come_back(command);
    ck_assert_status(command->status, OK);
}
END_TEST

START_TEST(without_an_archive_the_server_is_stopping)
{
    const struct ask undo = asks(COMMAND_UNDO);
    ck_assert_status(choose("go"), OK);
    queue_close(&w.shelf);
    ck_assert_status(world_ask(&w, &undo)->status, ERR_SHUTTING_DOWN);
}
END_TEST

/* ---- forks ---- */

enum { LONG = 1201 }; /* three pieces */

static void play_long(void)
{
    static struct ask steps[LONG - 1];
    static struct command *commands[LONG - 1];
    for (size_t i = 0; i < LONG - 1; i++)
        steps[i] = (struct ask){.kind = COMMAND_CHOICE,
                                .game = start.game,
                                .who = start.secret,
                                .choice = i % 2 ? "back" : "go"};
    world_batch(&w, steps, LONG - 1, commands);
    ck_assert_uint_eq(world_version(&w, start.game), LONG);
}

START_TEST(a_long_past_is_written_in_pieces_between_others)
{
    const struct ask fork = asks(COMMAND_FORK);
    const struct ask list = {.kind = COMMAND_READ, .game = start.game, .who = start.secret};
    play_long();
    struct command *command = sent(&fork);
    prepare(command);
    come_back(command);
    size_t pieces = 1;
    for (; id_eq(command->game, start.game); pieces++) {
        ck_assert_uint_eq(w.seen_count[0], 0);
        ck_assert_status(world_ask(&w, &list)->status, OK);
        ck_assert_uint_eq(come_again(), 1);
        ck_assert_uint_lt(pieces, 10);
    }
    ck_assert_uint_eq(pieces, 3);
    ck_assert_status(command->status, OK);
    ck_assert_uint_eq(command->version, LONG + 1);
    ck_assert_uint_eq(world_version(&w, command->game), LONG + 1);
    ck_assert_uint_eq(world_version(&w, start.game), LONG);
    struct ask play = asks(COMMAND_CHOICE);
    play.game = command->game;
    play.choice = "go";
    ck_assert_status(world_ask(&w, &play)->status, OK);
}
END_TEST

/* Each piece fails, by its own write or by its commit. */
START_TEST(a_past_that_is_not_written_to_its_end_is_no_game)
{
    const struct ask fork = asks(COMMAND_FORK);
    const int piece = _i / 2;
    play_long();
    struct command *command = sent(&fork);
    prepare(command);
    if (piece > 0)
        come_back(command);
    if (piece > 1)
        ck_assert_uint_eq(come_again(), 1);
    fake_store_fail(w.file, _i % 2 ? FAKE_COMMIT : FAKE_PAST_ADD, 1, ERR_IO);
    if (piece > 0)
        ck_assert_uint_eq(come_again(), 1);
    else
        come_back(command);
    ck_assert_status(command->status, ERR_STORAGE);
    ck_assert(id_eq(command->game, start.game));
    ck_assert_uint_eq(come_again(), 0);
    ck_assert_status(choose("go"), OK);
    /* What is there of it is looked for. */
    const unsigned purges = fake_store_calls(w.file, FAKE_PURGE);
    ck_assert(sequencer_upkeep(w.sequencer));
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_PURGE), purges + 1);
}
END_TEST

START_TEST(nothing_is_purged_while_a_past_is_written)
{
    const struct ask fork = asks(COMMAND_FORK);
    const struct start other = world_create(&w, false);
    const struct ask deletion = {.kind = COMMAND_DELETE, .game = other.game, .who = other.secret};
    play_long();
    struct command *command = sent(&fork);
    prepare(command);
    come_back(command);
    ck_assert_status(world_ask(&w, &deletion)->status, OK);
    while (id_eq(command->game, start.game)) {
        ck_assert(!sequencer_upkeep(w.sequencer));
        ck_assert_uint_eq(come_again(), 1);
    }
    ck_assert_status(command->status, OK);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_PURGE), 0);
    ck_assert(sequencer_upkeep(w.sequencer));
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_PURGE), 1);
    ck_assert_uint_eq(world_version(&w, command->game), LONG + 1);
}
END_TEST

/* ---- deletion ---- */

START_TEST(behind_a_deletion_there_is_no_game)
{
    const struct ask batch[] = {
        asks(COMMAND_READ),
        {.kind = COMMAND_CHOICE, .game = start.game, .who = start.secret, .choice = "go"},
        asks(COMMAND_DELETE),
        asks(COMMAND_READ),
        asks(COMMAND_DELETE),
    };
    static const enum status statuses[] = {OK, OK, OK, ERR_GAME_NOT_FOUND, ERR_GAME_NOT_FOUND};
    struct command *commands[COUNT_OF(batch)];
    world_batch(&w, batch, COUNT_OF(batch), commands);
    for (size_t i = 0; i < COUNT_OF(batch); i++)
        ck_assert_status(commands[i]->status, statuses[i]);
    ck_assert_ptr_null(commands[3]->update);
    ck_assert_uint_eq(world_version(&w, start.game), 0);
    /* Every thread is told, behind the answers. */
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        ck_assert_uint_ge(w.seen_count[thread], 1);
        const struct seen *last = &w.seen[thread][w.seen_count[thread] - 1];
        ck_assert_int_eq(last->kind, MAIL_NOTICE);
        ck_assert_int_eq(last->notice->kind, NOTICE_GAME_GONE);
        ck_assert(id_eq(last->notice->game, start.game));
    }
    const struct ask read = asks(COMMAND_READ);
    ck_assert_status(world_ask(&w, &read)->status, ERR_GAME_NOT_FOUND);
}
END_TEST

START_TEST(a_deletion_that_is_not_committed_did_not_happen)
{
    const struct ask batch[] = {asks(COMMAND_DELETE), asks(COMMAND_READ)};
    struct command *commands[COUNT_OF(batch)];
    fake_store_fail(w.file, FAKE_COMMIT, 1, ERR_IO);
    world_batch(&w, batch, COUNT_OF(batch), commands);
    ck_assert_status(commands[0]->status, ERR_STORAGE);
    ck_assert_status(commands[1]->status, ERR_STORAGE);
    ck_assert_uint_eq(w.seen_count[1], 0);
    ck_assert_status(choose("go"), OK);
    ck_assert_uint_eq(world_version(&w, start.game), 2);
}
END_TEST

START_TEST(what_is_prepared_for_a_deleted_game_is_for_nothing)
{
    static const enum command_kind kinds[] = {COMMAND_UNDO, COMMAND_FORK};
    const struct ask ask = asks(kinds[_i]);
    const struct ask deletion = asks(COMMAND_DELETE);
    ck_assert_status(choose("go"), OK);
    struct command *command = sent(&ask);
    prepare(command);
    ck_assert_status(world_ask(&w, &deletion)->status, OK);
    come_back(command);
    ck_assert_status(command->status, ERR_GAME_NOT_FOUND);
    ck_assert_uint_eq(world_version(&w, start.game), 0);
}
END_TEST

static TCase *tcase_of(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("sequencer_errands");
    TCase *back = tcase_of(suite, "back");
    tcase_add_test(back, an_undo_is_done_when_it_was_prepared);
    tcase_add_loop_test(back, a_game_that_moved_on_meanwhile_makes_it_stale, 0, COUNT_OF(races));
    tcase_add_loop_test(back, a_right_that_was_lost_meanwhile_counts, 0, 2);
    tcase_add_test(back, of_two_with_one_request_id_one_is_done);
    tcase_add_test(back, a_commit_that_fails_leaves_the_game_where_it_was);
    tcase_add_test(back, without_an_archive_the_server_is_stopping);

    TCase *forks = tcase_of(suite, "forks");
    tcase_add_test(forks, a_long_past_is_written_in_pieces_between_others);
    tcase_add_loop_test(forks, a_past_that_is_not_written_to_its_end_is_no_game, 0, 6);
    tcase_add_test(forks, nothing_is_purged_while_a_past_is_written);

    TCase *deletion = tcase_of(suite, "deletion");
    tcase_add_test(deletion, behind_a_deletion_there_is_no_game);
    tcase_add_test(deletion, a_deletion_that_is_not_committed_did_not_happen);
    tcase_add_loop_test(deletion, what_is_prepared_for_a_deleted_game_is_for_nothing, 0, 2);
    return run_suite(suite);
}
