/* One WebSocket connection over real sockets and a real loop: what is sent, what waits, how it ends.
 * What a peer saw is told as text: "text(a) close(1000) eof". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/handlers/ws_peer.h"
#include "tests/support/support.h"

enum { TEXT = 0x81, BINARY = 0x82, CLOSE = 0x88, PING = 0x89, PONG = 0x8A };
enum { SMALL_BUFFER = 4096, BIG = 400 * 1024 };

static struct world w;

static void setup(void)
{
    world_init(&w);
}

static void teardown(void)
{
    world_end(&w);
}

static void expect_heard(const struct peer *peer, const char *expected)
{
    ck_assert_slice_str(buf_slice(&peer->seat->heard), expected);
}

/* Turn until `ms` have passed by the loop's clock. */
static void turn_for(uint64_t ms)
{
    const uint64_t start = uv_now(&w.loop);
    until(&w, uv_now(&w.loop) - start >= ms);
}

/* The server writes to somebody who does not read, until the kernel takes no more. */
static struct peer *blocked_peer(enum seat_mode mode)
{
    struct peer *peer = peer_new(&w, mode, SMALL_BUFFER);
    peer_mute(peer, true);
    seat_update(peer->seat, 1, BIG);
    until(&w, peer->seat->conn.write != NULL);
    return peer;
}

/* ---- sending ---- */

START_TEST(a_text_is_answered)
{
    struct peer *peer = peer_new(&w, SEAT_ECHO, 0);
    peer_text(peer, "hello");
    peer_text(peer, "");
    expect_story(peer, "text(hello) text() ");
    peer_close(peer, false);
}
END_TEST

START_TEST(what_came_right_behind_the_handshake_is_read)
{
    struct buf early = {.at = NULL};
    frame_masked(&early, TEXT, SLICE("one"));
    frame_masked(&early, TEXT, SLICE("two"));
    const struct slice all = buf_slice(&early);
    struct peer *peer = peer_new_early(&w, SEAT_ECHO, slice_make(all.at, all.len - 1));
    expect_story(peer, "text(one) ");
    /* The frame that was cut goes on in the socket. */
    peer_bytes(peer, slice_make(all.at + all.len - 1, 1));
    expect_story(peer, "text(two) ");
    peer_close(peer, false);
    buf_release(&early);
}
END_TEST

START_TEST(early_frames_wait_for_a_handler_that_pauses)
{
    struct buf early = {.at = NULL};
    frame_masked(&early, TEXT, SLICE("one"));
    frame_masked(&early, TEXT, SLICE("two"));
    struct peer *peer = peer_new_early(&w, SEAT_PAUSE, buf_slice(&early));
    peer_text(peer, "three");
    expect_heard(peer, "one;");
    ws_conn_resume(&peer->seat->conn);
    expect_heard(peer, "one;two;");
    ws_conn_resume(&peer->seat->conn);
    until(&w, peer->seat->texts == 3);
    expect_heard(peer, "one;two;three;");
    peer_close(peer, false);
    buf_release(&early);
}
END_TEST

START_TEST(updates_of_one_turn_become_the_newest)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    for (uint64_t version = 1; version <= 5; version++)
        seat_update(peer->seat, version, 0);
    expect_story(peer, "text(v5 ) ");
    seat_update(peer->seat, 6, 0);
    expect_story(peer, "text(v6 ) ");
    peer_close(peer, false);
}
END_TEST

START_TEST(an_older_update_does_not_replace_a_newer_one)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    seat_update(peer->seat, 7, 0);
    seat_update(peer->seat, 6, 0);
    expect_story(peer, "text(v7 ) ");
    peer_close(peer, false);
}
END_TEST

START_TEST(texts_go_before_the_update)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    seat_text(peer->seat, "one");
    seat_update(peer->seat, 1, 0);
    seat_text(peer->seat, "two");
    expect_story(peer, "text(one) text(two) text(v1 ) ");
    peer_close(peer, false);
}
END_TEST

START_TEST(binary_can_be_sent)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    ws_conn_binary(&peer->seat->conn, SLICE("\x01\x02"));
    expect_story(peer, "binary(\x01\x02) ");
    peer_close(peer, false);
}
END_TEST

/* ---- readers that are slow ---- */

START_TEST(a_reader_that_stops_costs_one_update)
{
    struct peer *peer = blocked_peer(SEAT_RECORD);
    struct ws_seen seen;
    for (uint64_t version = 2; version <= 500; version++) {
        seat_update(peer->seat, version, BIG);
        uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    ck_assert_uint_eq(peer->seat->conn.out.len, 0);
    ck_assert_uint_eq(peer->seat->conn.newest->version, 500);
    /* One was being written, and after it comes the newest. */
    peer_mute(peer, false);
    until(&w, peer_next(peer, &seen));
    ck_assert_mem_eq(seen.payload.at, "v1 ", 3);
    ck_assert_uint_eq(seen.payload.len, BIG);
    until(&w, peer_next(peer, &seen));
    ck_assert_mem_eq(seen.payload.at, "v500 ", 5);
    ck_assert_uint_eq(seen.payload.len, BIG);
    peer_close(peer, false);
}
END_TEST

START_TEST(reading_pauses_while_answers_wait_and_nothing_is_lost)
{
    enum { MESSAGES = 4000, SIZE = 1000 };
    struct peer *peer = peer_new(&w, SEAT_ECHO, SMALL_BUFFER);
    char text[SIZE];
    memset(text, '.', sizeof(text));
    peer_mute(peer, true);
    for (int i = 0; i < MESSAGES; i++) {
        snprintf(text, sizeof(text), "%06d", i);
        text[6] = '.';
        peer_frame(peer, TEXT, slice_make(text, sizeof(text)));
    }
    until(&w, peer->seat->conn.full && !peer->seat->conn.reading);
    const size_t heard = peer->seat->texts;
    for (int i = 0; i < 100; i++)
        uv_run(&w.loop, UV_RUN_NOWAIT);
    ck_assert_uint_eq(peer->seat->texts, heard);
    ck_assert_uint_lt(heard, MESSAGES);
    ck_assert_uint_le(peer->seat->conn.out.len, w.config.queued_bytes + SIZE + WS_HEADER_MAX);
    ck_assert_uint_le(peer->seat->conn.held.len, 64 * 1024);
    peer_mute(peer, false);
    for (int i = 0; i < MESSAGES; i++) {
        struct ws_seen seen;
        until(&w, peer_next(peer, &seen));
        snprintf(text, sizeof(text), "%06d", i);
        ENSURE(seen.payload.len == SIZE && memcmp(seen.payload.at, text, 6) == 0);
    }
    ck_assert_uint_eq(peer->seat->texts, MESSAGES);
    peer_close(peer, false);
}
END_TEST

START_TEST(a_stream_of_updates_does_not_keep_reading_paused)
{
    struct peer *peer = blocked_peer(SEAT_RECORD);
    uint64_t version = 1;
    char *much = calloc(1, w.config.queued_bytes + 2);
    memset(much, 'x', w.config.queued_bytes + 1);
    seat_text(peer->seat, much);
    free(much);
    ck_assert(peer->seat->conn.full);
    peer_text(peer, "heard?");
    /* A reader that is behind all the time: whenever one write is over, the next update waits. */
    peer->read_max = 1000;
    peer_mute(peer, false);
    while (peer->seat->texts == 0 && version < 100) {
        seat_update(peer->seat, ++version, BIG);
        const struct ws_write *before = peer->seat->conn.write;
        until(&w, peer->seat->conn.write != before || peer->seat->texts > 0);
    }
    expect_heard(peer, "heard?;");
    peer_close(peer, true);
}
END_TEST

START_TEST(a_reader_that_is_too_slow_is_dropped)
{
    w.config.write_ms = 60;
    w.config.closing_ms = 60;
    struct peer *slow = blocked_peer(SEAT_RECORD);
    struct peer *other = peer_new(&w, SEAT_ECHO, 0);
    until(&w, slow->seat == NULL);
    peer_text(other, "still here");
    expect_story(other, "text(still here) ");
    peer_close(slow, false);
    peer_close(other, false);
}
END_TEST

START_TEST(a_reader_that_reads_again_too_late_is_told_why)
{
    w.config.write_ms = 60;
    struct peer *peer = blocked_peer(SEAT_RECORD);
    struct ws_seen seen;
    seat_text(peer->seat, "this is let go");
    seat_update(peer->seat, 2, BIG);
    until(&w, !ws_conn_open(&peer->seat->conn));
    peer_mute(peer, false);
    until(&w, peer_next(peer, &seen));
    ck_assert_mem_eq(seen.payload.at, "v1 ", 3);
    expect_story(peer, "close(1013,slow) ");
    peer_close_frame(peer, 1013);
    expect_story_to_end(peer, "eof");
    peer_close(peer, false);
}
END_TEST

START_TEST(a_reader_that_trickles_is_dropped)
{
    w.config.write_ms = 150;
    w.config.closing_ms = 60;
    struct peer *peer = blocked_peer(SEAT_RECORD);
    peer->read_max = 1;
    peer_mute(peer, false);
    until(&w, peer->seat == NULL);
    peer_close(peer, false);
}
END_TEST

START_TEST(of_the_pings_of_a_peer_that_does_not_read_the_newest_is_answered)
{
    enum { PINGS = 100000 };
    struct peer *peer = blocked_peer(SEAT_RECORD);
    struct ws_seen seen;
    char payload[125];
    for (int i = 1; i <= PINGS; i++) {
        memset(payload, i == PINGS ? 'n' : 'p', sizeof(payload));
        frame_masked(&peer->out, PING, slice_make(payload, sizeof(payload)));
    }
    frame_masked(&peer->out, TEXT, SLICE("all"));
    peer_bytes(peer, SLICE_NONE);
    until(&w, peer->seat->texts == 1);
    ck_assert_uint_eq(peer->seat->conn.out.len, sizeof(payload) + 2);
    seat_text(peer->seat, "a text between them");
    frame_masked(&peer->out, PING, SLICE("1"));
    frame_masked(&peer->out, PING, SLICE("2"));
    frame_masked(&peer->out, TEXT, SLICE("more"));
    peer_bytes(peer, SLICE_NONE);
    until(&w, peer->seat->texts == 2);
    peer_mute(peer, false);
    until(&w, peer_next(peer, &seen)); /* what blocked */
    until(&w, peer_next(peer, &seen));
    ck_assert_uint_eq(seen.head, PONG);
    ck_assert_uint_eq(seen.payload.at[0], 'n');
    expect_story(peer, "text(a text between them) pong(2) ");
    peer_close(peer, false);
}
END_TEST

START_TEST(every_ping_of_a_peer_that_reads_is_answered)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    struct ws_seen seen;
    for (int i = 0; i < 1000; i++)
        frame_masked(&peer->out, PING, SLICE("p"));
    peer_bytes(peer, SLICE_NONE);
    for (int i = 0; i < 1000; i++) {
        until(&w, peer_next(peer, &seen));
        ENSURE(seen.head == PONG);
    }
    peer_close(peer, false);
}
END_TEST

/* ---- pausing ---- */

START_TEST(a_paused_connection_hears_nothing_until_resumed)
{
    struct peer *peer = peer_new(&w, SEAT_PAUSE, 0);
    for (int i = 0; i < 3; i++)
        peer_text(peer, "a");
    until(&w, peer->seat->texts == 1 && !peer->seat->conn.reading);
    for (int i = 0; i < 20; i++)
        uv_run(&w.loop, UV_RUN_NOWAIT);
    expect_heard(peer, "a;");
    ws_conn_resume(&peer->seat->conn);
    until(&w, peer->seat->texts == 2);
    ws_conn_resume(&peer->seat->conn);
    until(&w, peer->seat->texts == 3);
    peer_close(peer, false);
}
END_TEST

START_TEST(a_text_stays_whole_while_its_handler_pauses_and_resumes)
{
    struct peer *peer = peer_new(&w, SEAT_PAUSE_RESUME, 0);
    peer_frame(peer, 0x01, SLICE("in two "));
    peer_frame(peer, 0x80, SLICE("pieces"));
    peer_text(peer, "next");
    until(&w, peer->seat->texts == 2);
    expect_heard(peer, "in two pieces;next;");
    peer_close(peer, false);
}
END_TEST

START_TEST(a_close_behind_a_pause_is_answered_after_it)
{
    struct peer *peer = peer_new(&w, SEAT_PAUSE, 0);
    peer_text(peer, "a");
    peer_text(peer, "b");
    peer_close_frame(peer, 1000);
    until(&w, peer->seat->texts == 1);
    ws_conn_resume(&peer->seat->conn);
    until(&w, peer->seat->texts == 2);
    ws_conn_resume(&peer->seat->conn);
    expect_story_to_end(peer, "close(1000) eof");
    peer_close(peer, false);
    until(&w, w.freed == 1);
}
END_TEST

START_TEST(a_paused_connection_that_closes_reads_the_answer)
{
    struct peer *peer = peer_new(&w, SEAT_PAUSE, 0);
    peer_text(peer, "a");
    peer_text(peer, "never heard");
    until(&w, peer->seat->texts == 1 && !peer->seat->conn.reading);
    ws_conn_close(&peer->seat->conn, WS_CODE_GOING_AWAY, SLICE_NONE);
    expect_story(peer, "close(1001) ");
    expect_heard(peer, "a;");
    peer_close_frame(peer, 1001);
    expect_story_to_end(peer, "eof");
    peer_close(peer, false);
    until(&w, w.freed == 1);
}
END_TEST

START_TEST(a_full_connection_that_closes_reads_the_answer)
{
    struct peer *peer = blocked_peer(SEAT_RECORD);
    struct ws_seen seen;
    char *much = calloc(1, w.config.queued_bytes + 2);
    memset(much, 'x', w.config.queued_bytes + 1);
    seat_text(peer->seat, much);
    free(much);
    peer_text(peer, "unheard");
    peer_close_frame(peer, 3000);
    until(&w, !peer->seat->conn.reading);
    ws_conn_close(&peer->seat->conn, WS_CODE_GOING_AWAY, SLICE_NONE);
    peer_mute(peer, false);
    until(&w, peer_next(peer, &seen));
    until(&w, peer_next(peer, &seen));
    expect_story_to_end(peer, "close(1001) eof");
    peer_close(peer, false);
    until(&w, w.freed == 1);
}
END_TEST

/* ---- closing ---- */

static const uint16_t peer_codes[] = {1000, 1001, 3000, 4999, 0};

START_TEST(a_close_is_answered_with_its_code)
{
    const uint16_t code = peer_codes[_i];
    char expected[40];
    struct peer *peer = peer_new(&w, SEAT_ECHO, 0);
    peer_text(peer, "a");
    peer_close_frame(peer, code);
    peer_text(peer, "ignored");
    if (code)
        snprintf(expected, sizeof(expected), "text(a) close(%u) eof", (unsigned)code);
    else
        snprintf(expected, sizeof(expected), "text(a) close() eof");
    expect_story_to_end(peer, expected);
    ck_assert_uint_eq(peer->seat->texts, 1);
    peer_close(peer, false);
    until(&w, w.freed == 1);
}
END_TEST

START_TEST(we_close_and_wait_for_the_answer)
{
    struct peer *peer = peer_new(&w, SEAT_ECHO, 0);
    ws_conn_close(&peer->seat->conn, WS_CODE_GOING_AWAY, SLICE("restart"));
    ck_assert(!ws_conn_open(&peer->seat->conn));
    expect_story(peer, "close(1001,restart) ");
    for (int i = 0; i < 20; i++)
        uv_run(&w.loop, UV_RUN_NOWAIT);
    ck_assert(!peer->eof);
    peer_close_frame(peer, 1001);
    expect_story_to_end(peer, "eof");
    peer_close(peer, false);
    until(&w, w.freed == 1);
}
END_TEST

START_TEST(both_close_at_once)
{
    struct peer *peer = peer_new(&w, SEAT_ECHO, 0);
    peer_close_frame(peer, 1000);
    ws_conn_close(&peer->seat->conn, WS_CODE_GOING_AWAY, SLICE_NONE);
    ws_conn_close(&peer->seat->conn, WS_CODE_INTERNAL, SLICE_NONE);
    expect_story_to_end(peer, "close(1001) eof");
    peer_close(peer, false);
    until(&w, w.freed == 1);
}
END_TEST

START_TEST(a_handler_closes_and_nothing_follows)
{
    struct peer *peer = peer_new(&w, SEAT_CLOSE, 0);
    peer_text(peer, "a");
    peer_text(peer, "b");
    peer_frame(peer, PING, SLICE("p"));
    expect_story(peer, "close(1000,done) ");
    expect_heard(peer, "a;");
    peer_close_frame(peer, 1000);
    expect_story_to_end(peer, "eof");
    peer_close(peer, false);
}
END_TEST

START_TEST(an_update_that_waits_goes_before_close_and_nothing_after)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    seat_update(peer->seat, 1, 0);
    seat_text(peer->seat, "a");
    ws_conn_close(&peer->seat->conn, WS_CODE_GOING_AWAY, SLICE_NONE);
    seat_update(peer->seat, 2, 0);
    seat_text(peer->seat, "b");
    ws_conn_binary(&peer->seat->conn, SLICE("c"));
    peer_frame(peer, PING, SLICE("p"));
    peer_close_frame(peer, 1001);
    expect_story_to_end(peer, "text(a) text(v1 ) close(1001) eof");
    peer_close(peer, false);
}
END_TEST

START_TEST(last_words_go_behind_an_update_that_waits)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    seat_update(peer->seat, 1, 0);
    seat_text(peer->seat, "a");
    ws_conn_close_with(&peer->seat->conn, SLICE("last"), WS_CODE_TRY_LATER, SLICE("full"));
    ws_conn_close_with(&peer->seat->conn, SLICE("later"), WS_CODE_GOING_AWAY, SLICE_NONE);
    peer_close_frame(peer, 1013);
    expect_story_to_end(peer, "text(a) text(v1 ) text(last) close(1013,full) eof");
    peer_close(peer, false);
}
END_TEST

START_TEST(a_close_during_a_write_comes_after_it)
{
    struct peer *peer = blocked_peer(SEAT_RECORD);
    struct ws_seen seen;
    seat_update(peer->seat, 2, 0);
    ws_conn_close(&peer->seat->conn, WS_CODE_GOING_AWAY, SLICE_NONE);
    peer_mute(peer, false);
    until(&w, peer_next(peer, &seen));
    ck_assert_uint_eq(seen.payload.len, BIG);
    expect_story(peer, "text(v2 ) close(1001) ");
    peer_close_frame(peer, 1001);
    expect_story_to_end(peer, "eof");
    peer_close(peer, false);
}
END_TEST

struct failure {
    const char *why;
    struct slice bytes;
    const char *story;
};

static const struct failure failures[] = {
    {"an opcode that is reserved", SLICE_INIT("\x83\x80\x01\x02\x03\x04"),
     "text(good) close(1002) eof"},
    {"a frame without a mask", SLICE_INIT("\x81\x01x"), "text(good) close(1002) eof"},
    {"a Close of one byte", SLICE_INIT("\x88\x81\x00\x00\x00\x00x"), "text(good) close(1002) eof"},
    {"binary data", SLICE_INIT("\x82\x81\x00\x00\x00\x00x"), "text(good) close(1003) "},
    {"no UTF-8", SLICE_INIT("\x81\x81\x00\x00\x00\x00\xff"), "text(good) close(1007) eof"},
    {"a message of 65537 bytes",
     SLICE_INIT("\x81\xff\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00"),
     "text(good) close(1009) eof"},
};

START_TEST(a_broken_rule_is_told_before_the_end)
{
    const struct failure *row = &failures[_i];
    struct peer *peer = peer_new(&w, SEAT_ECHO, 0);
    struct buf bytes = {.at = NULL};
    frame_masked(&bytes, TEXT, SLICE("good"));
    buf_append(&bytes, row->bytes);
    /* What follows is thrown away, and must not make the kernel answer with a reset. */
    for (int i = 0; i < 2000; i++)
        frame_masked(&bytes, TEXT, SLICE("much more that is never heard"));
    peer_bytes(peer, buf_slice(&bytes));
    buf_release(&bytes);
    expect_story(peer, row->story);
    if (!peer->eof) {
        peer_close_frame(peer, 1003);
        expect_story_to_end(peer, "eof");
    }
    ck_assert_uint_eq(peer->seat->texts, 1);
    peer_close(peer, false);
    until(&w, w.freed == 1);
}
END_TEST

START_TEST(a_peer_that_never_answers_close_is_dropped)
{
    w.config.closing_ms = 60;
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    ws_conn_close(&peer->seat->conn, WS_CODE_GOING_AWAY, SLICE_NONE);
    expect_story_to_end(peer, "close(1001) eof");
    until(&w, w.freed == 1);
    peer_close(peer, false);
}
END_TEST

START_TEST(a_peer_that_never_ends_its_half_is_dropped)
{
    w.config.closing_ms = 60;
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    peer_close_frame(peer, 1000);
    expect_story_to_end(peer, "close(1000) eof");
    until(&w, w.freed == 1);
    peer_close(peer, false);
}
END_TEST

START_TEST(a_peer_that_reads_nothing_cannot_put_off_the_end)
{
    w.config.closing_ms = 60;
    struct peer *peer = blocked_peer(SEAT_RECORD);
    ws_conn_close(&peer->seat->conn, WS_CODE_GOING_AWAY, SLICE_NONE);
    until(&w, w.freed == 1);
    peer_close(peer, false);
}
END_TEST

START_TEST(a_late_close_is_answered_late_and_nothing_in_between)
{
    struct peer *peer = peer_new(&w, SEAT_ECHO, 0);
    ws_conn_casys(&peer->seat->conn);
    peer_close_frame(peer, _i ? 1000 : 0);
    until(&w, !ws_conn_open(&peer->seat->conn));
    const uint64_t start = uv_now(&w.loop);
    seat_text(peer->seat, "not any more");
    seat_update(peer->seat, 1, 0);
    ws_conn_close(&peer->seat->conn, WS_CODE_INTERNAL, SLICE_NONE);
    expect_story_to_end(peer, _i ? "close(1000) eof" : "close() eof");
    ck_assert_uint_ge(uv_now(&w.loop) - start, w.config.late_close_ms);
    peer_close(peer, false);
    until(&w, w.freed == 1);
}
END_TEST

START_TEST(a_late_close_reaches_a_peer_that_ended_its_half)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    ws_conn_casys(&peer->seat->conn);
    peer_close_frame(peer, 1000);
    peer_end_half(peer);
    expect_story_to_end(peer, "close(1000) eof");
    peer_close(peer, false);
    until(&w, w.freed == 1);
}
END_TEST

START_TEST(who_says_close_and_ends_its_half_gets_what_waits)
{
    struct peer *peer = blocked_peer(SEAT_RECORD);
    struct ws_seen seen;
    seat_update(peer->seat, 2, 0);
    peer_close_frame(peer, 1000);
    peer_end_half(peer);
    until(&w, peer->seat->conn.peer_closed && !peer->seat->conn.reading);
    peer_mute(peer, false);
    until(&w, peer_next(peer, &seen));
    expect_story_to_end(peer, "text(v2 ) close(1000) eof");
    until(&w, w.freed == 1);
    peer_close(peer, false);
}
END_TEST

START_TEST(a_half_that_ends_without_close_is_the_end)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    peer_text(peer, "a");
    peer_end_half(peer);
    until(&w, w.freed == 1);
    peer_close(peer, false);
}
END_TEST

/* ---- resets ---- */

static struct peer *in_a_write(void)
{
    struct peer *peer = blocked_peer(SEAT_RECORD);
    seat_update(peer->seat, 2, BIG);
    seat_text(peer->seat, "waits");
    return peer;
}

static struct peer *in_a_pause(void)
{
    struct peer *peer = peer_new(&w, SEAT_PAUSE, 0);
    peer_text(peer, "a");
    peer_text(peer, "b");
    until(&w, peer->seat->texts == 1);
    /* Nothing is read, so only a write can find out. */
    seat_text(peer->seat, "c");
    return peer;
}

static struct peer *in_a_message(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    peer_frame(peer, 0x01, SLICE("the first half"));
    peer_bytes(peer, SLICE("\x80\x85"));
    return peer;
}

static struct peer *in_our_close(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    ws_conn_close(&peer->seat->conn, WS_CODE_GOING_AWAY, SLICE_NONE);
    expect_story(peer, "close(1001) ");
    return peer;
}

static struct peer *in_a_late_close(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    ws_conn_casys(&peer->seat->conn);
    peer_close_frame(peer, 1000);
    until(&w, !ws_conn_open(&peer->seat->conn));
    return peer;
}

static struct peer *in_draining(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    peer_close_frame(peer, 1000);
    expect_story_to_end(peer, "close(1000) eof");
    return peer;
}

static struct peer *before_a_flush(void)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    seat_text(peer->seat, "a");
    seat_update(peer->seat, 1, BIG);
    return peer;
}

static struct peer *(*const moments[])(void) = {
    in_a_write,      in_a_pause,  in_a_message,   in_our_close,
    in_a_late_close, in_draining, before_a_flush,
};

START_TEST(a_reset_at_any_moment_ends_it_once)
{
    struct peer *peer = moments[_i]();
    peer_close(peer, true);
    until(&w, w.freed == 1);
}
END_TEST

START_TEST(an_abort_at_any_moment_ends_it_once)
{
    struct peer *peer = moments[_i]();
    ws_group_abort_all(&w.group);
    until(&w, w.freed == 1);
    peer_close(peer, false);
}
END_TEST

START_TEST(what_is_done_to_a_dropped_connection_has_no_effect)
{
    struct peer *peer = moments[_i]();
    struct seat *seat = peer->seat;
    ws_conn_hold(&seat->conn);
    ws_group_abort_all(&w.group);
    for (int after_end = 0; after_end < 2; after_end++) {
        seat_text(seat, "a");
        seat_update(seat, 9, 0);
        ws_conn_binary(&seat->conn, SLICE("b"));
        ws_conn_pause(&seat->conn);
        ws_conn_resume(&seat->conn);
        ws_conn_feed(&seat->conn, SLICE("\x88\x80\x00\x00\x00\x00"));
        ws_conn_close(&seat->conn, WS_CODE_INTERNAL, SLICE_NONE);
        ck_assert(!ws_conn_open(&seat->conn));
        until(&w, seat->ended);
    }
    uv_run(&w.loop, UV_RUN_NOWAIT);
    ck_assert_uint_eq(w.freed, 0);
    ck_assert_uint_eq(w.group.count, 1);
    ws_conn_unhold(&seat->conn);
    ck_assert_uint_eq(w.freed, 1);
    ck_assert_uint_eq(w.group.count, 0);
    peer_close(peer, false);
}
END_TEST

START_TEST(the_last_hold_may_go_in_on_end)
{
    struct peer *peer = peer_new(&w, SEAT_UNHOLD_AT_END, 0);
    peer_close(peer, true);
    until(&w, w.freed == 1);
    ck_assert_uint_eq(w.group.count, 0);
}
END_TEST

START_TEST(a_descriptor_that_is_none_gives_the_memory_back)
{
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    struct seat *seat = calloc(1, sizeof(*seat));
    seat->world = &w;
    ck_assert_int_eq(ws_conn_start(&seat->conn, &w.group, peer->seat->conn.handlers, -1), ERR_IO);
    until(&w, w.freed == 1);
    peer_close(peer, false);
}
END_TEST

/* ---- the group ---- */

static void go_away(struct ws_conn *conn, const void *unused)
{
    (void)unused;
    ws_conn_close_with(conn, SLICE("goodbye"), WS_CODE_GOING_AWAY, SLICE("restart"));
}

START_TEST(the_group_closes_all_of_them)
{
    enum { PEERS = 20 };
    struct peer *peers[PEERS];
    for (int i = 0; i < PEERS; i++)
        peers[i] = peer_new(&w, SEAT_ECHO, 0);
    ws_group_each(&w.group, go_away, NULL);
    for (int i = 0; i < PEERS; i++) {
        expect_story(peers[i], "text(goodbye) close(1001,restart) ");
        peer_close_frame(peers[i], 1001);
        expect_story_to_end(peers[i], "eof");
        peer_close(peers[i], false);
    }
    until(&w, w.group.count == 0);
    /* One that comes later is served: the sweep begins again. */
    w.config.closing_ms = 60;
    struct peer *late = peer_new(&w, SEAT_ECHO, 0);
    peer_close_frame(late, 1000);
    expect_story_to_end(late, "close(1000) eof");
    until(&w, w.group.count == 0);
    peer_close(late, false);
}
END_TEST

/* ---- time ---- */

START_TEST(silence_is_pinged_and_an_answer_keeps_it)
{
    w.config.ping_ms = 60;
    w.config.idle_ms = 1000;
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    for (int i = 0; i < 3; i++) {
        const uint64_t start = uv_now(&w.loop);
        expect_story(peer, "ping() ");
        ck_assert_uint_ge(uv_now(&w.loop) - start + 1, w.config.ping_ms);
        peer_frame(peer, PONG, SLICE_NONE);
        uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    peer_close(peer, false);
}
END_TEST

#define UNFINISHED "close(1008,unfinished) eof"

/* How the beginning of a message may look: all but the last byte of each. */
static const struct {
    const char *why;
    const char *bytes;
    size_t len;
    const char *story;
} beginnings[] = {
    {"one byte of a header", "\x81", 1, UNFINISHED},
    {"a header without its mask", "\x81\x82", 2, UNFINISHED},
    {"a header without its payload", "\x81\x82\x00\x00\x00\x00", 6, UNFINISHED},
    {"a message without its last byte", "\x81\x82\x00\x00\x00\x00x", 7, UNFINISHED},
    {"a first fragment", "\x01\x81\x00\x00\x00\x00x", 7, UNFINISHED},
    {"a first fragment and a ping", "\x01\x81\x00\x00\x00\x00x\x89\x80\x00\x00\x00\x00", 13,
     "pong() " UNFINISHED},
    {"half a ping", "\x89\x82\x00\x00\x00\x00x", 7, UNFINISHED},
};

START_TEST(a_message_that_does_not_go_on_is_not_waited_for)
{
    w.config.message_ms = 100;
    w.config.closing_ms = 60;
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    const uint64_t start = uv_now(&w.loop);
    peer_bytes(peer, slice_make(beginnings[_i].bytes, beginnings[_i].len));
    until(&w, !ws_conn_open(&peer->seat->conn));
    ck_assert_uint_ge(uv_now(&w.loop) - start + 1, w.config.message_ms);
    /* Its own Close would be taken for the rest of the message. */
    expect_story_to_end(peer, beginnings[_i].story);
    peer_close(peer, false);
}
END_TEST

START_TEST(messages_that_are_always_cut_somewhere_else_go_on)
{
    w.config.message_ms = 150;
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    struct buf frame = {.at = NULL};
    frame_masked(&frame, TEXT, SLICE("ab"));
    const uint64_t start = uv_now(&w.loop);
    peer_bytes(peer, slice_make(frame.at, 1));
    while (uv_now(&w.loop) - start < 4 * w.config.message_ms) {
        /* The rest of one message and the beginning of the next. */
        const size_t texts = peer->seat->texts;
        peer_bytes(peer, slice_make(frame.at + 1, frame.len - 1));
        peer_bytes(peer, slice_make(frame.at, 1));
        until(&w, peer->seat->texts > texts);
    }
    ck_assert(ws_conn_open(&peer->seat->conn));
    buf_release(&frame);
    peer_close(peer, false);
}
END_TEST

START_TEST(a_message_that_we_do_not_read_on_is_not_unfinished)
{
    w.config.message_ms = 60;
    struct peer *peer = peer_new(&w, SEAT_PAUSE, 0);
    peer_text(peer, "a");
    peer_bytes(peer, slice_make("\x81\x81\x00\x00\x00", 5));
    until(&w, peer->seat->texts == 1);
    turn_for(4 * w.config.message_ms);
    ck_assert(ws_conn_open(&peer->seat->conn));
    peer_bytes(peer, slice_make("\x00z", 2));
    ws_conn_resume(&peer->seat->conn);
    until(&w, peer->seat->texts == 2);
    expect_heard(peer, "a;z;");
    peer_close(peer, false);
}
END_TEST

START_TEST(an_idle_peer_is_closed)
{
    w.config.ping_ms = 60;
    w.config.idle_ms = 180;
    w.config.closing_ms = 60;
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    expect_story_to_end(peer, "ping() close(1001,idle) eof");
    until(&w, w.freed == 1);
    peer_close(peer, false);
}
END_TEST

START_TEST(a_peer_we_do_not_listen_to_is_not_idle)
{
    w.config.ping_ms = 60;
    w.config.idle_ms = 120;
    struct peer *peer = peer_new(&w, SEAT_PAUSE, 0);
    peer_text(peer, "a");
    peer_text(peer, "b");
    until(&w, peer->seat->texts == 1);
    turn_for(4 * w.config.idle_ms);
    ck_assert(ws_conn_open(&peer->seat->conn));
    ws_conn_resume(&peer->seat->conn);
    until(&w, peer->seat->texts == 2);
    peer_close(peer, false);
}
END_TEST

START_TEST(pongs_are_no_talk)
{
    w.config.ping_ms = 60;
    w.config.talk_idle_ms = 200;
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    struct ws_seen seen;
    ws_conn_casys(&peer->seat->conn);
    const uint64_t start = uv_now(&w.loop);
    do {
        until(&w, peer_next(peer, &seen));
        if (seen.head == PING)
            peer_frame(peer, PONG, SLICE_NONE);
    } while (seen.head == PING);
    ck_assert_uint_eq(seen.head, CLOSE);
    ck_assert_uint_ge(uv_now(&w.loop) - start + 1, w.config.talk_idle_ms);
    peer_close(peer, false);
}
END_TEST

START_TEST(messages_are_talk)
{
    w.config.talk_idle_ms = 150;
    struct peer *peer = peer_new(&w, SEAT_RECORD, 0);
    ws_conn_casys(&peer->seat->conn);
    for (int i = 0; i < 5; i++) {
        turn_for(60);
        peer_text(peer, "still here");
    }
    ck_assert(ws_conn_open(&peer->seat->conn));
    expect_story(peer, "close(1001,idle) ");
    peer_close(peer, false);
}
END_TEST

static void add_sending(TCase *tcase)
{
    tcase_add_test(tcase, a_text_is_answered);
    tcase_add_test(tcase, what_came_right_behind_the_handshake_is_read);
    tcase_add_test(tcase, early_frames_wait_for_a_handler_that_pauses);
    tcase_add_test(tcase, updates_of_one_turn_become_the_newest);
    tcase_add_test(tcase, an_older_update_does_not_replace_a_newer_one);
    tcase_add_test(tcase, texts_go_before_the_update);
    tcase_add_test(tcase, binary_can_be_sent);
    tcase_add_test(tcase, a_reader_that_stops_costs_one_update);
    tcase_add_test(tcase, reading_pauses_while_answers_wait_and_nothing_is_lost);
    tcase_add_test(tcase, a_stream_of_updates_does_not_keep_reading_paused);
    tcase_add_test(tcase, a_reader_that_is_too_slow_is_dropped);
    tcase_add_test(tcase, a_reader_that_reads_again_too_late_is_told_why);
    tcase_add_test(tcase, a_reader_that_trickles_is_dropped);
    tcase_add_test(tcase, of_the_pings_of_a_peer_that_does_not_read_the_newest_is_answered);
    tcase_add_test(tcase, every_ping_of_a_peer_that_reads_is_answered);
    tcase_add_test(tcase, a_paused_connection_hears_nothing_until_resumed);
    tcase_add_test(tcase, a_text_stays_whole_while_its_handler_pauses_and_resumes);
}

static void add_closing(TCase *tcase)
{
    tcase_add_test(tcase, a_close_behind_a_pause_is_answered_after_it);
    tcase_add_test(tcase, a_paused_connection_that_closes_reads_the_answer);
    tcase_add_test(tcase, a_full_connection_that_closes_reads_the_answer);
    tcase_add_loop_test(tcase, a_close_is_answered_with_its_code, 0, COUNT_OF(peer_codes));
    tcase_add_test(tcase, we_close_and_wait_for_the_answer);
    tcase_add_test(tcase, both_close_at_once);
    tcase_add_test(tcase, a_handler_closes_and_nothing_follows);
    tcase_add_test(tcase, an_update_that_waits_goes_before_close_and_nothing_after);
    tcase_add_test(tcase, last_words_go_behind_an_update_that_waits);
    tcase_add_test(tcase, a_close_during_a_write_comes_after_it);
    tcase_add_loop_test(tcase, a_broken_rule_is_told_before_the_end, 0, COUNT_OF(failures));
    tcase_add_test(tcase, a_peer_that_never_answers_close_is_dropped);
    tcase_add_test(tcase, a_peer_that_never_ends_its_half_is_dropped);
    tcase_add_test(tcase, a_peer_that_reads_nothing_cannot_put_off_the_end);
    tcase_add_loop_test(tcase, a_late_close_is_answered_late_and_nothing_in_between, 0, 2);
    tcase_add_test(tcase, a_late_close_reaches_a_peer_that_ended_its_half);
    tcase_add_test(tcase, who_says_close_and_ends_its_half_gets_what_waits);
    tcase_add_test(tcase, a_half_that_ends_without_close_is_the_end);
}

static void add_ends(TCase *tcase)
{
    const int count = COUNT_OF(moments);
    tcase_add_loop_test(tcase, a_reset_at_any_moment_ends_it_once, 0, count);
    tcase_add_loop_test(tcase, an_abort_at_any_moment_ends_it_once, 0, count);
    tcase_add_loop_test(tcase, what_is_done_to_a_dropped_connection_has_no_effect, 0, count);
    tcase_add_test(tcase, the_last_hold_may_go_in_on_end);
    tcase_add_test(tcase, a_descriptor_that_is_none_gives_the_memory_back);
    tcase_add_test(tcase, the_group_closes_all_of_them);
    tcase_add_test(tcase, silence_is_pinged_and_an_answer_keeps_it);
    tcase_add_loop_test(tcase, a_message_that_does_not_go_on_is_not_waited_for, 0,
                        COUNT_OF(beginnings));
    tcase_add_test(tcase, messages_that_are_always_cut_somewhere_else_go_on);
    tcase_add_test(tcase, a_message_that_we_do_not_read_on_is_not_unfinished);
    tcase_add_test(tcase, an_idle_peer_is_closed);
    tcase_add_test(tcase, a_peer_we_do_not_listen_to_is_not_idle);
    tcase_add_test(tcase, pongs_are_no_talk);
    tcase_add_test(tcase, messages_are_talk);
}

int main(void)
{
    Suite *suite = suite_create("ws_conn");
    TCase *tcase = tcase_create("connection");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    add_sending(tcase);
    add_closing(tcase);
    add_ends(tcase);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
