#include "handlers/io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/base/log.h"
#include "app/base/metrics.h"
#include "app/json.h"
#include "handlers/game_socket.h"
#include "handlers/http.h"
#include "handlers/people.h"
#include "handlers/routes.h"

enum {
    BACKLOG = 4096,
    SPARE_COMMANDS = 256, /* kept for the next message */
    TICK_MS = 100,
    LONG_BODY_BYTES = 1024 * 1024, /* more of it than any route but one takes */
    SWEEP_MS = 500,                /* how exact the time of an answer is kept */
    SLOW_BYTES = 16 * 1024,        /* a second: slower readers are not waited for */
    STOP_MS = 6000,                /* to say goodbye; the whole stop stays within 10 s */
    LAST_WORDS_MS = 200,           /* for answers that h2o has still to write */
    SEND_TIMEOUT_MORE_MS = 2000,   /* see send_timeout_ms */
    TRIM_AFTER = 500,              /* upgrades after which freed handshake memory is worth a trim */
};

/* ---- commands ---- */

struct command *io_command(struct io *io)
{
    struct list *node = list_take(&io->spare_commands);
    struct command *command;
    if (node) {
        io->spare_count--;
        command = container_of(container_of(node, struct mail, node), struct command, mail);
    } else {
        command = command_new();
        command_clear(command);
    }
    command->thread = io->index;
    command->home = io;
    return command;
}

void io_give(struct io *io, struct command *command)
{
    if (io->spare_count >= SPARE_COMMANDS) {
        command_free(command);
        return;
    }
    command_clear(command);
    list_append(&io->spare_commands, &command->mail.node);
    io->spare_count++;
}

void io_send(struct io *io, struct command *command)
{
    list_append(&io->outbox, &command->mail.node);
}

/* All commands of this turn at once: waking the sequencer for each one would cost more than most of
 * them do, and on one core it would run for each in between. */
static void send_outbox(struct io *io)
{
    if (list_empty(&io->outbox) || queue_push_all(io->server->inbox, &io->outbox))
        return;
    for (struct list *node; (node = list_take(&io->outbox)) != NULL;) {
        struct command *command =
            container_of(container_of(node, struct mail, node), struct command, mail);
        command->status = ERR_SHUTTING_DOWN;
        command->done(command);
    }
}

static void on_prepare(uv_prepare_t *prepare)
{
    send_outbox(container_of(prepare, struct io, prepare));
}

uint64_t io_return_ms(struct io *io)
{
    const struct config *config = io->server->config;
    /* Each thread knows its own clients, about an equal part of all. */
    const uint64_t per_second = config->return_rate / config->threads;
    const struct steer_plan plan = {per_second > 0 ? per_second : 1, config->return_min_ms,
                                    config->return_max_ms};
    return steer_take(&io->returning, &plan, uv_now(&io->loop));
}

void io_clear(struct io *io)
{
    buf_clear(&io->text);
    json_out_reset(io->out);
}

/* ---- mail ---- */

static void begin_stop(struct io *io);

static void on_mail(struct io *io, struct mail *mail)
{
    switch (mail->kind) {
    case MAIL_COMMAND: {
        struct command *command = container_of(mail, struct command, mail);
        command->done(command);
        return;
    }
    case MAIL_UPDATE: {
        struct update_post *post = container_of(mail, struct update_post, mail);
        struct update *update = post->update;
        metric_add(METRIC_DELIVERIES, (int64_t)hub_publish(&io->hub, update));
        http_answer_waiting(io);
        update_unref(update);
        return;
    }
    case MAIL_CATALOGUE:
        catalogue_receive(&io->catalogue, mail);
        buf_clear(&io->stories);
        stories_encode(&io->catalogue, &io->stories);
        return;
    case MAIL_PRESENCE: {
        struct update *update = container_of(mail, struct update_post, mail)->update;
        presence_hear(&io->presence, update);
        update_unref(update);
        return;
    }
    case MAIL_NOTICE: people_notice(io, container_of(mail, struct notice_post, mail)); return;
    case MAIL_STOP: begin_stop(io); return;
    case MAIL_CHECKPOINT: break;
    }
    ENSURE(false); /* a checkpoint is for the archive */
}

static void on_wake(uv_async_t *wake)
{
    struct io *io = container_of(wake, struct io, wake);
    struct list mails;
    list_init(&mails);
    queue_take(&io->inbox, &mails);
    for (struct list *node; (node = list_take(&mails)) != NULL;)
        on_mail(io, container_of(node, struct mail, node));
}

static void wake_loop(void *reader)
{
    uv_async_send(reader);
}

/* Nothing is said to such a command. */
static void on_unanswered(struct command *command)
{
    io_give(command->home, command);
}

static void on_presence_changed(void *arg, struct id game, const uint32_t counts[PRESENCE_ROLES])
{
    struct io *io = arg;
    struct command *command = io_command(io);
    command->kind = COMMAND_PRESENCE;
    command->game = game;
    memcpy(command->watchers, counts, sizeof(command->watchers));
    command->done = on_unanswered;
    io_send(io, command);
}

static void on_hub_idle(void *arg, struct id game)
{
    struct io *io = arg;
    struct command *command = io_command(io);
    command->kind = COMMAND_DETACH;
    command->game = game;
    command->done = on_unanswered;
    io_send(io, command);
}

/* ---- connections ---- */

/* A connection that h2o has, from the accept to its end or its upgrade. */
struct http_connection {
    uv_tcp_t tcp;
    h2o_socket_t *socket; /* h2o's own */
    struct list node;
    struct tally_place *place; /* by its address, or NULL */
    size_t written;            /* given to the socket when this was last looked at */
    size_t left;               /* what the peer had not taken of it then */
    uint64_t write_began_ms;   /* no later than the write that is under way now; 0: none */
};

static void on_tcp_closed(uv_handle_t *handle)
{
    struct http_connection *connection = container_of(handle, struct http_connection, tcp);
    struct io *io = handle->loop->data;
    list_unlink(&connection->node);
    tally_leave(connection->place);
    gate_uncount(&io->server->gate.connections);
    metric_add(METRIC_CONNECTIONS, -1);
    free(connection);
}

/* TCP_USER_TIMEOUT is what holds when all else fails, also while libh2o writes: later than our own
 * times, so that who reads again in the last moment still gets the Close. */
static unsigned send_timeout_ms(const struct config *config)
{
    return (unsigned)(config->write_ms + config->closing_ms + SEND_TIMEOUT_MORE_MS);
}

static void on_accept(struct listener *listener, int fd, const struct sockaddr *address)
{
    struct io *io = container_of(listener, struct io, listener);
    struct gate *gate = &io->server->gate;
    struct tally_place *place = NULL;
    const uint64_t now = uv_now(&io->loop);
    /* Whoever a proxy speaks for is known with the first request only. */
    if (!gate_is_proxy(gate, address) && (gate_address(gate, address, ADDRESS_CONNECT, now) > 0 ||
                                          !gate_enter_address(gate, address, &place))) {
        listener_refuse(fd);
        return;
    }
    /* libh2o has no such limit. */
    if (!gate_count(&gate->connections, io->server->config->connections_max)) {
        tally_leave(place);
        listener_refuse(fd);
        return;
    }
    struct http_connection *connection = calloc(1, sizeof(*connection));
    ENSURE_MEMORY(connection);
    ENSURE(uv_tcp_init(&io->loop, &connection->tcp) == 0);
    ENSURE(uv_tcp_open(&connection->tcp, fd) == 0);
    list_append(&io->http, &connection->node);
    connection->place = place;
    metric_add(METRIC_CONNECTIONS, 1);
    connection->socket = h2o_uv_socket_create((uv_stream_t *)&connection->tcp, on_tcp_closed);
    /* libh2o leaves this to us; without a callback it is only a note. */
    connection->socket->on_close.data = connection;
    h2o_accept(&io->accept, connection->socket);
}

struct tally_place *io_take_place(h2o_req_t *req)
{
    const h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);
    struct http_connection *connection = socket->on_close.data;
    struct tally_place *place = connection->place;
    connection->place = NULL;
    return place;
}

/* libh2o waits for ever for a reader that takes its answer slowly. An answer has write_ms, and a
 * second more for each SLOW_BYTES of it. */
static bool is_too_slow(struct http_connection *connection, uint64_t write_ms, uint64_t now)
{
    const size_t left = uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp);
    if (left == 0) {
        connection->write_began_ms = 0;
        return false;
    }
    if (connection->write_began_ms == 0 ||
        connection->written != connection->socket->bytes_written) {
        connection->written = connection->socket->bytes_written;
        connection->left = left;
        connection->write_began_ms = now;
        return false;
    }
    return now - connection->write_began_ms > write_ms + connection->left / SLOW_BYTES * 1000;
}

/* libh2o keeps what it reads of a body, up to that of the largest route, and knows no routes before it
 * has all of it: so there are only so many long ones at once. */
static bool is_too_long(const struct http_connection *connection, size_t *long_ones)
{
    return connection->socket->input->size > LONG_BODY_BYTES && ++*long_ones > LIMIT_EXPORTS;
}

static void sweep_http(struct io *io, uint64_t now)
{
    size_t long_ones = 0;
    if (now - io->swept_ms < SWEEP_MS)
        return;
    io->swept_ms = now;
    for (struct list *node = io->http.next; node != &io->http; node = node->next) {
        struct http_connection *connection = container_of(node, struct http_connection, node);
        uv_os_fd_t fd;
        const bool slow = is_too_slow(connection, io->server->config->write_ms, now);
        if ((!slow && !is_too_long(connection, &long_ones)) ||
            uv_fileno((uv_handle_t *)&connection->tcp, &fd) != 0)
            continue;
        /* What is read or written fails by this, and libh2o ends the connection. */
        if (slow)
            metric_add(METRIC_SLOW_CLOSED, 1);
        shutdown(fd, SHUT_RDWR);
    }
}

static enum status read_address(const struct config *config, uint16_t port,
                                struct sockaddr_storage *ret, socklen_t *ret_len)
{
    struct sockaddr_storage address = {.ss_family = AF_INET};
    struct sockaddr_in *four = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
    four->sin_port = htons(port);
    *ret_len = sizeof(*four);
    if (inet_pton(AF_INET, config->listen_host, &four->sin_addr) != 1) {
        address = (struct sockaddr_storage){.ss_family = AF_INET6};
        six->sin6_port = htons(port);
        *ret_len = sizeof(*six);
        if (inet_pton(AF_INET6, config->listen_host, &six->sin6_addr) != 1)
            return ERR_INVALID;
    }
    *ret = address;
    return OK;
}

/* A socket bound to the address. ERR_IO: errno says why. */
static enum status bind_socket(const struct sockaddr_storage *address, socklen_t len, bool shared,
                               int *ret_fd)
{
    const int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    const int share = shared ? 1 : 0;
    if (fd < 0)
        return ERR_IO;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &share, sizeof(share)) != 0 ||
        bind(fd, (const struct sockaddr *)address, len) != 0) {
        const int saved = errno;
        close(fd);
        errno = saved;
        return ERR_IO;
    }
    *ret_fd = fd;
    return OK;
}

/* Accepted sockets have the options of their listener: set once, two system calls less for each.
 * What is written leaves at once, and a peer that acknowledges nothing is given up. */
static enum status set_options(const struct config *config, int fd)
{
    const int on = 1;
    const unsigned timeout_ms = send_timeout_ms(config);
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms)) == 0)
        return OK;
    const int saved = errno;
    close(fd);
    errno = saved;
    return ERR_IO;
}

/* Io threads share the address; two servers must not: each would get some of the other's clients.
 * SO_REUSEPORT does not tell them apart, so the first io thread asks for the address alone once. */
static enum status bind_listener(const struct config *config, unsigned index, uint16_t *port,
                                 int *ret_fd)
{
    struct sockaddr_storage address;
    socklen_t len;
    int fd;
    enum status st = read_address(config, *port, &address, &len);
    if (st == OK && index == 0) {
        st = bind_socket(&address, len, false, &fd);
        if (st == OK)
            close(fd);
    }
    if (st == OK)
        st = bind_socket(&address, len, true, &fd);
    if (st != OK)
        return st;
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        close(fd);
        return ERR_IO;
    }
    *port = ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                               : ((struct sockaddr_in6 *)&address)->sin6_port);
    *ret_fd = fd;
    return OK;
}

/* ---- stopping ---- */

static void begin_stop(struct io *io)
{
    if (io->stop_deadline_ms != 0)
        return;
    io->stop_deadline_ms = uv_now(&io->loop) + STOP_MS;
    listener_stop(&io->listener);
    http_end_waiting(io);
    h2o_context_request_shutdown(&io->h2o);
    ws_group_each(&io->sockets, game_socket_restart, NULL);
}

static void check_stop(struct io *io, uint64_t now)
{
    if (io->stop_deadline_ms == 0)
        return;
    if (now >= io->stop_deadline_ms)
        ws_group_abort_all(&io->sockets);
    /* Connections that only wait for a next request end with the process. The sequencer has
     * answered every command before it let this thread stop, so nothing is on its way. */
    if (io->sockets.count == 0 && now >= io->stop_deadline_ms - STOP_MS + LAST_WORDS_MS)
        uv_stop(&io->loop);
}

/* ---- time ---- */

/* A storm of handshakes leaves freed memory behind in small pieces (measured: 9 KB a connection);
 * giving it back takes some milliseconds, so it is done when no more are coming. */
static void trim_after_storm(struct io *io, size_t before)
{
    if (io->upgrades >= TRIM_AFTER && io->upgrades == before) {
        malloc_trim(0);
        io->upgrades = 0;
    }
}

static void on_tick(uv_timer_t *tick)
{
    struct io *io = container_of(tick, struct io, tick);
    const uint64_t now = uv_now(&io->loop);
    http_end_waiting_before(io, now);
    people_notices_before(io, now);
    sweep_http(io, now);
    presence_tick(&io->presence, now);
    trim_after_storm(io, (size_t)(uintptr_t)tick->data);
    tick->data = (void *)(uintptr_t)io->upgrades;
    check_stop(io, now);
}

/* ---- life ---- */

enum status io_init(struct io *io, struct server *server, const struct catalogue *catalogue,
                    unsigned index, uint16_t *port, char ret_reason[200])
{
    int fd;
    enum status st = bind_listener(server->config, index, port, &fd);
    if (st == OK)
        st = set_options(server->config, fd);
    if (st != OK) {
        snprintf(ret_reason, 200, "--listen: %s:%u: %s", server->config->listen_host,
                 (unsigned)*port, strerror(errno));
        return ERR_IO;
    }
    *io = (struct io){.server = server, .index = index};
    ENSURE(uv_loop_init(&io->loop) == 0);
    io->loop.data = io;
    h2o_context_init(&io->h2o, &io->loop, &server->h2o);
    io->accept = (h2o_accept_ctx_t){.ctx = &io->h2o, .hosts = server->h2o.hosts};
    ENSURE(uv_async_init(&io->loop, &io->wake, on_wake) == 0);
    queue_init(&io->inbox, wake_loop, &io->wake);
    hub_init(&io->hub, on_hub_idle, io);
    list_init(&io->outbox);
    /* Of two of its kind the one that was started last runs first: what is read on while the
     * sockets are written to is still of this turn. */
    ENSURE(uv_prepare_init(&io->loop, &io->prepare) == 0);
    ENSURE(uv_prepare_start(&io->prepare, on_prepare) == 0);
    presence_init(&io->presence, on_presence_changed, game_socket_tell_presence, io,
                  server->config->presence_ms);
    ws_group_init(&io->sockets, &io->loop, &server->ws);
    slab_init(&io->socket_slab, game_socket_size());
    list_init(&io->spare_commands);
    list_init(&io->waiting);
    list_init(&io->ready);
    list_init(&io->notices);
    io->stop.kind = MAIL_STOP;
    list_init(&io->stop.node);
    io->out = json_out_new(&io->text);
    catalogue_copy(catalogue, &io->catalogue);
    stories_encode(&io->catalogue, &io->stories);
    ENSURE(uv_timer_init(&io->loop, &io->tick) == 0);
    ENSURE(uv_timer_start(&io->tick, on_tick, TICK_MS, TICK_MS) == 0);
    list_init(&io->http);
    if (listener_init(&io->listener, &io->loop, fd, BACKLOG, on_accept) != OK) {
        snprintf(ret_reason, 200, "--listen: %s", strerror(errno));
        return ERR_IO;
    }
    return OK;
}

static void run(void *arg)
{
    struct io *io = arg;
    uv_run(&io->loop, UV_RUN_DEFAULT);
}

void io_start(struct io *io)
{
    ENSURE_MEMORY(uv_thread_create(&io->thread, run, io) == 0);
}
void io_stop(struct io *io)
{
    ENSURE(queue_push(&io->inbox, &io->stop.node));
}

void io_join(struct io *io)
{
    ENSURE(uv_thread_join(&io->thread) == 0);
    queue_close(&io->inbox);
    /* The sequencer has ended before: these are refused. */
    send_outbox(io);
    people_notices_forget(io);
    ws_group_release(&io->sockets);
    presence_release(&io->presence);
    slab_release(&io->socket_slab);
    json_out_free(io->out);
    buf_release(&io->text);
    buf_release(&io->stories);
    catalogue_release(&io->catalogue);
    for (struct list *node; (node = list_take(&io->spare_commands)) != NULL;)
        command_free(container_of(container_of(node, struct mail, node), struct command, mail));
}
