/* Pongs per second: 64 connections with 8 pings in flight each, against bare epoll; the Ping of
 * RFC 6455, and the message of the contract. As many new pings go out as one read brought pongs. The
 * target is for the first; the second is reported, because bare epoll does not read the JSON. */
#include <stdio.h>

#include "tests/bench/client.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/wire.h"

enum {
    CONNS = 64,
    IN_FLIGHT = 8,
    OPEN_SECONDS = 20,
    DRAIN_MS = 300,
};

struct side {
    struct process process;
    struct client_service service;
    size_t first_conn;
    struct slice ping; /* one frame */
    bool running;
    size_t due; /* pongs of this read */
    uint64_t pongs;
    struct buf out; /* scratch */
    struct series per_second, cpu_us;
};

static void on_pong(void *arg, struct client_conn *conn, struct slice payload)
{
    struct side *side = arg;

    (void)conn;
    (void)payload;
    side->due++;
    side->pongs++;
}

static void send_pings(struct side *side, struct client_conn *conn, size_t count)
{
    buf_clear(&side->out);
    for (size_t i = 0; i < count; i++)
        buf_append(&side->out, side->ping);
    client_send_frames(conn, buf_slice(&side->out));
}

static void on_read(void *arg, struct client_conn *conn)
{
    struct side *side = arg;

    if (side->running && side->due > 0)
        send_pings(side, conn, side->due);
    side->due = 0;
}

static void side_connect(struct side *side, struct client *client)
{
    side->service = (struct client_service){.port = side->process.port,
                                            .arg = side,
                                            .on_text = on_pong,
                                            .on_pong = on_pong,
                                            .on_read = on_read};
    side->first_conn = client->count;
    for (size_t i = 0; i < CONNS; i++)
        (void)client_connect(client, &side->service, SLICE("/ws/game"), false);
    client_until(client, &client->phases[CLIENT_OPEN], client->count, OPEN_SECONDS, "connections");
}

static void turn_for(struct client *client, uint64_t ms)
{
    const uint64_t end = bench_now_ns() + ms * 1000000;
    while (bench_now_ns() < end)
        (void)client_turn(client, 10);
}

static void window(struct side *side, struct client *client, uint32_t seconds)
{
    side->running = true;
    for (size_t i = 0; i < CONNS; i++)
        send_pings(side, &client->conns[side->first_conn + i], IN_FLIGHT);
    const uint64_t cpu_before = process_cpu_us(&side->process);
    const uint64_t pongs = side->pongs;
    const uint64_t start = bench_now_ns();
    turn_for(client, seconds * UINT64_C(1000));
    const double elapsed = (double)(bench_now_ns() - start) / 1e9;
    const double got = (double)(side->pongs - pongs);
    const double cpu_us = (double)(process_cpu_us(&side->process) - cpu_before);
    side->running = false;
    turn_for(client, DRAIN_MS);
    series_add(&side->per_second, got / elapsed);
    series_add(&side->cpu_us, cpu_us / got);
}

static void run_kind(const struct bench_options *options, struct report *report, const char *what,
                     struct slice ping, bool first)
{
    struct side casysd = {.ping = ping};
    struct side bare = {.ping = ping};
    struct server_command server;
    struct client client;
    struct series ratio, cpu_ratio;
    const char *const args[] = {NULL};
    struct report_row row = {
        .unit = "per s", .baseline_name = "bare epoll", .target = 0.85, .at_least = true};

    server_command_init(&server, options, "pongs");
    process_start(&casysd.process, &server.command, scenario_pin(), server.log);
    if (first) {
        printf("  %-14s ", "casysd");
        command_print(&server.command);
    }
    scenario_start_bare(&bare.process, options, scenario_pin(), "pong", args, first);
    client_init(&client, 2 * (size_t)CONNS);
    side_connect(&casysd, &client);
    side_connect(&bare, &client);
    for (uint32_t i = 0; i < options->repeat; i++) {
        window(&casysd, &client, options->seconds);
        window(&bare, &client, options->seconds);
    }
    client_release(&client);
    process_stop(&casysd.process);
    process_stop(&bare.process);
    buf_release(&casysd.out);
    buf_release(&bare.out);
    puts(what);
    series_print("casysd", &casysd.per_second, "per s");
    series_print("bare epoll", &bare.per_second, "per s");
    series_print("casysd, CPU", &casysd.cpu_us, "us");
    series_print("bare epoll, CPU", &bare.cpu_us, "us");
    series_ratio(&casysd.per_second, &bare.per_second, &ratio);
    series_ratio(&bare.cpu_us, &casysd.cpu_us, &cpu_ratio);
    series_print("pongs, casysd / bare", &ratio, "");
    series_print("pongs per CPU time, casysd / bare", &cpu_ratio, "");
    (void)snprintf(row.what, sizeof row.what, "%s", what);
    row.value = series_median(&casysd.per_second);
    row.baseline = series_median(&bare.per_second);
    row.ratio = series_median(&ratio);
    row.reported = !first;
    report_add(report, &row);
}

void run_pongs(const struct bench_options *options, struct report *report)
{
    struct buf ping = {0};

    printf("\npongs: %d connections, %d pings in flight each\n", CONNS, IN_FLIGHT);
    wire_client_frame(&ping, WIRE_PING, SLICE("ping"));
    run_kind(options, report, "pongs, RFC 6455", buf_slice(&ping), true);
    buf_clear(&ping);
    wire_client_frame(&ping, WIRE_TEXT, SLICE("{\"type\":\"ping\",\"timestamp\":1234567890}"));
    run_kind(options, report, "pongs, JSON message", buf_slice(&ping), false);
    buf_release(&ping);
}
