#include "handlers/server.h"

#include <stdlib.h>

#include "handlers/io.h"
#include "handlers/routes.h"

struct front {
    struct server server;
    struct io *ios;
    struct queue **inboxes;
    unsigned count;
    uint16_t port;
};

static void configure(struct server *server)
{
    const struct config *config = server->config;
    server->ws = (struct ws_config){
        .limits = {config->message_bytes, (uint32_t)config->message_fragments},
        .queued_bytes = config->queued_bytes,
        .ping_ms = config->ping_ms,
        .idle_ms = config->idle_ms,
        .talk_idle_ms = config->talk_idle_ms,
        .message_ms = config->message_ms,
        .write_ms = config->write_ms,
        .closing_ms = config->closing_ms,
        .late_close_ms = 150,
    };
    gate_init(&server->gate, config);
    config_limits(config, &server->limits);
    h2o_config_init(&server->h2o);
    /* HTTP/2 has no fix for rapid resets in this libh2o: both of its doors without TLS are shut. */
    server->h2o.http1.upgrade_to_http2 = 0;
    server->h2o.http1.req_timeout = config->request_ms;
    /* libh2o has one limit for all routes: a body above it is not read, one above that of its route is
     * refused when it was (io.c keeps the number of long ones small). */
    server->h2o.max_request_entity_size = LIMIT_EXPORT_BYTES;
    server->h2o.server_name = h2o_iovec_init(H2O_STRLIT("casysd"));
    h2o_hostconf_t *host =
        h2o_config_register_host(&server->h2o, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    routes_register(host, server);
}

/* libuv would tell us; that there is no memory is told in one place (ENSURE_MEMORY). */
static void *on_malloc(size_t size)
{
    void *at = malloc(size);
    ENSURE_MEMORY(at != NULL || size == 0);
    return at;
}

static void *on_realloc(void *old, size_t size)
{
    void *at = realloc(old, size);
    ENSURE_MEMORY(at != NULL || size == 0);
    return at;
}

static void *on_calloc(size_t count, size_t size)
{
    void *at = calloc(count, size);
    ENSURE_MEMORY(at != NULL || count == 0 || size == 0);
    return at;
}

enum status front_new(const struct config *config, const struct catalogue *catalogue,
                      const struct static_files *files, struct front **ret, char ret_reason[200])
{
    ENSURE(uv_replace_allocator(on_malloc, on_realloc, on_calloc, free) == 0);
    struct front *front = calloc(1, sizeof(*front));
    ENSURE_MEMORY(front);
    front->server.config = config;
    front->server.files = files;
    atomic_init(&front->server.stopping, false);
    front->port = config->listen_port;
    front->ios = calloc(config->threads, sizeof(*front->ios));
    front->inboxes = calloc(config->threads, sizeof(struct queue *));
    ENSURE_MEMORY(front->ios != NULL && front->inboxes != NULL);
    configure(&front->server);
    for (unsigned i = 0; i < config->threads; i++) {
        const enum status st =
            io_init(&front->ios[i], &front->server, catalogue, i, &front->port, ret_reason);
        if (st != OK) {
            front_free(front);
            return st;
        }
        front->inboxes[i] = &front->ios[i].inbox;
        front->count++;
    }
    *ret = front;
    return OK;
}

struct queue *const *front_inboxes(struct front *front)
{
    return front->inboxes;
}

uint16_t front_port(const struct front *front)
{
    return front->port;
}

void front_start(struct front *front, struct sequencer *sequencer)
{
    front->server.sequencer = sequencer;
    front->server.inbox = sequencer_inbox(sequencer);
    for (unsigned i = 0; i < front->count; i++)
        io_start(&front->ios[i]);
}

void front_refuse(struct front *front)
{
    atomic_store(&front->server.stopping, true);
}

void front_stop(struct front *front)
{
    for (unsigned i = 0; i < front->count; i++)
        io_stop(&front->ios[i]);
    for (unsigned i = 0; i < front->count; i++)
        io_join(&front->ios[i]);
}

void front_free(struct front *front)
{
    if (!front)
        return;
    gate_release(&front->server.gate);
    buf_release(&front->server.limits);
    free(front->inboxes);
    /* The io structs hold h2o's contexts, which may still have connections: kept for the process. */
}
