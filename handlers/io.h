/* An io thread: one libuv loop with one h2o context, its own listener (SO_REUSEPORT), its
 * connections, its hub, and the commands that are on their way. Everything here is touched on that
 * thread only, but for the inbox and what io_start and io_stop say. */
#ifndef CASYS_HANDLERS_IO_H
#define CASYS_HANDLERS_IO_H

#include <h2o.h>
#include <uv.h>

#include "app/base/queue.h"
#include "app/base/slab.h"
#include "app/config.h"
#include "app/hub.h"
#include "app/presence.h"
#include "app/sequencer.h"
#include "app/steer.h"
#include "handlers/gate.h"
#include "handlers/listener.h"
#include "handlers/static_files.h"
#include "handlers/ws_conn.h"

/* What all io threads share; read only after the start, but for the gate's counts. */
struct server {
    const struct config *config;
    const struct static_files *files;
    struct sequencer *sequencer;
    struct queue *inbox; /* the sequencer's */
    struct buf limits;   /* GET /api/limits; owned */
    struct ws_config ws;
    struct gate gate;
    h2o_globalconf_t h2o;
    atomic_bool stopping; /* refuse new work */
};

struct io {
    struct server *server; /* borrowed */
    unsigned index;
    uv_thread_t thread;
    uv_loop_t loop;
    h2o_context_t h2o;
    h2o_accept_ctx_t accept;
    struct listener listener;
    uv_async_t wake;
    uv_prepare_t prepare; /* before the loop waits: the outbox */
    uv_timer_t tick;      /* long polls, trimming */
    struct queue inbox;
    struct list outbox; /* commands of this turn, for the sequencer */
    struct hub hub;
    struct presence presence;
    struct ws_group sockets;
    struct slab socket_slab;
    struct list spare_commands;
    size_t spare_count;
    struct list waiting; /* long polls */
    struct list ready;   /* long polls that have got their update */
    struct list notices; /* notice_post that are to be heeded later, the next one first */
    struct mail stop;
    struct catalogue catalogue; /* what can be begun; owned */
    struct buf stories;         /* GET /api/stories, the whole answer */
    struct buf text;            /* the message being written */
    struct json_out *out;       /* writes into it */
    struct list http;           /* connections that h2o has */
    size_t exports;             /* exports under way, 0..LIMIT_EXPORTS */
    size_t upgrades;            /* since memory was trimmed last */
    struct steer returning;     /* who was told when to come back */
    uint64_t swept_ms;          /* when these were last looked at */
    uint64_t stop_deadline_ms;  /* 0: not stopping */
};

/* Bind the configured address; *port 0 is replaced by the one that was taken, so that the next io
 * thread gets the same. Call it on the main thread, before io_start.
 * ERR_IO    ret_reason says what the system said. */
enum status io_init(struct io *io, struct server *server, const struct catalogue *catalogue,
                    unsigned index, uint16_t *port, char ret_reason[200]) MUST_CHECK;
/* Run the loop on its own thread. */
void io_start(struct io *io);
/* From any thread: take no more connections, end WebSockets with 1001, finish what is under way,
 * at most until the deadline; then the thread ends. */
void io_stop(struct io *io);
/* Wait for the thread's end and release what it held. */
void io_join(struct io *io);

/* An empty command, owned by the caller until it is sent or given back. */
struct command *io_command(struct io *io);
/* Hand it to the sequencer, with all others of this turn of the loop, at its end. command->done is
 * called on this thread with the answer, never from inside this call; when the server is stopping,
 * with ERR_SHUTTING_DOWN. */
void io_send(struct io *io, struct command *command);
/* After `done`, or unsent. */
void io_give(struct io *io, struct command *command);

/* After how many ms the client that is sent away now is to come back. */
uint64_t io_return_ms(struct io *io);

/* The place by its address of the connection that has this request, which is the caller's from now
 * on; NULL: it is not counted. For an upgrade: the socket goes on with it. */
struct tally_place *io_take_place(h2o_req_t *req);

/* A clean sheet: io->out writes into io->text. */
void io_clear(struct io *io);

#endif
