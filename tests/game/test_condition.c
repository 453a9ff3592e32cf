#include "app/game/expr.h"

#include "tests/support/support.h"

#define LEAF(k, i, lo, hi)                                                                         \
    {                                                                                              \
        .kind = (k), .index = (i), .min = (lo), .max = (hi)                                        \
    }
#define GROUP(k, list)                                                                             \
    {                                                                                              \
        .kind = (k), .children = (list), .child_count = COUNT_OF(list)                             \
    }

/* What all cases look at: 2 of item 3, 7 of stat 1, -4 of stat 2, 50 gold, flag 9, counter 5 is 3,
 * section 8 was visited, the last roll was 11, 2 rounds of a fight are over. */
static const struct state state = {.gold = 50,
                                   .items = {[3] = 2},
                                   .stats = {[1] = 7, [2] = -4},
                                   .flags = {0, 2},
                                   .counters = {[5] = 3},
                                   .visited = {0, 1},
                                   .last_roll = 11,
                                   .fight = {.round = 2}};

static const struct expr one_more = {.kind = EXPR_NUMBER, .value = 51};
static const struct expr gold = {.kind = EXPR_GOLD};
static const struct expr rich = {.kind = EXPR_GREATER_EQUAL, .left = &gold, .right = &one_more};
static const struct expr poor = {.kind = EXPR_NOT, .left = &rich};

static const struct condition yes[] = {{.kind = CONDITION_FLAG, .index = 9}};
static const struct condition no[] = {{.kind = CONDITION_FLAG, .index = 8}};
static const struct condition yes_no[] = {{.kind = CONDITION_FLAG, .index = 9},
                                          {.kind = CONDITION_FLAG, .index = 8}};
static const struct condition yes_yes[] = {{.kind = CONDITION_FLAG, .index = 9},
                                           {.kind = CONDITION_FLAG, .index = 9}};
static const struct condition no_no[] = {{.kind = CONDITION_FLAG, .index = 7},
                                         {.kind = CONDITION_FLAG, .index = 8}};
static const struct condition not_no[] = {GROUP(CONDITION_NOT, no)};
static const struct condition mixed[] = {GROUP(CONDITION_ANY, yes_no), GROUP(CONDITION_NOT, no),
                                         LEAF(CONDITION_GOLD, 0, 50, 50)};
static const struct condition mixed_failing[] = {GROUP(CONDITION_ANY, yes_no),
                                                 GROUP(CONDITION_NOT, yes)};

static const struct {
    const char *why;
    struct condition condition;
    bool holds;
} holds_cases[] = {
    {"an item there is", LEAF(CONDITION_ITEM, 3, 1, INT32_MAX), true},
    {"exactly as many items", LEAF(CONDITION_ITEM, 3, 2, 2), true},
    {"one item too few", LEAF(CONDITION_ITEM, 3, 3, INT32_MAX), false},
    {"one item too many", LEAF(CONDITION_ITEM, 3, INT32_MIN, 1), false},
    {"an item there is not", LEAF(CONDITION_ITEM, LIMIT_ITEMS - 1, 1, INT32_MAX), false},
    {"none of an item", LEAF(CONDITION_ITEM, LIMIT_ITEMS - 1, INT32_MIN, 0), true},
    {"a stat at its lower bound", LEAF(CONDITION_STAT, 1, 7, INT32_MAX), true},
    {"a stat below its lower bound", LEAF(CONDITION_STAT, 1, 8, INT32_MAX), false},
    {"a stat at its upper bound", LEAF(CONDITION_STAT, 1, INT32_MIN, 7), true},
    {"a stat above its upper bound", LEAF(CONDITION_STAT, 1, INT32_MIN, 6), false},
    {"a negative stat", LEAF(CONDITION_STAT, 2, -4, -4), true},
    {"no bounds", LEAF(CONDITION_STAT, 2, INT32_MIN, INT32_MAX), true},
    {"bounds that nothing meets", LEAF(CONDITION_STAT, 1, 8, 6), false},
    {"the last stat", LEAF(CONDITION_STAT, LIMIT_STATS - 1, 0, 0), true},
    {"enough gold", LEAF(CONDITION_GOLD, 0, 50, INT32_MAX), true},
    {"one gold too few", LEAF(CONDITION_GOLD, 0, 51, INT32_MAX), false},
    {"one gold too many", LEAF(CONDITION_GOLD, 0, INT32_MIN, 49), false},
    {"a flag that is set", LEAF(CONDITION_FLAG, 9, 0, 0), true},
    {"the flag beside it", LEAF(CONDITION_FLAG, 8, 0, 0), false},
    {"the last flag", LEAF(CONDITION_FLAG, LIMIT_FLAGS - 1, 0, 0), false},
    {"a counter at its lower bound", LEAF(CONDITION_COUNTER, 5, 3, INT32_MAX), true},
    {"a counter below its lower bound", LEAF(CONDITION_COUNTER, 5, 4, INT32_MAX), false},
    {"a counter above its upper bound", LEAF(CONDITION_COUNTER, 5, INT32_MIN, 2), false},
    {"the last counter", LEAF(CONDITION_COUNTER, LIMIT_COUNTERS - 1, 0, 0), true},
    {"a section that was visited", LEAF(CONDITION_VISITED, 8, 0, 0), true},
    {"the section beside it", LEAF(CONDITION_VISITED, 9, 0, 0), false},
    {"the last section", LEAF(CONDITION_VISITED, LIMIT_SECTIONS - 1, 0, 0), false},
    {"the last roll at its bounds", LEAF(CONDITION_ROLL, 0, 11, 11), true},
    {"the last roll above its upper bound", LEAF(CONDITION_ROLL, 0, 2, 10), false},
    {"the last roll below its lower bound", LEAF(CONDITION_ROLL, 0, 12, INT32_MAX), false},
    {"a test that comes to 0", {.kind = CONDITION_TEST, .test = &rich}, false},
    {"a test that does not", {.kind = CONDITION_TEST, .test = &poor}, true},
    {"enough rounds", LEAF(CONDITION_ROUND, 0, 2, INT32_MAX), true},
    {"one round too few", LEAF(CONDITION_ROUND, 0, 3, INT32_MAX), false},
    {"all of nothing", {.kind = CONDITION_ALL}, true},
    {"any of nothing", {.kind = CONDITION_ANY}, false},
    {"all of two", GROUP(CONDITION_ALL, yes_yes), true},
    {"all but one", GROUP(CONDITION_ALL, yes_no), false},
    {"any of two", GROUP(CONDITION_ANY, yes_no), true},
    {"any of two that fail", GROUP(CONDITION_ANY, no_no), false},
    {"not one that fails", GROUP(CONDITION_NOT, no), true},
    {"not one that holds", GROUP(CONDITION_NOT, yes), false},
    {"not not", GROUP(CONDITION_NOT, not_no), false},
    {"groups in a group", GROUP(CONDITION_ALL, mixed), true},
    {"groups in a group, one fails", GROUP(CONDITION_ALL, mixed_failing), false},
    {"any of groups", GROUP(CONDITION_ANY, mixed_failing), true},
};

START_TEST(a_condition_holds_or_not)
{
    ck_assert_msg(condition_holds(&holds_cases[_i].condition, &state) == holds_cases[_i].holds,
                  "%s", holds_cases[_i].why);
}
END_TEST

START_TEST(exactly_what_fails_has_needs)
{
    const struct condition *needs[LIMIT_CONDITIONS];
    const size_t count =
        condition_needs(&holds_cases[_i].condition, &state, needs, COUNT_OF(needs));
    ck_assert_msg((count == 0) == holds_cases[_i].holds, "%s", holds_cases[_i].why);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(!condition_holds(needs[i], &state), "%s", holds_cases[_i].why);
}
END_TEST

START_TEST(no_condition_holds_and_needs_nothing)
{
    const struct condition *needs[1];
    ck_assert(condition_holds(NULL, &state));
    ck_assert_uint_eq(condition_needs(NULL, &state, needs, 1), 0);
}
END_TEST

START_TEST(conditions_hold_at_their_deepest)
{
    struct condition levels[LIMIT_CONDITION_DEPTH] = {{.kind = CONDITION_FLAG, .index = 9}};
    for (size_t i = 1; i < COUNT_OF(levels); i++)
        levels[i] =
            (struct condition){.kind = CONDITION_NOT, .children = &levels[i - 1], .child_count = 1};
    /* An odd number of nots stands above the flag. */
    ck_assert(!condition_holds(&levels[LIMIT_CONDITION_DEPTH - 1], &state));
    ck_assert(condition_holds(&levels[LIMIT_CONDITION_DEPTH - 2], &state));
}
END_TEST

/* all(rope is there, flag 8, any(flag 7, all(gold 60, flag 9, stat 1 at least 8)), not(flag 9)) */
static const struct condition inner[] = {LEAF(CONDITION_GOLD, 0, 60, INT32_MAX),
                                         LEAF(CONDITION_FLAG, 9, 0, 0),
                                         LEAF(CONDITION_STAT, 1, 8, INT32_MAX)};
static const struct condition middle[] = {LEAF(CONDITION_FLAG, 7, 0, 0),
                                          GROUP(CONDITION_ALL, inner)};
static const struct condition outer[] = {LEAF(CONDITION_ITEM, 3, 1, INT32_MAX),
                                         LEAF(CONDITION_FLAG, 8, 0, 0),
                                         GROUP(CONDITION_ANY, middle), GROUP(CONDITION_NOT, yes)};
static const struct condition tree = GROUP(CONDITION_ALL, outer);

/* In the author's order: what holds is left out, a not stands for itself. */
static const struct condition *const tree_needs[] = {&outer[1], &middle[0], &inner[0], &inner[2],
                                                     &outer[3]};

START_TEST(needs_are_the_first_leaves_that_fail)
{
    const struct condition *needs[COUNT_OF(tree_needs) + 1] = {NULL};
    const size_t cap = (size_t)_i;
    const size_t expected = cap < COUNT_OF(tree_needs) ? cap : COUNT_OF(tree_needs);
    ck_assert_uint_eq(condition_needs(&tree, &state, needs, cap), expected);
    for (size_t i = 0; i < expected; i++)
        ck_assert_ptr_eq(needs[i], tree_needs[i]);
    for (size_t i = expected; i < COUNT_OF(needs); i++)
        ck_assert_ptr_null(needs[i]);
}
END_TEST

START_TEST(an_any_without_parts_stands_for_itself)
{
    const struct condition empty = {.kind = CONDITION_ANY};
    const struct condition *needs[2] = {NULL};
    ck_assert_uint_eq(condition_needs(&empty, &state, needs, 2), 1);
    ck_assert_ptr_eq(needs[0], &empty);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("condition");
    TCase *tcase = tcase_create("condition");
    tcase_add_loop_test(tcase, a_condition_holds_or_not, 0, (int)COUNT_OF(holds_cases));
    tcase_add_loop_test(tcase, exactly_what_fails_has_needs, 0, (int)COUNT_OF(holds_cases));
    tcase_add_test(tcase, no_condition_holds_and_needs_nothing);
    tcase_add_test(tcase, conditions_hold_at_their_deepest);
    tcase_add_loop_test(tcase, needs_are_the_first_leaves_that_fail, 0,
                        (int)COUNT_OF(tree_needs) + 2);
    tcase_add_test(tcase, an_any_without_parts_stands_for_itself);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
