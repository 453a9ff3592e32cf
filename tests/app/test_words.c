/* What the journal tells, in sentences: one row for each thing that can happen. */
#include "app/words.h"

#include "app/library.h"
#include "tests/support/support.h"

static struct catalogue catalogue;
static struct arena arena;
static struct buf words;

static void setup(void)
{
    struct buf report = {0};
    ck_assert_int_eq(
        catalogue_read(&catalogue, CASYS_SOURCE_DIR "/tests/app/stories", NULL, &report), OK);
    buf_release(&report);
    arena = (struct arena){.blocks = NULL};
    words = (struct buf){0};
}

static void teardown(void)
{
    buf_release(&words);
    arena_release(&arena);
    catalogue_release(&catalogue);
}

static void expect_words(const char *event, const char *expected)
{
    const struct json_limits limits = {LIMIT_EVENT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EVENT_BYTES};
    const struct json *root;
    ck_assert_int_eq(json_parse(slice_str(event), &limits, &arena, &root, NULL), OK);
    buf_clear(&words);
    words_event(&words, catalogue_find(&catalogue, SLICE("tiny")), root);
    ck_assert_slice_str(buf_slice(&words), expected);
}

static const struct {
    const char *event, *words;
} deeds[] = {
    {"{\"type\":\"start\",\"name\":\"Ann\",\"from\":null,\"to\":1,\"rolls\":[],\"changes\":[]}",
     "Ann begins. Section 1."},
    {"{\"type\":\"choice\",\"choice_text\":\"Say \\\"no\\\"\",\"to\":2}",
     "Chose \"Say \"no\"\". Section 2."},
    {"{\"type\":\"stop\",\"to\":2}", "Stopped. Section 2."},
    {"{\"type\":\"reset\",\"to\":1}", "Began again. Section 1."},
    {"{\"type\":\"load\",\"of\":7,\"to\":3}", "Went back to version 7. Section 3."},
    {"{\"type\":\"fork\",\"to\":3}", "Became a game of its own. Section 3."},
    {"{\"type\":\"import\",\"to\":3}", "Was brought here from a file. Section 3."},
    {"{\"type\":\"migrate\",\"to\":3}", "Went on with a newer edition of the story. Section 3."},
    /* Throws. */
    {"{\"type\":\"stop\",\"to\":2,\"rolls\":[{\"dice\":\"2d6\",\"values\":[3,4],\"total\":8,"
     "\"for\":\"chance\",\"target\":8,\"success\":true}]}",
     "Stopped. Threw 2d6 (3, 4): 8, at most 8 was needed: success. Section 2."},
    {"{\"type\":\"stop\",\"to\":2,\"rolls\":[{\"dice\":\"1d6\",\"values\":[3],\"total\":3,"
     "\"for\":\"roll\",\"target\":4,\"at_least\":true,\"success\":false}]}",
     "Stopped. Threw 1d6 (3): 3, at least 4 was needed: failure. Section 2."},
    {"{\"type\":\"stop\",\"to\":2,\"rolls\":[{\"dice\":\"2d6\",\"values\":[1,1],\"total\":9,"
     "\"for\":\"combat\",\"by\":\"hero\"},{\"dice\":\"2d6\",\"values\":[1,2],\"total\":9,"
     "\"for\":\"combat\",\"by\":\"foe\",\"foe\":\"Grey wolf\"},{\"dice\":\"2d6\",\"values\":[1,3],"
     "\"total\":9,\"for\":\"combat\",\"by\":\"foe\"}]}",
     "Stopped. Threw 2d6 (1, 1) for the hero: 9. Threw 2d6 (1, 2) for Grey wolf: 9. "
     "Threw 2d6 (1, 3) for the foe: 9. Section 2."},
    {"{\"type\":\"stop\",\"to\":2,\"rolls\":[{\"dice\":\"1d6\",\"values\":[5],\"total\":5,"
     "\"for\":\"effect\"}]}",
     "Stopped. Threw 1d6 (5): 5. Section 2."},
    /* Changes by the names of the story; an id that it does not have stays what it is. */
    {"{\"type\":\"stop\",\"to\":2,\"changes\":[{\"stat\":\"luck\",\"from\":8,\"to\":7},"
     "{\"item\":\"lamp\",\"from\":0,\"to\":1},{\"gold\":true,\"from\":2,\"to\":0},"
     "{\"stat\":\"courage\",\"from\":1,\"to\":2},{\"item\":\"sword\",\"from\":1,\"to\":0}]}",
     "Stopped. Luck from 8 to 7. Lamp from 0 to 1. Gold from 2 to 0. courage from 1 to 2. "
     "sword from 1 to 0. Section 2."},
};

START_TEST(what_happened_is_told_in_sentences)
{
    expect_words(deeds[_i].event, deeds[_i].words);
}
END_TEST

START_TEST(of_a_long_fight_only_the_first_throws_are_told)
{
    static const struct {
        unsigned throws;
        const char *end;
    } fights[] = {{12, "(6): 6. Section 2."}, {13, "(6): 6. And 1 more. Section 2."}};
    struct buf event = {.at = NULL};
    buf_printf(&event, "{\"type\":\"stop\",\"to\":2,\"rolls\":[");
    for (unsigned i = 0; i < fights[_i].throws; i++)
        buf_printf(&event, "%s{\"dice\":\"1d6\",\"values\":[6],\"total\":6}", i ? "," : "");
    buf_printf(&event, "]}");
    buf_byte(&event, '\0');
    const struct json_limits limits = {LIMIT_EVENT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EVENT_BYTES};
    const struct json *root;
    ck_assert_int_eq(json_parse(slice_str((const char *)event.at), &limits, &arena, &root, NULL),
                     OK);
    words_event(&words, catalogue.stories[0], root);
    const struct slice end = slice_str(fights[_i].end);
    ck_assert(words.len > end.len);
    ck_assert(slice_eq(slice_make(words.at + words.len - end.len, end.len), end));
    buf_release(&event);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("words");
    TCase *words_case = tcase_create("words");
    tcase_add_checked_fixture(words_case, setup, teardown);
    tcase_add_loop_test(words_case, what_happened_is_told_in_sentences, 0, COUNT_OF(deeds));
    tcase_add_loop_test(words_case, of_a_long_fight_only_the_first_throws_are_told, 0, 2);
    suite_add_tcase(suite, words_case);
    return run_suite(suite);
}
