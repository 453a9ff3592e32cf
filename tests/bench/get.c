/* GET of a game by wrk with 64 kept connections, against nginx that serves a file of the same
 * bytes: one worker, on the core that the server has too, sendfile and open_file_cache on, no
 * access log. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/http.h"
#include "tests/bench/scenarios.h"

struct side {
    const char *name;
    struct process process;
    char url[256];
    struct series per_second, per_cpu_s;
};

static uint16_t free_port(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        bench_die("no port: %s", strerror(errno));
    close(fd);
    return ntohs(address.sin_port);
}

/* A folder that belongs to the bench, as a whole path: nginx takes others from its own prefix. */
static void whole_path(const struct bench_options *options, const char *name, char ret[256])
{
    char folder[4096];

    if (!realpath(options->folder, folder))
        bench_die("%s: %s", options->folder, strerror(errno));
    const int len = snprintf(ret, 256, "%.200s/%s", folder, name);
    ENSURE(len > 0 && len < 256);
}

static void start_nginx(struct side *side, const struct bench_options *options, struct slice state)
{
    struct buf text = {0};
    struct command command = {0};
    char root[256], path[256], log[256];
    const uint16_t port = free_port();

    whole_path(options, "get", root);
    if (mkdir(root, 0755) != 0 && errno != EEXIST)
        bench_die("%s: %s", root, strerror(errno));
    whole_path(options, "get/game.json", path);
    bench_write_file(path, state);
    buf_printf(&text,
               "daemon off; master_process off; pid %s/pid; error_log %s/error.log;\n"
               "events { worker_connections 1024; }\n"
               "http {\n"
               "    types { application/json json; } default_type text/plain;\n"
               "    access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;\n"
               "    open_file_cache max=100; keepalive_requests 1000000000;\n"
               "    client_body_temp_path %s/body; proxy_temp_path %s/proxy;\n"
               "    fastcgi_temp_path %s/fastcgi; uwsgi_temp_path %s/uwsgi;\n"
               "    scgi_temp_path %s/scgi;\n"
               "    server { listen 127.0.0.1:%u; root %s; }\n"
               "}\n",
               root, root, root, root, root, root, root, (unsigned)port, root);
    whole_path(options, "get/nginx.conf", path);
    bench_write_file(path, buf_slice(&text));
    buf_release(&text);
    whole_path(options, "get/nginx.log", log);
    const char *const args[] = {options->nginx, "-c", path, "-e", log};
    for (size_t i = 0; i < COUNT_OF(args); i++)
        command_add(&command, args[i]);
    process_start_quiet(&side->process, &command, scenario_pin(), log, port);
    printf("  %-14s ", side->name);
    command_print(&command);
    (void)snprintf(side->url, sizeof side->url, "http://127.0.0.1:%u/game.json", (unsigned)port);
}

static void start_casysd(struct side *side, const struct bench_options *options,
                         struct buf *ret_state)
{
    struct server_command server;
    struct http http;
    struct buf id = {0};
    char path[128];

    server_command_init(&server, options, "get");
    process_start(&side->process, &server.command, scenario_pin(), server.log);
    printf("  %-14s ", side->name);
    command_print(&server.command);
    http_open(&http, side->process.port);
    http_new_game(&http, &id);
    (void)snprintf(path, sizeof path, "/api/games/%.*s", SLICE_ARG(id));
    http_ask(&http, path, NULL, ret_state);
    http_close(&http);
    (void)snprintf(side->url, sizeof side->url, "http://127.0.0.1:%u%s",
                   (unsigned)side->process.port, path);
    buf_release(&id);
}

/* The number after `name` in what wrk prints; below 0 when it does not. */
static double number_after(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found ? strtod(found + strlen(name), NULL) : -1;
}

static void window(struct side *side, const struct bench_options *options)
{
    struct command command = {0};
    struct buf out = {0};
    char seconds[16], log[256];

    (void)snprintf(seconds, sizeof seconds, "-d%us", options->seconds);
    whole_path(options, "get/wrk.log", log);
    const char *const args[] = {options->wrk, "-t1", "-c64", seconds, side->url};
    for (size_t i = 0; i < COUNT_OF(args); i++)
        command_add(&command, args[i]);
    const uint64_t cpu_before = process_cpu_us(&side->process);
    process_output(&command, CLIENT_CORE, log, &out);
    const double cpu_us = (double)(process_cpu_us(&side->process) - cpu_before);
    buf_byte(&out, '\0');
    const char *text = (const char *)out.at;
    const double per_second = number_after(text, "Requests/sec:");
    if (per_second <= 0 || strstr(text, "Non-2xx") || strstr(text, "Socket errors"))
        bench_die("wrk said: %s", text);
    series_add(&side->per_second, per_second);
    series_add(&side->per_cpu_s, per_second * options->seconds / cpu_us * 1e6);
    buf_release(&out);
}

static void side_stop(struct side *side)
{
    printf("%s\n", side->name);
    series_print("requests", &side->per_second, "per s");
    series_print("requests per CPU second", &side->per_cpu_s, "per s");
    process_stop(&side->process);
}

void run_get(const struct bench_options *options, struct report *report)
{
    struct side casysd = {.name = "casysd"};
    struct side nginx = {.name = "nginx"};
    struct buf state = {0};
    struct series ratio;

    start_casysd(&casysd, options, &state);
    printf("\nget: GET /api/games/{id}, %zu bytes, wrk -t1 -c64\n", state.len);
    start_nginx(&nginx, options, buf_slice(&state));
    for (uint32_t i = 0; i < options->repeat; i++) {
        window(&casysd, options);
        window(&nginx, options);
    }
    side_stop(&casysd);
    side_stop(&nginx);
    buf_release(&state);
    struct report_row row = {.unit = "per s", .at_least = true, .target = 0.8};
    row.baseline_name =
        "nginx, a file of the same bytes. By CPU time: the two threads of casysd get "
        "more of a busy core than the one of nginx";
    series_ratio(&casysd.per_cpu_s, &nginx.per_cpu_s, &ratio);
    (void)snprintf(row.what, sizeof row.what, "GET of a game per CPU second, wrk -c64");
    row.value = series_median(&casysd.per_cpu_s);
    row.baseline = series_median(&nginx.per_cpu_s);
    row.ratio = series_median(&ratio);
    report_add(report, &row);
    series_ratio(&casysd.per_second, &nginx.per_second, &ratio);
    (void)snprintf(row.what, sizeof row.what, "GET of a game, wrk -c64");
    row.baseline_name = "nginx, a file of the same bytes";
    row.value = series_median(&casysd.per_second);
    row.baseline = series_median(&nginx.per_second);
    row.ratio = series_median(&ratio);
    report_add(report, &row);
}
