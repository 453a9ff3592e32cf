#include "app/author/usage.h"

static void mark(uint8_t *bits, int32_t index, unsigned use)
{
    if (index >= 0)
        bits[index] |= (uint8_t)use;
}

static void look_at_expr(struct usage *usage, const struct expr *expr)
{
    if (!expr)
        return;
    look_at_expr(usage, expr->left);
    look_at_expr(usage, expr->right);
    if (expr->kind == EXPR_STAT)
        mark(usage->stats, expr->value, USED_ASKED);
    if (expr->kind == EXPR_ITEM)
        mark(usage->items, expr->value, USED_ASKED);
    if (expr->kind == EXPR_FLAG)
        mark(usage->flags, expr->value, USED_ASKED);
    if (expr->kind == EXPR_COUNTER)
        mark(usage->counters, expr->value, USED_ASKED);
}

static void look_at_condition(struct usage *usage, const struct condition *condition)
{
    if (!condition)
        return;
    for (size_t i = 0; i < condition->child_count; i++)
        look_at_condition(usage, &condition->children[i]);
    look_at_expr(usage, condition->test);
    if (condition->kind == CONDITION_STAT)
        mark(usage->stats, condition->index, USED_ASKED);
    if (condition->kind == CONDITION_ITEM)
        mark(usage->items, condition->index, USED_ASKED);
    if (condition->kind == CONDITION_FLAG)
        mark(usage->flags, condition->index, USED_ASKED);
    if (condition->kind == CONDITION_COUNTER)
        mark(usage->counters, condition->index, USED_ASKED);
}

static void look_at_effects(struct usage *usage, const struct effect *effects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct effect *effect = &effects[i];
        look_at_condition(usage, effect->when);
        look_at_expr(usage, effect->amount);
        if (effect->kind == EFFECT_STAT)
            mark(usage->stats, effect->index, USED_CHANGED);
        if (effect->kind == EFFECT_ITEM)
            mark(usage->items, effect->index, USED_CHANGED);
        if (effect->kind == EFFECT_FLAG)
            mark(usage->flags, effect->index, USED_CHANGED);
        if (effect->kind == EFFECT_COUNTER)
            mark(usage->counters, effect->index, USED_CHANGED);
    }
}

static void look_at_check(struct usage *usage, const struct check *check)
{
    if (check->type == DICE_NONE)
        return;
    if (check->type != DICE_ROLL && check->type != DICE_TABLE)
        mark(usage->stats, check->stat, USED_ASKED);
    look_at_expr(usage, check->throw);
    look_at_expr(usage, check->goal);
    look_at_condition(usage, check->reroll_when);
    look_at_effects(usage, check->reroll_effects, check->reroll_effect_count);
    for (size_t i = 0; i < check->outcome_count; i++)
        look_at_effects(usage, check->outcomes[i].effects, check->outcomes[i].effect_count);
}

static void look_at_choice(struct usage *usage, const struct choice *choice)
{
    look_at_condition(usage, choice->condition);
    look_at_effects(usage, choice->effects, choice->effect_count);
    look_at_check(usage, &choice->check);
}

static void look_at_section(struct usage *usage, const struct section *section)
{
    look_at_effects(usage, section->effects, section->effect_count);
    look_at_effects(usage, section->leave, section->leave_count);
    if (section->fight) {
        look_at_effects(usage, section->fight->flee_effects, section->fight->flee_effect_count);
        mark(usage->stats, section->fight->luck, USED_ASKED);
        return;
    }
    for (size_t i = 0; i < section->choice_count; i++)
        look_at_choice(usage, &section->choices[i]);
}

static void look_at_sheet(struct usage *usage, const struct story *story)
{
    for (size_t i = 0; i < story->stat_count; i++) {
        if (story->stats[i].zero_section >= 0)
            mark(usage->stats, (int32_t)i, USED_OTHER);
    }
    for (size_t i = 0; i < story->item_count; i++) {
        const struct item_def *item = &story->items[i];
        if (item->initial > 0 || item->use)
            mark(usage->items, (int32_t)i, USED_OTHER);
        if (item->use)
            look_at_choice(usage, &item->use->choice);
    }
}

void usage_init(struct usage *usage, const struct story *story)
{
    *usage = (struct usage){.arena = {.blocks = NULL}};
    usage->stats = arena_alloc(&usage->arena, story->stat_count);
    usage->items = arena_alloc(&usage->arena, story->item_count);
    usage->flags = arena_alloc(&usage->arena, story->flag_count);
    usage->counters = arena_alloc(&usage->arena, story->counter_count);
    look_at_sheet(usage, story);
    for (size_t i = 0; i < story->section_count; i++)
        look_at_section(usage, &story->sections[i]);
}

void usage_release(struct usage *usage)
{
    arena_release(&usage->arena);
}
