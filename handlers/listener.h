/* The listening socket of one io thread, accepted from by our own hands: libuv's way spins inside
 * one call when descriptors run out and its spare one is gone, and it cannot be paused.
 *
 * A few descriptors are never given to connections: an upgrade needs one for a moment, and so may
 * the database. A newcomer that would get one of them is accepted, told 503 and closed, so that
 * nobody waits in the queue for an answer that cannot come. When not even that works, accepting
 * pauses for LISTENER_PAUSE_MS; the loop goes on for everybody who is here. */
#ifndef CASYS_HANDLERS_LISTENER_H
#define CASYS_HANDLERS_LISTENER_H

#include <sys/socket.h>
#include <uv.h>

#include "app/base/bytes.h"

enum {
    LISTENER_PAUSE_MS = 100,
    LISTENER_KEPT_DESCRIPTORS = 4, /* of the process, not for connections */
};

struct listener;

/* A new connection: non-blocking, close-on-exec; the descriptor is the callee's. */
typedef void listener_fn(struct listener *listener, int fd, const struct sockaddr *address);

/* The fields are listener.c's own, but for `on_accept`. */
struct listener {
    uv_poll_t poll;
    uv_timer_t again; /* runs while accepting pauses */
    int fd, spare;
    int first_kept; /* descriptors from here on are kept */
    uint64_t said_ms;
    listener_fn *on_accept;
};

/* Listen on a bound socket, which it owns from now on, also when it fails. ERR_IO: errno says why. */
enum status listener_init(struct listener *listener, uv_loop_t *loop, int fd, int backlog,
                          listener_fn *on_accept) MUST_CHECK;
/* No more connections; what waits in the queue is reset. */
void listener_stop(struct listener *listener);

/* Close a connection that there is no room for, with 503 if it can be told at once. */
void listener_refuse(int fd);

#endif
