#include "app/author/draft.h"

#include <string.h>

const struct json *draft_item(const struct json *array, size_t index)
{
    if (!array || array->kind != JSON_ARRAY)
        return NULL;
    const struct json *item = array->child;
    while (item && index-- > 0)
        item = item->next;
    return item;
}

/* Which part of the document each section is: by its number, the first one that has it, as the
 * loader does it. */
static void place_sections(struct draft *draft)
{
    const struct story *story = draft->story;
    const struct json *list = json_get(draft->root, SLICE("sections"));
    draft->sections = arena_array(&draft->arena, story->section_count, sizeof(const struct json *));
    if (!list || list->kind != JSON_ARRAY)
        return;
    for (const struct json *value = list->child; value; value = value->next) {
        const struct json *number = json_get(value, SLICE("number"));
        int64_t found;
        if (!number || number->kind != JSON_NUMBER ||
            json_int(number, 1, LIMIT_SECTION_NUMBER, &found) != OK)
            continue;
        const int32_t index = story_section_find(story, (int32_t)found);
        if (index >= 0 && !draft->sections[index])
            draft->sections[index] = value;
    }
}

static void place(struct draft *draft)
{
    static const struct json_limits limits = {
        .bytes = LIMIT_STORY_BYTES, .depth = LIMIT_STORY_DEPTH, .nodes = LIMIT_STORY_NODES};
    if (json_parse(draft->source, &limits, &draft->arena, &draft->root, NULL) != OK)
        draft->root = NULL;
    if (draft->story)
        place_sections(draft);
}

/* The JSON of a Twee file; false when there are mistakes. */
static bool convert(struct draft *draft)
{
    const enum status st = twee_read(buf_slice(&draft->bytes), &draft->twee, &draft->twee_findings);
    draft->source = buf_slice(&draft->twee.json);
    return st == OK;
}

/* What follows from ret->source. */
static void parse(struct draft *ret)
{
    ret->is_twee = twee_is(ret->file, ret->source);
    const bool good = !ret->is_twee || convert(ret);
    if (!good && ret->source.len == 0)
        return;
    const enum status st = story_parse_draft(ret->source, ret->file, &ret->story, &ret->report);
    ret->sound = st == OK && good;
    if (!good) {
        story_unref(ret->story);
        ret->story = NULL;
    }
    place(ret);
}

enum status draft_read(const char *path, struct draft *ret)
{
    const bool is_input = strcmp(path, "-") == 0;
    *ret = (struct draft){.file = is_input ? SLICE("standard input") : slice_str(path)};
    const enum status st = story_source_read(path, &ret->bytes, &ret->report);
    if (st != OK)
        return st;
    ret->source = buf_slice(&ret->bytes);
    parse(ret);
    return OK;
}

void draft_parse(struct slice source, struct slice file, struct draft *ret)
{
    *ret = (struct draft){.file = file, .source = source};
    parse(ret);
}

void draft_of(const struct story *story, struct slice file, struct draft *ret)
{
    *ret = (struct draft){.file = file, .source = story->source, .sound = true};
    /* A story is shared and only its count changes. */
    ret->story = story_ref((struct story *)(uintptr_t)story);
    place(ret);
}

void draft_release(struct draft *draft)
{
    story_unref(draft->story);
    story_report_release(&draft->report);
    arena_release(&draft->arena);
    twee_release(&draft->twee);
    findings_release(&draft->twee_findings);
    buf_release(&draft->bytes);
}

const struct json *draft_section(const struct draft *draft, size_t section)
{
    ENSURE(section < draft->story->section_count);
    return draft->sections[section];
}

const struct json *draft_choice(const struct draft *draft, size_t section, size_t choice)
{
    return draft_item(json_get(draft_section(draft, section), SLICE("choices")), choice);
}

/* "45: /sections/0/to: unknown section 50", behind the name of the file. A member's name may have
 * ": " in it; its pointer is then cut there, and the line as a whole still reads as it was written. */
static struct found finding_of(struct slice line)
{
    struct found found = {.severity = FOUND_MISTAKE, .code = "format", .text = line};
    uint64_t number;
    const size_t colon = slice_find(line, ':');
    if (colon == SIZE_MAX || slice_to_u64(slice_make(line.at, colon), UINT32_MAX, &number) != OK)
        return found;
    found.line = (uint32_t)number;
    found.text = slice_trim(slice_make(line.at + colon + 1, line.len - colon - 1));
    if (!slice_starts(found.text, SLICE("/")))
        return found;
    size_t end = 0;
    while (end + 1 < found.text.len &&
           !(found.text.at[end] == ':' && found.text.at[end + 1] == ' '))
        end++;
    if (end + 1 >= found.text.len)
        return found;
    found.pointer = slice_make(found.text.at, end);
    found.text = slice_make(found.text.at + end + 2, found.text.len - end - 2);
    return found;
}

void draft_findings(const struct draft *draft, struct findings *findings)
{
    struct slice rest = buf_slice(&draft->report.text);
    struct slice line;
    while (slice_split(&rest, '\n', &line)) {
        if (slice_starts(line, draft->file) && line.len > draft->file.len + 1)
            line = slice_make(line.at + draft->file.len + 1, line.len - draft->file.len - 1);
        const struct found found = finding_of(arena_dup(&findings->arena, slice_trim(line)));
        findings_add(findings, &found);
    }
}

void draft_place(const struct draft *draft, struct findings *findings)
{
    if (draft->is_twee)
        twee_place(&draft->twee, findings, 0);
    for (size_t i = 0; i < draft->twee_findings.count; i++)
        findings_add(findings, &draft->twee_findings.list[i]);
    findings_sort(findings);
}
