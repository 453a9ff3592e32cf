/* bench_bare pong: answers a Ping with a Pong, and the message {"type":"ping","timestamp":T} with
 * {"type":"pong","timestamp":T}, which it finds without reading the JSON. All answers to one read
 * go out with one send. */
#include <string.h>

#include "tests/bench/bare.h"
#include "tests/bench/wire.h"

struct pong {
    struct buf out;  /* owned: the answers to this read */
    struct buf text; /* owned: scratch */
};

static void *start(struct bare *bare, int argc, char **argv)
{
    static struct pong pong;

    (void)bare;
    (void)argc;
    (void)argv;
    return &pong;
}

static void on_open(struct bare *bare, struct bare_conn *conn, struct slice target)
{
    (void)target;
    bare_send(bare, conn, buf_slice(&bare->answer));
}

static void on_frame(struct bare *bare, struct bare_conn *conn, uint8_t opcode,
                     struct slice payload)
{
    struct pong *pong = bare->arg;

    (void)conn;
    if (opcode == WIRE_PING)
        wire_server_frame(&pong->out, WIRE_PONG, payload);
    if (opcode != WIRE_TEXT)
        return;
    /* The value and the bracket that closes the object. */
    const struct slice value = wire_after_key(payload, "timestamp");
    buf_clear(&pong->text);
    buf_append(&pong->text, SLICE("{\"type\":\"pong\",\"timestamp\":"));
    buf_append(&pong->text, value);
    wire_server_frame(&pong->out, WIRE_TEXT, buf_slice(&pong->text));
}

static void on_read(struct bare *bare, struct bare_conn *conn)
{
    struct pong *pong = bare->arg;

    if (pong->out.len > 0)
        bare_send(bare, conn, buf_slice(&pong->out));
    buf_clear(&pong->out);
}

const struct bare_ops bare_pong_ops = {
    .start = start, .on_open = on_open, .on_frame = on_frame, .on_read = on_read};
