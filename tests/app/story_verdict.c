/* What the story loader says of many documents, for tests that compare it with something else: one
 * document a line on standard input; on standard output its findings, a line each, and an empty line
 * after them. A document without a finding is a story that is accepted. */
#include <stdio.h>
#include <stdlib.h>

#include "app/story_loader.h"

static void judge(struct slice document)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    if (story_parse(document, SLICE("story"), &story, &report) == OK)
        story_unref(story);
    if (report.text.len > 0)
        fwrite(report.text.at, 1, report.text.len, stdout);
    putchar('\n');
    story_report_release(&report);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    for (;;) {
        const ssize_t len = getline(&line, &room, stdin);
        if (len < 0)
            break;
        judge(slice_make(line, (size_t)len));
    }
    free(line);
    return ferror(stdin) || fflush(stdout) != 0;
}
