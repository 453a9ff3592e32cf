#include "app/game/expr.h"

#include <signal.h>

#include "app/game/play.h"
#include "tests/game/sample.h"
#include "tests/support/support.h"

enum { MOST = LIMIT_EXPR_INTEGER };

/* What all cases look at: stat 1 is 7, 4 of item 2 and 1 of item 0, 50 gold, flag 9, counter 3 is
 * -6, section 10 was visited, the last roll was 8. */
static const struct state state = {.gold = 50,
                                   .stats = {[1] = 7},
                                   .items = {[0] = 1, [2] = 4},
                                   .flags = {0, 2},
                                   .counters = {[3] = -6},
                                   .visited = {0, 4},
                                   .last_roll = 8};

#define N(v)         (&(const struct expr){.kind = EXPR_NUMBER, .value = (v)})
#define NAME(k, v)   (&(const struct expr){.kind = (k), .value = (v)})
#define ONE(k, a)    (&(const struct expr){.kind = (k), .left = (a)})
#define TWO(k, a, b) (&(const struct expr){.kind = (k), .left = (a), .right = (b)})
#define DICE(n, m)   (&(const struct expr){.kind = EXPR_DICE, .value = (n), .faces = (m)})

static const struct {
    const char *why;
    const struct expr *expr;
    int32_t value;
} cases[] = {
    {"a number", N(-3), -3},
    {"a stat", NAME(EXPR_STAT, 1), 7},
    {"an item", NAME(EXPR_ITEM, 2), 4},
    {"gold", NAME(EXPR_GOLD, 0), 50},
    {"a flag that is set", NAME(EXPR_FLAG, 9), 1},
    {"a flag that is not", NAME(EXPR_FLAG, 8), 0},
    {"a counter", NAME(EXPR_COUNTER, 3), -6},
    {"a section that was visited", NAME(EXPR_VISITED, 10), 1},
    {"a section that was not", NAME(EXPR_VISITED, 9), 0},
    {"the last section there can be", NAME(EXPR_VISITED, LIMIT_SECTIONS - 1), 0},
    {"the last roll", NAME(EXPR_ROLL, 0), 8},
    {"all that is carried", NAME(EXPR_CARRIED, 0), 5},
    {"not of truth", ONE(EXPR_NOT, N(5)), 0},
    {"not of 0", ONE(EXPR_NOT, N(0)), 1},
    {"minus", ONE(EXPR_NEGATE, N(5)), -5},
    {"minus of the lowest", ONE(EXPR_NEGATE, N(-MOST)), MOST},
    {"abs of what is below 0", ONE(EXPR_ABS, N(-MOST)), MOST},
    {"abs of what is not", ONE(EXPR_ABS, N(4)), 4},
    {"or of nothing", TWO(EXPR_OR, N(0), N(0)), 0},
    {"or of one", TWO(EXPR_OR, N(0), N(-2)), 1},
    {"and of one", TWO(EXPR_AND, N(3), N(0)), 0},
    {"and of two", TWO(EXPR_AND, N(3), N(-1)), 1},
    {"equal", TWO(EXPR_EQUAL, N(2), N(2)), 1},
    {"not equal", TWO(EXPR_EQUAL, N(2), N(3)), 0},
    {"unequal", TWO(EXPR_UNEQUAL, N(2), N(3)), 1},
    {"not unequal", TWO(EXPR_UNEQUAL, N(2), N(2)), 0},
    {"less", TWO(EXPR_LESS, N(2), N(3)), 1},
    {"not less", TWO(EXPR_LESS, N(3), N(3)), 0},
    {"less or equal", TWO(EXPR_LESS_EQUAL, N(3), N(3)), 1},
    {"not less or equal", TWO(EXPR_LESS_EQUAL, N(4), N(3)), 0},
    {"greater", TWO(EXPR_GREATER, N(4), N(3)), 1},
    {"not greater", TWO(EXPR_GREATER, N(3), N(3)), 0},
    {"greater or equal", TWO(EXPR_GREATER_EQUAL, N(3), N(3)), 1},
    {"not greater or equal", TWO(EXPR_GREATER_EQUAL, N(2), N(3)), 0},
    {"a sum", TWO(EXPR_ADD, N(2), N(3)), 5},
    {"a sum stops at the most", TWO(EXPR_ADD, N(MOST), N(MOST)), MOST},
    {"a sum stops at the least", TWO(EXPR_ADD, N(-MOST), N(-1)), -MOST},
    {"a difference", TWO(EXPR_SUBTRACT, N(2), N(3)), -1},
    {"a difference stops at the least", TWO(EXPR_SUBTRACT, N(-MOST), N(MOST)), -MOST},
    {"a product", TWO(EXPR_MULTIPLY, N(-2), N(3)), -6},
    {"a product stops at the most", TWO(EXPR_MULTIPLY, N(-MOST), N(-MOST)), MOST},
    {"a product stops at the least", TWO(EXPR_MULTIPLY, N(-MOST), N(MOST)), -MOST},
    {"a quotient", TWO(EXPR_DIVIDE, N(7), N(2)), 3},
    {"a quotient goes toward 0", TWO(EXPR_DIVIDE, N(-7), N(2)), -3},
    {"divided by 0", TWO(EXPR_DIVIDE, N(7), N(0)), 0},
    {"the lowest divided by -1", TWO(EXPR_DIVIDE, N(-MOST), N(-1)), MOST},
    {"a remainder", TWO(EXPR_REMAINDER, N(7), N(4)), 3},
    {"a remainder of what is below 0", TWO(EXPR_REMAINDER, N(-7), N(4)), -3},
    {"a remainder by 0", TWO(EXPR_REMAINDER, N(7), N(0)), 0},
    {"the lower one", TWO(EXPR_MIN, N(7), N(-2)), -2},
    {"the higher one", TWO(EXPR_MAX, N(7), N(-2)), 7},
    {"a tree",
     TWO(EXPR_SUBTRACT, TWO(EXPR_MULTIPLY, NAME(EXPR_STAT, 1), N(2)),
         TWO(EXPR_MIN, NAME(EXPR_GOLD, 0), N(5))),
     9},
};

START_TEST(an_expression_has_one_value)
{
    const int32_t value = expr_value(cases[_i].expr, &state, NULL);
    ck_assert_msg(value == cases[_i].value, "%s: %d", cases[_i].why, value);
}
END_TEST

START_TEST(a_stored_number_beyond_the_range_is_cut)
{
    const struct state extreme = {.last_roll = INT32_MIN};
    ck_assert_int_eq(expr_value(NAME(EXPR_ROLL, 0), &extreme, NULL), -MOST);
}
END_TEST

/* The first roll of version 2 is 2 2 (see test_dice.c); more throws follow it. */
START_TEST(dice_are_thrown_from_left_to_right)
{
    struct sample sample;
    sample_init(&sample);
    struct state now = sample_start(&sample);
    struct event event = {.roll_count = 0};
    struct play play = {
        .story = &sample.story, .seed = sample_seed, .state = &now, .event = &event};
    const struct throws throws = {&play, ROLL_EFFECT};
    now.version = 2;
    const struct expr *expr =
        TWO(EXPR_ADD, DICE(2, 6), TWO(EXPR_OR, N(1), TWO(EXPR_ADD, DICE(3, 4), DICE(20, 100))));
    ck_assert_uint_eq(expr_dice_count(expr), 3);
    /* Also what cannot change the value any more is thrown: the next throw has the same index. */
    ck_assert_int_eq(expr_value(expr, &now, &throws), 4 + 1);
    ck_assert_uint_eq(event.roll_count, 3);
    ck_assert_int_eq(event.rolls[0].values[0], 2);
    ck_assert_int_eq(event.rolls[0].values[1], 2);
    ck_assert_int_eq(event.rolls[0].total, 4);
    for (size_t i = 0; i < event.roll_count; i++)
        ck_assert_int_eq(event.rolls[i].purpose, ROLL_EFFECT);
    ck_assert_int_eq(event.rolls[1].count, 3);
    ck_assert_int_eq(event.rolls[1].faces, 4);
    ck_assert_int_eq(event.rolls[2].count, 20);
    ck_assert_int_eq(event.rolls[2].faces, 100);
}
END_TEST

START_TEST(nothing_has_no_dice)
{
    ck_assert_uint_eq(expr_dice_count(NULL), 0);
    ck_assert_uint_eq(expr_dice_count(N(1)), 0);
}
END_TEST

static const struct expr *const wrong[] = {
    DICE(1, 6), /* nothing to throw with */
    NAME(EXPR_STAT, LIMIT_STATS),
    NAME(EXPR_STAT, -1),
    NAME(EXPR_ITEM, LIMIT_ITEMS),
    NAME(EXPR_FLAG, LIMIT_FLAGS),
    NAME(EXPR_COUNTER, LIMIT_COUNTERS),
    NAME(EXPR_VISITED, LIMIT_SECTIONS),
    NAME(EXPR_ADD, 0),         /* no operands */
    ONE(EXPR_ADD, N(1)),       /* one operand too few */
    TWO(EXPR_NOT, N(1), N(1)), /* one too many */
};

START_TEST(an_expression_of_nothing_stops_the_program)
{
    (void)expr_value(wrong[_i], &state, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expr");
    TCase *tcase = tcase_create("expr");
    tcase_add_loop_test(tcase, an_expression_has_one_value, 0, (int)COUNT_OF(cases));
    tcase_add_test(tcase, a_stored_number_beyond_the_range_is_cut);
    tcase_add_test(tcase, dice_are_thrown_from_left_to_right);
    tcase_add_test(tcase, nothing_has_no_dice);
    tcase_add_loop_test_raise_signal(tcase, an_expression_of_nothing_stops_the_program, SIGABRT, 0,
                                     (int)COUNT_OF(wrong));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
