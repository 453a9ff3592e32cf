/* The stored form of a told past, format 1. Integers are little endian.
 *
 *     1      format: 1
 *     8      the last version that was told, not 0
 *     4      runs, not 0
 *     then for each run:
 *     1      1: its seed was told; else 0
 *     32     the public hash of its seed
 *     32     the seed, if it was told */
#include "app/origin.h"

#include <string.h>

enum { ORIGIN_FORMAT = 1, HEAD_LEN = 1 + 8 + 4, RUN_LEN = 1 + SHA256_LEN };

static void put_le(struct buf *ret, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_byte(ret, (uint8_t)(value >> (8 * i)));
}

void origin_encode(const struct origin *origin, struct buf *ret)
{
    if (origin->version == 0)
        return;
    buf_reserve(ret, HEAD_LEN + (size_t)origin->run_count * (RUN_LEN + SEED_LEN));
    put_le(ret, ORIGIN_FORMAT, 1);
    put_le(ret, origin->version, 8);
    put_le(ret, origin->run_count, 4);
    for (uint32_t i = 0; i < origin->run_count; i++) {
        const struct run_told *run = &origin->runs[i];
        buf_byte(ret, run->is_revealed);
        buf_append(ret, slice_make(run->seed_hash, SHA256_LEN));
        if (run->is_revealed)
            buf_append(ret, slice_make(run->seed, SEED_LEN));
    }
}

/* Take the next len bytes off the front. */
static bool take(struct slice *rest, void *ret, size_t len)
{
    if (rest->len < len)
        return false;
    memcpy(ret, rest->at, len);
    *rest = slice_make(rest->at + len, rest->len - len);
    return true;
}

static bool take_le(struct slice *rest, size_t len, uint64_t *ret)
{
    uint8_t bytes[sizeof *ret];
    if (!take(rest, bytes, len))
        return false;
    *ret = 0;
    for (size_t i = 0; i < len; i++)
        *ret |= (uint64_t)bytes[i] << (8 * i);
    return true;
}

static bool take_run(struct slice *rest, struct run_told *ret)
{
    uint64_t revealed;
    if (!take_le(rest, 1, &revealed) || revealed > 1 || !take(rest, ret->seed_hash, SHA256_LEN))
        return false;
    ret->is_revealed = revealed == 1;
    return !ret->is_revealed || take(rest, ret->seed, SEED_LEN);
}

enum status origin_decode(struct slice bytes, struct arena *arena, struct origin *ret)
{
    struct slice rest = bytes;
    uint64_t format, version, count;
    if (bytes.len == 0) {
        *ret = (struct origin){.version = 0};
        return OK;
    }
    if (!take_le(&rest, 1, &format) || format != ORIGIN_FORMAT || !take_le(&rest, 8, &version) ||
        !take_le(&rest, 4, &count))
        return ERR_CORRUPT;
    /* What is there says how many runs there can be, before they get their room. */
    if (version == 0 || count == 0 || count > rest.len / RUN_LEN)
        return ERR_CORRUPT;
    struct run_told *runs = arena_array(arena, (size_t)count, sizeof *runs);
    for (uint64_t i = 0; i < count; i++) {
        if (!take_run(&rest, &runs[i]))
            return ERR_CORRUPT;
    }
    if (rest.len > 0)
        return ERR_CORRUPT;
    *ret = (struct origin){.version = version, .runs = runs, .run_count = (uint32_t)count};
    return OK;
}
