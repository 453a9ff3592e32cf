#include "app/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first allocation of a buf: most texts fit, and doubling starts from something. */
enum { BUF_BYTES_MIN = 64 };

struct slice slice_str(const char *text)
{
    return text ? slice_make(text, strlen(text)) : SLICE_NONE;
}

bool slice_eq(struct slice a, struct slice b)
{
    /* memcmp takes no NULL, not even for 0 bytes. */
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static uint8_t ascii_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

bool slice_eq_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (ascii_lower(a.at[i]) != ascii_lower(b.at[i]))
            return false;
    }
    return true;
}

bool slice_starts(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && slice_eq(slice_make(s.at, prefix.len), prefix);
}

int slice_compare(struct slice a, struct slice b)
{
    const size_t common = a.len < b.len ? a.len : b.len;
    const int order = common > 0 ? memcmp(a.at, b.at, common) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

size_t slice_find(struct slice s, uint8_t byte)
{
    const uint8_t *found = s.len > 0 ? memchr(s.at, byte, s.len) : NULL;
    return found ? (size_t)(found - s.at) : SIZE_MAX;
}

bool slice_split(struct slice *rest, uint8_t separator, struct slice *ret)
{
    if (rest->len == 0)
        return false;
    const size_t found = slice_find(*rest, separator);
    const size_t len = found == SIZE_MAX ? rest->len : found;
    const size_t taken = found == SIZE_MAX ? len : len + 1;
    *ret = slice_make(rest->at, len);
    *rest = slice_make(rest->at + taken, rest->len - taken);
    return true;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

struct slice slice_trim(struct slice s)
{
    while (s.len > 0 && is_blank(s.at[0]))
        s = slice_make(s.at + 1, s.len - 1);
    while (s.len > 0 && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

enum status slice_to_u64(struct slice s, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;

    if (s.len == 0)
        return ERR_INVALID;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return ERR_INVALID;
        const uint64_t digit = (uint64_t)(s.at[i] - '0');
        if (digit > max || value > (max - digit) / 10)
            return ERR_INVALID;
        value = value * 10 + digit;
    }
    *ret = value;
    return OK;
}

void text_one_line(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = '?';
    }
}

/* The length of the well-formed sequence at the front of `left` > 0 bytes, or 0. The second byte's
 * range depends on the first (RFC 3629, 4); that is what shuts out overlong forms, surrogates and
 * numbers above U+10FFFF. */
static size_t utf8_sequence(const uint8_t *at, size_t left)
{
    const uint8_t lead = at[0];
    uint8_t low = 0x80;
    uint8_t high = 0xBF;
    size_t len;

    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    len = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    if (left < len || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    }
    return len;
}

/* Nearly all text is ASCII: look at eight bytes at a time as long as no top bit is set. */
static size_t ascii_run(const uint8_t *at, size_t left)
{
    size_t run = 0;
    while (left - run >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at + run, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
        run += sizeof word;
    }
    return run;
}

bool utf8_valid(struct slice s)
{
    size_t done = 0;
    while (done < s.len) {
        done += ascii_run(s.at + done, s.len - done);
        if (done == s.len)
            break;
        const size_t len = utf8_sequence(s.at + done, s.len - done);
        if (len == 0)
            return false;
        done += len;
    }
    return true;
}

size_t utf8_count(struct slice s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += (s.at[i] & 0xC0) != 0x80;
    return count;
}

void buf_release(struct buf *buf)
{
    if (!buf)
        return;
    free(buf->at);
    *buf = (struct buf){0};
}

void buf_grow(struct buf *buf, size_t more)
{
    /* Doubling below cannot wrap: no address space holds half of SIZE_MAX. */
    ENSURE(more <= SIZE_MAX / 2 - buf->len);
    const size_t need = buf->len + more;
    size_t cap = buf->cap < BUF_BYTES_MIN ? BUF_BYTES_MIN : buf->cap * 2;
    if (cap < need)
        cap = need;
    uint8_t *at = realloc(buf->at, cap);
    ENSURE_MEMORY(at);
    buf->at = at;
    buf->cap = cap;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_list again;

    buf_reserve(buf, 1);
    va_start(args, format);
    va_copy(again, args);
    const int printed = vsnprintf((char *)buf->at + buf->len, buf->cap - buf->len, format, args);
    ENSURE(printed >= 0);
    const size_t len = (size_t)printed;
    if (len >= buf->cap - buf->len) {
        buf_reserve(buf, len + 1);
        vsnprintf((char *)buf->at + buf->len, buf->cap - buf->len, format, again);
    }
    buf->len += len;
    va_end(again);
    va_end(args);
}

struct blob *blob_dup(struct slice s)
{
    ENSURE(s.len <= SIZE_MAX - sizeof(struct blob));
    struct blob *blob = malloc(sizeof(struct blob) + s.len);
    ENSURE_MEMORY(blob);
    atomic_init(&blob->refs, 1);
    blob->len = s.len;
    if (s.len > 0)
        memcpy(blob->bytes, s.at, s.len);
    return blob;
}

struct blob *blob_ref(struct blob *blob)
{
    if (blob)
        atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed);
    return blob;
}

void blob_unref(struct blob *blob)
{
    if (!blob)
        return;
    /* Release: what this thread read was read before it let go. Acquire: the last one sees that. */
    const unsigned before = atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel);
    ENSURE(before > 0);
    if (before == 1)
        free(blob);
}
