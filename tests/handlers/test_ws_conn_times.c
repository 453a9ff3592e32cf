/* The times of a WebSocket connection to the millisecond, by a clock that the test moves: one
 * millisecond before its time nothing has happened, at its time it has. The peers are real. */
#include <stdlib.h>
#include <string.h>

#include "tests/handlers/ws_peer.h"
#include "tests/support/support.h"

enum { TEXT = 0x81, CLOSE = 0x88, PING = 0x89 };
enum { LIMIT_MS = 5000, SMALL_BUFFER = 4096, BIG = 400 * 1024 };

static struct world w;
static uint64_t clock_ms;

/* In the place of libuv's for the code under test; libuv's own timers go on by the real time. */
uint64_t uv_now(const uv_loop_t *loop)
{
    (void)loop;
    return clock_ms;
}

static void setup(void)
{
    clock_ms = 123456789;
    world_init(&w);
    /* Only the time that a case sets may come. */
    w.config.ping_ms = w.config.idle_ms = w.config.talk_idle_ms = 10 * LIMIT_MS;
    w.config.message_ms = w.config.write_ms = w.config.closing_ms = 10 * LIMIT_MS;
    w.config.late_close_ms = 10 * LIMIT_MS;
}

static void teardown(void)
{
    world_end(&w);
}

/* Each brings a connection to where its time begins. */

static struct peer *silence(void)
{
    return peer_new(&w, SEAT_RECORD, 0);
}

static struct peer *no_talk(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    ws_conn_casys(&peer->seat->conn);
    return peer;
}

static struct peer *half_a_message(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    peer_bytes(peer, SLICE("\x81"));
    until(&w, list_linked(&peer->seat->conn.partial_node));
    return peer;
}

static struct peer *blocked_write(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, SMALL_BUFFER);
    peer_mute(peer, true);
    seat_update(peer->seat, 1, BIG);
    until(&w, peer->seat->conn.write != NULL);
    return peer;
}

static struct peer *close_not_answered(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    ws_conn_close(&peer->seat->conn, WS_CODE_NORMAL, SLICE_NONE);
    return peer;
}

static struct peer *half_not_ended(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    peer_close_frame(peer, 1000);
    until(&w, peer->seat->conn.phase == WS_DRAINING);
    return peer;
}

static struct peer *close_answered_late(void)
{
    struct peer *peer = no_talk();
    peer_close_frame(peer, 1000);
    until(&w, peer->seat->conn.late_code != 0);
    return peer;
}

/* What comes at the time. */

static bool is_pinged(const struct ws_conn *conn)
{
    return conn->phase == WS_OPEN && conn->out.len == 2 && conn->out.at[0] == PING;
}

static bool is_closing(const struct ws_conn *conn)
{
    return conn->phase == WS_CLOSING && conn->late_code == 0;
}

static bool is_gone(const struct ws_conn *conn)
{
    return conn->phase == WS_GONE;
}

static const struct {
    const char *why;
    size_t offset; /* of the time, in struct ws_config */
    struct peer *(*begin)(void);
    bool (*came)(const struct ws_conn *conn);
} rows[] = {
    {"ping_ms", offsetof(struct ws_config, ping_ms), silence, is_pinged},
    {"idle_ms", offsetof(struct ws_config, idle_ms), silence, is_closing},
    {"talk_idle_ms", offsetof(struct ws_config, talk_idle_ms), no_talk, is_closing},
    {"message_ms", offsetof(struct ws_config, message_ms), half_a_message, is_closing},
    {"write_ms", offsetof(struct ws_config, write_ms), blocked_write, is_closing},
    {"closing_ms, for the Close", offsetof(struct ws_config, closing_ms), close_not_answered,
     is_gone},
    {"closing_ms, for the end of its half", offsetof(struct ws_config, closing_ms), half_not_ended,
     is_gone},
    {"late_close_ms", offsetof(struct ws_config, late_close_ms), close_answered_late, is_closing},
};

static void sweep_at(uint64_t ms)
{
    clock_ms = ms;
    w.group.sweep.timer_cb(&w.group.sweep);
}

START_TEST(a_time_comes_at_its_millisecond_and_not_one_before)
{
    uint64_t *limit = (uint64_t *)(void *)((char *)&w.config + rows[_i].offset);
    *limit = LIMIT_MS;
    if (limit == &w.config.idle_ms)
        w.config.ping_ms = LIMIT_MS - 1;
    struct peer *peer = rows[_i].begin();
    const struct ws_conn *conn = &peer->seat->conn;
    const uint64_t began_ms = clock_ms;
    ck_assert_msg(!rows[_i].came(conn), "%s: before it began", rows[_i].why);
    sweep_at(began_ms + LIMIT_MS - 1);
    ck_assert_msg(!rows[_i].came(conn), "%s: too early", rows[_i].why);
    sweep_at(began_ms + LIMIT_MS);
    ck_assert_msg(rows[_i].came(conn), "%s: too late", rows[_i].why);
    peer_close(peer, true);
}
END_TEST

/* What ends the wait one millisecond before its time. */
START_TEST(what_comes_in_the_last_millisecond_is_in_time)
{
    w.config.ping_ms = LIMIT_MS - 1;
    w.config.idle_ms = w.config.talk_idle_ms = w.config.message_ms = LIMIT_MS;
    struct peer *peer = no_talk();
    const struct ws_conn *conn = &peer->seat->conn;
    struct buf frame = {.at = NULL};
    frame_masked(&frame, TEXT, SLICE("in time"));
    peer_bytes(peer, slice_make(frame.at, 3));
    until(&w, list_linked(&conn->partial_node));
    sweep_at(clock_ms + LIMIT_MS - 1);
    peer_bytes(peer, slice_make(frame.at + 3, frame.len - 3));
    until(&w, peer->seat->texts == 1);
    sweep_at(clock_ms + 1);
    ck_assert(ws_conn_open(conn));
    /* And from then on anew. */
    sweep_at(clock_ms + LIMIT_MS - 2);
    ck_assert(ws_conn_open(conn));
    sweep_at(clock_ms + 1);
    ck_assert(is_closing(conn));
    buf_release(&frame);
    peer_close(peer, true);
}
END_TEST

/* queued_bytes: 0, what is allowed; 1, a byte more. */
START_TEST(so_many_bytes_may_wait_and_one_more_pauses_reading)
{
    enum { HEADER = 4 };
    struct peer *peer = blocked_write();
    struct seat *seat = peer->seat;
    const size_t len = w.config.queued_bytes - HEADER + (size_t)_i;
    char *text = calloc(1, len + 1);
    memset(text, 'x', len);
    seat_text(seat, text);
    free(text);
    ck_assert_uint_eq(seat->conn.out.len, w.config.queued_bytes + (size_t)_i);
    ck_assert_int_eq(seat->conn.full, _i == 1);
    peer_text(peer, "heard?");
    if (_i == 1) {
        until(&w, !seat->conn.reading);
        ck_assert_uint_eq(seat->texts, 0);
        peer_mute(peer, false); /* it reads, so that it is read again */
    }
    until(&w, seat->texts == 1);
    peer_close(peer, true);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ws_conn_times");
    TCase *tcase = tcase_create("times");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_time_comes_at_its_millisecond_and_not_one_before, 0,
                        COUNT_OF(rows));
    tcase_add_test(tcase, what_comes_in_the_last_millisecond_is_in_time);
    tcase_add_loop_test(tcase, so_many_bytes_may_wait_and_one_more_pauses_reading, 0, 2);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
