#include "tests/bench/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/wire.h"

enum {
    EVENTS_PER_TURN = 512,
    READ_BYTES = 256 * 1024,
    FIRST_ADDRESS = 2, /* 127.0.0.2: the server has 127.0.0.1 for itself */
    LAST_ADDRESS = 254,
};

static void set_phase(struct client *client, struct client_conn *conn, enum client_phase phase)
{
    client->phases[conn->phase]--;
    client->phases[phase]++;
    conn->phase = phase;
}

void client_init(struct client *client, size_t cap)
{
    *client = (struct client){
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .conns = bench_array(cap, sizeof(struct client_conn)),
        .cap = cap,
    };
    if (client->epoll < 0)
        bench_die("epoll_create1: %s", strerror(errno));
}

void client_release(struct client *client)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    for (size_t i = 0; i < client->count; i++) {
        struct client_conn *conn = &client->conns[i];
        (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(conn->fd);
        buf_release(&conn->kept);
    }
    free(client->conns);
    close(client->epoll);
    *client = (struct client){.epoll = -1};
}

static struct sockaddr_in loopback(uint32_t last_byte, uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl((INADDR_LOOPBACK & ~UINT32_C(0xFF)) | last_byte),
    };
}

/* A socket on its way to the server, from the address that the connection's index gives. */
static int begin_connect(uint32_t index, uint16_t port)
{
    const int one = 1;
    const uint32_t addresses = LAST_ADDRESS - FIRST_ADDRESS + 1;
    const struct sockaddr_in from =
        loopback(FIRST_ADDRESS + index / CLIENT_PER_ADDRESS % addresses, 0);
    const struct sockaddr_in to = loopback(1, port);

    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        bench_die("socket: %s", strerror(errno));
    /* Choose the port at connect, where it only has to be free for this one server. */
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&from, sizeof from) != 0)
        bench_die("bind: %s", strerror(errno));
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)
        bench_die("connect: %s", strerror(errno));
    return fd;
}

static void watch(struct client *client, struct client_conn *conn, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = conn};
    if (epoll_ctl(client->epoll, operation, conn->fd, &event) != 0)
        bench_die("epoll_ctl: %s", strerror(errno));
}

struct client_conn *client_connect(struct client *client, const struct client_service *service,
                                   struct slice target, bool hold)
{
    ENSURE(client->count < client->cap);
    const uint32_t index = (uint32_t)client->count;
    struct client_conn *conn = &client->conns[client->count++];

    *conn = (struct client_conn){
        .fd = begin_connect(index, service->port),
        .index = index,
        .phase = CLIENT_CONNECTING,
        .hold = hold,
        .service = service,
    };
    client->phases[CLIENT_CONNECTING]++;
    wire_request(&conn->kept, service->port, target);
    watch(client, conn, EPOLL_CTL_ADD, EPOLLOUT);
    return conn;
}

/* What is sent here is small and the server reads at once: a socket that does not take it all has a
 * server behind it that has stopped reading. */
static void send_all(const struct client_conn *conn, struct slice bytes)
{
    const ssize_t sent = send(conn->fd, bytes.at, bytes.len, MSG_NOSIGNAL);
    if (sent < 0)
        bench_die("send on connection %u: %s", conn->index, strerror(errno));
    if ((size_t)sent != bytes.len)
        bench_die("the server does not read connection %u", conn->index);
}

void client_send_text(struct client_conn *conn, struct slice text)
{
    struct buf frame = {0};

    ENSURE(conn->phase == CLIENT_OPEN);
    wire_client_frame(&frame, WIRE_TEXT, text);
    send_all(conn, buf_slice(&frame));
    buf_release(&frame);
}

void client_send_frames(struct client_conn *conn, struct slice frames)
{
    ENSURE(conn->phase == CLIENT_OPEN);
    send_all(conn, frames);
}

void client_mute(struct client *client, struct client_conn *conn)
{
    watch(client, conn, EPOLL_CTL_DEL, 0);
}

static void on_connected(struct client *client, struct client_conn *conn)
{
    struct slice request = buf_slice(&conn->kept);
    int error = 0;
    socklen_t len = sizeof error;

    (void)getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error != 0)
        bench_die("connect of connection %u: %s", conn->index, strerror(error));
    if (conn->hold)
        request.len -= WIRE_REQUEST_TAIL;
    send_all(conn, request);
    watch(client, conn, EPOLL_CTL_MOD, EPOLLIN);
    if (conn->hold) {
        set_phase(client, conn, CLIENT_HELD);
        return;
    }
    buf_release(&conn->kept);
    set_phase(client, conn, CLIENT_UPGRADING);
}

void client_let_go(struct client *client)
{
    for (size_t i = 0; i < client->count; i++) {
        struct client_conn *conn = &client->conns[i];
        if (conn->phase != CLIENT_HELD)
            continue;
        const size_t start = conn->kept.len - WIRE_REQUEST_TAIL;
        send_all(conn, slice_make(conn->kept.at + start, WIRE_REQUEST_TAIL));
        buf_release(&conn->kept);
        set_phase(client, conn, CLIENT_UPGRADING);
    }
}

static void on_close_frame(const struct client_conn *conn, struct slice payload)
{
    if (payload.len < 2)
        bench_die("the server closed connection %u without a code", conn->index);
    const struct slice reason = slice_make(payload.at + 2, payload.len - 2);
    bench_die("the server closed connection %u with code %d %.*s", conn->index,
              payload.at[0] << 8 | payload.at[1], SLICE_ARG(reason));
}

static void on_frame(struct client_conn *conn, const struct wire_frame *frame)
{
    struct buf pong = {0};

    switch (frame->opcode) {
    case WIRE_TEXT:
        conn->messages++;
        conn->service->on_text(conn->service->arg, conn, frame->payload);
        break;
    case WIRE_PING:
        wire_client_frame(&pong, WIRE_PONG, frame->payload);
        send_all(conn, buf_slice(&pong));
        buf_release(&pong);
        break;
    case WIRE_CLOSE: on_close_frame(conn, frame->payload); break;
    case WIRE_PONG:
        if (conn->service->on_pong)
            conn->service->on_pong(conn->service->arg, conn, frame->payload);
        break;
    default: break;
    }
}

/* Handle all that is whole; *in is what is left. */
static void on_bytes(struct client *client, struct client_conn *conn, struct slice *in)
{
    struct wire_frame frame;
    enum status st = OK;

    if (conn->phase == CLIENT_HELD)
        bench_die("the server answered half a request on connection %u", conn->index);
    if (conn->phase == CLIENT_UPGRADING) {
        st = wire_answer_take(in);
        if (st == ERR_INVALID)
            bench_die("no upgrade for connection %u: %.*s", conn->index, SLICE_ARG(*in));
        if (st != OK)
            return;
        set_phase(client, conn, CLIENT_OPEN);
    }
    while ((st = wire_frame_take(in, &frame)) == OK)
        on_frame(conn, &frame);
    if (st == ERR_INVALID)
        bench_die("no frame where one has to begin, connection %u after %llu messages", conn->index,
                  (unsigned long long)conn->messages);
    if (conn->service->on_read)
        conn->service->on_read(conn->service->arg, conn);
}

/* Keep what is left of a read for the next one. */
static void keep(struct client_conn *conn, struct slice left)
{
    if (conn->kept.len == 0) {
        buf_append(&conn->kept, left);
        return;
    }
    memmove(conn->kept.at, left.at, left.len);
    conn->kept.len = left.len;
}

static void on_readable(struct client *client, struct client_conn *conn)
{
    static uint8_t bytes[READ_BYTES];

    const ssize_t got = recv(conn->fd, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got < 0)
        bench_die("connection %u: %s", conn->index, strerror(errno));
    if (got == 0)
        bench_die("the server ended connection %u without a Close", conn->index);
    client->bytes += (uint64_t)got;
    struct slice in = slice_make(bytes, (size_t)got);
    if (conn->kept.len > 0) {
        buf_append(&conn->kept, in);
        in = buf_slice(&conn->kept);
    }
    on_bytes(client, conn, &in);
    keep(conn, in);
}

bool client_turn(struct client *client, int timeout_ms)
{
    struct epoll_event events[EVENTS_PER_TURN];

    const int count = epoll_wait(client->epoll, events, EVENTS_PER_TURN, timeout_ms);
    if (count < 0 && errno != EINTR)
        bench_die("epoll_wait: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct client_conn *conn = events[i].data.ptr;
        if (conn->phase == CLIENT_CONNECTING)
            on_connected(client, conn);
        else
            on_readable(client, conn);
    }
    return count > 0;
}

void client_until(struct client *client, const size_t *counter, size_t goal, uint32_t seconds,
                  const char *what)
{
    const uint64_t deadline = bench_now_ns() + seconds * UINT64_C(1000000000);

    while (*counter < goal) {
        if (bench_now_ns() > deadline)
            bench_die("%s: %zu of %zu after %u s", what, *counter, goal, seconds);
        (void)client_turn(client, 100);
    }
}
