#include "app/game/story.h"

#include <stdlib.h>

struct story *story_new(void)
{
    struct story *story = calloc(1, sizeof *story);
    ENSURE_MEMORY(story);
    atomic_init(&story->refs, 1);
    return story;
}

struct story *story_ref(struct story *story)
{
    atomic_fetch_add_explicit(&story->refs, 1, memory_order_relaxed);
    return story;
}

void story_unref(struct story *story)
{
    if (!story)
        return;
    /* Release: what this thread read of the story is read before another thread frees it.
     * Acquire: the thread that frees it comes after all the others. */
    if (atomic_fetch_sub_explicit(&story->refs, 1, memory_order_acq_rel) != 1)
        return;
    arena_release(&story->arena);
    free(story);
}

/* Until story_finish returns, the story is its maker's alone: its parts are const for those who come
 * after. */
static struct choice *fight_choice(struct choice *at, enum choice_act act, const char *id,
                                   struct slice text, const char *words)
{
    *at = (struct choice){.id = slice_str(id),
                          .text = text.len > 0 ? text : slice_str(words),
                          .act = act,
                          .target = -1,
                          .target_failure = -1};
    return at;
}

static void add_strike(struct choice *choice, const struct fight *fight)
{
    choice->type = CHOICE_DICE;
    choice->check = (struct check){.type = DICE_COMBAT,
                                   .stat = fight->skill,
                                   .endurance = fight->endurance,
                                   .foe_name = fight->foes[0].name,
                                   .foe_skill = fight->foes[0].skill,
                                   .foe_endurance = fight->foes[0].endurance,
                                   .damage = fight->damage};
    choice->target = fight->win;
    choice->target_failure = fight->lose;
}

static void add_flight(struct choice *choice, const struct fight *fight, struct arena *arena)
{
    choice->target = fight->flee_target;
    choice->effects = fight->flee_effects;
    choice->effect_count = fight->flee_effect_count;
    if (fight->flee_after == 0)
        return;
    struct condition *later = arena_alloc(arena, sizeof *later);
    *later = (struct condition){.kind = CONDITION_ROUND,
                                .min = fight->flee_after,
                                .max = INT32_MAX,
                                .text = arena_printf(arena, "after round %d", fight->flee_after)};
    choice->type = CHOICE_CONDITIONAL;
    choice->condition = later;
}

static void finish_fight(struct story *story, struct section *section)
{
    enum { CHOICES_MAX = 3 };
    const struct fight *fight = section->fight;
    ENSURE(fight->foe_count <= LIMIT_FOES);
    if (fight->foe_count == 0)
        return; /* a draft */
    struct choice *choices = arena_array(&story->arena, CHOICES_MAX, sizeof *choices);
    size_t count = 0;
    add_strike(fight_choice(&choices[count++], ACT_ATTACK, "attack", fight->attack_text,
                            FIGHT_ATTACK_TEXT),
               fight);
    if (fight->luck >= 0)
        add_strike(
            fight_choice(&choices[count++], ACT_LUCK, "luck", fight->luck_text, FIGHT_LUCK_TEXT),
            fight);
    if (fight->flee_target >= 0)
        add_flight(
            fight_choice(&choices[count++], ACT_FLEE, "flee", fight->flee_text, FIGHT_FLEE_TEXT),
            fight, &story->arena);
    section->choices = choices;
    section->choice_count = count;
    if (fight->foe_count > story->foes_max)
        story->foes_max = fight->foe_count;
}

static void finish_use(struct story *story, size_t index)
{
    const struct item_def *item = &story->items[index];
    struct choice *choice = (struct choice *)&item->use->choice;
    choice->id = arena_printf(&story->arena, "use:%.*s", SLICE_ARG(item->id));
    choice->type = choice->condition ? CHOICE_CONDITIONAL : CHOICE_DIRECT;
    choice->act = ACT_USE;
    choice->index = (int32_t)index; /* at most LIMIT_ITEMS */
    choice->hidden = true;          /* an item that cannot be used now is no choice */
    choice->target = -1;
    choice->target_failure = -1;
}

void story_finish(struct story *story)
{
    for (size_t i = 0; i < story->section_count; i++) {
        struct section *section = (struct section *)&story->sections[i];
        if (section->fight)
            finish_fight(story, section);
        for (size_t k = 0; k < section->choice_count; k++) {
            struct choice *choice = (struct choice *)&section->choices[k];
            choice->index = (int32_t)k; /* at most LIMIT_SECTION_CHOICES */
            story->has_rerolls |= choice->check.rerolls > 0;
        }
    }
    for (size_t i = 0; i < story->item_count; i++) {
        if (story->items[i].use)
            finish_use(story, i);
    }
}

int32_t story_section_find(const struct story *story, int32_t number)
{
    size_t low = 0;
    size_t high = story->section_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (story->sections[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == story->section_count || story->sections[low].number != number)
        return -1;
    return (int32_t)low; /* at most LIMIT_SECTIONS */
}

const char *choice_type_name(enum choice_type type)
{
    switch (type) {
    case CHOICE_DIRECT: return "direct";
    case CHOICE_CONDITIONAL: return "conditional";
    case CHOICE_DICE: return "dice";
    case CHOICE_MIXED: return "mixed";
    }
    ENSURE(false); /* every type is handled above */
}

const char *dice_type_name(enum dice_type type)
{
    switch (type) {
    case DICE_NONE: return "none";
    case DICE_LUCK:
    case DICE_ROLL:
    case DICE_TABLE:
    case DICE_CHANCE: return "chance";
    case DICE_COMBAT: return "combat";
    }
    ENSURE(false); /* every type is handled above */
}
