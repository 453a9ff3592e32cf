#include "app/game/game.h"

#include "tests/game/sample.h"
#include "tests/support/support.h"

/* START of the test's story, in the author's order. Flag 0 is clear and flag 1 is set. */
static const struct condition closed = {.kind = CONDITION_FLAG, .index = 0};
static const struct condition open = {.kind = CONDITION_FLAG, .index = 1};

static void sample_with_choices(struct sample *sample, struct state *ret_state)
{
    static const struct choice choices[SAMPLE_CHOICES] = {
        /* The id of this one looks like the number of HALL. */
        {.id = SLICE_INIT("20"), .text = SLICE_INIT("Go on"), .target = CELL},
        {.id = SLICE_INIT("climb"),
         .text = SLICE_INIT("Climb"),
         .type = CHOICE_MIXED,
         .condition = &closed,
         .check = {.type = DICE_CHANCE, .stat = CHANCE},
         .target = DEATH,
         .target_failure = CELL},
        {.id = SLICE_INIT("knock"),
         .text = SLICE_INIT("Climb"),
         .type = CHOICE_MIXED,
         .condition = &open,
         .check = {.type = DICE_CHANCE, .stat = CHANCE},
         .target = CELL,
         .target_failure = HALL},
        {.id = SLICE_INIT("rest"),
         .text = SLICE_INIT("Rest"),
         .type = CHOICE_CONDITIONAL,
         .condition = &closed,
         .target = TREASURE},
    };
    sample_init(sample);
    for (size_t i = 0; i < SAMPLE_CHOICES; i++)
        sample->choices[i] = choices[i];
    *ret_state = sample_start(sample);
    ret_state->flags[0] = 1 << 1;
}

static const struct {
    const char *why;
    struct choice_ref ref;
    int index; /* or -1: there is no such choice */
} cases[] = {
    {"an id", {.id = SLICE_INIT("knock")}, 2},
    {"the id of a choice that is not available", {.id = SLICE_INIT("climb")}, 1},
    {"an id goes before a number", {.id = SLICE_INIT("20")}, 0},
    {"an id goes before a text", {.id = SLICE_INIT("rest"), .text = SLICE_INIT("Go on")}, 3},
    {"a number: the first of two that lead there", {.id = SLICE_INIT("30")}, 0},
    {"a number with zeros in front", {.id = SLICE_INIT("0030")}, 0},
    {"a number of a choice that is not available", {.id = SLICE_INIT("40")}, 1},
    {"an available text goes before that",
     {.id = SLICE_INIT("40"), .text = SLICE_INIT("Go on")},
     0},
    {"a text that is not available goes before that too",
     {.id = SLICE_INIT("40"), .text = SLICE_INIT("Rest")},
     3},
    {"an available number goes before a text",
     {.id = SLICE_INIT("30"), .text = SLICE_INIT("Rest")},
     0},
    {"also before an available text", {.id = SLICE_INIT("30"), .text = SLICE_INIT("Climb")}, 0},
    {"a text", {.text = SLICE_INIT("Go on")}, 0},
    {"a text of two choices: the available one", {.text = SLICE_INIT("Climb")}, 2},
    {"a text of a choice that is not available", {.text = SLICE_INIT("Rest")}, 3},
    {"an unknown id and a text", {.id = SLICE_INIT("x"), .text = SLICE_INIT("Go on")}, 0},
    {"an unknown id", {.id = SLICE_INIT("x")}, -1},
    {"the front of an id", {.id = SLICE_INIT("kno")}, -1},
    {"an id and more", {.id = SLICE_INIT("knock ")}, -1},
    {"an id in other letters", {.id = SLICE_INIT("Knock")}, -1},
    {"the front of a text", {.text = SLICE_INIT("Go")}, -1},
    {"a text and more", {.text = SLICE_INIT("Go on.")}, -1},
    {"a section that failure leads to", {.id = SLICE_INIT("10")}, -1},
    {"a section there is not", {.id = SLICE_INIT("31")}, -1},
    {"a number that is too large", {.id = SLICE_INIT("4294967326")}, -1},
    {"a negative number", {.id = SLICE_INIT("-30")}, -1},
    {"no name at all", {.roll = false}, -1},
    {"a roll: the first available choice with dice", {.roll = true}, 2},
    {"a roll reads no names",
     {.id = SLICE_INIT("0"), .text = SLICE_INIT("Go on"), .roll = true},
     2},
};

START_TEST(a_choice_is_found_by_its_names)
{
    struct sample sample;
    struct state state;
    const struct choice *found = NULL;
    sample_with_choices(&sample, &state);

    const enum status st = game_choice_find(&sample.story, &state, &cases[_i].ref, &found);
    if (cases[_i].index < 0) {
        ck_assert_msg(st == ERR_UNKNOWN_CHOICE, "%s", cases[_i].why);
        ck_assert_ptr_null(found);
        return;
    }
    ck_assert_msg(st == OK, "%s", cases[_i].why);
    ck_assert_msg(found == &sample.choices[cases[_i].index], "%s", cases[_i].why);
}
END_TEST

START_TEST(a_roll_that_is_not_available_is_found_to_be_refused)
{
    struct sample sample;
    struct state state;
    const struct choice *found = NULL;
    const struct choice_ref ref = {.roll = true};
    sample_with_choices(&sample, &state);
    state.flags[0] = 0;
    ck_assert_int_eq(game_choice_find(&sample.story, &state, &ref, &found), OK);
    ck_assert_ptr_eq(found, &sample.choices[1]);
    ck_assert(!game_choice_available(&state, found));
}
END_TEST

START_TEST(a_section_without_dice_has_nothing_to_roll)
{
    struct sample sample;
    const struct choice *found = NULL;
    const struct choice_ref ref = {.id = SLICE("a"), .roll = true};
    sample_init(&sample);
    const struct state state = sample_start(&sample);
    ck_assert_int_eq(game_choice_find(&sample.story, &state, &ref, &found), ERR_UNKNOWN_CHOICE);
}
END_TEST

START_TEST(a_choice_without_a_name_is_not_found_by_none)
{
    struct sample sample;
    const struct choice *found = NULL;
    const struct choice_ref ref = {0};
    sample_init(&sample);
    sample.choices[0].id = SLICE_NONE;
    sample.choices[0].text = SLICE_NONE;
    const struct state state = sample_start(&sample);
    ck_assert_int_eq(game_choice_find(&sample.story, &state, &ref, &found), ERR_UNKNOWN_CHOICE);
}
END_TEST

START_TEST(a_section_without_choices_has_none)
{
    struct sample sample;
    const struct choice *found = NULL;
    const struct choice_ref ref = {.id = SLICE("a"), .text = SLICE("Go")};
    sample_init(&sample);
    struct state state = sample_start(&sample);
    state.section = HALL;
    ck_assert_int_eq(game_choice_find(&sample.story, &state, &ref, &found), ERR_UNKNOWN_CHOICE);
}
END_TEST

START_TEST(a_game_that_is_over_has_no_choices)
{
    static const enum game_status over[] = {GAME_WON, GAME_LOST, GAME_STOPPED};
    struct sample sample;
    const struct choice *found = NULL;
    const struct choice_ref ref = {.id = SLICE("a")};
    sample_init(&sample);
    struct state state = sample_start(&sample);
    ck_assert_int_eq(game_choice_find(&sample.story, &state, &ref, &found), OK);
    found = NULL;
    state.status = over[_i];
    ck_assert_int_eq(game_choice_find(&sample.story, &state, &ref, &found), ERR_GAME_OVER);
    ck_assert_ptr_null(found);
}
END_TEST

START_TEST(a_choice_is_available_when_its_condition_holds)
{
    struct sample sample;
    struct state state;
    sample_with_choices(&sample, &state);
    ck_assert(game_choice_available(&state, &sample.choices[0])); /* it has none */
    ck_assert(!game_choice_available(&state, &sample.choices[1]));
    ck_assert(game_choice_available(&state, &sample.choices[2]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("choice");
    TCase *tcase = tcase_create("choice");
    tcase_add_loop_test(tcase, a_choice_is_found_by_its_names, 0, (int)COUNT_OF(cases));
    tcase_add_test(tcase, a_roll_that_is_not_available_is_found_to_be_refused);
    tcase_add_test(tcase, a_section_without_dice_has_nothing_to_roll);
    tcase_add_test(tcase, a_choice_without_a_name_is_not_found_by_none);
    tcase_add_test(tcase, a_section_without_choices_has_none);
    tcase_add_loop_test(tcase, a_game_that_is_over_has_no_choices, 0, 3);
    tcase_add_test(tcase, a_choice_is_available_when_its_condition_holds);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
