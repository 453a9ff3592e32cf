#include "app/game/roll.h"

#include "app/game/effect.h"

enum { CHECK_DICE = 2, CHECK_FACES = 6 };

struct roll *roll_add(struct play *play, int32_t count, int32_t faces, enum roll_purpose purpose)
{
    struct event *event = play->event;
    int32_t values[DICE_COUNT_MAX];
    /* LIMIT_ROLLS counts every throw that a command can make (limits.h). */
    ENSURE(event->roll_count < LIMIT_ROLLS);
    struct roll *roll = &event->rolls[event->roll_count++];
    *roll = (struct roll){.purpose = purpose};
    roll->total = dice_roll(play_dice(play), count, faces, values);
    /* dice_roll has checked that both are small. */
    roll->count = (uint8_t)count;
    roll->faces = (uint8_t)faces;
    for (int32_t i = 0; i < count; i++)
        roll->values[i] = (uint8_t)values[i];
    return roll;
}

struct roll *roll_add_2d6(struct play *play, int32_t bonus, enum roll_purpose purpose)
{
    struct roll *roll = roll_add(play, CHECK_DICE, CHECK_FACES, purpose);
    roll->total = clamp_i32((int64_t)roll->total + bonus, INT32_MIN, INT32_MAX);
    return roll;
}

void roll_remember(struct play *play, const struct roll *roll)
{
    if (play->story->tracks_roll)
        play->state->last_roll = roll->total;
}

bool roll_luck(struct play *play, int32_t stat)
{
    struct roll *roll = roll_add_2d6(play, 0, ROLL_LUCK);
    roll->target = play->state->stats[stat];
    roll->success = roll->total <= roll->target;
    roll_remember(play, roll);
    stat_change(play, stat, (int64_t)roll->target - 1);
    return roll->success;
}
