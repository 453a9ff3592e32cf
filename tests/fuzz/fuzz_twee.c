/* twee: whatever a file says, it is read or its mistakes are told in whole lines with places in the
 * file; and a story that can be played comes back the same when it is written and read again. */
#include "app/author/draft.h"
#include "app/canonical.h"

static const struct json_limits limits = {
    .bytes = LIMIT_STORY_BYTES, .depth = LIMIT_STORY_DEPTH, .nodes = LIMIT_STORY_NODES};

static void hash_of(const struct twee *twee, uint8_t ret[SHA256_LEN])
{
    struct arena arena = {.blocks = NULL};
    const struct json *root = NULL;
    ENSURE(json_parse(buf_slice(&twee->json), &limits, &arena, &root, NULL) == OK);
    canonical_hash(root, &arena, ret);
    arena_release(&arena);
}

static void write_and_read(const struct twee *twee)
{
    struct arena arena = {.blocks = NULL};
    struct buf text = {.at = NULL};
    struct findings findings = {.count = 0};
    const struct json *root = NULL;
    struct twee again;
    uint8_t first[SHA256_LEN];
    uint8_t second[SHA256_LEN];
    ENSURE(json_parse(buf_slice(&twee->json), &limits, &arena, &root, NULL) == OK);
    twee_write(root, &text);
    ENSURE(twee_read(buf_slice(&text), &again, &findings) == OK && findings.count == 0);
    hash_of(twee, first);
    hash_of(&again, second);
    ENSURE(crypto_equal(first, second, SHA256_LEN));
    twee_release(&again);
    findings_release(&findings);
    buf_release(&text);
    arena_release(&arena);
}

static void check_findings(const struct twee *twee, const struct findings *findings)
{
    struct buf text = {.at = NULL};
    for (size_t i = 0; i < findings->count; i++)
        ENSURE(findings->list[i].line <= twee->line_count && findings->list[i].text.len > 0);
    findings_print(findings, SLICE("f"), &text);
    ENSURE(text.len == 0 || text.at[text.len - 1] == '\n');
    ENSURE(utf8_valid(buf_slice(&text)));
    buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct draft draft = {.file = SLICE("f"), .is_twee = true};
    struct findings findings = {.count = 0};
    const enum status st = twee_read(slice_make(data, len), &draft.twee, &draft.twee_findings);
    ENSURE(st == (draft.twee_findings.mistakes > 0 ? ERR_INVALID : OK));
    if (draft.twee.json.len > 0) {
        const enum status judged =
            story_parse_draft(buf_slice(&draft.twee.json), draft.file, &draft.story, &draft.report);
        if (st == OK && judged == OK)
            write_and_read(&draft.twee);
        draft_findings(&draft, &findings);
    }
    draft_place(&draft, &findings);
    check_findings(&draft.twee, &findings);
    findings_release(&findings);
    draft_release(&draft);
    return 0;
}
