#include "app/author/check.h"

void story_check(const struct draft *draft, struct findings *ret)
{
    draft_findings(draft, ret);
    findings_sort(ret);
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
