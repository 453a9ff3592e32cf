#include "app/author/pretty.h"

enum { COLUMNS = 100, INDENT = 2 };

struct printing {
    struct json_out *out; /* writes texts and numbers into buf */
    struct buf *buf;
};

static void put(struct printing *p, const char *text)
{
    buf_append(p->buf, slice_str(text));
}

static void put_spaces(struct printing *p, unsigned indent)
{
    for (unsigned i = 0; i < indent * INDENT; i++)
        buf_byte(p->buf, ' ');
}

static void put_key(struct printing *p, const struct json *member)
{
    json_out_reset(p->out);
    json_out_string(p->out, member->key);
    put(p, ": ");
}

static bool is_group(const struct json *value)
{
    return value->kind == JSON_OBJECT || value->kind == JSON_ARRAY;
}

/* On one line, whatever its length. */
static void put_flat(struct printing *p, const struct json *value)
{
    if (!is_group(value)) {
        json_out_reset(p->out);
        json_out_value(p->out, value);
        return;
    }
    const bool object = value->kind == JSON_OBJECT;
    put(p, object ? "{" : "[");
    for (const struct json *child = value->child; child; child = child->next) {
        if (child != value->child)
            put(p, ", ");
        if (object)
            put_key(p, child);
        put_flat(p, child);
    }
    put(p, object ? "}" : "]");
}

static void put_value(struct printing *p, const struct json *value, unsigned indent);

static void put_children(struct printing *p, const struct json *value, unsigned indent)
{
    for (const struct json *child = value->child; child; child = child->next) {
        put_spaces(p, indent);
        if (value->kind == JSON_OBJECT)
            put_key(p, child);
        put_value(p, child, indent);
        put(p, child->next ? ",\n" : "\n");
    }
}

/* The column in which the newest line ends. */
static size_t column(const struct buf *buf)
{
    size_t start = buf->len;
    while (start > 0 && buf->at[start - 1] != '\n')
        start--;
    return buf->len - start;
}

static void put_value(struct printing *p, const struct json *value, unsigned indent)
{
    const size_t start = p->buf->len;
    const size_t before = column(p->buf);
    put_flat(p, value);
    /* One more for the comma behind it. The document itself is always opened. */
    if (!is_group(value) || !value->child ||
        (value->parent && before + (p->buf->len - start) < COLUMNS))
        return;
    p->buf->len = start;
    put(p, value->kind == JSON_OBJECT ? "{\n" : "[\n");
    put_children(p, value, indent + 1);
    put_spaces(p, indent);
    put(p, value->kind == JSON_OBJECT ? "}" : "]");
}

void pretty_value(const struct json *value, unsigned indent, struct buf *ret)
{
    struct printing p = {.out = json_out_new(ret), .buf = ret};
    put_value(&p, value, indent);
    json_out_free(p.out);
}

void pretty_members(const struct json *object, unsigned indent, struct buf *ret)
{
    struct printing p = {.out = json_out_new(ret), .buf = ret};
    put_children(&p, object, indent);
    json_out_free(p.out);
}
