/* The examples of docs/twee.md: what authors copy from there is a story without a mistake, and comes
 * back the same when it is exported. */
#include <string.h>

#include "app/author/check.h"
#include "tests/support/support.h"

/* The nth block of Twee of the page. Borrowed from the page. */
static struct slice example_of(struct slice page, int number)
{
    static const char start[] = "\n```twee\n";
    static const char end[] = "\n```\n";
    for (;; number--) {
        const uint8_t *from = memmem(page.at, page.len, start, strlen(start));
        ck_assert_ptr_nonnull(from);
        from += strlen(start);
        page = slice_make(from, page.len - (size_t)(from - page.at));
        const uint8_t *to = memmem(page.at, page.len, end, strlen(end));
        ck_assert_ptr_nonnull(to);
        if (number == 0)
            return slice_make(from, (size_t)(to - from) + 1);
    }
}

/* Without a mistake; the caller releases it. */
static void read_example(const char *path, struct draft *ret)
{
    struct findings findings = {.count = 0};
    struct buf text = {.at = NULL};
    ck_assert_int_eq(draft_read(path, ret), OK);
    story_check(ret, &findings);
    findings_print(&findings, SLICE("docs/twee.md"), &text);
    ck_assert_msg(findings.count == 0, "%.*s", SLICE_ARG(buf_slice(&text)));
    ck_assert(ret->sound);
    buf_release(&text);
    findings_release(&findings);
}

START_TEST(an_example_of_the_page_is_good_and_comes_back_the_same)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path first = temp_join(&folder, "first.twee");
    const struct temp_path second = temp_join(&folder, "second.twee");
    struct buf page = {.at = NULL};
    struct buf written = {.at = NULL};
    struct draft draft;
    struct draft again;
    read_file(CASYS_SOURCE_DIR "/docs/twee.md", &page);
    write_file(first.text, example_of(buf_slice(&page), _i));
    read_example(first.text, &draft);
    twee_write(draft.root, &written);
    write_file(second.text, buf_slice(&written));
    read_example(second.text, &again);
    ck_assert_mem_eq(draft.story->hash, again.story->hash, SHA256_LEN);
    draft_release(&again);
    draft_release(&draft);
    buf_release(&written);
    buf_release(&page);
}
END_TEST

START_TEST(they_have_what_the_page_says)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path path = temp_join(&folder, "t.twee");
    struct buf page = {.at = NULL};
    struct draft draft;
    size_t fights = 0;
    size_t tables = 0;
    read_file(CASYS_SOURCE_DIR "/docs/twee.md", &page);
    write_file(path.text, example_of(buf_slice(&page), 1));
    read_example(path.text, &draft);
    ck_assert_uint_eq(draft.story->section_count, 7);
    for (size_t i = 0; i < draft.story->section_count; i++) {
        const struct section *section = &draft.story->sections[i];
        fights += section->fight != NULL;
        for (size_t k = 0; k < section->choice_count; k++)
            tables += section->choices[k].check.type == DICE_TABLE;
    }
    ck_assert_uint_eq(fights, 1);
    ck_assert_uint_eq(tables, 1);
    draft_release(&draft);
    buf_release(&page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("author/docs_twee");
    TCase *tests = tcase_create("examples");
    tcase_add_loop_test(tests, an_example_of_the_page_is_good_and_comes_back_the_same, 0, 2);
    tcase_add_test(tests, they_have_what_the_page_says);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
