#include <stdio.h>

#include "tests/bench/client.h"
#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/wire.h"

enum {
    ROUNDS = 128,
    ROUND_SECONDS = 20,
};

struct recording {
    struct buf frames;
    struct buf state; /* the newest */
    size_t states;
};

static void on_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct recording *recording = arg;

    (void)conn;
    if (scenario_message(text) == MESSAGE_ACK)
        return;
    wire_server_frame(&recording->frames, WIRE_TEXT, text);
    buf_clear(&recording->state);
    buf_append(&recording->state, text);
    recording->states++;
}

static void play(struct recording *recording, uint16_t port)
{
    struct client client;
    struct http http;
    struct buf game = {0}, target = {0}, choice = {0};
    const struct client_service service = {.port = port, .arg = recording, .on_text = on_text};

    http_open(&http, port);
    http_new_game(&http, &game);
    http_close(&http);
    buf_printf(&target, "/ws/game?game_id=%.*s", SLICE_ARG(game));
    client_init(&client, 1);
    struct client_conn *player = client_connect(&client, &service, buf_slice(&target), false);
    client_until(&client, &recording->states, 1, ROUND_SECONDS, "recording");
    for (size_t i = 1; i < ROUNDS; i++) {
        scenario_choice(&choice, buf_slice(&game), i, i);
        client_send_text(player, buf_slice(&choice));
        client_until(&client, &recording->states, i + 1, ROUND_SECONDS, "recording");
    }
    client_release(&client);
    buf_release(&game);
    buf_release(&target);
    buf_release(&choice);
}

const struct recorded *scenario_recorded(const struct bench_options *options)
{
    static struct recorded recorded;
    static struct recording recording;
    struct server_command server;
    struct process process;

    if (recording.states > 0)
        return &recorded;
    (void)snprintf(recorded.frames, sizeof recorded.frames, "%s/frames", options->folder);
    (void)snprintf(recorded.state, sizeof recorded.state, "%s/state.json", options->folder);
    server_command_init(&server, options, "record");
    process_start(&process, &server.command, scenario_pin(), server.log);
    play(&recording, process.port);
    process_stop(&process);
    bench_write_file(recorded.frames, buf_slice(&recording.frames));
    bench_write_file(recorded.state, buf_slice(&recording.state));
    buf_release(&recording.frames);
    buf_release(&recording.state);
    return &recorded;
}
