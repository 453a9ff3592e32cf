/* Resident memory per idle connection: connected, attached to a game, and quiet. Growth of the
 * server over its state with one connection, when nothing has moved for a while, divided by the
 * connections that came since. What the first use of anything costs is in neither: most of it is
 * library code that is read in, and would be told of whichever number of connections is tried.
 *
 * The connections come in two ways: one after the other, each with its first state before the next
 * begins; and all at once: every request stops before its last two bytes until all have come so
 * far, and then all go on together, so that the server holds all the half-done handshakes. */
#include <stdio.h>

#include "tests/bench/client.h"
#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"

enum {
    GAMES = 10,             /* what the connections are spread over */
    HANDSHAKES_AHEAD = 256, /* half-open ones, below the backlog of any server */
    CONNECT_SECONDS = 60,
    QUIET_MS = 1500, /* no change for so long is settled */
    SETTLE_SECONDS = 15,
    SAMPLE_MS = 100,
};

struct idle {
    const struct bench_options *options;
    struct process process;
    struct client client;
    struct client_service service;
    struct buf targets[GAMES];
    size_t states; /* received */
};

static void on_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct idle *idle = arg;

    (void)conn;
    if (scenario_message(text) != MESSAGE_STATE)
        bench_die("an acknowledgement where none belongs");
    idle->states++;
}

static void make_games(struct idle *idle)
{
    struct http http;
    struct buf id = {0};

    http_open(&http, idle->process.port);
    for (size_t i = 0; i < GAMES; i++) {
        http_new_game(&http, &id);
        buf_printf(&idle->targets[i], "/ws/game?game_id=%.*s", SLICE_ARG(id));
    }
    http_close(&http);
    buf_release(&id);
}

static void connect_one(struct idle *idle, bool hold)
{
    const struct buf *target = &idle->targets[idle->client.count % GAMES];
    (void)client_connect(&idle->client, &idle->service, buf_slice(target), hold);
}

static void connect_in_turn(struct idle *idle)
{
    for (size_t i = 1; i <= idle->options->idle; i++) {
        connect_one(idle, false);
        client_until(&idle->client, &idle->states, 1 + i, CONNECT_SECONDS, "connections");
    }
}

static void connect_at_once(struct idle *idle)
{
    const size_t count = idle->options->idle;
    const size_t *held = &idle->client.phases[CLIENT_HELD];

    for (size_t i = 0; i < count; i++) {
        connect_one(idle, true);
        if (i >= HANDSHAKES_AHEAD)
            client_until(&idle->client, held, i - HANDSHAKES_AHEAD, CONNECT_SECONDS, "handshakes");
    }
    client_until(&idle->client, held, count, CONNECT_SECONDS, "half handshakes");
    client_let_go(&idle->client);
    client_until(&idle->client, &idle->states, 1 + count, CONNECT_SECONDS, "first states");
}

/* The server's memory when it has stopped to change; connections are served meanwhile. */
static uint64_t settled_rss(struct idle *idle)
{
    const uint64_t deadline = bench_now_ns() + SETTLE_SECONDS * UINT64_C(1000000000);
    uint64_t rss = process_rss_bytes(&idle->process);
    uint64_t cpu = process_cpu_us(&idle->process);
    uint64_t changed = bench_now_ns();
    uint64_t now = changed;

    while (now < deadline && now - changed < QUIET_MS * UINT64_C(1000000)) {
        (void)client_turn(&idle->client, SAMPLE_MS);
        now = bench_now_ns();
        const uint64_t rss_now = process_rss_bytes(&idle->process);
        const uint64_t cpu_now = process_cpu_us(&idle->process);
        if (rss_now == rss && cpu_now - cpu <= UINT64_C(10000))
            continue;
        rss = rss_now;
        cpu = cpu_now;
        changed = now;
    }
    return rss;
}

/* Bytes per connection. */
static double measure(const struct bench_options *options, bool at_once, bool print_command)
{
    struct idle idle = {.options = options};
    struct server_command server;

    server_command_init(&server, options, "idle");
    if (print_command) {
        printf("  %-14s ", "casysd");
        command_print(&server.command);
    }
    process_start(&idle.process, &server.command, scenario_pin(), server.log);
    idle.service =
        (struct client_service){.port = idle.process.port, .arg = &idle, .on_text = on_text};
    client_init(&idle.client, options->idle + 1);
    make_games(&idle);
    connect_one(&idle, false);
    client_until(&idle.client, &idle.states, 1, CONNECT_SECONDS, "the first connection");
    const uint64_t start = settled_rss(&idle);
    if (at_once)
        connect_at_once(&idle);
    else
        connect_in_turn(&idle);
    const uint64_t end = settled_rss(&idle);
    client_release(&idle.client);
    process_stop(&idle.process);
    for (size_t i = 0; i < GAMES; i++)
        buf_release(&idle.targets[i]);
    return (double)(end - start) / options->idle;
}

static void add_row(struct report *report, const char *what, const struct series *bytes,
                    double target_bytes)
{
    struct report_row row = {
        .value = series_median(bytes),
        .baseline = target_bytes,
        .unit = "bytes",
        .baseline_name = "the target itself",
        .ratio = series_median(bytes) / target_bytes,
        .target = 1,
    };
    (void)snprintf(row.what, sizeof row.what, "%s", what);
    report_add(report, &row);
}

void run_idle(const struct bench_options *options, struct report *report)
{
    struct series in_turn = {0};
    struct series at_once = {0};

    printf("\nidle: %u connections, %u games, %u starts of each kind\n", options->idle, GAMES,
           options->repeat);
    for (uint32_t i = 0; i < options->repeat; i++) {
        series_add(&in_turn, measure(options, false, i == 0));
        series_add(&at_once, measure(options, true, false));
    }
    puts("RSS per connection");
    series_print("one after the other", &in_turn, "bytes");
    series_print("all at once", &at_once, "bytes");
    add_row(report, "RSS per idle, one after the other", &in_turn, 2048);
    add_row(report, "RSS per idle, all at once", &at_once, 1024);
}
