#include "app/game/effect.h"

#include "app/game/expr.h"

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
static int64_t wanted(struct play *play, const struct effect *effect, int32_t now)
{
    const struct throws throws = {play, ROLL_EFFECT};
    const int32_t value =
        effect->amount ? expr_value(effect->amount, play->state, &throws) : effect->value;
    return effect->set ? (int64_t)value : (int64_t)now + value;
}

void stat_change(struct play *play, int32_t stat, int64_t value)
{
    ENSURE(stat >= 0 && (size_t)stat < play->story->stat_count);
    const struct stat_def *def = &play->story->stats[stat];
    const int32_t from = play->state->stats[stat];
    play->state->stats[stat] = clamp_i32(value, def->min, def->max);
    event_change(play->event, EFFECT_STAT, stat, from, play->state->stats[stat]);
}

static void apply_stat(struct play *play, const struct effect *effect)
{
    ENSURE(effect->index >= 0 && (size_t)effect->index < play->story->stat_count);
    stat_change(play, effect->index, wanted(play, effect, play->state->stats[effect->index]));
}

/* How many more items the hero can carry. */
static int32_t room_left(const struct story *story, const struct state *state)
{
    int64_t room = story->capacity;
    for (size_t i = 0; i < story->item_count; i++)
        room -= state->items[i];
    return clamp_i32(room, 0, story->capacity);
}

static void apply_item(struct play *play, const struct effect *effect)
{
    ENSURE(effect->index >= 0 && (size_t)effect->index < play->story->item_count);
    int32_t *item = &play->state->items[effect->index];
    const int32_t from = *item;
    const int64_t to = wanted(play, effect, from);
    *item = clamp_i32(to, 0, from + room_left(play->story, play->state));
    event_change(play->event, EFFECT_ITEM, effect->index, from, *item);
}

void item_use_up(struct play *play, int32_t item)
{
    ENSURE(item >= 0 && (size_t)item < play->story->item_count && play->state->items[item] > 0);
    const int32_t from = play->state->items[item]--;
    event_change(play->event, EFFECT_ITEM, item, from, from - 1);
}

static void apply_gold(struct play *play, const struct effect *effect)
{
    const int32_t from = play->state->gold;
    play->state->gold = clamp_i32(wanted(play, effect, from), 0, LIMIT_GOLD);
    event_change(play->event, EFFECT_GOLD, 0, from, play->state->gold);
}

static void apply_flag(struct play *play, const struct effect *effect)
{
    ENSURE(effect->index >= 0 && (size_t)effect->index < play->story->flag_count);
    const bool from = state_flag(play->state, effect->index);
    const bool to = effect->value != 0;
    const uint8_t bit = (uint8_t)(1U << (effect->index % 8));
    uint8_t *byte = &play->state->flags[effect->index / 8];
    *byte = (uint8_t)(to ? *byte | bit : *byte & ~bit);
    event_change(play->event, EFFECT_FLAG, effect->index, from, to);
}

static void apply_counter(struct play *play, const struct effect *effect)
{
    ENSURE(effect->index >= 0 && (size_t)effect->index < play->story->counter_count);
    const struct counter_def *def = &play->story->counters[effect->index];
    int32_t *counter = &play->state->counters[effect->index];
    const int32_t from = *counter;
    *counter = clamp_i32(wanted(play, effect, from), def->min, def->max);
    event_change(play->event, EFFECT_COUNTER, effect->index, from, *counter);
}

int32_t effects_apply(struct play *play, const struct effect *effects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct effect *effect = &effects[i];
        if (!condition_holds(effect->when, play->state))
            continue;
        switch (effect->kind) {
        case EFFECT_STAT: apply_stat(play, effect); break;
        case EFFECT_ITEM: apply_item(play, effect); break;
        case EFFECT_GOLD: apply_gold(play, effect); break;
        case EFFECT_FLAG: apply_flag(play, effect); break;
        case EFFECT_COUNTER: apply_counter(play, effect); break;
        case EFFECT_GO: return effect->index;
        }
    }
    return -1;
}
