/* Many WebSocket connections from this machine to itself, on one epoll. Connections come from
 * 127.0.0.2 and up, CLIENT_PER_ADDRESS of them from each, so that a limit per address shows as
 * what it is. Every frame is read to its end and every boundary checked: a byte that is not where
 * it belongs, or a connection that the server closes, ends the program (bench.h). Pings are
 * answered. Receiving copies only what a read cut in two. One thread. */
#ifndef CASYS_TESTS_BENCH_CLIENT_H
#define CASYS_TESTS_BENCH_CLIENT_H

#include "app/base/bytes.h"

enum { CLIENT_PER_ADDRESS = 1000 };

enum client_phase {
    CLIENT_CONNECTING,
    CLIENT_HELD,      /* the request is sent but for its last bytes; client_let_go sends those */
    CLIENT_UPGRADING, /* the whole request is sent */
    CLIENT_OPEN,
};

struct client_conn {
    int fd;
    uint32_t index;    /* of this client, from 0 */
    uint64_t messages; /* text messages that came */
    enum client_phase phase;
    bool hold;
    const struct client_service *service; /* borrowed until client_release */
    struct buf kept; /* owned: the request until it is sent, then what a read left unfinished */
};

/* One server, and what becomes of its messages. */
struct client_service {
    uint16_t port;
    void *arg;
    /* May send on the connection. text is borrowed for the call. */
    void (*on_text)(void *arg, struct client_conn *conn, struct slice text);
    void (*on_pong)(void *arg, struct client_conn *conn, struct slice payload); /* or NULL */
    /* All of one read was handled; or NULL. */
    void (*on_read)(void *arg, struct client_conn *conn);
};

struct client {
    int epoll;
    struct client_conn *conns; /* owned; `count` of `cap` are in use */
    size_t cap;
    size_t count;
    size_t phases[CLIENT_OPEN + 1]; /* connections in each phase */
    uint64_t bytes;                 /* received */
};

void client_init(struct client *client, size_t cap);
/* Resets all connections, so that no port waits for a last packet. */
void client_release(struct client *client);

/* Begin a connection; the target is a path with its query. With `hold` the request stops before its
 * last bytes until client_let_go. The pointer is good until client_release. */
struct client_conn *client_connect(struct client *client, const struct client_service *service,
                                   struct slice target, bool hold);

/* Send the rest of all held requests. */
void client_let_go(struct client *client);

/* Wait at most timeout_ms for something to happen and handle it. False when nothing did. */
bool client_turn(struct client *client, int timeout_ms);

/* Turn until *counter >= goal; dies, naming `what`, when that takes longer than seconds. */
void client_until(struct client *client, const size_t *counter, size_t goal, uint32_t seconds,
                  const char *what);

void client_send_text(struct client_conn *conn, struct slice text);
/* Frames that are written already (wire_client_frame), in one system call. */
void client_send_frames(struct client_conn *conn, struct slice frames);

/* Read nothing more from it: what the server sends stays in the kernel until that is full. */
void client_mute(struct client *client, struct client_conn *conn);

#endif
