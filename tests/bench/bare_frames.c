/* bench_bare frames FILE: nothing but writing.
 *
 * The file holds whole frames of a real server. A new connection gets the first one behind the
 * answer to its handshake; every frame that comes from any connection makes the next one go to all
 * of them, in a circle: one send each, of bytes that are already joined. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/wire.h"

struct frames {
    struct slice *at; /* owned; each is a part of a file that is kept */
    size_t count;
    size_t next;
    struct buf first; /* owned: the answer to a handshake and the first frame */
};

static void *start(struct bare *bare, int argc, char **argv)
{
    static struct frames frames;
    static struct buf file;
    struct wire_frame frame;

    if (argc != 1)
        bench_die("frames: one FILE, please");
    bench_read_file(argv[0], &file);
    struct slice rest = buf_slice(&file);
    while (wire_frame_take(&rest, &frame) == OK)
        frames.count++;
    if (frames.count == 0 || rest.len > 0)
        bench_die("%s does not hold whole frames", argv[0]);
    frames.at = bench_array(frames.count, sizeof *frames.at);
    rest = buf_slice(&file);
    for (size_t i = 0; i < frames.count; i++) {
        const uint8_t *begin = rest.at;
        ENSURE(wire_frame_take(&rest, &frame) == OK);
        frames.at[i] = slice_make(begin, (size_t)(rest.at - begin));
    }
    buf_append(&frames.first, buf_slice(&bare->answer));
    buf_append(&frames.first, frames.at[0]);
    frames.next = 1 % frames.count;
    return &frames;
}

static void on_open(struct bare *bare, struct bare_conn *conn, struct slice target)
{
    const struct frames *frames = bare->arg;

    (void)target;
    bare_send(bare, conn, buf_slice(&frames->first));
}

static void on_frame(struct bare *bare, struct bare_conn *conn, uint8_t opcode,
                     struct slice payload)
{
    struct frames *frames = bare->arg;
    const struct slice frame = frames->at[frames->next];

    (void)conn;
    (void)payload;
    if (opcode != WIRE_TEXT)
        return;
    frames->next = (frames->next + 1) % frames->count;
    for (size_t i = 0; i < bare->conn_count; i++) {
        if (bare->conns[i]->open)
            bare_send(bare, bare->conns[i], frame);
    }
}

const struct bare_ops bare_frames_ops = {.start = start, .on_open = on_open, .on_frame = on_frame};
