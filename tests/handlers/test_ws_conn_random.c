/* ws_conn under chance: whatever peers and callers do, frames stay whole and in order, and at the end
 * nothing is left. The seeds are fixed, so a failure happens again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/handlers/ws_peer.h"
#include "tests/support/support.h"

enum { SEEDS = 12, SMALL_BUFFER = 4096 };

static struct world w;
static uint64_t chance;

static void setup(void)
{
    world_init(&w);
}

static void teardown(void)
{
    world_end(&w);
}

/* Any number below `below` (xorshift). */
static size_t any(size_t below)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (size_t)(chance % below);
}

/* Mostly small, seldom large. */
static size_t any_size(size_t below)
{
    return any(any(4) == 0 ? below : below / 50 + 2);
}

static void turns(void)
{
    for (size_t i = any(4); i > 0; i--)
        uv_run(&w.loop, UV_RUN_NOWAIT);
}

/* ---- frames stay whole and in order ---- */

enum { TEXT_MAX = 5000, UPDATE_MAX = 60000, STEPS = 400 };

struct reader {
    uint64_t texts;   /* of them were seen */
    uint64_t version; /* seen last */
    bool closed;
};

/* A text tells its number and repeats its length. */
static void text_of(uint64_t number, size_t len, struct buf *ret)
{
    buf_printf(ret, "t%llu %zu ", (unsigned long long)number, len);
    while (ret->len < len)
        buf_byte(ret, (uint8_t)('A' + (ret->len + number) % 26));
}

static void check_text(struct reader *reader, struct slice payload)
{
    unsigned long long number;
    size_t len;
    char head[64] = "";
    memcpy(head, payload.at, payload.len < sizeof(head) ? payload.len : sizeof(head) - 1);
    ENSURE(sscanf(head, "t%llu %zu ", &number, &len) == 2 && number == reader->texts);
    struct buf expected = {.at = NULL};
    text_of(number, len, &expected);
    ENSURE(slice_eq(buf_slice(&expected), payload));
    buf_release(&expected);
    reader->texts++;
}

static void check_update(struct reader *reader, struct slice payload)
{
    unsigned long long version;
    char head[64] = "";
    memcpy(head, payload.at, payload.len < sizeof(head) ? payload.len : sizeof(head) - 1);
    ENSURE(sscanf(head, "v%llu ", &version) == 1 && version > reader->version);
    struct update *expected = update_of(version, payload.len);
    ENSURE(expected->snapshot.len >= payload.len);
    const uint8_t *tail = expected->snapshot.at + (expected->snapshot.len - payload.len);
    ENSURE(memcmp(tail, payload.at, payload.len) == 0);
    update_unref(expected);
    reader->version = version;
}

static void check_frames(struct peer *peer, struct reader *reader)
{
    struct ws_seen seen;
    while (peer_next(peer, &seen)) {
        ENSURE(!reader->closed);
        if (seen.head == 0x88)
            reader->closed = true;
        else if (seen.payload.at[0] == 't')
            check_text(reader, seen.payload);
        else
            check_update(reader, seen.payload);
    }
}

START_TEST(frames_stay_whole_and_in_order)
{
    struct reader reader = {.texts = 0};
    uint64_t texts = 0;
    uint64_t version = 0;
    struct buf text = {.at = NULL};
    chance = (uint64_t)_i + 1;
    struct peer *peer = peer_new(&w, SEAT_RECORD, any(2) ? SMALL_BUFFER : 0);
    for (int step = 0; step < STEPS; step++) {
        for (size_t i = any(4); i > 0; i--) {
            buf_clear(&text);
            text_of(texts++, any_size(TEXT_MAX), &text);
            ws_conn_text(&peer->seat->conn, buf_slice(&text));
        }
        if (any(2))
            seat_update(peer->seat, ++version, any_size(UPDATE_MAX));
        if (any(8) == 0)
            peer_mute(peer, !peer->muted);
        peer->read_max = any_size(20000) + 1;
        turns();
        check_frames(peer, &reader);
    }
    ws_conn_close(&peer->seat->conn, WS_CODE_NORMAL, SLICE_NONE);
    peer_mute(peer, false);
    peer_close_frame(peer, 1000);
    until(&w, peer->eof);
    check_frames(peer, &reader);
    ck_assert(reader.closed);
    ck_assert_uint_eq(reader.texts, texts);
    ck_assert_uint_eq(reader.version, version);
    peer_close(peer, false);
    buf_release(&text);
}
END_TEST

/* ---- anything at all ---- */

enum { SLOTS = 8, HOLDS = 8, ACTIONS = 4000 };

static struct peer *slots[SLOTS];
static struct seat *holds[HOLDS];

static void act_open(size_t slot)
{
    if (slots[slot])
        peer_close(slots[slot], any(2));
    /* Held until on_end is a mode of its own test: its hold is not ours to count. */
    slots[slot] =
        peer_new(&w, (enum seat_mode)any(SEAT_UNHOLD_AT_END + 1), any(2) ? SMALL_BUFFER : 0);
    if (any(3) == 0)
        ws_conn_casys(&slots[slot]->seat->conn);
    if (any(3) == 0)
        peer_mute(slots[slot], true);
    slots[slot]->read_max = any_size(10000) + 1;
}

static void send_garbage(struct peer *peer)
{
    uint8_t bytes[40];
    const size_t len = any(sizeof(bytes));
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)any(256);
    peer_bytes(peer, slice_make(bytes, len));
}

static void send_frame(struct peer *peer)
{
    static const uint8_t heads[] = {0x81, 0x81, 0x81, 0x81, 0x01, 0x00, 0x80, 0x89, 0x8A, 0x82};
    static const uint8_t filler[4000] = {0};
    const uint8_t head = heads[any(COUNT_OF(heads))];
    const size_t max = head >= 0x88 ? 126 : sizeof(filler);
    peer_frame(peer, head, slice_make(filler, any_size(max)));
}

static void act_peer(struct peer *peer)
{
    switch (any(12)) {
    case 0: send_garbage(peer); return;
    case 1: peer_mute(peer, !peer->muted); return;
    case 2: peer_close_frame(peer, (uint16_t)(any(2) ? 1000 : any(5000))); return;
    case 3:
        if (peer->out.len == 0 && !peer->reset && any(2))
            shutdown(peer->fd, SHUT_WR);
        return;
    case 4:
        for (int i = 0; i < 100; i++)
            peer_frame(peer, 0x89, SLICE("flood"));
        return;
    default: send_frame(peer); return;
    }
}

/* First the new one: letting go of the old one may free it, and it may be the same. */
static void swap_hold(struct seat *seat, struct seat **hold)
{
    ws_conn_hold(&seat->conn);
    if (*hold)
        ws_conn_unhold(&(*hold)->conn);
    *hold = seat;
}

static void act_seat(struct seat *seat, uint64_t version)
{
    switch (any(10)) {
    case 0: ws_conn_close(&seat->conn, WS_CODE_GOING_AWAY, SLICE("chance")); return;
    case 1: ws_conn_pause(&seat->conn); return;
    case 2:
    case 3: ws_conn_resume(&seat->conn); return;
    case 4: swap_hold(seat, &holds[any(HOLDS)]); return;
    case 5:
    case 6: seat_text(seat, "from the server"); return;
    default: seat_update(seat, version, any_size(200000)); return;
    }
}

static void go_away(struct ws_conn *conn, const void *unused)
{
    (void)unused;
    ws_conn_close_with(conn, SLICE("goodbye"), WS_CODE_GOING_AWAY, SLICE_NONE);
}

static void act_group(void)
{
    if (any(2))
        ws_group_each(&w.group, go_away, NULL);
    else
        ws_group_abort_all(&w.group);
}

static void act(uint64_t version)
{
    const size_t slot = any(SLOTS);
    struct peer *peer = slots[slot];
    if (!peer || any(40) == 0)
        act_open(slot);
    else if (any(60) == 0)
        act_group();
    else if (any(40) == 0) {
        peer_close(peer, any(2));
        slots[slot] = NULL;
    } else if (peer->seat && any(3) == 0)
        act_seat(peer->seat, version);
    else
        act_peer(peer);
}

START_TEST(whatever_is_done_nothing_is_left)
{
    chance = (uint64_t)_i + 1000;
    w.config.ping_ms = 40;
    w.config.idle_ms = 150;
    w.config.talk_idle_ms = 100;
    w.config.write_ms = 60;
    w.config.closing_ms = 50;
    w.config.late_close_ms = 20;
    for (uint64_t i = 0; i < ACTIONS; i++) {
        act(i);
        turns();
    }
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i])
            peer_close(slots[i], false);
        slots[i] = NULL;
    }
    ws_group_each(&w.group, go_away, NULL);
    for (size_t i = 0; i < HOLDS; i++) {
        if (holds[i])
            ws_conn_unhold(&holds[i]->conn);
        holds[i] = NULL;
    }
    /* Without a peer each of them ends by itself. */
    until(&w, w.group.count == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ws_conn_random");
    TCase *tcase = tcase_create("chance");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, frames_stay_whole_and_in_order, 0, SEEDS);
    tcase_add_loop_test(tcase, whatever_is_done_nothing_is_left, 0, SEEDS);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
