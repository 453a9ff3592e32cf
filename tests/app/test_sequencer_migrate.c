/* A game goes on with a newer edition of its story: what a batch may do with it meanwhile, and what is
 * left when the batch is lost. */
#include <string.h>

#include "app/story_loader.h"
#include "tests/app/world.h"

static struct world w;
static struct start game;
static uint8_t first[SHA256_LEN], newer[SHA256_LEN];

/* The same story with another title. */
static struct story *make_newer(void)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    struct buf text = {.at = NULL};
    buf_append(&text, catalogue_find(&w.catalogue, SLICE("tiny"))->source);
    char *title = memmem(text.at, text.len, "\"Tiny ", 6);
    ck_assert_ptr_nonnull(title);
    memcpy(title, "\"Tidy ", 6);
    ck_assert_status(story_parse(buf_slice(&text), SLICE("newer"), &story, &report), OK);
    story_report_release(&report);
    buf_release(&text);
    return story;
}

/* As when the folder was read again. */
static void offer_newer(void)
{
    struct story *story = make_newer();
    struct queue inbox;
    struct list mails;
    memcpy(newer, story->hash, SHA256_LEN);
    queue_init(&inbox, NULL, NULL);
    list_init(&mails);
    catalogue_send(&(struct catalogue){.stories = &story, .count = 1}, &inbox);
    ck_assert(queue_wait(&inbox, &mails));
    sequencer_turn(w.sequencer, &mails);
    queue_close(&inbox);
    queue_release(&inbox);
    story_unref(story);
}

static void setup(void)
{
    world_init(&w);
    world_start(&w);
    game = world_create(&w, false);
    memcpy(first, catalogue_find(&w.catalogue, SLICE("tiny"))->hash, SHA256_LEN);
}

static void teardown(void)
{
    world_release(&w);
}

static struct ask ask_of(enum command_kind kind)
{
    return (struct ask){.kind = kind, .game = game.game, .who = game.secret, .bearer = true};
}

static struct ask go(void)
{
    struct ask ask = ask_of(COMMAND_CHOICE);
    ask.choice = "go";
    return ask;
}

static void expect_stored(uint64_t version, const uint8_t hash[SHA256_LEN])
{
    struct arena arena = {0};
    const struct store_game stored = world_stored(&w, game.game, &arena);
    ck_assert_uint_eq(stored.version, version);
    ck_assert_mem_eq(stored.story_hash, hash, SHA256_LEN);
    arena_release(&arena);
}

static void expect_title(const struct command *command, const char *title)
{
    ck_assert_ptr_nonnull(command->update);
    const struct slice snapshot = command->update->snapshot;
    ck_assert_ptr_nonnull(memmem(snapshot.at, snapshot.len, title, strlen(title)));
}

START_TEST(a_batch_goes_on_with_the_newer_edition)
{
    struct command *asked[3];
    offer_newer();
    const struct ask migrate = ask_of(COMMAND_MIGRATE);
    world_batch(&w, (struct ask[]){migrate, go(), migrate}, 3, asked);
    ck_assert_status(asked[0]->status, OK);
    ck_assert_status(asked[1]->status, OK);
    expect_title(asked[1], "Tidy");
    ck_assert_status(asked[2]->status, ERR_NOT_MIGRATABLE);
    ck_assert_slice_str(asked[2]->needs, "[\"it has the newest edition\"]");
    expect_stored(3, newer);
    world_restart(&w);
    expect_title(world_ask(&w, &(struct ask){.kind = COMMAND_READ,
                                             .game = game.game,
                                             .who = game.secret,
                                             .bearer = true}),
                 "Tidy");
}
END_TEST

static const enum fake_call failures[] = {FAKE_BEGIN, FAKE_APPEND, FAKE_COMMIT};

START_TEST(of_a_batch_that_was_lost_the_game_keeps_its_edition)
{
    struct command *asked[2];
    offer_newer();
    const struct ask migrate = ask_of(COMMAND_MIGRATE);
    fake_store_fail(w.file, failures[_i], 1, ERR_IO);
    world_batch(&w, (struct ask[]){migrate, go()}, 2, asked);
    ck_assert_status(asked[0]->status, ERR_STORAGE);
    ck_assert_status(asked[1]->status, ERR_STORAGE);
    expect_stored(1, first);

    const struct ask choice = go();
    const struct command *played = world_ask(&w, &choice);
    ck_assert_status(played->status, OK);
    expect_title(played, "Tiny");
    expect_stored(2, first);
    const struct command *migrated = world_ask(&w, &migrate);
    ck_assert_status(migrated->status, OK);
    expect_title(migrated, "Tidy");
    expect_stored(3, newer);
}
END_TEST

START_TEST(a_story_that_is_not_offered_has_no_newer_edition)
{
    const struct ask migrate = ask_of(COMMAND_MIGRATE);
    offer_newer();
    ck_assert_status(world_ask(&w, &migrate)->status, OK);
    struct queue inbox;
    struct list mails;
    queue_init(&inbox, NULL, NULL);
    list_init(&mails);
    catalogue_send(&(struct catalogue){.count = 0}, &inbox);
    ck_assert(queue_wait(&inbox, &mails));
    sequencer_turn(w.sequencer, &mails);
    queue_close(&inbox);
    queue_release(&inbox);
    const struct command *asked = world_ask(&w, &migrate);
    ck_assert_status(asked->status, ERR_NOT_MIGRATABLE);
    ck_assert_slice_str(asked->needs, "[\"no edition of its story is offered here\"]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sequencer_migrate");
    TCase *tcase = tcase_create("migrate");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_batch_goes_on_with_the_newer_edition);
    tcase_add_loop_test(tcase, of_a_batch_that_was_lost_the_game_keeps_its_edition, 0,
                        (int)COUNT_OF(failures));
    tcase_add_test(tcase, a_story_that_is_not_offered_has_no_newer_edition);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
