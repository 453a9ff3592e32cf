/* CPU time per delivery for one game with many watchers, against a bare epoll writer.
 *
 * A round is one choice of the player and its new state at the player and every watcher; the next
 * choice follows when the last of them has it. The first connection that gets a state of a round
 * gives the reference; all others are compared with it byte for byte. bench_bare frames sends such
 * bytes, recorded before, to as many connections of the same client when the same message comes: what
 * the server does more than that is its own. Both are there all the time and are loaded in turn. The
 * server also commits each choice; that is part of its cost.
 *
 * The same rounds compare two io threads with one. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/client.h"
#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/wire.h"

enum { ROUND_SECONDS = 20 };

struct side {
    const char *name;
    bool
        writes_choices; /* a real server: versions follow each other and choices are acknowledged */
    struct process process;
    struct client_service service;
    struct buf game_id;
    struct client_conn *player;
    size_t first_conn;
    size_t conn_count;
    uint64_t round;       /* states that each connection has got after it */
    size_t arrived;       /* connections that have the state of the round */
    uint64_t *states;     /* per connection: how many it got; owned */
    struct buf reference; /* the state of the round */
    uint64_t version;     /* of the round before */
    size_t deliveries;
    uint64_t payload_bytes;
    struct buf choice; /* scratch */
    struct series cpu_us, per_second, bytes, rounds;
};

static void on_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct side *side = arg;
    const size_t number = conn->index - side->first_conn;

    if (scenario_message(text) == MESSAGE_ACK) {
        if (!side->writes_choices || conn != side->player)
            bench_die("an acknowledgement where none belongs");
        return;
    }
    if (++side->states[number] != side->round)
        bench_die("connection %zu got state %llu in round %llu", number,
                  (unsigned long long)side->states[number], (unsigned long long)side->round);
    if (side->arrived == 0) {
        buf_clear(&side->reference);
        buf_append(&side->reference, text);
    } else if (!slice_eq(text, buf_slice(&side->reference))) {
        bench_die("two watchers got different bytes in round %llu",
                  (unsigned long long)side->round);
    }
    side->arrived++;
    side->deliveries++;
    side->payload_bytes += text.len;
}

/* The state of this round is everywhere. */
static void end_round(struct side *side, struct client *client)
{
    client_until(client, &side->arrived, side->conn_count, ROUND_SECONDS, side->name);
    const uint64_t version = wire_number(buf_slice(&side->reference), "version");
    if (side->writes_choices && side->round > 1 && version != side->version + 1)
        bench_die("version %llu came after %llu", (unsigned long long)version,
                  (unsigned long long)side->version);
    side->version = version;
}

static void play_round(struct side *side, struct client *client)
{
    side->arrived = 0;
    side->round++;
    scenario_choice(&side->choice, buf_slice(&side->game_id), side->version, side->version);
    client_send_text(side->player, buf_slice(&side->choice));
    end_round(side, client);
}

static void side_init(struct side *side, const char *name, size_t watchers)
{
    *side = (struct side){
        .name = name,
        .conn_count = watchers + 1,
        .states = bench_array(watchers + 1, sizeof(uint64_t)),
    };
    side->service.on_text = on_text;
    side->service.arg = side;
}

static void side_connect(struct side *side, struct client *client)
{
    struct buf target = {0};

    side->service.port = side->process.port;
    side->first_conn = client->count;
    side->round = 1;
    buf_printf(&target, "/ws/game?game_id=%.*s", SLICE_ARG(side->game_id));
    for (size_t i = 0; i < side->conn_count; i++) {
        struct client_conn *conn =
            client_connect(client, &side->service, buf_slice(&target), false);
        if (i == 0)
            side->player = conn;
    }
    end_round(side, client);
    buf_release(&target);
}

static void start_server(struct side *side, const char *name, struct client *client,
                         const struct bench_options *options, size_t watchers, const char *threads,
                         int core)
{
    struct server_command server;
    struct http http;
    char file[32];

    side_init(side, name, watchers);
    side->writes_choices = true;
    (void)snprintf(file, sizeof file, "fanout-%s", threads);
    server_command_init(&server, options, file);
    command_add(&server.command, "--threads");
    command_add(&server.command, threads);
    process_start(&side->process, &server.command, core, server.log);
    http_open(&http, side->process.port);
    http_new_game(&http, &side->game_id);
    http_close(&http);
    side_connect(side, client);
    printf("  %-14s ", side->name);
    command_print(&server.command);
}

static void start_writer(struct side *side, struct client *client,
                         const struct bench_options *options, size_t watchers)
{
    const char *const args[] = {scenario_recorded(options)->frames, NULL};

    side_init(side, "bare writer", watchers);
    buf_append(&side->game_id, SLICE("recorded"));
    scenario_start_bare(&side->process, options, scenario_pin(), "frames", args, true);
    side_connect(side, client);
}

/* From quiet to quiet: whole rounds, and all that they cause. */
static void window(struct side *side, struct client *client, uint32_t seconds)
{
    const uint64_t cpu = process_cpu_us(&side->process);
    const size_t deliveries = side->deliveries;
    const uint64_t bytes = side->payload_bytes;
    const uint64_t round = side->round;
    const uint64_t start = bench_now_ns();
    const uint64_t end = start + seconds * UINT64_C(1000000000);

    while (bench_now_ns() < end)
        play_round(side, client);
    const double elapsed = (double)(bench_now_ns() - start) / 1e9;
    const double delivered = (double)(side->deliveries - deliveries);
    series_add(&side->cpu_us, (double)(process_cpu_us(&side->process) - cpu) / delivered);
    series_add(&side->per_second, delivered / elapsed);
    series_add(&side->bytes, (double)(side->payload_bytes - bytes) / delivered);
    series_add(&side->rounds, (double)(side->round - round) / elapsed);
}

static void print_side(const struct side *side)
{
    printf("%s\n", side->name);
    series_print("CPU per delivery", &side->cpu_us, "us");
    series_print("deliveries", &side->per_second, "per s");
    series_print("rounds", &side->rounds, "per s");
    series_print("state", &side->bytes, "bytes");
}

static void side_stop(struct side *side)
{
    process_stop(&side->process);
    buf_release(&side->game_id);
    buf_release(&side->reference);
    buf_release(&side->choice);
    free(side->states);
}

static void run_with(const struct bench_options *options, struct report *report, uint32_t watchers)
{
    static struct side server;
    static struct side writer;
    struct client client;
    struct series ratio;
    struct report_row row = {
        .unit = "us", .baseline_name = "a bare epoll writer of the same bytes", .target = 1.1};

    printf("\nfanout: one game, %u watchers and the player, %u windows of %u s per side\n",
           watchers, options->repeat, options->seconds);
    client_init(&client, 2 * ((size_t)watchers + 1));
    start_server(&server, "casysd", &client, options, watchers, "1", scenario_pin());
    start_writer(&writer, &client, options, watchers);
    for (uint32_t i = 0; i < options->repeat; i++) {
        window(&server, &client, options->seconds);
        window(&writer, &client, options->seconds);
    }
    client_release(&client);

    print_side(&server);
    print_side(&writer);
    series_ratio(&server.cpu_us, &writer.cpu_us, &ratio);
    series_print("casysd / bare writer", &ratio, "");
    (void)snprintf(row.what, sizeof row.what, "CPU per delivery, %u watchers", watchers);
    row.value = series_median(&server.cpu_us);
    row.baseline = series_median(&writer.cpu_us);
    row.ratio = series_median(&ratio);
    report_add(report, &row);
    side_stop(&server);
    side_stop(&writer);
}

void run_fanout(const struct bench_options *options, struct report *report)
{
    if (options->watchers > 0) {
        run_with(options, report, options->watchers);
        return;
    }
    run_with(options, report, 1000);
    run_with(options, report, 5000);
}

void run_threads(const struct bench_options *options, struct report *report)
{
    static struct side one;
    static struct side two;
    struct client client;
    struct series faster, dearer;
    const uint32_t watchers = 1000;

    printf("\nthreads: one game, %u watchers, one io thread and two, nothing pinned\n", watchers);
    (void)bench_pin(ANY_CORE);
    client_init(&client, 2 * ((size_t)watchers + 1));
    start_server(&one, "one thread", &client, options, watchers, "1", ANY_CORE);
    start_server(&two, "two threads", &client, options, watchers, "2", ANY_CORE);
    for (uint32_t i = 0; i < options->repeat; i++) {
        window(&two, &client, options->seconds);
        window(&one, &client, options->seconds);
    }
    client_release(&client);
    print_side(&one);
    print_side(&two);
    series_ratio(&two.per_second, &one.per_second, &faster);
    series_ratio(&two.cpu_us, &one.cpu_us, &dearer);
    report_add(report, &(struct report_row){.what = "deliveries, two io threads",
                                            .value = series_median(&two.per_second),
                                            .baseline = series_median(&one.per_second),
                                            .unit = "per s",
                                            .baseline_name = "one io thread; the client shares "
                                                             "the cores with both",
                                            .ratio = series_median(&faster),
                                            .reported = true});
    report_add(report, &(struct report_row){.what = "CPU per delivery, two io threads",
                                            .value = series_median(&two.cpu_us),
                                            .baseline = series_median(&one.cpu_us),
                                            .unit = "us",
                                            .baseline_name = "one io thread",
                                            .ratio = series_median(&dearer),
                                            .reported = true});
    side_stop(&one);
    side_stop(&two);
}
