/* RFC 6455 as bytes, the server's side: frames in, events out; payloads in, frames out. No socket,
 * no clock, no library: the caller reads, writes, answers pings and closes. A reader belongs to one
 * connection and its thread.
 *
 * Reading is pulled, one event per call, so that the caller can stop after any of them:
 *
 *     struct ws_input in = {bytes, len};
 *     while (!closing && ws_read(&reader, &limits, &in, &event) == OK)
 *         closing = on_event(conn, &event);
 *
 * The bytes may come cut anywhere; the events are the same. A message that comes whole is not
 * copied: its payload is unmasked where it lies. Only what is cut or fragmented is gathered in
 * memory of the reader, as much as has arrived and never as much as was announced, and given back
 * by the first call after the message: an idle reader holds no memory but itself. */
#ifndef CASYS_HANDLERS_WS_FRAME_H
#define CASYS_HANDLERS_WS_FRAME_H

#include "app/base/bytes.h"

/* RFC 6455, 5.2. The others are reserved. */
enum ws_opcode {
    WS_CONTINUATION = 0x0,
    WS_TEXT = 0x1,
    WS_BINARY = 0x2,
    WS_CLOSE = 0x8,
    WS_PING = 0x9,
    WS_PONG = 0xA,
};

/* RFC 6455, 7.4.1, and 1012 to 1014 of its registry: the ones this server sends or names. */
enum ws_close_code {
    WS_CODE_NORMAL = 1000,
    WS_CODE_GOING_AWAY = 1001,
    WS_CODE_PROTOCOL = 1002,    /* broken framing */
    WS_CODE_UNSUPPORTED = 1003, /* binary data where only text is spoken */
    WS_CODE_NONE = 1005,        /* a Close without a code; never on the wire (7.1.5) */
    WS_CODE_NOT_UTF8 = 1007,
    WS_CODE_POLICY = 1008,
    WS_CODE_TOO_LARGE = 1009,
    WS_CODE_INTERNAL = 1011,
    WS_CODE_TRY_LATER = 1013,
};

enum {
    WS_HEADER_MAX = 10,      /* bytes of a header that the server sends: it never masks (5.1) */
    WS_CONTROL_MAX = 125,    /* payload bytes of a control frame (5.5) */
    WS_REASON_MAX = 125 - 2, /* bytes of a Close reason, after the code (5.5.1) */
    WS_PEER_HEADER_MAX = 14, /* bytes of a header that a client sends: with the mask */
};

/* What one peer may make grow. */
struct ws_limits {
    size_t message_bytes; /* payload of one message, all fragments together */
    uint32_t fragments;   /* frames of one message, at least 1 */
};

/* Bytes that came from the peer and are not read yet. The memory is the caller's; ws_read takes
 * what it reads off the front and unmasks in place. */
struct ws_input {
    uint8_t *at;
    size_t len;
};

enum ws_event_kind {
    WS_EVENT_TEXT,   /* a whole message, valid UTF-8 */
    WS_EVENT_BINARY, /* a whole message; a caller that speaks text only closes with 1003 */
    WS_EVENT_PING,   /* answer with a Pong of the same payload, unless already closing (5.5.2) */
    WS_EVENT_PONG,
    WS_EVENT_CLOSE, /* the peer closes; answer with the same code. The reader has ended */
    WS_EVENT_FAIL,  /* the peer broke a rule; send Close with `code`. The reader has ended */
};

struct ws_event {
    enum ws_event_kind kind;
    /* CLOSE: the peer's, or WS_CODE_NONE; FAIL: 1002, 1007 or 1009; otherwise 0. */
    uint16_t code;
    /* CLOSE: the reason. In the input or in the reader: borrowed until the next ws_read or
     * ws_reader_release, and as long as the input's memory stays as it is. */
    struct slice payload;
};

/* Zero is a fresh reader. The fields are ws_frame.c's own; the struct is here to be embedded. */
struct ws_reader {
    struct buf gathered;                /* owned: the unfinished message, then the control frame */
    uint64_t payload_left;              /* bytes of this frame that have not come yet */
    uint32_t fragments;                 /* frames of the unfinished message, this one included */
    uint8_t header[WS_PEER_HEADER_MAX]; /* of this frame, as far as it came */
    uint8_t header_len;
    uint8_t message;   /* opcode of the unfinished message; 0 is none */
    uint8_t utf8_more; /* bytes that the current character still needs */
    uint8_t utf8_low;  /* the next of them is in this range */
    uint8_t utf8_high;
    bool ended;
};

_Static_assert(sizeof(struct ws_reader) <= 64, "an idle connection stays small");

void ws_reader_release(struct ws_reader *reader);

/* Has a message or a control frame begun that is not complete? */
bool ws_reader_busy(const struct ws_reader *reader);

/* Read on to the next event. Limits are the same in every call for one reader.
 * OK             *ret is set and its frame is off the input; there may be more in it.
 * ERR_AGAIN      the input is used up (len 0) without another event. After WS_EVENT_CLOSE and
 *                WS_EVENT_FAIL this is the only answer: what still comes is thrown away unread
 *                (RFC 6455, 5.5.1 and 7.1.7).
 * A rule counts as broken at the first byte that breaks it, whatever was announced after it. */
enum status ws_read(struct ws_reader *reader, const struct ws_limits *limits, struct ws_input *in,
                    struct ws_event *ret) MUST_CHECK;

/* May the code stand in a Close frame? (RFC 6455, 7.4: 1000 to 1003, 1007 to 1014, 3000 to 4999) */
bool ws_close_code_valid(uint16_t code);

/* The header of an unmasked, unfragmented frame; the payload follows it on the wire. Returns its
 * length, 2, 4 or 10. */
size_t ws_header_write(uint8_t ret[WS_HEADER_MAX], enum ws_opcode opcode, uint64_t payload_len);

/* Append a whole frame. A control frame's payload is at most WS_CONTROL_MAX (ENSURE). */
void ws_frame_append(struct buf *out, enum ws_opcode opcode, struct slice payload);

/* Append a Close frame. WS_CODE_NONE gives one without code and reason; any other code must be valid
 * and the reason UTF-8 of at most WS_REASON_MAX bytes (ENSURE), as those of WS_EVENT_CLOSE are. */
void ws_close_append(struct buf *out, uint16_t code, struct slice reason);

#endif
