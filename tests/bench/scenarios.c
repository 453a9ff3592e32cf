#include "tests/bench/scenarios.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/bench/wire.h"

void server_command_init(struct server_command *server, const struct bench_options *options,
                         const char *name)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[sizeof server->database + 8];

    *server = (struct server_command){0};
    (void)snprintf(server->database, sizeof server->database, "%s/%s.db", options->folder, name);
    (void)snprintf(server->log, sizeof server->log, "%s/%s.log", options->folder, name);
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        (void)snprintf(path, sizeof path, "%s%s", server->database, endings[i]);
        (void)unlink(path);
    }
    (void)unlink(server->log);
    const char *const args[] = {
        options->server,  "serve",     "--listen",       "127.0.0.1:0", "--db",
        server->database, "--stories", options->stories, "--static",    options->pages,
        "--threads",      "1",         "--rates",        "off",
    };
    for (size_t i = 0; i < COUNT_OF(args); i++)
        command_add(&server->command, args[i]);
}

int scenario_pin(void)
{
    return bench_pin(CLIENT_CORE) ? SERVER_CORE : ANY_CORE;
}

void scenario_choice(struct buf *ret, struct slice game_id, uint64_t version)
{
    buf_clear(ret);
    buf_printf(ret,
               "{\"type\":\"choice\",\"choice\":{\"game_id\":\"%.*s\",\"choice_id\":\"go\","
               "\"choice_text\":\"\"},\"version\":%llu,\"request_id\":\"bench-%llu\"}",
               SLICE_ARG(game_id), (unsigned long long)version, (unsigned long long)version);
}

enum message_kind scenario_message(struct slice text)
{
    const struct slice type = wire_text(text, "type");

    if (slice_eq(type, SLICE("state")))
        return MESSAGE_STATE;
    if (slice_eq(type, SLICE("choice_ack")))
        return MESSAGE_ACK;
    bench_die("the server said: %.*s", SLICE_ARG(text));
}
