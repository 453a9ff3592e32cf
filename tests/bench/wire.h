/* RFC 6455 on both ends of a load: frames of a server read with every boundary checked, text frames
 * of a client written with a mask, the two halves of the handshake. The bytes are our own, apart from
 * handlers/ws_frame, so that the server is not checked with its own code. Pure; any thread. */
#ifndef CASYS_TESTS_BENCH_WIRE_H
#define CASYS_TESTS_BENCH_WIRE_H

#include "app/base/bytes.h"

enum {
    WIRE_TEXT = 0x1,
    WIRE_CLOSE = 0x8,
    WIRE_PING = 0x9,
    WIRE_PONG = 0xA,
};

/* Larger than any snapshot (LIMIT_SNAPSHOT_BYTES): a length above it is a boundary that was lost. */
enum { WIRE_PAYLOAD_MAX = 1024 * 1024 };

struct wire_frame {
    uint8_t opcode;
    struct slice payload; /* borrowed from the input */
};

/* Take one whole frame of a server off the front of *in.
 * OK             *ret is set.
 * ERR_AGAIN      not complete; *in is unchanged.
 * ERR_INVALID    no unmasked, unfragmented, shortest-form frame that this server may send. */
enum status wire_frame_take(struct slice *in, struct wire_frame *ret) MUST_CHECK;

/* Append a masked frame, as a client sends it. */
void wire_client_frame(struct buf *out, uint8_t opcode, struct slice payload);

/* Append a whole frame, as a server sends it. */
void wire_server_frame(struct buf *out, uint8_t opcode, struct slice payload);

/* Take one whole masked frame of a client off the front of *in and unmask it where it lies.
 * OK             *ret is set.
 * ERR_AGAIN      not complete; *in is unchanged. */
enum status wire_client_frame_take(struct slice *in, struct wire_frame *ret) MUST_CHECK;

/* Append the request of an upgrade for `target`. All connections use one key: nothing here guards
 * against a cache. The last WIRE_REQUEST_TAIL bytes are the ones without which the server has to
 * wait. */
enum { WIRE_REQUEST_TAIL = 2 };
void wire_request(struct buf *out, uint16_t port, struct slice target);

/* Take the answer to wire_request off the front of *in.
 * OK             the connection is a WebSocket.
 * ERR_AGAIN      not complete; *in is unchanged.
 * ERR_INVALID    another answer, or the accept value is wrong. */
enum status wire_answer_take(struct slice *in) MUST_CHECK;

/* Append the answer to wire_request. */
void wire_answer(struct buf *out);

/* The index after the empty line that ends a header block, or SIZE_MAX when it is not there yet. */
size_t wire_header_end(struct slice in);

/* The text after the first `"key":` in a JSON object, up to the end; empty when there is none. A
 * quote inside a JSON string is escaped, so that a match is always a key; the contract puts the
 * keys asked for here before any nested one of the same name. */
struct slice wire_after_key(struct slice json, const char *key);
/* The value of the first `"key":` as a string without escapes. Empty when there is none. */
struct slice wire_text(struct slice json, const char *key);
/* The same as a number; dies when it is missing: nothing can be measured without it. */
uint64_t wire_number(struct slice json, const char *key);

#endif
