/* Every part is counted as it is written (app/snapshot.c) when it is largest: texts with their
 * escapes, numbers with all their digits, each choice as one that lacks everything. What two states
 * cannot have at the same time is counted all the same. */
#include "app/snapshot.h"

enum {
    /* All that has no text of an author: members, times, ids, hashes, the hero's name. */
    FRAME_BYTES = 5000,
    CHOICE_BYTES = 300,
    OUTCOME_BYTES = 50,
    NEED_BYTES = 80 + LIMIT_ID_BYTES,
    NEEDS = 32, /* written of one choice */
    STAT_BYTES = 40 + 2 * LIMIT_ID_BYTES,
    ITEM_BYTES = 100 + LIMIT_ID_BYTES,
    FOE_BYTES = 100,
    ROLL_BYTES = 180, /* twenty dice of a hundred faces */
};

/* As a JSON string. */
static size_t text_bytes(struct slice text)
{
    size_t len = text.len + 2;
    for (size_t i = 0; i < text.len; i++)
        len += text.at[i] < 0x20 || text.at[i] == '"' || text.at[i] == '\\';
    return len;
}

struct needs {
    size_t count, sum, largest;
};

/* All that could ever be given as a reason. */
static void needs_add(const struct condition *condition, struct needs *needs)
{
    const size_t bytes = text_bytes(condition->text) + NEED_BYTES;
    needs->count++;
    needs->sum += bytes;
    needs->largest = bytes > needs->largest ? bytes : needs->largest;
    for (size_t i = 0; i < condition->child_count; i++)
        needs_add(&condition->children[i], needs);
}

static size_t conditions_bytes(const struct condition *condition)
{
    if (!condition)
        return 0;
    struct needs needs = {.count = 0};
    needs_add(condition, &needs);
    size_t bytes = needs.count <= NEEDS ? needs.sum : NEEDS * needs.largest;
    if (condition->kind != CONDITION_ALL)
        return bytes + text_bytes(condition->text);
    for (size_t i = 0; i < condition->child_count; i++)
        bytes += text_bytes(condition->children[i].text) + 1;
    return bytes;
}

static size_t choice_bytes(const struct choice *choice)
{
    return CHOICE_BYTES + text_bytes(choice->id) + text_bytes(choice->text) +
           conditions_bytes(choice->condition) + choice->check.outcome_count * OUTCOME_BYTES;
}

static size_t section_bytes(const struct section *section)
{
    size_t bytes = text_bytes(section->html) + text_bytes(section->summary) +
                   text_bytes(section->ending_title);
    for (size_t i = 0; i < section->choice_count; i++)
        bytes += choice_bytes(&section->choices[i]);
    for (size_t i = 0; section->fight && i < section->fight->foe_count; i++)
        bytes += text_bytes(section->fight->foes[i].name) + FOE_BYTES;
    return bytes;
}

static size_t sheet_bytes(const struct story *story)
{
    size_t bytes = 0;
    for (size_t i = 0; i < story->stat_count; i++)
        bytes += text_bytes(story->stats[i].name) + STAT_BYTES;
    for (size_t i = 0; i < story->item_count; i++) {
        const struct item_def *item = &story->items[i];
        bytes += text_bytes(item->name) + text_bytes(item->description) + ITEM_BYTES;
        if (item->use)
            bytes += choice_bytes(&item->use->choice) + story->stat_count * STAT_BYTES;
    }
    return bytes;
}

/* The rolls of a command: each may name a foe of a fight, but in one round only. */
static size_t rolls_bytes(void)
{
    return LIMIT_ROLLS * (size_t)ROLL_BYTES + (size_t)2 * (LIMIT_FOES + 1) * 2 * LIMIT_LABEL_BYTES;
}

size_t snapshot_bytes_max(const struct story *story, const struct section *section)
{
    return FRAME_BYTES + text_bytes(story->id) + text_bytes(story->title) +
           text_bytes(story->language) + section_bytes(section) + sheet_bytes(story) +
           rolls_bytes() + (size_t)2 * LIMIT_CHOICE_TEXT_BYTES;
}
