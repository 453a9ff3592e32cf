#include "handlers/ws_upgrade.h"

#include <h2o/http1.h>
#include <stdlib.h>
#include <string.h>

/* libh2o's own limit of 100, some of which may be Host and Upgrade. */
enum { HEADERS_MAX = 100 };

/* What waits for the 101 to be written. Not in the request's memory, which is gone by then. */
struct pending {
    struct ws_conn *conn;
    struct ws_group *group;
    const struct ws_handlers *handlers;
    void (*on_start)(struct ws_conn *conn);
};

static struct slice slice_of(h2o_iovec_t v)
{
    return slice_make(v.base, v.len);
}

static void add_header(h2o_req_t *req, const char *name, struct slice value)
{
    const h2o_iovec_t copy = h2o_strdup(&req->pool, (const char *)value.at, value.len);
    h2o_add_header_by_str(&req->pool, &req->res.headers, name, strlen(name), 1, NULL, copy.base,
                          copy.len);
}

/* The next line, without its end; false when there is none. */
static bool take_line(struct slice *rest, struct slice *ret)
{
    if (!slice_split(rest, '\n', ret))
        return false;
    if (ret->len > 0 && ret->at[ret->len - 1] == '\r')
        ret->len--;
    return true;
}

/* libh2o keeps Host and Upgrade out of its list, the last of each only, and a name of its own when
 * there is no Host: whether there is exactly one is to be seen in the bytes alone. They are still
 * where they were received. */
static size_t find_kept_out(h2o_req_t *req, struct ws_header *ret, size_t max)
{
    const h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);
    struct slice rest = slice_make(socket->input->bytes, socket->input->size);
    struct slice line;
    struct slice name;
    size_t count = 0;
    /* The request's own line, or the empty one that libh2o lets through before it; no GET reads like
     * one of the headers below. */
    (void)take_line(&rest, &line);
    while (count < max && take_line(&rest, &line) && line.len > 0) {
        (void)slice_split(&line, ':', &name);
        if (slice_eq_nocase(name, SLICE("host")) || slice_eq_nocase(name, SLICE("upgrade")))
            ret[count++] = (struct ws_header){.name = name, .value = line};
    }
    return count;
}

unsigned ws_upgrade_check(h2o_req_t *req, const struct slice *origins, size_t origin_count,
                          char ret_accept[WS_ACCEPT_LEN + 1])
{
    struct ws_header headers[HEADERS_MAX];
    size_t count = find_kept_out(req, headers, HEADERS_MAX);
    for (size_t i = 0; i < req->headers.size && count < HEADERS_MAX; i++) {
        const h2o_header_t *header = &req->headers.entries[i];
        headers[count++] = (struct ws_header){
            .name = slice_of(*header->name),
            .value = slice_of(header->value),
        };
    }
    const struct ws_request request = {
        .method = slice_of(req->method),
        .http_version = (unsigned)req->version,
        .headers = headers,
        .header_count = count,
        .allowed_origins = origins,
        .allowed_count = origin_count,
    };
    const unsigned http = ws_handshake(&request, ret_accept);
    if (http == 405)
        add_header(req, "allow", SLICE("GET"));
    if (http == 426) {
        add_header(req, "sec-websocket-version", SLICE("13"));
        add_header(req, "upgrade", SLICE("websocket"));
    }
    return http;
}

/* 101 is written: the socket leaves h2o and becomes an ordinary stream of ours. Without a socket the
 * peer has gone meanwhile. */
static void on_upgraded(void *data, h2o_socket_t *h2o_socket, size_t request_len)
{
    const struct pending pending = *(struct pending *)data;
    h2o_socket_export_t exported;
    free(data);
    if (!h2o_socket) {
        pending.handlers->on_free(pending.conn);
        return;
    }
    h2o_buffer_consume(&h2o_socket->input, request_len);
    if (h2o_socket_export(h2o_socket, &exported) != 0) {
        h2o_socket_close(h2o_socket);
        pending.handlers->on_free(pending.conn);
        return;
    }
    if (ws_conn_start(pending.conn, pending.group, pending.handlers, exported.fd) == OK) {
        pending.on_start(pending.conn);
        /* No event will come for what is here already. */
        ws_conn_feed(pending.conn, slice_make(exported.input->bytes, exported.input->size));
    }
    h2o_buffer_dispose(&exported.input);
}

void ws_upgrade(h2o_req_t *req, const char accept[WS_ACCEPT_LEN + 1], struct ws_conn *conn,
                struct ws_group *group, const struct ws_handlers *handlers,
                void (*on_start)(struct ws_conn *conn))
{
    struct pending *pending = malloc(sizeof(*pending));
    ENSURE_MEMORY(pending);
    *pending = (struct pending){conn, group, handlers, on_start};
    req->res.status = 101;
    req->res.reason = "Switching Protocols";
    add_header(req, "upgrade", SLICE("websocket"));
    add_header(req, "sec-websocket-accept", slice_make(accept, WS_ACCEPT_LEN));
    h2o_http1_upgrade(req, NULL, 0, on_upgraded, pending);
}
