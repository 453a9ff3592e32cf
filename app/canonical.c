#include "app/canonical.h"

#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
    const struct json *const *first = a;
    const struct json *const *second = b;
    return slice_compare((*first)->key, (*second)->key);
}

static void object_encode(struct json_out *out, const struct json *object, struct arena *scratch)
{
    const struct json **members = arena_array(scratch, object->count, sizeof *members);
    size_t count = 0;
    for (const struct json *member = object->child; member; member = member->next)
        members[count++] = member;
    if (count > 1)
        qsort(members, count, sizeof *members, by_name);
    json_out_object(out);
    for (size_t i = 0; i < count; i++) {
        json_out_key(out, members[i]->key);
        canonical_encode(out, members[i], scratch);
    }
    json_out_object_end(out);
}

static void array_encode(struct json_out *out, const struct json *array, struct arena *scratch)
{
    json_out_array(out);
    for (const struct json *item = array->child; item; item = item->next)
        canonical_encode(out, item, scratch);
    json_out_array_end(out);
}

void canonical_encode(struct json_out *out, const struct json *value, struct arena *scratch)
{
    int64_t number = 0;
    switch (value->kind) {
    case JSON_OBJECT: object_encode(out, value, scratch); break;
    case JSON_ARRAY: array_encode(out, value, scratch); break;
    case JSON_NUMBER:
        if (json_int(value, INT64_MIN, INT64_MAX, &number) == OK)
            json_out_int(out, number);
        else
            json_out_raw(out, value->text);
        break;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_STRING: json_out_value(out, value); break;
    }
}

void canonical_hash(const struct json *value, struct arena *scratch, uint8_t ret[SHA256_LEN])
{
    struct buf text = {.at = NULL};
    struct json_out *out = json_out_new(&text);
    canonical_encode(out, value, scratch);
    crypto_sha256(buf_slice(&text), ret);
    json_out_free(out);
    buf_release(&text);
}
