/* The example of docs/stories.md: what authors copy from there loads, and shows all that the page
 * says it shows. */
#include <string.h>

#include "app/story_loader.h"
#include "tests/support/support.h"

static const char *const page_path = CASYS_SOURCE_DIR "/docs/stories.md";

/* The first block of JSON of the page, which is the whole example. Borrowed from the page. */
static struct slice example_of(struct slice page)
{
    static const char fence[] = "\n```";
    static const char start[] = "\n```json\n";
    const char *block = memmem(page.at, page.len, start, strlen(start));
    ck_assert_ptr_nonnull(block);
    block += strlen(start);
    const size_t rest = page.len - (size_t)((const uint8_t *)block - page.at);
    const char *end = memmem(block, rest, fence, strlen(fence));
    ck_assert_ptr_nonnull(end);
    return slice_make(block, (size_t)(end - block));
}

/* One reference, the caller's. */
static struct story *example(void)
{
    struct buf page = {.at = NULL};
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    read_file(page_path, &page);
    const enum status st =
        story_parse(example_of(buf_slice(&page)), SLICE("docs/stories.md"), &story, &report);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&report.text)));
    story_report_release(&report);
    buf_release(&page);
    return story;
}

START_TEST(the_example_of_the_page_loads)
{
    struct story *story = example();
    ck_assert_slice_str(story->id, "last-ferry");
    ck_assert_uint_eq(story->section_count, 7);
    story_unref(story);
}
END_TEST

START_TEST(it_has_what_the_page_says)
{
    struct story *story = example();
    size_t types[CHOICE_MIXED + 1] = {0};
    size_t fights = 0;
    size_t endings = 0;
    for (size_t i = 0; i < story->section_count; i++) {
        const struct section *section = &story->sections[i];
        endings += section->ending != ENDING_NONE;
        for (size_t k = 0; k < section->choice_count; k++) {
            types[section->choices[k].type]++;
            fights += section->choices[k].check.type == DICE_COMBAT;
        }
    }
    for (size_t type = 0; type < COUNT_OF(types); type++)
        ck_assert_msg(types[type] > 0, "no choice is %s", choice_type_name((enum choice_type)type));
    ck_assert_uint_ge(fights, 1);
    ck_assert_uint_eq(endings, 3);
    ck_assert_uint_eq(story->stat_count, 4);
    story_unref(story);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("app/docs_story");
    TCase *tests = tcase_create("example");
    tcase_add_test(tests, the_example_of_the_page_loads);
    tcase_add_test(tests, it_has_what_the_page_says);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
