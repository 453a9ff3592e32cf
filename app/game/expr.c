/* Trees are at most LIMIT_EXPR_DEPTH nodes high (the story loader checks it), so walking them by
 * recursion is bounded. */
#include "app/game/expr.h"

#include "app/game/effect.h"
#include "app/game/roll.h"

static int32_t saturated(int64_t value)
{
    return clamp_i32(value, -LIMIT_EXPR_INTEGER, LIMIT_EXPR_INTEGER);
}

static int32_t thrown(const struct expr *expr, const struct throws *throws)
{
    ENSURE(throws != NULL); /* the loader lets dice in only where there are some to throw */
    return roll_add(throws->play, expr->value, expr->faces, throws->purpose)->total;
}

static int32_t carried(const struct state *state)
{
    int64_t sum = 0;
    for (size_t i = 0; i < LIMIT_ITEMS; i++)
        sum += state->items[i];
    return saturated(sum);
}

static bool below(int32_t index, int32_t count)
{
    return index >= 0 && index < count;
}

static int32_t leaf_value(const struct expr *expr, const struct state *state,
                          const struct throws *throws)
{
    const int32_t index = expr->value;
    switch (expr->kind) {
    case EXPR_NUMBER: return expr->value;
    case EXPR_DICE: return thrown(expr, throws);
    case EXPR_STAT: ENSURE(below(index, LIMIT_STATS)); return state->stats[index];
    case EXPR_ITEM: ENSURE(below(index, LIMIT_ITEMS)); return state->items[index];
    case EXPR_GOLD: return state->gold;
    case EXPR_FLAG: ENSURE(below(index, LIMIT_FLAGS)); return state_flag(state, index);
    case EXPR_COUNTER: ENSURE(below(index, LIMIT_COUNTERS)); return state->counters[index];
    case EXPR_VISITED: ENSURE(below(index, LIMIT_SECTIONS)); return state_visited(state, index);
    case EXPR_ROLL: return state->last_roll;
    case EXPR_CARRIED: return carried(state);
    default: break;
    }
    ENSURE(false); /* whoever calls has a leaf */
}

static int32_t divided(int32_t a, int32_t b)
{
    return b == 0 ? 0 : a / b; /* both within +-LIMIT_EXPR_INTEGER: the quotient is too */
}

static int32_t both_value(enum expr_kind kind, int32_t a, int32_t b)
{
    switch (kind) {
    case EXPR_OR: return a != 0 || b != 0;
    case EXPR_AND: return a != 0 && b != 0;
    case EXPR_EQUAL: return a == b;
    case EXPR_UNEQUAL: return a != b;
    case EXPR_LESS: return a < b;
    case EXPR_LESS_EQUAL: return a <= b;
    case EXPR_GREATER: return a > b;
    case EXPR_GREATER_EQUAL: return a >= b;
    case EXPR_ADD: return saturated((int64_t)a + b);
    case EXPR_SUBTRACT: return saturated((int64_t)a - b);
    case EXPR_MULTIPLY: return saturated((int64_t)a * b);
    case EXPR_DIVIDE: return divided(a, b);
    case EXPR_REMAINDER: return b == 0 ? 0 : a % b;
    case EXPR_MIN: return a < b ? a : b;
    case EXPR_MAX: return a > b ? a : b;
    default: break;
    }
    ENSURE(false); /* whoever calls has two operands */
}

int32_t expr_value(const struct expr *expr, const struct state *state, const struct throws *throws)
{
    if (!expr->left)
        return saturated(leaf_value(expr, state, throws));
    const int32_t left = expr_value(expr->left, state, throws);
    if (expr->right)
        return both_value(expr->kind, left, expr_value(expr->right, state, throws));
    switch (expr->kind) {
    case EXPR_NOT: return left == 0;
    case EXPR_NEGATE: return -left;
    case EXPR_ABS: return left < 0 ? -left : left;
    default: break;
    }
    ENSURE(false); /* every kind with one operand is handled above */
}

size_t expr_dice_count(const struct expr *expr)
{
    if (!expr)
        return 0;
    return (expr->kind == EXPR_DICE) + expr_dice_count(expr->left) + expr_dice_count(expr->right);
}
