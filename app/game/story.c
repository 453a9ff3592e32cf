#include "app/game/story.h"

#include <stdlib.h>

struct story *story_new(void)
{
    struct story *story = calloc(1, sizeof *story);
    ENSURE(story != NULL);
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
    case DICE_CHANCE: return "chance";
    case DICE_COMBAT: return "combat";
    }
    ENSURE(false); /* every type is handled above */
}
