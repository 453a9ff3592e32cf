/* bench_writer FRAMES: the baseline of the fan-out, a WebSocket server that does nothing but write.
 *
 * The file holds whole frames of a real server. A new connection gets the first one after the
 * handshake; whatever comes from any connection afterwards makes the next frame go to all of them,
 * in a circle: one send of bytes that are already joined, and epoll only for what a socket does not
 * take. It knows no games, no rules and no disk. One thread; ends by SIGTERM. */
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
    CONNS_MAX = 32 * 1024,
    EVENTS_PER_TURN = 512,
    BACKLOG = 4096,
};

struct conn {
    int fd;
    bool open;           /* the handshake is done */
    struct buf request;  /* owned: until it is whole */
    struct slice unsent; /* what the socket did not take yet; of a frame or the answer */
};

struct writer {
    int epoll;
    int listener;
    struct conn *conns[CONNS_MAX]; /* owned; the open ones and those on their way */
    size_t conn_count;
    struct buf file;      /* owned */
    struct slice *frames; /* owned; each is a part of the file */
    size_t frame_count;
    size_t next;
    struct buf first; /* owned: the answer to a handshake and the first frame */
};

static void read_frames(struct writer *writer, const char *path)
{
    uint8_t bytes[16 * 1024];
    size_t got;
    struct wire_frame frame;
    size_t count = 0;

    FILE *file = fopen(path, "re");
    if (!file)
        bench_die("%s: %s", path, strerror(errno));
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0)
        buf_append(&writer->file, slice_make(bytes, got));
    fclose(file);
    struct slice rest = buf_slice(&writer->file);
    while (wire_frame_take(&rest, &frame) == OK)
        count++;
    if (count == 0 || rest.len > 0)
        bench_die("%s does not hold whole frames", path);
    writer->frames = bench_array(count, sizeof *writer->frames);
    rest = buf_slice(&writer->file);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *start = rest.at;
        ENSURE(wire_frame_take(&rest, &frame) == OK);
        writer->frames[i] = slice_make(start, (size_t)(rest.at - start));
    }
    writer->frame_count = count;
    wire_answer(&writer->first);
    buf_append(&writer->first, writer->frames[0]);
    writer->next = 1 % count;
}

static void watch(const struct writer *writer, int fd, void *data, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = data};
    if (epoll_ctl(writer->epoll, operation, fd, &event) != 0)
        bench_die("epoll_ctl: %s", strerror(errno));
}

static void listen_anywhere(struct writer *writer)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof address;

    writer->epoll = epoll_create1(EPOLL_CLOEXEC);
    writer->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (writer->epoll < 0 || writer->listener < 0 ||
        bind(writer->listener, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(writer->listener, BACKLOG) != 0 ||
        getsockname(writer->listener, (struct sockaddr *)&address, &len) != 0)
        bench_die("listen: %s", strerror(errno));
    watch(writer, writer->listener, NULL, EPOLL_CTL_ADD, EPOLLIN);
    printf("bench_writer ready on http://127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
}

static void drop(struct writer *writer, struct conn *conn)
{
    for (size_t i = 0; i < writer->conn_count; i++) {
        if (writer->conns[i] == conn)
            writer->conns[i] = writer->conns[--writer->conn_count];
    }
    close(conn->fd);
    buf_release(&conn->request);
    free(conn);
}

/* A hard error shows when the connection is read next; until then it takes nothing. */
static void flush(const struct writer *writer, struct conn *conn, bool was_waiting)
{
    const ssize_t sent =
        send(conn->fd, conn->unsent.at, conn->unsent.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    const size_t taken = sent > 0 ? (size_t)sent : 0;
    conn->unsent = slice_make(conn->unsent.at + taken, conn->unsent.len - taken);
    if (conn->unsent.len > 0 && !was_waiting)
        watch(writer, conn->fd, conn, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    if (conn->unsent.len == 0 && was_waiting)
        watch(writer, conn->fd, conn, EPOLL_CTL_MOD, EPOLLIN);
}

static void write_to(const struct writer *writer, struct conn *conn, struct slice bytes)
{
    if (conn->unsent.len > 0)
        bench_die("the client asks for more before it has read all");
    conn->unsent = bytes;
    flush(writer, conn, false);
}

static void broadcast(struct writer *writer)
{
    const struct slice frame = writer->frames[writer->next];

    writer->next = (writer->next + 1) % writer->frame_count;
    for (size_t i = 0; i < writer->conn_count; i++) {
        if (writer->conns[i]->open)
            write_to(writer, writer->conns[i], frame);
    }
}

static void on_connection(struct writer *writer)
{
    const int one = 1;
    int fd;

    while ((fd = accept4(writer->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (writer->conn_count == CONNS_MAX)
            bench_die("more than %d connections", CONNS_MAX);
        struct conn *conn = bench_array(1, sizeof *conn);
        conn->fd = fd;
        writer->conns[writer->conn_count++] = conn;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(writer, fd, conn, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void on_readable(struct writer *writer, struct conn *conn)
{
    uint8_t bytes[4096];

    const ssize_t got = recv(conn->fd, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        drop(writer, conn);
        return;
    }
    if (conn->open) {
        broadcast(writer);
        return;
    }
    buf_append(&conn->request, slice_make(bytes, (size_t)got));
    if (wire_header_end(buf_slice(&conn->request)) == SIZE_MAX)
        return;
    buf_release(&conn->request);
    conn->open = true;
    write_to(writer, conn, buf_slice(&writer->first));
}

static void turn(struct writer *writer)
{
    struct epoll_event events[EVENTS_PER_TURN];

    const int count = epoll_wait(writer->epoll, events, EVENTS_PER_TURN, -1);
    if (count < 0 && errno != EINTR)
        bench_die("epoll_wait: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct conn *conn = events[i].data.ptr;
        if (!conn) {
            on_connection(writer);
            continue;
        }
        if (events[i].events & EPOLLOUT)
            flush(writer, conn, true);
        if (events[i].events & ~(uint32_t)EPOLLOUT)
            on_readable(writer, conn);
    }
}

int main(int argc, char **argv)
{
    static struct writer writer;

    if (argc != 2) {
        fputs("usage: bench_writer FRAMES\n", stderr);
        return 2;
    }
    read_frames(&writer, argv[1]);
    listen_anywhere(&writer);
    for (;;)
        turn(&writer);
}
