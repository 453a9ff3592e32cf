#include "handlers/ws_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "app/base/metrics.h"

enum {
    INPUT_BYTES = 64 * 1024, /* one read */
    SPARE_BYTES = 4096,      /* memory that is kept for the next sender */
    SWEEP_MS = 50,           /* how exact the times of ws_config are kept */
};

/* What did not fit into the socket at once; libuv writes it when there is room. */
struct ws_write {
    uv_write_t request;
    struct ws_conn *conn;
    struct buf bytes;
    struct update *update; /* one reference, or NULL */
};

/* ---- ending ---- */

static void free_if_over(struct ws_conn *conn)
{
    if (conn->phase != WS_GONE || !conn->ended || conn->holds > 0)
        return;
    struct ws_group *group = conn->group;
    conn->handlers->on_free(conn);
    group->count--;
}

static void on_closed(uv_handle_t *handle)
{
    struct ws_conn *conn = container_of(handle, struct ws_conn, tcp);
    ws_reader_release(&conn->reader);
    buf_release(&conn->out);
    buf_release(&conn->held);
    update_unref(conn->newest);
    conn->newest = NULL;
    metric_add(METRIC_SOCKETS, -1);
    /* Not over before on_end has returned: it may let go of the last hold. */
    conn->handlers->on_end(conn);
    conn->ended = true;
    free_if_over(conn);
}

/* The end of TCP, whatever was still to be said. */
static void drop(struct ws_conn *conn)
{
    if (conn->phase == WS_GONE)
        return;
    conn->phase = WS_GONE;
    list_unlink(&conn->dirty_node);
    list_unlink(&conn->life_node);
    list_unlink(&conn->talk_node);
    list_unlink(&conn->partial_node);
    list_unlink(&conn->write_node);
    list_unlink(&conn->close_node);
    uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

/* While libuv writes there is nothing to do: the end of that write looks at everything again. So a
 * reader that does not read costs nothing but the replacing of what waits. */
static void mark_dirty(struct ws_conn *conn)
{
    if (conn->phase != WS_GONE && !conn->write && !list_linked(&conn->dirty_node))
        list_append(&conn->group->dirty, &conn->dirty_node);
}

/* Every step of closing has the same time, so the list stays in order. */
static void begin_closing_step(struct ws_conn *conn)
{
    conn->close_began_ms = uv_now(conn->group->loop);
    list_unlink(&conn->close_node);
    list_append(&conn->group->closing, &conn->close_node);
}

/* Reading goes on in the middle of a chunk: the one place where writing knows of reading. */
static void read_on(struct ws_conn *conn);

/* All is written, Close too: end our half, and read what still comes for a while, so that the
 * kernel does not answer it with a reset that would overtake our last bytes. */
static void begin_draining(struct ws_conn *conn)
{
    if (shutdown(conn->fd, SHUT_WR) != 0) {
        drop(conn);
        return;
    }
    conn->phase = WS_DRAINING;
    begin_closing_step(conn);
    read_on(conn);
}

/* ---- writing ---- */

static void give_spare(struct ws_group *group, struct buf *buf)
{
    if (group->spare_count < WS_SPARES && buf->cap <= SPARE_BYTES) {
        buf_clear(buf);
        group->spares[group->spare_count++] = *buf;
        *buf = (struct buf){.at = NULL};
        return;
    }
    buf_release(buf);
}

static struct buf *out_of(struct ws_conn *conn)
{
    struct ws_group *group = conn->group;
    if (!conn->out.at && group->spare_count > 0)
        conn->out = group->spares[--group->spare_count];
    return &conn->out;
}

static size_t queued(const struct ws_conn *conn)
{
    return conn->out.len + (conn->write ? conn->write->bytes.len : 0);
}

/* The output was full and has room again. */
static void unfill(struct ws_conn *conn)
{
    if (!conn->full || queued(conn) > conn->group->config->queued_bytes / 2)
        return;
    conn->full = false;
    read_on(conn);
}

static void after_write(struct ws_conn *conn)
{
    if (conn->phase == WS_GONE)
        return;
    /* Also while a newer update waits: a stream of them must not keep reading paused for ever. */
    unfill(conn);
    if (conn->out.len > 0 || conn->newest) {
        mark_dirty(conn);
        return;
    }
    if (conn->out.at)
        give_spare(conn->group, &conn->out);
    if (conn->phase == WS_CLOSING && conn->peer_closed && !conn->late_code)
        begin_draining(conn);
}

static void on_written(uv_write_t *request, int error)
{
    struct ws_write *write = container_of(request, struct ws_write, request);
    struct ws_conn *conn = write->conn;
    conn->write = NULL;
    list_unlink(&conn->write_node);
    buf_release(&write->bytes);
    update_unref(write->update);
    free(write);
    if (error)
        drop(conn);
    else
        after_write(conn);
}

/* Hand over what the socket did not take: texts first, then the update. `done` bytes went out. */
static void write_rest(struct ws_conn *conn, size_t done)
{
    struct ws_group *group = conn->group;
    struct ws_write *write = calloc(1, sizeof(*write));
    ENSURE_MEMORY(write);
    write->conn = conn;
    write->bytes = conn->out;
    write->update = conn->newest;
    conn->out = (struct buf){.at = NULL};
    conn->pong_len = 0;
    conn->newest = NULL;
    conn->write = write;
    uv_buf_t parts[2];
    unsigned count = 0;
    if (done < write->bytes.len) {
        parts[count++] =
            uv_buf_init((char *)write->bytes.at + done, (unsigned)(write->bytes.len - done));
        done = 0;
    } else {
        done -= write->bytes.len;
    }
    if (write->update) {
        const struct slice frame = write->update->frame;
        parts[count++] = uv_buf_init((char *)frame.at + done, (unsigned)(frame.len - done));
    }
    conn->write_began_ms = uv_now(group->loop);
    list_append(&group->writing, &conn->write_node);
    const int error =
        uv_write(&write->request, (uv_stream_t *)&conn->tcp, parts, count, on_written);
    /* libuv takes every write on an open stream; its errors come by on_written. */
    ENSURE(error == 0);
}

/* Bytes that the socket took of what waits, or -1 and errno. Not by uv_try_write: that is write(),
 * and the way of send() through the kernel is shorter (docs/decisions/0009-speed.md). libuv
 * has no write of its own under way when this is called. */
static ssize_t send_now(const struct ws_conn *conn)
{
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const struct slice frame = conn->newest ? conn->newest->frame : SLICE_NONE;
    if (frame.len == 0)
        return send(conn->fd, conn->out.at, conn->out.len, flags);
    if (conn->out.len == 0)
        return send(conn->fd, frame.at, frame.len, flags);
    struct iovec parts[] = {
        {.iov_base = conn->out.at, .iov_len = conn->out.len},
        {.iov_base = (void *)(uintptr_t)frame.at, .iov_len = frame.len},
    };
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = COUNT_OF(parts)};
    return sendmsg(conn->fd, &message, flags);
}

/* Write what waits. One system call when the peer keeps up. */
static void flush(struct ws_conn *conn)
{
    if (conn->phase == WS_GONE || conn->write)
        return;
    const size_t total = conn->out.len + (conn->newest ? conn->newest->frame.len : 0);
    if (total > 0) {
        const ssize_t sent = send_now(conn);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            drop(conn);
            return;
        }
        if (sent < 0 || (size_t)sent < total) {
            write_rest(conn, sent < 0 ? 0 : (size_t)sent);
            return;
        }
        buf_clear(&conn->out);
        conn->pong_len = 0;
        update_unref(conn->newest);
        conn->newest = NULL;
    }
    after_write(conn);
}

static void check_full(struct ws_conn *conn)
{
    if (queued(conn) > conn->group->config->queued_bytes)
        conn->full = true;
}

static void send_frame(struct ws_conn *conn, enum ws_opcode opcode, struct slice payload)
{
    ws_frame_append(out_of(conn), opcode, payload);
    conn->pong_len = 0;
    check_full(conn);
    mark_dirty(conn);
}

/* A peer that sends pings and does not read them answered costs one pong. */
static void send_pong(struct ws_conn *conn, struct slice payload)
{
    if (conn->write)
        conn->out.len -= conn->pong_len; /* the one that ends what waits */
    const size_t before = conn->out.len;
    send_frame(conn, WS_PONG, payload);
    conn->pong_len = (uint32_t)(conn->out.len - before);
}

void ws_conn_text(struct ws_conn *conn, struct slice text)
{
    if (conn->phase == WS_OPEN)
        send_frame(conn, WS_TEXT, text);
}

void ws_conn_binary(struct ws_conn *conn, struct slice data)
{
    if (conn->phase == WS_OPEN)
        send_frame(conn, WS_BINARY, data);
}

void ws_conn_update(struct ws_conn *conn, struct update *update)
{
    if (conn->phase != WS_OPEN)
        return;
    if (conn->newest) {
        /* Two ways lead here, the hub's and an answer's: what is newest is settled by the version. */
        if (id_eq(conn->newest->game, update->game) && conn->newest->version > update->version)
            return;
        metric_add(METRIC_CONFLATED, 1);
        update_unref(conn->newest);
    }
    conn->newest = update_ref(update);
    mark_dirty(conn);
}

bool ws_conn_offer(struct ws_conn *conn, struct update *update)
{
    if (conn->phase != WS_OPEN || conn->full || conn->write || conn->newest || conn->out.len > 0)
        return false;
    conn->newest = update_ref(update);
    flush(conn);
    return true;
}

bool ws_conn_open(const struct ws_conn *conn)
{
    return conn->phase == WS_OPEN;
}

/* ---- closing ---- */

/* The Close frame is the last one: an update that waits goes out before it, and then the last
 * text, if there is one. */
static void send_close(struct ws_conn *conn, struct slice last, uint16_t code, struct slice reason)
{
    struct buf *out = out_of(conn);
    if (conn->newest) {
        buf_append(out, conn->newest->frame);
        update_unref(conn->newest);
        conn->newest = NULL;
    }
    if (last.len > 0)
        ws_frame_append(out, WS_TEXT, last);
    ws_close_append(out, code, reason);
    conn->pong_len = 0;
    mark_dirty(conn);
}

static void begin_closing(struct ws_conn *conn, struct slice last, uint16_t code,
                          struct slice reason)
{
    conn->phase = WS_CLOSING;
    list_unlink(&conn->talk_node);
    list_unlink(&conn->partial_node);
    send_close(conn, last, code, reason);
    begin_closing_step(conn);
    /* Reading may have paused; the peer's Close stands behind what waits. */
    read_on(conn);
}

void ws_conn_close_with(struct ws_conn *conn, struct slice last, enum ws_close_code code,
                        struct slice reason)
{
    if (conn->phase == WS_OPEN)
        begin_closing(conn, last, (uint16_t)code, reason);
}

void ws_conn_close(struct ws_conn *conn, enum ws_close_code code, struct slice reason)
{
    ws_conn_close_with(conn, SLICE_NONE, code, reason);
}

/* The peer broke the protocol: there is nothing to wait for from it. */
static void fail(struct ws_conn *conn, uint16_t code)
{
    conn->peer_closed = true;
    if (conn->phase == WS_OPEN)
        begin_closing(conn, SLICE_NONE, code, SLICE_NONE);
    else
        mark_dirty(conn);
}

static void on_peer_close(struct ws_conn *conn, uint16_t code)
{
    conn->peer_closed = true;
    if (conn->phase != WS_OPEN) {
        mark_dirty(conn);
    } else if (conn->late_close) {
        conn->phase = WS_CLOSING;
        conn->late_code = code;
        conn->close_began_ms = uv_now(conn->group->loop);
        list_unlink(&conn->talk_node);
        list_unlink(&conn->partial_node);
        list_append(&conn->group->late, &conn->close_node);
    } else {
        begin_closing(conn, SLICE_NONE, code, SLICE_NONE);
    }
}

static void answer_late_close(struct ws_conn *conn)
{
    const uint16_t code = conn->late_code;
    conn->late_code = 0;
    begin_closing(conn, SLICE_NONE, code, SLICE_NONE);
}

/* ---- reading ---- */

static void on_event(struct ws_conn *conn, const struct ws_event *event)
{
    /* A control frame between fragments does not complete their message. */
    if (conn->reader.message == 0)
        list_unlink(&conn->partial_node);
    switch (event->kind) {
    case WS_EVENT_TEXT:
    case WS_EVENT_BINARY:
        if (conn->phase != WS_OPEN)
            return;
        if (conn->talk_idle) {
            conn->talked_ms = uv_now(conn->group->loop);
            list_unlink(&conn->talk_node);
            list_append(&conn->group->talking, &conn->talk_node);
        }
        metric_add(METRIC_MESSAGES_IN, 1);
        if (event->kind == WS_EVENT_TEXT)
            conn->handlers->on_text(conn, event->payload);
        else if (conn->handlers->on_binary)
            conn->handlers->on_binary(conn, event->payload);
        else
            ws_conn_close(conn, WS_CODE_UNSUPPORTED, SLICE_NONE);
        return;
    case WS_EVENT_PING:
        if (conn->phase == WS_OPEN)
            send_pong(conn, event->payload);
        return;
    case WS_EVENT_PONG: return;
    case WS_EVENT_CLOSE: on_peer_close(conn, event->code); return;
    case WS_EVENT_FAIL: fail(conn, event->code); return;
    }
}

/* Messages wait for somebody. A connection that closes has nobody who could be flooded. */
static bool stopped(const struct ws_conn *conn)
{
    return conn->phase == WS_OPEN && (conn->paused || conn->full);
}

static void start_reading(struct ws_conn *conn);
static void stop_reading(struct ws_conn *conn);

static void read_events(struct ws_conn *conn, struct ws_input *in)
{
    const struct ws_limits *limits = &conn->group->config->limits;
    struct ws_event event;
    conn->feeding = true;
    while (!stopped(conn) && conn->phase != WS_GONE &&
           ws_read(&conn->reader, limits, in, &event) == OK)
        on_event(conn, &event);
    conn->feeding = false;
    if (conn->phase != WS_OPEN || list_linked(&conn->partial_node) ||
        !ws_reader_busy(&conn->reader))
        return;
    conn->partial_began_ms = uv_now(conn->group->loop);
    list_append(&conn->group->partial, &conn->partial_node);
}

/* What came before reading paused, as far as it may go on now; then the socket again. Inside a
 * message's own handler there is nothing to do: the reading that called it goes on by itself. */
static void read_on(struct ws_conn *conn)
{
    if (conn->feeding || stopped(conn) || conn->phase == WS_GONE)
        return;
    if (conn->held_at < conn->held.len) {
        struct ws_input in = {conn->held.at + conn->held_at, conn->held.len - conn->held_at};
        read_events(conn, &in);
        conn->held_at = conn->held.len - in.len;
    }
    if (stopped(conn) || conn->phase == WS_GONE)
        return;
    buf_release(&conn->held);
    conn->held_at = 0;
    start_reading(conn);
}

void ws_conn_feed(struct ws_conn *conn, struct slice early)
{
    if (conn->phase == WS_GONE)
        return;
    buf_append(&conn->held, early);
    read_on(conn);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
    (void)size;
    const struct ws_conn *conn = container_of(handle, struct ws_conn, tcp);
    *ret = uv_buf_init((char *)conn->group->input, INPUT_BYTES);
}

static void hear(struct ws_conn *conn)
{
    conn->heard_ms = uv_now(conn->group->loop);
    list_unlink(&conn->life_node);
    list_append(&conn->group->heard, &conn->life_node);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
    struct ws_conn *conn = container_of(stream, struct ws_conn, tcp);
    if (len == UV_EOF && conn->phase == WS_CLOSING && conn->peer_closed) {
        /* It said Close before it ended its half: it still gets what waits, and ours. */
        stop_reading(conn);
        return;
    }
    if (len < 0) {
        drop(conn);
        return;
    }
    if (len == 0 || conn->phase == WS_DRAINING)
        return;
    hear(conn);
    struct ws_input in = {(uint8_t *)bytes->base, (size_t)len};
    read_events(conn, &in);
    if (!stopped(conn))
        return;
    buf_append(&conn->held, slice_make(in.at, in.len));
    stop_reading(conn);
}

static void start_reading(struct ws_conn *conn)
{
    if (conn->reading || conn->phase == WS_GONE)
        return;
    conn->reading = true;
    if (uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) != 0)
        drop(conn);
}

static void stop_reading(struct ws_conn *conn)
{
    if (!conn->reading || conn->phase == WS_GONE)
        return;
    conn->reading = false;
    uv_read_stop((uv_stream_t *)&conn->tcp);
}

void ws_conn_pause(struct ws_conn *conn)
{
    conn->paused = true;
}

void ws_conn_resume(struct ws_conn *conn)
{
    conn->paused = false;
    read_on(conn);
}

/* ---- time ---- */

static void on_prepare(uv_prepare_t *prepare)
{
    struct ws_group *group = container_of(prepare, struct ws_group, prepare);
    for (struct list *node; (node = list_take(&group->dirty)) != NULL;)
        flush(container_of(node, struct ws_conn, dirty_node));
}

static void sweep_life(struct ws_group *group, uint64_t now)
{
    const struct ws_config *config = group->config;
    while (!list_empty(&group->heard)) {
        struct ws_conn *conn = container_of(group->heard.next, struct ws_conn, life_node);
        if (now - conn->heard_ms < config->ping_ms)
            break;
        if (stopped(conn)) {
            /* Its silence is our doing: nobody listens. */
            hear(conn);
            continue;
        }
        list_unlink(&conn->life_node);
        list_append(&group->pinged, &conn->life_node);
        if (conn->phase == WS_OPEN)
            send_frame(conn, WS_PING, SLICE_NONE);
    }
    while (!list_empty(&group->pinged)) {
        struct ws_conn *conn = container_of(group->pinged.next, struct ws_conn, life_node);
        if (now - conn->heard_ms < config->idle_ms)
            break;
        if (stopped(conn)) {
            hear(conn);
            continue;
        }
        list_unlink(&conn->life_node);
        ws_conn_close(conn, WS_CODE_GOING_AWAY, SLICE("idle"));
    }
}

static void sweep_talking(struct ws_group *group, uint64_t now)
{
    while (!list_empty(&group->talking)) {
        struct ws_conn *conn = container_of(group->talking.next, struct ws_conn, talk_node);
        if (now - conn->talked_ms < group->config->talk_idle_ms)
            break;
        ws_conn_close(conn, WS_CODE_GOING_AWAY, SLICE("idle"));
    }
}

static void sweep_partial(struct ws_group *group, uint64_t now)
{
    while (!list_empty(&group->partial)) {
        struct ws_conn *conn = container_of(group->partial.next, struct ws_conn, partial_node);
        if (now - conn->partial_began_ms < group->config->message_ms)
            break;
        if (stopped(conn)) {
            /* The rest may be here already: nobody reads it. */
            conn->partial_began_ms = now;
            list_unlink(&conn->partial_node);
            list_append(&group->partial, &conn->partial_node);
            continue;
        }
        ws_conn_close(conn, WS_CODE_POLICY, SLICE("unfinished"));
    }
}

/* What waits would only make the way to the Close longer. */
static void close_slow(struct ws_conn *conn)
{
    buf_clear(&conn->out);
    conn->pong_len = 0;
    update_unref(conn->newest);
    conn->newest = NULL;
    ws_conn_close(conn, WS_CODE_TRY_LATER, SLICE("slow"));
}

static void sweep_writing(struct ws_group *group, uint64_t now)
{
    while (!list_empty(&group->writing)) {
        struct ws_conn *conn = container_of(group->writing.next, struct ws_conn, write_node);
        if (now - conn->write_began_ms < group->config->write_ms)
            break;
        list_unlink(&conn->write_node);
        /* One that closes already has its own time for that. */
        if (conn->phase != WS_OPEN)
            continue;
        metric_add(METRIC_SLOW_CLOSED, 1);
        close_slow(conn);
    }
}

static void sweep_closing(struct ws_group *group, uint64_t now)
{
    while (!list_empty(&group->late)) {
        struct ws_conn *conn = container_of(group->late.next, struct ws_conn, close_node);
        if (now - conn->close_began_ms < group->config->late_close_ms)
            break;
        answer_late_close(conn);
    }
    while (!list_empty(&group->closing)) {
        struct ws_conn *conn = container_of(group->closing.next, struct ws_conn, close_node);
        if (now - conn->close_began_ms < group->config->closing_ms)
            break;
        drop(conn);
    }
}

static void on_sweep(uv_timer_t *timer)
{
    struct ws_group *group = container_of(timer, struct ws_group, sweep);
    const uint64_t now = uv_now(group->loop);
    sweep_life(group, now);
    sweep_talking(group, now);
    sweep_partial(group, now);
    sweep_writing(group, now);
    sweep_closing(group, now);
    if (group->count == 0)
        uv_timer_stop(timer);
}

/* ---- life ---- */

enum status ws_conn_start(struct ws_conn *conn, struct ws_group *group,
                          const struct ws_handlers *handlers, int fd)
{
    conn->group = group;
    conn->handlers = handlers;
    list_init(&conn->dirty_node);
    list_init(&conn->life_node);
    list_init(&conn->talk_node);
    list_init(&conn->partial_node);
    list_init(&conn->write_node);
    list_init(&conn->close_node);
    group->count++;
    if (!uv_is_active((uv_handle_t *)&group->sweep))
        ENSURE(uv_timer_start(&group->sweep, on_sweep, SWEEP_MS, SWEEP_MS) == 0);
    metric_add(METRIC_SOCKETS, 1);
    ENSURE(uv_tcp_init(group->loop, &conn->tcp) == 0);
    conn->heard_ms = uv_now(group->loop);
    list_append(&group->heard, &conn->life_node);
    if (uv_tcp_open(&conn->tcp, fd) != 0) {
        close(fd);
        drop(conn);
        return ERR_IO;
    }
    conn->fd = fd;
    start_reading(conn);
    return conn->phase == WS_GONE ? ERR_IO : OK;
}

void ws_conn_casys(struct ws_conn *conn)
{
    conn->talk_idle = true;
    conn->late_close = true;
    conn->talked_ms = uv_now(conn->group->loop);
    list_append(&conn->group->talking, &conn->talk_node);
}

void ws_conn_hold(struct ws_conn *conn)
{
    conn->holds++;
}

void ws_conn_unhold(struct ws_conn *conn)
{
    ENSURE(conn->holds > 0);
    conn->holds--;
    free_if_over(conn);
}

/* ---- the group ---- */

void ws_group_init(struct ws_group *group, uv_loop_t *loop, const struct ws_config *config)
{
    *group = (struct ws_group){.config = config, .loop = loop};
    list_init(&group->dirty);
    list_init(&group->heard);
    list_init(&group->pinged);
    list_init(&group->talking);
    list_init(&group->partial);
    list_init(&group->writing);
    list_init(&group->closing);
    list_init(&group->late);
    group->input = malloc(INPUT_BYTES);
    ENSURE_MEMORY(group->input);
    ENSURE(uv_prepare_init(loop, &group->prepare) == 0);
    ENSURE(uv_timer_init(loop, &group->sweep) == 0);
    ENSURE(uv_prepare_start(&group->prepare, on_prepare) == 0);
}

void ws_group_stop(struct ws_group *group)
{
    ENSURE(group->count == 0);
    uv_close((uv_handle_t *)&group->prepare, NULL);
    uv_close((uv_handle_t *)&group->sweep, NULL);
}

void ws_group_release(struct ws_group *group)
{
    free(group->input);
    while (group->spare_count > 0)
        buf_release(&group->spares[--group->spare_count]);
}

/* Every connection that is not gone stands in one of these two lists, or has been idle too long
 * and is closing already. */
static void visit_list(struct list *list, ws_visit_fn *visit, const void *arg)
{
    struct list *next;
    for (struct list *node = list->next; node != list; node = next) {
        next = node->next;
        visit(container_of(node, struct ws_conn, life_node), arg);
    }
}

void ws_group_each(struct ws_group *group, ws_visit_fn *visit, const void *arg)
{
    visit_list(&group->heard, visit, arg);
    visit_list(&group->pinged, visit, arg);
}

static void drop_list(struct list *list)
{
    while (!list_empty(list))
        drop(container_of(list->next, struct ws_conn, life_node));
}

void ws_group_abort_all(struct ws_group *group)
{
    drop_list(&group->heard);
    drop_list(&group->pinged);
    while (!list_empty(&group->late))
        drop(container_of(group->late.next, struct ws_conn, close_node));
    while (!list_empty(&group->closing))
        drop(container_of(group->closing.next, struct ws_conn, close_node));
}
