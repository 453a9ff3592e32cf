/* Does a reader that reads nothing delay the others? The time from a choice to the state at the
 * last of 100 watchers, with and without 200 more watchers of the same game that never read; they
 * are stalled (nothing goes into their sockets any more) before the measurement begins. Two servers,
 * one with them, are asked in turn for a moment each, and the times of all moments are taken
 * together: a 99th percentile of a noisy machine needs many of both sides from the same minutes. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/client.h"
#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/wire.h"

enum {
    WATCHERS = 100,
    STALLED = 200,
    ROUND_SECONDS = 20,
    PROBE_ROUNDS = 50, /* between two looks at the counter */
    WARM_ROUNDS_MAX = 20000,
    TIMES_MAX = 1024 * 1024,
    MOMENT_MS = 200,
};

struct game {
    struct process process;
    struct client client;
    struct client_service service, deaf;
    struct buf id, target, choice;
    struct client_conn *player;
    uint64_t version;
    size_t arrived; /* of this version */
    size_t deaf_states;
    struct times times;
};

static void on_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct game *game = arg;

    (void)conn;
    if (scenario_message(text) == MESSAGE_ACK)
        return;
    if (wire_number(text, "version") != game->version)
        bench_die("another version than the one of the round");
    game->arrived++;
}

static void on_deaf_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct game *game = arg;

    (void)conn;
    (void)text;
    game->deaf_states++;
}

static void play_round(struct game *game)
{
    scenario_choice(&game->choice, buf_slice(&game->id), game->version, game->version);
    game->version++;
    game->arrived = 0;
    const uint64_t start = bench_now_ns();
    client_send_text(game->player, buf_slice(&game->choice));
    client_until(&game->client, &game->arrived, WATCHERS + 1, ROUND_SECONDS, "watchers");
    times_add(&game->times, bench_now_ns() - start);
}

static void moment(struct game *game)
{
    const uint64_t end = bench_now_ns() + MOMENT_MS * UINT64_C(1000000);

    while (bench_now_ns() < end)
        play_round(game);
}

static void start(struct game *game, const struct bench_options *options, const char *file)
{
    struct server_command server;
    struct http http;

    times_init(&game->times, TIMES_MAX);
    server_command_init(&server, options, file);
    /* They are to stay: being closed for slowness is tested elsewhere. */
    const char *const more[] = {"--write-ms", "3600000", "--idle-ms", "3600000"};
    for (size_t i = 0; i < COUNT_OF(more); i++)
        command_add(&server.command, more[i]);
    process_start(&game->process, &server.command, scenario_pin(), server.log);
    printf("  %-14s ", "casysd");
    command_print(&server.command);
    http_open(&http, game->process.port);
    http_new_game(&http, &game->id);
    http_close(&http);
    buf_printf(&game->target, "/ws/game?game_id=%.*s", SLICE_ARG(game->id));
    game->service =
        (struct client_service){.port = game->process.port, .arg = game, .on_text = on_text};
    game->deaf = game->service;
    game->deaf.on_text = on_deaf_text;
    client_init(&game->client, WATCHERS + 1);
    game->version = 1;
    for (size_t i = 0; i < WATCHERS + 1; i++) {
        struct client_conn *conn =
            client_connect(&game->client, &game->service, buf_slice(&game->target), false);
        if (i == 0)
            game->player = conn;
    }
    client_until(&game->client, &game->arrived, WATCHERS + 1, ROUND_SECONDS, "first states");
}

static uint64_t conflated(const struct game *game)
{
    struct http http;

    http_open(&http, game->process.port);
    const uint64_t value = http_metric(&http, "casysd_conflated_total");
    http_close(&http);
    return value;
}

/* Watchers that read their first state and then nothing; back when every new version replaces one
 * that waits, for all of them. */
static void stall(struct game *game, struct client *deaf)
{
    size_t rounds = 0;
    uint64_t before, after;

    client_init(deaf, STALLED);
    game->deaf_states = 0;
    for (size_t i = 0; i < STALLED; i++)
        (void)client_connect(deaf, &game->deaf, buf_slice(&game->target), false);
    client_until(deaf, &game->deaf_states, STALLED, ROUND_SECONDS, "first states");
    for (size_t i = 0; i < STALLED; i++)
        client_mute(deaf, &deaf->conns[i]);
    do {
        before = conflated(game);
        for (size_t i = 0; i < PROBE_ROUNDS; i++)
            play_round(game);
        after = conflated(game);
        rounds += PROBE_ROUNDS;
        if (rounds > WARM_ROUNDS_MAX)
            bench_die("the readers that do not read still get something");
    } while (after - before < (uint64_t)STALLED * (PROBE_ROUNDS - 1));
    printf("  stalled after %zu states\n", rounds);
}

static void game_stop(struct game *game)
{
    client_release(&game->client);
    process_stop(&game->process);
    free(game->times.at);
    buf_release(&game->id);
    buf_release(&game->target);
    buf_release(&game->choice);
}

void run_stalled(const struct bench_options *options, struct report *report)
{
    static struct game alone, with;
    struct client deaf;
    const uint32_t moments = options->repeat * options->seconds * 1000 / MOMENT_MS;

    printf("\nstalled: %d watchers, and %d more that do not read; %u moments of %d ms each\n",
           WATCHERS, STALLED, moments, MOMENT_MS);
    start(&alone, options, "stalled-none");
    start(&with, options, "stalled");
    stall(&with, &deaf);
    with.times.count = 0;
    for (uint32_t i = 0; i < moments; i++) {
        moment(&alone);
        moment(&with);
    }
    const double alone_ms = times_ms(&alone.times, 0.99);
    const double with_ms = times_ms(&with.times, 0.99);
    printf("  choice to the last watcher, p50: alone %.2f ms, with them %.2f ms\n",
           times_ms(&alone.times, 0.5), times_ms(&with.times, 0.5));
    printf("  choice to the last watcher, p99: alone %.2f ms, with them %.2f ms\n", alone_ms,
           with_ms);
    client_release(&deaf);
    game_stop(&alone);
    game_stop(&with);
    report_add(report, &(struct report_row){.what = "p99 to the last of 100, 200 do not read",
                                            .value = with_ms,
                                            .baseline = alone_ms,
                                            .unit = "ms",
                                            .baseline_name = "without those 200",
                                            .ratio = with_ms / alone_ms,
                                            .target = 1.2});
}
