/* What the size of the database and the length of a game cost: reading a game that is not in memory,
 * lists, pages of the history, the start, a choice.
 *
 * Three databases, a hundredth, a tenth and all of --library games, nearly all of them of 30 or 200
 * versions, some of up to 100,000 (grown.h). All belong to one session. Each is served by a casysd of
 * its own, started anew for every window, so that no game is in its memory; the file is in that of
 * the system, but for the last window, before which the system is asked to forget it. Times are
 * those of requests on one kept connection, one after the other, with all that HTTP costs; beside
 * them stands bare SQLite in this program, which reads the same rows from the same file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/client.h"
#include "tests/bench/grown.h"
#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/wire.h"

enum {
    SIZES = 3,
    LOADS = 1000,         /* games that are loaded in a window */
    LISTS = 50,           /* lists of each place */
    LIST_ROWS = 50,       /* of one list */
    PAGES = 50,           /* pages of each place and length */
    PAGE_ROWS = 100,      /* of one page */
    PLAYED = 10,          /* games that choices are made in at once, of each length */
    PLAYED_CHOICES = 200, /* in each of them in a window */
    AHEAD = 256,          /* choices on their way while a game is made */
    MAKING_SECONDS = 120,
    PLAYING_SECONDS = 60,
    TOKEN_SIZE = 64,
};

enum kind { KIND_100000, KIND_10000, KIND_1000, KIND_200, KIND_30, KIND_10, KINDS };

/* `share` of a hundred thousand games are of this kind, but at least `least`. */
static const struct {
    uint32_t versions, share, least;
} kind_table[KINDS] = {
    [KIND_100000] = {100000, 10, 0}, [KIND_10000] = {10000, 20, 0}, [KIND_1000] = {1000, 50, 10},
    [KIND_200] = {200, 5500, 50},    [KIND_30] = {30, 94410, 900},  [KIND_10] = {10, 10, 10},
};
enum { SHARES = 100000 };

enum place { PLACE_FIRST, PLACE_MIDDLE, PLACE_LAST, PLACES };
static const char *const place_name[PLACES] = {"first", "middle", "last"};

/* Times of one kind of request, in milliseconds: a value for each window. */
struct timed {
    struct series p50, p99;
};

/* What was measured in one database. */
struct results {
    struct timed load, again, list[PLACES], page[KINDS][PLACES];
    struct timed bare_load, bare_list[PLACES], bare_page[KINDS][PLACES];
    struct series start_ms, choice_us[KINDS];
};

struct stage {
    const struct bench_options *options;
    struct server_command server;
    struct process process;
    struct http http;
    struct grown *grown; /* NULL: nothing is compared, as that would warm the system's memory */
    struct grown_kind kinds[KINDS];
    char token[TOKEN_SIZE];
    uint32_t games;
    struct times times; /* of the request that is being measured */
    struct buf body;    /* scratch */
    struct results warm, cold;
    /* While choices are made: */
    size_t acks;
    uint64_t number; /* of the newest choice */
};

static void copy_text(char *ret, size_t size, struct slice text)
{
    if (text.len == 0 || text.len >= size)
        bench_die("an unusable text: %.*s", SLICE_ARG(text));
    memcpy(ret, text.at, text.len);
    ret[text.len] = '\0';
}

static double since_ms(uint64_t start_ns)
{
    return (double)(bench_now_ns() - start_ns) / 1e6;
}

/* ---- the server ---- */

/* Returns how long it took until it said that it is ready to write, milliseconds. */
static double serve(struct stage *stage, const struct server_command *server)
{
    const uint64_t start = bench_now_ns();
    process_start(&stage->process, &server->command, scenario_pin(), server->log);
    http_open(&stage->http, stage->process.port);
    http_ask(&stage->http, "/readyz", NULL, &stage->body);
    const double ms = since_ms(start);
    stage->http.token = stage->token[0] ? stage->token : NULL;
    return ms;
}

/* Idle connections are closed by the server; whoever was busy elsewhere takes a new one. */
static void reconnect(struct stage *stage)
{
    http_close(&stage->http);
    http_open(&stage->http, stage->process.port);
    stage->http.token = stage->token;
}

static void stop(struct stage *stage)
{
    http_close(&stage->http);
    process_stop(&stage->process);
}

/* ---- choices ---- */

static void on_text(void *arg, struct client_conn *conn, struct slice text)
{
    struct stage *stage = arg;
    (void)conn;
    stage->acks += scenario_message(text) == MESSAGE_ACK;
}

static struct client_conn *attach(struct stage *stage, struct client *client,
                                  struct client_service *service, const char *name)
{
    char target[64];

    *service =
        (struct client_service){.port = stage->process.port, .arg = stage, .on_text = on_text};
    (void)snprintf(target, sizeof target, "/ws/game?game_id=%s", name);
    return client_connect(client, service, slice_str(target), false);
}

static void choose(struct stage *stage, struct client_conn *conn, const char *name)
{
    scenario_choice(&stage->body, slice_str(name), 0, ++stage->number);
    client_send_text(conn, buf_slice(&stage->body));
}

/* A new game, played up to this version. */
static void play_to(struct stage *stage, uint32_t versions, char ret_name[GROWN_NAME_SIZE])
{
    struct client client;
    struct client_service service;
    struct buf id = {0};
    const size_t before = stage->acks;

    reconnect(stage);
    http_new_game(&stage->http, &id);
    copy_text(ret_name, GROWN_NAME_SIZE, buf_slice(&id));
    client_init(&client, 1);
    struct client_conn *conn = attach(stage, &client, &service, ret_name);
    client_until(&client, &client.phases[CLIENT_OPEN], 1, MAKING_SECONDS, "connections");
    for (uint32_t sent = 1; sent < versions; sent++) {
        if (sent > AHEAD)
            client_until(&client, &stage->acks, before + sent - AHEAD, MAKING_SECONDS, "choices");
        choose(stage, conn, ret_name);
    }
    client_until(&client, &stage->acks, before + versions - 1, MAKING_SECONDS, "choices");
    client_release(&client);
    buf_release(&id);
}

/* In ten games of this kind at once: each has one choice on its way. CPU time of the server for
 * each, in microseconds. */
static double play_window(struct stage *stage, enum kind kind)
{
    struct client client;
    struct client_service service;
    struct client_conn *conns[PLAYED];
    char names[PLAYED][GROWN_NAME_SIZE];
    size_t before = stage->acks;

    client_init(&client, PLAYED);
    for (uint32_t i = 0; i < PLAYED; i++) {
        grown_name(kind, i, names[i]);
        conns[i] = attach(stage, &client, &service, names[i]);
    }
    client_until(&client, &client.phases[CLIENT_OPEN], PLAYED, PLAYING_SECONDS, "connections");
    /* The first choice loads what it needs. */
    uint64_t cpu_us = 0;
    for (uint32_t turn = 0; turn <= PLAYED_CHOICES; turn++) {
        if (turn == 1)
            cpu_us = process_cpu_us(&stage->process);
        for (uint32_t i = 0; i < PLAYED; i++)
            choose(stage, conns[i], names[i]);
        before += PLAYED;
        client_until(&client, &stage->acks, before, PLAYING_SECONDS, "choices");
    }
    cpu_us = process_cpu_us(&stage->process) - cpu_us;
    client_release(&client);
    return (double)cpu_us / (PLAYED * PLAYED_CHOICES);
}

/* ---- making the database ---- */

static void make(struct stage *stage, uint32_t goal)
{
    struct stat file;
    uint64_t start = bench_now_ns();

    (void)serve(stage, &stage->server);
    http_ask(&stage->http, "/api/games", "{}", &stage->body);
    copy_text(stage->token, sizeof stage->token,
              wire_text(buf_slice(&stage->body), "session_token"));
    stage->http.token = stage->token;
    for (size_t k = 0; k < KINDS; k++) {
        struct grown_kind *kind = &stage->kinds[k];
        const uint64_t share = (uint64_t)kind_table[k].share * goal / SHARES;
        *kind = (struct grown_kind){.versions = kind_table[k].versions};
        kind->copies = share > kind_table[k].least ? (uint32_t)share : kind_table[k].least;
        stage->games += kind->copies;
        if (kind->copies > 0)
            play_to(stage, kind->versions, kind->like);
    }
    stop(stage);
    const double played_ms = since_ms(start);
    start = bench_now_ns();
    const uint64_t rows = grown_make(stage->server.database, stage->kinds, KINDS);
    if (stat(stage->server.database, &file) != 0)
        bench_die("%s is gone", stage->server.database);
    printf(
        "\n%u games, %llu journal rows, %.0f MB: made in %.1f s, %.1f s of them to play one game "
        "of each kind\n",
        stage->games, (unsigned long long)rows, (double)file.st_size / 1e6,
        (played_ms + since_ms(start)) / 1000, played_ms / 1000);
    stage->grown = grown_open(stage->server.database);
}

/* ---- reading ---- */

/* Begin to measure what is read here. */
static void begin(struct stage *stage)
{
    stage->times.count = 0;
}

/* Begin to measure a kind of request, on a connection that the server knows. */
static void begin_requests(struct stage *stage)
{
    reconnect(stage);
    http_ask(&stage->http, "/api/limits", NULL, &stage->body);
    begin(stage);
}

static void end(struct stage *stage, struct timed *ret)
{
    series_add(&ret->p50, times_ms(&stage->times, 0.5));
    series_add(&ret->p99, times_ms(&stage->times, 0.99));
}

static void ask(struct stage *stage, const char *path)
{
    const uint64_t start = bench_now_ns();
    http_ask(&stage->http, path, NULL, &stage->body);
    times_add(&stage->times, bench_now_ns() - start);
}

/* Games of 200 versions, each for the first time since the start, and then each again. */
static void measure_loads(struct stage *stage, struct results *ret)
{
    const uint32_t copies = stage->kinds[KIND_200].copies;
    const uint32_t count = copies < LOADS ? copies : LOADS;
    char path[64], name[GROWN_NAME_SIZE];

    for (int again = 0; again < 2; again++) {
        begin_requests(stage);
        for (uint32_t i = 0; i < count; i++) {
            grown_name(KIND_200, i, name);
            (void)snprintf(path, sizeof path, "/api/games/%s", name);
            ask(stage, path);
        }
        end(stage, again ? &ret->again : &ret->load);
    }
    if (!stage->grown)
        return;
    begin(stage);
    for (uint32_t i = 0; i < count; i++) {
        grown_name(KIND_200, i, name);
        const uint64_t start = bench_now_ns();
        grown_read_game(stage->grown, name);
        times_add(&stage->times, bench_now_ns() - start);
    }
    end(stage, &ret->bare_load);
}

/* A row with about `LIST_ROWS` games below it for the last place, half of all for the middle. */
static uint64_t list_cursor(const struct stage *stage, enum place place, uint32_t i)
{
    if (place == PLACE_FIRST)
        return stage->games + 1 - i;
    return place == PLACE_MIDDLE ? stage->games / 2 + i * 3 : LIST_ROWS + 1 + i;
}

static void measure_lists(struct stage *stage, enum place place, struct results *ret)
{
    char path[64];

    begin_requests(stage);
    for (uint32_t i = 0; i < LISTS; i++) {
        (void)snprintf(path, sizeof path, "/api/games?limit=%d&after=%llu", LIST_ROWS,
                       (unsigned long long)list_cursor(stage, place, i));
        ask(stage, path);
    }
    end(stage, &ret->list[place]);
    if (!stage->grown)
        return;
    begin(stage);
    for (uint32_t i = 0; i < LISTS; i++) {
        const uint64_t start = bench_now_ns();
        grown_read_list(stage->grown, stage->kinds[KIND_200].like, list_cursor(stage, place, i),
                        LIST_ROWS);
        times_add(&stage->times, bench_now_ns() - start);
    }
    end(stage, &ret->bare_list[place]);
}

/* The version before the page; each game is asked once for each place. */
static uint64_t page_cursor(enum kind kind, enum place place)
{
    const uint32_t versions = kind_table[kind].versions;
    /* Version 1 has no request id, by which the rows are found for the comparison. */
    if (place == PLACE_FIRST)
        return 1;
    return place == PLACE_MIDDLE ? versions / 2 - PAGE_ROWS / 2 : versions - PAGE_ROWS;
}

static void measure_pages(struct stage *stage, enum kind kind, enum place place,
                          struct results *ret)
{
    const uint32_t copies = stage->kinds[kind].copies;
    const uint32_t count = copies < PAGES ? copies : PAGES;
    const uint64_t cursor = page_cursor(kind, place);
    char path[96], name[GROWN_NAME_SIZE];
    static int64_t seqs[PAGES][PAGE_ROWS];

    if (count == 0)
        return;
    begin_requests(stage);
    for (uint32_t i = 0; i < count; i++) {
        grown_name(kind, i, name);
        (void)snprintf(path, sizeof path, "/api/games/%s/history?limit=%d&after=%llu", name,
                       PAGE_ROWS, (unsigned long long)cursor);
        ask(stage, path);
    }
    end(stage, &ret->page[kind][place]);
    if (!stage->grown)
        return;
    for (uint32_t i = 0; i < count; i++) {
        grown_name(kind, i, name);
        grown_find(stage->grown, name, cursor + 1, PAGE_ROWS, seqs[i]);
    }
    begin(stage);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t start = bench_now_ns();
        grown_read_rows(stage->grown, seqs[i], PAGE_ROWS);
        times_add(&stage->times, bench_now_ns() - start);
    }
    end(stage, &ret->bare_page[kind][place]);
}

/* Everything once, after a start of its own. */
static void window(struct stage *stage, struct results *ret)
{
    series_add(&ret->start_ms, serve(stage, &stage->server));
    measure_loads(stage, ret);
    for (size_t place = 0; place < PLACES; place++) {
        measure_lists(stage, (enum place)place, ret);
        for (size_t kind = KIND_100000; kind <= KIND_200; kind++)
            measure_pages(stage, (enum kind)kind, (enum place)place, ret);
    }
    stop(stage);
}

/* Kinds of games in turn, so that what disturbs the machine disturbs them all. */
static void measure_choices(struct stage *stage, uint32_t repeat)
{
    static const enum kind played[] = {KIND_10, KIND_1000, KIND_100000};

    (void)serve(stage, &stage->server);
    for (uint32_t i = 0; i < repeat; i++) {
        for (size_t k = 0; k < COUNT_OF(played); k++) {
            if (stage->kinds[played[k]].copies >= PLAYED)
                series_add(&stage->warm.choice_us[played[k]], play_window(stage, played[k]));
        }
    }
    stop(stage);
}

/* ---- telling ---- */

static void print_heading(const char *what)
{
    printf("%-44s %9s %9s %12s %9s\n", what, "p50 ms", "p99 ms", "bare p50 ms", "p99 ms");
}

static void print_timed(const char *label, const struct timed *timed, const struct timed *bare)
{
    printf("  %-42s %9.2f %9.2f", label, series_median(&timed->p50), series_median(&timed->p99));
    if (bare && bare->p50.count > 0)
        printf(" %12.2f %9.2f", series_median(&bare->p50), series_median(&bare->p99));
    putchar('\n');
}

static void print_results(const struct results *results)
{
    char label[64];

    print_timed("a game of 200 versions, not in memory", &results->load, &results->bare_load);
    print_timed("the same, in memory", &results->again, NULL);
    for (size_t place = 0; place < PLACES; place++) {
        (void)snprintf(label, sizeof label, "50 games, %s", place_name[place]);
        print_timed(label, &results->list[place], &results->bare_list[place]);
    }
    for (size_t kind = 0; kind < KINDS; kind++) {
        for (size_t place = 0; place < PLACES; place++) {
            if (results->page[kind][place].p50.count == 0)
                continue;
            (void)snprintf(label, sizeof label, "%s page, of %u versions", place_name[place],
                           kind_table[kind].versions);
            print_timed(label, &results->page[kind][place], &results->bare_page[kind][place]);
        }
    }
    series_print("start, until /readyz", &results->start_ms, "ms");
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (results->choice_us[kind].count == 0)
            continue;
        (void)snprintf(label, sizeof label, "a choice after %u versions, CPU",
                       kind_table[kind].versions);
        series_print(label, &results->choice_us[kind], "us");
    }
}

/* The median against what it must stay below and against bare SQLite; one in a hundred is shown
 * beside the same limit, but says more of what else the machine had to do. */
static void add_rows(struct report *report, const char *what, const struct timed *timed,
                     const struct timed *bare, double target_ms)
{
    struct series ratio;
    struct report_row row = {
        .value = series_median(&timed->p50),
        .baseline = target_ms,
        .unit = "ms",
        .baseline_name = "the target itself",
        .target = 1,
    };
    row.ratio = row.value / target_ms;
    (void)snprintf(row.what, sizeof row.what, "%s, p50", what);
    report_add(report, &row);
    row.reported = true;
    row.value = series_median(&timed->p99);
    row.ratio = row.value / target_ms;
    (void)snprintf(row.what, sizeof row.what, "%s, p99", what);
    report_add(report, &row);
    series_ratio(&timed->p50, &bare->p50, &ratio);
    row.value = series_median(&timed->p50);
    row.baseline = series_median(&bare->p50);
    row.baseline_name = "bare SQLite in the client, the same rows: no HTTP, no JSON, no threads";
    row.ratio = series_median(&ratio);
    (void)snprintf(row.what, sizeof row.what, "%s, bare", what);
    report_add(report, &row);
}

/* Where it is slowest. */
static enum place slowest(const struct timed timed[PLACES])
{
    size_t worst = 0;
    for (size_t place = 1; place < PLACES; place++) {
        if (series_median(&timed[place].p50) > series_median(&timed[worst].p50))
            worst = place;
    }
    return (enum place)worst;
}

static void report_stage(const struct stage *stage, const struct series *empty_ms,
                         struct report *report)
{
    const struct results *warm = &stage->warm;
    struct series ratio;
    char what[64];

    add_rows(report, "a game not in memory", &warm->load, &warm->bare_load, 2);
    const enum place place = slowest(warm->list);
    (void)snprintf(what, sizeof what, "50 of %u games", stage->games);
    add_rows(report, what, &warm->list[place], &warm->bare_list[place], 5);
    for (size_t kind = KIND_100000; kind <= KIND_200; kind++) {
        if (warm->page[kind][0].p50.count == 0)
            continue;
        const enum place worst = slowest(warm->page[kind]);
        (void)snprintf(what, sizeof what, "page of %u versions (%s)", kind_table[kind].versions,
                       place_name[worst]);
        add_rows(report, what, &warm->page[kind][worst], &warm->bare_page[kind][worst], 5);
    }
    struct report_row row = {.unit = "ms", .target = 1, .baseline = 1000};
    row.value = series_median(&warm->start_ms);
    row.ratio = row.value / row.baseline;
    row.baseline_name = "the target itself";
    (void)snprintf(row.what, sizeof row.what, "start with %u games", stage->games);
    report_add(report, &row);
    (void)snprintf(row.what, sizeof row.what, "the same start, and of an empty one");
    row.baseline = series_median(empty_ms);
    row.ratio = row.value / row.baseline;
    row.baseline_name = "the start of the program with an empty database";
    row.reported = true;
    report_add(report, &row);
    if (warm->choice_us[KIND_100000].count == 0)
        return;
    series_ratio(&warm->choice_us[KIND_100000], &warm->choice_us[KIND_10], &ratio);
    row = (struct report_row){.unit = "us", .target = 1.1};
    row.value = series_median(&warm->choice_us[KIND_100000]);
    row.baseline = series_median(&warm->choice_us[KIND_10]);
    row.ratio = series_median(&ratio);
    row.baseline_name = "games of 10 versions in the same database";
    (void)snprintf(row.what, sizeof row.what, "CPU of a choice after 100,000 versions");
    report_add(report, &row);
}

static void remove_database(const struct stage *stage)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[sizeof stage->server.database + 8];

    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        (void)snprintf(path, sizeof path, "%s%s", stage->server.database, endings[i]);
        (void)unlink(path);
    }
}

static void measure_stage(struct stage *stage, uint32_t goal)
{
    const uint32_t repeat = stage->options->repeat;

    make(stage, goal);
    for (uint32_t i = 0; i < repeat; i++)
        window(stage, &stage->warm);
    grown_close(stage->grown);
    stage->grown = NULL;
    grown_forget(stage->server.database);
    window(stage, &stage->cold);
    measure_choices(stage, repeat);
    print_heading("in the system's memory");
    print_results(&stage->warm);
    print_heading("forgotten by the system before the start");
    print_results(&stage->cold);
    remove_database(stage);
}

static void measure_empty(struct stage *stage, struct series *ret_ms)
{
    for (uint32_t i = 0; i < stage->options->repeat; i++) {
        server_command_init(&stage->server, stage->options, "store");
        (void)serve(stage, &stage->server);
        stop(stage);
        series_add(ret_ms, serve(stage, &stage->server));
        stop(stage);
    }
    puts("an empty database");
    series_print("start, until /readyz", ret_ms, "ms");
}

void run_store(const struct bench_options *options, struct report *report)
{
    static struct stage stages[SIZES];
    struct series empty_ms = {0};

    printf("\nstore: up to %u games, %u windows each\n", options->library, options->repeat);
    for (size_t i = 0; i < SIZES; i++) {
        static const uint32_t parts[SIZES] = {100, 10, 1};
        struct stage *stage = &stages[i];
        stage->options = options;
        times_init(&stage->times, LOADS);
        if (i == 0)
            measure_empty(stage, &empty_ms);
        server_command_init(&stage->server, options, "store");
        if (i == 0) {
            printf("  %-14s ", "casysd");
            command_print(&stage->server.command);
        }
        measure_stage(stage, options->library / parts[i]);
        free(stage->times.at);
        buf_release(&stage->body);
    }
    report_stage(&stages[SIZES - 1], &empty_ms, report);
}
