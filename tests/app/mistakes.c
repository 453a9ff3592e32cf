#include "tests/app/mistakes.h"

#include <string.h>

/* How much of the findings a failure repeats: some documents have a million mistakes. */
enum { SHOWN_BYTES = 600 };

void change(struct slice source, const char *from, const char *to, struct buf *ret)
{
    const char *at = memmem(source.at, source.len, from, strlen(from));
    ck_assert_msg(at != NULL, "no %s", from);
    const size_t before = (size_t)(at - (const char *)source.at);
    const size_t after = before + strlen(from);
    buf_append(ret, slice_make(source.at, before));
    buf_append(ret, slice_str(to));
    buf_append(ret, slice_make(source.at + after, source.len - after));
}

void assert_found(const struct story_report *report, const char *why, const char *finding)
{
    const struct slice found = buf_slice(&report->text);
    const size_t shown = found.len < SHOWN_BYTES ? found.len : SHOWN_BYTES;
    ck_assert_msg(memmem(found.at, found.len, finding, strlen(finding)) != NULL, "%s: %.*s", why,
                  SLICE_ARG(slice_make(found.at, shown)));
}

void assert_mistake_found(const char *path, const struct mistake *mistake)
{
    struct buf source = {0};
    struct buf text = {0};
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    read_file(path, &source);
    change(buf_slice(&source), mistake->from, mistake->to, &text);
    const enum status st = story_parse(buf_slice(&text), SLICE("s.json"), &story, &report);
    ck_assert_msg(st == ERR_INVALID, "%s", mistake->why);
    ck_assert_ptr_null(story);
    ck_assert_uint_gt(report.count, 0);
    ck_assert(slice_starts(buf_slice(&report.text), SLICE("s.json:")));
    ck_assert_uint_eq(report.text.at[report.text.len - 1], '\n');
    assert_found(&report, mistake->why, mistake->finding);
    story_report_release(&report);
    buf_release(&source);
    buf_release(&text);
}

void assert_cuts_refused(const char *path)
{
    struct buf text = {0};
    read_file(path, &text);
    while (text.at[text.len - 1] == '\n')
        text.len--;
    for (size_t cut = 0; cut < text.len; cut++) {
        struct story *story = NULL;
        struct story_report report = {.count = 0};
        const enum status st =
            story_parse(slice_make(text.at, cut), SLICE("s.json"), &story, &report);
        if (st != ERR_INVALID || report.count != 1)
            ck_abort_msg("cut after %zu bytes", cut);
        story_report_release(&report);
    }
    buf_release(&text);
}
