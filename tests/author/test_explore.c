/* Random play: what it counts, and that the same seed gives the same report. */
#include "app/author/explore.h"

#include "app/author/graph.h"
#include "app/author/plain.h"
#include "app/author/report.h"
#include "app/story_loader.h"
#include "tests/support/support.h"
#include "tests/support/synthetic.h"

enum { RUNS = 200 };

static struct story *make(const struct buf *source)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    const enum status st = story_parse(buf_slice(source), SLICE("story"), &story, &report);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&report.text)));
    story_report_release(&report);
    return story;
}

static struct story *synthetic(unsigned sections)
{
    struct buf source = {.at = NULL};
    synthetic_story(SYNTHETIC_FULL, sections, 7, &source);
    struct story *story = make(&source);
    buf_release(&source);
    return story;
}

static void report_of(uint64_t seed, struct buf *ret)
{
    struct story *story = synthetic(60);
    struct explored explored;
    explore(story, &(struct explore_config){.runs = RUNS, .seed = seed}, &explored);
    struct json_out *out = json_out_new(ret);
    report_encode(&explored, seed, out);
    report_print(&explored, seed, ret);
    graph_print(story, &explored, ret);
    json_out_free(out);
    explored_release(&explored);
    story_unref(story);
}

START_TEST(the_same_seed_gives_the_same_report_and_another_one_does_not)
{
    struct buf first = {.at = NULL}, again = {.at = NULL}, other = {.at = NULL};
    report_of(5, &first);
    report_of(5, &again);
    report_of(6, &other);
    ck_assert_slice_eq(buf_slice(&first), buf_slice(&again));
    ck_assert(!slice_eq(buf_slice(&first), buf_slice(&other)));
    buf_release(&first);
    buf_release(&again);
    buf_release(&other);
}
END_TEST

START_TEST(every_run_ends_once)
{
    struct story *story = synthetic(60);
    struct explored e;
    uint64_t ends = 0, stuck = 0;
    explore(story, &(struct explore_config){.runs = RUNS, .seed = 1}, &e);
    for (size_t i = 0; i < story->section_count; i++) {
        ends += e.sections[i].ends;
        stuck += e.sections[i].stuck;
        ck_assert_uint_le(e.sections[i].runs, RUNS);
    }
    ck_assert_uint_eq(e.runs, RUNS);
    ck_assert_uint_eq(e.random_runs, RUNS / 2);
    ck_assert_uint_eq(ends, e.won + e.lost);
    ck_assert_uint_eq(e.stuck, stuck);
    ck_assert_uint_eq(e.won + e.lost + e.stuck + e.unfinished, RUNS);
    ck_assert_uint_eq(e.sections[story->start].runs, RUNS);
    const struct coverage coverage = explored_coverage(&e);
    ck_assert_uint_eq(coverage.sections, 60);
    ck_assert_uint_gt(coverage.sections_seen, 50);
    explored_release(&e);
    story_unref(story);
}
END_TEST

#define HEAD       "{\"format\":\"casys-story/1\",\"id\":\"t\",\"title\":\"T\",\"start\":1,\"sections\":["
#define GO(id, to) "{\"id\":\"" id "\",\"text\":\"" id "\",\"to\":" to "}"

static void explore_text(const char *text, struct story **ret_story, struct explored *ret)
{
    struct buf source = {.at = NULL};
    buf_printf(&source, "%s", text);
    *ret_story = make(&source);
    explore(*ret_story, &(struct explore_config){.runs = 40, .seed = 1}, ret);
    buf_release(&source);
}

START_TEST(a_state_with_nothing_to_choose_is_counted_where_it_is)
{
    struct story *story;
    struct explored e;
    explore_text(
        HEAD "{\"number\":1,\"text\":\"a\",\"choices\":[" GO("a", "2") "," GO(
            "b",
            "3") "]},"
                 "{\"number\":2,\"text\":\"b\",\"choices\":[{\"id\":\"x\",\"text\":\"x\",\"to\":3,"
                 "\"when\":{\"gold\":{\"min\":5}}}]},"
                 "{\"number\":3,\"text\":\"c\",\"ending\":{\"kind\":\"lost\",\"title\":\"L\"}}]}",
        &story, &e);
    ck_assert_uint_gt(e.stuck, 0);
    ck_assert_uint_eq(e.sections[1].stuck, e.stuck);
    ck_assert_uint_eq(e.sections[1].taken[0], 0);
    ck_assert_uint_eq(e.sections[0].deaths, e.lost);
    ck_assert_uint_eq(e.lost + e.stuck, 40);
    explored_release(&e);
    story_unref(story);
}
END_TEST

START_TEST(a_run_without_an_end_is_given_up)
{
    struct story *story;
    struct explored e;
    explore_text(HEAD "{\"number\":1,\"text\":\"a\",\"choices\":[" GO("a", "1") "]}]}", &story, &e);
    ck_assert_uint_eq(e.unfinished, 40);
    ck_assert_uint_eq(e.steps, (uint64_t)40 * EXPLORE_STEPS_MAX);
    explored_release(&e);
    story_unref(story);
}
END_TEST

START_TEST(a_rare_way_is_found_on_purpose)
{
    /* At random one run in 2^12 comes through. */
    struct buf source = {.at = NULL};
    struct story *story;
    struct explored e;
    buf_printf(&source, HEAD);
    for (int i = 1; i <= 12; i++)
        buf_printf(
            &source,
            "{\"number\":%d,\"text\":\"a\",\"choices\":[{\"id\":\"a\",\"text\":\"a\",\"to\":%d},"
            "{\"id\":\"b\",\"text\":\"b\",\"to\":99}]},",
            i, i + 1);
    buf_printf(&source,
               "{\"number\":13,\"text\":\"w\",\"ending\":{\"kind\":\"won\",\"title\":\"W\"}},"
               "{\"number\":99,\"text\":\"l\",\"ending\":{\"kind\":\"lost\",\"title\":\"L\"}}]}");
    story = make(&source);
    explore(story, &(struct explore_config){.runs = 60, .seed = 3}, &e);
    ck_assert_uint_gt(e.won, 0);
    ck_assert_uint_eq(explored_coverage(&e).sections_seen, 14);
    explored_release(&e);
    story_unref(story);
    buf_release(&source);
}
END_TEST

static const struct {
    const char *why, *html, *text;
} pages[] = {
    {"nothing", "", ""},
    {"a paragraph", "<p>One two.</p>\n", "One two.\n"},
    {"two paragraphs", "<p>One.</p>\n<p>Two.</p>\n", "One.\n\nTwo.\n"},
    {"emphasis is dropped", "<p>A <em>b</em> <strong>c</strong> <code>d</code>.</p>", "A b c d.\n"},
    {"characters of HTML", "<p>&lt;a&gt; &amp; &quot;b&quot; &x</p>", "<a> & \"b\" &x\n"},
    {"a long line is broken at spaces", "<p>aaaaa bbbbb ccccc ddddd</p>",
     "aaaaa bbbbb ccccc\nddddd\n"},
    {"a word longer than the line stays whole", "<p>a bbbbbbbbbbbbbbbbbbbbbbbbb c</p>",
     "a\nbbbbbbbbbbbbbbbbbbbbbbbbb\nc\n"},
    {"characters are counted, not bytes", "<p>äöüäöüäöü äöüäöüäöü</p>", "äöüäöüäöü äöüäöüäöü\n"},
    {"a list", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<p>end</p>", "- one\n- two\n\nend\n"},
    {"a quote is set in", "<p>a</p><blockquote>\n<p>b</p>\n</blockquote>", "a\n\n  b\n"},
    {"a rule and a break", "<p>a<br />\nb</p>\n<hr />\n<p>c</p>", "a\nb\n\n* * *\n\nc\n"},
};

START_TEST(a_page_becomes_plain_text)
{
    struct buf text = {.at = NULL};
    plain_text(slice_str(pages[_i].html), 20, &text);
    buf_byte(&text, 0);
    ck_assert_msg(slice_eq(slice_str((const char *)text.at), slice_str(pages[_i].text)),
                  "%s: got \"%s\"", pages[_i].why, text.at);
    buf_release(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explore");
    TCase *tcase = tcase_create("explore");
    tcase_set_timeout(tcase, 100);
    tcase_add_test(tcase, the_same_seed_gives_the_same_report_and_another_one_does_not);
    tcase_add_test(tcase, every_run_ends_once);
    tcase_add_test(tcase, a_state_with_nothing_to_choose_is_counted_where_it_is);
    tcase_add_test(tcase, a_run_without_an_end_is_given_up);
    tcase_add_test(tcase, a_rare_way_is_found_on_purpose);
    tcase_add_loop_test(tcase, a_page_becomes_plain_text, 0, COUNT_OF(pages));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
