/* Sixteen choices in flight of one player, a hundred watchers, against a bare writer that sends
 * each frame alone.
 *
 * The server commits what has gathered, and a watcher to whom several versions are on their way at
 * once gets the newest: all of them have reached it then. So two numbers are shown. CPU per version
 * and watcher counts a choice for every connection that has come as far as it, whatever frames
 * brought it there; that is the work that the bare writer does with one frame each. CPU per frame
 * counts what was received. The server's part of both holds the commits. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/client.h"
#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/wire.h"

enum {
    WATCHERS = 100,
    CONNS = WATCHERS + 1, /* and the player */
    IN_FLIGHT = 16,
    SETTLE_SECONDS = 20,
};

struct side {
    const char *name;
    bool bare;
    struct process process;
    struct client_service service;
    struct buf game_id;
    struct client_conn *player;
    size_t first_conn;
    bool running;
    uint64_t sent, answered;  /* choices */
    uint64_t first_version;   /* before the first choice */
    uint64_t versions[CONNS]; /* the newest that each connection has seen */
    uint64_t frames;          /* states received */
    size_t settled;
    struct buf out, choice; /* scratch */
    struct series per_version_us, per_frame_us, choices, frames_each;
};

static void on_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct side *side = arg;
    uint64_t *version = &side->versions[conn->index - side->first_conn];

    if (scenario_message(text) == MESSAGE_ACK) {
        side->answered++;
        return;
    }
    side->frames++;
    if (side->bare) {
        (*version)++;
        side->answered += conn == side->player && *version > 1;
        return;
    }
    const uint64_t got = wire_number(text, "version");
    if (got <= *version)
        bench_die("version %llu came after %llu", (unsigned long long)got,
                  (unsigned long long)*version);
    *version = got;
}

/* As many choices as there is room for. */
static void send_choices(struct side *side)
{
    buf_clear(&side->out);
    while (side->running && side->sent - side->answered < IN_FLIGHT) {
        scenario_choice(&side->choice, buf_slice(&side->game_id), 0, ++side->sent);
        wire_client_frame(&side->out, WIRE_TEXT, buf_slice(&side->choice));
    }
    if (side->out.len > 0)
        client_send_frames(side->player, buf_slice(&side->out));
}

static void on_read(void *arg, struct client_conn *conn)
{
    struct side *side = arg;
    if (conn == side->player)
        send_choices(side);
}

static void count_settled(struct side *side)
{
    side->settled = 0;
    for (size_t i = 0; i < CONNS; i++)
        side->settled += side->versions[i] == side->first_version + side->sent;
}

static void settle(struct side *side, struct client *client)
{
    const uint64_t deadline = bench_now_ns() + SETTLE_SECONDS * UINT64_C(1000000000);

    side->running = false;
    for (count_settled(side); side->settled < CONNS; count_settled(side)) {
        if (bench_now_ns() > deadline)
            bench_die("%s: %zu of %d have the newest version", side->name, side->settled, CONNS);
        (void)client_turn(client, 10);
    }
}

static void side_connect(struct side *side, struct client *client)
{
    struct buf target = {0};

    side->service = (struct client_service){
        .port = side->process.port, .arg = side, .on_text = on_text, .on_read = on_read};
    side->first_conn = client->count;
    buf_printf(&target, "/ws/game?game_id=%.*s", SLICE_ARG(side->game_id));
    for (size_t i = 0; i < CONNS; i++) {
        struct client_conn *conn =
            client_connect(client, &side->service, buf_slice(&target), false);
        if (i == 0)
            side->player = conn;
    }
    side->first_version = 1;
    settle(side, client);
    buf_release(&target);
}

static void start_casysd(struct side *side, const struct bench_options *options,
                         struct client *client)
{
    struct server_command server;
    struct http http;

    side->name = "casysd";
    server_command_init(&server, options, "burst");
    process_start(&side->process, &server.command, scenario_pin(), server.log);
    http_open(&http, side->process.port);
    http_new_game(&http, &side->game_id);
    http_close(&http);
    side_connect(side, client);
    printf("  %-14s ", side->name);
    command_print(&server.command);
}

static void start_bare(struct side *side, const struct bench_options *options,
                       struct client *client)
{
    const char *const args[] = {scenario_recorded(options)->frames, NULL};

    side->name = "bare writer";
    side->bare = true;
    buf_append(&side->game_id, SLICE("recorded"));
    scenario_start_bare(&side->process, options, scenario_pin(), "frames", args, true);
    side_connect(side, client);
}

static void window(struct side *side, struct client *client, uint32_t seconds)
{
    const uint64_t cpu_before = process_cpu_us(&side->process);
    const uint64_t sent = side->sent;
    const uint64_t frames = side->frames;
    const uint64_t start = bench_now_ns();

    side->running = true;
    send_choices(side);
    while (bench_now_ns() < start + seconds * UINT64_C(1000000000))
        (void)client_turn(client, 10);
    settle(side, client);
    const double elapsed = (double)(bench_now_ns() - start) / 1e9;
    const double cpu_us = (double)(process_cpu_us(&side->process) - cpu_before);
    const double choices = (double)(side->sent - sent);
    const double received = (double)(side->frames - frames);
    series_add(&side->per_version_us, cpu_us / choices / CONNS);
    series_add(&side->per_frame_us, cpu_us / received);
    series_add(&side->choices, choices / elapsed);
    series_add(&side->frames_each, received / choices / CONNS);
}

static void side_stop(struct side *side)
{
    printf("%s\n", side->name);
    series_print("choices", &side->choices, "per s");
    series_print("frames per choice and connection", &side->frames_each, "");
    series_print("CPU per version and connection", &side->per_version_us, "us");
    series_print("CPU per frame", &side->per_frame_us, "us");
    process_stop(&side->process);
    buf_release(&side->game_id);
    buf_release(&side->choice);
    buf_release(&side->out);
}

void run_burst(const struct bench_options *options, struct report *report)
{
    static struct side casysd, bare;
    struct client client;
    struct series ratio, frame_ratio;

    printf("\nburst: one game, %d watchers, %d choices in flight\n", WATCHERS, IN_FLIGHT);
    client_init(&client, 2 * (size_t)CONNS);
    start_casysd(&casysd, options, &client);
    start_bare(&bare, options, &client);
    for (uint32_t i = 0; i < options->repeat; i++) {
        window(&casysd, &client, options->seconds);
        window(&bare, &client, options->seconds);
    }
    client_release(&client);
    side_stop(&casysd);
    side_stop(&bare);
    series_ratio(&casysd.per_version_us, &bare.per_version_us, &ratio);
    series_ratio(&casysd.per_frame_us, &bare.per_frame_us, &frame_ratio);
    report_add(report, &(struct report_row){.what = "CPU per version and watcher, 16 in flight",
                                            .value = series_median(&casysd.per_version_us),
                                            .baseline = series_median(&bare.per_version_us),
                                            .unit = "us",
                                            .baseline_name =
                                                "a bare epoll writer that sends each frame alone",
                                            .ratio = series_median(&ratio),
                                            .target = 0.6});
    report_add(report, &(struct report_row){.what = "CPU per frame received, 16 in flight",
                                            .value = series_median(&casysd.per_frame_us),
                                            .baseline = series_median(&bare.per_frame_us),
                                            .unit = "us",
                                            .baseline_name =
                                                "the same; a watcher gets the newest of several "
                                                "versions, and the commits of all are in its cost",
                                            .ratio = series_median(&frame_ratio),
                                            .reported = true});
}
