/* Durable choices per second. Every game has a player, who has one choice in flight, and a second
 * connection that only watches. Two servers are there all the time, one with its defaults and one
 * that commits every command by itself (--batch-max 1); they are loaded in turn, so that a busy
 * hour of the machine or its disk meets both. A choice counts when its acknowledgement is here.
 *
 * What an fsync costs decides the ratio, so the disk is asked as well: right before each pair of
 * windows a page is written and synchronised again and again in the same folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/client.h"
#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/wire.h"

enum {
    WARM_MS = 300,
    DRAIN_SECONDS = 20,
    CONNECT_SECONDS = 30,
    PROBE_BYTES = 4096,
    PROBE_MS = 300,
    WORST_CHOICES_MAX = 8 * 1024 * 1024, /* latencies kept of one window */
};

struct side;

struct game {
    struct buf id;
    struct client_conn *player;
    struct client_conn *watcher;
    uint64_t player_version;  /* newest state that the player has seen */
    uint64_t watcher_version; /* newest state that the watcher has seen */
    uint64_t acked;           /* version of the newest acknowledgement */
    uint64_t sent_ns;         /* of the choice in flight */
    bool in_flight;
};

struct side {
    const char *name;
    struct server_command server;
    struct process process;
    struct http http;
    struct client_service service;
    struct game *games; /* owned */
    size_t game_count;
    size_t first_conn; /* index of the first connection: two per game follow each other */
    bool running;
    size_t states;     /* messages since the start */
    size_t acks;       /* the same */
    size_t settled;    /* games whose watcher has what the player was acknowledged */
    struct buf choice; /* scratch */
    uint32_t *latencies_us;
    size_t latency_count;
    struct series choices, commits, deliveries, batch, cpu_us, p50_ms, p99_ms;
};

static void send_choice(struct side *side, struct game *game)
{
    scenario_choice(&side->choice, buf_slice(&game->id), game->player_version);
    game->in_flight = true;
    game->sent_ns = bench_now_ns();
    client_send_text(game->player, buf_slice(&side->choice));
}

static void on_ack(struct side *side, struct game *game, uint64_t version)
{
    if (!game->in_flight || version != game->player_version + 1)
        bench_die("version %llu was acknowledged after %llu", (unsigned long long)version,
                  (unsigned long long)game->player_version);
    game->acked = version;
    side->acks++;
    if (side->latency_count < WORST_CHOICES_MAX)
        side->latencies_us[side->latency_count++] =
            (uint32_t)((bench_now_ns() - game->sent_ns) / 1000);
}

static void on_player_state(struct side *side, struct game *game, uint64_t version)
{
    /* The first one is that of the connection, all others answer a choice. */
    if (game->player_version > 0 && (version != game->player_version + 1 || version != game->acked))
        bench_die("version %llu was sent after %llu, acknowledged is %llu",
                  (unsigned long long)version, (unsigned long long)game->player_version,
                  (unsigned long long)game->acked);
    game->player_version = version;
    game->in_flight = false;
    if (side->running)
        send_choice(side, game);
}

static void on_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct side *side = arg;
    const size_t number = conn->index - side->first_conn;
    struct game *game = &side->games[number / 2];
    const enum message_kind kind = scenario_message(text);
    const uint64_t version = wire_number(text, "version");

    if (kind == MESSAGE_ACK) {
        on_ack(side, game, version);
        return;
    }
    side->states++;
    if (conn == game->player) {
        on_player_state(side, game, version);
        return;
    }
    if (version <= game->watcher_version)
        bench_die("a watcher saw version %llu after %llu", (unsigned long long)version,
                  (unsigned long long)game->watcher_version);
    game->watcher_version = version;
}

static void side_start(struct side *side, const struct bench_options *options, const char *name,
                       const char *file, bool single)
{
    const int core = scenario_pin();

    *side = (struct side){
        .name = name,
        .games = bench_array(options->games, sizeof(struct game)),
        .game_count = options->games,
        .latencies_us = bench_array(WORST_CHOICES_MAX, sizeof(uint32_t)),
    };
    server_command_init(&side->server, options, file);
    if (single) {
        command_add(&side->server.command, "--batch-max");
        command_add(&side->server.command, "1");
    }
    process_start(&side->process, &side->server.command, core, side->server.log);
    side->service =
        (struct client_service){.port = side->process.port, .arg = side, .on_text = on_text};
    http_open(&side->http, side->process.port);
    for (size_t i = 0; i < side->game_count; i++)
        http_new_game(&side->http, &side->games[i].id);
    /* An idle HTTP connection would be closed by the server between the windows. */
    http_close(&side->http);
    printf("  %-14s ", name);
    command_print(&side->server.command);
}

static void side_connect(struct side *side, struct client *client)
{
    struct buf target = {0};
    const size_t expected = side->states + 2 * side->game_count;

    side->first_conn = client->count;
    for (size_t i = 0; i < side->game_count; i++) {
        struct game *game = &side->games[i];
        buf_clear(&target);
        buf_printf(&target, "/ws/game?game_id=%.*s", SLICE_ARG(game->id));
        game->player = client_connect(client, &side->service, buf_slice(&target), false);
        game->watcher = client_connect(client, &side->service, buf_slice(&target), false);
    }
    client_until(client, &side->states, expected, CONNECT_SECONDS, "first states");
    buf_release(&target);
}

static void side_stop(struct side *side)
{
    process_stop(&side->process);
    for (size_t i = 0; i < side->game_count; i++)
        buf_release(&side->games[i].id);
    buf_release(&side->choice);
    free(side->games);
    free(side->latencies_us);
}

static uint64_t commits_so_far(struct side *side)
{
    http_open(&side->http, side->process.port);
    const uint64_t commits = http_metric(&side->http, "casysd_batches_total");
    http_close(&side->http);
    return commits;
}

static void run_for(struct client *client, uint64_t ms)
{
    const uint64_t end = bench_now_ns() + ms * 1000000;
    while (bench_now_ns() < end)
        (void)client_turn(client, 10);
}

/* What was acknowledged to a player has reached the watcher of the game as well. */
static bool all_settled(struct side *side)
{
    side->settled = 0;
    for (size_t i = 0; i < side->game_count; i++) {
        const struct game *game = &side->games[i];
        side->settled += !game->in_flight && game->watcher_version == game->player_version;
    }
    return side->settled == side->game_count;
}

static void drain(struct side *side, struct client *client)
{
    const uint64_t deadline = bench_now_ns() + DRAIN_SECONDS * UINT64_C(1000000000);

    side->running = false;
    while (!all_settled(side)) {
        if (bench_now_ns() > deadline)
            bench_die("%s: %zu of %zu games have their watcher up to date", side->name,
                      side->settled, side->game_count);
        (void)client_turn(client, 10);
    }
}

static int by_number(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a;
    const uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void note_latencies(struct side *side)
{
    const size_t count = side->latency_count;

    if (count == 0)
        bench_die("%s: no choice was acknowledged in the window", side->name);
    qsort(side->latencies_us, count, sizeof *side->latencies_us, by_number);
    const uint32_t half = side->latencies_us[count / 2];
    const uint32_t late = side->latencies_us[count - 1 - count / 100];
    series_add(&side->p50_ms, half / 1000.0);
    series_add(&side->p99_ms, late / 1000.0);
}

/* The counters of the server are read before and after, not under load: asking would disturb. */
static void window(struct side *side, struct client *client, uint32_t seconds)
{
    const uint64_t commits_before = commits_so_far(side);
    const size_t acks_before = side->acks;

    side->running = true;
    for (size_t i = 0; i < side->game_count; i++)
        send_choice(side, &side->games[i]);
    run_for(client, WARM_MS);

    const uint64_t cpu = process_cpu_us(&side->process);
    const uint64_t start = bench_now_ns();
    const size_t acks = side->acks;
    const size_t states = side->states;
    side->latency_count = 0;
    run_for(client, seconds * UINT64_C(1000));
    const double elapsed = (double)(bench_now_ns() - start) / 1e9;
    const double acked = (double)(side->acks - acks);
    const double delivered = (double)(side->states - states);
    const double cpu_us = (double)(process_cpu_us(&side->process) - cpu);
    note_latencies(side);
    drain(side, client);
    const double batch =
        (double)(side->acks - acks_before) / (double)(commits_so_far(side) - commits_before);

    series_add(&side->choices, acked / elapsed);
    series_add(&side->deliveries, delivered / elapsed);
    series_add(&side->commits, acked / elapsed / batch);
    series_add(&side->batch, batch);
    series_add(&side->cpu_us, cpu_us / acked);
}

/* Median time of one page appended and synchronised, microseconds. */
static double probe_disk(const struct bench_options *options)
{
    static const uint8_t page[PROBE_BYTES];
    char path[256];
    uint32_t times[4096];
    size_t count = 0;
    const uint64_t end = bench_now_ns() + PROBE_MS * UINT64_C(1000000);

    (void)snprintf(path, sizeof path, "%s/probe", options->folder);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        bench_die("%s: %s", path, strerror(errno));
    while (count < COUNT_OF(times) && (count == 0 || bench_now_ns() < end)) {
        const uint64_t start = bench_now_ns();
        if (write(fd, page, sizeof page) != (ssize_t)sizeof page || fdatasync(fd) != 0)
            bench_die("%s: %s", path, strerror(errno));
        times[count++] = (uint32_t)((bench_now_ns() - start) / 1000);
    }
    close(fd);
    (void)unlink(path);
    qsort(times, count, sizeof *times, by_number);
    const uint32_t half = times[count / 2];
    return half;
}

static void print_side(const struct side *side)
{
    printf("%s\n", side->name);
    series_print("durable choices", &side->choices, "per s");
    series_print("commits", &side->commits, "per s");
    series_print("choices per commit", &side->batch, "");
    series_print("states received", &side->deliveries, "per s");
    series_print("CPU of the server per choice", &side->cpu_us, "us");
    series_print("time to the acknowledgement, p50", &side->p50_ms, "ms");
    series_print("time to the acknowledgement, p99", &side->p99_ms, "ms");
}

void run_choices(const struct bench_options *options, struct report *report)
{
    static struct side grouped;
    static struct side single;
    struct client client;
    struct series fsync_us = {0};
    struct series ratio;

    printf("\nchoices: %u games, a player with one choice in flight and a watcher each, %u windows "
           "of %u s per side\n",
           options->games, options->repeat, options->seconds);
    client_init(&client, (size_t)options->games * 4);
    side_start(&grouped, options, "defaults", "choices", false);
    side_start(&single, options, "--batch-max 1", "choices-single", true);
    side_connect(&grouped, &client);
    side_connect(&single, &client);
    for (uint32_t i = 0; i < options->repeat; i++) {
        series_add(&fsync_us, probe_disk(options));
        window(&grouped, &client, options->seconds);
        window(&single, &client, options->seconds);
    }
    client_release(&client);

    print_side(&grouped);
    print_side(&single);
    puts("disk");
    series_print("4 KB appended and synchronised, p50", &fsync_us, "us");
    series_ratio(&grouped.choices, &single.choices, &ratio);
    series_print("defaults / --batch-max 1", &ratio, "");
    report_add(report, &(struct report_row){
                           .what = "durable choices",
                           .value = series_median(&grouped.choices),
                           .baseline = series_median(&single.choices),
                           .unit = "per s",
                           .baseline_name = "the same server with --batch-max 1",
                           .ratio = series_median(&ratio),
                           .target = 10,
                           .at_least = true,
                       });
    side_stop(&grouped);
    side_stop(&single);
}
