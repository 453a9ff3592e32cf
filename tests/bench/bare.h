/* The bare epoll server that stands under every baseline: accept, the handshake of a WebSocket,
 * frames of a client in, bytes out. No games, no timers, no limits, no pings, no bounds: what a
 * server costs that does only the one thing that is measured. A baseline gives it three functions
 * (bare_frames.c, bare_count.c, bare_pong.c); bare_main.c is its command line.
 *
 * Level-triggered epoll, one recv into a shared buffer per event, one send per bare_send; what a
 * socket does not take is copied and sent when there is room. One thread; ends by SIGTERM. */
#ifndef CASYS_TESTS_BENCH_BARE_H
#define CASYS_TESTS_BENCH_BARE_H

#include "app/base/bytes.h"

struct bare_conn {
    int fd;
    uint32_t slot;     /* in bare.conns */
    bool open;         /* the handshake is done */
    struct buf in;     /* owned: what a read left unfinished */
    struct buf unsent; /* owned: what the socket did not take */
    void *arg;         /* the baseline's */
};

struct bare;

struct bare_ops {
    void *(*start)(struct bare *bare, int argc, char **argv); /* arguments after the name */
    /* The handshake is answered; target is the request's. */
    void (*on_open)(struct bare *bare, struct bare_conn *conn, struct slice target);
    /* One frame, unmasked. */
    void (*on_frame)(struct bare *bare, struct bare_conn *conn, uint8_t opcode,
                     struct slice payload);
    void (*on_read)(struct bare *bare, struct bare_conn *conn); /* all of one read; or NULL */
    void (*on_turn)(struct bare *bare);                         /* all of one turn; or NULL */
    void (*on_drop)(struct bare *bare, struct bare_conn *conn); /* it is gone; or NULL */
};

struct bare {
    const struct bare_ops *ops;
    void *arg; /* what start returned */
    int epoll;
    int listener;
    struct bare_conn **conns; /* owned; all that are connected */
    size_t conn_count, conn_cap;
    struct buf answer; /* owned: to a handshake */
};

void bare_send(struct bare *bare, struct bare_conn *conn, struct slice bytes);

/* Serve for ever; prints the ready line. */
_Noreturn void bare_run(const struct bare_ops *ops, int argc, char **argv);

extern const struct bare_ops bare_frames_ops;
extern const struct bare_ops bare_count_ops;
extern const struct bare_ops bare_pong_ops;

#endif
