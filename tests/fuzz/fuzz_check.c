/* story check and story graph: whatever a file holds, also one that the loader refuses, the analysis
 * comes to an end and says what it found in whole lines. */
#include "app/author/check.h"
#include "app/author/graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct draft draft;
    struct findings findings = {.count = 0};
    struct buf text = {.at = NULL};
    draft_parse(slice_make(data, len), SLICE("fuzz.json"), &draft);
    story_check(&draft, &findings);
    ENSURE(findings.count == findings.mistakes + findings.warnings);
    ENSURE(draft.sound || findings.mistakes > 0);
    for (size_t i = 0; i < findings.count; i++)
        ENSURE(findings.list[i].text.len > 0);
    findings_print(&findings, draft.file, &text);
    ENSURE(utf8_valid(buf_slice(&text)));
    if (draft.story)
        graph_print(draft.story, NULL, &text);
    buf_release(&text);
    findings_release(&findings);
    draft_release(&draft);
    return 0;
}
