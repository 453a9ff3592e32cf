#include "app/game/roll.h"

struct roll *roll_add(struct dice *dice, int32_t count, int32_t faces, enum roll_purpose purpose,
                      struct event *event)
{
    ENSURE(event->roll_count < LIMIT_ROLLS);
    struct roll *roll = &event->rolls[event->roll_count++];
    int32_t values[DICE_COUNT_MAX];
    *roll = (struct roll){.purpose = purpose};
    roll->total = dice_roll(dice, count, faces, values);
    /* dice_roll has checked that both are small. */
    roll->count = (uint8_t)count;
    roll->faces = (uint8_t)faces;
    for (int32_t i = 0; i < count; i++)
        roll->values[i] = (uint8_t)values[i];
    return roll;
}

void roll_remember(const struct story *story, const struct roll *roll, struct state *state)
{
    if (story->tracks_roll)
        state->last_roll = roll->total;
}
