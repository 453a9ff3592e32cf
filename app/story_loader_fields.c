#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/story_loader_parts.h"

enum { SHOWN_BYTES = 80, SHOWN_POINTER_BYTES = 400 };

/* One line, at most len_max bytes of it, cut between characters. */
static const char *shown_cut(struct loading *l, struct slice text, size_t len_max)
{
    const bool cut = text.len > len_max;
    size_t len = cut ? len_max : text.len;
    while (cut && len > 0 && (text.at[len] & 0xc0) == 0x80)
        len--;
    char *ret = arena_alloc(&l->scratch, len + sizeof "...");
    for (size_t i = 0; i < len; i++)
        ret[i] = (char)(text.at[i] < ' ' || text.at[i] == 0x7f ? '?' : text.at[i]);
    memcpy(ret + len, cut ? "..." : "", cut ? sizeof "..." : 1);
    return ret;
}

/* A finding that is not shown any more needs no words: there may be a million of them. */
static bool is_full(const struct loading *l)
{
    return l->findings >= LIMIT_FINDINGS;
}

const char *shown(struct loading *l, struct slice text)
{
    return is_full(l) ? "" : shown_cut(l, text, SHOWN_BYTES);
}

void finding(struct loading *l, const struct json *at, const char *format, ...)
{
    struct buf *text = &l->report->text;
    l->findings++;
    l->report->count++;
    if (l->findings > LIMIT_FINDINGS)
        return;
    uint32_t line = 1;
    uint32_t column = 1;
    const char *pointer = "(document)";
    if (at) {
        json_place(l->source, at->offset, &line, &column);
        if (at->parent)
            pointer = shown_cut(l, json_pointer(at, &l->scratch), SHOWN_POINTER_BYTES);
    }
    char reason[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments); /* a long reason is cut */
    va_end(arguments);
    buf_printf(text, "%.*s:%" PRIu32 ": %s: %s\n", SLICE_ARG(l->file), line, pointer, reason);
    if (l->findings == LIMIT_FINDINGS)
        buf_printf(text, "%.*s:%" PRIu32 ": %s: further findings are not shown\n",
                   SLICE_ARG(l->file), line, pointer);
}

/* "all, any, not" */
static const char *joined(struct loading *l, const char *const *names)
{
    const char *ret = "";
    for (size_t i = 0; names[i] && !is_full(l); i++) {
        const struct slice longer =
            arena_printf(&l->scratch, "%s%s%s", ret, i > 0 ? ", " : "", names[i]);
        ret = shown_cut(l, longer, longer.len);
    }
    return ret;
}

bool want_kind(struct loading *l, const struct json *value, enum json_kind kind)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",     [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a text", [JSON_ARRAY] = "a list",       [JSON_OBJECT] = "an object",
    };
    if (value && value->kind != kind)
        finding(l, value, "must be %s, not %s", names[kind], names[value->kind]);
    return value && value->kind == kind;
}

static bool is_listed(struct slice name, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        if (slice_eq(name, slice_str(names[i])))
            return true;
    }
    return false;
}

void want_known(struct loading *l, const struct json *object, const char *const *names)
{
    for (const struct json *member = object->child; member; member = member->next) {
        if (!is_listed(member->key, names))
            finding(l, member, "unknown member \"%s\"; known here: %s", shown(l, member->key),
                    joined(l, names));
    }
}

size_t want_one(struct loading *l, const struct json *object, const char *const *names)
{
    size_t count = 0;
    size_t which = 0;
    size_t found = 0;
    for (; names[count]; count++) {
        if (!json_get(object, slice_str(names[count])))
            continue;
        which = count;
        found++;
    }
    if (found == 1)
        return which;
    finding(l, object, "needs exactly one of %s", joined(l, names));
    return count;
}

const struct json *want_member(struct loading *l, const struct json *object, const char *name)
{
    const struct json *member = json_get(object, slice_str(name));
    if (!member)
        finding(l, object, "needs \"%s\"", name);
    return member;
}

static bool is_text(struct slice text, bool lines)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.at[i];
        const bool line = c == '\n' || c == '\t';
        if ((c < ' ' && !(lines && line)) || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_blank(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != ' ' && text.at[i] != '\n' && text.at[i] != '\t')
            return false;
    }
    return true;
}

struct slice want_text(struct loading *l, const struct json *object, const char *name,
                       size_t bytes_max, unsigned wants)
{
    const struct json *member =
        wants & WANT_REQUIRED ? want_member(l, object, name) : json_get(object, slice_str(name));
    if (!member || !want_kind(l, member, JSON_STRING))
        return SLICE_NONE;
    if (is_blank(member->text))
        finding(l, member, "must not be empty");
    else if (member->text.len > bytes_max)
        finding(l, member, "has %zu bytes; at most %zu are allowed", member->text.len, bytes_max);
    else if (!is_text(member->text, wants & WANT_LINES))
        finding(l, member, "must not hold control characters%s",
                wants & WANT_LINES ? " other than line breaks and tabs" : " or line breaks");
    else
        return arena_dup(l->arena, member->text);
    return SLICE_NONE;
}

void want_number(struct loading *l, const struct json *value, int32_t min, int32_t max,
                 int32_t *ret)
{
    if (!want_kind(l, value, JSON_NUMBER))
        return;
    int64_t number = 0;
    if (json_int(value, min, max, &number) == OK)
        *ret = (int32_t)number;
    else
        finding(l, value, "must be a whole number from %" PRId32 " to %" PRId32 ", not %s", min,
                max, shown(l, value->text));
}

void want_int(struct loading *l, const struct json *object, const char *name, int32_t min,
              int32_t max, unsigned wants, int32_t *ret)
{
    const struct json *member =
        wants & WANT_REQUIRED ? want_member(l, object, name) : json_get(object, slice_str(name));
    want_number(l, member, min, max, ret);
}

bool want_bool(struct loading *l, const struct json *object, const char *name)
{
    const struct json *member = json_get(object, slice_str(name));
    return want_kind(l, member, JSON_BOOL) && member->truth;
}

const struct expr *want_expr(struct loading *l, const struct json *value, unsigned may)
{
    const struct expr *ret = NULL;
    struct expr_error error;
    if (!want_kind(l, value, JSON_STRING))
        return NULL;
    if (expr_parse(value->text, l->story, may, l->arena, &ret, &error) != OK) {
        finding(l, value, "character %zu of the expression: %s", error.place, error.reason);
        return NULL;
    }
    l->story->tracks_visits |= expr_has(ret, EXPR_VISITED);
    l->story->tracks_roll |= expr_has(ret, EXPR_ROLL);
    return ret;
}

bool want_id(struct loading *l, const struct json *at, struct slice id, size_t bytes_max,
             bool underscore)
{
    bool good = id.len >= 1 && id.len <= bytes_max;
    for (size_t i = 0; good && i < id.len; i++) {
        const uint8_t c = id.at[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
               (underscore && c == '_');
    }
    if (!good)
        finding(l, at, "\"%s\" must be 1 to %zu characters of a-z 0-9 -%s", shown(l, id), bytes_max,
                underscore ? " _" : "");
    return good;
}

int32_t stat_find(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->stat_count; i++) {
        if (slice_eq(story->stats[i].id, id))
            return (int32_t)i;
    }
    return -1;
}

int32_t item_find(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->item_count; i++) {
        if (slice_eq(story->items[i].id, id))
            return (int32_t)i;
    }
    return -1;
}

int32_t flag_find(const struct story *story, struct slice name)
{
    for (size_t i = 0; i < story->flag_count; i++) {
        if (slice_eq(story->flags[i], name))
            return (int32_t)i;
    }
    return -1;
}

int32_t want_stat(struct loading *l, const struct json *value)
{
    if (!want_kind(l, value, JSON_STRING))
        return -1;
    const int32_t index = stat_find(l->story, value->text);
    if (index < 0)
        finding(l, value, "unknown stat \"%s\"; define it in /stats", shown(l, value->text));
    return index;
}

int32_t want_item(struct loading *l, const struct json *value)
{
    if (!want_kind(l, value, JSON_STRING))
        return -1;
    const int32_t index = item_find(l->story, value->text);
    if (index < 0)
        finding(l, value, "unknown item \"%s\"; define it in /items", shown(l, value->text));
    return index;
}

int32_t want_flag(struct loading *l, const struct json *value)
{
    if (!want_kind(l, value, JSON_STRING))
        return -1;
    const int32_t index = flag_find(l->story, value->text);
    if (index < 0)
        finding(l, value, "unknown flag \"%s\"; list it in /flags", shown(l, value->text));
    return index;
}

int32_t want_counter(struct loading *l, const struct json *value)
{
    if (!want_kind(l, value, JSON_STRING))
        return -1;
    for (size_t i = 0; i < l->story->counter_count; i++) {
        if (slice_eq(l->story->counters[i].id, value->text))
            return (int32_t)i;
    }
    finding(l, value, "unknown counter \"%s\"; define it in /counters", shown(l, value->text));
    return -1;
}

int32_t want_section(struct loading *l, const struct json *object, const char *name)
{
    int32_t number = -1;
    want_int(l, object, name, 1, LIMIT_SECTION_NUMBER, WANT_REQUIRED, &number);
    if (number < 0)
        return -1;
    const struct story *story = l->story;
    const int32_t index = story_section_find(story, number);
    if (index < 0 && story->section_count > 0)
        finding(l, json_get(object, slice_str(name)),
                "unknown section %d; sections go from %d to %d", number, story->sections[0].number,
                story->sections[story->section_count - 1].number);
    return index;
}
