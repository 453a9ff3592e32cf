#include "tests/bench/wire.h"

#include <string.h>

#include "app/base/crypto.h"
#include "tests/bench/bench.h"

/* 16 bytes in base64, as RFC 6455, 4.1 asks for. */
static const char key_text[] = "Y2FzeXNkLWJlbmNoLWtleQ==";

/* FIN; RSV1 to RSV3; opcode. MASK; length (RFC 6455, 5.2). */
enum {
    FIN = 0x80,
    MASKED = 0x80,
    LEN_16 = 126,
    LEN_64 = 127,
};

static uint64_t big_endian(const uint8_t *at, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | at[i];
    return value;
}

static bool is_server_opcode(uint8_t first)
{
    return first == (FIN | WIRE_TEXT) || first == (FIN | WIRE_CLOSE) ||
           first == (FIN | WIRE_PING) || first == (FIN | WIRE_PONG);
}

enum status wire_frame_take(struct slice *in, struct wire_frame *ret)
{
    size_t extra = 0;
    uint64_t least = 0;

    if (in->len < 2)
        return ERR_AGAIN;
    if (!is_server_opcode(in->at[0]) || (in->at[1] & MASKED))
        return ERR_INVALID;
    uint64_t len = in->at[1];
    if (len == LEN_16) {
        extra = 2;
        least = LEN_16;
    } else if (len == LEN_64) {
        extra = 8;
        least = UINT16_MAX + UINT64_C(1);
    }
    if (in->len < 2 + extra)
        return ERR_AGAIN;
    if (extra > 0)
        len = big_endian(in->at + 2, extra);
    if (len < least || len > WIRE_PAYLOAD_MAX)
        return ERR_INVALID;
    const size_t header = 2 + extra;
    if (in->len - header < len)
        return ERR_AGAIN;
    *ret = (struct wire_frame){
        .opcode = in->at[0] & 0x0F,
        .payload = slice_make(in->at + header, (size_t)len),
    };
    *in = slice_make(in->at + header + len, in->len - header - (size_t)len);
    return OK;
}

static void put_length(struct buf *out, size_t len, uint8_t mask_bit)
{
    if (len < LEN_16) {
        buf_byte(out, (uint8_t)(len | mask_bit));
        return;
    }
    const size_t bytes = len <= UINT16_MAX ? 2 : 8;
    buf_byte(out, (uint8_t)((bytes == 2 ? LEN_16 : LEN_64) | mask_bit));
    for (size_t i = bytes; i > 0; i--)
        buf_byte(out, (uint8_t)((uint64_t)len >> (8 * (i - 1))));
}

void wire_client_frame(struct buf *out, uint8_t opcode, struct slice payload)
{
    /* Any mask but zeros makes the server unmask; an unguessable one matters to proxies only. */
    static const uint8_t mask[4] = {0x37, 0xFA, 0x21, 0x3D};

    buf_byte(out, (uint8_t)(FIN | opcode));
    put_length(out, payload.len, MASKED);
    buf_append(out, slice_make(mask, sizeof mask));
    buf_reserve(out, payload.len);
    for (size_t i = 0; i < payload.len; i++)
        out->at[out->len++] = payload.at[i] ^ mask[i % sizeof mask];
}

void wire_server_frame(struct buf *out, uint8_t opcode, struct slice payload)
{
    buf_byte(out, (uint8_t)(FIN | opcode));
    put_length(out, payload.len, 0);
    buf_append(out, payload);
}

enum status wire_client_frame_take(struct slice *in, struct wire_frame *ret)
{
    const size_t mask_len = 4;

    if (in->len < 2)
        return ERR_AGAIN;
    size_t len = in->at[1] & (MASKED - 1);
    const size_t extra = len == LEN_16 ? 2 : len == LEN_64 ? 8 : 0;
    const size_t header = 2 + extra + mask_len;
    if (in->len < header)
        return ERR_AGAIN;
    if (extra > 0)
        len = (size_t)big_endian(in->at + 2, extra);
    if (in->len - header < len)
        return ERR_AGAIN;
    const uint8_t *mask = in->at + 2 + extra;
    /* The bytes are the reader's own; a slice says const for all others. */
    uint8_t *payload = (uint8_t *)(uintptr_t)(in->at + header);
    for (size_t i = 0; i < len; i++)
        payload[i] ^= mask[i % mask_len];
    *ret = (struct wire_frame){.opcode = in->at[0] & 0x0F, .payload = slice_make(payload, len)};
    *in = slice_make(in->at + header + len, in->len - header - len);
    return OK;
}

void wire_request(struct buf *out, uint16_t port, struct slice target)
{
    buf_printf(out,
               "GET %.*s HTTP/1.1\r\n"
               "Host: 127.0.0.1:%u\r\n"
               "Upgrade: websocket\r\n"
               "Connection: Upgrade\r\n"
               "Sec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: %s\r\n"
               "\r\n",
               SLICE_ARG(target), (unsigned)port, key_text);
}

/* The value that RFC 6455, 4.2.2 makes of the key. */
static struct slice accept_value(char ret[crypto_base64_size(SHA1_LEN)])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[sizeof key_text + sizeof guid];
    uint8_t hash[SHA1_LEN];
    const size_t key_len = sizeof key_text - 1;

    memcpy(text, key_text, key_len);
    memcpy(text + key_len, guid, sizeof guid);
    crypto_sha1(slice_make(text, key_len + sizeof guid - 1), hash);
    return slice_make(ret, crypto_base64(slice_make(hash, sizeof hash), ret));
}

void wire_answer(struct buf *out)
{
    char accept[crypto_base64_size(SHA1_LEN)];

    accept_value(accept);
    buf_printf(out,
               "HTTP/1.1 101 Switching Protocols\r\n"
               "Upgrade: websocket\r\n"
               "Connection: Upgrade\r\n"
               "Sec-WebSocket-Accept: %s\r\n"
               "\r\n",
               accept);
}

size_t wire_header_end(struct slice in)
{
    const uint8_t *end = in.len > 0 ? memmem(in.at, in.len, "\r\n\r\n", 4) : NULL;
    return end ? (size_t)(end - in.at) + 4 : SIZE_MAX;
}

enum status wire_answer_take(struct slice *in)
{
    char accept[crypto_base64_size(SHA1_LEN)];
    const size_t end = wire_header_end(*in);

    if (end == SIZE_MAX)
        return ERR_AGAIN;
    const struct slice value = accept_value(accept);
    if (!slice_starts(*in, SLICE("HTTP/1.1 101 ")) || !memmem(in->at, end, value.at, value.len))
        return ERR_INVALID;
    *in = slice_make(in->at + end, in->len - end);
    return OK;
}

struct slice wire_after_key(struct slice json, const char *key)
{
    char pattern[64];
    const size_t len = strlen(key);

    ENSURE(len + 3 <= sizeof pattern);
    pattern[0] = '"';
    memcpy(pattern + 1, key, len);
    memcpy(pattern + 1 + len, "\":", 2);
    const uint8_t *found = json.len > 0 ? memmem(json.at, json.len, pattern, len + 3) : NULL;
    if (!found)
        return SLICE_NONE;
    const uint8_t *value = found + len + 3;
    return slice_make(value, json.len - (size_t)(value - json.at));
}

struct slice wire_text(struct slice json, const char *key)
{
    struct slice value = wire_after_key(json, key);
    if (value.len == 0 || value.at[0] != '"')
        return SLICE_NONE;
    value = slice_make(value.at + 1, value.len - 1);
    const size_t end = slice_find(value, '"');
    return end == SIZE_MAX ? SLICE_NONE : slice_make(value.at, end);
}

uint64_t wire_number(struct slice json, const char *key)
{
    struct slice value = wire_after_key(json, key);
    size_t digits = 0;
    uint64_t number = 0;

    while (digits < value.len && value.at[digits] >= '0' && value.at[digits] <= '9')
        digits++;
    value.len = digits;
    if (slice_to_u64(value, UINT64_MAX, &number) != OK)
        bench_die("no number \"%s\" in: %.*s", key, SLICE_ARG(json));
    return number;
}
