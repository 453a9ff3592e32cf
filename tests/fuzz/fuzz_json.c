/* json: whatever is accepted prints as JSON that is accepted again and prints the same; offsets lie
 * within the document; whatever is refused says why. */
#include <string.h>

#include "app/json.h"

static const struct json_limits limits = {
    .bytes = LIMIT_MESSAGE_BYTES, .depth = LIMIT_JSON_DEPTH, .nodes = LIMIT_JSON_NODES};

/* Every value once, with the pointer to it, parents before children. */
static void walk(const struct json *root, size_t len, struct arena *arena)
{
    const struct json *at = root;
    while (at) {
        ENSURE(at->offset < len);
        ENSURE(at->kind != JSON_STRING || utf8_valid(at->text));
        ENSURE(utf8_valid(json_pointer(at, arena)));
        ENSURE(!at->parent || at->parent->kind != JSON_OBJECT ||
               json_get(at->parent, at->key) == at);
        if (at->child) {
            at = at->child;
            continue;
        }
        while (at != root && !at->next)
            at = at->parent;
        at = at == root ? NULL : at->next;
    }
}

static void print(const struct json *value, struct buf *ret)
{
    struct json_out *out = json_out_new(ret);
    json_out_value(out, value);
    json_out_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena = {0};
    const struct json *value = NULL;
    struct json_error error = {.line = 0};
    if (json_parse(slice_make(data, len), &limits, &arena, &value, &error) != OK) {
        ENSURE(error.offset <= len && error.line >= 1 && error.column >= 1);
        ENSURE(error.reason.len > 0);
        arena_release(&arena);
        return 0;
    }
    walk(value, len, &arena);

    struct buf first = {0};
    struct buf second = {0};
    print(value, &first);
    /* Escapes are at most six bytes for one: a document may grow past the limit of messages. */
    const struct json_limits wide = {
        .bytes = 6 * (size_t)LIMIT_MESSAGE_BYTES, .depth = limits.depth, .nodes = limits.nodes};
    ENSURE(json_parse(buf_slice(&first), &wide, &arena, &value, NULL) == OK);
    print(value, &second);
    ENSURE(slice_eq(buf_slice(&first), buf_slice(&second)));
    buf_release(&first);
    buf_release(&second);
    arena_release(&arena);
    return 0;
}
