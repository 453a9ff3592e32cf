#include "app/author/findings.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *const severity_names[] = {
    [FOUND_MISTAKE] = "mistake",
    [FOUND_WARNING] = "warning",
};

void findings_release(struct findings *findings)
{
    if (!findings)
        return;
    free(findings->list);
    arena_release(&findings->arena);
    *findings = (struct findings){.count = 0};
}

void findings_add(struct findings *findings, const struct found *found)
{
    if (findings->count == findings->cap) {
        findings->cap = findings->cap == 0 ? 16 : 2 * findings->cap;
        struct found *list = realloc(findings->list, findings->cap * sizeof *list);
        ENSURE_MEMORY(list);
        findings->list = list;
    }
    findings->list[findings->count++] = *found;
    if (found->severity == FOUND_MISTAKE)
        findings->mistakes++;
    else
        findings->warnings++;
}

struct place {
    struct found found;
    size_t order;
};

static int by_place(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    if (left->found.line != right->found.line)
        return left->found.line < right->found.line ? -1 : 1;
    return left->order < right->order ? -1 : 1;
}

void findings_sort(struct findings *findings)
{
    struct place *places = calloc(findings->count + 1, sizeof *places);
    ENSURE_MEMORY(places);
    for (size_t i = 0; i < findings->count; i++)
        places[i] = (struct place){findings->list[i], i};
    qsort(places, findings->count, sizeof *places, by_place);
    for (size_t i = 0; i < findings->count; i++)
        findings->list[i] = places[i].found;
    free(places);
}

void findings_print(const struct findings *findings, struct slice file, struct buf *ret)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct found *found = &findings->list[i];
        buf_append(ret, file);
        if (found->line > 0)
            buf_printf(ret, ":%" PRIu32, found->line);
        if (found->pointer.len > 0)
            buf_printf(ret, ": %.*s", SLICE_ARG(found->pointer));
        buf_printf(ret, ": %s%.*s\n", found->severity == FOUND_WARNING ? "warning: " : "",
                   SLICE_ARG(found->text));
    }
}

void findings_encode(const struct findings *findings, struct slice file, struct json_out *out)
{
    json_out_object(out);
    json_out_member(out, SLICE("file"), file);
    json_out_member_int(out, SLICE("mistakes"), (int64_t)findings->mistakes);
    json_out_member_int(out, SLICE("warnings"), (int64_t)findings->warnings);
    json_out_key(out, SLICE("findings"));
    json_out_array(out);
    for (size_t i = 0; i < findings->count; i++) {
        const struct found *found = &findings->list[i];
        json_out_object(out);
        json_out_member(out, SLICE("severity"), slice_str(severity_names[found->severity]));
        json_out_member(out, SLICE("code"), slice_str(found->code));
        json_out_member_int(out, SLICE("line"), found->line);
        json_out_member(out, SLICE("pointer"), found->pointer);
        json_out_member(out, SLICE("text"), found->text);
        json_out_object_end(out);
    }
    json_out_array_end(out);
    json_out_object_end(out);
}
