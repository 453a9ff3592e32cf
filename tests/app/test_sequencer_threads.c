/* The sequencer and the archive on their own threads, with several io threads that send thousands
 * of commands. Each thread sees the versions of a game in order and without gaps, each version is
 * made once, and each command comes back once, also when the server stops in the middle. */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "tests/app/world.h"

enum {
    GAMES = 6,
    COMMANDS = 1200, /* of each thread */
    IN_FLIGHT = 24,
    VERSIONS_MAX = WORLD_THREADS * COMMANDS + 2,
    STOP_AFTER_COMMITS = 150,
};

/* An io thread: it sends, and it reads its inbox. */
struct io {
    unsigned number;
    pthread_t thread;
    uint32_t seed;
    uint64_t newest[GAMES];            /* seen of each game; 0: not attached yet */
    uint8_t made[GAMES][VERSIONS_MAX]; /* by a command of this thread */
    unsigned sent, returned, accepted;
};

static struct world w;
static struct store *reader;
static struct archive *archive;
static struct start starts[GAMES];
static struct io ios[WORLD_THREADS];
static sem_t commits;

static void on_commit(void *arg)
{
    (void)arg;
    ENSURE(sem_post(&commits) == 0);
}

static void setup(void)
{
    world_init(&w);
    ck_assert_int_eq(sem_init(&commits, 0, 0), 0);
    fake_store_hook(w.file, FAKE_COMMIT, on_commit, NULL);
    reader = fake_store_reader(w.file);
    archive = archive_start(&(struct archive_config){
        .reader = reader, .catalogue = &w.catalogue, .io = w.io, .threads = WORLD_THREADS});
    w.config.archive = archive_inbox(archive);
    /* Fewer than there are: games are let go and read again all the time. */
    w.config.games_max = GAMES / 2;
    w.config.batch_max = 32;
    world_start(&w);
    for (size_t i = 0; i < GAMES; i++)
        starts[i] = world_create(&w, true);
}

static void teardown(void)
{
    store_free(reader);
    world_release(&w);
    ck_assert_int_eq(sem_destroy(&commits), 0);
}

static size_t game_number(struct id game)
{
    for (size_t i = 0; i < GAMES; i++) {
        if (id_eq(starts[i].game, game))
            return i;
    }
    return GAMES;
}

/* ---- reading ---- */

/* What a watcher may see next: the version after the last one. Before the answer to attach there may
 * be updates of the same batch; the hub gives them to nobody. */
static void saw_update(struct io *io, const struct update *update)
{
    const size_t game = game_number(update->game);
    ENSURE(game < GAMES);
    if (io->newest[game] == 0)
        return;
    ENSURE(update->version == io->newest[game] + 1);
    io->newest[game] = update->version;
}

static void saw_choice(struct io *io, const struct command *command)
{
    const size_t game = game_number(command->game);
    if (command->status != OK || command->duplicate)
        return;
    ENSURE(game < GAMES && command->version < VERSIONS_MAX);
    ENSURE(command->update->version == command->version);
    /* The answer comes before the update. */
    ENSURE(io->newest[game] == 0 || io->newest[game] == command->version - 1);
    io->made[game][command->version]++;
}

/* What may be said to a command while all goes well, or while the server stops. */
static bool may_be_told(enum status status)
{
    return status == OK || status == ERR_UNKNOWN_CHOICE || status == ERR_STALE_VERSION ||
           status == ERR_CHOICE_UNAVAILABLE || status == ERR_GAME_OVER ||
           status == ERR_SHUTTING_DOWN;
}

static void saw_command(struct io *io, struct command *command)
{
    unsigned *const returned = command->owner;
    ENSURE(++*returned == 1);
    ENSURE(may_be_told(command->status));
    io->returned++;
    if (command->status == OK)
        io->accepted++;
    if (command->kind == COMMAND_ATTACH && command->status == OK)
        io->newest[game_number(command->game)] = command->update->version;
    else if (command->kind == COMMAND_CHOICE || command->kind == COMMAND_RESET)
        saw_choice(io, command);
    free(returned);
    command_free(command);
}

static void read_mails(struct io *io, struct list *mails)
{
    for (struct list *node; (node = list_take(mails)) != NULL;) {
        struct mail *mail = container_of(node, struct mail, node);
        if (mail->kind == MAIL_COMMAND) {
            saw_command(io, container_of(mail, struct command, mail));
            continue;
        }
        struct update *update = container_of(mail, struct update_post, mail)->update;
        saw_update(io, update);
        update_unref(update);
    }
}

/* ---- sending ---- */

static uint32_t next_number(struct io *io)
{
    io->seed = io->seed * 1664525U + 1013904223U;
    return io->seed >> 8;
}

/* False when the server takes no more. */
static bool send(struct io *io, const struct ask *ask)
{
    struct command *command = command_that_asks(ask);
    unsigned *const returned = calloc(1, sizeof *returned);
    ENSURE(returned != NULL);
    command->thread = io->number;
    command->owner = returned;
    if (queue_push(sequencer_inbox(w.sequencer), &command->mail.node)) {
        io->sent++;
        return true;
    }
    free(returned);
    command_free(command);
    return false;
}

static bool send_something(struct io *io)
{
    static const char *const choices[] = {"go", "back", "dare", "climb", "buy"};
    const size_t game = next_number(io) % GAMES;
    const uint32_t kind = next_number(io) % 16;
    struct ask ask = {.game = starts[game].game};
    if (kind < 11) {
        ask.kind = COMMAND_CHOICE;
        ask.choice = choices[next_number(io) % COUNT_OF(choices)];
        ask.version = kind < 4 ? io->newest[game] : 0; /* often stale by now */
        ask.request_id = kind == 5 ? "often used" : NULL;
        ask.exact = true;
        if (ask.request_id) {
            ask.choice = "go";
            ask.version = 1;
        }
    } else if (kind == 11) {
        ask.kind = COMMAND_RESET;
    } else if (kind == 12) {
        ask.kind = COMMAND_HISTORY;
        ask.count = 3;
    } else if (kind == 13) {
        ask.kind = COMMAND_LIST;
        ask.who = starts[game].secret;
        ask.count = 3;
    } else {
        ask.kind = kind == 14 ? COMMAND_READ : COMMAND_CREATE;
    }
    return send(io, &ask);
}

static void attach_all(struct io *io)
{
    for (size_t i = 0; i < GAMES; i++)
        ENSURE(send(io, &(struct ask){.kind = COMMAND_ATTACH, .game = starts[i].game}));
}

/* Send all of it and wait for every answer. */
static void *talk(void *arg)
{
    struct io *io = arg;
    struct list mails;
    list_init(&mails);
    attach_all(io);
    while (io->returned < COMMANDS) {
        while (io->sent < COMMANDS && io->sent - io->returned < IN_FLIGHT)
            ENSURE(send_something(io));
        ENSURE(queue_wait(w.io[io->number], &mails));
        read_mails(io, &mails);
    }
    return NULL;
}

/* Send until the server takes no more, then read until nothing can come. */
static void *talk_until_stopped(void *arg)
{
    struct io *io = arg;
    struct list mails;
    list_init(&mails);
    attach_all(io);
    bool open = true;
    while (open && queue_wait(w.io[io->number], &mails)) {
        read_mails(io, &mails);
        while (open && io->sent - io->returned < IN_FLIGHT)
            open = send_something(io);
    }
    while (queue_wait(w.io[io->number], &mails))
        read_mails(io, &mails);
    return NULL;
}

static void start_ios(void *(*run)(void *))
{
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        ios[i] = (struct io){.number = i, .seed = i + 1};
        ck_assert_int_eq(pthread_create(&ios[i].thread, NULL, run, &ios[i]), 0);
    }
}

static void join_ios(void)
{
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        ck_assert_int_eq(pthread_join(ios[i].thread, NULL), 0);
}

/* Each version after the first was made by one command of one thread. */
static void expect_each_version_made_once(size_t game, uint64_t newest)
{
    for (uint64_t version = 2; version <= newest; version++) {
        unsigned made = 0;
        for (unsigned i = 0; i < WORLD_THREADS; i++)
            made += ios[i].made[game][version];
        if (made != 1)
            ck_abort_msg("game %zu: version %llu was made %u times", game,
                         (unsigned long long)version, made);
    }
}

static void expect_all_is_well(void)
{
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        ck_assert_uint_eq(ios[i].returned, ios[i].sent);
    for (size_t game = 0; game < GAMES; game++) {
        const uint64_t newest = world_version(&w, starts[game].game);
        ck_assert_uint_gt(newest, 1);
        expect_each_version_made_once(game, newest);
        for (unsigned i = 0; i < WORLD_THREADS; i++)
            ck_assert_uint_eq(ios[i].newest[game], newest);
    }
}

START_TEST(everybody_sees_every_version_in_order)
{
    sequencer_start(w.sequencer);
    start_ios(talk);
    join_ios();
    sequencer_stop(w.sequencer);
    archive_stop(archive);
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        struct list mails;
        list_init(&mails);
        queue_take(w.io[i], &mails);
        read_mails(&ios[i], &mails);
        ck_assert_uint_eq(ios[i].sent, COMMANDS);
        ck_assert_uint_gt(ios[i].accepted, COMMANDS / 4);
    }
    expect_all_is_well();
}
END_TEST

START_TEST(a_stop_in_the_middle_loses_no_command)
{
    sequencer_start(w.sequencer);
    start_ios(talk_until_stopped);
    for (int i = 0; i < STOP_AFTER_COMMITS; i++)
        ck_assert_int_eq(sem_wait(&commits), 0);
    sequencer_stop(w.sequencer);
    archive_stop(archive);
    /* Nothing comes after this: the io threads read what they have and end. */
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        queue_close(w.io[i]);
    join_ios();
    expect_all_is_well();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sequencer threads");
    TCase *tcase = tcase_create("threads");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 100);
    tcase_add_test(tcase, everybody_sees_every_version_in_order);
    tcase_add_loop_test(tcase, a_stop_in_the_middle_loses_no_command, 0, 5);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
