/* Durable choices per second. Every game has a player, who has one choice in flight, and a second
 * connection that only watches. Four servers are there all the time and are loaded in turn, so that
 * a busy hour of the machine or its disk meets all: casysd with its defaults, casysd that commits
 * every command by itself (--batch-max 1), and bench_bare count in the same two ways. The last two
 * say what group commit can gain on this disk when a choice costs next to nothing, and what the
 * rules cost. A choice counts when its acknowledgement is here.
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
    TIMES_MAX = 4 * 1024 * 1024, /* times kept of one window */
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
    bool bare; /* bench_bare: games are numbers, and there are no counters to ask for */
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
    struct times times;
    struct series choices, deliveries, batch, cpu_us, per_cpu_s, p50_ms, p99_ms;
};

static void send_choice(struct side *side, struct game *game)
{
    scenario_choice(&side->choice, buf_slice(&game->id), game->player_version,
                    game->player_version);
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
    times_add(&side->times, bench_now_ns() - game->sent_ns);
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

static void side_init(struct side *side, const struct bench_options *options, const char *name)
{
    *side = (struct side){
        .name = name,
        .games = bench_array(options->games, sizeof(struct game)),
        .game_count = options->games,
    };
    times_init(&side->times, TIMES_MAX);
    side->service = (struct client_service){.arg = side, .on_text = on_text};
}

static void start_casysd(struct side *side, const struct bench_options *options, const char *name,
                         const char *file, bool single)
{
    const int core = scenario_pin();

    side_init(side, options, name);
    server_command_init(&side->server, options, file);
    if (single) {
        command_add(&side->server.command, "--batch-max");
        command_add(&side->server.command, "1");
    }
    if (options->sync_us > 0) {
        side->server.command.preload = options->slow;
        side->server.command.sync_us = options->sync_us;
    }
    process_start(&side->process, &side->server.command, core, side->server.log);
    side->service.port = side->process.port;
    http_open(&side->http, side->process.port);
    for (size_t i = 0; i < side->game_count; i++)
        http_new_game(&side->http, &side->games[i].id);
    /* An idle HTTP connection would be closed by the server between the windows. */
    http_close(&side->http);
    printf("  %-18s ", name);
    command_print(&side->server.command);
}

static void start_bare(struct side *side, const struct bench_options *options, const char *name,
                       const char *file, const char *batch_max)
{
    struct command command = {0};
    char games[16];
    const struct recorded *recorded = scenario_recorded(options);

    side_init(side, options, name);
    side->bare = true;
    server_command_init(&side->server, options, file); /* for its files */
    (void)snprintf(games, sizeof games, "%u", options->games);
    const char *const args[] = {options->bare,   "count", side->server.database,
                                recorded->state, games,   batch_max};
    for (size_t i = 0; i < COUNT_OF(args); i++)
        command_add(&command, args[i]);
    if (options->sync_us > 0) {
        command.preload = options->slow;
        command.sync_us = options->sync_us;
    }
    process_start(&side->process, &command, scenario_pin(), side->server.log);
    side->service.port = side->process.port;
    for (size_t i = 0; i < side->game_count; i++)
        buf_printf(&side->games[i].id, "%zu", i);
    printf("  %-18s ", name);
    command_print(&command);
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
    free(side->times.at);
}

static uint64_t commits_so_far(struct side *side)
{
    if (side->bare)
        return 0;
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
    side->times.count = 0;
    run_for(client, seconds * UINT64_C(1000));
    const double elapsed = (double)(bench_now_ns() - start) / 1e9;
    const double acked = (double)(side->acks - acks);
    const double delivered = (double)(side->states - states);
    const double cpu_us = (double)(process_cpu_us(&side->process) - cpu);
    series_add(&side->p50_ms, times_ms(&side->times, 0.5));
    series_add(&side->p99_ms, times_ms(&side->times, 0.99));
    drain(side, client);
    series_add(&side->choices, acked / elapsed);
    series_add(&side->deliveries, delivered / elapsed);
    series_add(&side->cpu_us, cpu_us / acked);
    series_add(&side->per_cpu_s, acked / cpu_us * 1e6);
    if (!side->bare)
        series_add(&side->batch, (double)(side->acks - acks_before) /
                                     (double)(commits_so_far(side) - commits_before));
}

/* Median time of one page appended and synchronised, microseconds. */
static double probe_disk(const struct bench_options *options)
{
    static const uint8_t page[PROBE_BYTES];
    static struct times times;
    char path[256];
    const uint64_t end = bench_now_ns() + PROBE_MS * UINT64_C(1000000);

    if (!times.at)
        times_init(&times, 4096);
    times.count = 0;
    (void)snprintf(path, sizeof path, "%s/probe", options->folder);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        bench_die("%s: %s", path, strerror(errno));
    while (times.count < times.cap && (times.count == 0 || bench_now_ns() < end)) {
        const uint64_t start = bench_now_ns();
        if (write(fd, page, sizeof page) != (ssize_t)sizeof page || fdatasync(fd) != 0)
            bench_die("%s: %s", path, strerror(errno));
        times_add(&times, bench_now_ns() - start);
    }
    close(fd);
    (void)unlink(path);
    return times_ms(&times, 0.5) * 1000 + options->sync_us;
}

static void print_side(const struct side *side)
{
    printf("%s\n", side->name);
    series_print("durable choices", &side->choices, "per s");
    if (!side->bare)
        series_print("choices per commit", &side->batch, "");
    series_print("states received", &side->deliveries, "per s");
    series_print("CPU of the server per choice", &side->cpu_us, "us");
    series_print("time to the acknowledgement, p50", &side->p50_ms, "ms");
    series_print("time to the acknowledgement, p99", &side->p99_ms, "ms");
}

static void add_row(struct report *report, const struct bench_options *options, const char *what,
                    const struct series *a, const struct series *b, struct report_row row)
{
    struct series ratio;

    series_ratio(a, b, &ratio);
    series_print(what, &ratio, "ratio");
    if (options->sync_us > 0)
        (void)snprintf(row.what, sizeof row.what, "%s, sync +%u us", what, options->sync_us);
    else
        (void)snprintf(row.what, sizeof row.what, "%s", what);
    row.value = series_median(a);
    row.baseline = series_median(b);
    row.ratio = series_median(&ratio);
    report_add(report, &row);
}

void run_choices(const struct bench_options *options, struct report *report)
{
    static struct side grouped, single, bare, bare_single;
    struct side *const sides[] = {&grouped, &single, &bare, &bare_single};
    struct client client;
    struct series fsync_us = {0};
    const bool slow = options->sync_us > 0;

    printf("\nchoices: %u games, a player with one choice in flight and a watcher each, %u windows "
           "of %u s per side\n",
           options->games, options->repeat, options->seconds);
    client_init(&client, (size_t)options->games * 2 * COUNT_OF(sides));
    start_casysd(&grouped, options, "defaults", "choices", false);
    start_casysd(&single, options, "--batch-max 1", "choices-single", true);
    start_bare(&bare, options, "bare", "bare-choices", "256");
    start_bare(&bare_single, options, "bare, batch of 1", "bare-choices-single", "1");
    for (size_t i = 0; i < COUNT_OF(sides); i++)
        side_connect(sides[i], &client);
    for (uint32_t i = 0; i < options->repeat; i++) {
        series_add(&fsync_us, probe_disk(options));
        for (size_t k = 0; k < COUNT_OF(sides); k++)
            window(sides[k], &client, options->seconds);
    }
    client_release(&client);

    for (size_t i = 0; i < COUNT_OF(sides); i++)
        print_side(sides[i]);
    puts("disk");
    series_print("4 KB appended and synchronised, p50", &fsync_us, "us");
    const struct report_row per_s = {.unit = "per s", .at_least = true};
    struct report_row row = per_s;
    row.baseline_name = "a bare server with group commit that only counts";
    row.reported = true;
    add_row(report, options, "durable choices, and bare", &grouped.choices, &bare.choices, row);
    row = per_s;
    row.baseline_name = "the same server with --batch-max 1";
    row.target = 10;
    add_row(report, options, "durable choices, and one by one", &grouped.choices, &single.choices,
            row);
    row = per_s;
    row.baseline_name = "not casysd: the bare server, and it with one transaction per choice. "
                        "The gain of group commit when a choice costs next to nothing";
    row.reported = true;
    add_row(report, options, "bare choices, and one by one", &bare.choices, &bare_single.choices,
            row);
    row = per_s;
    row.baseline_name =
        "the bare server that only counts. By CPU time: two threads of one server get "
        "more of a busy core than the one of the other";
    row.target = 0.5;
    row.reported = slow;
    add_row(report, options, "choices per CPU second, and bare", &grouped.per_cpu_s,
            &bare.per_cpu_s, row);
    for (size_t i = 0; i < COUNT_OF(sides); i++)
        side_stop(sides[i]);
}

/* As on other disks: one that answers after 1 ms, and 3.3 ms, a disk that was measured. */
void run_disks(const struct bench_options *options, struct report *report)
{
    static const uint32_t delays_us[] = {1000, 3300};

    for (size_t i = 0; i < COUNT_OF(delays_us); i++) {
        struct bench_options slower = *options;
        slower.sync_us = delays_us[i];
        printf("\nas on a disk that takes %u us longer to synchronise:", delays_us[i]);
        run_choices(&slower, report);
    }
}
