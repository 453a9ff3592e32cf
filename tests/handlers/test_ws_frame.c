/* RFC 6455 as bytes. Every row of the table is fed whole, byte by byte and cut in two at every byte;
 * the events must always be the same. What a row expects is written as the events read:
 *     text(Hello) ping(x) close(1000,bye) fail(1002)
 * with bytes outside ASCII as \xNN, and a payload of nothing but 'x' that is longer than 64 bytes as
 * its length: text(1000 x). */
#include "handlers/ws_frame.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 6, SHOWN_MAX = 64, BUF_FIRST = 4096 };

/* Byte 0 of a frame: FIN and opcode. */
enum {
    TEXT = 0x81,
    BINARY = 0x82,
    END = 0x80,
    CLOSE = 0x88,
    PING = 0x89,
    PONG = 0x8A,
    TEXT_MORE = 0x01,
    BINARY_MORE = 0x02,
    MORE = 0x00,
};

struct frame {
    enum { NO_FRAME, MASKED, RAW } form;
    uint8_t head;
    const char *payload; /* NULL: len times 'x' */
    size_t len;
};

/* A frame as a client sends it; one filled with 'x'; and bytes that are no proper frame. */
#define FRAME(h, text)                                                                             \
    {                                                                                              \
        .form = MASKED, .head = (h), .payload = (text), .len = sizeof(text) - 1                    \
    }
#define FILLED(h, size)                                                                            \
    {                                                                                              \
        .form = MASKED, .head = (h), .len = (size)                                                 \
    }
#define BYTES(text)                                                                                \
    {                                                                                              \
        .form = RAW, .payload = (text), .len = sizeof(text) - 1                                    \
    }

struct row {
    const char *why;
    struct frame frames[FRAMES_MAX];
    const char *events;
};

static const struct ws_limits row_limits = {.message_bytes = 70000, .fragments = 4};

static const struct row good_rows[] = {
    {"5.6: a text message", {FRAME(TEXT, "Hello")}, "text(Hello)"},
    {"5.6: an empty text message", {FRAME(TEXT, "")}, "text()"},
    {"5.6: a binary message, the caller's to refuse", {FRAME(BINARY, "\xFF")}, "binary(\\xFF)"},
    {"5.2: the longest short length", {FILLED(TEXT, 125)}, "text(125 x)"},
    {"5.2: the shortest length in 16 bits", {FILLED(TEXT, 126)}, "text(126 x)"},
    {"5.2: the longest length in 16 bits", {FILLED(TEXT, 65535)}, "text(65535 x)"},
    {"5.2: the shortest length in 64 bits", {FILLED(TEXT, 65536)}, "text(65536 x)"},
    {"messages one behind the other",
     {FRAME(TEXT, "a"), FRAME(BINARY, "b"), FRAME(TEXT, "c")},
     "text(a) binary(b) text(c)"},
    {"5.4: two fragments", {FRAME(TEXT_MORE, "Hel"), FRAME(END, "lo")}, "text(Hello)"},
    {"5.4: binary fragments",
     {FRAME(BINARY_MORE, "\x80"), FRAME(MORE, "\xC0"), FRAME(END, "\xFF")},
     "binary(\\x80\\xC0\\xFF)"},
    {"5.4: empty fragments", {FRAME(TEXT_MORE, ""), FRAME(MORE, ""), FRAME(END, "")}, "text()"},
    {"5.4: only the last fragment has bytes",
     {FRAME(TEXT_MORE, ""), FRAME(MORE, ""), FRAME(END, "end")},
     "text(end)"},
    {"5.4: the last fragment has none",
     {FRAME(TEXT_MORE, "begin"), FRAME(END, ""), FRAME(TEXT, "next")},
     "text(begin) text(next)"},
    {"5.5.2: a ping", {FRAME(PING, "p"), FRAME(PING, "")}, "ping(p) ping()"},
    {"5.5: the longest control frame", {FILLED(PING, 125)}, "ping(125 x)"},
    {"5.5.2: a ping need not be UTF-8", {FRAME(PING, "\xFF")}, "ping(\\xFF)"},
    {"5.5.3: a pong that nobody asked for", {FRAME(PONG, "old")}, "pong(old)"},
    {"5.4: control frames between fragments come at once",
     {FRAME(TEXT_MORE, "a"), FRAME(PING, "1"), FRAME(MORE, "b"), FRAME(PONG, "2"), FRAME(END, "c")},
     "ping(1) pong(2) text(abc)"},
    {"5.4: a ping behind an empty fragment",
     {FRAME(TEXT_MORE, ""), FRAME(PING, "ping"), FRAME(END, "text")},
     "ping(ping) text(text)"},
    {"5.6: a character cut by a fragment",
     {FRAME(TEXT_MORE, "\xE2"), FRAME(MORE, "\x82"), FRAME(END, "\xAC")},
     "text(\\xE2\\x82\\xAC)"},
    {"5.6: a character cut by a fragment, with a ping between that is no text",
     {FRAME(TEXT_MORE, "\xF0\x9F"), FRAME(PING, "\x80"), FRAME(END, "\x98\x80")},
     "ping(\\x80) text(\\xF0\\x9F\\x98\\x80)"},
    {"RFC 3629: the first and last character of each length",
     {FRAME(TEXT, "\x01\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80"
                  "\xF4\x8F\xBF\xBF")},
     "text(\\x01\\x7F\\xC2\\x80\\xDF\\xBF\\xE0\\xA0\\x80\\xEF\\xBF\\xBF\\xF0\\x90\\x80\\x80"
     "\\xF4\\x8F\\xBF\\xBF)"},
    {"RFC 3629: beside the surrogates",
     {FRAME(TEXT, "\xED\x9F\xBF\xEE\x80\x80")},
     "text(\\xED\\x9F\\xBF\\xEE\\x80\\x80)"},
    {"RFC 3629: NUL is a character", {FRAME(TEXT, "a\0b")}, "text(a\\x00b)"},
    {"5.4: as many fragments as allowed, twice; control frames do not count",
     {FRAME(TEXT_MORE, "a"), FRAME(MORE, "b"), FRAME(PING, ""), FRAME(MORE, "c"), FRAME(END, "d"),
      FRAME(TEXT, "e")},
     "ping() text(abcd) text(e)"},
    {"a message as long as allowed", {FILLED(TEXT, 70000)}, "text(70000 x)"},
    {"fragments that are together as long as allowed",
     {FILLED(TEXT_MORE, 69000), FILLED(END, 1000)},
     "text(70000 x)"},
};

static const struct row close_rows[] = {
    {"5.5.1: without a code", {FRAME(CLOSE, "")}, "close(1005,)"},
    {"5.5.1: with a code", {FRAME(CLOSE, "\x03\xE8")}, "close(1000,)"},
    {"5.5.1: with a reason", {FRAME(CLOSE, "\x03\xE9going")}, "close(1001,going)"},
    {"5.5.1: nothing is read after it",
     {FRAME(CLOSE, "\x03\xE8"), FRAME(TEXT, "late"), FRAME(PING, ""), BYTES("\xFF\xFF")},
     "close(1000,)"},
    {"5.4: between fragments", {FRAME(TEXT_MORE, "a"), FRAME(CLOSE, "\x03\xE8")}, "close(1000,)"},
    {"5.5.1: a reason in UTF-8", {FRAME(CLOSE, "\x03\xE8\xC3\xA9")}, "close(1000,\\xC3\\xA9)"},
    {"5.5.1: half a code", {FRAME(CLOSE, "\x03")}, "fail(1002)"},
    {"5.5.1: a reason that is not UTF-8", {FRAME(CLOSE, "\x03\xE8\xC3")}, "fail(1007)"},
    {"7.4: a code that may not be sent", {FRAME(CLOSE, "\x03\xED")}, "fail(1002)"},
};

static const struct row broken_rows[] = {
    {"5.2: first reserved bit", {FRAME(TEXT | 0x40, "a")}, "fail(1002)"},
    {"5.2: second reserved bit", {FRAME(TEXT | 0x20, "a")}, "fail(1002)"},
    {"5.2: third reserved bit", {FRAME(PING | 0x10, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 3", {FRAME(0x83, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 4", {FRAME(0x84, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 5", {FRAME(0x85, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 6", {FRAME(0x86, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 7", {FRAME(0x87, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 11", {FRAME(0x8B, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 12", {FRAME(0x8C, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 13", {FRAME(0x8D, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 14", {FRAME(0x8E, "a")}, "fail(1002)"},
    {"5.2: reserved opcode 15", {FRAME(0x8F, "a")}, "fail(1002)"},
    {"5.1: text without a mask", {BYTES("\x81\x05Hello")}, "fail(1002)"},
    {"5.1: ping without a mask", {BYTES("\x89\x00")}, "fail(1002)"},
    {"5.1: the first two bytes are enough to know", {BYTES("\x81\x7E")}, "fail(1002)"},
    {"5.2: the first byte is enough to know", {BYTES("\x83")}, "fail(1002)"},
    {"5.5: a fragmented ping", {FRAME(0x09, "a")}, "fail(1002)"},
    {"5.5: a fragmented pong", {FRAME(0x0A, "a")}, "fail(1002)"},
    {"5.5: a fragmented close", {FRAME(0x08, "")}, "fail(1002)"},
    {"5.5: a ping of 126 bytes", {FILLED(PING, 126)}, "fail(1002)"},
    {"5.5: a close of 65536 bytes", {FILLED(CLOSE, 65536)}, "fail(1002)"},
    {"5.4: a continuation of nothing", {FRAME(END, "a")}, "fail(1002)"},
    {"5.4: a fragment in the middle of nothing", {FRAME(MORE, "a")}, "fail(1002)"},
    {"5.4: a continuation of what is finished",
     {FRAME(TEXT_MORE, "a"), FRAME(END, "b"), FRAME(END, "c")},
     "text(ab) fail(1002)"},
    {"5.4: text within fragments",
     {FRAME(TEXT_MORE, "a"), FRAME(TEXT, "b"), FRAME(END, "c")},
     "fail(1002)"},
    {"5.4: binary fragments within fragments",
     {FRAME(TEXT_MORE, "a"), FRAME(BINARY_MORE, "b"), FRAME(END, "c")},
     "fail(1002)"},
    {"5.2: 125 in 16 bits", {BYTES("\x81\xFE\x00\x7D")}, "fail(1002)"},
    {"5.2: 0 in 16 bits", {BYTES("\x81\xFE\x00\x00")}, "fail(1002)"},
    {"5.2: 65535 in 64 bits", {BYTES("\x81\xFF\x00\x00\x00\x00\x00\x00\xFF\xFF")}, "fail(1002)"},
    {"5.2: 5 in 64 bits", {BYTES("\x81\xFF\x00\x00\x00\x00\x00\x00\x00\x05")}, "fail(1002)"},
    {"5.2: the top bit of 64", {BYTES("\x82\xFF\x80\x00\x00\x00\x00\x01\x00\x00")}, "fail(1002)"},
    {"7.1.7: nothing is read after a failure",
     {FRAME(TEXT, "a"), FRAME(0x83, ""), FRAME(TEXT, "b")},
     "text(a) fail(1002)"},
    {"one byte more than allowed, known from the header",
     {BYTES("\x81\xFF\0\0\0\0\0\x01\x11\x71")},
     "fail(1009)"},
    {"the largest length there is",
     {BYTES("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF")},
     "fail(1009)"},
    {"fragments that are together one byte too long",
     {FILLED(TEXT_MORE, 69000), FILLED(MORE, 999), FILLED(END, 2)},
     "fail(1009)"},
    {"one fragment more than allowed",
     {FRAME(TEXT_MORE, ""), FRAME(MORE, ""), FRAME(MORE, ""), FRAME(MORE, ""), FRAME(END, "")},
     "fail(1009)"},
};

static const struct row text_rows[] = {
    {"an overlong NUL", {FRAME(TEXT, "\xC0\x80")}, "fail(1007)"},
    {"an overlong character of 2 bytes", {FRAME(TEXT, "\xC1\xBF")}, "fail(1007)"},
    {"an overlong character of 3 bytes", {FRAME(TEXT, "\xE0\x9F\xBF")}, "fail(1007)"},
    {"an overlong character of 4 bytes", {FRAME(TEXT, "\xF0\x8F\xBF\xBF")}, "fail(1007)"},
    {"the first surrogate", {FRAME(TEXT, "\xED\xA0\x80")}, "fail(1007)"},
    {"the last surrogate", {FRAME(TEXT, "\xED\xBF\xBF")}, "fail(1007)"},
    {"above U+10FFFF", {FRAME(TEXT, "\xF4\x90\x80\x80")}, "fail(1007)"},
    {"no first byte: F5", {FRAME(TEXT, "\xF5\x80\x80\x80")}, "fail(1007)"},
    {"no first byte: FF", {FRAME(TEXT, "\xFF")}, "fail(1007)"},
    {"a following byte first", {FRAME(TEXT, "a\x80")}, "fail(1007)"},
    {"behind many ASCII characters", {FRAME(TEXT, "0123456789abcdef\xBF")}, "fail(1007)"},
    {"a character cut short by ASCII", {FRAME(TEXT, "\xE2\x82z")}, "fail(1007)"},
    {"a character cut short by the end", {FRAME(TEXT, "a\xE2\x82")}, "fail(1007)"},
    {"a character cut short by the last fragment, which is empty",
     {FRAME(TEXT_MORE, "\xC3"), FRAME(END, "")},
     "fail(1007)"},
    {"a character broken by the next fragment",
     {FRAME(TEXT_MORE, "\xE2\x82"), FRAME(END, "a")},
     "fail(1007)"},
    {"certain in the first fragment of more", {FRAME(TEXT_MORE, "\xED\xA0")}, "fail(1007)"},
    {"certain in the middle of a frame", {BYTES("\x81\xE4\0\0\0\0abc\xC0")}, "fail(1007)"},
    {"after a good message",
     {FRAME(TEXT, "\xC3\xA9"), FRAME(TEXT, "\xA9")},
     "text(\\xC3\\xA9) fail(1007)"},
};

/* --- the client's side ----------------------------------------------------------------------- */

static void encode(struct buf *wire, uint8_t head, struct slice payload, uint32_t mask)
{
    buf_byte(wire, head);
    const size_t width = payload.len < 126 ? 0 : payload.len < 65536 ? 2 : 8;
    buf_byte(wire, (uint8_t)(0x80 | (width == 0 ? payload.len : width == 2 ? 126 : 127)));
    for (size_t i = width; i > 0; i--)
        buf_byte(wire, (uint8_t)(payload.len >> (8 * (i - 1))));
    for (size_t i = 4; i > 0; i--)
        buf_byte(wire, (uint8_t)(mask >> (8 * (i - 1))));
    for (size_t i = 0; i < payload.len; i++)
        buf_byte(wire, (uint8_t)(payload.at[i] ^ mask >> (8 * (3 - i % 4))));
}

static void encode_frame(struct buf *wire, const struct frame *frame)
{
    if (frame->form == RAW) {
        buf_append(wire, slice_make(frame->payload, frame->len));
        return;
    }
    struct buf payload = {0};
    for (size_t i = 0; i < frame->len; i++)
        buf_byte(&payload, frame->payload != NULL ? (uint8_t)frame->payload[i] : 'x');
    encode(wire, frame->head, buf_slice(&payload), 0x37FA213D);
    buf_release(&payload);
}

static void encode_row(struct buf *wire, const struct row *row)
{
    for (size_t i = 0; i < FRAMES_MAX && row->frames[i].form != NO_FRAME; i++)
        encode_frame(wire, &row->frames[i]);
}

/* --- showing events -------------------------------------------------------------------------- */

static void show_payload(struct buf *shown, struct slice payload)
{
    size_t same = 0;
    while (same < payload.len && payload.at[same] == 'x')
        same++;
    if (same == payload.len && same > SHOWN_MAX) {
        buf_printf(shown, "%zu x", same);
        return;
    }
    for (size_t i = 0; i < payload.len; i++) {
        if (payload.at[i] >= ' ' && payload.at[i] <= '~')
            buf_byte(shown, payload.at[i]);
        else
            buf_printf(shown, "\\x%02X", payload.at[i]);
    }
}

static void show_event(struct buf *shown, const struct ws_event *event)
{
    static const char *const names[] = {
        [WS_EVENT_TEXT] = "text", [WS_EVENT_BINARY] = "binary", [WS_EVENT_PING] = "ping",
        [WS_EVENT_PONG] = "pong", [WS_EVENT_CLOSE] = "close",   [WS_EVENT_FAIL] = "fail",
    };
    buf_printf(shown, "%s%s(", shown->len > 0 ? " " : "", names[event->kind]);
    if (event->kind == WS_EVENT_FAIL)
        buf_printf(shown, "%u", event->code);
    else if (event->kind == WS_EVENT_CLOSE)
        buf_printf(shown, "%u,", event->code);
    else if (event->code != 0)
        buf_printf(shown, "code %u ", event->code);
    show_payload(shown, event->payload);
    buf_byte(shown, ')');
}

/* --- feeding --------------------------------------------------------------------------------- */

struct feeder {
    struct ws_reader reader;
    struct ws_limits limits;
    struct buf shown;
};

/* One read of a socket, in memory of exactly its length that is gone afterwards. */
static void feed(struct feeder *feeder, struct slice piece)
{
    uint8_t *const copy = malloc(piece.len > 0 ? piece.len : 1);
    ck_assert_ptr_nonnull(copy);
    if (piece.len > 0)
        memcpy(copy, piece.at, piece.len);
    struct ws_input in = {copy, piece.len};
    struct ws_event event;
    while (ws_read(&feeder->reader, &feeder->limits, &in, &event) == OK)
        show_event(&feeder->shown, &event);
    if (in.len != 0 || in.at != copy + piece.len)
        ck_abort_msg("the input is not used up");
    free(copy);
}

static void feeder_release(struct feeder *feeder)
{
    ws_reader_release(&feeder->reader);
    buf_release(&feeder->shown);
}

static void must_show(const struct feeder *feeder, struct slice expected, const char *why,
                      size_t cut)
{
    if (!slice_eq(buf_slice(&feeder->shown), expected))
        ck_abort_msg("%s, cut %zu: got %.*s, not %.*s", why, cut,
                     SLICE_ARG(buf_slice(&feeder->shown)), SLICE_ARG(expected));
}

/* Feed in pieces of `first` bytes, then always `step` (0: all that is left). */
static void feed_cut(struct slice wire, size_t first, size_t step, const char *why,
                     struct slice expected)
{
    struct feeder feeder = {.limits = row_limits};
    size_t len = first;
    for (size_t at = 0; at<wire.len; at += len, len = step> 0 ? step : wire.len) {
        if (len > wire.len - at)
            len = wire.len - at;
        feed(&feeder, slice_make(wire.at + at, len));
    }
    must_show(&feeder, expected, why, first);
    feeder_release(&feeder);
}

/* Whole, cut in two everywhere (of a long wire: around its ends and now and then), byte by byte. */
static void feed_every_way(const struct row *row)
{
    struct buf wire = {0};
    encode_row(&wire, row);
    const struct slice all = buf_slice(&wire);
    const struct slice expected = slice_str(row->events);

    feed_cut(all, all.len, 0, row->why, expected);
    for (size_t cut = 1; cut < all.len; cut++) {
        if (cut < 300 || all.len - cut < 300 || cut % 997 == 0)
            feed_cut(all, cut, 0, row->why, expected);
    }
    feed_cut(all, 1, 1, row->why, expected);
    feed_cut(all, 3, 7, row->why, expected);
    buf_release(&wire);
}

START_TEST(good_frames_are_read_however_they_are_cut)
{
    feed_every_way(&good_rows[_i]);
}
END_TEST

START_TEST(a_close_frame_is_checked_however_it_is_cut)
{
    feed_every_way(&close_rows[_i]);
}
END_TEST

START_TEST(broken_frames_fail_with_their_code_however_they_are_cut)
{
    feed_every_way(&broken_rows[_i]);
}
END_TEST

START_TEST(text_that_is_not_utf8_fails_however_it_is_cut)
{
    feed_every_way(&text_rows[_i]);
}
END_TEST

START_TEST(exactly_the_codes_of_the_standard_may_stand_in_a_close_frame)
{
    static const struct {
        uint16_t from, to;
    } allowed[] = {{1000, 1003}, {1007, 1014}, {3000, 4999}};
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        bool valid = false;
        for (size_t i = 0; i < COUNT_OF(allowed); i++)
            valid = valid || (code >= allowed[i].from && code <= allowed[i].to);
        const uint8_t payload[] = {(uint8_t)(code >> 8), (uint8_t)code};
        struct buf wire = {0};
        encode(&wire, CLOSE, slice_make(payload, sizeof payload), 0);
        char expected[32];
        snprintf(expected, sizeof expected, valid ? "close(%u,)" : "fail(1002)", code);
        feed_cut(buf_slice(&wire), wire.len, 0, "a code", slice_str(expected));
        buf_release(&wire);
    }
}
END_TEST

/* Text of one message must be judged as utf8_valid judges it: all texts of two bytes, and many of
 * the bytes on which the rules turn. */
static void must_agree(const uint8_t *text, size_t len)
{
    struct buf wire = {0};
    encode(&wire, TEXT, slice_make(text, len), 0x01020304);
    struct ws_reader reader = {0};
    struct ws_input in = {wire.at, wire.len};
    struct ws_event event;
    const bool read = ws_read(&reader, &row_limits, &in, &event) == OK;
    const bool valid = utf8_valid(slice_make(text, len));
    if (!read || event.kind != (valid ? WS_EVENT_TEXT : WS_EVENT_FAIL) ||
        (!valid && event.code != WS_CODE_NOT_UTF8))
        ck_abort_msg("%02x %02x ... of %zu bytes", text[0], text[1], len);
    ws_reader_release(&reader);
    buf_release(&wire);
}

START_TEST(text_is_judged_as_utf8_valid_does)
{
    static const uint8_t turns[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                    0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
                                    0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    enum { TURNS = COUNT_OF(turns) };
    for (unsigned i = 0; i <= UINT16_MAX; i++) {
        const uint8_t text[] = {(uint8_t)(i >> 8), (uint8_t)i};
        must_agree(text, sizeof text);
    }
    for (unsigned i = 0; i < TURNS * TURNS * TURNS * 8; i++) {
        const uint8_t text[] = {turns[i % TURNS], turns[i / TURNS % TURNS],
                                turns[i / TURNS / TURNS % TURNS],
                                (uint8_t)(0x70 + i / (TURNS * TURNS * TURNS) * 0x10)};
        must_agree(text, sizeof text);
        must_agree(text, sizeof text - 1);
    }
}
END_TEST

/* --- random fragments ------------------------------------------------------------------------ */

static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static size_t random_below(uint64_t *seed, size_t bound)
{
    return (size_t)(random_next(seed) >> 11) % bound;
}

/* Text of characters of every length, so that fragments and cuts fall inside them. */
static void random_text(uint64_t *seed, struct buf *ret)
{
    static const char *const characters[] = {"a", "z", "\xC3\xA9", "\xE2\x82\xAC",
                                             "\xF0\x9F\x8E\xB2"};
    for (size_t count = random_below(seed, random_below(seed, 4) == 0 ? 400 : 12); count > 0;
         count--)
        buf_append(ret, slice_str(characters[random_below(seed, COUNT_OF(characters))]));
}

static void random_control(uint64_t *seed, struct buf *wire, struct buf *expected)
{
    uint8_t payload[WS_CONTROL_MAX];
    const size_t len = random_below(seed, sizeof payload + 1);
    for (size_t i = 0; i < len; i++)
        payload[i] = (uint8_t)random_next(seed);
    const bool ping = random_below(seed, 2) == 0;
    const struct ws_event event = {.kind = ping ? WS_EVENT_PING : WS_EVENT_PONG,
                                   .payload = slice_make(payload, len)};
    encode(wire, ping ? PING : PONG, event.payload, (uint32_t)random_next(seed));
    show_event(expected, &event);
}

/* One message in up to four fragments, with control frames before some of them. */
static void random_message(uint64_t *seed, struct buf *wire, struct buf *expected)
{
    struct buf text = {0};
    random_text(seed, &text);
    const bool binary = random_below(seed, 4) == 0;
    const size_t fragments = 1 + random_below(seed, row_limits.fragments);
    uint8_t opcode = binary ? WS_BINARY : WS_TEXT;
    size_t at = 0;
    for (size_t i = 1; i <= fragments; i++) {
        const size_t len = i == fragments ? text.len - at : random_below(seed, text.len - at + 1);
        if (random_below(seed, 3) == 0)
            random_control(seed, wire, expected);
        encode(wire, (uint8_t)(opcode | (i == fragments ? END : MORE)),
               slice_make(text.at + at, len), (uint32_t)random_next(seed));
        opcode = WS_CONTINUATION;
        at += len;
    }
    const struct ws_event event = {.kind = binary ? WS_EVENT_BINARY : WS_EVENT_TEXT,
                                   .payload = buf_slice(&text)};
    show_event(expected, &event);
    buf_release(&text);
}

static void feed_random(uint64_t *seed, struct slice wire, struct feeder *feeder)
{
    const size_t most = 1 + random_below(seed, random_below(seed, 2) == 0 ? 8 : 600);
    while (wire.len > 0) {
        size_t len = 1 + random_below(seed, most);
        if (len > wire.len)
            len = wire.len;
        feed(feeder, slice_make(wire.at, len));
        wire = slice_make(wire.at + len, wire.len - len);
    }
}

START_TEST(random_messages_survive_random_fragments_and_cuts)
{
    uint64_t seed = 0x9E3779B97F4A7C15U;
    for (size_t round = 0; round < 600; round++) {
        struct buf wire = {0};
        struct buf expected = {0};
        struct feeder feeder = {.limits = row_limits};
        for (size_t count = 1 + random_below(&seed, 5); count > 0; count--)
            random_message(&seed, &wire, &expected);
        feed_random(&seed, buf_slice(&wire), &feeder);
        must_show(&feeder, buf_slice(&expected), "random messages, round", round);
        if (feeder.reader.gathered.at != NULL)
            ck_abort_msg("round %zu: memory is held between messages", round);
        feeder_release(&feeder);
        buf_release(&expected);
        buf_release(&wire);
    }
}
END_TEST

START_TEST(damaged_messages_give_the_same_events_however_they_are_cut)
{
    uint64_t seed = 0xD1B54A32D192ED03U;
    for (size_t round = 0; round < 600; round++) {
        struct buf wire = {0};
        struct buf unused = {0};
        struct feeder whole = {.limits = row_limits};
        struct feeder pieces = {.limits = row_limits};
        random_message(&seed, &wire, &unused);
        random_message(&seed, &wire, &unused);
        wire.at[random_below(&seed, wire.len)] ^= (uint8_t)(1U << random_below(&seed, 8));
        feed(&whole, buf_slice(&wire));
        feed_random(&seed, buf_slice(&wire), &pieces);
        must_show(&pieces, buf_slice(&whole.shown), "damaged messages, round", round);
        feeder_release(&whole);
        feeder_release(&pieces);
        buf_release(&unused);
        buf_release(&wire);
    }
}
END_TEST

/* --- memory and control ---------------------------------------------------------------------- */

START_TEST(a_whole_message_is_not_copied)
{
    struct buf wire = {0};
    encode(&wire, TEXT, SLICE("Hello"), 0xDEADBEEF);
    struct ws_reader reader = {0};
    struct ws_input in = {wire.at, wire.len};
    struct ws_event event;
    ck_assert_int_eq(ws_read(&reader, &row_limits, &in, &event), OK);
    ck_assert(slice_eq(event.payload, SLICE("Hello")));
    ck_assert_ptr_eq(event.payload.at, wire.at + 6);
    ck_assert_ptr_null(reader.gathered.at);
    buf_release(&wire);
}
END_TEST

START_TEST(the_caller_can_stop_after_any_event)
{
    struct buf wire = {0};
    encode(&wire, TEXT, SLICE("one"), 1);
    const size_t first = wire.len;
    encode(&wire, PING, SLICE("two"), 2);
    struct ws_reader reader = {0};
    struct ws_input in = {wire.at, wire.len};
    struct ws_event event;

    ck_assert_int_eq(ws_read(&reader, &row_limits, &in, &event), OK);
    ck_assert_ptr_eq(in.at, wire.at + first);
    ck_assert_uint_eq(in.len, wire.len - first);

    ck_assert_int_eq(ws_read(&reader, &row_limits, &in, &event), OK);
    ck_assert_int_eq(event.kind, WS_EVENT_PING);
    ck_assert_uint_eq(in.len, 0);
    ck_assert_int_eq(ws_read(&reader, &row_limits, &in, &event), ERR_AGAIN);
    ws_reader_release(&reader);
    buf_release(&wire);
}
END_TEST

START_TEST(an_idle_reader_holds_no_memory)
{
    struct buf wire = {0};
    encode(&wire, TEXT, SLICE("in two pieces"), 0x01010101);
    struct ws_reader reader = {0};
    struct ws_event event;
    struct ws_input in = {wire.at, 8};
    ck_assert_int_eq(ws_read(&reader, &row_limits, &in, &event), ERR_AGAIN);
    ck_assert_ptr_nonnull(reader.gathered.at);

    in = (struct ws_input){wire.at + 8, wire.len - 8};
    ck_assert_int_eq(ws_read(&reader, &row_limits, &in, &event), OK);
    ck_assert(slice_eq(event.payload, SLICE("in two pieces")));
    ck_assert_int_eq(ws_read(&reader, &row_limits, &in, &event), ERR_AGAIN);
    ck_assert_ptr_null(reader.gathered.at);
    buf_release(&wire);
}
END_TEST

START_TEST(an_announced_length_allocates_nothing)
{
    const struct ws_limits limits = {.message_bytes = (size_t)1 << 40, .fragments = 1};
    uint8_t wire[] = {0x81, 0xFF, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 'a'};
    struct ws_reader reader = {0};
    struct ws_input in = {wire, sizeof wire - 1};
    struct ws_event event;
    ck_assert_int_eq(ws_read(&reader, &limits, &in, &event), ERR_AGAIN);
    ck_assert_ptr_null(reader.gathered.at);
    in = (struct ws_input){wire + sizeof wire - 1, 1};
    ck_assert_int_eq(ws_read(&reader, &limits, &in, &event), ERR_AGAIN);
    ck_assert_uint_eq(reader.gathered.len, 1);
    ck_assert_uint_le(reader.gathered.cap, BUF_FIRST);
    ws_reader_release(&reader);
}
END_TEST

START_TEST(memory_grows_with_what_has_arrived)
{
    struct buf wire = {0};
    const struct frame frame = FILLED(TEXT, 60000);
    encode_frame(&wire, &frame);
    struct ws_reader reader = {0};
    struct ws_event event;
    size_t over = 0;
    for (size_t at = 0; at + 100 < wire.len; at += 100) {
        struct ws_input in = {wire.at + at, 100};
        ck_assert_int_eq(ws_read(&reader, &row_limits, &in, &event), ERR_AGAIN);
        over += reader.gathered.cap > 2 * (at + 100) + BUF_FIRST;
    }
    ck_assert_uint_eq(over, 0);
    ws_reader_release(&reader);
    buf_release(&wire);
}
END_TEST

START_TEST(a_reader_is_released_in_the_middle_of_a_message)
{
    struct buf wire = {0};
    encode(&wire, TEXT_MORE, SLICE("begun"), 7);
    struct feeder feeder = {.limits = row_limits};
    feed(&feeder, buf_slice(&wire));
    ck_assert_ptr_nonnull(feeder.reader.gathered.at);
    feeder_release(&feeder);
    ck_assert_ptr_null(feeder.reader.gathered.at);
    ws_reader_release(&feeder.reader);
    ws_reader_release(NULL);
    buf_release(&wire);
}
END_TEST

START_TEST(no_memory_is_held_after_the_end)
{
    struct buf wire = {0};
    encode(&wire, TEXT_MORE, SLICE("begun"), 7);
    encode(&wire, CLOSE, SLICE("\x03\xE8"), 7);
    encode(&wire, TEXT, SLICE("late"), 7);
    struct feeder feeder = {.limits = row_limits};
    feed(&feeder, buf_slice(&wire));
    must_show(&feeder, SLICE("close(1000,)"), "end", 0);
    ck_assert_ptr_null(feeder.reader.gathered.at);
    feeder_release(&feeder);
    buf_release(&wire);
}
END_TEST

/* --- writing --------------------------------------------------------------------------------- */

static const struct {
    const char *why;
    uint64_t len;
    const char *header;
    size_t header_len;
} write_rows[] = {
    {"empty", 0, "\x81\x00", 2},
    {"longest short form", 125, "\x81\x7D", 2},
    {"shortest in 16 bits", 126, "\x81\x7E\x00\x7E", 4},
    {"longest in 16 bits", 65535, "\x81\x7E\xFF\xFF", 4},
    {"shortest in 64 bits", 65536, "\x81\x7F\0\0\0\0\0\x01\0\0", 10},
    {"longest there is", INT64_MAX, "\x81\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10},
};

START_TEST(a_header_has_its_shortest_form)
{
    uint8_t header[WS_HEADER_MAX];
    const size_t len = ws_header_write(header, WS_TEXT, write_rows[_i].len);
    ck_assert_msg(slice_eq(slice_make(header, len),
                           slice_make(write_rows[_i].header, write_rows[_i].header_len)),
                  "%s", write_rows[_i].why);
}
END_TEST

START_TEST(frames_are_appended_whole)
{
    struct buf out = {0};
    ws_frame_append(&out, WS_PONG, SLICE("p"));
    ws_frame_append(&out, WS_TEXT, SLICE("Hello"));
    ws_close_append(&out, WS_CODE_TOO_LARGE, SLICE("big"));
    ws_close_append(&out, WS_CODE_NORMAL, SLICE_NONE);
    ws_close_append(&out, WS_CODE_NONE, SLICE_NONE);
    ck_assert(slice_eq(buf_slice(&out), SLICE("\x8A\x01p"
                                              "\x81\x05Hello"
                                              "\x88\x05\x03\xF1"
                                              "big"
                                              "\x88\x02\x03\xE8"
                                              "\x88\x00")));
    buf_release(&out);
}
END_TEST

START_TEST(the_longest_reason_fits_a_close_frame)
{
    uint8_t reason[WS_REASON_MAX];
    for (size_t i = 0; i < sizeof reason; i++)
        reason[i] = 'r';
    struct buf out = {0};
    ws_close_append(&out, WS_CODE_POLICY, slice_make(reason, sizeof reason));
    ck_assert_uint_eq(out.len, 2 + WS_CONTROL_MAX);
    ck_assert_uint_eq(out.at[1], WS_CONTROL_MAX);
    ck_assert_int_eq(memcmp(out.at + 4, reason, sizeof reason), 0);
    buf_release(&out);
}
END_TEST

static const struct {
    enum ws_opcode opcode;
    uint16_t code;
    size_t len;
} never_rows[] = {
    {WS_PING, 0, WS_CONTROL_MAX + 1},
    {WS_CLOSE, WS_CODE_NORMAL, WS_REASON_MAX + 1},
    {WS_CLOSE, 1006, 0},
    {WS_CLOSE, 999, 0},
};

START_TEST(a_frame_that_must_not_be_sent_stops_the_program)
{
    static const uint8_t bytes[WS_CONTROL_MAX + 1];
    struct buf out = {0};
    const struct slice payload = slice_make(bytes, never_rows[_i].len);
    if (never_rows[_i].opcode == WS_CLOSE)
        ws_close_append(&out, never_rows[_i].code, payload);
    else
        ws_frame_append(&out, never_rows[_i].opcode, payload);
    buf_release(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ws_frame");
    TCase *reading = tcase_create("reading");
    tcase_set_timeout(reading, 60);
    tcase_add_loop_test(reading, good_frames_are_read_however_they_are_cut, 0, COUNT_OF(good_rows));
    tcase_add_loop_test(reading, a_close_frame_is_checked_however_it_is_cut, 0,
                        COUNT_OF(close_rows));
    tcase_add_loop_test(reading, broken_frames_fail_with_their_code_however_they_are_cut, 0,
                        COUNT_OF(broken_rows));
    tcase_add_loop_test(reading, text_that_is_not_utf8_fails_however_it_is_cut, 0,
                        COUNT_OF(text_rows));
    tcase_add_test(reading, exactly_the_codes_of_the_standard_may_stand_in_a_close_frame);
    tcase_add_test(reading, text_is_judged_as_utf8_valid_does);
    tcase_add_test(reading, random_messages_survive_random_fragments_and_cuts);
    tcase_add_test(reading, damaged_messages_give_the_same_events_however_they_are_cut);
    tcase_add_test(reading, a_whole_message_is_not_copied);
    tcase_add_test(reading, the_caller_can_stop_after_any_event);
    tcase_add_test(reading, an_idle_reader_holds_no_memory);
    tcase_add_test(reading, an_announced_length_allocates_nothing);
    tcase_add_test(reading, memory_grows_with_what_has_arrived);
    tcase_add_test(reading, a_reader_is_released_in_the_middle_of_a_message);
    tcase_add_test(reading, no_memory_is_held_after_the_end);
    suite_add_tcase(suite, reading);

    TCase *writing = tcase_create("writing");
    tcase_add_loop_test(writing, a_header_has_its_shortest_form, 0, COUNT_OF(write_rows));
    tcase_add_test(writing, frames_are_appended_whole);
    tcase_add_test(writing, the_longest_reason_fits_a_close_frame);
    tcase_add_loop_test_raise_signal(writing, a_frame_that_must_not_be_sent_stops_the_program,
                                     SIGABRT, 0, COUNT_OF(never_rows));
    suite_add_tcase(suite, writing);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
