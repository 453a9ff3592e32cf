/* A store that fails on cue: nothing of the batch has happened, everybody is told, and the next
 * batch works. */
#include <stdlib.h>
#include <string.h>

#include "app/base/metrics.h"
#include "app/story_loader.h"
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

/* ---- a transaction that fails ---- */

static const struct {
    const char *why;
    enum fake_call call;
    unsigned nth;
} failures[] = {
    {"begin", FAKE_BEGIN, 1},
    {"the first append", FAKE_APPEND, 1},
    {"a later append", FAKE_APPEND, 3},
    {"commit", FAKE_COMMIT, 1},
    {"a new game", FAKE_GAME_CREATE, 1},
    {"a new session", FAKE_SESSION_ADD, 1},
    {"feedback", FAKE_FEEDBACK_ADD, 1},
};

enum { MIXED_BATCH = 12 };

/* Two games that move, one that is only read, and all kinds of commands; verdicts of a batch of
 * which nothing was kept. */
static void mixed_batch(struct id a, struct id b, struct id c, struct ask ret_asks[MIXED_BATCH],
                        enum status ret_expected[MIXED_BATCH])
{
    const struct {
        struct ask ask;
        enum status expected;
    } rows[MIXED_BATCH] = {
        {{.kind = COMMAND_READ, .game = a}, OK},
        {{.kind = COMMAND_CHOICE, .game = a, .choice = "go", .request_id = "r"}, ERR_STORAGE},
        {{.kind = COMMAND_RESET, .game = a}, ERR_STORAGE},
        {{.kind = COMMAND_CHOICE, .game = b, .choice = "go"}, ERR_STORAGE},
        {{.kind = COMMAND_CREATE}, ERR_STORAGE},
        {{.kind = COMMAND_FEEDBACK, .feedback = SLICE_INIT("x")}, ERR_STORAGE},
        {{.kind = COMMAND_STOP, .game = b}, ERR_STORAGE},
        {{.kind = COMMAND_RESET, .game = a}, ERR_STORAGE},
        {{.kind = COMMAND_READ, .game = c}, OK},
        {{.kind = COMMAND_CHOICE, .game = c, .choice = "fly"}, ERR_UNKNOWN_CHOICE},
        {{.kind = COMMAND_ATTACH, .game = c}, OK},
        {{.kind = COMMAND_LIST, .count = 1}, OK},
    };
    for (size_t i = 0; i < MIXED_BATCH; i++) {
        ret_asks[i] = rows[i].ask;
        ret_expected[i] = rows[i].expected;
    }
}

START_TEST(of_a_batch_that_failed_nothing_has_happened)
{
    const struct start a = world_create(&w, true);
    const struct start b = world_create(&w, true);
    const struct start c = world_create(&w, true);
    struct ask asks[MIXED_BATCH];
    enum status expected[MIXED_BATCH];
    struct command *asked[MIXED_BATCH];
    struct arena arena = {0};
    mixed_batch(a.game, b.game, c.game, asks, expected);
    world_ask(&w, &(struct ask){.kind = COMMAND_ATTACH, .game = a.game, .thread = 1});
    const struct slice before = world_stored(&w, a.game, &arena).snapshot;

    fake_store_fail(w.file, failures[_i].call, failures[_i].nth, ERR_IO);
    world_batch(&w, asks, MIXED_BATCH, asked);
    for (size_t i = 0; i < MIXED_BATCH; i++) {
        ck_assert_msg(asked[i]->status == expected[i], "%s fails: command %zu: %s",
                      failures[_i].why, i, status_name(asked[i]->status));
        ck_assert_uint_eq(asked[i]->version, 0);
        ck_assert(!asked[i]->new_session && !asked[i]->duplicate);
        if (!id_eq(asks[i].game, (struct id){0, 0}))
            ck_assert_uint_eq(asked[i]->update->version, 1);
    }
    ck_assert_uint_eq(w.seen_count[1], 0);
    ck_assert(!sequencer_healthy(w.sequencer));
    ck_assert_uint_eq(world_version(&w, a.game), 1);
    ck_assert_slice_eq(world_stored(&w, a.game, &arena).snapshot, before);
    arena_release(&arena);

    /* The disk is well again: the same commands work, the request id was not used. */
    world_batch(&w, asks, MIXED_BATCH, asked);
    ck_assert_status(asked[1]->status, OK);
    ck_assert(!asked[1]->duplicate);
    ck_assert_status(asked[4]->status, OK);
    ck_assert_uint_eq(world_version(&w, a.game), 4);
    ck_assert_uint_eq(world_version(&w, b.game), 3);
    ck_assert_uint_eq(world_updates(&w, 1, a.game), 3);
    ck_assert(sequencer_healthy(w.sequencer));
}
END_TEST

START_TEST(a_probe_finds_out_whether_the_disk_is_well_again)
{
    const struct start start = world_create(&w, true);
    const struct ask probe = {.kind = COMMAND_PROBE};
    const struct ask stop = {.kind = COMMAND_STOP, .game = start.game};
    static const enum fake_call calls[] = {FAKE_BEGIN, FAKE_TOUCH, FAKE_COMMIT};

    fake_store_fail(w.file, FAKE_COMMIT, 1, ERR_IO);
    ck_assert_status(world_ask(&w, &stop)->status, ERR_STORAGE);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        fake_store_fail(w.file, calls[i], 1, ERR_IO);
        ck_assert_status(world_ask(&w, &probe)->status, ERR_STORAGE);
        ck_assert(!sequencer_healthy(w.sequencer));
    }
    ck_assert_status(world_ask(&w, &probe)->status, OK);
    ck_assert(sequencer_healthy(w.sequencer));
    ck_assert_uint_eq(world_version(&w, start.game), 1);
}
END_TEST

START_TEST(what_was_decided_by_something_lost_is_lost_too)
{
    const struct start start = world_create(&w, true);
    const struct ask play = {.kind = COMMAND_CHOICE,
                             .game = start.game,
                             .choice = "go",
                             .version = 1,
                             .request_id = "r"};
    const struct ask asks[] = {
        play,
        play,                                                         /* a duplicate */
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"}, /* unknown there */
        {.kind = COMMAND_CHOICE, .game = start.game, .version = 1},   /* stale */
        {.kind = COMMAND_READ, .game = start.game},
        {.kind = COMMAND_ATTACH, .game = start.game},
        {.kind = COMMAND_HISTORY, .game = start.game, .count = 1},
    };
    struct command *asked[COUNT_OF(asks)];
    fake_store_fail(w.file, FAKE_COMMIT, 1, ERR_FULL);
    world_batch(&w, asks, COUNT_OF(asks), asked);
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        ck_assert_msg(asked[i]->status == ERR_STORAGE, "%zu: %s", i, status_name(asked[i]->status));
        ck_assert(!asked[i]->duplicate);
    }
    ck_assert(list_empty(&w.shelf.waiting));
}
END_TEST

START_TEST(a_failed_commit_tells_a_stranger_nothing)
{
    const struct start start = world_create(&w, false);
    const struct ask asks[] = {
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go", .who = start.secret},
        {.kind = COMMAND_READ, .game = start.game},
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"},
    };
    struct command *asked[COUNT_OF(asks)];
    fake_store_fail(w.file, FAKE_COMMIT, 1, ERR_IO);
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_status(asked[0]->status, ERR_STORAGE);
    ck_assert_status(asked[1]->status, ERR_GAME_NOT_FOUND);
    ck_assert_status(asked[2]->status, ERR_GAME_NOT_FOUND);
    ck_assert_ptr_null(asked[1]->update);
}
END_TEST

START_TEST(a_session_that_was_not_kept_is_not_known)
{
    fake_store_fail(w.file, FAKE_COMMIT, 1, ERR_IO);
    const struct command *lost = world_ask(&w, &(struct ask){.kind = COMMAND_CREATE});
    ck_assert_status(lost->status, ERR_STORAGE);
    ck_assert_ptr_null(lost->update);
    const struct ask with_secret = {.kind = COMMAND_CREATE, .who = lost->secret, .bearer = true};
    ck_assert_status(world_ask(&w, &with_secret)->status, ERR_UNAUTHORIZED);
    ck_assert_uint_eq(world_version(&w, lost->game), 0);
}
END_TEST

START_TEST(a_disk_that_stays_full_refuses_every_batch_and_answers_reads)
{
    const struct start start = world_create(&w, true);
    const struct ask play = {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"};
    const struct ask read = {.kind = COMMAND_READ, .game = start.game};
    fake_store_fail_from(w.file, FAKE_COMMIT, 1, ERR_FULL);
    for (int i = 0; i < 5; i++) {
        ck_assert_status(world_ask(&w, &play)->status, ERR_STORAGE);
        ck_assert_status(world_ask(&w, &read)->status, OK);
        ck_assert(!sequencer_healthy(w.sequencer));
    }
    fake_store_fail(w.file, FAKE_COMMIT, 0, ERR_IO);
    ck_assert_uint_eq(world_ask(&w, &play)->version, 2);
    ck_assert(sequencer_healthy(w.sequencer));
}
END_TEST

/* ---- reading that fails ---- */

static const struct {
    const char *why;
    enum fake_call call;
    enum status fails, status;
} readings[] = {
    {"the session", FAKE_SESSION_FIND, ERR_IO, ERR_STORAGE},
    {"the game", FAKE_GAME_LOAD, ERR_IO, ERR_STORAGE},
    {"a damaged game", FAKE_GAME_LOAD, ERR_CORRUPT, ERR_CORRUPT},
    {"the membership", FAKE_MEMBER_FIND, ERR_IO, ERR_STORAGE},
    {"the request id", FAKE_REQUEST_FIND, ERR_IO, ERR_STORAGE},
};

START_TEST(what_cannot_be_read_is_not_guessed)
{
    const struct start start = world_create(&w, false);
    const struct start other = world_stranger(&w);
    world_member(&w, start.game, other.secret, STORE_PLAYER);
    const struct ask ask = {.kind = COMMAND_CHOICE,
                            .game = start.game,
                            .choice = "go",
                            .who = other.secret,
                            .request_id = "r"};
    world_restart(&w); /* nothing is in memory */
    fake_store_fail(w.file, readings[_i].call, 1, readings[_i].fails);
    const struct command *asked = world_ask(&w, &ask);
    ck_assert_msg(asked->status == readings[_i].status, "%s: %s", readings[_i].why,
                  status_name(asked->status));
    ck_assert_uint_eq(world_version(&w, start.game), 1);
    ck_assert_status(world_ask(&w, &ask)->status, OK);
}
END_TEST

START_TEST(a_read_that_fails_within_a_transaction_ends_it)
{
    const struct start a = world_create(&w, true);
    const struct start b = world_create(&w, true);
    world_restart(&w);
    const struct ask asks[] = {
        {.kind = COMMAND_CHOICE, .game = a.game, .choice = "go"},
        {.kind = COMMAND_READ, .game = b.game},
        {.kind = COMMAND_CHOICE, .game = a.game, .choice = "back"},
    };
    struct command *asked[COUNT_OF(asks)];
    fake_store_fail(w.file, FAKE_GAME_LOAD, 2, ERR_IO);
    world_batch(&w, asks, COUNT_OF(asks), asked);
    for (size_t i = 0; i < COUNT_OF(asks); i++)
        ck_assert_status(asked[i]->status, ERR_STORAGE);
    ck_assert_uint_eq(world_version(&w, a.game), 1);
    ck_assert_status(world_ask(&w, &asks[0])->status, OK);
}
END_TEST

/* ---- what fails alone ---- */

/* Somebody else writes a version behind the sequencer's back. */
static void write_behind(struct id game)
{
    struct arena arena = {0};
    const struct store_game stored = world_stored(&w, game, &arena);
    struct store_entry entry = {.game = stored.row,
                                .version = stored.version + 1,
                                .event = SLICE("{}"),
                                .snapshot = SLICE("{\"by\":\"somebody else\"}")};
    /* The same state, but for its version: a u64 at offset 2 (state.c). */
    uint8_t *state = arena_dup(&arena, stored.state).len ? malloc(stored.state.len) : NULL;
    ENSURE(state != NULL);
    memcpy(state, stored.state.at, stored.state.len);
    state[2]++;
    entry.state = slice_make(state, stored.state.len);
    ck_assert_status(store_begin(w.writer), OK);
    ck_assert_status(store_append(w.writer, &entry), OK);
    ck_assert_status(store_commit(w.writer), OK);
    free(state);
    arena_release(&arena);
}

START_TEST(a_game_that_somebody_else_wrote_is_read_again)
{
    const struct start a = world_create(&w, true);
    const struct start b = world_create(&w, true);
    const struct ask asks[] = {
        {.kind = COMMAND_CHOICE, .game = b.game, .choice = "go"},
        {.kind = COMMAND_CHOICE, .game = a.game, .choice = "go"},
        {.kind = COMMAND_CHOICE, .game = a.game, .choice = "go"},
        {.kind = COMMAND_CHOICE, .game = b.game, .choice = "back"},
    };
    struct command *asked[COUNT_OF(asks)];
    world_ask(&w, &(struct ask){.kind = COMMAND_ATTACH, .game = a.game, .thread = 1});
    write_behind(a.game);
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_status(asked[0]->status, OK);
    ck_assert_status(asked[1]->status, ERR_INTERNAL);
    ck_assert_status(asked[2]->status, ERR_INTERNAL);
    ck_assert_status(asked[3]->status, OK);
    ck_assert_uint_eq(world_version(&w, b.game), 3);
    ck_assert_uint_eq(w.seen_count[1], 0);

    const struct command *read = world_ask(&w, &(struct ask){.kind = COMMAND_READ, .game = a.game});
    ck_assert_uint_eq(read->update->version, 2);
    ck_assert_slice_str(read->update->snapshot, "{\"by\":\"somebody else\"}");
    ck_assert_uint_eq(world_ask(&w, &asks[1])->version, 3);
    ck_assert_uint_eq(world_updates(&w, 1, a.game), 1);
}
END_TEST

START_TEST(an_id_that_is_taken_refuses_one_command)
{
    static const enum fake_call calls[] = {FAKE_GAME_CREATE, FAKE_SESSION_ADD};
    const struct start start = world_create(&w, true);
    const struct ask asks[] = {
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"},
        {.kind = COMMAND_CREATE},
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "back"},
    };
    struct command *asked[COUNT_OF(asks)];
    fake_store_fail(w.file, calls[_i], 1, ERR_CONFLICT);
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_status(asked[0]->status, OK);
    ck_assert_status(asked[1]->status, ERR_INTERNAL);
    ck_assert(!asked[1]->new_session);
    ck_assert_status(asked[2]->status, OK);
    ck_assert_uint_eq(world_version(&w, start.game), 3);
}
END_TEST

START_TEST(feedback_that_is_too_large_does_not_spoil_the_batch)
{
    static uint8_t text[LIMIT_FEEDBACK_BYTES + 1];
    memset(text, 'x', sizeof text);
    const struct start start = world_create(&w, true);
    const struct ask asks[] = {
        {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"},
        {.kind = COMMAND_FEEDBACK, .feedback = slice_make(text, sizeof text)},
    };
    struct command *asked[COUNT_OF(asks)];
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_status(asked[0]->status, OK);
    ck_assert_status(asked[1]->status, ERR_TOO_LARGE);
    ck_assert_uint_eq(world_version(&w, start.game), 2);
}
END_TEST

/* The loader accepts no section that could not be shown, so the test makes one of its own. */
static struct story *wide_story(struct section ret_sections[2])
{
    static char text[LIMIT_SNAPSHOT_BYTES + 2];
    struct story_report report = {.count = 0};
    struct story *wide;
    const enum status st = story_parse(
        SLICE(
            "{\"format\":\"casys-story/1\",\"id\":\"wide\",\"title\":\"Wide\",\"start\":1,"
            "\"sections\":[{\"number\":1,\"text\":\"x\",\"choices\":[{\"id\":\"c\",\"text\":\"On\","
            "\"to\":2}]},{\"number\":2,\"text\":\"y\",\"ending\":{\"kind\":\"won\","
            "\"title\":\"End\"}}]}"),
        SLICE("wide"), &wide, &report);
    ck_assert_msg(st == OK, "%.300s", (const char *)report.text.at);
    story_report_release(&report);
    memset(text, 'x', sizeof text);
    text[0] = text[sizeof text - 1] = '"';
    memcpy(ret_sections, wide->sections, 2 * sizeof *ret_sections);
    ret_sections[0].html_json = slice_make(text, sizeof text);
    wide->sections = ret_sections;
    return wide;
}

START_TEST(a_game_that_cannot_be_shown_does_not_spoil_the_batch)
{
    struct section sections[2];
    struct story *wide = wide_story(sections);
    struct catalogue both = {.stories = (struct story *[]){w.catalogue.stories[0], wide},
                             .count = 2};
    w.config.catalogue = &both;
    world_restart(&w);

    const struct ask asks[] = {
        {.kind = COMMAND_CREATE, .story = "tiny"},
        {.kind = COMMAND_CREATE, .story = "wide"},
        {.kind = COMMAND_CREATE, .story = "tiny"},
    };
    struct command *asked[COUNT_OF(asks)];
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_status(asked[0]->status, OK);
    ck_assert_status(asked[1]->status, ERR_INTERNAL);
    ck_assert_status(asked[2]->status, OK);
    ck_assert_uint_eq(world_version(&w, asked[2]->game), 1);
    ck_assert(sequencer_healthy(w.sequencer));

    sequencer_free(w.sequencer);
    w.sequencer = NULL;
    story_unref(wide);
}
END_TEST

/* ---- checkpoints ---- */

START_TEST(a_long_log_asks_for_one_checkpoint_at_a_time)
{
    const struct start start = world_create(&w, true);
    struct ask play = {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"};
    fake_store_set_wal_pages(w.file, 100000);
    world_ask(&w, &play);
    play.choice = "back";
    world_ask(&w, &play);
    struct list mails;
    list_init(&mails);
    queue_take(&w.shelf, &mails);
    struct mail *mail = container_of(list_take(&mails), struct mail, node);
    ck_assert_int_eq(mail->kind, MAIL_CHECKPOINT);
    ck_assert(list_empty(&mails));
    /* It was done: when the log has grown further it is asked for again. */
    atomic_store(&container_of(mail, struct checkpoint_mail, mail)->waiting, false);
    world_ask(&w, &(struct ask){.kind = COMMAND_READ, .game = start.game});
    ck_assert(list_empty(&w.shelf.waiting));
    play.choice = "go";
    world_ask(&w, &play);
    ck_assert(list_empty(&w.shelf.waiting));
    fake_store_set_wal_pages(w.file, 200000);
    play.choice = "back";
    world_ask(&w, &play);
    ck_assert(!list_empty(&w.shelf.waiting));
    queue_take(&w.shelf, &mails);
    list_take(&mails);
}
END_TEST

START_TEST(sizes_are_shown_after_a_commit_and_not_without_one)
{
    const struct start start = world_create(&w, true);
    struct ask play = {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"};
    fake_store_set_bytes(w.file, 81920);
    fake_store_set_wal_pages(w.file, 7);
    world_ask(&w, &play);
    ck_assert_int_eq(metric_read(METRIC_DATABASE_BYTES), 81920);
    ck_assert_int_eq(metric_read(METRIC_LOG_PAGES), 7);
    fake_store_set_bytes(w.file, 0);
    fake_store_set_wal_pages(w.file, 0);
    play.choice = "nowhere"; /* refused: nothing is committed */
    world_ask(&w, &play);
    ck_assert_int_eq(metric_read(METRIC_DATABASE_BYTES), 81920);
    ck_assert_int_eq(metric_read(METRIC_LOG_PAGES), 7);
}
END_TEST

START_TEST(a_log_that_began_anew_is_counted_from_its_beginning)
{
    const struct start start = world_create(&w, true);
    struct ask play = {.kind = COMMAND_CHOICE, .game = start.game, .choice = "go"};
    struct list mails;
    list_init(&mails);
    fake_store_set_wal_pages(w.file, 100000);
    world_ask(&w, &play);
    queue_take(&w.shelf, &mails);
    struct mail *mail = container_of(list_take(&mails), struct mail, node);
    atomic_store(&container_of(mail, struct checkpoint_mail, mail)->waiting, false);
    fake_store_set_wal_pages(w.file, 3);
    play.choice = "back";
    world_ask(&w, &play);
    ck_assert(list_empty(&w.shelf.waiting));
    fake_store_set_wal_pages(w.file, 99999);
    play.choice = "go";
    world_ask(&w, &play);
    ck_assert(!list_empty(&w.shelf.waiting));
    queue_take(&w.shelf, &mails);
    list_take(&mails);
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
    Suite *suite = suite_create("sequencer failures");
    TCase *transactions = tcase_of(suite, "transactions");
    tcase_add_loop_test(transactions, of_a_batch_that_failed_nothing_has_happened, 0,
                        COUNT_OF(failures));
    tcase_add_test(transactions, a_probe_finds_out_whether_the_disk_is_well_again);
    tcase_add_test(transactions, what_was_decided_by_something_lost_is_lost_too);
    tcase_add_test(transactions, a_failed_commit_tells_a_stranger_nothing);
    tcase_add_test(transactions, a_session_that_was_not_kept_is_not_known);
    tcase_add_test(transactions, a_disk_that_stays_full_refuses_every_batch_and_answers_reads);

    TCase *reads = tcase_of(suite, "reads");
    tcase_add_loop_test(reads, what_cannot_be_read_is_not_guessed, 0, COUNT_OF(readings));
    tcase_add_test(reads, a_read_that_fails_within_a_transaction_ends_it);

    TCase *alone = tcase_of(suite, "one command only");
    tcase_add_test(alone, a_game_that_somebody_else_wrote_is_read_again);
    tcase_add_loop_test(alone, an_id_that_is_taken_refuses_one_command, 0, 2);
    tcase_add_test(alone, feedback_that_is_too_large_does_not_spoil_the_batch);
    tcase_add_test(alone, a_game_that_cannot_be_shown_does_not_spoil_the_batch);
    tcase_add_test(alone, a_long_log_asks_for_one_checkpoint_at_a_time);
    tcase_add_test(alone, sizes_are_shown_after_a_commit_and_not_without_one);
    tcase_add_test(alone, a_log_that_began_anew_is_counted_from_its_beginning);
    return run_suite(suite);
}
