/* Does a reader that reads nothing delay the others? The time from a choice to the state at the
 * last of 100 watchers, with and without 200 more watchers of the same game that never read; they
 * are stalled (nothing goes into their sockets any more) before the window begins. */
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

static void window(struct game *game, uint32_t seconds, struct series *p99_ms,
                   struct series *p50_ms)
{
    const uint64_t end = bench_now_ns() + seconds * UINT64_C(1000000000);

    game->times.count = 0;
    while (bench_now_ns() < end)
        play_round(game);
    series_add(p50_ms, times_ms(&game->times, 0.5));
    series_add(p99_ms, times_ms(&game->times, 0.99));
}

static void start(struct game *game, const struct bench_options *options)
{
    struct server_command server;
    struct http http;

    server_command_init(&server, options, "stalled");
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

void run_stalled(const struct bench_options *options, struct report *report)
{
    static struct game game;
    struct client deaf;
    struct series alone = {0}, alone_p50 = {0}, with = {0}, with_p50 = {0}, ratio;

    printf("\nstalled: %d watchers, and %d more that do not read\n", WATCHERS, STALLED);
    times_init(&game.times, TIMES_MAX);
    start(&game, options);
    for (uint32_t i = 0; i < options->repeat; i++) {
        window(&game, options->seconds, &alone, &alone_p50);
        stall(&game, &deaf);
        window(&game, options->seconds, &with, &with_p50);
        client_release(&deaf);
    }
    client_release(&game.client);
    process_stop(&game.process);
    free(game.times.at);
    buf_release(&game.id);
    buf_release(&game.target);
    buf_release(&game.choice);
    series_print("choice to the last watcher, p50, alone", &alone_p50, "ms");
    series_print("choice to the last watcher, p50, with them", &with_p50, "ms");
    series_print("choice to the last watcher, p99, alone", &alone, "ms");
    series_print("choice to the last watcher, p99, with them", &with, "ms");
    series_ratio(&with, &alone, &ratio);
    series_print("with / alone, p99", &ratio, "");
    report_add(report, &(struct report_row){.what = "p99 to the last of 100, 200 do not read",
                                            .value = series_median(&with),
                                            .baseline = series_median(&alone),
                                            .unit = "ms",
                                            .baseline_name = "without those 200",
                                            .ratio = series_median(&ratio),
                                            .target = 1.2});
}
