/* Conditions are trees of at most LIMIT_CONDITION_DEPTH levels (the story loader checks it), so
 * walking them by recursion is bounded. */
#include "app/game/expr.h"

static bool within(int32_t value, const struct condition *condition)
{
    return value >= condition->min && value <= condition->max;
}

static bool all_hold(const struct condition *condition, const struct state *state)
{
    for (size_t i = 0; i < condition->child_count; i++) {
        if (!condition_holds(&condition->children[i], state))
            return false;
    }
    return true;
}

static bool any_holds(const struct condition *condition, const struct state *state)
{
    for (size_t i = 0; i < condition->child_count; i++) {
        if (condition_holds(&condition->children[i], state))
            return true;
    }
    return false;
}

bool condition_holds(const struct condition *condition, const struct state *state)
{
    if (!condition)
        return true;
    switch (condition->kind) {
    case CONDITION_ALL: return all_hold(condition, state);
    case CONDITION_ANY: return any_holds(condition, state);
    case CONDITION_NOT:
        ENSURE(condition->child_count == 1);
        return !condition_holds(condition->children, state);
    case CONDITION_ITEM:
        ENSURE(condition->index >= 0 && condition->index < LIMIT_ITEMS);
        return within(state->items[condition->index], condition);
    case CONDITION_STAT:
        ENSURE(condition->index >= 0 && condition->index < LIMIT_STATS);
        return within(state->stats[condition->index], condition);
    case CONDITION_GOLD: return within(state->gold, condition);
    case CONDITION_FLAG:
        ENSURE(condition->index >= 0 && condition->index < LIMIT_FLAGS);
        return state_flag(state, condition->index);
    case CONDITION_COUNTER:
        ENSURE(condition->index >= 0 && condition->index < LIMIT_COUNTERS);
        return within(state->counters[condition->index], condition);
    case CONDITION_VISITED:
        ENSURE(condition->index >= 0 && condition->index < LIMIT_SECTIONS);
        return state_visited(state, condition->index);
    case CONDITION_ROLL: return within(state->last_roll, condition);
    case CONDITION_TEST: return expr_value(condition->test, state, NULL) != 0;
    case CONDITION_ROUND: return within(state->fight.round, condition);
    }
    ENSURE(false); /* every kind is handled above */
}

size_t condition_needs(const struct condition *condition, const struct state *state,
                       const struct condition **ret, size_t cap)
{
    if (cap == 0 || condition_holds(condition, state))
        return 0;
    const bool is_group = condition->kind == CONDITION_ALL || condition->kind == CONDITION_ANY;
    /* An any without parts can be helped by nothing; it stands for itself, so that whoever is
     * refused is always given at least one reason. */
    if (!is_group || condition->child_count == 0) {
        ret[0] = condition;
        return 1;
    }
    /* In a failing any every part fails, so both groups are walked the same way. */
    size_t count = 0;
    for (size_t i = 0; i < condition->child_count; i++)
        count += condition_needs(&condition->children[i], state, ret + count, cap - count);
    return count;
}
