#include "tests/handlers/ws_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/support.h"

enum { GUARD_MS = 60000, SHOWN_MAX = 40, READ_MAX = 64 * 1024 };

static const uint8_t mask[4] = {0x12, 0x9a, 0x00, 0xff};

/* ---- the world ---- */

static void on_guard(uv_timer_t *guard)
{
    (void)guard;
    fprintf(stderr, "the test waits for something that does not come\n");
    abort();
}

void world_init(struct world *world)
{
    *world = (struct world){.config = {
                                .limits = {.message_bytes = 65536, .fragments = 16},
                                .queued_bytes = 16384,
                                .ping_ms = 100000,
                                .idle_ms = 200000,
                                .talk_idle_ms = 200000,
                                .message_ms = 100000,
                                .write_ms = 100000,
                                .closing_ms = 100000,
                                .late_close_ms = 150,
                            }};
    /* As the program does: a write to a peer that is gone is an error and no signal. */
    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(uv_loop_init(&world->loop), 0);
    ck_assert_int_eq(uv_timer_init(&world->loop, &world->guard), 0);
    ck_assert_int_eq(uv_timer_start(&world->guard, on_guard, GUARD_MS, 0), 0);
    ws_group_init(&world->group, &world->loop, &world->config);
}

void world_turn(struct world *world)
{
    uv_run(&world->loop, UV_RUN_ONCE);
}

static void count_handle(uv_handle_t *handle, void *arg)
{
    size_t *count = arg;
    *count += !uv_is_closing(handle);
}

void world_end(struct world *world)
{
    ws_group_abort_all(&world->group);
    until(world, world->group.count == 0);
    ck_assert_uint_eq(world->ended, world->freed);
    ws_group_stop(&world->group);
    uv_close((uv_handle_t *)&world->guard, NULL);
    uv_run(&world->loop, UV_RUN_NOWAIT);
    size_t left = 0;
    uv_walk(&world->loop, count_handle, &left);
    /* A test closes its peers itself. */
    ck_assert_uint_eq(left, 0);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&world->loop), 0);
    ws_group_release(&world->group);
}

/* ---- the server's end ---- */

static struct seat *seat_of(struct ws_conn *conn)
{
    return container_of(conn, struct seat, conn);
}

static void on_text(struct ws_conn *conn, struct slice text)
{
    struct seat *seat = seat_of(conn);
    ENSURE(!seat->inside && !seat->ended);
    seat->inside = true;
    seat->texts++;
    switch (seat->mode) {
    case SEAT_RECORD:
    case SEAT_UNHOLD_AT_END: break;
    case SEAT_ECHO: ws_conn_text(conn, text); break;
    case SEAT_PAUSE: ws_conn_pause(conn); break;
    case SEAT_PAUSE_RESUME:
        ws_conn_pause(conn);
        ws_conn_resume(conn);
        break;
    case SEAT_CLOSE:
        ws_conn_close(conn, WS_CODE_NORMAL, SLICE("done"));
        ws_conn_text(conn, SLICE("too late"));
        break;
    }
    buf_append(&seat->heard, text);
    buf_byte(&seat->heard, ';');
    seat->inside = false;
}

static void on_end(struct ws_conn *conn)
{
    struct seat *seat = seat_of(conn);
    ENSURE(!seat->ended);
    seat->ended = true;
    seat->world->ended++;
    if (seat->mode == SEAT_UNHOLD_AT_END)
        ws_conn_unhold(conn);
}

static void on_free(struct ws_conn *conn)
{
    struct seat *seat = seat_of(conn);
    ENSURE(seat->ended);
    seat->world->freed++;
    if (seat->peer)
        seat->peer->seat = NULL;
    buf_release(&seat->heard);
    free(seat);
}

static const struct ws_handlers seat_handlers = {
    .on_text = on_text,
    .on_end = on_end,
    .on_free = on_free,
};

struct update *update_of(uint64_t version, size_t len)
{
    struct buf text = {.at = NULL};
    buf_printf(&text, "v%llu ", (unsigned long long)version);
    while (text.len < len)
        buf_byte(&text, (uint8_t)('a' + text.len % 26));
    struct buf frame = {.at = NULL};
    ws_frame_append(&frame, WS_TEXT, buf_slice(&text));
    /* The layer below would seal it; here the frame's own bytes do. */
    struct update *update = update_new((struct id){.low = 1}, version, buf_slice(&frame), 1, NULL);
    buf_release(&frame);
    buf_release(&text);
    return update;
}

void seat_update(struct seat *seat, uint64_t version, size_t len)
{
    struct update *update = update_of(version, len);
    ws_conn_update(&seat->conn, update);
    update_unref(update);
}

void seat_text(struct seat *seat, const char *text)
{
    ws_conn_text(&seat->conn, slice_str(text));
}

/* ---- the peer's end ---- */

static void watch(struct peer *peer);

static void receive(struct peer *peer)
{
    for (;;) {
        buf_reserve(&peer->in, peer->read_max);
        const ssize_t len = recv(peer->fd, peer->in.at + peer->in.len, peer->read_max, 0);
        if (len > 0) {
            peer->in.len += (size_t)len;
            if (peer->read_max < READ_MAX)
                return;
            continue;
        }
        if (len == 0)
            peer->eof = true;
        else if (errno != EAGAIN)
            peer->reset = true;
        return;
    }
}

static void push(struct peer *peer)
{
    while (peer->sent < peer->out.len && !peer->reset) {
        const ssize_t len =
            send(peer->fd, peer->out.at + peer->sent, peer->out.len - peer->sent, MSG_NOSIGNAL);
        if (len < 0 && errno == EAGAIN)
            return;
        if (len < 0)
            peer->reset = true;
        else
            peer->sent += (size_t)len;
    }
    buf_clear(&peer->out);
    peer->sent = 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct peer *peer = container_of(poll, struct peer, poll);
    if (status < 0)
        peer->reset = true;
    if (events & UV_WRITABLE)
        push(peer);
    if (events & UV_READABLE)
        receive(peer);
    watch(peer);
}

static void watch(struct peer *peer)
{
    int events = 0;
    if (!peer->muted && !peer->eof && !peer->reset)
        events |= UV_READABLE;
    if (peer->out.len > 0)
        events |= UV_WRITABLE;
    if (events)
        ENSURE(uv_poll_start(&peer->poll, events, on_poll) == 0);
    else
        uv_poll_stop(&peer->poll);
}

/* A connected pair of TCP sockets. */
static void connect_pair(int buffer, int *ret_server, int *ret_client)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ENSURE(listener >= 0 && client >= 0);
    /* The receiver's window is settled by the handshake: before connect. */
    if (buffer)
        ENSURE(setsockopt(client, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)) == 0);
    ENSURE(bind(listener, (struct sockaddr *)&at, len) == 0 && listen(listener, 1) == 0);
    ENSURE(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
    ENSURE(connect(client, (struct sockaddr *)&at, len) == 0);
    const int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    ENSURE(server >= 0);
    if (buffer)
        ENSURE(setsockopt(server, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)) == 0);
    close(listener);
    *ret_server = server;
    *ret_client = client;
}

static struct peer *join(struct world *world, enum seat_mode mode, int buffer, struct slice early)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    struct seat *seat = calloc(1, sizeof(*seat));
    int server;
    ENSURE(peer != NULL && seat != NULL);
    connect_pair(buffer, &server, &peer->fd);
    *seat = (struct seat){.world = world, .peer = peer, .mode = mode};
    peer->world = world;
    peer->seat = seat;
    peer->read_max = READ_MAX;
    ENSURE(uv_poll_init(&world->loop, &peer->poll, peer->fd) == 0);
    ENSURE(ws_conn_start(&seat->conn, &world->group, &seat_handlers, server) == OK);
    if (mode == SEAT_UNHOLD_AT_END)
        ws_conn_hold(&seat->conn);
    ws_conn_feed(&seat->conn, early);
    watch(peer);
    return peer;
}

struct peer *peer_new(struct world *world, enum seat_mode mode, int buffer)
{
    return join(world, mode, buffer, SLICE_NONE);
}

struct peer *peer_new_early(struct world *world, enum seat_mode mode, struct slice early)
{
    return join(world, mode, 0, early);
}

static void on_peer_closed(uv_handle_t *handle)
{
    struct peer *peer = container_of(handle, struct peer, poll);
    buf_release(&peer->in);
    buf_release(&peer->out);
    free(peer);
}

void peer_close(struct peer *peer, bool with_reset)
{
    const struct linger at_once = {.l_onoff = 1};
    if (peer->seat)
        peer->seat->peer = NULL;
    if (with_reset)
        ENSURE(setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) == 0);
    uv_poll_stop(&peer->poll);
    uv_close((uv_handle_t *)&peer->poll, on_peer_closed);
    close(peer->fd);
}

void peer_end_half(struct peer *peer)
{
    ENSURE(peer->out.len == 0);
    ENSURE(shutdown(peer->fd, SHUT_WR) == 0);
}

void peer_mute(struct peer *peer, bool muted)
{
    peer->muted = muted;
    watch(peer);
}

/* ---- frames ---- */

void frame_masked(struct buf *out, uint8_t head, struct slice payload)
{
    ENSURE(payload.len <= UINT16_MAX);
    buf_byte(out, head);
    if (payload.len < 126) {
        buf_byte(out, (uint8_t)(0x80 | payload.len));
    } else {
        buf_byte(out, 0x80 | 126);
        buf_byte(out, (uint8_t)(payload.len >> 8));
        buf_byte(out, (uint8_t)payload.len);
    }
    buf_append(out, slice_make(mask, sizeof(mask)));
    for (size_t i = 0; i < payload.len; i++)
        buf_byte(out, payload.at[i] ^ mask[i % sizeof(mask)]);
}

void peer_bytes(struct peer *peer, struct slice bytes)
{
    buf_append(&peer->out, bytes);
    push(peer);
    watch(peer);
}

void peer_frame(struct peer *peer, uint8_t head, struct slice payload)
{
    frame_masked(&peer->out, head, payload);
    push(peer);
    watch(peer);
}

void peer_text(struct peer *peer, const char *text)
{
    peer_frame(peer, 0x81, slice_str(text));
}

void peer_close_frame(struct peer *peer, uint16_t code)
{
    const uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};
    peer_frame(peer, 0x88, slice_make(payload, code ? sizeof(payload) : 0));
}

bool peer_next(struct peer *peer, struct ws_seen *ret)
{
    const uint8_t *at = peer->in.at + peer->read;
    const size_t have = peer->in.len - peer->read;
    size_t header = 2;
    if (have < header)
        return false;
    uint64_t len = at[1];
    ck_assert_msg((at[1] & 0x80) == 0, "a server never masks");
    if (len == 126)
        header = 4;
    else if (len == 127)
        header = 10;
    if (have < header)
        return false;
    if (header > 2)
        len = 0;
    for (size_t i = 2; i < header; i++)
        len = len << 8 | at[i];
    if (have - header < len)
        return false;
    *ret = (struct ws_seen){at[0], slice_make(at + header, (size_t)len)};
    peer->read += header + (size_t)len;
    return true;
}

static void describe(const struct ws_seen *seen, struct buf *ret)
{
    struct slice payload = seen->payload;
    switch (seen->head) {
    case 0x81: buf_printf(ret, "text("); break;
    case 0x82: buf_printf(ret, "binary("); break;
    case 0x88: buf_printf(ret, "close("); break;
    case 0x89: buf_printf(ret, "ping("); break;
    case 0x8A: buf_printf(ret, "pong("); break;
    default: buf_printf(ret, "%02x(", seen->head); break;
    }
    if (seen->head == 0x88 && payload.len >= 2) {
        buf_printf(ret, "%d", payload.at[0] << 8 | payload.at[1]);
        payload = slice_make(payload.at + 2, payload.len - 2);
        if (payload.len > 0)
            buf_byte(ret, ',');
    }
    if (payload.len > SHOWN_MAX)
        buf_printf(ret, "%zu bytes", payload.len);
    else
        buf_append(ret, payload);
    buf_printf(ret, ") ");
}

void peer_story(struct peer *peer, struct buf *ret)
{
    struct ws_seen seen;
    while (peer_next(peer, &seen))
        describe(&seen, ret);
    if (peer->eof || peer->reset)
        buf_printf(ret, "%s", peer->eof ? "eof" : "reset");
}

void expect_story(struct peer *peer, const char *expected)
{
    struct buf story = {.at = NULL};
    const size_t from = peer->read;
    for (;;) {
        peer_story(peer, &story);
        if (story.len >= strlen(expected) || peer->eof || peer->reset)
            break;
        buf_clear(&story);
        peer->read = from;
        world_turn(peer->world);
    }
    ck_assert_slice_str(buf_slice(&story), expected);
    buf_release(&story);
}

void expect_story_to_end(struct peer *peer, const char *expected)
{
    struct buf story = {.at = NULL};
    until(peer->world, peer->eof || peer->reset);
    peer_story(peer, &story);
    ck_assert_slice_str(buf_slice(&story), expected);
    buf_release(&story);
}
