#include "app/game/story.h"

#include "tests/support/support.h"

START_TEST(a_new_story_is_empty_and_lives_until_its_last_reference)
{
    struct story *story = story_new();
    ck_assert_uint_eq(story->section_count, 0);
    ck_assert_uint_eq(story->stat_count, 0);
    ck_assert_uint_eq(story->id.len, 0);
    story->title = arena_dup(&story->arena, SLICE("The lighthouse"));
    ck_assert_ptr_eq(story_ref(story), story);
    story_unref(story);
    /* AddressSanitizer reports this line if that was the last reference already, and a leak if the
     * next one is not. */
    ck_assert_slice_str(story->title, "The lighthouse");
    story_unref(story);
}
END_TEST

START_TEST(no_story_is_given_back_in_peace)
{
    story_unref(NULL);
}
END_TEST

START_TEST(a_section_is_found_by_its_number)
{
    static const struct section sections[] = {
        {.number = 1}, {.number = 2}, {.number = 5}, {.number = 100}, {.number = 999999}};
    static const struct {
        const char *why;
        size_t count;
        int32_t number;
        int32_t index;
    } cases[] = {
        {"the first", 5, 1, 0},
        {"the second", 5, 2, 1},
        {"the middle", 5, 5, 2},
        {"the last", 5, 999999, 4},
        {"before the first", 5, 0, -1},
        {"a negative number", 5, -1, -1},
        {"the smallest number", 5, INT32_MIN, -1},
        {"in a gap", 5, 3, -1},
        {"behind the last", 5, 1000000, -1},
        {"the largest number", 5, INT32_MAX, -1},
        {"the only one", 1, 1, 0},
        {"not the only one", 1, 2, -1},
        {"the last of an even count", 4, 100, 3},
        {"no sections at all", 0, 1, -1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct story story = {.sections = sections, .section_count = cases[i].count};
        ck_assert_msg(story_section_find(&story, cases[i].number) == cases[i].index, "%s",
                      cases[i].why);
    }
}
END_TEST

START_TEST(names_are_those_of_the_contract)
{
    ck_assert_str_eq(choice_type_name(CHOICE_DIRECT), "direct");
    ck_assert_str_eq(choice_type_name(CHOICE_CONDITIONAL), "conditional");
    ck_assert_str_eq(choice_type_name(CHOICE_DICE), "dice");
    ck_assert_str_eq(choice_type_name(CHOICE_MIXED), "mixed");
    ck_assert_str_eq(dice_type_name(DICE_NONE), "none");
    ck_assert_str_eq(dice_type_name(DICE_CHANCE), "chance");
    ck_assert_str_eq(dice_type_name(DICE_COMBAT), "combat");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("story");
    TCase *tcase = tcase_create("story");
    tcase_add_test(tcase, a_new_story_is_empty_and_lives_until_its_last_reference);
    tcase_add_test(tcase, no_story_is_given_back_in_peace);
    tcase_add_test(tcase, a_section_is_found_by_its_number);
    tcase_add_test(tcase, names_are_those_of_the_contract);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
