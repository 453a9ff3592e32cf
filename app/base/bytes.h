/* Bytes: borrowed text (slice), growing text (buf) and counted immutable text (blob).
 * No thread of its own; a blob's count is atomic, all else belongs to whoever holds it. */
#ifndef CASYS_BASE_BYTES_H
#define CASYS_BASE_BYTES_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "app/base/compiler.h"
#include "app/base/status.h"

/* Text or bytes of somebody else: no NUL at the end, passed by value. at may be NULL if len is 0. */
struct slice {
    const uint8_t *at;
    size_t len;
};

/* A slice of a string literal, without its NUL. In a static table only SLICE_INIT is a constant. */
#define SLICE(literal) ((struct slice)SLICE_INIT(literal))
#define SLICE_INIT(literal)                                                                        \
    {                                                                                              \
        (const uint8_t *)("" literal), sizeof(literal) - 1                                         \
    }
#define SLICE_NONE ((struct slice){NULL, 0})

/* For printf("%.*s", SLICE_ARG(s)): messages for people only. printf stops at a NUL inside. */
#define SLICE_ARG(slice) (int)(slice).len, (const char *)(slice).at

static inline struct slice slice_make(const void *at, size_t len)
{
    return (struct slice){at, len};
}

/* The characters of a NUL-terminated string, borrowed. NULL gives an empty slice. */
struct slice slice_str(const char *text);

bool slice_eq(struct slice a, struct slice b);
/* ASCII letters compare without case (header tokens). */
bool slice_eq_nocase(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
/* <0, 0, >0 by bytes, then by length. */
int slice_compare(struct slice a, struct slice b);
/* Take up to the first `separator` off the front of *rest, and the separator too. False when *rest
 * was empty at the call: "a,,b," has the parts "a", "" and "b", and no empty one at the end. */
bool slice_split(struct slice *rest, uint8_t separator, struct slice *ret);
/* Without spaces and tabs at both ends. */
struct slice slice_trim(struct slice s);
/* The index of the byte, or SIZE_MAX. */
size_t slice_find(struct slice s, uint8_t byte);

/* A decimal number of digits only, no sign, no space; zeros may lead.
 * ERR_INVALID    empty, another character, or larger than max. */
enum status slice_to_u64(struct slice s, uint64_t max, uint64_t *ret) MUST_CHECK;

/* Put '?' for every control character, so that words from outside cannot make two lines of a message
 * for people, or steer their terminal. */
void text_one_line(char *text);

/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_valid(struct slice s);
/* How many code points; s is valid UTF-8. */
size_t utf8_count(struct slice s);

/* Owned bytes that grow. Zero is a valid empty buf. Memory that runs out aborts; whoever appends
 * bytes that a peer chose checks their length first. */
struct buf {
    uint8_t *at;
    size_t len;
    size_t cap;
};

void buf_release(struct buf *buf);
/* For buf_reserve: there is less room than that. */
void buf_grow(struct buf *buf, size_t more);
/* Room for `more` further bytes. Inline, like what follows: a snapshot is written in hundreds of small
 * pieces. */
static inline void buf_reserve(struct buf *buf, size_t more)
{
    if (more > buf->cap - buf->len)
        buf_grow(buf, more);
}
/* s is not of this buf: growing may move its bytes. */
static inline void buf_append(struct buf *buf, struct slice s)
{
    if (s.len == 0)
        return;
    buf_reserve(buf, s.len);
    memcpy(buf->at + buf->len, s.at, s.len);
    buf->len += s.len;
}
static inline void buf_byte(struct buf *buf, uint8_t byte)
{
    buf_reserve(buf, 1);
    buf->at[buf->len++] = byte;
}
/* The NUL that printf writes is not counted in len. */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
static inline void buf_clear(struct buf *buf)
{
    buf->len = 0;
}
static inline struct slice buf_slice(const struct buf *buf)
{
    return (struct slice){buf->at, buf->len};
}

/* Immutable bytes shared between threads. `len` bytes follow in the same allocation, and no NUL. */
struct blob {
    atomic_uint refs;
    size_t len;
    uint8_t bytes[];
};

/* A copy of s with one reference. */
struct blob *blob_dup(struct slice s);
/* One reference more, for the holder of one; returns blob. NULL is let through. */
struct blob *blob_ref(struct blob *blob);
/* One reference less; the last one frees. NULL is let through. */
void blob_unref(struct blob *blob);
static inline struct slice blob_slice(const struct blob *blob)
{
    return blob ? (struct slice){blob->bytes, blob->len} : SLICE_NONE;
}

#endif
