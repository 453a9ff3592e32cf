#include "tests/bench/scenarios.h"

#include <stdio.h>
#include <stdlib.h>
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

void scenario_choice(struct buf *ret, struct slice game_id, uint64_t version, uint64_t number)
{
    buf_clear(ret);
    buf_printf(ret,
               "{\"type\":\"choice\",\"choice\":{\"game_id\":\"%.*s\",\"choice_id\":\"go\","
               "\"choice_text\":\"\"},\"request_id\":\"bench-%llu\"",
               SLICE_ARG(game_id), (unsigned long long)number);
    if (version > 0)
        buf_printf(ret, ",\"version\":%llu", (unsigned long long)version);
    buf_byte(ret, '}');
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

void scenario_start_bare(struct process *process, const struct bench_options *options, int core,
                         const char *kind, const char *const args[], bool print)
{
    struct command command = {0};
    char log[256];

    (void)snprintf(log, sizeof log, "%s/bare-%s.log", options->folder, kind);
    command_add(&command, options->bare);
    command_add(&command, kind);
    for (size_t i = 0; args[i]; i++)
        command_add(&command, args[i]);
    process_start(process, &command, core, log);
    if (!print)
        return;
    printf("  %-14s ", "bare");
    command_print(&command);
}

void times_init(struct times *times, size_t cap)
{
    *times = (struct times){.at = bench_array(cap, sizeof(uint32_t)), .cap = cap};
}

void times_add(struct times *times, uint64_t ns)
{
    if (times->count < times->cap)
        times->at[times->count++] = (uint32_t)(ns / 1000);
}

static int by_number(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a;
    const uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

double times_ms(struct times *times, double part)
{
    if (times->count == 0)
        bench_die("nothing happened in the window");
    qsort(times->at, times->count, sizeof *times->at, by_number);
    const uint32_t us = times->at[(size_t)((double)(times->count - 1) * part)];
    return us / 1000.0;
}
