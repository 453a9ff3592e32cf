/* JSON in and out. Reading is by yajl (its only address) and gives a tree in the caller's arena;
 * output is written piece by piece into a buf.
 *
 * Strict (RFC 8259): whole document valid UTF-8, no comments, no trailing text, no unpaired
 * surrogate escape, no duplicate member in one object, bounded depth and number of values. Pure;
 * any thread; reading allocates in the arena only. */
#ifndef CASYS_JSON_H
#define CASYS_JSON_H

#include "app/base/arena.h"
#include "app/base/limits.h"

enum json_kind {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json {
    enum json_kind kind;
    uint32_t offset;   /* of the value's first byte in the document */
    uint32_t count;    /* members of an object, items of an array */
    struct slice text; /* string: its characters; number: as written. Borrowed from the arena */
    bool truth;
    const struct json *child;  /* first member or item */
    const struct json *next;   /* the sibling after this one */
    const struct json *parent; /* NULL for the root */
    struct slice key;          /* its name, in an object */
    uint32_t key_offset;
};

struct json_limits {
    size_t bytes;
    uint32_t depth; /* 1: a lone value that is no array or object counts 0 */
    uint32_t nodes;
};

/* Where and why a document is refused. */
struct json_error {
    uint32_t offset;
    uint32_t line, column; /* from 1; column in bytes */
    struct slice reason;   /* for people; static */
};

/* Parse one document; ret_error may be NULL.
 * ERR_TOO_LARGE      longer than limits.bytes, or more values than limits.nodes.
 * ERR_TOO_DEEP       nested deeper than limits.depth.
 * ERR_UTF8           not valid UTF-8, or an unpaired surrogate escape.
 * ERR_INVALID_JSON   anything else that is not JSON. */
enum status json_parse(struct slice document, const struct json_limits *limits, struct arena *arena,
                       const struct json **ret, struct json_error *ret_error) MUST_CHECK;

/* The line and column (from 1) of an offset. */
void json_place(struct slice document, uint32_t offset, uint32_t *ret_line, uint32_t *ret_column);

/* The RFC 6901 pointer that leads to value: "" for the root, "/sections/3/choices/0". */
struct slice json_pointer(const struct json *value, struct arena *arena);

/* The member with that name, or NULL; also NULL when object is NULL or no object. */
const struct json *json_get(const struct json *object, struct slice key);

/* A whole number without fraction or exponent, within min..max. ERR_INVALID otherwise. */
enum status json_int(const struct json *value, int64_t min, int64_t max, int64_t *ret) MUST_CHECK;

/* Output. Members of an object are key, value, key, value; numbers and nesting are the caller's to
 * get right (ENSURE). All text must be valid UTF-8 (ENSURE). '<', '>' and '&' are written as they
 * are; control characters, quotes and backslashes are escaped. */
struct json_out;

/* Appends to *ret, which stays the caller's. Reusable: json_out_reset. */
struct json_out *json_out_new(struct buf *ret);
void json_out_free(struct json_out *out);
/* Forget what was begun; writes go to the end of the same buf. */
void json_out_reset(struct json_out *out);

void json_out_object(struct json_out *out);
void json_out_object_end(struct json_out *out);
void json_out_array(struct json_out *out);
void json_out_array_end(struct json_out *out);
void json_out_string(struct json_out *out, struct slice text);
void json_out_int(struct json_out *out, int64_t number);
void json_out_bool(struct json_out *out, bool truth);
void json_out_null(struct json_out *out);
/* A parsed value again, as compact JSON. */
void json_out_value(struct json_out *out, const struct json *value);
/* Text that is one complete JSON value already, written as it is. */
void json_out_raw(struct json_out *out, struct slice json);

/* A key, and the most common members. */
void json_out_key(struct json_out *out, struct slice key);
void json_out_member(struct json_out *out, struct slice key, struct slice text);
void json_out_member_int(struct json_out *out, struct slice key, int64_t number);
void json_out_member_bool(struct json_out *out, struct slice key, bool truth);
void json_out_member_null(struct json_out *out, struct slice key);

#endif
