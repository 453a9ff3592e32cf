/* The connection layer without a game on it, for conformance suites: every message comes back as it
 * was. It takes the same way in as the game socket (handlers/ws_upgrade.h) and the same connections
 * (handlers/ws_conn.h), but has no hello, no Origin rule and no rate limit, and never pings on its
 * own, so that all that it sends is an answer.
 *
 *     ws_echo_server [PORT]      on 127.0.0.1; 0 or nothing: any free port
 *
 * Says `ws_echo_server ready on 127.0.0.1:PORT` on standard output. SIGTERM and SIGINT end every
 * connection with 1001 and then the process, with everything released. One thread. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/base/slab.h"
#include "handlers/ws_upgrade.h"

enum {
    MESSAGE_BYTES = 16 * 1024 * 1024,
    FRAGMENTS = 16384, /* what suites send in one message, and more */
    /* Two of the longest messages; above it a peer that sends and does not read is not read. */
    QUEUED_BYTES = 2 * MESSAGE_BYTES,
    DAY_MS = 24 * 60 * 60 * 1000, /* nobody is pinged or called idle */
    WRITE_MS = 30 * 1000,
    CLOSING_MS = 3000,
    HTTP_TIMEOUT_MS = 10 * 1000,
    BACKLOG = 1024,
    STOP_TICK_MS = 10,
};

static const struct ws_config ws_config = {
    .limits = {MESSAGE_BYTES, FRAGMENTS},
    .queued_bytes = QUEUED_BYTES,
    .ping_ms = DAY_MS,
    .idle_ms = DAY_MS,
    .talk_idle_ms = DAY_MS,
    .message_ms = DAY_MS,
    .write_ms = WRITE_MS,
    .closing_ms = CLOSING_MS,
};

struct echo_server {
    uv_loop_t loop;
    h2o_globalconf_t config;
    h2o_context_t h2o;
    h2o_accept_ctx_t accept;
    uv_tcp_t listener;
    uv_signal_t terminate;
    uv_signal_t interrupt;
    uv_timer_t stop_tick; /* runs while stopping */
    struct ws_group sockets;
    struct slab slab;
    size_t http_count; /* connections that h2o has */
};

struct echo {
    struct ws_conn conn;
    struct echo_server *server;
};

/* ---- one connection ---- */

static void on_free(struct ws_conn *conn)
{
    struct echo *echo = container_of(conn, struct echo, conn);
    slab_give(&echo->server->slab, echo);
}

static void on_start(struct ws_conn *conn)
{
    const struct echo *echo = container_of(conn, struct echo, conn);
    if (uv_is_active((uv_handle_t *)&echo->server->stop_tick))
        ws_conn_close(conn, WS_CODE_GOING_AWAY, SLICE_NONE);
}

static void on_end(struct ws_conn *conn)
{
    (void)conn;
}

static const struct ws_handlers echo_handlers = {
    .on_text = ws_conn_text,
    .on_binary = ws_conn_binary,
    .on_end = on_end,
    .on_free = on_free,
};

/* ---- HTTP ---- */

/* Suites may come from any page. */
static void forget_origin(h2o_req_t *req)
{
    ssize_t at;
    while ((at = h2o_find_header_by_str(&req->headers, H2O_STRLIT("origin"), -1)) != -1)
        h2o_delete_header(&req->headers, at);
}

static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
    (void)handler;
    struct echo_server *server = req->conn->ctx->loop->data;
    char accept[WS_ACCEPT_LEN + 1];
    forget_origin(req);
    const unsigned http = ws_upgrade_check(req, NULL, 0, accept);
    if (http != 101) {
        req->res.status = (int)http;
        req->res.reason = "Refused";
        req->http1_is_persistent = 0;
        h2o_send_inline(req, H2O_STRLIT(""));
        return 0;
    }
    struct echo *echo = slab_take(&server->slab);
    echo->server = server;
    ws_upgrade(req, accept, &echo->conn, &server->sockets, &echo_handlers, on_start);
    return 0;
}

static void on_tcp_closed(uv_handle_t *handle)
{
    struct echo_server *server = handle->loop->data;
    server->http_count--;
    free(handle);
}

static void on_connection(uv_stream_t *listener, int error)
{
    struct echo_server *server = container_of(listener, struct echo_server, listener);
    if (error)
        return;
    uv_tcp_t *tcp = malloc(sizeof(*tcp));
    ENSURE(tcp != NULL);
    ENSURE(uv_tcp_init(&server->loop, tcp) == 0);
    server->http_count++;
    if (uv_accept(listener, (uv_stream_t *)tcp) != 0) {
        uv_close((uv_handle_t *)tcp, on_tcp_closed);
        return;
    }
    uv_tcp_nodelay(tcp, 1);
    h2o_accept(&server->accept, h2o_uv_socket_create((uv_stream_t *)tcp, on_tcp_closed));
}

/* ---- life ---- */

/* Requests that never became complete end by h2o's own timeout. */
static void on_stop_tick(uv_timer_t *tick)
{
    struct echo_server *server = container_of(tick, struct echo_server, stop_tick);
    if (server->sockets.count > 0 || server->http_count > 0)
        return;
    uv_stop(&server->loop);
}

static void go_away(struct ws_conn *conn, const void *unused)
{
    (void)unused;
    ws_conn_close(conn, WS_CODE_GOING_AWAY, SLICE_NONE);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    struct echo_server *server = handle->loop->data;
    if (uv_is_active((uv_handle_t *)&server->stop_tick))
        return;
    uv_close((uv_handle_t *)&server->listener, NULL);
    ws_group_each(&server->sockets, go_away, NULL);
    ENSURE(uv_timer_start(&server->stop_tick, on_stop_tick, 0, STOP_TICK_MS) == 0);
}

static void configure(struct echo_server *server)
{
    h2o_config_init(&server->config);
    server->config.http1.upgrade_to_http2 = 0;
    server->config.http1.req_timeout = HTTP_TIMEOUT_MS;
    h2o_hostconf_t *host =
        h2o_config_register_host(&server->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = on_request;
}

/* Returns the port, or 0 when it cannot be had. */
static uint16_t listen_on(struct echo_server *server, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int len = sizeof(address);
    ENSURE(uv_tcp_init(&server->loop, &server->listener) == 0);
    if (uv_tcp_bind(&server->listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection) != 0 ||
        uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &len) != 0)
        return 0;
    return ntohs(address.sin_port);
}

static void init(struct echo_server *server)
{
    ENSURE(uv_loop_init(&server->loop) == 0);
    server->loop.data = server;
    configure(server);
    h2o_context_init(&server->h2o, &server->loop, &server->config);
    server->accept = (h2o_accept_ctx_t){.ctx = &server->h2o, .hosts = server->config.hosts};
    ws_group_init(&server->sockets, &server->loop, &ws_config);
    slab_init(&server->slab, sizeof(struct echo));
    ENSURE(uv_timer_init(&server->loop, &server->stop_tick) == 0);
    ENSURE(uv_signal_init(&server->loop, &server->terminate) == 0);
    ENSURE(uv_signal_init(&server->loop, &server->interrupt) == 0);
    ENSURE(uv_signal_start(&server->terminate, on_signal, SIGTERM) == 0);
    ENSURE(uv_signal_start(&server->interrupt, on_signal, SIGINT) == 0);
}

/* Nobody is connected any more. */
static void release(struct echo_server *server)
{
    ws_group_stop(&server->sockets);
    uv_close((uv_handle_t *)&server->stop_tick, NULL);
    uv_close((uv_handle_t *)&server->terminate, NULL);
    uv_close((uv_handle_t *)&server->interrupt, NULL);
    h2o_context_dispose(&server->h2o);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    ENSURE(uv_loop_close(&server->loop) == 0);
    h2o_config_dispose(&server->config);
    ws_group_release(&server->sockets);
    slab_release(&server->slab);
}

/* False when it is no port. */
static bool read_port(const char *text, uint16_t *ret)
{
    char *end;
    const unsigned long port = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || port > UINT16_MAX)
        return false;
    *ret = (uint16_t)port;
    return true;
}

int main(int argc, char **argv)
{
    static struct echo_server server;
    uint16_t port = 0;
    if (argc > 2 || (argc == 2 && !read_port(argv[1], &port))) {
        fputs("usage: ws_echo_server [PORT]\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    init(&server);
    port = listen_on(&server, port);
    if (port == 0) {
        fputs("ws_echo_server: the port cannot be used\n", stderr);
        return 1;
    }
    printf("ws_echo_server ready on 127.0.0.1:%u\n", (unsigned)port);
    fflush(stdout);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    release(&server);
    return 0;
}
