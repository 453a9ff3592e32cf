#include "app/author/ranges.h"

#include <stdlib.h>
#include <string.h>

static const struct range anything = {-LIMIT_EXPR_INTEGER, LIMIT_EXPR_INTEGER};
static const struct range truth_range[] = {
    [NEVER] = {0, 0},
    [PERHAPS] = {0, 1},
    [ALWAYS] = {1, 1},
};

static int32_t saturated(int64_t value)
{
    if (value > LIMIT_EXPR_INTEGER)
        return LIMIT_EXPR_INTEGER;
    return value < -LIMIT_EXPR_INTEGER ? -LIMIT_EXPR_INTEGER : (int32_t)value;
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t clamped(int64_t value, struct range bounds)
{
    if (value < bounds.lo)
        return bounds.lo;
    return value > bounds.hi ? bounds.hi : (int32_t)value;
}

void sheet_init(struct sheet *sheet, const struct story *story, const bool *visited)
{
    *sheet = (struct sheet){.story = story, .visited = visited};
    sheet->items = story->stat_count;
    sheet->counters = sheet->items + story->item_count;
    sheet->flags = sheet->counters + story->counter_count;
    sheet->gold = sheet->flags + story->flag_count;
    sheet->roll = sheet->gold + 1;
    sheet->count = sheet->roll + 1;
}

struct range sheet_bounds(const struct sheet *sheet, size_t number)
{
    const struct story *story = sheet->story;
    if (number < sheet->items)
        return (struct range){story->stats[number].min, story->stats[number].max};
    if (number < sheet->counters)
        return (struct range){0, story->capacity};
    if (number < sheet->flags) {
        const struct counter_def *def = &story->counters[number - sheet->counters];
        return (struct range){def->min, def->max};
    }
    if (number < sheet->gold)
        return truth_range[PERHAPS];
    return number == sheet->gold ? (struct range){0, LIMIT_GOLD} : anything;
}

void ranges_begin(const struct sheet *sheet, struct range *ret)
{
    const struct story *story = sheet->story;
    for (size_t i = 0; i < story->item_count; i++)
        ret[sheet->items + i] = (struct range){story->items[i].initial, story->items[i].initial};
    for (size_t i = 0; i < story->counter_count; i++)
        ret[sheet->counters + i] =
            (struct range){story->counters[i].initial, story->counters[i].initial};
    for (size_t i = 0; i < story->flag_count; i++)
        ret[sheet->flags + i] = truth_range[NEVER];
    ret[sheet->gold] = (struct range){story->gold, story->gold};
    ret[sheet->roll] = (struct range){0, 0};
    for (size_t i = 0; i < story->stat_count; i++) {
        const struct stat_def *def = &story->stats[i];
        const struct range bounds = {def->min, def->max};
        ret[i] = (struct range){def->initial, def->initial};
        if (!def->initial_dice)
            continue;
        const struct range thrown = expr_range(sheet, ret, def->initial_dice);
        ret[i] = (struct range){clamped(thrown.lo, bounds), clamped(thrown.hi, bounds)};
        ret[sheet->roll] = anything;
    }
}

bool ranges_join(const struct sheet *sheet, struct range *into, const struct range *from,
                 bool to_bounds)
{
    bool grew = false;
    for (size_t i = 0; i < sheet->count; i++) {
        const struct range bounds = sheet_bounds(sheet, i);
        if (from[i].lo < into[i].lo) {
            into[i].lo = to_bounds ? least(bounds.lo, from[i].lo) : from[i].lo;
            grew = true;
        }
        if (from[i].hi > into[i].hi) {
            into[i].hi = to_bounds ? most(bounds.hi, from[i].hi) : from[i].hi;
            grew = true;
        }
    }
    return grew;
}

/* ---- expressions ---- */

static struct range range_at(const struct range *ranges, size_t first, int32_t index)
{
    return index < 0 ? anything : ranges[first + (size_t)index];
}

static struct range carried(const struct sheet *sheet, const struct range *ranges)
{
    int64_t lo = 0;
    int64_t hi = 0;
    for (size_t i = sheet->items; i < sheet->counters; i++) {
        lo += ranges[i].lo;
        hi += ranges[i].hi;
    }
    return (struct range){saturated(lo), least(saturated(hi), sheet->story->capacity)};
}

static enum truth section_truth(const struct sheet *sheet, int32_t section)
{
    return section < 0 || sheet->visited[section] ? PERHAPS : NEVER;
}

static struct range leaf_range(const struct sheet *sheet, const struct range *ranges,
                               const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_NUMBER: return (struct range){expr->value, expr->value};
    case EXPR_DICE:
        return (struct range){expr->value, saturated((int64_t)expr->value * expr->faces)};
    case EXPR_STAT: return range_at(ranges, 0, expr->value);
    case EXPR_ITEM: return range_at(ranges, sheet->items, expr->value);
    case EXPR_GOLD: return ranges[sheet->gold];
    case EXPR_FLAG: return range_at(ranges, sheet->flags, expr->value);
    case EXPR_COUNTER: return range_at(ranges, sheet->counters, expr->value);
    case EXPR_VISITED: return truth_range[section_truth(sheet, expr->value)];
    case EXPR_ROLL: return ranges[sheet->roll];
    case EXPR_CARRIED: return carried(sheet, ranges);
    default: return anything; /* no leaf */
    }
}

static enum truth truth_of(struct range value)
{
    if (value.lo == 0 && value.hi == 0)
        return NEVER;
    return value.lo > 0 || value.hi < 0 ? ALWAYS : PERHAPS;
}

static enum truth truth_not(enum truth truth)
{
    return truth == NEVER ? ALWAYS : truth == ALWAYS ? NEVER : PERHAPS;
}

static enum truth is_less(struct range a, struct range b)
{
    if (a.hi < b.lo)
        return ALWAYS;
    return a.lo >= b.hi ? NEVER : PERHAPS;
}

static enum truth is_equal(struct range a, struct range b)
{
    if (a.lo == a.hi && b.lo == b.hi && a.lo == b.lo)
        return ALWAYS;
    return a.hi < b.lo || b.hi < a.lo ? NEVER : PERHAPS;
}

/* The hull of f at the four corners: enough for what is monotonous in each operand. */
static struct range corners(struct range a, struct range b, int64_t (*f)(int64_t, int64_t))
{
    const int64_t values[] = {f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi)};
    int64_t lo = values[0];
    int64_t hi = values[0];
    for (size_t i = 1; i < COUNT_OF(values); i++) {
        lo = values[i] < lo ? values[i] : lo;
        hi = values[i] > hi ? values[i] : hi;
    }
    return (struct range){saturated(lo), saturated(hi)};
}

static int64_t multiply(int64_t a, int64_t b)
{
    return a * b;
}

static int64_t divide(int64_t a, int64_t b)
{
    return b == 0 ? 0 : a / b;
}

/* A divisor on both sides of 0 may be 1 or -1, and no result is larger than the dividend. */
static struct range divided(struct range a, struct range b)
{
    if (b.lo > 0 || b.hi < 0)
        return corners(a, b, divide);
    const int32_t size = most(abs(a.lo), abs(a.hi));
    return (struct range){-size, size};
}

static struct range remainder_of(struct range a, struct range b)
{
    const int32_t size = least(most(abs(a.lo), abs(a.hi)), most(0, most(abs(b.lo), abs(b.hi)) - 1));
    return (struct range){a.lo < 0 ? -size : 0, a.hi > 0 ? size : 0};
}

static struct range absolute(struct range a)
{
    if (a.lo >= 0)
        return a;
    return a.hi <= 0 ? (struct range){-a.hi, -a.lo} : (struct range){0, most(-a.lo, a.hi)};
}

static enum truth both(enum truth a, enum truth b)
{
    return a < b ? a : b;
}

static enum truth either(enum truth a, enum truth b)
{
    return a > b ? a : b;
}

static struct range pair_range(enum expr_kind kind, struct range a, struct range b)
{
    switch (kind) {
    case EXPR_OR: return truth_range[either(truth_of(a), truth_of(b))];
    case EXPR_AND: return truth_range[both(truth_of(a), truth_of(b))];
    case EXPR_EQUAL: return truth_range[is_equal(a, b)];
    case EXPR_UNEQUAL: return truth_range[truth_not(is_equal(a, b))];
    case EXPR_LESS: return truth_range[is_less(a, b)];
    case EXPR_LESS_EQUAL: return truth_range[truth_not(is_less(b, a))];
    case EXPR_GREATER: return truth_range[is_less(b, a)];
    case EXPR_GREATER_EQUAL: return truth_range[truth_not(is_less(a, b))];
    case EXPR_ADD:
        return (struct range){saturated((int64_t)a.lo + b.lo), saturated((int64_t)a.hi + b.hi)};
    case EXPR_SUBTRACT:
        return (struct range){saturated((int64_t)a.lo - b.hi), saturated((int64_t)a.hi - b.lo)};
    case EXPR_MULTIPLY: return corners(a, b, multiply);
    case EXPR_DIVIDE: return divided(a, b);
    case EXPR_REMAINDER: return remainder_of(a, b);
    case EXPR_MIN: return (struct range){least(a.lo, b.lo), least(a.hi, b.hi)};
    case EXPR_MAX: return (struct range){most(a.lo, b.lo), most(a.hi, b.hi)};
    default: return anything; /* no pair */
    }
}

struct range expr_range(const struct sheet *sheet, const struct range *ranges,
                        const struct expr *expr)
{
    if (!expr)
        return (struct range){0, 0};
    if (!expr->left)
        return leaf_range(sheet, ranges, expr);
    const struct range left = expr_range(sheet, ranges, expr->left);
    if (expr->kind == EXPR_NOT)
        return truth_range[truth_not(truth_of(left))];
    if (expr->kind == EXPR_NEGATE)
        return (struct range){-left.hi, -left.lo};
    if (expr->kind == EXPR_ABS)
        return absolute(left);
    return pair_range(expr->kind, left, expr_range(sheet, ranges, expr->right));
}

/* ---- conditions ---- */

/* Which number a leaf looks at; SIZE_MAX for one that looks at none or at an unknown one. */
static size_t number_of(const struct sheet *sheet, const struct condition *condition)
{
    const size_t index = (size_t)condition->index;
    switch (condition->kind) {
    case CONDITION_GOLD: return sheet->gold;
    case CONDITION_ROLL: return sheet->roll;
    case CONDITION_ITEM: return condition->index < 0 ? SIZE_MAX : sheet->items + index;
    case CONDITION_STAT: return condition->index < 0 ? SIZE_MAX : index;
    case CONDITION_FLAG: return condition->index < 0 ? SIZE_MAX : sheet->flags + index;
    case CONDITION_COUNTER: return condition->index < 0 ? SIZE_MAX : sheet->counters + index;
    case CONDITION_ALL:
    case CONDITION_ANY:
    case CONDITION_NOT:
    case CONDITION_VISITED:
    case CONDITION_TEST:
    case CONDITION_ROUND: return SIZE_MAX;
    }
    return SIZE_MAX;
}

static struct range asked_of(const struct condition *condition)
{
    if (condition->kind == CONDITION_FLAG)
        return truth_range[ALWAYS];
    return (struct range){condition->min, condition->max};
}

static enum truth leaf_truth(const struct sheet *sheet, const struct range *ranges,
                             const struct condition *condition)
{
    if (condition->kind == CONDITION_VISITED)
        return section_truth(sheet, condition->index);
    if (condition->kind == CONDITION_TEST)
        return condition->test ? truth_of(expr_range(sheet, ranges, condition->test)) : PERHAPS;
    const size_t number = number_of(sheet, condition);
    if (number == SIZE_MAX)
        return PERHAPS;
    const struct range has = ranges[number];
    const struct range asked = asked_of(condition);
    if (has.hi < asked.lo || has.lo > asked.hi || asked.lo > asked.hi)
        return NEVER;
    return has.lo >= asked.lo && has.hi <= asked.hi ? ALWAYS : PERHAPS;
}

enum truth condition_truth(const struct sheet *sheet, const struct range *ranges,
                           const struct condition *condition)
{
    if (!condition)
        return ALWAYS;
    enum truth truth = condition->kind == CONDITION_ANY ? NEVER : ALWAYS;
    switch (condition->kind) {
    case CONDITION_ALL:
    case CONDITION_ANY:
        for (size_t i = 0; i < condition->child_count; i++) {
            const enum truth child = condition_truth(sheet, ranges, &condition->children[i]);
            truth = condition->kind == CONDITION_ALL ? both(truth, child) : either(truth, child);
        }
        return truth;
    case CONDITION_NOT:
        return condition->child_count == 0
                   ? PERHAPS
                   : truth_not(condition_truth(sheet, ranges, condition->children));
    case CONDITION_ITEM:
    case CONDITION_STAT:
    case CONDITION_GOLD:
    case CONDITION_FLAG:
    case CONDITION_COUNTER:
    case CONDITION_VISITED:
    case CONDITION_ROLL:
    case CONDITION_TEST:
    case CONDITION_ROUND: return leaf_truth(sheet, ranges, condition);
    }
    ENSURE(false); /* every kind is handled above */
}

static bool leaf_assume(const struct sheet *sheet, struct range *ranges,
                        const struct condition *condition, bool holds)
{
    const enum truth truth = leaf_truth(sheet, ranges, condition);
    if (truth == (holds ? NEVER : ALWAYS))
        return false;
    const size_t number = number_of(sheet, condition);
    if (number == SIZE_MAX)
        return true;
    struct range *has = &ranges[number];
    const struct range asked = asked_of(condition);
    if (holds) {
        *has = (struct range){most(has->lo, asked.lo), least(has->hi, asked.hi)};
        return has->lo <= has->hi;
    }
    /* A hole in the middle of a range cannot be told. */
    if (has->lo >= asked.lo && has->lo <= asked.hi)
        has->lo = asked.hi + (asked.hi < INT32_MAX);
    if (has->hi <= asked.hi && has->hi >= asked.lo)
        has->hi = asked.lo - (asked.lo > INT32_MIN);
    return has->lo <= has->hi;
}

/* One of the children is so: what each of them leaves, joined. */
static bool some_assume(const struct sheet *sheet, struct range *ranges,
                        const struct condition *condition, bool holds)
{
    const size_t bytes = sheet->count * sizeof *ranges;
    struct range *before = malloc(2 * bytes);
    ENSURE_MEMORY(before);
    struct range *child = before + sheet->count;
    bool possible = false;
    memcpy(before, ranges, bytes);
    for (size_t i = 0; i < condition->child_count; i++) {
        memcpy(child, before, bytes);
        if (!condition_assume(sheet, child, &condition->children[i], holds))
            continue;
        if (possible)
            (void)ranges_join(sheet, ranges, child, false);
        else
            memcpy(ranges, child, bytes);
        possible = true;
    }
    free(before);
    return possible;
}

bool condition_assume(const struct sheet *sheet, struct range *ranges,
                      const struct condition *condition, bool holds)
{
    if (!condition)
        return holds;
    switch (condition->kind) {
    case CONDITION_ALL:
    case CONDITION_ANY:
        if ((condition->kind == CONDITION_ANY) == holds)
            return some_assume(sheet, ranges, condition, holds);
        for (size_t i = 0; i < condition->child_count; i++) {
            if (!condition_assume(sheet, ranges, &condition->children[i], holds))
                return false;
        }
        return true;
    case CONDITION_NOT:
        return condition->child_count == 0 ||
               condition_assume(sheet, ranges, condition->children, !holds);
    case CONDITION_ITEM:
    case CONDITION_STAT:
    case CONDITION_GOLD:
    case CONDITION_FLAG:
    case CONDITION_COUNTER:
    case CONDITION_VISITED:
    case CONDITION_ROLL:
    case CONDITION_TEST:
    case CONDITION_ROUND: return leaf_assume(sheet, ranges, condition, holds);
    }
    ENSURE(false); /* every kind is handled above */
}

const struct condition *condition_never(const struct sheet *sheet, const struct range *ranges,
                                        const struct condition *condition)
{
    if (condition_truth(sheet, ranges, condition) != NEVER)
        return NULL;
    if (condition->kind != CONDITION_ALL)
        return condition;
    for (size_t i = 0; i < condition->child_count; i++) {
        const struct condition *never = condition_never(sheet, ranges, &condition->children[i]);
        if (never)
            return never;
    }
    return condition;
}

/* ---- effects ---- */

static void change(struct range *number, struct range amount, bool set, struct range bounds)
{
    const struct range from = set ? (struct range){0, 0} : *number;
    number->lo = clamped((int64_t)from.lo + amount.lo, bounds);
    number->hi = clamped((int64_t)from.hi + amount.hi, bounds);
}

/* An item grows by no more than what the capacity still holds, which may be nothing. */
static void change_item(const struct sheet *sheet, struct range *ranges, size_t number,
                        struct range amount, bool set)
{
    const struct range bounds = sheet_bounds(sheet, number);
    const struct range before = ranges[number];
    int64_t others = 0;
    for (size_t i = sheet->items; i < sheet->counters; i++)
        others += i == number ? 0 : ranges[i].hi;
    change(&ranges[number], amount, set, bounds);
    if (others + ranges[number].hi <= sheet->story->capacity)
        return;
    ranges[number].lo = least(ranges[number].lo, before.lo);
}

void effect_assume(const struct sheet *sheet, struct range *ranges, const struct effect *effect)
{
    const size_t index = (size_t)effect->index;
    struct range amount = {effect->value, effect->value};
    if (effect->amount) {
        amount = expr_range(sheet, ranges, effect->amount);
        if (sheet->story->tracks_roll && expr_dice_count(effect->amount) > 0)
            ranges[sheet->roll] = anything;
    }
    if (effect->index < 0 && effect->kind != EFFECT_GOLD)
        return;
    switch (effect->kind) {
    case EFFECT_STAT:
        change(&ranges[index], amount, effect->set, sheet_bounds(sheet, index));
        return;
    case EFFECT_ITEM: change_item(sheet, ranges, sheet->items + index, amount, effect->set); return;
    case EFFECT_GOLD:
        change(&ranges[sheet->gold], amount, effect->set, sheet_bounds(sheet, sheet->gold));
        return;
    case EFFECT_FLAG: ranges[sheet->flags + index] = amount; return;
    case EFFECT_COUNTER:
        change(&ranges[sheet->counters + index], amount, effect->set,
               sheet_bounds(sheet, sheet->counters + index));
        return;
    case EFFECT_GO: break; /* no change */
    }
}
