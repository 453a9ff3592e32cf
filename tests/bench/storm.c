/* Two thousand connections at once until all have their state, against bare epoll, which answers
 * the handshake and sends a state of the same size behind it in one send. */
#include <stdio.h>
#include <time.h>

#include "tests/bench/client.h"
#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"

enum {
    CONNS = 2000,
    ALL_SECONDS = 30,
    STORMS_EACH = 3, /* of one window of the other measurements */
    QUIET_MS = 300,  /* so long no CPU time: the last storm is over */
};

struct side {
    const char *name;
    struct process process;
    struct buf target;
    size_t states;
    struct series per_second, cpu_us;
};

static void on_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct side *side = arg;

    (void)conn;
    (void)scenario_message(text);
    side->states++;
}

static void until_quiet(const struct process *process)
{
    const struct timespec pause = {.tv_nsec = QUIET_MS * 1000000L};
    uint64_t before;

    do {
        before = process_cpu_us(process);
        (void)nanosleep(&pause, NULL);
    } while (process_cpu_us(process) - before > UINT64_C(10000));
}

static void storm(struct side *side)
{
    struct client client;
    const struct client_service service = {
        .port = side->process.port, .arg = side, .on_text = on_text};

    until_quiet(&side->process);
    client_init(&client, CONNS);
    side->states = 0;
    const uint64_t cpu_before = process_cpu_us(&side->process);
    const uint64_t start = bench_now_ns();
    for (size_t i = 0; i < CONNS; i++)
        (void)client_connect(&client, &service, buf_slice(&side->target), false);
    client_until(&client, &side->states, CONNS, ALL_SECONDS, side->name);
    const double elapsed = (double)(bench_now_ns() - start) / 1e9;
    series_add(&side->per_second, CONNS / elapsed);
    series_add(&side->cpu_us, (double)(process_cpu_us(&side->process) - cpu_before) / CONNS);
    client_release(&client);
}

static void side_stop(struct side *side)
{
    printf("%s\n", side->name);
    series_print("connections", &side->per_second, "per s");
    series_print("CPU per connection", &side->cpu_us, "us");
    process_stop(&side->process);
    buf_release(&side->target);
}

void run_storm(const struct bench_options *options, struct report *report)
{
    struct side casysd = {.name = "casysd"};
    struct side bare = {.name = "bare epoll"};
    struct server_command server;
    struct http http;
    struct buf id = {0};
    struct series ratio, cpu_ratio;
    const char *const args[] = {scenario_recorded(options)->frames, NULL};

    printf("\nstorm: %d connections at once until all have their state\n", CONNS);
    server_command_init(&server, options, "storm");
    process_start(&casysd.process, &server.command, scenario_pin(), server.log);
    printf("  %-14s ", casysd.name);
    command_print(&server.command);
    scenario_start_bare(&bare.process, options, scenario_pin(), "frames", args, true);
    http_open(&http, casysd.process.port);
    http_new_game(&http, &id);
    http_close(&http);
    buf_printf(&casysd.target, "/ws/game?game_id=%.*s", SLICE_ARG(id));
    buf_append(&bare.target, SLICE("/ws/game"));
    buf_release(&id);
    for (uint32_t i = 0; i < options->repeat * STORMS_EACH && i < REPEAT_MAX; i++) {
        storm(&casysd);
        storm(&bare);
    }
    side_stop(&casysd);
    side_stop(&bare);
    series_ratio(&casysd.per_second, &bare.per_second, &ratio);
    series_print("casysd / bare", &ratio, "");
    report_add(report,
               &(struct report_row){.what = "2,000 connections at once, all with their state",
                                    .value = series_median(&casysd.per_second),
                                    .baseline = series_median(&bare.per_second),
                                    .unit = "per s",
                                    .baseline_name = "bare epoll, the state in the same send",
                                    .ratio = series_median(&ratio),
                                    .target = 0.6,
                                    .at_least = true});
    series_ratio(&casysd.cpu_us, &bare.cpu_us, &cpu_ratio);
    report_add(report, &(struct report_row){.what = "CPU per connection, 2,000 at once",
                                            .value = series_median(&casysd.cpu_us),
                                            .baseline = series_median(&bare.cpu_us),
                                            .unit = "us",
                                            .baseline_name = "bare epoll; in steps of 5 us",
                                            .ratio = series_median(&cpu_ratio),
                                            .reported = true});
}
