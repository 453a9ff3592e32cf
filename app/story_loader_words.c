#include <inttypes.h>

#include "app/story_loader_parts.h"

/* "exactly 3", "at least 3", "at most 3", "3 to 5". */
static struct slice words_of_range(struct arena *arena, const struct condition *c)
{
    if (c->min == c->max)
        return arena_printf(arena, "exactly %" PRId32, c->min);
    if (c->max == INT32_MAX)
        return arena_printf(arena, "at least %" PRId32, c->min);
    if (c->min == INT32_MIN)
        return arena_printf(arena, "at most %" PRId32, c->max);
    return arena_printf(arena, "%" PRId32 " to %" PRId32, c->min, c->max);
}

/* A quantity is a price or a need, so "at least" goes without saying: "10 gold", "3 x Rope". */
static struct slice words_of_quantity(struct arena *arena, const struct condition *c)
{
    if (c->max == INT32_MAX)
        return arena_printf(arena, "%" PRId32, c->min);
    return words_of_range(arena, c);
}

static bool is_none(const struct condition *c)
{
    return c->max == 0 && c->min <= 0;
}

static struct slice words_of_item(struct arena *arena, const struct condition *c, struct slice name)
{
    if (is_none(c))
        return arena_printf(arena, "no %.*s", SLICE_ARG(name));
    if (c->min == 1 && c->max == INT32_MAX)
        return arena_dup(arena, name);
    const struct slice quantity = words_of_quantity(arena, c);
    return arena_printf(arena, "%.*s x %.*s", SLICE_ARG(quantity), SLICE_ARG(name));
}

static struct slice words_of_stat(struct arena *arena, const struct condition *c, struct slice name)
{
    const struct slice range = words_of_range(arena, c);
    return arena_printf(arena, "%.*s %.*s", SLICE_ARG(name), SLICE_ARG(range));
}

static struct slice words_of_gold(struct arena *arena, const struct condition *c)
{
    if (is_none(c))
        return SLICE("no gold");
    const struct slice quantity = words_of_quantity(arena, c);
    return arena_printf(arena, "%.*s gold", SLICE_ARG(quantity));
}

static struct slice words_of_roll(struct arena *arena, const struct condition *c)
{
    const struct slice range = words_of_range(arena, c);
    return arena_printf(arena, "a throw of %.*s", SLICE_ARG(range));
}

static bool is_group(const struct condition *c)
{
    return (c->kind == CONDITION_ALL || c->kind == CONDITION_ANY) && c->child_count > 1;
}

/* "Rope, Lantern and (10 gold or the keeper's trust)" */
static struct slice words_of_children(struct arena *arena, const struct condition *c,
                                      const char *last)
{
    struct slice words = SLICE_NONE;
    for (size_t i = 0; i < c->child_count; i++) {
        const struct condition *child = &c->children[i];
        const char *between = i == 0 ? "" : i + 1 < c->child_count ? ", " : last;
        words = arena_printf(arena, is_group(child) ? "%.*s%s(%.*s)" : "%.*s%s%.*s",
                             SLICE_ARG(words), between, SLICE_ARG(child->text));
    }
    return words;
}

struct slice words_of_condition(struct loading *l, const struct condition *c)
{
    const struct story *story = l->story;
    switch (c->kind) {
    case CONDITION_ALL: return words_of_children(l->arena, c, " and ");
    case CONDITION_ANY: return words_of_children(l->arena, c, " or ");
    case CONDITION_NOT: return arena_printf(l->arena, "not: %.*s", SLICE_ARG(c->children->text));
    case CONDITION_ITEM:
        return c->index < 0 ? SLICE_NONE : words_of_item(l->arena, c, story->items[c->index].name);
    case CONDITION_STAT:
        return c->index < 0 ? SLICE_NONE : words_of_stat(l->arena, c, story->stats[c->index].name);
    case CONDITION_GOLD: return words_of_gold(l->arena, c);
    case CONDITION_ROLL: return words_of_roll(l->arena, c);
    /* These may be the story's secret, and their names too: only the author's own text tells. */
    case CONDITION_FLAG:
    case CONDITION_COUNTER:
    case CONDITION_VISITED: return SLICE("an earlier event");
    case CONDITION_TEST: /* has its author's text */
    case CONDITION_ROUND: /* is no author's */ return SLICE_NONE;
    }
    ENSURE(false); /* every kind is handled above */
}

static struct slice words_of_only_choice(struct loading *l, const struct choice *choice)
{
    switch (choice->check.type) {
    case DICE_NONE: return SLICE("There is one way to go on.");
    case DICE_CHANCE:
    case DICE_LUCK:
        return choice->check.stat < 0
                   ? SLICE_NONE
                   : arena_printf(l->arena, "Roll the dice for your %.*s.",
                                  SLICE_ARG(l->story->stats[choice->check.stat].name));
    case DICE_ROLL:
    case DICE_TABLE: return SLICE("Roll the dice.");
    case DICE_COMBAT:
        return arena_printf(l->arena, "Fight: %.*s.", SLICE_ARG(choice->check.foe_name));
    }
    ENSURE(false); /* every type is handled above */
}

/* "Fight: Grey wolf, Young wolf." */
static struct slice words_of_fight(struct loading *l, const struct fight *fight)
{
    struct slice words = SLICE("Fight:");
    for (size_t i = 0; i < fight->foe_count; i++)
        words = arena_printf(l->arena, "%.*s%s %.*s", SLICE_ARG(words), i > 0 ? "," : "",
                             SLICE_ARG(fight->foes[i].name));
    return arena_printf(l->arena, "%.*s.", SLICE_ARG(words));
}

struct slice words_of_section(struct loading *l, const struct section *section)
{
    if (section->fight)
        return words_of_fight(l, section->fight);
    if (section->ending != ENDING_NONE || section->choice_count == 0)
        return SLICE("The end.");
    if (section->choice_count == 1)
        return words_of_only_choice(l, section->choices);
    size_t with_dice = 0;
    for (size_t i = 0; i < section->choice_count; i++)
        with_dice += section->choices[i].check.type != DICE_NONE;
    const char *dice = with_dice == 0                       ? ""
                       : with_dice == section->choice_count ? " All of them need the dice."
                       : with_dice == 1                     ? " One of them needs the dice."
                                                            : " Some of them need the dice.";
    return arena_printf(l->arena, "You can choose between %zu ways.%s", section->choice_count,
                        dice);
}
