/* Coming back, and being counted, as properties.
 *
 * Coming back: whatever version a client has, on whichever io thread, before or
 * after a restart or a crash, while others play: attach is answered with `current` for the newest
 * version or else with the newest state, never with a lower version than anybody has seen, and from
 * then on every version comes, one after the other.
 *
 * Being counted: when all is quiet, everybody who asked was told last how many really watch.
 *
 * The sequencer, the hubs and the store's contract are real; a client is what a game socket does
 * with them. The same clients run twice: with all threads played by one, in an order that chance
 * makes up and with crashes and failing commits, and on threads of their own. */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "app/hub.h"
#include "app/message.h"
#include "app/presence.h"
#include "tests/app/world.h"

enum {
    GAMES = 3,
    CLIENTS = 8, /* of each io thread */
    VERSIONS_MAX = 20000,
    STEPS = 20000, /* of one run in the made-up order */
    RUNS = 6,
    LIVES = 4,             /* of the server, with threads */
    COMMANDS = 600,        /* of each thread and life */
    IN_FLIGHT = 24,        /* of each thread */
    ATTACHES_LEAST = 2500, /* answered in one run */
    STOP_AFTER_COMMITS = 40,
    INTERVAL_MS = 4, /* between two looks at who is present */
};

/* What the client says it has, against what the server has. */
enum relation { HAS_NOTHING, IS_BEHIND, IS_CURRENT, IS_AHEAD, RELATIONS };
/* What happened since the client saw something last. */
enum past { SAME_LIFE, RESTARTED, KILLED, PASTS };

struct client {
    struct watcher watcher;
    struct seat seat;
    struct update *told; /* who watches, as it was told last; one reference, or NULL */
    bool asks, owns;     /* to be told who watches; the game is its own */
    struct io *io;
    size_t game;           /* that it watches or watched last */
    uint64_t known[GAMES]; /* newest version it was shown; stays when the connection ends */
    uint64_t at;           /* newest version shown on this connection; 0: none yet */
    unsigned visit;        /* counts the games it came to */
    unsigned connection;   /* counts; an answer to an earlier one reaches nobody */
    enum past past;
};

struct io {
    unsigned number;
    pthread_t thread;
    uint32_t seed;
    struct hub hub;
    struct presence presence;
    struct client clients[CLIENTS];
    struct list unread; /* mail that came, when one thread plays all */
    uint64_t told[GAMES];
    uint64_t prints[GAMES][VERSIONS_MAX]; /* of the bytes of each version; 0: not seen */
    unsigned cases[RELATIONS][PASTS];     /* attaches answered */
    unsigned sent, returned;
    unsigned updates; /* that a client was handed */
    uint64_t now_ms;
    bool open; /* the server takes commands */
};

/* A question on its way: the command's owner. */
struct asked {
    struct client *client; /* NULL: nobody waits for it */
    unsigned connection, visit;
    size_t game;
    uint64_t claim; /* the version the client said it has */
    uint64_t least; /* what this thread had seen by then */
};

static struct world w;
static struct start starts[GAMES];
static struct io ios[WORLD_THREADS];
static struct list inbox; /* the sequencer's, when one thread plays all */
static bool threaded, quiet;
static unsigned told_right;
static sem_t commits; /* of the threads' lives */

static uint32_t number_below(struct io *io, uint32_t below)
{
    io->seed = io->seed * 1664525U + 1013904223U;
    return (io->seed >> 8) % below;
}

/* ---- sending ---- */

static void send(struct io *io, const struct ask *ask, const struct asked *why)
{
    struct command *command = command_that_asks(ask);
    struct asked *asked = malloc(sizeof *asked);
    ENSURE(asked != NULL);
    *asked = *why;
    command->thread = io->number;
    command->owner = asked;
    if (!threaded)
        list_append(&inbox, &command->mail.node);
    else if (!queue_push(sequencer_inbox(w.sequencer), &command->mail.node))
        io->open = false;
    if (io->open) {
        io->sent++;
        return;
    }
    free(asked);
    command_free(command);
}

static void on_idle(void *arg, struct id game)
{
    struct io *io = arg;
    if (io->open)
        send(io, &(struct ask){.kind = COMMAND_DETACH, .game = game}, &(struct asked){0});
}

static void on_changed(void *arg, struct id game, const uint32_t counts[PRESENCE_ROLES])
{
    struct io *io = arg;
    if (!io->open)
        return;
    struct ask ask = {.kind = COMMAND_PRESENCE, .game = game};
    memcpy(ask.watchers, counts, sizeof ask.watchers);
    send(io, &ask, &(struct asked){0});
}

/* A connection that has something to write takes no news. */
static bool tell(struct seat *seat, struct update *update)
{
    struct client *client = container_of(seat, struct client, seat);
    ENSURE(client->asks && id_eq(update->game, starts[client->game].game));
    if (!quiet && number_below(client->io, 3) == 0)
        return false;
    update_unref(client->told);
    client->told = update_ref(update);
    return true;
}

static void leave(struct client *client)
{
    hub_leave(&client->io->hub, &client->watcher);
    presence_rise(&client->io->presence, &client->seat);
    update_unref(client->told);
    client->told = NULL;
    client->at = 0;
}

static void disconnect(struct client *client)
{
    leave(client);
    client->connection++;
}

/* ---- what a client sees ---- */

static uint64_t print_of(const struct update *update)
{
    uint8_t hash[SHA256_LEN];
    uint64_t print;
    crypto_sha256(update->snapshot, hash);
    memcpy(&print, hash, sizeof print);
    return print | 1;
}

static void see(struct client *client, const struct update *update)
{
    struct io *io = client->io;
    const size_t game = client->game;
    ENSURE(id_eq(update->game, starts[game].game) && update->version < VERSIONS_MAX);
    uint64_t *print = &io->prints[game][update->version];
    ENSURE(*print == 0 || *print == print_of(update));
    *print = print_of(update);
    ENSURE(update->version >= client->known[game]);
    client->known[game] = client->at = update->version;
    if (io->told[game] < update->version)
        io->told[game] = update->version;
}

static void on_update(struct watcher *watcher, struct update *update)
{
    struct client *client = container_of(watcher, struct client, watcher);
    ENSURE(client->at != 0 && update->version == client->at + 1);
    see(client, update);
    client->io->updates++;
}

static bool watches(const struct client *client, struct id game)
{
    return client->watcher.topic && id_eq(watcher_game(&client->watcher), game);
}

static enum relation relation_of(uint64_t claim, uint64_t newest)
{
    if (claim == 0)
        return HAS_NOTHING;
    if (claim == newest)
        return IS_CURRENT;
    return claim < newest ? IS_BEHIND : IS_AHEAD;
}

static void on_attached(const struct command *command, const struct asked *asked)
{
    struct client *client = asked->client;
    const bool stays = watches(client, command->game) && asked->visit == client->visit;
    if (command->status != OK) {
        ENSURE(command->status == ERR_STORAGE || command->status == ERR_SHUTTING_DOWN);
        if (stays && !client->watcher.confirmed)
            leave(client);
        return;
    }
    ENSURE(command->update->version >= asked->least);
    if (!stays)
        return; /* it went on to another game meanwhile, and maybe came back */
    hub_confirm(&client->watcher);
    ENSURE(command->role == (client->owns ? STORE_OWNER : STORE_PLAYER));
    presence_sit(&client->io->presence, &client->seat, command->game, command->role, client->asks);
    ENSURE(command->update->version >= client->at);
    /* `current` tells a version and no more: the client must have its state, or have lied. */
    see(client, command->update);
    client->io->cases[relation_of(asked->claim, command->update->version)][client->past]++;
    client->past = SAME_LIFE;
}

static void on_answer(struct io *io, struct command *command)
{
    struct asked *asked = command->owner;
    io->returned++;
    if (asked->client && asked->client->connection == asked->connection)
        on_attached(command, asked);
    else if (command->kind == COMMAND_CHOICE && command->status == OK &&
             io->told[asked->game] < command->version)
        io->told[asked->game] = command->version;
    free(asked);
    command_free(command);
}

static void on_mail(struct io *io, struct list *node)
{
    struct mail *mail = container_of(node, struct mail, node);
    if (mail->kind == MAIL_COMMAND) {
        on_answer(io, container_of(mail, struct command, mail));
        return;
    }
    struct update *update = container_of(mail, struct update_post, mail)->update;
    if (mail->kind == MAIL_PRESENCE)
        presence_hear(&io->presence, update);
    else
        hub_publish(&io->hub, update);
    update_unref(update);
}

/* ---- what a client does ---- */

static uint64_t make_claim(struct client *client)
{
    struct io *io = client->io;
    const uint64_t known = client->known[client->game];
    switch (number_below(io, 8)) {
    case 0: return 0;
    case 1: return 1 + number_below(io, (uint32_t)known + 1);
    case 2: return known + 1 + number_below(io, 3);
    case 3: return INT64_MAX;
    default: return known;
    }
}

/* As game_socket.c does it. */
static void attach(struct client *client, size_t game)
{
    struct io *io = client->io;
    if (!watches(client, starts[game].game)) {
        leave(client);
        client->game = game;
        client->watcher.on_update = on_update;
        hub_reserve(&io->hub, &client->watcher, starts[game].game);
        client->visit++;
    }
    const struct asked why = {client, client->connection, client->visit,
                              game,   make_claim(client), io->told[game]};
    send(io,
         &(struct ask){.kind = COMMAND_ATTACH,
                       .who = client->owns ? starts[game].secret : NULL,
                       .game = starts[game].game,
                       .version = why.claim},
         &why);
}

static void play(struct io *io, size_t game)
{
    static const char *const choices[] = {"go", "back", "dare", "climb", "buy"};
    struct ask ask = {.kind = COMMAND_CHOICE, .game = starts[game].game};
    if (number_below(io, 6) == 0)
        ask.kind = COMMAND_RESET;
    else
        ask.choice = choices[number_below(io, COUNT_OF(choices))];
    send(io, &ask, &(struct asked){.game = game});
}

static void do_something(struct io *io)
{
    struct client *client = &io->clients[number_below(io, CLIENTS)];
    const size_t game = number_below(io, GAMES);
    switch (number_below(io, 9)) {
    case 0: disconnect(client); return;
    case 4: presence_tick(&io->presence, ++io->now_ms); return;
    case 1: attach(client, client->game); return; /* twice is allowed */
    case 2: attach(client, game); return;
    case 3:
        disconnect(client);
        attach(client, number_below(io, 2) ? client->game : game);
        return;
    default: play(io, game);
    }
}

/* ---- the world ---- */

static void setup(void)
{
    world_init(&w);
    list_init(&inbox);
    /* Fewer than there are: games are let go and read again all the time. */
    w.config.games_max = GAMES - 1;
    w.config.batch_max = 16;
    world_start(&w);
    for (size_t i = 0; i < GAMES; i++)
        starts[i] = world_create(&w, true);
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        struct io *io = &ios[i];
        io->number = i;
        io->open = true;
        list_init(&io->unread);
        hub_init(&io->hub, on_idle, io);
        presence_init(&io->presence, on_changed, tell, io, INTERVAL_MS);
        for (size_t j = 0; j < CLIENTS; j++)
            io->clients[j] = (struct client){
                .io = io, .game = j % GAMES, .asks = j % 4 != 0, .owns = j % 3 == 0};
    }
}

static void discard(struct list *mails)
{
    for (struct list *node; (node = list_take(mails)) != NULL;) {
        struct mail *mail = container_of(node, struct mail, node);
        if (mail->kind != MAIL_COMMAND) {
            update_unref(container_of(mail, struct update_post, mail)->update);
            continue;
        }
        struct command *command = container_of(mail, struct command, mail);
        free(command->owner);
        command_free(command);
    }
}

static void disconnect_all(enum past past)
{
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        ios[i].open = false; /* nobody is told that the last one left */
        for (size_t j = 0; j < CLIENTS; j++) {
            disconnect(&ios[i].clients[j]);
            ios[i].clients[j].past = past;
        }
        presence_release(&ios[i].presence);
        presence_init(&ios[i].presence, on_changed, tell, &ios[i], INTERVAL_MS);
        ios[i].open = true;
    }
}

static void teardown(void)
{
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        hub_release(&ios[i].hub);
        presence_release(&ios[i].presence);
    }
    world_release(&w);
}

/* Two threads never see different bytes of one version. */
static void expect_same_bytes(void)
{
    for (size_t game = 0; game < GAMES; game++) {
        for (size_t version = 0; version < VERSIONS_MAX; version++) {
            uint64_t first = 0;
            for (unsigned i = 0; i < WORLD_THREADS; i++) {
                const uint64_t print = ios[i].prints[game][version];
                ENSURE(first == 0 || print == 0 || print == first);
                first = first ? first : print;
            }
        }
    }
}

static unsigned cases_of(enum relation relation, enum past past)
{
    unsigned count = 0;
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        count += ios[i].cases[relation][past];
    return count;
}

static unsigned all_cases(void)
{
    unsigned sum = 0;
    for (unsigned relation = 0; relation < RELATIONS; relation++) {
        for (unsigned past = 0; past < PASTS; past++)
            sum += cases_of(relation, past);
    }
    return sum;
}

static void expect_every_case(void)
{
    static const char *const names[] = {"nothing", "behind", "current", "ahead"};
    for (unsigned relation = 0; relation < RELATIONS; relation++) {
        for (unsigned past = 0; past < PASTS; past++)
            ck_assert_msg(cases_of(relation, past) > 0, "%s, past %u: no case", names[relation],
                          past);
    }
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        ck_assert_uint_gt(ios[i].updates, 0);
}

/* ---- one thread plays all, in an order that chance makes up ---- */

static void take_turn(size_t commands)
{
    struct list batch;
    list_init(&batch);
    for (size_t i = 0; i < commands && !list_empty(&inbox); i++)
        list_append(&batch, list_take(&inbox));
    sequencer_turn(w.sequencer, &batch);
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        queue_take(w.io[i], &ios[i].unread);
}

static void read_some(struct io *io, size_t mails)
{
    for (size_t i = 0; i < mails && !list_empty(&io->unread); i++)
        on_mail(io, list_take(&io->unread));
}

static void read_everything(void)
{
    do
        take_turn(SIZE_MAX);
    while (!list_empty(&inbox));
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        read_some(&ios[i], SIZE_MAX);
}

static void count_seats(size_t game, uint32_t ret[PRESENCE_ROLES])
{
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        for (size_t j = 0; j < CLIENTS; j++) {
            const struct client *client = &ios[i].clients[j];
            if (client->watcher.confirmed && client->game == game)
                ret[client->owns ? 0 : 1]++;
        }
    }
}

static void expect_told(size_t game, struct slice text)
{
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        for (size_t j = 0; j < CLIENTS; j++) {
            const struct client *client = &ios[i].clients[j];
            if (!client->watcher.confirmed || client->game != game || !client->asks)
                continue;
            ck_assert_ptr_nonnull(client->told);
            ck_assert_slice_eq(client->told->snapshot, text);
            told_right++;
        }
    }
}

/* Nobody does anything any more: what is known is reported, added up and told. */
static void expect_everybody_is_counted(void)
{
    quiet = true;
    for (int round = 0; round < 4; round++) {
        read_everything();
        for (unsigned i = 0; i < WORLD_THREADS; i++)
            presence_tick(&ios[i].presence, ios[i].now_ms += 1000);
    }
    quiet = false;
    for (size_t game = 0; game < GAMES; game++) {
        struct buf text = {0};
        struct json_out *out = json_out_new(&text);
        uint32_t counts[PRESENCE_ROLES] = {0};
        count_seats(game, counts);
        message_presence(out, starts[game].game, counts);
        expect_told(game, buf_slice(&text));
        json_out_free(out);
        buf_release(&text);
    }
}

/* A stop: everything is answered. A kill: nothing of what is on its way arrives, either way. */
static void begin_new_life(bool killed)
{
    if (!killed)
        expect_everybody_is_counted();
    disconnect_all(killed ? KILLED : RESTARTED);
    discard(&inbox);
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        discard(&ios[i].unread);
    world_restart(&w);
}

static void step(struct io *chance)
{
    struct io *io = &ios[number_below(chance, WORLD_THREADS)];
    const uint32_t kind = number_below(chance, 1000);
    if (kind < 560)
        do_something(io);
    else if (kind < 720)
        take_turn(1 + number_below(chance, 24));
    else if (kind < 980)
        read_some(io, 1 + number_below(chance, 12));
    else if (kind < 983)
        fake_store_fail(w.file, FAKE_COMMIT, 1 + number_below(chance, 3), ERR_IO);
    else
        begin_new_life(kind % 2 == 0);
}

START_TEST(coming_back_in_any_order_leaves_no_gap)
{
    static struct io chance;
    chance.seed = (uint32_t)_i + 1;
    threaded = false;
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        ios[i].seed = (uint32_t)_i * WORLD_THREADS + i + 100;
    for (unsigned i = 0; i < STEPS; i++)
        step(&chance);
    fake_store_fail(w.file, FAKE_COMMIT, 0, ERR_IO);
    begin_new_life(false);
    expect_same_bytes();
    expect_every_case();
    ck_assert_uint_gt(told_right, 100);
    ck_assert_uint_ge(all_cases(), ATTACHES_LEAST);
}
END_TEST

/* ---- threads ---- */

static void *live(void *arg)
{
    struct io *io = arg;
    struct list mails;
    list_init(&mails);
    const unsigned enough = io->sent + COMMANDS;
    for (;;) {
        while (io->open && io->sent < enough && io->sent - io->returned < IN_FLIGHT)
            do_something(io);
        if (io->returned == io->sent)
            return NULL;
        ENSURE(queue_wait(w.io[io->number], &mails));
        for (struct list *node; (node = list_take(&mails)) != NULL;)
            on_mail(io, node);
    }
}

static void on_commit(void *arg)
{
    (void)arg;
    ENSURE(sem_post(&commits) == 0);
}

/* In even lives the server stops while they play. */
static void one_life(int life)
{
    sequencer_start(w.sequencer);
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        ENSURE(pthread_create(&ios[i].thread, NULL, live, &ios[i]) == 0);
    if (life % 2 == 0) {
        for (int i = 0; i < STOP_AFTER_COMMITS; i++)
            ENSURE(sem_wait(&commits) == 0);
        sequencer_stop(w.sequencer);
    }
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        ENSURE(pthread_join(ios[i].thread, NULL) == 0);
    if (life % 2 == 1)
        sequencer_stop(w.sequencer);
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        queue_take(w.io[i], &ios[i].unread);
        read_some(&ios[i], SIZE_MAX);
        ENSURE(ios[i].sent == ios[i].returned);
        ios[i].open = true;
    }
    threaded = false;
    if (life % 2 == 1) /* a server that stops counts no more */
        expect_everybody_is_counted();
    threaded = true;
    disconnect_all(RESTARTED);
    world_restart(&w);
}

START_TEST(coming_back_on_threads_leaves_no_gap)
{
    threaded = true;
    ck_assert_int_eq(sem_init(&commits, 0, 0), 0);
    fake_store_hook(w.file, FAKE_COMMIT, on_commit, NULL);
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        ios[i].seed = (uint32_t)_i * WORLD_THREADS + i + 7;
    for (int life = 0; life < LIVES; life++)
        one_life(life);
    one_life(1);
    ck_assert_int_eq(sem_destroy(&commits), 0);
    expect_same_bytes();
    ck_assert_uint_ge(all_cases(), ATTACHES_LEAST / 5);
    ck_assert_uint_gt(told_right, 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resume");
    TCase *tcase = tcase_create("resume");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 100);
    tcase_add_loop_test(tcase, coming_back_in_any_order_leaves_no_gap, 0, RUNS);
    tcase_add_loop_test(tcase, coming_back_on_threads_leaves_no_gap, 0, 2);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
