#include <inttypes.h>
#include <string.h>

#include "app/author/pretty.h"
#include "app/author/twee_parts.h"
#include "app/base/crypto.h"

/* A section becomes a passage whose name is its number. What a passage can say in Twine's own way,
 * its text, its links and its tag, it says so; all else is in the front block. Whether a text or a
 * link can be said so is not worked out here: it is written, read by the same functions that read an
 * author's file, and when something else comes out, the front block has it instead. */

enum { TILE = 125, TILES_A_ROW = 12 };

struct exporting {
    struct buf *ret;
    struct arena arena;   /* of one passage */
    struct buf front;     /* of one passage: JSON of the front block */
    struct json_out *out; /* writes there */
    struct buf body;      /* of one passage */
};

/* A value with [[N]], which Twine draws as an arrow, for the number of a section on the way. */
static void put_value(struct exporting *e, const struct json *value)
{
    if (value->kind == JSON_NUMBER && twee_is_way(value)) {
        json_out_string(e->out, arena_printf(&e->arena, "[[%.*s]]", SLICE_ARG(value->text)));
        return;
    }
    if (value->kind != JSON_OBJECT && value->kind != JSON_ARRAY) {
        json_out_value(e->out, value);
        return;
    }
    const bool object = value->kind == JSON_OBJECT;
    if (object)
        json_out_object(e->out);
    else
        json_out_array(e->out);
    for (const struct json *child = value->child; child; child = child->next) {
        if (object)
            json_out_key(e->out, child->key);
        put_value(e, child);
    }
    if (object)
        json_out_object_end(e->out);
    else
        json_out_array_end(e->out);
}

/* All members but those named. */
static void put_members(struct exporting *e, const struct json *object, const char *const *without,
                        size_t without_count)
{
    for (const struct json *member = object->child; member; member = member->next) {
        if (twee_is_one_of(member->key, without, without_count))
            continue;
        json_out_key(e->out, member->key);
        put_value(e, member);
    }
}

static void front_begin(struct exporting *e)
{
    buf_clear(&e->front);
    json_out_reset(e->out);
    json_out_object(e->out);
}

/* What was begun, as a tree. */
static const struct json *front_end(struct exporting *e)
{
    static const struct json_limits limits = {
        .bytes = UINT32_MAX, .depth = LIMIT_STORY_DEPTH + 1, .nodes = UINT32_MAX};
    const struct json *ret = NULL;
    json_out_object_end(e->out);
    const enum status st = json_parse(buf_slice(&e->front), &limits, &e->arena, &ret, NULL);
    ENSURE(st == OK);
    return ret;
}

static struct slice text_of(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, slice_str(key));
    return value && value->kind == JSON_STRING ? value->text : SLICE_NONE;
}

/* Choices. */

/* Where the link of a choice leads: to, or success of a check. NULL when it has no such place. */
static const struct json *choice_target(const struct json *choice)
{
    const struct json *check = json_get(choice, SLICE("check"));
    const struct json *to = json_get(choice, SLICE("to"));
    const struct json *ret = check ? json_get(check, SLICE("success")) : to;
    return (check && to) || !ret || ret->kind != JSON_NUMBER ? NULL : ret;
}

/* The choice as a link, or an empty text when a link cannot say it. */
static struct slice choice_link(struct exporting *e, const struct json *choice)
{
    struct link link;
    const struct slice text = text_of(choice, "text");
    const struct json *target = choice_target(choice);
    if (!target || text_of(choice, "id").len == 0 || memchr(text.at, '\0', text.len))
        return SLICE_NONE;
    const struct slice ret =
        arena_printf(&e->arena, "[[%.*s->%.*s]]", SLICE_ARG(text), SLICE_ARG(target->text));
    const bool same = link_read(ret, &link) && slice_eq(link.text, text) &&
                      slice_eq(link.target, target->text) && link.whole.len == ret.len;
    return same ? ret : SLICE_NONE;
}

/* Is the id of this choice the one that its text gives it, and no other choice's? */
static bool has_id_of_text(struct exporting *e, const struct json *choice)
{
    const struct slice id = text_of(choice, "id");
    for (const struct json *other = choice->parent->child; other; other = other->next) {
        const bool same = slice_eq(twee_choice_id(&e->arena, text_of(other, "text")), id);
        if (same != (other == choice))
            return false;
    }
    return true;
}

static bool has_more_members(const struct json *choice)
{
    for (const struct json *member = choice->child; member; member = member->next) {
        if (!slice_eq(member->key, SLICE("id")) && !slice_eq(member->key, SLICE("text")) &&
            !slice_eq(member->key, SLICE("to")))
            return true;
    }
    return false;
}

/* What the front block says of a choice that has a link. */
static void put_linked(struct exporting *e, const struct json *choice, bool id_of_text)
{
    static const char *const without[] = {"id", "text", "to", "check"};
    static const char *const without_success[] = {"success"};
    json_out_object(e->out);
    json_out_member(e->out, SLICE("id"), text_of(choice, "id"));
    if (!id_of_text)
        json_out_member(e->out, SLICE("text"), text_of(choice, "text"));
    put_members(e, choice, without, COUNT_OF(without));
    const struct json *check = json_get(choice, SLICE("check"));
    if (check) {
        json_out_key(e->out, check->key);
        json_out_object(e->out);
        put_members(e, check, without_success, COUNT_OF(without_success));
        json_out_object_end(e->out);
    }
    json_out_object_end(e->out);
}

/* The links of a section go into *links, one a line; what they cannot say into the front block. */
static void put_choices(struct exporting *e, const struct json *choices, struct buf *links)
{
    bool opened = choices->count == 0;
    bool anchor = false; /* the choice before has no link: the next one says where it stands */
    if (opened) {
        json_out_key(e->out, choices->key);
        json_out_array(e->out);
    }
    for (const struct json *choice = choices->child; choice; choice = choice->next) {
        const struct slice link = choice_link(e, choice);
        const bool id_of_text = has_id_of_text(e, choice);
        if (link.len > 0) {
            buf_append(links, link);
            buf_byte(links, '\n');
        }
        if (link.len > 0 && id_of_text && !anchor && !has_more_members(choice))
            continue;
        if (!opened) {
            json_out_key(e->out, choices->key);
            json_out_array(e->out);
            opened = true;
        }
        anchor = link.len == 0;
        if (anchor)
            put_value(e, choice);
        else
            put_linked(e, choice, id_of_text);
    }
    if (opened)
        json_out_array_end(e->out);
}

/* Passages. */

/* "won" or "lost" when the section's ending can be said by a tag, else NULL. */
static const char *ending_tag(const struct json *section)
{
    const struct slice kind = text_of(json_get(section, SLICE("ending")), "kind");
    return slice_eq(kind, SLICE("won")) ? "won" : slice_eq(kind, SLICE("lost")) ? "lost" : NULL;
}

static void put_ending(struct exporting *e, const struct json *ending, const char *tag)
{
    static const char *const kind[] = {"kind"};
    json_out_key(e->out, ending->key);
    json_out_object(e->out);
    put_members(e, ending, kind, tag ? COUNT_OF(kind) : 0);
    json_out_object_end(e->out);
}

/* The body of a section's passage, from the line after its header. */
static void write_body(struct exporting *e, const struct json *section, bool text_in_front)
{
    static const char *const without[] = {"number", "text", "choices", "ending"};
    SCOPED(buf_release) struct buf links = {.at = NULL};
    const struct json *choices = json_get(section, SLICE("choices"));
    const struct json *ending = json_get(section, SLICE("ending"));
    const struct slice text = text_of(section, "text");
    front_begin(e);
    if (text_in_front)
        json_out_member(e->out, SLICE("text"), text);
    put_members(e, section, without, COUNT_OF(without));
    if (choices)
        put_choices(e, choices, &links);
    if (ending)
        put_ending(e, ending, ending_tag(section));
    const struct json *front = front_end(e);
    buf_clear(&e->body);
    buf_byte(&e->body, '\n');
    if (front->child) {
        buf_append(&e->body, SLICE("---\n"));
        pretty_members(front, 0, &e->body);
        buf_append(&e->body, SLICE("---\n"));
    }
    if (!text_in_front) {
        buf_append(&e->body, text);
        buf_append(&e->body, links.len > 0 ? SLICE("\n\n") : SLICE("\n"));
    }
    buf_append(&e->body, buf_slice(&links));
}

static bool has_header(struct slice body)
{
    struct slice line;
    while (slice_split(&body, '\n', &line)) {
        if (slice_starts(line, SLICE("::")))
            return true;
    }
    return false;
}

/* Does the body say the section's text to who reads it? */
static bool reads_well(struct exporting *e, struct slice text)
{
    static const uint32_t first_line = 0;
    struct findings findings = {.count = 0};
    struct passage passage = {.body = buf_slice(&e->body)};
    struct twee twee = {.source = passage.body, .lines = &first_line, .line_count = 1};
    struct twee_reading r = {.twee = &twee, .arena = &e->arena, .findings = &findings};
    twee_body_read(&r, &passage);
    const bool good = findings.count == 0 && slice_eq(passage.text, text);
    findings_release(&findings);
    return good && !has_header(passage.body);
}

static void write_section(struct exporting *e, const struct json *section, uint32_t index)
{
    const struct slice number = json_get(section, SLICE("number"))->text;
    const char *tag = ending_tag(section);
    write_body(e, section, false);
    if (!reads_well(e, text_of(section, "text"))) {
        write_body(e, section, true);
        ENSURE(reads_well(e, SLICE_NONE));
    }
    buf_printf(e->ret, "\n\n:: %.*s", SLICE_ARG(number));
    if (tag)
        buf_printf(e->ret, " [%s]", tag);
    buf_printf(e->ret, " {\"position\":\"%" PRIu32 ",%" PRIu32 "\",\"size\":\"100,100\"}",
               TILE + index % TILES_A_ROW * TILE, 2 * TILE + index / TILES_A_ROW * TILE);
    buf_append(e->ret, buf_slice(&e->body));
    arena_reset(&e->arena);
}

/* A UUID that the same story always has, in the form that Twee tools ask for: version 4 of RFC 9562,
 * capital letters. It comes from the story's id, so that Twine knows a story again. */
static void write_ifid(struct json_out *out, struct slice id, struct arena *arena)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t hash[SHA256_LEN];
    char text[36];
    size_t len = 0;
    crypto_sha256(id, hash);
    hash[6] = (uint8_t)(0x40 | (hash[6] & 0x0f));
    hash[8] = (uint8_t)(0x80 | (hash[8] & 0x3f));
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[len++] = '-';
        text[len++] = digits[hash[i] >> 4];
        text[len++] = digits[hash[i] & 15];
    }
    json_out_member(out, SLICE("ifid"), arena_dup(arena, slice_make(text, len)));
}

/* Would StoryTitle say the title? */
static bool title_fits(struct slice title)
{
    return slice_eq(slice_trim(title), title) && !slice_starts(title, SLICE("::"));
}

static void write_title_page(struct exporting *e, const struct json *root)
{
    static const char *const elsewhere[] = {"format", "title", "start", "sections"};
    const struct slice title = text_of(root, "title");
    buf_append(e->ret, SLICE(":: StoryTitle\n"));
    buf_append(e->ret, title_fits(title) ? title : SLICE("A story"));
    front_begin(e);
    write_ifid(e->out, text_of(root, "id"), &e->arena);
    json_out_member(e->out, SLICE("format"), SLICE("Casys"));
    json_out_member(e->out, SLICE("format-version"), SLICE("1.0.0"));
    json_out_member(e->out, SLICE("start"), json_get(root, SLICE("start"))->text);
    buf_append(e->ret, SLICE("\n\n\n:: StoryData\n"));
    pretty_value(front_end(e), 0, e->ret);
    front_begin(e);
    if (!title_fits(title))
        json_out_member(e->out, SLICE("title"), title);
    for (const struct json *member = root->child; member; member = member->next) {
        if (twee_is_one_of(member->key, elsewhere, COUNT_OF(elsewhere)))
            continue;
        json_out_key(e->out, member->key);
        /* Names of stats and items are keys in `character`: nothing in it is a target. */
        if (slice_eq(member->key, SLICE("character")))
            json_out_value(e->out, member);
        else
            put_value(e, member);
    }
    buf_append(e->ret, SLICE("\n\n\n:: StoryCasys\n"));
    pretty_value(front_end(e), 0, e->ret);
    buf_byte(e->ret, '\n');
    arena_reset(&e->arena);
}

void twee_write(const struct json *root, struct buf *ret)
{
    struct exporting e = {.ret = ret};
    e.out = json_out_new(&e.front);
    write_title_page(&e, root);
    const struct json *section = json_get(root, SLICE("sections"))->child;
    for (uint32_t index = 0; section; section = section->next)
        write_section(&e, section, index++);
    json_out_free(e.out);
    buf_release(&e.front);
    buf_release(&e.body);
    arena_release(&e.arena);
}
