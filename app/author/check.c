#include "app/author/check.h"

#include <inttypes.h>
#include <stdio.h>

#include "app/author/flow.h"
#include "app/author/links.h"
#include "app/author/usage.h"

enum { PATH_SHOWN = 8 }; /* sections of a loop */

/* One story being checked. */
struct checking {
    const struct draft *draft;
    const struct story *story;
    struct findings *findings;
    struct flow flow;
    struct arena scratch;
};

/* Note something about a value of the file (NULL: the document). */
static void note(struct checking *c, enum severity severity, const char *code,
                 const struct json *at, struct slice text)
{
    struct found found = {.severity = severity, .code = code, .line = 1, .text = text};
    uint32_t column;
    if (at) {
        json_place(c->draft->source, at->offset, &found.line, &column);
        found.pointer = json_pointer(at, &c->findings->arena);
    }
    findings_add(c->findings, &found);
}

#define NOTE(c, severity, code, at, ...)                                                           \
    note((c), (severity), (code), (at), arena_printf(&(c)->findings->arena, __VA_ARGS__))

/* Did the loader find something in there? Then what is said of it here may only follow from that. */
static bool is_broken(const struct checking *c, const struct json *at)
{
    if (!at || c->draft->sound)
        return false;
    const struct slice inside = json_pointer(at, &c->findings->arena);
    for (size_t i = 0; i < c->findings->count; i++) {
        const struct found *found = &c->findings->list[i];
        if (found->code && slice_eq(slice_str(found->code), SLICE("format")) &&
            slice_starts(found->pointer, inside) &&
            (found->pointer.len == inside.len || found->pointer.at[inside.len] == '/'))
            return true;
    }
    return false;
}

static int32_t number_of(const struct checking *c, size_t section)
{
    return c->story->sections[section].number;
}

/* ---- choices ---- */

static const struct json *check_of(const struct json *choice)
{
    const struct json *check = json_get(choice, SLICE("check"));
    return check ? check : choice;
}

static void look_at_table(struct checking *c, const struct check *check,
                          const struct flow_choice *found, const struct json *at)
{
    const struct json *outcomes = json_get(check_of(at), SLICE("outcomes"));
    for (size_t i = 0; i < check->outcome_count; i++) {
        if ((found->outcomes & 1U << i) == 0)
            NOTE(c, FOUND_MISTAKE, "outcome-never", draft_item(outcomes, i),
                 "no throw leads to this outcome; change its \"max\", or take it out");
    }
}

static void look_at_results(struct checking *c, const struct choice *choice,
                            const struct flow_choice *found, const struct json *at)
{
    if (choice->check.type == DICE_NONE)
        return;
    if (choice->check.type == DICE_TABLE) {
        look_at_table(c, &choice->check, found, at);
        return;
    }
    if ((found->results & FLOW_SUCCESS) == 0)
        NOTE(c, FOUND_WARNING, "check-never-succeeds", check_of(at),
             "the check of \"%.*s\" can never succeed", SLICE_ARG(choice->id));
    if ((found->results & FLOW_FAILURE) == 0)
        NOTE(c, FOUND_WARNING, "check-never-fails", check_of(at),
             "the check of \"%.*s\" can never fail", SLICE_ARG(choice->id));
}

static void say_never(struct checking *c, const struct flow_section *place,
                      const struct choice *choice, const struct json *at)
{
    const struct condition *never = condition_never(&c->flow.sheet, place->rest, choice->condition);
    const struct json *when = json_get(at, SLICE("when"));
    const struct slice why = never ? never->text : SLICE_NONE;
    NOTE(
        c, FOUND_MISTAKE, "choice-never", when ? when : at,
        "choice \"%.*s\" can never be chosen%s%.*s%s; change what it asks for, or let the story give "
        "it before",
        SLICE_ARG(choice->id), why.len > 0 ? ": nobody comes here with \"" : "", SLICE_ARG(why),
        why.len > 0 ? "\"" : "");
}

static void look_at_choices(struct checking *c, size_t index)
{
    const struct section *section = &c->story->sections[index];
    const struct flow_section *place = &c->flow.sections[index];
    const struct json *at = draft_section(c->draft, index);
    bool broken = false;
    size_t possible = 0;
    for (size_t i = 0; i < section->choice_count; i++) {
        broken = broken || is_broken(c, draft_choice(c->draft, index, i));
        possible += place->choices[i].possible;
    }
    if (possible == 0 && section->choice_count > 0 && !broken) {
        NOTE(c, FOUND_MISTAKE, "dead-end", at,
             "section %" PRId32
             " is a dead end: none of its choices can ever be chosen; add one that "
             "can, or an ending",
             section->number);
        return;
    }
    for (size_t i = 0; i < section->choice_count; i++) {
        const struct json *choice = draft_choice(c->draft, index, i);
        if (is_broken(c, choice))
            continue;
        if (place->choices[i].possible)
            look_at_results(c, &section->choices[i], &place->choices[i], choice);
        else
            say_never(c, place, &section->choices[i], choice);
    }
}

static void look_at_sections(struct checking *c)
{
    for (size_t i = 0; i < c->story->section_count; i++) {
        const struct section *section = &c->story->sections[i];
        const struct flow_section *place = &c->flow.sections[i];
        if (place->rests && section->ending == ENDING_NONE && !section->fight)
            look_at_choices(c, i);
    }
}

/* ---- sections that nothing leads to ---- */

enum explained { UNKNOWN, LINKED, EXPLAINED };

struct strays {
    struct checking *c;
    uint8_t *explained; /* enum explained of each section */
    int32_t *stack;     /* sections whose links are to be followed */
    size_t depth;
    size_t behind;
    size_t from; /* the reached section that is looked at */
};

/* From a reached section: what a mistake that was told of keeps from being reached needs no further
 * word. */
static void on_reached_link(void *arg, const struct link *link)
{
    struct strays *strays = arg;
    const int32_t to = link->to;
    const struct flow_choice *choices = strays->c->flow.sections[strays->from].choices;
    const bool told =
        link->kind == LINK_OUTCOME || (link->choice && !choices[link->choice_index].possible);
    if (!told || strays->c->flow.sections[to].reached || strays->explained[to] == EXPLAINED)
        return;
    strays->explained[to] = EXPLAINED;
    strays->stack[strays->depth++] = to;
}

static void on_stray_link(void *arg, const struct link *link)
{
    struct strays *strays = arg;
    const int32_t to = link->to;
    if (strays->c->flow.sections[to].reached || strays->explained[to] == EXPLAINED)
        return;
    strays->explained[to] = EXPLAINED;
    strays->behind++;
    strays->stack[strays->depth++] = to;
}

static void on_any_link(void *arg, const struct link *link)
{
    struct strays *strays = arg;
    if (strays->explained[link->to] == UNKNOWN)
        strays->explained[link->to] = LINKED;
}

/* Explain all that lies behind what is on the stack. */
static void follow(struct strays *strays)
{
    while (strays->depth > 0)
        links_walk(strays->c->story, (size_t)strays->stack[--strays->depth], on_stray_link, strays);
}

static void say_unreachable(struct strays *strays, size_t index)
{
    struct checking *c = strays->c;
    strays->explained[index] = EXPLAINED;
    strays->behind = 0;
    strays->stack[strays->depth++] = (int32_t)index;
    follow(strays);
    char behind[80] = "";
    if (strays->behind > 0)
        snprintf(behind, sizeof behind, ", nor the %zu section%s behind it", strays->behind,
                 strays->behind == 1 ? "" : "s");
    NOTE(c, FOUND_MISTAKE, "unreachable", draft_section(c->draft, index),
         "nobody can come to section %" PRId32 "%s; let a choice lead to it, or take it out",
         number_of(c, index), behind);
}

/* Of sections that lead to each other only the first one is named: when something leads there, the
 * others are reached as well. */
static void look_at_strays(struct checking *c)
{
    const size_t count = c->story->section_count;
    struct strays strays = {.c = c,
                            .explained = arena_alloc(&c->scratch, count),
                            .stack = arena_array(&c->scratch, count, sizeof(int32_t))};
    for (strays.from = 0; strays.from < count; strays.from++) {
        if (c->flow.sections[strays.from].reached)
            links_walk(c->story, strays.from, on_reached_link, &strays);
    }
    follow(&strays);
    for (size_t i = 0; i < count; i++) {
        if (!c->flow.sections[i].reached)
            links_walk(c->story, i, on_any_link, &strays);
    }
    for (size_t i = 0; i < count; i++) {
        if (!c->flow.sections[i].reached && strays.explained[i] == UNKNOWN)
            say_unreachable(&strays, i);
    }
    for (size_t i = 0; i < count; i++) {
        if (!c->flow.sections[i].reached && strays.explained[i] == LINKED)
            say_unreachable(&strays, i);
    }
}

/* ---- forced moves without end, places without an ending ---- */

/* Which sections can only be left for others of the kind: the greatest such set. In *in on entry, all
 * candidates; an edge that leads out of it takes its section out. */
static void keep_trapped(const struct flow *flow, bool *in)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = flow->edge_count; i-- > 0;) {
            const struct flow_edge *edge = &flow->edges[i];
            if (in[edge->from] && !in[edge->to]) {
                in[edge->from] = false;
                changed = true;
            }
        }
    }
}

static int32_t forced_from(const struct flow *flow, int32_t section)
{
    for (size_t i = 0; i < flow->edge_count; i++) {
        if (flow->edges[i].from == section && flow->edges[i].forced)
            return flow->edges[i].to;
    }
    return -1;
}

/* Say the loop that begins here, unless one that was said is met. */
static void say_loop(struct checking *c, int32_t first, uint32_t *seen, uint32_t round)
{
    int32_t at = first;
    for (; at >= 0 && seen[at] == 0; at = forced_from(&c->flow, at))
        seen[at] = round;
    if (at < 0 || seen[at] != round)
        return;
    struct slice path = arena_printf(&c->scratch, "%" PRId32, number_of(c, (size_t)at));
    int32_t next = forced_from(&c->flow, at);
    for (size_t i = 0; i < PATH_SHOWN && next != at; i++, next = forced_from(&c->flow, next))
        path = arena_printf(&c->scratch, "%.*s, %" PRId32, SLICE_ARG(path),
                            number_of(c, (size_t)next));
    NOTE(c, FOUND_MISTAKE, "endless-moves", draft_section(c->draft, (size_t)at),
         "forced moves without end: %.*s%s and again; let one of them have a \"when\", or end "
         "elsewhere",
         SLICE_ARG(path), next == at ? "" : " ...");
}

static void look_at_loops(struct checking *c)
{
    const size_t count = c->story->section_count;
    bool *in = arena_array(&c->scratch, count, sizeof *in);
    uint32_t *seen = arena_array(&c->scratch, count, sizeof *seen);
    for (size_t i = 0; i < count; i++)
        in[i] = c->flow.sections[i].reached && !c->flow.sections[i].rests;
    keep_trapped(&c->flow, in);
    for (size_t i = 0; i < count; i++) {
        if (in[i])
            say_loop(c, (int32_t)i, seen, (uint32_t)i + 1);
    }
}

/* Reached sections from which no ending can be reached. */
static void look_at_traps(struct checking *c)
{
    const size_t count = c->story->section_count;
    bool *in = arena_array(&c->scratch, count, sizeof *in);
    size_t trapped = 0;
    size_t first = SIZE_MAX;
    bool changed = true;
    for (size_t i = 0; i < count; i++)
        in[i] = c->flow.sections[i].rests && c->story->sections[i].ending != ENDING_NONE;
    while (changed) {
        changed = false;
        /* Most stories go from lower to higher numbers: from behind, few rounds are enough. */
        for (size_t i = c->flow.edge_count; i-- > 0;) {
            const struct flow_edge *edge = &c->flow.edges[i];
            changed = changed || (in[edge->to] && !in[edge->from]);
            in[edge->from] = in[edge->from] || in[edge->to];
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!c->flow.sections[i].reached || in[i])
            continue;
        trapped++;
        first = first == SIZE_MAX ? i : first;
    }
    if (trapped > 0)
        NOTE(c, FOUND_WARNING, "no-ending", draft_section(c->draft, first),
             "from %zu section%s no ending can be reached; the first is section %" PRId32, trapped,
             trapped == 1 ? "" : "s", number_of(c, first));
}

/* ---- names ---- */

static const struct json *flag_place(const struct checking *c, size_t index)
{
    const struct json *flags = json_get(c->draft->root, SLICE("flags"));
    if (!flags || flags->kind != JSON_ARRAY)
        return NULL;
    for (const struct json *flag = flags->child; flag; flag = flag->next) {
        if (flag->kind == JSON_STRING && slice_eq(flag->text, c->story->flags[index]))
            return flag;
    }
    return NULL;
}

static const struct json *def_place(const struct checking *c, const char *list, struct slice id)
{
    return json_get(json_get(c->draft->root, slice_str(list)), id);
}

static void look_at_name(struct checking *c, const char *what, struct slice id, unsigned use,
                         bool hidden, const struct json *at)
{
    if (is_broken(c, at))
        return;
    if (use == 0)
        NOTE(c, FOUND_MISTAKE, "unused", at, "%s \"%.*s\" is never used; use it, or take it out",
             what, SLICE_ARG(id));
    else if (hidden && use == USED_CHANGED)
        NOTE(c, FOUND_WARNING, "never-asked", at,
             "%s \"%.*s\" is set, but nothing ever asks for it", what, SLICE_ARG(id));
}

/* The three usual stats are there without being asked for. */
enum { BUILTIN_STATS = 3 };

static void look_at_names(struct checking *c)
{
    const struct story *story = c->story;
    struct usage usage;
    usage_init(&usage, story);
    for (size_t i = BUILTIN_STATS; i < story->stat_count; i++)
        look_at_name(c, "stat", story->stats[i].id, usage.stats[i], false,
                     def_place(c, "stats", story->stats[i].id));
    for (size_t i = 0; i < story->item_count; i++)
        look_at_name(c, "item", story->items[i].id, usage.items[i], false,
                     def_place(c, "items", story->items[i].id));
    for (size_t i = 0; i < story->counter_count; i++)
        look_at_name(c, "counter", story->counters[i].id, usage.counters[i], true,
                     def_place(c, "counters", story->counters[i].id));
    for (size_t i = 0; i < story->flag_count; i++)
        look_at_name(c, "flag", story->flags[i], usage.flags[i], true, flag_place(c, i));
    usage_release(&usage);
}

static void look_at_uses(struct checking *c)
{
    for (size_t i = 0; i < c->story->item_count; i++) {
        const struct item_def *item = &c->story->items[i];
        const struct json *at = json_get(def_place(c, "items", item->id), SLICE("use"));
        if (item->use && !c->flow.uses[i] && !is_broken(c, at))
            NOTE(c, FOUND_MISTAKE, "use-never", at,
                 "item \"%.*s\" can never be used: nobody ever has it, or its \"when\" never holds",
                 SLICE_ARG(item->id));
    }
}

static void look_at_story(struct checking *c)
{
    if (c->story->start < 0)
        return;
    flow_init(&c->flow, c->story);
    look_at_sections(c);
    look_at_strays(c);
    look_at_loops(c);
    look_at_uses(c);
    /* What is cut off by a mistake has been told. */
    if (c->findings->mistakes == 0)
        look_at_traps(c);
    flow_release(&c->flow);
}

void story_check(const struct draft *draft, struct findings *ret)
{
    struct checking c = {.draft = draft, .story = draft->story, .findings = ret};
    draft_findings(draft, ret);
    if (draft->story && draft->root) {
        look_at_story(&c);
        look_at_names(&c);
    }
    arena_release(&c.scratch);
    draft_place(draft, ret);
}

bool story_may_be_served(const struct story *story, const char *path, struct buf *ret_report)
{
    struct draft draft;
    struct findings findings = {.count = 0};
    draft_of(story, slice_str(path), &draft);
    story_check(&draft, &findings);
    const bool good = findings.mistakes == 0;
    if (!good)
        findings_print(&findings, draft.file, ret_report);
    findings_release(&findings);
    draft_release(&draft);
    return good;
}
