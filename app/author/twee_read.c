#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/author/twee_parts.h"

/* The story is written as JSON with every value on a line of its own, and for each line it is noted
 * where in the file the value comes from. So whatever a loader says of a line of the JSON can be said
 * of a line of the file (twee_place). */
struct writing {
    struct twee_reading *r;
    struct twee *twee;
    struct json_out *out;
    size_t origin_cap;
    uint32_t base; /* plus an offset in the JSON at hand: the offset in the source */
};

/* The next value comes from there. */
static void from(struct writing *w, uint32_t offset)
{
    struct twee *twee = w->twee;
    if (twee->origin_count == w->origin_cap) {
        w->origin_cap = w->origin_cap == 0 ? 1024 : 2 * w->origin_cap;
        uint32_t *origins = realloc(twee->origins, w->origin_cap * sizeof *origins);
        ENSURE_MEMORY(origins);
        twee->origins = origins;
    }
    if (twee->origin_count > 0)
        buf_byte(&twee->json, '\n');
    twee->origins[twee->origin_count++] = offset;
}

static void write_text(struct writing *w, const char *key, struct slice text, uint32_t offset)
{
    json_out_key(w->out, slice_str(key));
    from(w, offset);
    json_out_string(w->out, text);
}

static void write_number(struct writing *w, const char *key, int64_t number, uint32_t offset)
{
    json_out_key(w->out, slice_str(key));
    from(w, offset);
    json_out_int(w->out, number);
}

/* The number of the passage with that name; of some passage, and a mistake, when there is none. */
static int32_t target_number(struct writing *w, struct slice name, uint32_t offset)
{
    const struct passage *passage = twee_find(w->r, name);
    if (passage)
        return passage->number;
    twee_mistake(w->r, offset, "there is no passage \"%s\"", twee_shown(w->r->arena, name));
    return w->twee->section_count > 0 ? w->twee->sections[0]->number : 1;
}

/* "Name" or "[[Name]]" */
static struct slice target_name(struct slice text)
{
    text = slice_trim(text);
    const size_t len = text.len;
    const bool brackets = len >= 4 && slice_starts(text, SLICE("[[")) && text.at[len - 1] == ']' &&
                          text.at[len - 2] == ']';
    return brackets ? slice_trim(slice_make(text.at + 2, len - 4)) : text;
}

static void write_value(struct writing *w, const struct json *value);

static void write_member(struct writing *w, const struct json *member)
{
    json_out_key(w->out, member->key);
    if (member->kind != JSON_STRING || !(twee_is_way(member) || twee_is_mention(member))) {
        write_value(w, member);
        return;
    }
    const uint32_t offset = w->base + member->offset;
    const int32_t number = target_number(w, target_name(member->text), offset);
    from(w, offset);
    json_out_int(w->out, number);
}

static void write_members(struct writing *w, const struct json *object)
{
    for (const struct json *member = object->child; member; member = member->next)
        write_member(w, member);
}

/* Down to the parts of parts; LIMIT_STORY_DEPTH bounds how far. */
static void write_value(struct writing *w, const struct json *value)
{
    from(w, w->base + value->offset);
    if (value->kind == JSON_OBJECT) {
        json_out_object(w->out);
        write_members(w, value);
        json_out_object_end(w->out);
    } else if (value->kind == JSON_ARRAY) {
        json_out_array(w->out);
        for (const struct json *item = value->child; item; item = item->next)
            write_value(w, item);
        json_out_array_end(w->out);
    } else {
        json_out_value(w->out, value);
    }
}

/* Choices: links, and what the front block says of them. */

enum { NO_LINK = -1 };

/* One entry of the front block's choices. */
struct entry {
    const struct json *value;
    int32_t link; /* that it belongs to, or NO_LINK */
};

struct choosing {
    struct writing *w;
    const struct passage *passage;
    struct entry *entries;
    size_t entry_count;
    struct slice *ids; /* that were given to links without one */
    size_t id_count;
    const struct entry **of_link; /* of each link, or NULL */
};

static struct slice text_of(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, slice_str(key));
    return value && value->kind == JSON_STRING ? value->text : SLICE_NONE;
}

/* The first link without an entry that has this text, or would have this id. */
static int32_t find_link(const struct choosing *c, const struct json *entry)
{
    const struct slice text = text_of(entry, "text");
    const struct slice id = text_of(entry, "id");
    for (size_t i = 0; i < c->passage->link_count; i++) {
        if (c->of_link[i])
            continue;
        const struct slice words = c->passage->links[i].text;
        if (text.len > 0 ? slice_eq(words, text)
                         : id.len > 0 && slice_eq(twee_choice_id(c->w->r->arena, words), id))
            return (int32_t)i;
    }
    return NO_LINK;
}

static bool leads_on(const struct json *entry)
{
    return json_get(entry, SLICE("to")) || json_get(entry, SLICE("check"));
}

static void match_entries(struct choosing *c, const struct json *choices)
{
    struct twee_reading *r = c->w->r;
    c->entries = arena_array(r->arena, choices->count, sizeof *c->entries);
    for (const struct json *value = choices->child; value; value = value->next) {
        struct entry *entry = &c->entries[c->entry_count++];
        *entry = (struct entry){.value = value, .link = NO_LINK};
        if (value->kind != JSON_OBJECT)
            continue;
        entry->link = find_link(c, value);
        if (entry->link != NO_LINK) {
            c->of_link[entry->link] = entry;
            continue;
        }
        if (leads_on(value) && json_get(value, SLICE("text")))
            continue;
        const struct slice text = text_of(value, "text");
        const struct slice name = text.len > 0 ? text : text_of(value, "id");
        twee_mistake(r, c->w->base + value->offset,
                     "no link of the passage belongs to the choice \"%s\"; give it the \"text\" of "
                     "a link, or a text and \"to\" or \"check\"",
                     twee_shown(r->arena, name));
    }
}

static bool is_id_taken(const struct choosing *c, struct slice id)
{
    for (size_t i = 0; i < c->entry_count; i++) {
        if (slice_eq(text_of(c->entries[i].value, "id"), id))
            return true;
    }
    for (size_t i = 0; i < c->id_count; i++) {
        if (slice_eq(c->ids[i], id))
            return true;
    }
    return false;
}

static struct slice new_id(struct choosing *c, struct slice text)
{
    struct arena *arena = c->w->r->arena;
    const struct slice base = twee_choice_id(arena, text);
    struct slice id = base;
    for (unsigned n = 2; is_id_taken(c, id); n++)
        id = arena_printf(arena, "%.*s-%u", SLICE_ARG(base), n);
    if (c->id_count < c->entry_count + c->passage->link_count)
        c->ids[c->id_count++] = id;
    return id;
}

/* Members of an entry but for those that are written otherwise. */
static void write_rest(struct writing *w, const struct json *entry, const char *const *without,
                       size_t without_count)
{
    for (const struct json *member = entry->child; member; member = member->next) {
        if (!twee_is_one_of(member->key, without, without_count))
            write_member(w, member);
    }
}

/* Where a member of an entry leads, which must be where its link leads. */
static void check_target(struct writing *w, const struct json *member, int32_t number)
{
    if (!member)
        return;
    const uint32_t offset = w->base + member->offset;
    int64_t other = 0;
    if (member->kind == JSON_STRING) {
        const struct passage *passage = twee_find(w->r, target_name(member->text));
        other = passage ? passage->number : 0;
    } else if (json_int(member, 1, LIMIT_SECTION_NUMBER, &other) != OK) {
        other = 0;
    }
    if (other != number)
        twee_mistake(w->r, offset,
                     "\"%.*s\" leads elsewhere than the link of this choice; leave one out",
                     SLICE_ARG(member->key));
}

/* A check of a link: success is where the link leads. */
static void write_check(struct writing *w, const struct json *check, int32_t number,
                        uint32_t link_offset)
{
    static const char *const without[] = {"success"};
    const uint32_t offset = w->base + check->offset;
    if (json_get(check, SLICE("outcomes")))
        twee_mistake(w->r, offset,
                     "a table of outcomes has its own targets; take the link out of the text");
    check_target(w, json_get(check, SLICE("success")), number);
    json_out_key(w->out, SLICE("check"));
    from(w, offset);
    json_out_object(w->out);
    write_rest(w, check, without, COUNT_OF(without));
    write_number(w, "success", number, link_offset);
    json_out_object_end(w->out);
}

static void write_link(struct choosing *c, size_t index)
{
    static const char *const without[] = {"id", "text", "to", "check"};
    struct writing *w = c->w;
    const struct link *link = &c->passage->links[index];
    const struct json *entry = c->of_link[index] ? c->of_link[index]->value : NULL;
    const uint32_t offset = twee_offset(w->twee, link->whole);
    const int32_t number = target_number(w, link->target, offset);
    const struct json *id = json_get(entry, SLICE("id"));
    const struct json *check = json_get(entry, SLICE("check"));
    from(w, entry ? w->base + entry->offset : offset);
    json_out_object(w->out);
    if (id)
        write_member(w, id);
    else
        write_text(w, "id", new_id(c, link->text), offset);
    write_text(w, "text", link->text, offset);
    if (check && check->kind == JSON_OBJECT)
        write_check(w, check, number, offset);
    else
        write_number(w, "to", number, offset);
    if (entry) {
        check_target(w, json_get(entry, SLICE("to")), number);
        write_rest(w, entry, without, COUNT_OF(without));
        if (check && check->kind != JSON_OBJECT)
            write_member(w, check);
    }
    json_out_object_end(w->out);
}

/* A choice of the front block alone. */
static void write_own(struct choosing *c, const struct json *entry)
{
    struct writing *w = c->w;
    if (entry->kind != JSON_OBJECT || json_get(entry, SLICE("id"))) {
        write_value(w, entry);
        return;
    }
    from(w, w->base + entry->offset);
    json_out_object(w->out);
    write_text(w, "id", new_id(c, text_of(entry, "text")), w->base + entry->offset);
    write_members(w, entry);
    json_out_object_end(w->out);
}

/* The entries without a link that stand before this link: behind them the next entry with a link
 * names it. link_count: those at the end. */
static void write_own_before(struct choosing *c, size_t link)
{
    size_t first = 0; /* of a run of entries without a link */
    for (size_t i = 0; i <= c->entry_count; i++) {
        const bool end = i == c->entry_count;
        if (!end && c->entries[i].link == NO_LINK)
            continue;
        const size_t before = end ? c->passage->link_count : (size_t)c->entries[i].link;
        for (size_t k = first; k < i && before == link; k++)
            write_own(c, c->entries[k].value);
        first = i + 1;
    }
}

static void write_choices(struct writing *w, const struct passage *passage,
                          const struct json *choices)
{
    struct arena *arena = w->r->arena;
    const size_t count = passage->link_count;
    struct choosing c = {.w = w, .passage = passage};
    c.of_link = arena_array(arena, count, sizeof(const struct entry *));
    if (choices)
        match_entries(&c, choices);
    c.ids = arena_array(arena, count + c.entry_count, sizeof *c.ids);
    json_out_key(w->out, SLICE("choices"));
    from(w, choices ? w->base + choices->offset : twee_offset(w->twee, passage->links[0].whole));
    json_out_array(w->out);
    for (size_t i = 0; i < count; i++) {
        write_own_before(&c, i);
        write_link(&c, i);
    }
    write_own_before(&c, count);
    json_out_array_end(w->out);
}

/* Sections. */

/* The kind that a tag gives, or NULL. */
static const char *tag_kind(struct twee_reading *r, const struct passage *passage)
{
    const bool won = passage_has_tag(passage, SLICE("won"));
    const bool lost = passage_has_tag(passage, SLICE("lost"));
    if (won && lost)
        twee_mistake(r, passage->offset, "the tags [won] and [lost] exclude each other");
    return won ? "won" : lost ? "lost" : NULL;
}

/* A member of the front block, the tag, or both: what one does not say comes from the other. */
static void write_ending(struct writing *w, const struct passage *passage, const char *kind)
{
    const struct json *ending = json_get(passage->front, SLICE("ending"));
    json_out_key(w->out, SLICE("ending"));
    if (ending && ending->kind != JSON_OBJECT) {
        write_value(w, ending);
        return;
    }
    const struct slice own = text_of(ending, "kind");
    if (ending && kind && own.len > 0 && !slice_eq(own, slice_str(kind)))
        twee_mistake(w->r, w->base + ending->offset,
                     "the tag of the passage says %s, and \"ending\" says %s", kind,
                     twee_shown(w->r->arena, own));
    from(w, ending ? w->base + ending->offset : passage->offset);
    json_out_object(w->out);
    if (kind && !json_get(ending, SLICE("kind")))
        write_text(w, "kind", slice_str(kind), passage->offset);
    if (!json_get(ending, SLICE("title")))
        write_text(w, "title", passage->name, passage->offset);
    if (ending)
        write_members(w, ending);
    json_out_object_end(w->out);
}

static bool has_way_on(const struct passage *passage)
{
    return passage->link_count > 0 || json_get(passage->front, SLICE("choices")) ||
           json_get(passage->front, SLICE("fight"));
}

/* Where no way leads on, a loader should not find that out again, and not that the start is an
 * ending. */
static void write_harmless_choice(struct writing *w, const struct passage *passage)
{
    json_out_key(w->out, SLICE("choices"));
    from(w, passage->offset);
    json_out_array(w->out);
    from(w, passage->offset);
    json_out_object(w->out);
    write_text(w, "id", SLICE("choice"), passage->offset);
    write_text(w, "text", SLICE("?"), passage->offset);
    write_number(w, "to", passage->number, passage->offset);
    json_out_object_end(w->out);
    json_out_array_end(w->out);
}

static void write_ways(struct writing *w, const struct passage *passage)
{
    const char *kind = tag_kind(w->r, passage);
    const struct json *choices = json_get(passage->front, SLICE("choices"));
    /* The loader says what is wrong with it; too many would take too long here. */
    if (choices && (choices->kind != JSON_ARRAY || choices->count > LIMIT_SECTION_CHOICES))
        write_member(w, choices);
    else if (choices || passage->link_count > 0)
        write_choices(w, passage, choices);
    if (kind || json_get(passage->front, SLICE("ending"))) {
        write_ending(w, passage, kind);
        return;
    }
    if (has_way_on(passage))
        return;
    if (!passage->broken)
        twee_mistake(w->r, passage->offset,
                     "no way leads on; write a link [[...]], or give the passage a tag [won] or "
                     "[lost] or an \"ending\" in a front block");
    write_harmless_choice(w, passage);
}

static void write_section_text(struct writing *w, const struct passage *passage)
{
    const struct json *text = json_get(passage->front, SLICE("text"));
    if (text && passage->text.len > 0)
        twee_mistake(w->r, w->base + text->offset,
                     "the text is in the front block and behind it; leave one out");
    if (text) {
        write_member(w, text);
        return;
    }
    const uint32_t offset =
        passage->text_line_count > 0 ? passage->text_offsets[0] : passage->offset;
    /* The loader would say that it is empty, or HTML; there is a finding already. */
    const bool said = passage->has_tags || (passage->broken && passage->text.len == 0);
    write_text(w, "text", said ? SLICE("?") : passage->text, offset);
}

static void write_section(struct writing *w, const struct passage *passage)
{
    static const char *const without[] = {"number", "text", "choices", "ending"};
    w->base = passage->front_base;
    from(w, passage->offset);
    json_out_object(w->out);
    const struct json *number = json_get(passage->front, SLICE("number"));
    write_number(w, "number", passage->number, number ? w->base + number->offset : passage->offset);
    write_section_text(w, passage);
    if (passage->front)
        write_rest(w, passage->front, without, COUNT_OF(without));
    write_ways(w, passage);
    json_out_object_end(w->out);
}

/* The document. */

static struct slice trim_lines(struct slice s)
{
    while (s.len > 0 && (s.at[0] == '\n' || s.at[0] == ' ' || s.at[0] == '\t'))
        s = slice_make(s.at + 1, s.len - 1);
    while (s.len > 0 &&
           (s.at[s.len - 1] == '\n' || s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* What stands in the passages that are no sections. */
struct title_page {
    const struct passage *title, *data, *casys;
    const struct json *data_json, *casys_json;
    uint32_t data_base, casys_base;
    uint32_t start_base; /* of the start's name */
};

static bool is_ifid(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        const uint8_t c = s.at[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !hex)
            return false;
    }
    return s.len == 36;
}

static void read_data(struct twee_reading *r, struct title_page *page)
{
    page->data_json = twee_json(r, page->data->body, "StoryData", false, &page->data_base);
    if (!page->data_json)
        return;
    if (!is_ifid(text_of(page->data_json, "ifid")))
        twee_warning(r, page->data->offset,
                     "\"ifid\" is no UUID; Twine needs one to know the story again");
    const struct slice format = text_of(page->data_json, "format");
    if (format.len > 0 && !slice_eq(format, SLICE("Casys")))
        twee_warning(r, page->data->offset,
                     "the story format is %s; only text and links are taken from it",
                     twee_shown(r->arena, format));
}

static void read_title_page(struct twee_reading *r, struct title_page *page)
{
    for (size_t i = 0; i < r->twee->passage_count; i++) {
        const struct passage *passage = &r->twee->passages[i];
        if (passage->kind == PASSAGE_TITLE)
            page->title = passage;
        else if (passage->kind == PASSAGE_DATA)
            page->data = passage;
        else if (passage->kind == PASSAGE_CASYS)
            page->casys = passage;
    }
    if (page->data)
        read_data(r, page);
    if (page->casys)
        page->casys_json = twee_json(r, page->casys->body, "StoryCasys", true, &page->casys_base);
    const struct json *sections = json_get(page->casys_json, SLICE("sections"));
    if (sections)
        twee_mistake(r, page->casys_base + sections->offset,
                     "sections are passages of their own; StoryCasys has everything else");
}

/* The passage that the story begins with; NULL when StoryCasys has its number, or with a mistake. */
static struct passage *find_start(struct twee_reading *r, const struct title_page *page)
{
    const struct json *start = json_get(page->casys_json, SLICE("start"));
    uint32_t base = page->casys_base;
    if (start && start->kind != JSON_STRING)
        return NULL;
    if (!start) {
        start = json_get(page->data_json, SLICE("start"));
        base = page->data_base;
    }
    if (start && start->kind == JSON_STRING) {
        struct passage *passage = twee_find(r, target_name(start->text));
        if (!passage)
            twee_mistake(r, base + start->offset, "there is no passage \"%s\" to start with",
                         twee_shown(r->arena, start->text));
        return passage;
    }
    struct passage *passage = twee_find(r, SLICE("Start"));
    if (!passage)
        twee_mistake(r, page->data ? page->data->offset : 0,
                     "where does the story start? Name the passage in StoryData (\"start\": "
                     "\"...\") or call it Start");
    return passage;
}

static struct slice title_of(struct twee_reading *r, const struct title_page *page)
{
    const struct slice own = text_of(page->casys_json, "title");
    if (own.len > 0 || json_get(page->casys_json, SLICE("title")))
        return own;
    const struct slice title = page->title ? trim_lines(page->title->body) : SLICE_NONE;
    if (title.len > 0)
        return title;
    twee_mistake(r, page->title ? page->title->offset : 0,
                 "the story has no title; write it into a passage StoryTitle");
    return SLICE("?");
}

/* Names of stats and items are keys in `character`, whatever they are: nothing in it is a target. */
static void write_character(struct writing *w, const struct json *character)
{
    json_out_key(w->out, character->key);
    from(w, w->base + character->offset);
    json_out_value(w->out, character);
}

/* Where no start is named: a passage that leads on, so that no loader says that it is an ending. */
static const struct passage *some_start(const struct twee *twee)
{
    for (size_t i = 0; i < twee->section_count; i++) {
        if (twee->sections[i]->link_count > 0)
            return twee->sections[i];
    }
    return twee->sections[0];
}

static void write_start(struct writing *w, const struct title_page *page,
                        const struct passage *start)
{
    const struct json *number = json_get(page->casys_json, SLICE("start"));
    if (number && number->kind != JSON_STRING)
        write_member(w, number);
    else
        write_number(w, "start", (start ? start : some_start(w->twee))->number,
                     page->data ? page->data->offset : 0);
}

/* A member that StoryCasys may have; else this text. */
static void write_or(struct writing *w, const struct json *casys, const char *key,
                     struct slice text, uint32_t offset)
{
    const struct json *member = json_get(casys, slice_str(key));
    if (member)
        write_member(w, member);
    else
        write_text(w, key, text, offset);
}

static void write_title_page(struct writing *w, const struct title_page *page,
                             const struct passage *start)
{
    static const char *const written[] = {"format", "id", "title", "start", "sections"};
    struct twee_reading *r = w->r;
    const struct json *casys = page->casys_json;
    const uint32_t offset = page->casys ? page->casys->offset : 0;
    const struct slice title = title_of(r, page);
    const struct slice id = twee_slug(r->arena, title, LIMIT_ID_BYTES);
    w->base = page->casys_base;
    write_or(w, casys, "format", SLICE("casys-story/1"), offset);
    write_or(w, casys, "id", id.len > 0 ? id : SLICE("story"), offset);
    write_or(w, casys, "title", title, page->title ? page->title->offset : 0);
    write_start(w, page, start);
    for (const struct json *member = casys ? casys->child : NULL; member; member = member->next) {
        if (slice_eq(member->key, SLICE("character")))
            write_character(w, member);
        else if (!twee_is_one_of(member->key, written, COUNT_OF(written)))
            write_member(w, member);
    }
}

static void write_story(struct writing *w, const struct title_page *page,
                        const struct passage *start)
{
    from(w, page->casys ? page->casys->offset : 0);
    json_out_object(w->out);
    write_title_page(w, page, start);
    json_out_key(w->out, SLICE("sections"));
    from(w, 0);
    json_out_array(w->out);
    for (size_t i = 0; i < w->twee->section_count; i++)
        write_section(w, w->twee->sections[i]);
    json_out_array_end(w->out);
    json_out_object_end(w->out);
    buf_byte(&w->twee->json, '\n');
}

static bool has_ending(struct slice name, struct slice ending)
{
    return name.len > ending.len &&
           slice_eq_nocase(slice_make(name.at + name.len - ending.len, ending.len), ending);
}

bool twee_is(struct slice name, struct slice content)
{
    if (has_ending(name, SLICE(".twee")) || has_ending(name, SLICE(".tw")))
        return true;
    if (has_ending(name, SLICE(".json")))
        return false;
    if (slice_starts(content, SLICE("\xEF\xBB\xBF")))
        content = slice_make(content.at + 3, content.len - 3);
    while (content.len > 0 && (content.at[0] <= ' '))
        content = slice_make(content.at + 1, content.len - 1);
    return slice_starts(content, SLICE("::"));
}

enum status twee_read(struct slice content, struct twee *ret, struct findings *findings)
{
    *ret = (struct twee){.source = SLICE_NONE};
    struct twee_reading r = {
        .twee = ret, .arena = &ret->arena, .findings = findings, .first = findings->count};
    const size_t mistakes = findings->mistakes;
    if (content.len > LIMIT_STORY_BYTES) {
        findings_add(findings, &(struct found){.severity = FOUND_MISTAKE,
                                               .code = "twee",
                                               .text = SLICE("the file is too long")});
        return ERR_INVALID;
    }
    twee_split(&r, content);
    if (ret->section_count == 0 && findings->mistakes == mistakes)
        twee_mistake(&r, 0, "the story has no section: no passage but the special ones");
    if (ret->section_count == 0)
        return ERR_INVALID;
    struct title_page page = {.title = NULL};
    read_title_page(&r, &page);
    struct passage *start = find_start(&r, &page);
    twee_number(&r, start);
    struct writing w = {.r = &r, .twee = ret, .out = json_out_new(&ret->json)};
    write_story(&w, &page, start);
    json_out_free(w.out);
    return findings->mistakes > mistakes ? ERR_INVALID : OK;
}

void twee_release(struct twee *twee)
{
    if (!twee)
        return;
    free(twee->origins);
    buf_release(&twee->json);
    arena_release(&twee->arena);
    *twee = (struct twee){.source = SLICE_NONE};
}

/* The index behind /sections/ of a pointer, or SIZE_MAX. */
static size_t section_of(struct slice pointer)
{
    const struct slice before = SLICE("/sections/");
    if (!slice_starts(pointer, before))
        return SIZE_MAX;
    struct slice rest = slice_make(pointer.at + before.len, pointer.len - before.len);
    struct slice digits = SLICE_NONE;
    uint64_t number = 0;
    if (!slice_split(&rest, '/', &digits) || slice_to_u64(digits, LIMIT_SECTIONS, &number) != OK)
        return SIZE_MAX;
    return (size_t)number;
}

/* "line 3 of the text: HTML is not allowed": the line of the file, and only what is behind it. */
static void place_text_line(const struct twee *twee, size_t section, struct found *found)
{
    const struct slice before = SLICE("line ");
    const struct slice after = SLICE(" of the text: ");
    if (section >= twee->section_count || !slice_starts(found->text, before))
        return;
    size_t end = before.len;
    while (end < found->text.len && found->text.at[end] >= '0' && found->text.at[end] <= '9')
        end++;
    uint64_t number = 0;
    const struct slice rest = slice_make(found->text.at + end, found->text.len - end);
    const struct slice digits = slice_make(found->text.at + before.len, end - before.len);
    const struct passage *passage = twee->sections[section];
    if (!slice_starts(rest, after) ||
        slice_to_u64(digits, passage->text_line_count, &number) != OK || number == 0)
        return;
    found->line = twee_line(twee, passage->text_offsets[number - 1]);
    found->text = slice_make(rest.at + after.len, rest.len - after.len);
}

void twee_place(const struct twee *twee, struct findings *findings, size_t first)
{
    for (size_t i = first; i < findings->count; i++) {
        struct found *found = &findings->list[i];
        if (found->line == 0 || found->line > twee->origin_count)
            continue;
        const uint32_t offset = twee->origins[found->line - 1];
        const struct passage *passage = twee_passage_at(twee, offset);
        const size_t section = section_of(found->pointer);
        found->line = twee_line(twee, offset);
        found->pointer = SLICE_NONE;
        /* There is no document that the author knows. */
        const struct slice document = SLICE("(document): ");
        if (slice_starts(found->text, document))
            found->text = slice_make(found->text.at + document.len, found->text.len - document.len);
        place_text_line(twee, section, found);
        if (passage)
            found->pointer = arena_printf(&findings->arena, "passage \"%s\"",
                                          twee_shown(&findings->arena, passage->name));
    }
}
