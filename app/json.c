#include "app/json.h"

#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

/* Reading.
 *
 *   document -> check_bytes (what yajl lets through) -> yajl -> callbacks -> tree
 *
 * yajl is a tokenizer for chunks; it gets the whole document in one. It says where a token ends,
 * not where it starts, so the start of a value is the first byte after the token before it that is
 * neither space nor comma nor colon. All memory, yajl's own too, comes from the caller's arena. */

/* Up to this many members each key is compared with every other; above, keys are sorted. */
enum { KEYS_COMPARED_MAX = 8 };

/* An array or object that is not closed yet. */
struct frame {
    struct json *value;
    struct json *last; /* its newest child, or NULL */
};

struct reading {
    struct slice document;
    const struct json_limits *limits;
    struct arena *arena;
    yajl_handle yajl;
    struct frame *frames; /* limits->depth of them */
    uint32_t depth;       /* frames in use */
    uint32_t nodes;
    uint32_t token_end; /* of the newest token a callback got */
    bool at_end;        /* yajl counts from the end of the document */
    struct slice key;   /* of the value that comes next */
    uint32_t key_offset;
    struct json *root;
    enum status status; /* why a callback stopped yajl */
    uint32_t error_offset;
    struct slice reason;
};

/* yajl's memory: a block of the arena behind its size, which realloc needs. */
union block {
    size_t size;
    max_align_t align;
};

static void *on_malloc(void *context, size_t size)
{
    struct arena *arena = context;
    ENSURE(size <= SIZE_MAX - sizeof(union block));
    union block *block = arena_alloc(arena, sizeof *block + size);
    block->size = size;
    return block + 1;
}

static void *on_realloc(void *context, void *old, size_t size)
{
    void *fresh = on_malloc(context, size);
    if (old) {
        const size_t old_size = ((union block *)old - 1)->size;
        memcpy(fresh, old, old_size < size ? old_size : size);
    }
    return fresh;
}

static void on_free(void *context, void *old)
{
    (void)context;
    (void)old; /* the arena takes it back with everything else */
}

static int refuse(struct reading *r, enum status status, uint32_t offset, struct slice reason)
{
    r->status = status;
    r->error_offset = offset;
    r->reason = reason;
    return 0;
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Where the token starts that a callback has just got; notes where it ends. */
static uint32_t token_take(struct reading *r)
{
    uint32_t start = r->token_end;
    for (; start < r->document.len; start++) {
        const uint8_t byte = r->document.at[start];
        if (!is_space(byte) && byte != ',' && byte != ':')
            break;
    }
    r->token_end = (uint32_t)(r->at_end ? r->document.len : yajl_get_bytes_consumed(r->yajl));
    return start;
}

/* A new value at the current place of the tree, or NULL when there are too many. */
static struct json *value_add(struct reading *r, enum json_kind kind)
{
    const uint32_t offset = token_take(r);
    if (r->nodes == r->limits->nodes) {
        refuse(r, ERR_TOO_LARGE, offset, SLICE("too many values"));
        return NULL;
    }
    r->nodes++;
    struct json *value = arena_alloc(r->arena, sizeof *value);
    *value = (struct json){.kind = kind, .offset = offset};
    if (r->depth == 0) {
        r->root = value;
        return value;
    }
    struct frame *frame = &r->frames[r->depth - 1];
    value->parent = frame->value;
    if (frame->value->kind == JSON_OBJECT) {
        value->key = r->key;
        value->key_offset = r->key_offset;
    }
    if (frame->last)
        frame->last->next = value;
    else
        frame->value->child = value;
    frame->last = value;
    frame->value->count++;
    return value;
}

static int on_null(void *context)
{
    return value_add(context, JSON_NULL) != NULL;
}

static int on_boolean(void *context, int truth)
{
    struct json *value = value_add(context, JSON_BOOL);
    if (!value)
        return 0;
    value->truth = truth != 0;
    return 1;
}

static int on_number(void *context, const char *text, size_t len)
{
    struct reading *r = context;
    struct json *value = value_add(r, JSON_NUMBER);
    if (!value)
        return 0;
    value->text = arena_dup(r->arena, slice_make(text, len));
    return 1;
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
    struct reading *r = context;
    struct json *value = value_add(r, JSON_STRING);
    if (!value)
        return 0;
    value->text = arena_dup(r->arena, slice_make(text, len));
    return 1;
}

static int on_key(void *context, const unsigned char *text, size_t len)
{
    struct reading *r = context;
    r->key_offset = token_take(r);
    r->key = arena_dup(r->arena, slice_make(text, len));
    return 1;
}

static int container_open(struct reading *r, enum json_kind kind)
{
    struct json *value = value_add(r, kind);
    if (!value)
        return 0;
    if (r->depth == r->limits->depth)
        return refuse(r, ERR_TOO_DEEP, value->offset, SLICE("nested too deeply"));
    r->frames[r->depth++] = (struct frame){.value = value};
    return 1;
}

static int on_object(void *context)
{
    return container_open(context, JSON_OBJECT);
}

static int on_array(void *context)
{
    return container_open(context, JSON_ARRAY);
}

static int on_array_end(void *context)
{
    struct reading *r = context;
    (void)token_take(r);
    r->depth--;
    return 1;
}

/* By key, and members of one name in the order of the document. */
static bool key_before(const struct json *a, const struct json *b)
{
    const int order = slice_compare(a->key, b->key);
    return order != 0 ? order < 0 : a->key_offset < b->key_offset;
}

static void heap_sift(const struct json **heap, size_t at, size_t count)
{
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && key_before(heap[child], heap[child + 1]))
            child++;
        if (!key_before(heap[at], heap[child]))
            return;
        const struct json *up = heap[child];
        heap[child] = heap[at];
        heap[at] = up;
        at = child;
    }
}

/* Heapsort: n log n whatever keys a peer chooses, and no memory of its own. */
static void keys_sort(const struct json **keys, size_t count)
{
    for (size_t at = count / 2; at-- > 0;)
        heap_sift(keys, at, count);
    for (size_t end = count; end-- > 1;) {
        const struct json *largest = keys[0];
        keys[0] = keys[end];
        keys[end] = largest;
        heap_sift(keys, 0, end);
    }
}

/* A member whose name an earlier member of the object has, or NULL. */
static const struct json *duplicate_in_few(const struct json *object)
{
    for (const struct json *a = object->child; a; a = a->next) {
        for (const struct json *b = object->child; b != a; b = b->next) {
            if (slice_eq(a->key, b->key))
                return a;
        }
    }
    return NULL;
}

static const struct json *duplicate_in_many(const struct json *object, struct arena *arena)
{
    const struct json **keys = arena_array(arena, object->count, sizeof *keys);
    size_t count = 0;
    for (const struct json *member = object->child; member; member = member->next)
        keys[count++] = member;
    keys_sort(keys, count);
    const struct json *ret = NULL;
    for (size_t i = 1; i < count; i++) {
        if (!slice_eq(keys[i - 1]->key, keys[i]->key))
            continue;
        if (!ret || keys[i]->key_offset < ret->key_offset)
            ret = keys[i];
    }
    return ret;
}

static int on_object_end(void *context)
{
    struct reading *r = context;
    (void)token_take(r);
    const struct json *object = r->frames[--r->depth].value;
    const struct json *twice = object->count <= KEYS_COMPARED_MAX
                                   ? duplicate_in_few(object)
                                   : duplicate_in_many(object, r->arena);
    if (!twice)
        return 1;
    return refuse(r, ERR_INVALID_JSON, twice->key_offset,
                  SLICE("the same member twice in one object"));
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number, /* with it yajl neither converts nor limits numbers */
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_array_end,
};

/* The four hexadecimal digits at s, or -1. */
static int32_t hex4(struct slice s)
{
    if (s.len < 4)
        return -1;
    int32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        const uint8_t c = s.at[i];
        int32_t digit = -1;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (c | 0x20) - 'a' + 10;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* The length of the escape that s starts with; 0: half of a surrogate pair without the other.
 * Escapes that are not JSON are left to yajl. */
static size_t escape_len(struct slice s)
{
    if (s.len < 2 || s.at[1] != 'u')
        return 2;
    const int32_t first = hex4(slice_make(s.at + 2, s.len - 2));
    if (first < 0xd800 || first > 0xdfff)
        return 2;
    if (first > 0xdbff || s.len < 12 || s.at[6] != '\\' || s.at[7] != 'u')
        return 0;
    const int32_t second = hex4(slice_make(s.at + 8, 4));
    return second >= 0xdc00 && second <= 0xdfff ? 12 : 0;
}

/* How many bytes at the front of s are valid UTF-8; s as a whole is not. */
static size_t utf8_prefix(struct slice s)
{
    size_t at = 0;
    while (at < s.len) {
        const uint8_t lead = s.at[at];
        const size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if (len > s.len - at || !utf8_valid(slice_make(s.at + at, len)))
            break;
        at += len;
    }
    return at;
}

/* What yajl lets through: other UTF-8 than RFC 3629, halves of surrogate pairs, vertical tabs and
 * form feeds as space. A backslash is only valid inside a string, so escapes can be found without
 * knowing where strings start. */
static int check_bytes(struct reading *r)
{
    const struct slice d = r->document;
    if (!utf8_valid(d))
        return refuse(r, ERR_UTF8, (uint32_t)utf8_prefix(d), SLICE("not valid UTF-8"));
    size_t at = 0;
    while (at < d.len) {
        const uint8_t c = d.at[at];
        if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
            return refuse(r, ERR_INVALID_JSON, (uint32_t)at,
                          SLICE("a control character; write it as an escape"));
        if (c != '\\') {
            at++;
            continue;
        }
        const size_t len = escape_len(slice_make(d.at + at, d.len - at));
        if (len == 0)
            return refuse(r, ERR_UTF8, (uint32_t)at,
                          SLICE("half of a surrogate pair without the other"));
        at += len; /* may end behind a cut document, which yajl refuses */
    }
    return 1;
}

/* yajl's words for a broken document, by a part that tells them apart, and ours. */
static const struct {
    const char *part;
    const char *reason;
} reasons[] = {
    {"premature EOF", "the document ends too early"},
    {"trailing garbage", "something follows after the end of the document"},
    {"unallowed token", "a value or a closing bracket is expected here"},
    {"separated by a colon", "a colon is expected after the name of a member"},
    {"after key and value", "a comma or a closing brace is expected after a member"},
    {"after array element", "a comma or a closing bracket is expected after an item"},
    {"invalid object key", "the name of a member must be a string"},
    {"malformed number", "a digit is expected in this number"},
    {"occurs before", "an unknown escape in a string"},
    {"non-hex", "\\u must be followed by four hexadecimal digits"},
    {"inside string", "a character that must be escaped in a string"},
    {"comment", "comments are not allowed in JSON"},
};

/* yajl has stopped at a character that starts no token (a lexical error), or has just taken a whole
 * token that is out of place; no token spans two lines, so its last byte is as good a place as its
 * first. */
static void refuse_by_yajl(struct reading *r)
{
    unsigned char *words = yajl_get_error(r->yajl, 0, NULL, 0);
    ENSURE(words);
    const char *reason = "this is not JSON";
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (strstr((const char *)words, reasons[i].part)) {
            reason = reasons[i].reason;
            break;
        }
    }
    size_t offset = r->at_end ? r->document.len : yajl_get_bytes_consumed(r->yajl);
    if (!r->at_end && offset > 0 && !strstr((const char *)words, "lexical")) {
        offset--;
        /* After the end of the document it may be a character that starts no token, too. */
        while (offset < r->document.len && is_space(r->document.at[offset]))
            offset++;
    }
    yajl_free_error(r->yajl, words);
    refuse(r, ERR_INVALID_JSON, (uint32_t)offset, slice_str(reason));
}

static void parse(struct reading *r)
{
    yajl_alloc_funcs memory = {
        .malloc = on_malloc, .realloc = on_realloc, .free = on_free, .ctx = r->arena};
    r->yajl = yajl_alloc(&callbacks, &memory, r);
    ENSURE(r->yajl);
    /* check_bytes has done it, and more strictly. */
    ENSURE(yajl_config(r->yajl, yajl_dont_validate_strings, 1));
    r->frames = arena_array(r->arena, r->limits->depth, sizeof *r->frames);

    yajl_status result = yajl_parse(r->yajl, r->document.at, r->document.len);
    if (result == yajl_status_ok) {
        r->at_end = true;
        result = yajl_complete_parse(r->yajl);
    }
    if (result == yajl_status_error)
        refuse_by_yajl(r);
    /* Otherwise it is done, or a callback has said why not. */
}

static enum status report(const struct reading *r, struct json_error *ret_error)
{
    if (r->status == OK || !ret_error)
        return r->status;
    *ret_error = (struct json_error){.offset = r->error_offset, .reason = r->reason};
    json_place(r->document, r->error_offset, &ret_error->line, &ret_error->column);
    return r->status;
}

enum status json_parse(struct slice document, const struct json_limits *limits, struct arena *arena,
                       const struct json **ret, struct json_error *ret_error)
{
    ENSURE(limits->bytes <= UINT32_MAX);
    struct reading r = {.document = document, .limits = limits, .arena = arena};
    if (document.len > limits->bytes)
        refuse(&r, ERR_TOO_LARGE, (uint32_t)limits->bytes, SLICE("the document is too long"));
    else if (check_bytes(&r))
        parse(&r);
    if (r.status == OK)
        *ret = r.root;
    return report(&r, ret_error);
}

void json_place(struct slice document, uint32_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
    uint32_t line = 1;
    uint32_t line_start = 0;
    for (uint32_t at = 0; at < offset && at < document.len; at++) {
        if (document.at[at] != '\n')
            continue;
        line++;
        line_start = at + 1;
    }
    *ret_line = line;
    *ret_column = offset - line_start + 1;
}

/* One step of a pointer, in front of which the steps to the parent stand. */
static struct slice pointer_step(const struct json *value, struct arena *arena)
{
    if (value->parent->kind == JSON_ARRAY) {
        uint32_t index = 0;
        for (const struct json *item = value->parent->child; item != value; item = item->next)
            index++;
        return arena_printf(arena, "%u", index);
    }
    uint8_t *text = arena_array(arena, value->key.len, 2);
    size_t len = 0;
    for (size_t i = 0; i < value->key.len; i++) {
        const uint8_t c = value->key.at[i];
        text[len++] = c == '~' || c == '/' ? '~' : c;
        if (c == '~' || c == '/')
            text[len++] = c == '~' ? '0' : '1';
    }
    return slice_make(text, len);
}

struct slice json_pointer(const struct json *value, struct arena *arena)
{
    size_t steps = 0;
    size_t len = 0;
    for (const struct json *at = value; at->parent; at = at->parent)
        steps++;
    struct slice *step = arena_array(arena, steps, sizeof *step);
    for (const struct json *at = value; at->parent; at = at->parent) {
        step[--steps] = pointer_step(at, arena);
        len += 1 + step[steps].len;
    }
    uint8_t *text = arena_alloc(arena, len);
    for (size_t used = 0; used < len; steps++) {
        text[used++] = '/';
        if (step[steps].len > 0)
            memcpy(text + used, step[steps].at, step[steps].len);
        used += step[steps].len;
    }
    return slice_make(text, len);
}

const struct json *json_get(const struct json *object, struct slice key)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *member = object->child; member; member = member->next) {
        if (slice_eq(member->key, key))
            return member;
    }
    return NULL;
}

enum status json_int(const struct json *value, int64_t min, int64_t max, int64_t *ret)
{
    if (!value || value->kind != JSON_NUMBER)
        return ERR_INVALID;
    struct slice digits = value->text;
    const bool negative = digits.len > 0 && digits.at[0] == '-';
    if (negative)
        digits = slice_make(digits.at + 1, digits.len - 1);
    uint64_t size = 0;
    if (slice_to_u64(digits, (uint64_t)INT64_MAX + (negative ? 1 : 0), &size) != OK)
        return ERR_INVALID;
    /* -(size - 1) - 1, because the size of INT64_MIN is no int64_t. */
    const int64_t number = negative && size > 0 ? -(int64_t)(size - 1) - 1 : (int64_t)size;
    if (number < min || number > max)
        return ERR_INVALID;
    *ret = number;
    return OK;
}

/* Writing. It is on the way of every choice, some hundred members a snapshot, and yajl_gen's four
 * callbacks for each took a sixth of the sequencer's time: so this is our own, with the same checks
 * of nesting and order. */

enum { OUT_DEPTH = 128 };

/* What may come next, for each open array and object. */
enum out_place {
    OUT_DONE,
    OUT_VALUE,
    OUT_FIRST_ITEM,
    OUT_ITEM,
    OUT_FIRST_KEY,
    OUT_KEY,
    OUT_MEMBER
};

struct json_out {
    struct buf *buf;
    size_t depth;
    uint8_t places[OUT_DEPTH + 1]; /* [0] is the document */
};

struct json_out *json_out_new(struct buf *ret)
{
    struct json_out *out = calloc(1, sizeof *out);
    ENSURE_MEMORY(out);
    out->buf = ret;
    json_out_reset(out);
    return out;
}

void json_out_free(struct json_out *out)
{
    free(out);
}

void json_out_reset(struct json_out *out)
{
    out->depth = 0;
    out->places[0] = OUT_VALUE;
}

/* Before a value: its comma, and what may come after it. */
static void begin_value(struct json_out *out)
{
    uint8_t *place = &out->places[out->depth];
    switch ((enum out_place) * place) {
    case OUT_VALUE: *place = OUT_DONE; return;
    case OUT_FIRST_ITEM: *place = OUT_ITEM; return;
    case OUT_ITEM: buf_byte(out->buf, ','); return;
    case OUT_MEMBER: *place = OUT_KEY; return;
    case OUT_DONE:
    case OUT_FIRST_KEY:
    case OUT_KEY: break;
    }
    ENSURE(false); /* no value may stand here */
}

static void open_place(struct json_out *out, uint8_t bracket, enum out_place place)
{
    begin_value(out);
    ENSURE(out->depth < OUT_DEPTH);
    out->places[++out->depth] = (uint8_t)place;
    buf_byte(out->buf, bracket);
}

static void close_place(struct json_out *out, uint8_t bracket, enum out_place empty,
                        enum out_place filled)
{
    const uint8_t place = out->places[out->depth];
    ENSURE(out->depth > 0 && (place == empty || place == filled));
    out->depth--;
    buf_byte(out->buf, bracket);
}

void json_out_object(struct json_out *out)
{
    open_place(out, '{', OUT_FIRST_KEY);
}

void json_out_object_end(struct json_out *out)
{
    close_place(out, '}', OUT_FIRST_KEY, OUT_KEY);
}

void json_out_array(struct json_out *out)
{
    open_place(out, '[', OUT_FIRST_ITEM);
}

void json_out_array_end(struct json_out *out)
{
    close_place(out, ']', OUT_FIRST_ITEM, OUT_ITEM);
}

static void escape(struct buf *buf, uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char letters[] = "btn?fr"; /* of 8 to 13; 11 has none */
    if (byte == '"' || byte == '\\')
        buf_append(buf, slice_make((const uint8_t[]){'\\', byte}, 2));
    else if (byte >= '\b' && byte <= '\r' && byte != '\v')
        buf_append(buf, slice_make((const char[]){'\\', letters[byte - '\b']}, 2));
    else
        buf_append(
            buf, slice_make(
                     (const char[]){'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]}, 6));
}

/* Is all of it ASCII that stands for itself? Most texts are, and then one look at each is enough:
 * eight bytes at once, a bit 7 for each byte that is none of these. */
static bool is_plain(struct slice text)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t other = 0;
    size_t at = 0;
    for (; text.len - at >= sizeof other; at += sizeof other) {
        uint64_t word;
        memcpy(&word, text.at + at, sizeof word);
        const uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
        /* x - n borrows in a byte below n. A borrow out of a byte is one too many only above a byte
         * that is found anyway. */
        other |= word | (word - ones * 0x20) | (quote - ones) | (backslash - ones);
    }
    for (; at < text.len; at++) {
        const uint8_t byte = text.at[at];
        other |= byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\' ? 0 : tops;
    }
    return (other & tops) == 0;
}

/* RFC 8259, 7: quotes, backslashes and control characters are escaped, nothing else. */
static void write_string(struct buf *buf, struct slice text)
{
    buf_reserve(buf, text.len + 2);
    buf_byte(buf, '"');
    if (is_plain(text)) {
        buf_append(buf, text);
        buf_byte(buf, '"');
        return;
    }
    ENSURE(utf8_valid(text));
    size_t done = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t byte = text.at[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        buf_append(buf, slice_make(text.at + done, i - done));
        escape(buf, byte);
        done = i + 1;
    }
    /* An empty text may be nowhere. */
    if (text.len > done)
        buf_append(buf, slice_make(text.at + done, text.len - done));
    buf_byte(buf, '"');
}

void json_out_string(struct json_out *out, struct slice text)
{
    begin_value(out);
    write_string(out->buf, text);
}

void json_out_int(struct json_out *out, int64_t number)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (uint8_t)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        digits[--at] = '-';
    json_out_raw(out, slice_make(digits + at, sizeof digits - at));
}

void json_out_bool(struct json_out *out, bool truth)
{
    json_out_raw(out, truth ? SLICE("true") : SLICE("false"));
}

void json_out_null(struct json_out *out)
{
    json_out_raw(out, SLICE("null"));
}

void json_out_raw(struct json_out *out, struct slice json)
{
    begin_value(out);
    buf_append(out->buf, json);
}

/* The value itself; of an array or object its opening only. */
static void value_open(struct json_out *out, const struct json *value)
{
    switch (value->kind) {
    case JSON_NULL: json_out_null(out); break;
    case JSON_BOOL: json_out_bool(out, value->truth); break;
    case JSON_NUMBER: json_out_raw(out, value->text); break;
    case JSON_STRING: json_out_string(out, value->text); break;
    case JSON_ARRAY: json_out_array(out); break;
    case JSON_OBJECT: json_out_object(out); break;
    }
}

static void value_close(struct json_out *out, const struct json *value)
{
    if (value->kind == JSON_ARRAY)
        json_out_array_end(out);
    else if (value->kind == JSON_OBJECT)
        json_out_object_end(out);
}

void json_out_value(struct json_out *out, const struct json *value)
{
    /* Down to the first child, else to the next sibling, else up until there is one: no recursion,
     * whatever the depth. */
    const struct json *at = value;
    for (;;) {
        value_open(out, at);
        const struct json *next = at->child;
        if (!next)
            value_close(out, at);
        while (!next && at != value) {
            next = at->next;
            if (!next) {
                at = at->parent;
                value_close(out, at);
            }
        }
        if (!next)
            return;
        at = next;
        if (at->parent->kind == JSON_OBJECT)
            json_out_key(out, at->key);
    }
}

void json_out_key(struct json_out *out, struct slice key)
{
    uint8_t *place = &out->places[out->depth];
    ENSURE(*place == OUT_FIRST_KEY || *place == OUT_KEY);
    if (*place == OUT_KEY)
        buf_byte(out->buf, ',');
    *place = OUT_MEMBER;
    write_string(out->buf, key);
    buf_byte(out->buf, ':');
}

void json_out_member(struct json_out *out, struct slice key, struct slice text)
{
    json_out_key(out, key);
    json_out_string(out, text);
}

void json_out_member_int(struct json_out *out, struct slice key, int64_t number)
{
    json_out_key(out, key);
    json_out_int(out, number);
}

void json_out_member_bool(struct json_out *out, struct slice key, bool truth)
{
    json_out_key(out, key);
    json_out_bool(out, truth);
}

void json_out_member_null(struct json_out *out, struct slice key)
{
    json_out_key(out, key);
    json_out_null(out);
}
