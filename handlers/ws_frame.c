/* A frame on the wire (RFC 6455, 5.2):
 *
 *     byte 0       FIN 1 bit | RSV 3 bits | opcode 4 bits
 *     byte 1       MASK 1 bit | length 7 bits
 *     2 or 8 more  the length, big endian, when the 7 bits say 126 or 127
 *     4 more       the mask, when MASK is set: always from a client, never from a server
 *     the payload, byte i xored with byte i % 4 of the mask
 *
 * The reader keeps the header's bytes until the frame is done, so that they need no second form. */
#include "handlers/ws_frame.h"

#include <string.h>

enum {
    FIN_BIT = 0x80,
    RSV_BITS = 0x70,
    OPCODE_BITS = 0x0F,
    CONTROL_BIT = 0x08, /* of the opcode: Close, Ping and Pong have it (5.5) */
    MASK_BIT = 0x80,
    LENGTH_BITS = 0x7F,
    LENGTH_IN_16 = 126,
    LENGTH_IN_64 = 127,
    LENGTH_AT = 2, /* where the extended length begins */
    MASK_LEN = 4,
};

/* No close code: the peer has broken no rule so far. */
enum { CODE_FINE = 0 };

static uint64_t big_endian(const uint8_t *at, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number;
}

/* --- the header ------------------------------------------------------------------------------ */

static uint8_t frame_opcode(const struct ws_reader *reader)
{
    return reader->header[0] & OPCODE_BITS;
}

static bool frame_fin(const struct ws_reader *reader)
{
    return (reader->header[0] & FIN_BIT) != 0;
}

static bool frame_control(const struct ws_reader *reader)
{
    return (reader->header[0] & CONTROL_BIT) != 0;
}

/* Where the extended length ends and the mask begins; known from byte 1 on. */
static size_t mask_at(const struct ws_reader *reader)
{
    switch (reader->header[1] & LENGTH_BITS) {
    case LENGTH_IN_16: return LENGTH_AT + sizeof(uint16_t);
    case LENGTH_IN_64: return LENGTH_AT + sizeof(uint64_t);
    default: return LENGTH_AT;
    }
}

static bool header_complete(const struct ws_reader *reader)
{
    return reader->header_len >= LENGTH_AT && reader->header_len == mask_at(reader) + MASK_LEN;
}

/* Byte 0: what kind of frame, and may it stand here? */
static uint16_t check_kind(struct ws_reader *reader, const struct ws_limits *limits)
{
    /* 5.2: reserved bits are 0 when no extension was agreed on. */
    if ((reader->header[0] & RSV_BITS) != 0)
        return WS_CODE_PROTOCOL;
    switch (frame_opcode(reader)) {
    case WS_CONTINUATION:
        /* 5.4: it goes on with a message that has begun. */
        if (reader->message == 0)
            return WS_CODE_PROTOCOL;
        break;
    case WS_TEXT:
    case WS_BINARY:
        /* 5.4: fragments of one message are not mixed with those of another. */
        if (reader->message != 0)
            return WS_CODE_PROTOCOL;
        reader->message = frame_opcode(reader);
        break;
    case WS_CLOSE:
    case WS_PING:
    case WS_PONG:
        /* 5.5: a control frame is not fragmented. */
        return frame_fin(reader) ? CODE_FINE : WS_CODE_PROTOCOL;
    default:
        /* 5.2: the other opcodes are reserved. */
        return WS_CODE_PROTOCOL;
    }
    if (reader->fragments >= limits->fragments)
        return WS_CODE_TOO_LARGE;
    reader->fragments++;
    return CODE_FINE;
}

/* Byte 1. */
static uint16_t check_mask_bit(const struct ws_reader *reader)
{
    /* 5.1: a server closes when it gets a frame that is not masked. */
    if ((reader->header[1] & MASK_BIT) == 0)
        return WS_CODE_PROTOCOL;
    /* 5.5: control payloads have at most 125 bytes, so their length has its short form. */
    if (frame_control(reader) && (reader->header[1] & LENGTH_BITS) > WS_CONTROL_MAX)
        return WS_CODE_PROTOCOL;
    return CODE_FINE;
}

/* The length is there: set payload_left. */
static uint16_t check_length(struct ws_reader *reader, const struct ws_limits *limits)
{
    uint64_t len = reader->header[1] & LENGTH_BITS;
    if (len >= LENGTH_IN_16) {
        /* 5.2: the shortest form that holds the length; the top bit of 64 is 0. */
        const bool in_64 = len == LENGTH_IN_64;
        len = big_endian(reader->header + LENGTH_AT, mask_at(reader) - LENGTH_AT);
        if (len < LENGTH_IN_16 || (in_64 && len <= UINT16_MAX) || len > INT64_MAX)
            return WS_CODE_PROTOCOL;
    }
    reader->payload_left = len;
    if (frame_control(reader))
        return CODE_FINE;
    /* Refused before a byte of it is kept. Each fragment passed here, so `gathered` is within. */
    ENSURE(reader->gathered.len <= limits->message_bytes);
    return len > limits->message_bytes - reader->gathered.len ? WS_CODE_TOO_LARGE : CODE_FINE;
}

/* Take header bytes off the input until the header is complete or the input is used up. Each byte is
 * judged when it comes, so that the verdict does not depend on how the input was cut. */
static uint16_t header_take(struct ws_reader *reader, const struct ws_limits *limits,
                            struct ws_input *in)
{
    while (in->len > 0 && !header_complete(reader)) {
        reader->header[reader->header_len++] = *in->at++;
        in->len--;
        uint16_t code = CODE_FINE;
        if (reader->header_len == 1)
            code = check_kind(reader, limits);
        else if (reader->header_len == LENGTH_AT)
            code = check_mask_bit(reader);
        if (code == CODE_FINE && reader->header_len >= LENGTH_AT &&
            reader->header_len == mask_at(reader))
            code = check_length(reader, limits);
        if (code != CODE_FINE)
            return code;
    }
    return CODE_FINE;
}

/* --- the payload ----------------------------------------------------------------------------- */

/* Unmask in place (5.3) and turn the mask, so that it fits the byte after these. */
static void unmask(uint8_t *at, size_t len, uint8_t mask[MASK_LEN])
{
    uint8_t twice[2 * MASK_LEN];
    memcpy(twice, mask, MASK_LEN);
    memcpy(twice + MASK_LEN, mask, MASK_LEN);
    uint64_t key;
    memcpy(&key, twice, sizeof key);

    size_t i = 0;
    for (; len - i >= sizeof key; i += sizeof key) {
        uint64_t word;
        memcpy(&word, at + i, sizeof word);
        word ^= key;
        memcpy(at + i, &word, sizeof word);
    }
    for (; i < len; i++)
        at[i] ^= twice[i % MASK_LEN];
    memcpy(mask, twice + len % MASK_LEN, MASK_LEN);
}

/* A character's first byte: how many follow, and the range of the next one, which shuts out overlong
 * forms, surrogates and what lies above U+10FFFF (RFC 3629, 4). */
static bool utf8_begin(struct ws_reader *reader, uint8_t byte)
{
    if (byte < 0xC2 || byte > 0xF4)
        return byte < 0x80;
    reader->utf8_more = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    reader->utf8_low = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    reader->utf8_high = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    return true;
}

/* Follow the text of a message over any cut: false as soon as no continuation can make it UTF-8. */
static bool utf8_follow(struct ws_reader *reader, const uint8_t *at, size_t len)
{
    static const uint64_t not_ascii = 0x8080808080808080U;
    for (size_t i = 0; i < len; i++) {
        uint64_t word;
        while (reader->utf8_more == 0 && len - i > sizeof word) {
            memcpy(&word, at + i, sizeof word);
            if ((word & not_ascii) != 0)
                break;
            i += sizeof word;
        }
        if (reader->utf8_more == 0) {
            if (!utf8_begin(reader, at[i]))
                return false;
            continue;
        }
        if (at[i] < reader->utf8_low || at[i] > reader->utf8_high)
            return false;
        reader->utf8_more--;
        reader->utf8_low = 0x80;
        reader->utf8_high = 0xBF;
    }
    return true;
}

static uint16_t check_text(struct ws_reader *reader, struct slice part)
{
    if (reader->message != WS_TEXT || frame_control(reader))
        return CODE_FINE;
    /* 8.1: text that is not UTF-8 fails the connection; a message must not end inside a character,
     * a fragment may (5.6). */
    const bool last = frame_fin(reader) && reader->payload_left == 0;
    if (!utf8_follow(reader, part.at, part.len) || (last && reader->utf8_more > 0))
        return WS_CODE_NOT_UTF8;
    return CODE_FINE;
}

/* Take what has come of the payload off the input, unmasked. */
static struct slice payload_take(struct ws_reader *reader, struct ws_input *in)
{
    const size_t len = reader->payload_left < in->len ? (size_t)reader->payload_left : in->len;
    const struct slice part = slice_make(in->at, len);
    if (len > 0) {
        unmask(in->at, len, reader->header + mask_at(reader));
        in->at += len;
        in->len -= len;
        reader->payload_left -= len;
    }
    return part;
}

/* The payload of what is complete now: the part itself when it is all of it, else what was gathered
 * with the part behind it. What is given out is no longer counted in `gathered`, though its bytes
 * stay there until the next ws_read. */
static struct slice payload_finish(struct ws_reader *reader, struct slice part)
{
    struct buf *const gathered = &reader->gathered;
    const size_t whole =
        frame_control(reader) ? reader->header[1] & LENGTH_BITS : gathered->len + part.len;
    if (part.len == whole)
        return part;
    buf_append(gathered, part);
    ENSURE(whole <= gathered->len);
    gathered->len -= whole;
    return slice_make(gathered->at + gathered->len, whole);
}

/* --- events ---------------------------------------------------------------------------------- */

/* After this nothing is read any more (7.1.7). */
static struct ws_event event_fail(struct ws_reader *reader, uint16_t code)
{
    reader->ended = true;
    return (struct ws_event){.kind = WS_EVENT_FAIL, .code = code};
}

/* 5.5.1: a Close is empty, or has a code of two bytes and a reason in UTF-8. */
static struct ws_event event_close(struct ws_reader *reader, struct slice payload)
{
    struct ws_event event = {.kind = WS_EVENT_CLOSE, .code = WS_CODE_NONE};
    reader->ended = true;
    if (payload.len == 0)
        return event;
    if (payload.len < sizeof event.code)
        return event_fail(reader, WS_CODE_PROTOCOL);
    event.code = (uint16_t)big_endian(payload.at, sizeof event.code);
    event.payload = slice_make(payload.at + sizeof event.code, payload.len - sizeof event.code);
    if (!ws_close_code_valid(event.code))
        return event_fail(reader, WS_CODE_PROTOCOL);
    if (!utf8_valid(event.payload))
        return event_fail(reader, WS_CODE_NOT_UTF8);
    return event;
}

static struct ws_event event_control(struct ws_reader *reader, struct slice payload)
{
    if (frame_opcode(reader) == WS_CLOSE)
        return event_close(reader, payload);
    return (struct ws_event){
        .kind = frame_opcode(reader) == WS_PING ? WS_EVENT_PING : WS_EVENT_PONG,
        .payload = payload,
    };
}

static struct ws_event event_message(struct ws_reader *reader, struct slice payload)
{
    const bool text = reader->message == WS_TEXT;
    reader->message = 0;
    reader->fragments = 0;
    return (struct ws_event){
        .kind = text ? WS_EVENT_TEXT : WS_EVENT_BINARY,
        .payload = payload,
    };
}

/* Take the payload of a frame whose header is complete. False when there is no event yet. */
static bool frame_take(struct ws_reader *reader, struct ws_input *in, struct ws_event *ret)
{
    const struct slice part = payload_take(reader, in);
    const uint16_t code = check_text(reader, part);
    if (code != CODE_FINE) {
        *ret = event_fail(reader, code);
        return true;
    }
    if (reader->payload_left > 0) {
        buf_append(&reader->gathered, part);
        return false;
    }
    reader->header_len = 0;
    if (!frame_fin(reader)) {
        buf_append(&reader->gathered, part);
        return false;
    }
    const struct slice payload = payload_finish(reader, part);
    *ret = frame_control(reader) ? event_control(reader, payload) : event_message(reader, payload);
    return true;
}

/* --- public ---------------------------------------------------------------------------------- */

bool ws_reader_busy(const struct ws_reader *reader)
{
    return !reader->ended && (reader->header_len > 0 || reader->message != 0);
}

void ws_reader_release(struct ws_reader *reader)
{
    if (reader != NULL)
        buf_release(&reader->gathered);
}

enum status ws_read(struct ws_reader *reader, const struct ws_limits *limits, struct ws_input *in,
                    struct ws_event *ret)
{
    /* The payload of the event before is not needed any more. */
    if (reader->gathered.len == 0 || reader->ended)
        buf_release(&reader->gathered);

    while (in->len > 0 && !reader->ended) {
        const uint16_t code = header_take(reader, limits, in);
        if (code != CODE_FINE) {
            *ret = event_fail(reader, code);
            return OK;
        }
        if (header_complete(reader) && frame_take(reader, in, ret))
            return OK;
    }
    in->at += in->len;
    in->len = 0;
    return ERR_AGAIN;
}

bool ws_close_code_valid(uint16_t code)
{
    /* 7.4.1: 1004 is reserved; 1005, 1006 and 1015 are names for what happened without a frame.
     * 7.4.2: 1016 to 2999 belong to later versions, nobody owns what lies outside. */
    if (code == 1004 || code == 1005 || code == 1006)
        return false;
    return (code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999);
}

size_t ws_header_write(uint8_t ret[WS_HEADER_MAX], enum ws_opcode opcode, uint64_t payload_len)
{
    ENSURE(payload_len <= INT64_MAX);
    ret[0] = (uint8_t)(FIN_BIT | (unsigned)opcode);
    size_t extended = 0;
    if (payload_len < LENGTH_IN_16) {
        ret[1] = (uint8_t)payload_len;
    } else if (payload_len <= UINT16_MAX) {
        ret[1] = LENGTH_IN_16;
        extended = sizeof(uint16_t);
    } else {
        ret[1] = LENGTH_IN_64;
        extended = sizeof(uint64_t);
    }
    for (size_t i = 0; i < extended; i++)
        ret[LENGTH_AT + i] = (uint8_t)(payload_len >> (8 * (extended - 1 - i)));
    return LENGTH_AT + extended;
}

void ws_frame_append(struct buf *out, enum ws_opcode opcode, struct slice payload)
{
    ENSURE(((unsigned)opcode & CONTROL_BIT) == 0 || payload.len <= WS_CONTROL_MAX);
    uint8_t header[WS_HEADER_MAX];
    buf_append(out, slice_make(header, ws_header_write(header, opcode, payload.len)));
    buf_append(out, payload);
}

void ws_close_append(struct buf *out, uint16_t code, struct slice reason)
{
    if (code == WS_CODE_NONE) {
        ws_frame_append(out, WS_CLOSE, SLICE_NONE);
        return;
    }
    ENSURE(ws_close_code_valid(code) && reason.len <= WS_REASON_MAX);
    uint8_t payload[WS_CONTROL_MAX] = {(uint8_t)(code >> 8), (uint8_t)(code & 0xFF)};
    if (reason.len > 0)
        memcpy(payload + sizeof code, reason.at, reason.len);
    ws_frame_append(out, WS_CLOSE, slice_make(payload, sizeof code + reason.len));
}
