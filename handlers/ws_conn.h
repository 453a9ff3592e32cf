/* One WebSocket connection (RFC 6455), taken out of h2o at the upgrade: an ordinary libuv stream of
 * ours. Reads frames, answers pings, closes by the book, keeps what is not written yet within
 * bounds. Knows nothing of games: whoever embeds it gets whole texts and gives texts and updates.
 *
 * Everything of a group belongs to one io thread. Sending only marks a connection dirty; all dirty
 * ones are written once per turn of the loop, one system call each, so that nothing is freed or
 * written inside a walk. What the peer does not take waits in one place for texts (bounded: reading
 * pauses while it is full) and one for the newest update (a newer one replaces it). While a write is
 * blocked, only the newest ping is answered (RFC 6455, 5.5.3). A reader that has not taken what was
 * written after write_ms is closed with 1013: the Close stands right behind the frame that blocks,
 * because nothing can overtake half a frame, all else that waited is let go, and after closing_ms
 * more TCP ends, whether the Close went out or not.
 *
 * The program must ignore SIGPIPE. */
#ifndef CASYS_HANDLERS_WS_CONN_H
#define CASYS_HANDLERS_WS_CONN_H

#include <uv.h>

#include "app/base/list.h"
#include "app/update.h"
#include "handlers/ws_frame.h"

struct ws_conn;

struct ws_config {
    struct ws_limits limits;
    size_t queued_bytes;    /* texts that wait to be written; above it reading pauses */
    uint64_t ping_ms;       /* nothing came for so long: ping */
    uint64_t idle_ms;       /* nothing came for so long: the peer is gone */
    uint64_t talk_idle_ms;  /* no message came for so long: gone too, where that is asked for */
    uint64_t message_ms;    /* a message that has begun is not complete after so long: end */
    uint64_t write_ms;      /* a write took so long: the reader is too slow */
    uint64_t closing_ms;    /* to wait for the peer's part of closing */
    uint64_t late_close_ms; /* how late a Close is answered where that is asked for */
};

struct ws_handlers {
    /* A whole message, borrowed for the call. */
    void (*on_text)(struct ws_conn *conn, struct slice text);
    /* The same; NULL: this connection speaks text only and closes with 1003. */
    void (*on_binary)(struct ws_conn *conn, struct slice data);
    /* No more will come and nothing can be sent. Called once. */
    void (*on_end)(struct ws_conn *conn);
    /* The connection is over and nobody holds it: give its memory back. */
    void (*on_free)(struct ws_conn *conn);
};

enum { WS_SPARES = 64 };

/* The connections of one io thread and what they share. */
struct ws_group {
    const struct ws_config *config; /* borrowed */
    uv_loop_t *loop;
    uv_prepare_t prepare;
    uv_timer_t sweep;             /* runs while there is a connection */
    struct list dirty;            /* something to write */
    struct list heard;            /* by the time something came, oldest first */
    struct list pinged;           /* the same, for those that were pinged since */
    struct list talking;          /* by the time a message came: ones with talk_idle */
    struct list partial;          /* by the time the message began that is not complete */
    struct list writing;          /* by the time their write began */
    struct list closing;          /* by the time their closing step began */
    struct list late;             /* by the time the peer's Close came */
    struct buf spares[WS_SPARES]; /* memory for the next connections that have something to send */
    size_t spare_count;
    uint8_t *input; /* what is read right now */
    size_t count;   /* connections that are not freed yet */
};

enum ws_phase { WS_OPEN, WS_CLOSING, WS_DRAINING, WS_GONE };

/* Embedded in what the connection is for. The fields are ws_conn.c's own. */
struct ws_conn {
    uv_tcp_t tcp;
    /* What a broadcast touches stands together: few cache lines for each of many watchers. */
    struct ws_group *group;
    struct list dirty_node;
    struct update *newest;  /* the update that waits; one reference */
    struct ws_write *write; /* what libuv is writing, or NULL */
    struct buf out;         /* frames that wait */
    int fd;                 /* of tcp */
    uint32_t pong_len;      /* of the pong that ends `out`; 0: another frame does */
    uint16_t late_code;     /* what the late Close will say */
    uint8_t phase;
    bool talk_idle, late_close, peer_closed, ended, paused, full, reading, feeding;
    /* The rest. */
    uint32_t holds;
    const struct ws_handlers *handlers;
    struct ws_reader reader;
    struct buf held; /* input that came before reading paused */
    size_t held_at;  /* so much of it is read */
    struct list life_node, talk_node, partial_node, write_node, close_node;
    uint64_t heard_ms, talked_ms, partial_began_ms, write_began_ms, close_began_ms;
};

/* ---- the group ---- */

void ws_group_init(struct ws_group *group, uv_loop_t *loop, const struct ws_config *config);
/* Close the group's own handles; all connections must be gone. */
void ws_group_stop(struct ws_group *group);
void ws_group_release(struct ws_group *group);
/* Visit every connection that is not gone. The visit may send and close, which frees nothing. */
typedef void ws_visit_fn(struct ws_conn *conn, const void *arg);
void ws_group_each(struct ws_group *group, ws_visit_fn *visit, const void *arg);
/* Drop what is still there without another word. */
void ws_group_abort_all(struct ws_group *group);

/* ---- one connection ---- */

/* Take over a connected socket. `early` is what the peer sent right behind its handshake. conn is
 * zeroed memory of the caller's, which gets it back by on_free, also when this fails.
 * ERR_IO    the descriptor cannot be used; it is closed. */
enum status ws_conn_start(struct ws_conn *conn, struct ws_group *group,
                          const struct ws_handlers *handlers, int fd) MUST_CHECK;
void ws_conn_feed(struct ws_conn *conn, struct slice early);

/* A connection that must say something every talk_idle_ms, and whose Close is answered late: the
 * habits of CASYS clients (docs/protocol.md). Right after ws_conn_start. */
void ws_conn_casys(struct ws_conn *conn);

/* Send one text. Dropped when the connection is closing. */
void ws_conn_text(struct ws_conn *conn, struct slice text);
void ws_conn_binary(struct ws_conn *conn, struct slice data);
/* Send an update's frame, or let it replace the one that waits. Takes a reference of its own. */
void ws_conn_update(struct ws_conn *conn, struct update *update);
/* Send its frame at once if nothing waits for this reader; otherwise false: it is not sent. For what
 * has a newer one soon. Frees nothing and calls nobody. */
bool ws_conn_offer(struct ws_conn *conn, struct update *update);
/* What waits is still sent, then Close; no further text is read. */
void ws_conn_close(struct ws_conn *conn, enum ws_close_code code, struct slice reason);
/* The same, with one more text, which is the last before Close; empty: none. */
void ws_conn_close_with(struct ws_conn *conn, struct slice last, enum ws_close_code code,
                        struct slice reason);
/* Can it still be sent to? */
bool ws_conn_open(const struct ws_conn *conn);

/* Read no further message until resumed; nothing is lost. */
void ws_conn_pause(struct ws_conn *conn);
void ws_conn_resume(struct ws_conn *conn);

/* While held, the memory stays, also after the end. */
void ws_conn_hold(struct ws_conn *conn);
void ws_conn_unhold(struct ws_conn *conn);

#endif
