/* Ten thousand choices a second among very many idle connections: do they slow it down?
 *
 * 500 games have a player and a watcher each; a crowd comes and watches other games, and goes again.
 * Choices go out by the clock, whether the last one is answered or not, and their time counts from
 * the moment when they were due.
 *
 * The connections come from 127.0.0.2 and up. As many come as the limit of open files allows, here
 * and in the server, which inherits it: the line says how many. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/client.h"
#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/wire.h"

enum {
    GAMES = 500,
    QUIET_GAMES = 100,
    CHOICES_PER_S = 10000,
    IN_FLIGHT_MAX = 16, /* of one game */
    AHEAD = 256,
    OPEN_SECONDS = 120,
    DRAIN_SECONDS = 20,
    SPARE_DESCRIPTORS = 300,
    SETTLE_MS = 1500,
    TIMES_MAX = CHOICES_PER_S * 60,
};

struct game {
    struct buf id;
    struct client_conn *player;
    uint64_t sent, acked;
    uint64_t due_ns[IN_FLIGHT_MAX];
};

struct crowd {
    struct process process;
    struct client client; /* who plays */
    struct client idle;   /* the crowd */
    struct client_service service;
    struct game games[GAMES];
    size_t states, acks;
    uint64_t refused; /* choices that found IN_FLIGHT_MAX before them */
    struct buf choice;
    struct times times;
};

static void on_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct crowd *crowd = arg;

    if (scenario_message(text) == MESSAGE_STATE) {
        crowd->states++;
        return;
    }
    /* The players are the even ones of the first connections. */
    struct game *game = &crowd->games[conn->index / 2];
    times_add(&crowd->times, bench_now_ns() - game->due_ns[game->acked++ % IN_FLIGHT_MAX]);
    crowd->acks++;
}

static void send_choice(struct crowd *crowd, struct game *game, uint64_t due_ns)
{
    if (game->sent - game->acked == IN_FLIGHT_MAX) {
        crowd->refused++;
        return;
    }
    game->due_ns[game->sent++ % IN_FLIGHT_MAX] = due_ns;
    scenario_choice(&crowd->choice, buf_slice(&game->id), 0, game->sent);
    client_send_text(game->player, buf_slice(&crowd->choice));
}

/* A connection more, not too far ahead of the first states, which are counted from the first
 * connection of the client on. */
static struct client_conn *come(struct crowd *crowd, struct client *client, const struct buf *id)
{
    struct buf target = {0};

    buf_printf(&target, "/ws/game?game_id=%.*s", SLICE_ARG(*id));
    struct client_conn *conn = client_connect(client, &crowd->service, buf_slice(&target), false);
    buf_release(&target);
    if (client->count > AHEAD)
        client_until(client, &crowd->states, client->count - AHEAD, OPEN_SECONDS, "connections");
    return conn;
}

static void start(struct crowd *crowd, const struct bench_options *options)
{
    struct server_command server;
    struct http http;

    server_command_init(&server, options, "crowd");
    command_add(&server.command, "--sockets-max");
    command_add(&server.command, "1000000");
    process_start(&crowd->process, &server.command, scenario_pin(), server.log);
    printf("  %-14s ", "casysd");
    command_print(&server.command);
    crowd->service =
        (struct client_service){.port = crowd->process.port, .arg = crowd, .on_text = on_text};
    http_open(&http, crowd->process.port);
    for (size_t i = 0; i < GAMES; i++)
        http_new_game(&http, &crowd->games[i].id);
    http_close(&http);
    for (size_t i = 0; i < GAMES; i++) {
        crowd->games[i].player = come(crowd, &crowd->client, &crowd->games[i].id);
        (void)come(crowd, &crowd->client, &crowd->games[i].id);
    }
    client_until(&crowd->client, &crowd->states, crowd->client.count, OPEN_SECONDS, "first states");
}

static void gather(struct crowd *crowd, size_t count)
{
    struct http http;
    struct buf ids[QUIET_GAMES] = {{0}};

    http_open(&http, crowd->process.port);
    for (size_t i = 0; i < QUIET_GAMES; i++)
        http_new_game(&http, &ids[i]);
    http_close(&http);
    crowd->states = 0;
    while (crowd->idle.count < count)
        (void)come(crowd, &crowd->idle, &ids[crowd->idle.count % QUIET_GAMES]);
    client_until(&crowd->idle, &crowd->states, count, OPEN_SECONDS, "first states");
    for (size_t i = 0; i < QUIET_GAMES; i++)
        buf_release(&ids[i]);
}

/* Pings are answered. */
static void look_after(struct crowd *crowd)
{
    while (crowd->idle.count > 0 && client_turn(&crowd->idle, 0))
        ;
}

/* Resident memory when the server has had time to give back what a storm of connections left. */
static uint64_t settled_rss(struct crowd *crowd)
{
    const uint64_t end = bench_now_ns() + SETTLE_MS * UINT64_C(1000000);

    while (bench_now_ns() < end)
        (void)client_turn(&crowd->client, 10);
    look_after(crowd);
    return process_rss_bytes(&crowd->process);
}

/* Choices by the clock, then until all are answered. */
static void window(struct crowd *crowd, uint32_t seconds, struct series *p99_ms,
                   struct series *per_second)
{
    const uint64_t total = (uint64_t)CHOICES_PER_S * seconds;
    uint64_t sent = 0;

    look_after(crowd);
    const uint64_t start = bench_now_ns();
    crowd->times.count = 0;
    crowd->acks = 0;
    while (sent < total) {
        const uint64_t due = start + sent * 1000000000 / CHOICES_PER_S;
        if (bench_now_ns() < due) {
            (void)client_turn(&crowd->client, 0);
            continue;
        }
        send_choice(crowd, &crowd->games[sent % GAMES], due);
        sent++;
    }
    const size_t acked = crowd->acks;
    const double elapsed = (double)(bench_now_ns() - start) / 1e9;
    client_until(&crowd->client, &crowd->acks, (size_t)(total - crowd->refused), DRAIN_SECONDS,
                 "acknowledgements");
    crowd->refused = 0;
    series_add(p99_ms, times_ms(&crowd->times, 0.99));
    series_add(per_second, (double)acked / elapsed);
}

void run_crowd(const struct bench_options *options, struct report *report)
{
    static struct crowd crowd;
    struct series alone_ms = {0}, alone_per_s = {0}, ms = {0}, per_s = {0};
    const uint64_t room = bench_descriptors() - SPARE_DESCRIPTORS;
    const size_t count = options->crowd < room ? options->crowd : (size_t)room;
    const size_t idle = count - 2 * (size_t)GAMES;
    struct report_row row = {.unit = "per s", .target = 0.98, .at_least = true};

    printf("\ncrowd: %zu connections (%u asked for, %llu open files allowed), %d choices per s\n",
           count, options->crowd, (unsigned long long)bench_descriptors(), CHOICES_PER_S);
    if (count <= 2 * (size_t)GAMES)
        bench_die("more than %d connections, please", 2 * GAMES);
    bench_need_descriptors(count + SPARE_DESCRIPTORS);
    client_init(&crowd.client, 2 * (size_t)GAMES);
    client_init(&crowd.idle, idle);
    times_init(&crowd.times, TIMES_MAX);
    start(&crowd, options);
    const uint64_t before = settled_rss(&crowd);
    gather(&crowd, idle);
    const uint64_t after = settled_rss(&crowd);
    for (uint32_t i = 0; i < options->repeat; i++)
        window(&crowd, options->seconds, &ms, &per_s);
    const uint64_t end = settled_rss(&crowd);
    client_release(&crowd.idle);
    (void)settled_rss(&crowd); /* the server sees them go */
    for (uint32_t i = 0; i < options->repeat; i++)
        window(&crowd, options->seconds, &alone_ms, &alone_per_s);
    client_release(&crowd.client);
    process_stop(&crowd.process);
    free(crowd.times.at);

    series_print("choices, alone", &alone_per_s, "per s");
    series_print("choices, with the crowd", &per_s, "per s");
    series_print("time to the acknowledgement, p99, alone", &alone_ms, "ms");
    series_print("time to the acknowledgement, p99, crowd", &ms, "ms");
    printf("  memory: %.1f MB with %zu connections, %.1f MB with %zu, %.1f MB after the choices\n",
           (double)before / 1e6, count - idle, (double)after / 1e6, count, (double)end / 1e6);
    (void)snprintf(row.what, sizeof row.what, "choices among %zu connections", count);
    row.value = series_median(&per_s);
    row.baseline = CHOICES_PER_S;
    row.baseline_name = "what was asked for; the limit of open files may leave fewer connections "
                        "than 100,000";
    row.ratio = row.value / row.baseline;
    report_add(report, &row);
    row = (struct report_row){.unit = "ms", .reported = true};
    (void)snprintf(row.what, sizeof row.what, "p99 of a choice among %zu connections", count);
    row.value = series_median(&ms);
    row.baseline = series_median(&alone_ms);
    row.baseline_name = "without the idle ones";
    row.ratio = row.value / row.baseline;
    report_add(report, &row);
    row = (struct report_row){.unit = "bytes", .reported = true, .what = "RSS per idle, crowd"};
    row.value = ((double)after - (double)before) / (double)idle;
    row.baseline = 1024;
    row.baseline_name = "1 KB";
    row.ratio = row.value / row.baseline;
    report_add(report, &row);
}
