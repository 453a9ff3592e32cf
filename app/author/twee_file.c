#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/author/twee_parts.h"

/* Passages that are no sections: StoryTitle and the like, scripts, styles. */
enum { SPECIAL_PASSAGES_MAX = 100, SHOWN_BYTES = 80 };

const char *twee_shown(struct arena *arena, struct slice text)
{
    const bool cut = text.len > SHOWN_BYTES;
    size_t len = cut ? SHOWN_BYTES : text.len;
    while (cut && len > 0 && (text.at[len] & 0xc0) == 0x80)
        len--;
    const struct slice ret =
        arena_printf(arena, "%.*s%s", (int)len, (const char *)text.at, cut ? "..." : "");
    /* The text of a slice may have a NUL, where printf stops. */
    char *line = (char *)(uintptr_t)ret.at;
    text_one_line(line);
    return line;
}

uint32_t twee_offset(const struct twee *twee, struct slice piece)
{
    ENSURE(piece.at >= twee->source.at && piece.at <= twee->source.at + twee->source.len);
    return (uint32_t)(piece.at - twee->source.at);
}

uint32_t twee_line(const struct twee *twee, uint32_t offset)
{
    size_t low = 0;
    size_t high = twee->line_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (twee->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low + 1;
}

const struct passage *twee_passage_at(const struct twee *twee, uint32_t offset)
{
    size_t low = 0;
    size_t high = twee->passage_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (twee->passages[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : &twee->passages[low - 1];
}

static void note(struct twee_reading *r, enum severity severity, uint32_t offset, struct slice text)
{
    struct findings *findings = r->findings;
    if (findings->count - r->first >= LIMIT_FINDINGS) {
        /* That there are mistakes must not be lost. */
        if (severity == FOUND_WARNING || r->full)
            return;
        r->full = true;
        text = SLICE("further findings are not shown");
    }
    const struct passage *passage = twee_passage_at(r->twee, offset);
    struct slice where = SLICE_NONE;
    if (passage)
        where = arena_printf(&findings->arena, "passage \"%s\"",
                             twee_shown(&findings->arena, passage->name));
    findings_add(findings, &(struct found){.severity = severity,
                                           .code = "twee",
                                           .line = twee_line(r->twee, offset),
                                           .pointer = where,
                                           .text = arena_dup(&findings->arena, text)});
}

void twee_mistake(struct twee_reading *r, uint32_t offset, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* a long one is cut */
    va_end(arguments);
    note(r, FOUND_MISTAKE, offset, slice_str(text));
}

void twee_warning(struct twee_reading *r, uint32_t offset, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* a long one is cut */
    va_end(arguments);
    note(r, FOUND_WARNING, offset, slice_str(text));
}

/* The source: without the byte order mark, \n for \r\n. */
static void take_source(struct twee *twee, struct slice content)
{
    if (slice_starts(content, SLICE("\xEF\xBB\xBF")))
        content = slice_make(content.at + 3, content.len - 3);
    uint8_t *at = arena_alloc(&twee->arena, content.len);
    size_t len = 0;
    size_t lines = 1;
    for (size_t i = 0; i < content.len; i++) {
        const uint8_t byte = content.at[i];
        if (byte == '\r' && i + 1 < content.len && content.at[i + 1] == '\n')
            continue;
        at[len++] = byte;
        lines += byte == '\n';
    }
    twee->source = slice_make(at, len);
    uint32_t *starts = arena_array(&twee->arena, lines, sizeof *starts);
    for (size_t i = 0; i < len; i++) {
        if (at[i] == '\n')
            starts[++twee->line_count] = (uint32_t)i + 1;
    }
    twee->line_count++;
    twee->lines = starts;
}

/* The line with this number (from 0), without its end. */
static struct slice line_at(const struct twee *twee, size_t number)
{
    const size_t start = twee->lines[number];
    const size_t end =
        number + 1 < twee->line_count ? twee->lines[number + 1] - 1 : twee->source.len;
    return slice_make(twee->source.at + start, end - start);
}

static bool check_utf8(struct twee_reading *r)
{
    const struct twee *twee = r->twee;
    if (utf8_valid(twee->source))
        return true;
    for (size_t i = 0; i < twee->line_count; i++) {
        if (!utf8_valid(line_at(twee, i)))
            twee_mistake(r, twee->lines[i], "this line is not UTF-8; save the file as UTF-8");
    }
    return false;
}

/* Up to the first of the bytes `ends` that has no backslash before it. */
static struct slice until(struct slice s, const char *ends)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '\\')
            i++;
        else if (s.at[i] != '\0' && strchr(ends, s.at[i]))
            return slice_make(s.at, i);
    }
    return s;
}

static struct slice behind(struct slice s, size_t len)
{
    return slice_make(s.at + len, s.len - len);
}

/* Names and tags: a backslash makes any character after it an ordinary one. */
static struct slice unescape(struct arena *arena, struct slice s)
{
    if (slice_find(s, '\\') == SIZE_MAX)
        return s;
    uint8_t *at = arena_alloc(arena, s.len);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '\\' && i + 1 < s.len)
            i++;
        at[len++] = s.at[i];
    }
    return slice_make(at, len);
}

static void read_tags(struct twee_reading *r, struct slice list, struct passage *passage)
{
    size_t spaces = 0;
    for (size_t i = 0; i < list.len; i++)
        spaces += list.at[i] == ' ';
    struct slice *tags = arena_array(r->arena, spaces + 1, sizeof *tags);
    struct slice tag;
    while (slice_split(&list, ' ', &tag)) {
        if (tag.len > 0)
            tags[passage->tag_count++] = unescape(r->arena, tag);
    }
    passage->tags = tags;
}

/* A name without the spaces around it, one behind a backslash excepted. */
static struct slice trim_name(struct slice name)
{
    const struct slice trimmed = slice_trim(name);
    const uint8_t *end = trimmed.at + trimmed.len;
    const bool escaped = trimmed.len > 0 && end[-1] == '\\' && end < name.at + name.len;
    return slice_make(trimmed.at, trimmed.len + escaped);
}

/* "Name [tags] {metadata}", what stands behind the colons of a header. */
static void read_header(struct twee_reading *r, struct slice line, struct passage *passage)
{
    const uint32_t offset = passage->offset;
    const struct slice name = until(line, "[]{}");
    struct slice rest = behind(line, name.len);
    passage->name = unescape(r->arena, trim_name(name));
    if (passage->name.len == 0)
        twee_mistake(r, offset, "a passage needs a name: \":: Name\"");
    if (rest.len > 0 && rest.at[0] == '[') {
        const struct slice tags = until(behind(rest, 1), "]");
        if (tags.len == rest.len - 1)
            twee_mistake(r, offset, "the tags of the header are not closed with ]");
        read_tags(r, tags, passage);
        rest = behind(rest, tags.len + 1 < rest.len ? tags.len + 2 : rest.len);
    }
    rest = slice_trim(rest);
    if (rest.len == 0)
        return;
    if (rest.at[0] != '{') {
        twee_mistake(r, offset,
                     "\"%s\" in the header is neither name, tags nor metadata; in a name write a "
                     "backslash before [ ] { }",
                     twee_shown(r->arena, rest));
        return;
    }
    static const struct json_limits limits = {.bytes = 64 * 1024, .depth = 8, .nodes = 256};
    const struct json *metadata;
    if (json_parse(rest, &limits, r->arena, &metadata, NULL) != OK)
        twee_warning(r, offset, "the metadata of the header is not JSON and is left out");
}

bool passage_has_tag(const struct passage *passage, struct slice tag)
{
    for (size_t i = 0; i < passage->tag_count; i++) {
        if (slice_eq(passage->tags[i], tag))
            return true;
    }
    return false;
}

/* Passages that mean something to Twine 1 or to another story format, by their name. */
static const char *const foreign_names[] = {
    "PassageDone", "PassageFooter",  "PassageHeader", "PassageReady",    "StoryAuthor",
    "StoryBanner", "StoryCaption",   "StoryIncludes", "StoryInit",       "StoryInterface",
    "StoryMenu",   "StorySettings",  "StoryShare",    "StorySubtitle",   "StoryDisplayTitle",
    "UserScript",  "UserStylesheet", "StoryScript",   "StoryStylesheet", "StoryJavaScript",
};

static const struct {
    const char *tag;
    const char *what;
} foreign_tags[] = {
    {"script", "a script (JavaScript); it is never run"},
    {"stylesheet", "a style sheet; players see every story in the same style"},
    {"widget", "a widget of SugarCube; it is never run"},
    {"init", "a passage that SugarCube runs at the start"},
    {"startup", "a passage that Harlowe runs at the start"},
    {"header", "a passage that Harlowe puts before every other"},
    {"footer", "a passage that Harlowe puts behind every other"},
    {"debug-startup", "a passage of Harlowe's debug mode"},
    {"debug-header", "a passage of Harlowe's debug mode"},
    {"debug-footer", "a passage of Harlowe's debug mode"},
};

static bool is_blank(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] != ' ' && s.at[i] != '\t' && s.at[i] != '\n')
            return false;
    }
    return true;
}

static bool is_foreign(struct twee_reading *r, const struct passage *passage)
{
    for (size_t i = 0; i < COUNT_OF(foreign_tags); i++) {
        if (!passage_has_tag(passage, slice_str(foreign_tags[i].tag)))
            continue;
        /* Tools write such a passage also for a story that has no script or style. */
        if (!is_blank(passage->body))
            twee_mistake(r, passage->offset, "the tag [%s] makes it %s; take the passage out",
                         foreign_tags[i].tag, foreign_tags[i].what);
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(foreign_names); i++) {
        if (slice_eq(passage->name, slice_str(foreign_names[i]))) {
            twee_mistake(r, passage->offset,
                         "a special passage of another story format; take it out (author, summary "
                         "and the like are members of the passage StoryCasys)");
            return true;
        }
    }
    return false;
}

static enum passage_kind kind_of(struct twee_reading *r, const struct passage *passage)
{
    if (slice_eq(passage->name, SLICE("StoryTitle")))
        return PASSAGE_TITLE;
    if (slice_eq(passage->name, SLICE("StoryData")))
        return PASSAGE_DATA;
    if (slice_eq(passage->name, SLICE("StoryCasys")))
        return PASSAGE_CASYS;
    return is_foreign(r, passage) || passage->name.len == 0 ? PASSAGE_REFUSED : PASSAGE_SECTION;
}

static bool is_header(struct slice line)
{
    return slice_starts(line, SLICE("::"));
}

/* The first passages up to the limit, with name, tags and body; kinds are still to come. */
static void find_passages(struct twee_reading *r)
{
    struct twee *twee = r->twee;
    size_t count = 0;
    for (size_t i = 0; i < twee->line_count; i++)
        count += is_header(line_at(twee, i));
    const size_t max = LIMIT_SECTIONS + SPECIAL_PASSAGES_MAX;
    twee->passages = arena_array(r->arena, count < max ? count : max, sizeof *twee->passages);
    for (size_t i = 0; i < twee->line_count; i++) {
        const struct slice line = line_at(twee, i);
        if (!is_header(line)) {
            if (twee->passage_count == 0 && slice_trim(line).len > 0)
                twee_mistake(r, twee->lines[i],
                             "text before the first passage; a passage begins with \":: Name\"");
            continue;
        }
        if (twee->passage_count == max) {
            twee_mistake(r, twee->lines[i], "%zu passages; at most %zu are allowed", count, max);
            return;
        }
        struct passage *passage = &twee->passages[twee->passage_count++];
        *passage = (struct passage){.offset = twee->lines[i]};
        read_header(r, behind(line, 2), passage);
        const size_t start = twee->lines[i] + line.len;
        passage->body = slice_make(twee->source.at + start, twee->source.len - start);
        if (twee->passage_count > 1) {
            struct passage *before = passage - 1;
            before->body.len = (size_t)(line.at - before->body.at);
        }
    }
    if (count == 0)
        twee_mistake(r, 0, "there is no passage; a passage begins with \":: Name\"");
}

static int by_name(const void *a, const void *b)
{
    const struct passage *const *left = a;
    const struct passage *const *right = b;
    const int order = slice_compare((*left)->name, (*right)->name);
    if (order != 0)
        return order;
    return (*left)->offset < (*right)->offset ? -1 : 1;
}

/* A name that is there twice: the later passage is the mistake, and no section. */
static void refuse_doubles(struct twee_reading *r)
{
    struct twee *twee = r->twee;
    struct passage **list = arena_array(r->arena, twee->passage_count, sizeof(struct passage *));
    for (size_t i = 0; i < twee->passage_count; i++)
        list[i] = &twee->passages[i];
    qsort(list, twee->passage_count, sizeof(struct passage *), by_name);
    const struct passage *first = NULL;
    for (size_t i = 0; i < twee->passage_count; i++) {
        if (!first || !slice_eq(first->name, list[i]->name)) {
            first = list[i];
            continue;
        }
        if (list[i]->name.len > 0)
            twee_mistake(r, list[i]->offset, "there is a passage of this name in line %u already",
                         twee_line(twee, first->offset));
        list[i]->kind = PASSAGE_REFUSED;
    }
    size_t count = 0;
    for (size_t i = 0; i < twee->passage_count; i++) {
        struct passage *passage = list[i];
        ENSURE(passage != NULL);
        if (passage->kind == PASSAGE_SECTION)
            list[count++] = passage;
    }
    r->by_name = list;
}

void twee_split(struct twee_reading *r, struct slice content)
{
    struct twee *twee = r->twee;
    take_source(twee, content);
    if (!check_utf8(r))
        return;
    find_passages(r);
    for (size_t i = 0; i < twee->passage_count; i++)
        twee->passages[i].kind = kind_of(r, &twee->passages[i]);
    refuse_doubles(r);
    twee->sections = arena_array(r->arena, twee->passage_count, sizeof(struct passage *));
    for (size_t i = 0; i < twee->passage_count; i++) {
        struct passage *passage = &twee->passages[i];
        if (passage->kind != PASSAGE_SECTION)
            continue;
        twee_body_read(r, passage);
        twee->sections[twee->section_count++] = passage;
    }
}

struct passage *twee_find(const struct twee_reading *r, struct slice name)
{
    size_t low = 0;
    size_t high = r->twee->section_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = slice_compare(r->by_name[middle]->name, name);
        if (order == 0)
            return r->by_name[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
