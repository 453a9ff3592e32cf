/* Expressions are read as docs/stories.md says. What a tree gives is app/game's to compute; here it
 * shows that the tree is the right one. */
#include "app/expr_parser.h"

#include <string.h>

#include "tests/support/support.h"

enum { ALL = EXPR_MAY_HAVE_DICE | EXPR_MAY_HAVE_NAMES };

static const struct stat_def stats[] = {
    {.id = SLICE_INIT("skill"), .max = 24},
    {.id = SLICE_INIT("a-b_9"), .max = 24},
};
static const struct item_def items[] = {{.id = SLICE_INIT("apple")}, {.id = SLICE_INIT("rope")}};
static const struct slice flags[] = {SLICE_INIT("met"), SLICE_INIT("dog-is-friend")};
static const struct counter_def counters[] = {{.id = SLICE_INIT("days"), .max = 99}};
static const struct section sections[] = {{.number = 3}, {.number = 12}};

static const struct story story = {
    .capacity = 11,
    .stats = stats,
    .stat_count = COUNT_OF(stats),
    .items = items,
    .item_count = COUNT_OF(items),
    .flags = flags,
    .flag_count = COUNT_OF(flags),
    .counters = counters,
    .counter_count = COUNT_OF(counters),
    .sections = sections,
    .section_count = COUNT_OF(sections),
};

/* skill 7, a-b_9 2, apple 3, rope 1, flag dog-is-friend, days 40, section 12 visited, roll 9, gold
 * 5. */
static struct state sample_state(void)
{
    struct state state = {.version = 1, .gold = 5, .last_roll = 9};
    state.stats[0] = 7;
    state.stats[1] = 2;
    state.items[0] = 3;
    state.items[1] = 1;
    state.flags[0] = 2;
    state.counters[0] = 40;
    state.visited[0] = 2;
    return state;
}

static const struct {
    const char *text;
    int32_t value;
} values[] = {
    {"0", 0},
    {"007", 7},
    {"1000000000", 1000000000},
    {" 1 ", 1},
    {"1+2", 3},
    {"1 + 2*3", 7},
    {"(1+2)*3", 9},
    {"10-3-2", 5},
    {"10-(3-2)", 9},
    {"100/10/2", 5},
    {"7/2", 3},
    {"-7/2", -3},
    {"-7%3", -1},
    {"7%-3", 1},
    {"7/0", 0},
    {"7%0", 0},
    {"2*-3", -6},
    {"--3", 3},
    {"-(3)", -3},
    {"1000000000+1", 1000000000},
    {"-1000000000-1", -1000000000},
    {"100000*100000", 1000000000},
    {"1=1", 1},
    {"1 = 2", 0},
    {"1!=2", 1},
    {"2<2", 0},
    {"2<=2", 1},
    {"3>2", 1},
    {"2>=3", 0},
    {"1+1=2", 1},
    {"not 0", 1},
    {"not 5", 0},
    {"not 1 = 2", 1},
    {"not not 7", 1},
    {"not 0 and 0", 0},
    {"0 and 0 or 1", 1},
    {"1 or 0 and 0", 1},
    {"(1 or 0) and 0", 0},
    {"2 and 3", 1},
    {"1 and not 0", 1},
    {"1 < 2 and 2 < 3", 1},
    {"min(3, 2)", 2},
    {"max(3,2)", 3},
    {"max( 3 , 2 )", 3},
    {"abs(-4)", 4},
    {"abs(4)", 4},
    {"min(max(1, 2), abs(-7)) + 1", 3},
    {"min (1, 2)", 1},
    {"gold", 5},
    {"gold+gold", 10},
    {"roll", 9},
    {"carried", 4},
    {"capacity", 11},
    {"capacity - carried", 7},
    {"stat.skill", 7},
    {"stat.skill - 2", 5},
    {"stat.skill+2", 9},
    {"stat.a-b_9", 2},
    {"item.apple * 2 + item.rope", 7},
    {"flag.dog-is-friend", 1},
    {"flag.met", 0},
    {"counter.days", 40},
    {"visited.12", 1},
    {"visited.3", 0},
    {"visited.012", 1},
    {"gold + 2*item.apple >= 5", 1},
    {"not flag.met and not flag.dog-is-friend", 0},
};

START_TEST(an_expression_has_its_value)
{
    struct arena arena = {.blocks = NULL};
    const struct state state = sample_state();
    const struct expr *expr = NULL;
    struct expr_error error;
    const struct slice text = slice_str(values[_i].text);
    const enum status st = expr_parse(text, &story, EXPR_MAY_HAVE_NAMES, &arena, &expr, &error);
    ck_assert_msg(st == OK, "%s: %zu: %s", values[_i].text, error.place, error.reason);
    ck_assert_msg(expr_value(expr, &state, NULL) == values[_i].value, "%s is %d", values[_i].text,
                  expr_value(expr, &state, NULL));
    arena_release(&arena);
}
END_TEST

static const struct {
    const char *text;
    unsigned may;
    size_t place;
    const char *reason;
} wrongs[] = {
    {"", ALL, 1, "a value is expected, not nothing"},
    {"   ", ALL, 4, "a value is expected, not nothing"},
    {"1+", ALL, 3, "a value is expected, not nothing"},
    {"+1", ALL, 1, "a value is expected, not \"+\""},
    {"1 2", ALL, 3, "an operator is expected, not \"2\""},
    {"gold 2", ALL, 6, "an operator is expected, not \"2\""},
    {"1)", ALL, 2, "an operator is expected, not \")\""},
    {"(1", ALL, 3, "\")\" is expected, not nothing"},
    {"()", ALL, 2, "a value is expected, not \")\""},
    {"1 == 1", ALL, 4, "a value is expected, not \"=\""},
    {"1 < 2 < 3", ALL, 7, "comparisons are not chained"},
    {"1 = 2 != 3", ALL, 7, "comparisons are not chained"},
    {"1 ! 2", ALL, 3, "an operator is expected, not \"!\""},
    {"1 && 2", ALL, 3, "an operator is expected, not \"&\""},
    {"1;", ALL, 2, "an operator is expected, not \";\""},
    {"1\t+ 2", ALL, 2, "an operator is expected, not \"?\""},
    {"\xc3\xa9", ALL, 1, "a value is expected, not \"?\""},
    {"1.5", ALL, 2, "an operator is expected, not \".\""},
    {"1000000001", ALL, 1, "numbers go up to 1000000000"},
    {"99999999999999999999999", ALL, 1, "numbers go up to"},
    {"1e9", ALL, 2, "an operator is expected, not \"e9\""},
    {"Gold", ALL, 1, "a value is expected, not \"G\""},
    {"silver", ALL, 1, "unknown name \"silver\"; known: stat.ID"},
    {"d6", ALL, 1, "unknown name \"d\""},
    {"golden", ALL, 1, "unknown name \"golden\""},
    {"1 orgold", ALL, 3, "an operator is expected, not \"orgold\""},
    {"or", ALL, 1, "unknown name \"or\""},
    {"stat", ALL, 1, "unknown name \"stat\""},
    {"stat .skill", ALL, 1, "unknown name \"stat\""},
    {"stat.", ALL, 1, "unknown stat.; define it in /stats"},
    {"stat.skil", ALL, 1, "unknown stat.skil; define it in /stats"},
    {"stat.skill-2", ALL, 1, "unknown stat.skill-2; define it in /stats"},
    {"item.pear", ALL, 1, "unknown item.pear; define it in /items"},
    {"flag.dog", ALL, 1, "unknown flag.dog; list it in /flags"},
    {"counter.day", ALL, 1, "unknown counter.day; define it in /counters"},
    {"visited.4", ALL, 1, "unknown visited.4; there is no such section"},
    {"visited.1000000", ALL, 1, "unknown visited.1000000"},
    {"gold.x", ALL, 1, "unknown name \"gold\""},
    {"min", ALL, 1, "unknown name \"min\""},
    {"min(1)", ALL, 6, "\",\" is expected, not \")\""},
    {"min(1,2,3)", ALL, 8, "\")\" is expected, not \",\""},
    {"min(1,2", ALL, 8, "\")\" is expected, not nothing"},
    {"abs(1,2)", ALL, 6, "\")\" is expected, not \",\""},
    {"sqrt(4)", ALL, 1, "unknown name \"sqrt\""},
    {"not", ALL, 4, "a value is expected, not nothing"},
    {"1 + not 1", ALL, 5, "unknown name \"not\""},
    {"0d6", ALL, 1, "dice are 1d2 to 20d100"},
    {"21d6", ALL, 1, "dice are 1d2 to 20d100"},
    {"2d1", ALL, 1, "dice are 1d2 to 20d100"},
    {"2d101", ALL, 1, "dice are 1d2 to 20d100"},
    {"2d", ALL, 1, "dice are 1d2 to 20d100"},
    {"2dx", ALL, 1, "dice are 1d2 to 20d100"},
    {"2d6d6", ALL, 4, "an operator is expected, not \"d6\""},
    {"gold + 2d6", EXPR_MAY_HAVE_NAMES, 8, "there are no dice here"},
    {"2d6 + gold", EXPR_MAY_HAVE_DICE, 7, "only numbers and dice are allowed here"},
    {"capacity", EXPR_MAY_HAVE_DICE, 1, "only numbers and dice are allowed here"},
    {"visited.12", 0, 1, "only numbers and dice are allowed here"},
};

START_TEST(what_is_no_expression_is_refused_at_its_place)
{
    struct arena arena = {.blocks = NULL};
    const struct expr *expr = NULL;
    struct expr_error error;
    const struct slice text = slice_str(wrongs[_i].text);
    ck_assert_msg(expr_parse(text, &story, wrongs[_i].may, &arena, &expr, &error) == ERR_INVALID,
                  "%s", wrongs[_i].text);
    ck_assert_msg(error.place == wrongs[_i].place &&
                      strncmp(error.reason, wrongs[_i].reason, strlen(wrongs[_i].reason)) == 0,
                  "%s: %zu: %s", wrongs[_i].text, error.place, error.reason);
    arena_release(&arena);
}
END_TEST

static enum status parse_repeated(const char *before, const char *again, size_t count,
                                  const char *middle, struct arena *arena, const struct expr **ret)
{
    struct buf text = {.at = NULL};
    struct expr_error error;
    for (size_t i = 0; i < count; i++)
        buf_append(&text, slice_str(before));
    buf_append(&text, slice_str(middle));
    for (size_t i = 0; i < count; i++)
        buf_append(&text, slice_str(again));
    const enum status st = expr_parse(buf_slice(&text), &story, ALL, arena, ret, &error);
    buf_release(&text);
    return st;
}

/* As often as `most`, and once more. */
static const struct {
    const char *why, *before, *middle, *again;
    size_t most;
} bounds[] = {
    {"parentheses", "(", "1", ")", LIMIT_EXPR_DEPTH - 1},
    {"signs", "-", "1", "", LIMIT_EXPR_DEPTH - 1},
    {"nots", "not ", "1", "", LIMIT_EXPR_DEPTH - 1},
    {"functions", "abs(", "1", ")", LIMIT_EXPR_DEPTH - 1},
    {"sums to the left", "", "1", "+1", LIMIT_EXPR_DEPTH - 1},
    {"sums in the middle", "(1+", "1", ")", (LIMIT_EXPR_DEPTH - 1) / 2},
    {"digits", "0", "1", "", LIMIT_EXPR_BYTES - 1},
};

START_TEST(an_expression_has_limits)
{
    struct arena arena = {.blocks = NULL};
    const struct expr *expr = NULL;
    const char *const before = bounds[_i].before;
    const char *const middle = bounds[_i].middle;
    const char *const again = bounds[_i].again;
    const size_t most = bounds[_i].most;
    ck_assert_msg(parse_repeated(before, again, most, middle, &arena, &expr) == OK, "%s",
                  bounds[_i].why);
    ck_assert_uint_le(expr_height(expr), LIMIT_EXPR_DEPTH);
    ck_assert_msg(parse_repeated(before, again, most + 1, middle, &arena, &expr) == ERR_INVALID,
                  "%s", bounds[_i].why);
    /* Far beyond, and still soon. */
    ck_assert_int_eq(parse_repeated(before, again, 1000000, middle, &arena, &expr), ERR_INVALID);
    arena_release(&arena);
}
END_TEST

/* Eight groups of four numbers each have 63 nodes in six levels. */
START_TEST(an_expression_has_a_limited_number_of_parts)
{
    static const char *const most = "((1+1)+(1+1)+((1+1)+(1+1)))+((1+1)+(1+1)+((1+1)+(1+1)))+"
                                    "(((1+1)+(1+1)+((1+1)+(1+1)))+((1+1)+(1+1)+((1+1)+(1+1))))";
    struct arena arena = {.blocks = NULL};
    struct buf text = {.at = NULL};
    const struct expr *expr = NULL;
    struct expr_error error;
    ck_assert_int_eq(expr_parse(slice_str(most), &story, ALL, &arena, &expr, &error), OK);
    ck_assert_uint_eq(expr_nodes(expr), 63);
    buf_printf(&text, "-(%s)", most);
    ck_assert_int_eq(expr_parse(buf_slice(&text), &story, ALL, &arena, &expr, &error), OK);
    ck_assert_uint_eq(expr_nodes(expr), LIMIT_EXPR_NODES);
    buf_printf(&text, "+1");
    ck_assert_int_eq(expr_parse(buf_slice(&text), &story, ALL, &arena, &expr, &error), ERR_INVALID);
    buf_release(&text);
    arena_release(&arena);
}
END_TEST

START_TEST(an_expression_cut_anywhere_is_one_or_says_where_not)
{
    static const char *const wholes[] = {
        "min(gold, 5) + 2*item.apple >= stat.a-b_9 and not visited.12 or abs(-roll) = capacity",
        "2d6+3 - (20d100 * counter.days) % 7 / 1 != 1 <= 2",
    };
    struct arena arena = {.blocks = NULL};
    for (size_t i = 0; i < COUNT_OF(wholes); i++) {
        const size_t whole = strlen(wholes[i]);
        for (size_t len = 0; len <= whole; len++) {
            const struct expr *expr = NULL;
            struct expr_error error;
            const enum status st = expr_parse(slice_make((const uint8_t *)wholes[i], len), &story,
                                              ALL, &arena, &expr, &error);
            ck_assert(st == OK || (st == ERR_INVALID && error.place >= 1 &&
                                   error.place <= len + 1 && error.reason[0] != '\0'));
        }
    }
    arena_release(&arena);
}
END_TEST

static const struct {
    const char *text;
    int32_t min, max;
} ranges[] = {
    {"5", 5, 5},
    {"1d6", 1, 6},
    {"2d6+3", 5, 15},
    {"3 - 1d6", -3, 2},
    {"-1d6", -6, -1},
    {"2 * (1d4 - 2)", -2, 4},
    {"(1d4 - 2) * (1d4 - 3)", -4, 2},
    {"10 / 1d6", 1, 10},
    {"10 / (1d3 - 2)", -10, 10},
    {"0 - 7 / 1d2", -7, -3},
    {"1d20 % 6", 0, 5},
    {"(0 - 1d20) % 6", -5, 0},
    {"1d4 % 6", 0, 4},
    {"1d6 % 0", 0, 0},
    {"min(1d6, 3)", 1, 3},
    {"max(1, 1d6 - 4)", 1, 2},
    {"abs(1d6 - 4)", 0, 3},
    {"abs(0 - 1d6)", 1, 6},
    {"1d6 > 3", 0, 1},
    {"not 1d6", 0, 1},
};

START_TEST(an_expression_of_dice_has_bounds)
{
    struct arena arena = {.blocks = NULL};
    const struct expr *expr = NULL;
    struct expr_error error;
    int32_t min = 0;
    int32_t max = 0;
    ck_assert_int_eq(
        expr_parse(slice_str(ranges[_i].text), &story, EXPR_MAY_HAVE_DICE, &arena, &expr, &error),
        OK);
    expr_bounds(expr, &min, &max);
    ck_assert_msg(min == ranges[_i].min && max == ranges[_i].max, "%s: %d to %d", ranges[_i].text,
                  min, max);
    arena_release(&arena);
}
END_TEST

START_TEST(a_tree_can_be_asked_what_it_has)
{
    struct arena arena = {.blocks = NULL};
    const struct expr *expr = NULL;
    struct expr_error error;
    ck_assert_int_eq(
        expr_parse(SLICE("min(1d6, 2d4) + abs(roll)"), &story, ALL, &arena, &expr, &error), OK);
    ck_assert(expr_has(expr, EXPR_ROLL));
    ck_assert(expr_has(expr, EXPR_DICE));
    ck_assert(!expr_has(expr, EXPR_VISITED));
    ck_assert(!expr_has(NULL, EXPR_ROLL));
    ck_assert_uint_eq(expr_dice_count(expr), 2);
    ck_assert_uint_eq(expr_nodes(expr), 6);
    ck_assert_uint_eq(expr_height(expr), 3);
    arena_release(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expr_parser");
    TCase *tcase = tcase_create("expressions");
    tcase_add_loop_test(tcase, an_expression_has_its_value, 0, (int)COUNT_OF(values));
    tcase_add_loop_test(tcase, what_is_no_expression_is_refused_at_its_place, 0,
                        (int)COUNT_OF(wrongs));
    tcase_add_loop_test(tcase, an_expression_has_limits, 0, (int)COUNT_OF(bounds));
    tcase_add_test(tcase, an_expression_has_a_limited_number_of_parts);
    tcase_add_test(tcase, an_expression_cut_anywhere_is_one_or_says_where_not);
    tcase_add_loop_test(tcase, an_expression_of_dice_has_bounds, 0, (int)COUNT_OF(ranges));
    tcase_add_test(tcase, a_tree_can_be_asked_what_it_has);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
