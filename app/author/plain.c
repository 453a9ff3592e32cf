#include "app/author/plain.h"

#include <string.h>

enum { DEPTH_MAX = 20, INDENT = 2 };

struct writer {
    struct buf *out;
    size_t width;
    size_t column; /* characters on the line */
    size_t depth;  /* lists and quotes around */
    bool gap;      /* an empty line is due before the next word */
    bool line;     /* a new line is due */
    bool space;    /* a space is due */
    bool any;      /* something was written */
    struct buf word;
    const char *mark; /* before the next word: the dash of a list */
};

static void new_line(struct writer *w)
{
    buf_byte(w->out, '\n');
    w->column = 0;
    w->space = false;
}

static void begin_line(struct writer *w)
{
    const size_t mark = w->mark ? strlen(w->mark) : 0;
    const size_t indent = w->depth * INDENT;
    for (size_t i = mark; i < indent; i++)
        buf_byte(w->out, ' ');
    if (w->mark)
        buf_append(w->out, slice_str(w->mark));
    w->column = indent;
    w->mark = NULL;
}

static void flush_word(struct writer *w)
{
    if (w->word.len == 0)
        return;
    const size_t len = utf8_count(buf_slice(&w->word));
    if (w->any && (w->gap || w->line) && w->column > 0)
        new_line(w);
    if (w->any && w->gap)
        buf_byte(w->out, '\n');
    w->gap = false;
    w->line = false;
    if (w->column > 0 && w->space && w->column + 1 + len > w->width)
        new_line(w);
    if (w->column == 0)
        begin_line(w);
    else if (w->space)
        buf_byte(w->out, ' ');
    w->column += len + (w->space ? 1 : 0);
    w->space = false;
    w->any = true;
    buf_append(w->out, buf_slice(&w->word));
    buf_clear(&w->word);
}

static void on_tag(struct writer *w, struct slice tag)
{
    const bool closes = slice_starts(tag, SLICE("/"));
    const struct slice name = closes ? slice_make(tag.at + 1, tag.len - 1) : tag;
    if (slice_eq(name, SLICE("em")) || slice_eq(name, SLICE("strong")) ||
        slice_eq(name, SLICE("code")))
        return;
    flush_word(w);
    w->line = true;
    if (slice_eq(name, SLICE("br /")))
        return;
    if (slice_eq(name, SLICE("hr /"))) {
        w->gap = true;
        buf_append(&w->word, SLICE("* * *"));
        flush_word(w);
        w->gap = true;
        return;
    }
    if (slice_eq(name, SLICE("li"))) {
        w->mark = closes ? NULL : "- ";
        return;
    }
    const bool nests = slice_eq(name, SLICE("blockquote")) || slice_eq(name, SLICE("ul")) ||
                       slice_starts(name, SLICE("ol"));
    if (nests && !closes && w->depth < DEPTH_MAX)
        w->depth++;
    if (nests && closes && w->depth > 0)
        w->depth--;
    /* A paragraph right behind the dash of its list stays on the line. */
    w->gap = w->gap || !w->mark;
}

static size_t on_entity(struct writer *w, struct slice rest)
{
    static const struct {
        const char *name;
        uint8_t byte;
    } entities[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}};
    for (size_t i = 0; i < COUNT_OF(entities); i++) {
        if (!slice_starts(rest, slice_str(entities[i].name)))
            continue;
        buf_byte(&w->word, entities[i].byte);
        return strlen(entities[i].name);
    }
    buf_byte(&w->word, '&');
    return 1;
}

void plain_text(struct slice html, size_t width, struct buf *ret)
{
    struct writer w = {.out = ret, .width = width};
    for (size_t i = 0; i < html.len;) {
        const struct slice rest = slice_make(html.at + i, html.len - i);
        const size_t close = rest.at[0] == '<' ? slice_find(rest, '>') : SIZE_MAX;
        if (close != SIZE_MAX) {
            on_tag(&w, slice_make(rest.at + 1, close - 1));
            i += close + 1;
        } else if (rest.at[0] == '&') {
            i += on_entity(&w, rest);
        } else if (rest.at[0] == ' ' || rest.at[0] == '\n' || rest.at[0] == '\t') {
            flush_word(&w);
            w.space = true;
            i++;
        } else {
            buf_byte(&w.word, rest.at[0]);
            i++;
        }
    }
    flush_word(&w);
    if (w.any)
        buf_byte(ret, '\n');
    buf_release(&w.word);
}
