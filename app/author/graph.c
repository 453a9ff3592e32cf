#include "app/author/graph.h"

#include <inttypes.h>

#include "app/author/links.h"

enum { LABEL_WIDTH = 24, SHADES = 9 };

/* ColorBrewer's idea in our own steps: light to dark green, black text stays readable on all. */
static const char *const shades[SHADES] = {"#f4faf4", "#e6f4e6", "#d7eed7", "#c8e7c8", "#b8e0b8",
                                           "#a7d8a7", "#95cf95", "#83c683", "#70bd70"};

/* Text inside of quotes; lines of about LABEL_WIDTH bytes, broken at spaces. */
static void put_label(struct buf *ret, struct slice text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.at[i];
        if (c == ' ' && width >= LABEL_WIDTH) {
            buf_append(ret, SLICE("\\n"));
            width = 0;
            continue;
        }
        if (c == '"' || c == '\\')
            buf_byte(ret, '\\');
        buf_byte(ret, c);
        width++;
    }
}

static const char *shape_of(const struct section *section)
{
    if (section->ending == ENDING_WON)
        return "doubleoctagon";
    if (section->ending == ENDING_LOST)
        return "octagon";
    return section->fight ? "hexagon" : "box";
}

/* The shade of a share of runs. */
static const char *shade_of(uint64_t runs, uint64_t all)
{
    const uint64_t step = all == 0 ? 0 : runs * (SHADES - 1) / all;
    return shades[step < SHADES ? step : SHADES - 1];
}

static void put_node(const struct story *story, size_t index, const struct explored *explored,
                     struct buf *ret)
{
    const struct section *section = &story->sections[index];
    const bool first = (int32_t)index == story->start;
    const uint64_t runs = explored ? explored->sections[index].runs : 0;
    buf_printf(ret, "  s%" PRId32 " [shape=%s, label=\"%" PRId32, section->number,
               shape_of(section), section->number);
    if (section->ending != ENDING_NONE) {
        buf_printf(ret, "\\n%s: ", section->ending == ENDING_WON ? "won" : "lost");
        put_label(ret, section->ending_title);
    } else if (section->fight && section->fight->foe_count > 0) {
        buf_append(ret, SLICE("\\nfight: "));
        put_label(ret, section->fight->foes[0].name);
    }
    if (explored && runs == 0)
        buf_append(ret, SLICE("\\nunseen"));
    else if (explored)
        buf_printf(ret, "\\n%" PRIu64 " %%", runs * 100 / explored->runs);
    buf_byte(ret, '"');
    if (explored && runs > 0)
        buf_printf(ret, ", style=\"filled%s\", fillcolor=\"%s\"", first ? ",bold" : "",
                   shade_of(runs, explored->runs));
    else if (explored || first)
        buf_printf(ret, ", style=\"%s\"", first ? "bold" : "dashed");
    if (first)
        buf_append(ret, SLICE(", penwidth=3"));
    buf_append(ret, SLICE("];\n"));
}

struct drawing {
    const struct story *story;
    const struct explored *explored;
    size_t from;
    struct buf *out;
};

static const char *style_of(const struct link *link)
{
    switch (link->kind) {
    case LINK_CHOICE: return link->choice && link->choice->condition ? "dashed" : "solid";
    case LINK_SUCCESS:
    case LINK_FAILURE:
    case LINK_OUTCOME: return "dotted";
    case LINK_FORCED: return "bold";
    }
    ENSURE(false); /* every kind is handled above */
}

static void put_outcome(const struct check *check, size_t index, struct buf *ret)
{
    if (index + 1 < check->outcome_count)
        buf_printf(ret, " up to %" PRId32, check->outcomes[index].max);
    else
        buf_append(ret, SLICE(" else"));
}

static void on_link(void *arg, const struct link *link)
{
    struct drawing *d = arg;
    const struct explored *explored = d->explored;
    const bool unseen =
        explored && link->choice && explored->sections[d->from].taken[link->choice_index] == 0;
    buf_printf(d->out, "  s%" PRId32 " -> s%" PRId32 " [style=%s, label=\"",
               d->story->sections[d->from].number, d->story->sections[link->to].number,
               style_of(link));
    if (link->choice)
        put_label(d->out, link->choice->id);
    if (link->kind == LINK_SUCCESS)
        buf_append(d->out, SLICE(" +"));
    if (link->kind == LINK_FAILURE)
        buf_append(d->out, SLICE(" -"));
    if (link->kind == LINK_OUTCOME && link->choice)
        put_outcome(&link->choice->check, link->outcome, d->out);
    if (link->kind == LINK_FORCED)
        buf_append(d->out, SLICE(" forced"));
    if (link->kind == LINK_CHOICE && !link->choice)
        buf_append(d->out, SLICE("flee"));
    buf_append(d->out, unseen ? SLICE(" (unseen)\", color=gray50];\n") : SLICE("\"];\n"));
}

void graph_print(const struct story *story, const struct explored *explored, struct buf *ret)
{
    struct drawing drawing = {story, explored, 0, ret};
    buf_append(ret, SLICE("digraph story {\n  label=\""));
    put_label(ret, story->title);
    buf_append(ret, SLICE("\";\n  labelloc=t;\n  node [fontname=\"sans-serif\", fontsize=11];\n"
                          "  edge [fontname=\"sans-serif\", fontsize=9];\n"));
    for (size_t i = 0; i < story->section_count; i++)
        put_node(story, i, explored, ret);
    for (size_t i = 0; i < story->stat_count; i++) {
        if (story->stats[i].zero_section < 0)
            continue;
        const int32_t number = story->sections[story->stats[i].zero_section].number;
        buf_printf(ret, "  zero%zu [shape=plaintext, label=\"", i);
        put_label(ret, story->stats[i].name);
        buf_printf(ret, " at its minimum\"];\n  zero%zu -> s%" PRId32 " [style=bold];\n", i,
                   number);
    }
    for (drawing.from = 0; drawing.from < story->section_count; drawing.from++)
        links_walk(story, drawing.from, on_link, &drawing);
    buf_append(ret, SLICE("}\n"));
}
