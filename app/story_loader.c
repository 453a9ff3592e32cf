#include "app/story_loader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmark.h>

#include "app/canonical.h"
#include "app/snapshot.h"
#include "app/story_loader_parts.h"

/* Text: Markdown to HTML.
 *
 * What a section may hold is decided on the tree that cmark makes, where every refusal has a name
 * and a line. What comes out of cmark is then read once more, tag by tag: pages insert it as it is,
 * so nothing may depend on cmark alone. */

enum { MARKDOWN_DEPTH_MAX = 16, HEADING_FIRST = 2, HEADING_LAST = 4 };

static void close_node(cmark_node **node)
{
    if (*node)
        cmark_node_free(*node);
}

static void close_iter(cmark_iter **iter)
{
    cmark_iter_free(*iter);
}

static void close_text(char **text)
{
    free(*text);
}

static void close_file(FILE **file)
{
    if (*file)
        (void)fclose(*file); /* it was only read */
}

/* Why a node may not be in a story, or NULL. */
static const char *node_refusal(cmark_node *node)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_HTML_BLOCK:
    case CMARK_NODE_HTML_INLINE:
        return "HTML is not allowed; write Markdown, and &lt; for the character <";
    case CMARK_NODE_LINK: return "links are not allowed; sections are reached by choices";
    case CMARK_NODE_IMAGE: return "images are not allowed";
    case CMARK_NODE_CODE_BLOCK:
        return "code blocks are not allowed; does a line start with four spaces?";
    case CMARK_NODE_HEADING: {
        const int level = cmark_node_get_heading_level(node);
        return level < HEADING_FIRST || level > HEADING_LAST
                   ? "headings are written with ## to ####"
                   : NULL;
    }
    case CMARK_NODE_CUSTOM_BLOCK:
    case CMARK_NODE_CUSTOM_INLINE:
    case CMARK_NODE_NONE: return "this is not known in a story";
    case CMARK_NODE_DOCUMENT:
    case CMARK_NODE_BLOCK_QUOTE:
    case CMARK_NODE_LIST:
    case CMARK_NODE_ITEM:
    case CMARK_NODE_PARAGRAPH:
    case CMARK_NODE_THEMATIC_BREAK:
    case CMARK_NODE_TEXT:
    case CMARK_NODE_SOFTBREAK:
    case CMARK_NODE_LINEBREAK:
    case CMARK_NODE_CODE:
    case CMARK_NODE_EMPH:
    case CMARK_NODE_STRONG: return NULL;
    }
    return "this is not known in a story";
}

/* Is everything in the text allowed? Says what is not, once each. */
static bool markdown_allowed(struct loading *l, const struct json *at, cmark_node *document)
{
    const size_t before = l->findings;
    SCOPED(close_iter) cmark_iter *iter = cmark_iter_new(document);
    int depth = 0;
    for (cmark_event_type event = cmark_iter_next(iter); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iter)) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_EXIT) {
            depth--;
            continue;
        }
        /* Leaves are entered and never left. */
        if (cmark_node_first_child(node))
            depth++;
        const char *refusal = node_refusal(node);
        if (!refusal && depth > MARKDOWN_DEPTH_MAX)
            refusal = "nested too deeply";
        if (refusal)
            finding(l, at, "line %d of the text: %s", cmark_node_get_start_line(node), refusal);
    }
    return l->findings == before;
}

/* A numbered list that does not begin with 1: ol start="7" */
static bool is_list_start(struct slice tag)
{
    const struct slice before = SLICE("ol start=\"");
    if (!slice_starts(tag, before) || tag.at[tag.len - 1] != '"' || tag.len == before.len)
        return false;
    const struct slice digits = slice_make(tag.at + before.len, tag.len - before.len - 1);
    uint64_t number = 0;
    return slice_to_u64(digits, UINT32_MAX, &number) == OK;
}

static bool is_allowed_tag(struct slice tag)
{
    static const char *const tags[] = {"p",  "em", "strong", "blockquote", "ul",   "ol",  "li",
                                       "h2", "h3", "h4",     "code",       "br /", "hr /"};
    if (is_list_start(tag))
        return true;
    if (slice_starts(tag, SLICE("/")))
        tag = slice_make(tag.at + 1, tag.len - 1);
    for (size_t i = 0; i < COUNT_OF(tags); i++) {
        if (slice_eq(tag, slice_str(tags[i])))
            return true;
    }
    return false;
}

/* Only the tags above, and no attribute but the start of a list. */
static bool html_is_safe(struct slice html)
{
    while (html.len > 0) {
        const size_t open = slice_find(html, '<');
        if (open == SIZE_MAX)
            return true;
        const struct slice rest = slice_make(html.at + open + 1, html.len - open - 1);
        const size_t close = slice_find(rest, '>');
        if (close == SIZE_MAX || !is_allowed_tag(slice_make(rest.at, close)))
            return false;
        html = slice_make(rest.at + close + 1, rest.len - close - 1);
    }
    return true;
}

static struct slice read_markdown(struct loading *l, const struct json *value)
{
    const struct slice text =
        want_text(l, value, "text", LIMIT_SECTION_TEXT_BYTES, WANT_REQUIRED | WANT_LINES);
    if (text.len == 0)
        return SLICE_NONE;
    const struct json *at = json_get(value, SLICE("text"));
    SCOPED(close_node)
    cmark_node *document = cmark_parse_document((const char *)text.at, text.len, CMARK_OPT_DEFAULT);
    if (!markdown_allowed(l, at, document))
        return SLICE_NONE;
    SCOPED(close_text) char *html = cmark_render_html(document, CMARK_OPT_DEFAULT);
    const struct slice ret = slice_str(html);
    if (ret.len == 0 || ret.len > LIMIT_SECTION_HTML_BYTES)
        finding(l, at, "becomes %zu bytes of HTML; 1 to %d are allowed", ret.len,
                LIMIT_SECTION_HTML_BYTES);
    else if (!html_is_safe(ret))
        finding(l, at, "becomes HTML that is not allowed");
    return arena_dup(l->arena, ret);
}

/* Sections. */

static const char *const section_members[] = {"number",  "text",  "enter",  "leave",
                                              "choices", "fight", "ending", NULL};
static const char *const ending_members[] = {"kind", "title", NULL};

struct numbered {
    int32_t number;
    const struct json *value;
};

static int compare_numbers(const void *a, const void *b)
{
    const struct numbered *left = a;
    const struct numbered *right = b;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    /* In the order of the file, so that the later one is the mistake. */
    return left->value->offset < right->value->offset ? -1 : 1;
}

/* The sections with their numbers, ascending; all else about them is still to be read. What one
 * section says of another can be checked from now on. Returns them, and their values in *ret. */
static struct section *number_sections(struct loading *l, const struct json *sections,
                                       const struct json ***ret)
{
    if (!want_kind(l, sections, JSON_ARRAY))
        return NULL;
    if (sections->count == 0 || sections->count > LIMIT_SECTIONS) {
        finding(l, sections, "%" PRIu32 " sections; 1 to %d are allowed", sections->count,
                LIMIT_SECTIONS);
        return NULL;
    }
    struct numbered *list = arena_array(&l->scratch, sections->count, sizeof *list);
    size_t count = 0;
    for (const struct json *value = sections->child; value; value = value->next) {
        int32_t number = 0;
        if (want_kind(l, value, JSON_OBJECT))
            want_int(l, value, "number", 1, LIMIT_SECTION_NUMBER, WANT_REQUIRED, &number);
        if (number > 0)
            list[count++] = (struct numbered){number, value};
    }
    qsort(list, count, sizeof *list, compare_numbers);
    struct section *ordered = arena_array(l->arena, count, sizeof *ordered);
    const struct json **values = arena_array(&l->scratch, count, sizeof(const struct json *));
    size_t unique = 0;
    for (size_t i = 0; i < count; i++) {
        if (unique > 0 && ordered[unique - 1].number == list[i].number) {
            finding(l, list[i].value, "there are two sections %" PRId32, list[i].number);
            continue;
        }
        values[unique] = list[i].value;
        ordered[unique++].number = list[i].number;
    }
    l->story->sections = ordered;
    l->story->section_count = unique;
    *ret = values;
    return ordered;
}

static void read_ending(struct loading *l, const struct json *ending, struct section *section)
{
    if (!want_kind(l, ending, JSON_OBJECT))
        return;
    want_known(l, ending, ending_members);
    section->ending_title = want_text(l, ending, "title", LIMIT_LABEL_BYTES, WANT_REQUIRED);
    const struct json *kind = want_member(l, ending, "kind");
    if (!want_kind(l, kind, JSON_STRING))
        return;
    if (slice_eq(kind->text, SLICE("won")))
        section->ending = ENDING_WON;
    else if (slice_eq(kind->text, SLICE("lost")))
        section->ending = ENDING_LOST;
    else
        finding(l, kind, "unknown kind \"%s\"; known: won, lost", shown(l, kind->text));
}

/* A section goes on in exactly one way. A list of choices may be there and empty. */
static void check_ways(struct loading *l, const struct json *value, const struct section *section)
{
    const struct json *choices = json_get(value, SLICE("choices"));
    const struct json *fight = json_get(value, SLICE("fight"));
    const struct json *ending = json_get(value, SLICE("ending"));
    const bool chooses = choices && (choices->kind != JSON_ARRAY || choices->count > 0);
    if (chooses && ending)
        finding(l, value, "section %" PRId32 " has choices and an ending; leave one out",
                section->number);
    if (fight && (chooses || ending))
        finding(l, value, "section %" PRId32 " has a fight and %s; leave one out", section->number,
                chooses ? "choices" : "an ending");
    if (!chooses && !ending && !fight)
        finding(l, value, "section %" PRId32 " has neither choices nor an ending, nor a fight",
                section->number);
    if (ending && json_get(value, SLICE("leave")))
        finding(l, value, "nobody leaves an ending; take \"leave\" away");
}

static void read_section(struct loading *l, const struct json *value, struct section *section)
{
    const size_t before = l->findings;
    const struct json *ending = json_get(value, SLICE("ending"));
    want_known(l, value, section_members);
    section->html = read_markdown(l, value);
    read_effects(l, json_get(value, SLICE("enter")), !ending, &section->effects,
                 &section->effect_count);
    read_effects(l, json_get(value, SLICE("leave")), false, &section->leave, &section->leave_count);
    check_ways(l, value, section);
    read_choices(l, json_get(value, SLICE("choices")), section);
    section->fight = read_fight(l, json_get(value, SLICE("fight")));
    read_ending(l, ending, section);
    if (l->findings == before)
        section->summary = words_of_section(l, section);
}

/* The document. */

static const char *const story_members[] = {
    "format", "id",        "title", "author", "license", "summary",  "language", "start",
    "undo",   "character", "stats", "items",  "flags",   "counters", "sections", NULL};

static void read_title_page(struct loading *l, const struct json *root)
{
    struct story *story = l->story;
    const struct json *format = want_member(l, root, "format");
    if (want_kind(l, format, JSON_STRING) && !slice_eq(format->text, SLICE("casys-story/1")))
        finding(l, format, "unknown format \"%s\"; known: casys-story/1", shown(l, format->text));
    const struct json *id = want_member(l, root, "id");
    if (want_kind(l, id, JSON_STRING) && want_id(l, id, id->text, LIMIT_ID_BYTES, false))
        story->id = arena_dup(l->arena, id->text);
    story->title = want_text(l, root, "title", LIMIT_LABEL_BYTES, WANT_REQUIRED);
    story->author = want_text(l, root, "author", LIMIT_LABEL_BYTES, 0);
    story->license = want_text(l, root, "license", LIMIT_LABEL_BYTES, 0);
    story->language = want_text(l, root, "language", LIMIT_LABEL_BYTES, 0);
    story->summary = want_text(l, root, "summary", LIMIT_SUMMARY_BYTES, WANT_LINES);
}

static void read_undo(struct loading *l, const struct json *undo)
{
    int64_t times = UNDO_FREE;
    if (!undo)
        return;
    if (undo->kind == JSON_STRING && slice_eq(undo->text, SLICE("none")))
        times = UNDO_NONE;
    else if ((undo->kind != JSON_STRING || !slice_eq(undo->text, SLICE("free"))) &&
             json_int(undo, 1, LIMIT_UNDO, &times) != OK)
        finding(l, undo, "must be \"none\", \"free\", or a number from 1 to %d", LIMIT_UNDO);
    l->story->undo = (int32_t)times;
}

static void read_story(struct loading *l, const struct json *root)
{
    struct story *story = l->story;
    if (!want_kind(l, root, JSON_OBJECT))
        return;
    want_known(l, root, story_members);
    read_title_page(l, root);
    read_undo(l, json_get(root, SLICE("undo")));
    const struct json **values = NULL;
    struct section *sections = number_sections(l, want_member(l, root, "sections"), &values);
    read_sheet(l, root);
    ENSURE(story->section_count == 0 || (values != NULL && sections != NULL));
    for (size_t i = 0; i < story->section_count; i++)
        read_section(l, values[i], &sections[i]);
    story->start = want_section(l, root, "start");
    if (story->start >= 0 && sections[story->start].ending != ENDING_NONE)
        finding(l, json_get(root, SLICE("start")), "section %" PRId32 " is an ending",
                sections[story->start].number);
}

/* What players are sent has a limit, too; it must not be met in the middle of a game. */
static void check_sizes(struct loading *l, const struct json *root)
{
    const struct story *story = l->story;
    const struct json *value = json_get(root, SLICE("sections"))->child;
    for (; value; value = value->next) {
        int64_t number = 0;
        ENSURE(json_int(json_get(value, SLICE("number")), 1, LIMIT_SECTION_NUMBER, &number) == OK);
        const int32_t index = story_section_find(story, (int32_t)number);
        const size_t bytes = snapshot_bytes_max(story, &story->sections[index]);
        if (bytes > LIMIT_SNAPSHOT_BYTES)
            finding(l, value,
                    "what players get of section %" PRId32
                    " could have %zu bytes, with all that can "
                    "be carried; at most %d are allowed",
                    (int32_t)number, bytes, LIMIT_SNAPSHOT_BYTES);
    }
}

static void load(struct loading *l)
{
    static const struct json_limits limits = {
        .bytes = LIMIT_STORY_BYTES, .depth = LIMIT_STORY_DEPTH, .nodes = LIMIT_STORY_NODES};
    const struct json *root = NULL;
    struct json_error error;
    if (json_parse(l->source, &limits, &l->scratch, &root, &error) == OK) {
        read_story(l, root);
        story_finish(l->story); /* drafts too: tools want to see all that can be chosen */
        if (l->findings == 0)
            check_sizes(l, root);
        if (l->findings == 0)
            canonical_hash(root, &l->scratch, l->story->hash);
        return;
    }
    l->findings++;
    l->report->count++;
    buf_printf(&l->report->text, "%.*s:%" PRIu32 ": column %" PRIu32 ": %.*s\n", SLICE_ARG(l->file),
               error.line, error.column, SLICE_ARG(error.reason));
}

void story_report_release(struct story_report *report)
{
    buf_release(&report->text);
    *report = (struct story_report){.count = 0};
}

enum status story_parse_draft(struct slice source, struct slice file, struct story **ret,
                              struct story_report *report)
{
    struct story *story = story_new();
    struct loading l = {.file = file, .story = story, .arena = &story->arena, .report = report};
    /* One byte over the limit is enough for json_parse to refuse it. */
    if (source.len > LIMIT_STORY_BYTES)
        source.len = (size_t)LIMIT_STORY_BYTES + 1;
    story->source = arena_dup(l.arena, source);
    l.source = story->source;
    load(&l);
    arena_release(&l.scratch);
    *ret = story;
    if (l.findings == 0) {
        snapshot_prepare(story);
        return OK;
    }
    if (story->section_count == 0) {
        story_unref(story);
        *ret = NULL;
    }
    return ERR_INVALID;
}

enum status story_parse(struct slice source, struct slice file, struct story **ret,
                        struct story_report *report)
{
    struct story *story;
    const enum status st = story_parse_draft(source, file, &story, report);
    if (st == OK)
        *ret = story;
    else
        story_unref(story);
    return st;
}

static enum status unreadable(const char *path, struct story_report *report)
{
    report->count++;
    buf_printf(&report->text, "%s: cannot be read: %s\n", path, strerrordesc_np(errno));
    return ERR_IO;
}

enum status story_source_read(const char *path, struct buf *ret, struct story_report *report)
{
    /* Opened by its name, standard input would have to be a file. */
    const bool is_input = strcmp(path, "-") == 0;
    SCOPED(close_file) FILE *file = is_input ? fdopen(dup(STDIN_FILENO), "rb") : fopen(path, "rb");
    if (!file)
        return unreadable(path, report);
    /* One byte over the limit shows that it is exceeded, however long the file is. */
    while (ret->len <= LIMIT_STORY_BYTES) {
        enum { CHUNK = 64 * 1024 };
        buf_reserve(ret, CHUNK);
        const size_t len = fread(ret->at + ret->len, 1, CHUNK, file);
        ret->len += len;
        if (len == 0)
            break;
    }
    return ferror(file) ? unreadable(path, report) : OK;
}

enum status story_read(const char *path, struct story **ret, struct story_report *report)
{
    SCOPED(buf_release) struct buf source = {.len = 0};
    const enum status st = story_source_read(path, &source, report);
    if (st != OK)
        return st;
    return story_parse(buf_slice(&source), slice_str(path), ret, report);
}
