/* Writes a synthetic story to standard output: make_story SECTIONS SEED [plain] */
#include <stdio.h>
#include <string.h>

#include "app/base/limits.h"
#include "tests/support/synthetic.h"

int main(int argc, char **argv)
{
    uint64_t sections, seed;
    const bool plain = argc == 4 && strcmp(argv[3], "plain") == 0;
    if ((argc != 3 && !plain) ||
        slice_to_u64(slice_str(argv[1]), LIMIT_SECTIONS, &sections) != OK ||
        sections < SYNTHETIC_SECTIONS_MIN ||
        slice_to_u64(slice_str(argv[2]), UINT64_MAX, &seed) != OK) {
        fprintf(stderr, "usage: make_story SECTIONS SEED [plain]; %d to %d sections\n",
                SYNTHETIC_SECTIONS_MIN, LIMIT_SECTIONS);
        return 2;
    }
    struct buf story = {.at = NULL};
    synthetic_story(plain ? SYNTHETIC_PLAIN : SYNTHETIC_FULL, (unsigned)sections, seed, &story);
    const size_t written = fwrite(story.at, 1, story.len, stdout);
    const bool good = written == story.len && fflush(stdout) == 0;
    buf_release(&story);
    return good ? 0 : 1;
}
