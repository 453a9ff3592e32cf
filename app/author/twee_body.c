#include <string.h>

#include "app/author/twee_parts.h"

/* A body:
 *
 *     ---                      front block: JSON
 *     "enter": [...]
 *     ---
 *     Text with *Markdown*.    text: lines without links, and the words of links inside sentences
 *
 *     [[Go on->Name]]          a line of links only: taken out
 *
 * The text is scanned once for links and for what is of other formats; then it is put together line
 * by line, each with its place in the source. */

/* The longest text, and as many links as there may be. */
enum {
    BODY_BYTES_MAX = LIMIT_SECTION_TEXT_BYTES + LIMIT_SECTION_CHOICES * 2 * LIMIT_CHOICE_TEXT_BYTES
};

/* What is found in the text, while it is scanned. */
struct scan {
    struct twee_reading *r;
    struct passage *passage;
    struct slice text;  /* of the source */
    struct link *found; /* every link in it, those that are there twice too */
    size_t found_count;
};

static struct slice behind(struct slice s, size_t len)
{
    return slice_make(s.at + len, s.len - len);
}

static bool is_mark(uint8_t byte)
{
    return (byte >= '!' && byte <= '/') || (byte >= ':' && byte <= '@') ||
           (byte >= '[' && byte <= '`') || (byte >= '{' && byte <= '~');
}

/* Where the part of two bytes is, or SIZE_MAX. */
static size_t find_pair(struct slice s, const char pair[3])
{
    const uint8_t *found = s.len > 0 ? memmem(s.at, s.len, pair, 2) : NULL;
    return found ? (size_t)(found - s.at) : SIZE_MAX;
}

static size_t find_last_pair(struct slice s, const char pair[3])
{
    for (size_t i = s.len; i-- > 1;) {
        if (s.at[i - 1] == (uint8_t)pair[0] && s.at[i] == (uint8_t)pair[1])
            return i - 1;
    }
    return SIZE_MAX;
}

/* Twine's rule: the rightmost -> or else the leftmost <- parts words and target, and in the older
 * form a |. */
static void part(struct slice inner, struct link *ret)
{
    const size_t right = find_last_pair(inner, "->");
    const size_t left = right == SIZE_MAX ? find_pair(inner, "<-") : SIZE_MAX;
    const size_t bar = right == SIZE_MAX && left == SIZE_MAX ? slice_find(inner, '|') : SIZE_MAX;
    ret->text = inner;
    ret->target = inner;
    if (right != SIZE_MAX) {
        ret->text = slice_make(inner.at, right);
        ret->target = behind(inner, right + 2);
    } else if (left != SIZE_MAX) {
        ret->target = slice_make(inner.at, left);
        ret->text = behind(inner, left + 2);
    } else if (bar != SIZE_MAX) {
        ret->text = slice_make(inner.at, bar);
        ret->target = behind(inner, bar + 1);
    }
    ret->text = slice_trim(ret->text);
    ret->target = slice_trim(ret->target);
}

bool link_read(struct slice s, struct link *ret)
{
    if (!slice_starts(s, SLICE("[[")))
        return false;
    const struct slice rest = behind(s, 2);
    const size_t close = find_pair(rest, "]]");
    if (close == SIZE_MAX || slice_find(slice_make(rest.at, close), '\n') != SIZE_MAX)
        return false;
    const struct slice inner = slice_make(rest.at, close);
    part(inner, ret);
    ret->whole = slice_make(s.at, close + 4);
    return find_pair(inner, "][") == SIZE_MAX && ret->text.len > 0 && ret->target.len > 0;
}

static uint32_t place(const struct scan *scan, size_t at)
{
    return twee_offset(scan->r->twee, behind(scan->text, at));
}

/* The same words to the same passage are one choice, as in Twine. */
static bool is_double(const struct scan *scan, const struct link *link)
{
    const struct passage *passage = scan->passage;
    for (size_t i = 0; i < passage->link_count; i++) {
        if (slice_eq(passage->links[i].text, link->text) &&
            slice_eq(passage->links[i].target, link->target))
            return true;
    }
    return false;
}

static void add_link(struct scan *scan, const struct link *link)
{
    struct passage *passage = scan->passage;
    scan->found[scan->found_count++] = *link;
    const uint32_t offset = twee_offset(scan->r->twee, link->whole);
    if (is_double(scan, link)) {
        twee_warning(scan->r, offset, "the link %s is there twice; it becomes one choice",
                     twee_shown(scan->r->arena, link->whole));
    } else if (passage->link_count == LIMIT_SECTION_CHOICES) {
        twee_mistake(scan->r, offset, "more than %d links; a section has at most %d choices",
                     LIMIT_SECTION_CHOICES, LIMIT_SECTION_CHOICES);
        passage->broken = true;
    } else {
        passage->links[passage->link_count++] = *link;
    }
}

/* A link, or what should be one; gives the bytes to step over. */
static size_t scan_link(struct scan *scan, size_t at)
{
    struct link link;
    const struct slice rest = behind(scan->text, at);
    if (link_read(rest, &link)) {
        add_link(scan, &link);
        return link.whole.len;
    }
    scan->passage->broken = true;
    const size_t end = slice_find(rest, '\n');
    const struct slice line = slice_make(rest.at, end == SIZE_MAX ? rest.len : end);
    const char *shown = twee_shown(scan->r->arena, line);
    if (find_pair(line, "]]") == SIZE_MAX)
        twee_mistake(scan->r, place(scan, at),
                     "\"%s\": the link is not closed with ]] on its line; for the two brackets "
                     "themselves write \\[[",
                     shown);
    else if (find_pair(line, "][") != SIZE_MAX)
        twee_mistake(scan->r, place(scan, at),
                     "\"%s\": a link with a setter (SugarCube); write [[text->Name]] and put its "
                     "effects into \"choices\" of the front block",
                     shown);
    else
        twee_mistake(scan->r, place(scan, at), "\"%s\": the link needs words and a passage", shown);
    const size_t close = find_pair(line, "]]");
    return close == SIZE_MAX ? 2 : close + 2;
}

enum { CODE_BYTES_MAX = 4096 };

/* The length of a code span of Markdown at `at`, where a backtick is: up to as many backticks again
 * in the same paragraph (CommonMark 0.30, 6.1). Without them the backticks are ordinary. */
static size_t code_len(struct slice text, size_t at)
{
    size_t ticks = 0;
    while (at + ticks < text.len && text.at[at + ticks] == '`')
        ticks++;
    size_t run = 0;
    for (size_t i = at + ticks; i <= text.len && i - at < CODE_BYTES_MAX; i++) {
        const uint8_t byte = i < text.len ? text.at[i] : '\n';
        if (byte == '`') {
            run++;
            continue;
        }
        if (run == ticks)
            return i - at;
        run = 0;
        if (byte == '\n' && i + 1 < text.len && text.at[i + 1] == '\n')
            break;
    }
    return ticks;
}

static size_t scan_step(struct scan *scan, size_t at)
{
    const struct slice text = scan->text;
    const uint8_t byte = text.at[at];
    if (byte == '\\' && at + 1 < text.len && is_mark(text.at[at + 1]))
        return 2;
    if (byte == '`')
        return code_len(text, at);
    if (slice_starts(behind(text, at), SLICE("[[")))
        return scan_link(scan, at);
    const size_t foreign = foreign_read(scan->r, text, at);
    scan->passage->broken = scan->passage->broken || foreign > 0;
    scan->passage->has_tags = scan->passage->has_tags || (foreign > 0 && byte == '<');
    return foreign > 0 ? foreign : 1;
}

/* Each link has four bytes of its own at least, so that the lists are bounded by the file. */
static void scan_text(struct scan *scan)
{
    size_t opened = 0;
    for (size_t i = 0; i + 1 < scan->text.len; i++)
        opened += scan->text.at[i] == '[' && scan->text.at[i + 1] == '[';
    scan->found = arena_array(scan->r->arena, opened, sizeof *scan->found);
    scan->passage->links =
        arena_array(scan->r->arena, opened < LIMIT_SECTION_CHOICES ? opened : LIMIT_SECTION_CHOICES,
                    sizeof *scan->passage->links);
    /* Once nothing more is noted, the story is refused in any case. */
    for (size_t at = 0; at < scan->text.len && !scan->r->full;)
        at += scan_step(scan, at);
    if (foreign_variables(scan->r, scan->text))
        scan->passage->broken = true;
    struct slice rest = scan->text;
    struct slice line;
    while (slice_split(&rest, '\n', &line)) {
        if (foreign_line(scan->r, line))
            scan->passage->broken = true;
    }
}

/* The text as it is put together. */
struct assembly {
    uint8_t *at;
    size_t len;
    uint32_t *offsets;
    size_t lines;
};

/* The length of a character that is no word: space, mark, digit, or a dash, bullet or arrow of
 * Unicode (U+2000 to U+203F, U+2180 to U+21BF). 0 for any other. */
static size_t mark_len(struct slice s)
{
    const uint8_t byte = s.at[0];
    if (byte == ' ' || byte == '\t' || is_mark(byte) || (byte >= '0' && byte <= '9'))
        return 1;
    const bool dash = slice_starts(s, SLICE("\xE2\x80")) || slice_starts(s, SLICE("\xE2\x86"));
    return dash ? 3 : 0;
}

/* Does a line have nothing but links and what stands around them, such as "- " or "1. "? */
static bool is_only_links(const struct link *links, size_t count, struct slice line)
{
    size_t next = 0;
    for (size_t i = 0; i < line.len;) {
        const bool link = next < count && line.at + i == links[next].whole.at;
        const size_t len = link ? links[next++].whole.len : mark_len(behind(line, i));
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

static void put(struct assembly *assembly, struct slice s)
{
    if (s.len > 0)
        memcpy(assembly->at + assembly->len, s.at, s.len);
    assembly->len += s.len;
}

/* A line with the words of its links in the place of the links. */
static void put_line(struct assembly *assembly, const struct link *links, size_t count,
                     struct slice line)
{
    struct slice rest = line;
    for (size_t i = 0; i < count; i++) {
        put(assembly, slice_make(rest.at, (size_t)(links[i].whole.at - rest.at)));
        put(assembly, links[i].text);
        rest = behind(line, (size_t)(links[i].whole.at + links[i].whole.len - line.at));
    }
    put(assembly, rest);
    put(assembly, SLICE("\n"));
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n';
}

static void assemble(struct scan *scan)
{
    struct passage *passage = scan->passage;
    size_t lines = 1;
    for (size_t i = 0; i < scan->text.len; i++)
        lines += scan->text.at[i] == '\n';
    struct assembly assembly = {
        .at = arena_alloc(scan->r->arena, scan->text.len + 1),
        .offsets = arena_array(scan->r->arena, lines, sizeof *assembly.offsets),
    };
    struct slice rest = scan->text;
    struct slice line;
    size_t link = 0;
    bool blank = true;  /* the line before was */
    bool taken = false; /* a line was taken out since the last line with words */
    while (slice_split(&rest, '\n', &line)) {
        const struct link *links = scan->found + link;
        size_t count = 0;
        while (link < scan->found_count && scan->found[link].whole.at < line.at + line.len) {
            link++;
            count++;
        }
        if (count > 0 && is_only_links(links, count, line)) {
            taken = true;
            continue;
        }
        const bool empty = slice_trim(line).len == 0;
        if (empty && blank && (taken || assembly.lines == 0))
            continue;
        blank = empty;
        taken = taken && empty;
        assembly.offsets[assembly.lines++] = twee_offset(scan->r->twee, line);
        put_line(&assembly, links, count, line);
    }
    while (assembly.len > 0 && is_space(assembly.at[assembly.len - 1]))
        assembly.len--;
    passage->text = slice_make(assembly.at, assembly.len);
    passage->text_offsets = assembly.offsets;
    passage->text_line_count = assembly.lines;
}

const struct json *twee_json(struct twee_reading *r, struct slice piece, const char *what,
                             bool mistake, uint32_t *ret_base)
{
    static const struct json_limits limits = {
        .bytes = LIMIT_STORY_BYTES, .depth = LIMIT_STORY_DEPTH, .nodes = LIMIT_STORY_NODES};
    const uint32_t offset = twee_offset(r->twee, piece);
    size_t first = 0;
    while (first < piece.len && is_space(piece.at[first]))
        first++;
    const bool bare = first == piece.len || piece.at[first] != '{';
    const struct slice document = bare ? arena_printf(r->arena, "{%.*s}", SLICE_ARG(piece)) : piece;
    *ret_base = bare ? offset - 1 : offset;
    const struct json *ret = NULL;
    struct json_error error;
    /* printf would stop at a NUL. */
    if (memchr(piece.at, '\0', piece.len))
        twee_mistake(r, offset, "%s has a NUL character", what);
    else if (json_parse(document, &limits, r->arena, &ret, &error) == OK)
        return ret;
    else if (mistake)
        twee_mistake(r, *ret_base + error.offset, "%s is not JSON: %.*s", what,
                     SLICE_ARG(error.reason));
    else
        twee_warning(r, *ret_base + error.offset, "%s is not JSON and is left out: %.*s", what,
                     SLICE_ARG(error.reason));
    return NULL;
}

static bool is_fence(struct slice line)
{
    return slice_eq(slice_trim(line), SLICE("---"));
}

/* Take the front block off the front of *body. */
static void read_front(struct twee_reading *r, struct passage *passage, struct slice *body)
{
    struct slice rest = *body;
    struct slice line = SLICE_NONE;
    while (slice_split(&rest, '\n', &line) && slice_trim(line).len == 0)
        continue;
    if (!is_fence(line))
        return;
    const struct slice fence = line;
    const uint8_t *start = rest.at;
    while (slice_split(&rest, '\n', &line)) {
        if (!is_fence(line))
            continue;
        const struct slice block = slice_make(start, (size_t)(line.at - start));
        passage->front = twee_json(
            r, block, "the front block (between the lines ---; for a rule in the text write ***)",
            true, &passage->front_base);
        passage->broken = passage->broken || !passage->front;
        *body = rest;
        return;
    }
    twee_mistake(r, twee_offset(r->twee, fence),
                 "the front block that begins here has no second line ---; for a rule in the text "
                 "write ***");
    passage->broken = true;
    *body = slice_make(start, 0);
}

void twee_body_read(struct twee_reading *r, struct passage *passage)
{
    struct slice body = passage->body;
    read_front(r, passage, &body);
    while (body.len > 0 && is_space(body.at[body.len - 1]))
        body.len--;
    /* Longer ones the loader would refuse, and looking for ends that never come has its price. */
    if (body.len > BODY_BYTES_MAX) {
        twee_mistake(r, passage->offset, "the passage has %zu bytes; at most %d are allowed",
                     body.len, BODY_BYTES_MAX);
        passage->broken = true;
        body.len = 0;
    }
    struct scan scan = {.r = r, .passage = passage, .text = body};
    scan_text(&scan);
    assemble(&scan);
}
