/* Any bytes from a peer: whole and in pieces they must give the same events, within the limits.
 *
 * The first byte of the input chooses how it is cut: 0 byte by byte, otherwise pieces whose lengths
 * come from a generator with that seed. The rest is what the peer sends. Each piece lies in memory
 * of exactly its length, so that AddressSanitizer sees a read past its end. */
#include <stdlib.h>
#include <string.h>

#include "handlers/ws_frame.h"

/* Small, so that short inputs reach them. */
static const struct ws_limits limits = {.message_bytes = 300, .fragments = 4};

/* What a growing buf may have beyond twice what is in it. */
enum { SLACK = 4096, PIECE_MAX = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_event(const struct ws_event *event)
{
    switch (event->kind) {
    case WS_EVENT_TEXT:
        ENSURE(utf8_valid(event->payload));
        ENSURE(event->payload.len <= limits.message_bytes);
        break;
    case WS_EVENT_BINARY: ENSURE(event->payload.len <= limits.message_bytes); break;
    case WS_EVENT_PING:
    case WS_EVENT_PONG: ENSURE(event->payload.len <= WS_CONTROL_MAX); break;
    case WS_EVENT_CLOSE:
        ENSURE(event->code == WS_CODE_NONE || ws_close_code_valid(event->code));
        ENSURE(event->payload.len <= WS_REASON_MAX && utf8_valid(event->payload));
        break;
    case WS_EVENT_FAIL:
        ENSURE(event->code == WS_CODE_PROTOCOL || event->code == WS_CODE_NOT_UTF8 ||
               event->code == WS_CODE_TOO_LARGE);
        ENSURE(event->payload.len == 0);
        break;
    }
}

static void record(struct buf *events, const struct ws_event *event)
{
    buf_printf(events, "%d %u %zu:", event->kind, event->code, event->payload.len);
    buf_append(events, event->payload);
}

static void feed(struct ws_reader *reader, struct slice piece, struct buf *events)
{
    uint8_t *const copy = malloc(piece.len);
    ENSURE(copy != NULL);
    memcpy(copy, piece.at, piece.len);
    struct ws_input in = {copy, piece.len};
    struct ws_event event;
    while (ws_read(reader, &limits, &in, &event) == OK) {
        check_event(&event);
        record(events, &event);
    }
    ENSURE(in.len == 0);
    ENSURE(reader->gathered.len <= limits.message_bytes + WS_CONTROL_MAX);
    ENSURE(reader->gathered.cap <= 2 * (limits.message_bytes + WS_CONTROL_MAX) + SLACK);
    free(copy);
}

/* 1 to PIECE_MAX, by a linear congruence over 32 bits. */
static size_t next_len(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return 1 + (*seed >> 16) % PIECE_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2)
        return 0;
    uint32_t seed = data[0];
    const struct slice wire = slice_make(data + 1, len - 1);
    struct ws_reader whole = {0};
    struct ws_reader pieces = {0};
    struct buf expected = {0};
    struct buf events = {0};

    feed(&whole, wire, &expected);
    for (size_t at = 0; at < wire.len;) {
        size_t step = data[0] == 0 ? 1 : next_len(&seed);
        if (step > wire.len - at)
            step = wire.len - at;
        feed(&pieces, slice_make(wire.at + at, step), &events);
        at += step;
    }
    ENSURE(slice_eq(buf_slice(&events), buf_slice(&expected)));
    ENSURE(pieces.ended == whole.ended);

    ws_reader_release(&whole);
    ws_reader_release(&pieces);
    buf_release(&expected);
    buf_release(&events);
    return 0;
}
