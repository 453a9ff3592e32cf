#include "tests/bench/bare.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/wire.h"

enum {
    EVENTS_PER_TURN = 512,
    BACKLOG = 4096,
    READ_BYTES = 64 * 1024,
};

static void watch(const struct bare *bare, int fd, void *data, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = data};
    if (epoll_ctl(bare->epoll, operation, fd, &event) != 0)
        bench_die("epoll_ctl: %s", strerror(errno));
}

static void listen_anywhere(struct bare *bare)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof address;

    bare->epoll = epoll_create1(EPOLL_CLOEXEC);
    bare->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bare->epoll < 0 || bare->listener < 0 ||
        bind(bare->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(bare->listener, BACKLOG) != 0 ||
        getsockname(bare->listener, (struct sockaddr *)&address, &len) != 0)
        bench_die("listen: %s", strerror(errno));
    watch(bare, bare->listener, NULL, EPOLL_CTL_ADD, EPOLLIN);
    printf("bench_bare ready on http://127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
}

static void drop(struct bare *bare, struct bare_conn *conn)
{
    struct bare_conn *last = bare->conns[--bare->conn_count];

    bare->conns[conn->slot] = last;
    last->slot = conn->slot;
    if (conn->open && bare->ops->on_drop)
        bare->ops->on_drop(bare, conn);
    close(conn->fd);
    buf_release(&conn->in);
    buf_release(&conn->unsent);
    free(conn);
}

/* Bytes that the socket took. A hard error shows when the connection is read next; until then it
 * takes nothing. */
static size_t try_send(const struct bare_conn *conn, struct slice bytes)
{
    const ssize_t sent = send(conn->fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? (size_t)sent : 0;
}

void bare_send(struct bare *bare, struct bare_conn *conn, struct slice bytes)
{
    const bool waits = conn->unsent.len > 0;
    const size_t sent = waits ? 0 : try_send(conn, bytes);

    if (sent == bytes.len)
        return;
    buf_append(&conn->unsent, slice_make(bytes.at + sent, bytes.len - sent));
    if (!waits)
        watch(bare, conn->fd, conn, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void send_rest(struct bare *bare, struct bare_conn *conn)
{
    const size_t sent = try_send(conn, buf_slice(&conn->unsent));
    const size_t left = conn->unsent.len - sent;

    memmove(conn->unsent.at, conn->unsent.at + sent, left);
    conn->unsent.len = left;
    if (left > 0)
        return;
    buf_release(&conn->unsent);
    watch(bare, conn->fd, conn, EPOLL_CTL_MOD, EPOLLIN);
}

static void on_connection(struct bare *bare)
{
    const int one = 1;
    int fd;

    while ((fd = accept4(bare->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct bare_conn *conn = bench_array(1, sizeof *conn);
        if (bare->conn_count == bare->conn_cap) {
            bare->conn_cap = bare->conn_cap > 0 ? 2 * bare->conn_cap : 1024;
            bare->conns = realloc(bare->conns, bare->conn_cap * sizeof(struct bare_conn *));
            ENSURE(bare->conns);
        }
        conn->fd = fd;
        conn->slot = (uint32_t)bare->conn_count;
        bare->conns[bare->conn_count++] = conn;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(bare, fd, conn, EPOLL_CTL_ADD, EPOLLIN);
    }
}

/* The second word of the first line; the request ends at `end`. */
static struct slice target_of(struct slice request)
{
    struct slice word = SLICE_NONE;

    (void)slice_split(&request, ' ', &word);
    (void)slice_split(&request, ' ', &word);
    return word;
}

/* False: the request is not whole yet. */
static bool take_handshake(struct bare *bare, struct bare_conn *conn, struct slice *in)
{
    const size_t end = wire_header_end(*in);

    if (end == SIZE_MAX)
        return false;
    const struct slice target = target_of(slice_make(in->at, end));
    *in = slice_make(in->at + end, in->len - end);
    conn->open = true;
    bare->ops->on_open(bare, conn, target);
    return true;
}

static void on_bytes(struct bare *bare, struct bare_conn *conn, struct slice *in)
{
    struct wire_frame frame;

    if (!conn->open && !take_handshake(bare, conn, in))
        return;
    while (wire_client_frame_take(in, &frame) == OK)
        bare->ops->on_frame(bare, conn, frame.opcode, frame.payload);
    if (bare->ops->on_read)
        bare->ops->on_read(bare, conn);
}

static void on_readable(struct bare *bare, struct bare_conn *conn)
{
    static uint8_t bytes[READ_BYTES];
    struct buf kept = conn->in;

    const ssize_t got = recv(conn->fd, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        drop(bare, conn);
        return;
    }
    struct slice in = slice_make(bytes, (size_t)got);
    if (kept.len > 0) {
        buf_append(&kept, in);
        in = buf_slice(&kept);
    }
    conn->in = (struct buf){0};
    on_bytes(bare, conn, &in);
    if (in.len > 0)
        buf_append(&conn->in, in);
    buf_release(&kept);
}

static void turn(struct bare *bare)
{
    struct epoll_event events[EVENTS_PER_TURN];

    const int count = epoll_wait(bare->epoll, events, EVENTS_PER_TURN, -1);
    if (count < 0 && errno != EINTR)
        bench_die("epoll_wait: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct bare_conn *conn = events[i].data.ptr;
        if (!conn) {
            on_connection(bare);
            continue;
        }
        if (events[i].events & EPOLLOUT)
            send_rest(bare, conn);
        if (events[i].events & ~(uint32_t)EPOLLOUT)
            on_readable(bare, conn);
    }
    if (bare->ops->on_turn)
        bare->ops->on_turn(bare);
}

_Noreturn void bare_run(const struct bare_ops *ops, int argc, char **argv)
{
    static struct bare bare;

    bare.ops = ops;
    wire_answer(&bare.answer);
    bare.arg = ops->start(&bare, argc, argv);
    listen_anywhere(&bare);
    for (;;)
        turn(&bare);
}
