#include "app/game/effect.h"

void event_change(struct event *event, enum effect_kind kind, int32_t index, int32_t from,
                  int32_t to)
{
    if (from == to)
        return;
    ENSURE(event->change_count < GAME_CHANGES_MAX);
    event->changes[event->change_count++] =
        (struct change){.kind = kind, .index = index, .from = from, .to = to};
}

/* What the effect asks for, before any range. Two int32_t never overflow an int64_t. */
static int64_t wanted(const struct effect *effect, int32_t now)
{
    return effect->set ? (int64_t)effect->value : (int64_t)now + effect->value;
}

static void apply_stat(const struct story *story, const struct effect *effect, struct state *state,
                       struct event *event)
{
    ENSURE(effect->index >= 0 && (size_t)effect->index < story->stat_count);
    const struct stat_def *def = &story->stats[effect->index];
    int32_t *stat = &state->stats[effect->index];
    const int32_t from = *stat;
    *stat = clamp_i32(wanted(effect, from), def->min, def->max);
    event_change(event, EFFECT_STAT, effect->index, from, *stat);
}

/* How many more items the hero can carry. */
static int32_t room_left(const struct story *story, const struct state *state)
{
    int64_t room = story->capacity;
    for (size_t i = 0; i < story->item_count; i++)
        room -= state->items[i];
    return clamp_i32(room, 0, story->capacity);
}

static void apply_item(const struct story *story, const struct effect *effect, struct state *state,
                       struct event *event)
{
    ENSURE(effect->index >= 0 && (size_t)effect->index < story->item_count);
    int32_t *item = &state->items[effect->index];
    const int32_t from = *item;
    *item = clamp_i32(wanted(effect, from), 0, from + room_left(story, state));
    event_change(event, EFFECT_ITEM, effect->index, from, *item);
}

static void apply_gold(const struct effect *effect, struct state *state, struct event *event)
{
    const int32_t from = state->gold;
    state->gold = clamp_i32(wanted(effect, from), 0, LIMIT_GOLD);
    event_change(event, EFFECT_GOLD, 0, from, state->gold);
}

static void apply_flag(const struct story *story, const struct effect *effect, struct state *state,
                       struct event *event)
{
    ENSURE(effect->index >= 0 && (size_t)effect->index < story->flag_count);
    const bool from = state_flag(state, effect->index);
    const bool to = effect->value != 0;
    const uint8_t bit = (uint8_t)(1U << (effect->index % 8));
    uint8_t *byte = &state->flags[effect->index / 8];
    *byte = (uint8_t)(to ? *byte | bit : *byte & ~bit);
    event_change(event, EFFECT_FLAG, effect->index, from, to);
}

void effects_apply(const struct story *story, const struct effect *effects, size_t count,
                   struct state *state, struct event *event)
{
    for (size_t i = 0; i < count; i++) {
        const struct effect *effect = &effects[i];
        switch (effect->kind) {
        case EFFECT_STAT: apply_stat(story, effect, state, event); break;
        case EFFECT_ITEM: apply_item(story, effect, state, event); break;
        case EFFECT_GOLD: apply_gold(effect, state, event); break;
        case EFFECT_FLAG: apply_flag(story, effect, state, event); break;
        case EFFECT_COUNTER:
        case EFFECT_GO: break;
        }
    }
}
