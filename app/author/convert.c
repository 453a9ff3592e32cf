#include "app/author/convert.h"

#include <stdio.h>

#include "app/author/author.h"
#include "app/author/draft.h"
#include "app/author/output.h"
#include "app/author/pretty.h"

static void say(struct slice text)
{
    if (text.len > 0)
        fwrite(text.at, 1, text.len, stderr);
}

/* Say what is wrong with it; true when nothing but warnings is. */
static bool judge(const struct draft *draft)
{
    struct findings findings = {.count = 0};
    SCOPED(buf_release) struct buf text = {.at = NULL};
    draft_findings(draft, &findings);
    draft_place(draft, &findings);
    findings_print(&findings, draft->file, &text);
    const bool good = findings.mistakes == 0;
    findings_release(&findings);
    say(buf_slice(&text));
    return good;
}

typedef void write_fn(const struct draft *draft, struct buf *ret);

static void write_json(const struct draft *draft, struct buf *ret)
{
    pretty_value(draft->root, 0, ret);
    buf_byte(ret, '\n');
}

static void write_twee(const struct draft *draft, struct buf *ret)
{
    twee_write(draft->root, ret);
}

static int convert(const struct options *options, bool twee_only, write_fn *write)
{
    struct draft draft;
    SCOPED(buf_release) struct buf result = {.at = NULL};
    char reason[200];
    int code = AUTHOR_USAGE;
    if (draft_read(options->files[0], &draft) != OK) {
        say(buf_slice(&draft.report.text));
    } else if (twee_only && !draft.is_twee) {
        fprintf(stderr, "%.*s: is not Twee, whose first line is \":: \" and a name\n",
                SLICE_ARG(draft.file));
        code = AUTHOR_MISTAKES;
    } else if (!judge(&draft)) {
        code = AUTHOR_MISTAKES;
    } else {
        write(&draft, &result);
        code = AUTHOR_GOOD;
        if (output_write(options->out, buf_slice(&result), reason) != OK) {
            fprintf(stderr, "casysd story: %s\n", reason);
            code = AUTHOR_USAGE;
        }
    }
    draft_release(&draft);
    return code;
}

int convert_import(const struct options *options)
{
    return convert(options, true, write_json);
}

int convert_export(const struct options *options)
{
    return convert(options, false, write_twee);
}
