#include "app/game/check.h"

#include "app/game/effect.h"
#include "app/game/roll.h"

enum { CHECK_DICE = 2, CHECK_FACES = 6 };

/* Throw 2d6; bonus is the modifier or the skill of whoever throws. */
static struct roll *throw_dice(struct dice *dice, int32_t bonus, enum roll_purpose purpose,
                               struct event *event)
{
    struct roll *roll = roll_add(dice, CHECK_DICE, CHECK_FACES, purpose, event);
    roll->total = clamp_i32((int64_t)roll->total + bonus, INT32_MIN, INT32_MAX);
    return roll;
}

static bool chance_resolve(const struct check *check, struct dice *dice, const struct state *state,
                           struct event *event)
{
    struct roll *roll = throw_dice(dice, check->modifier, ROLL_CHANCE, event);
    roll->target = state->stats[check->stat];
    roll->success = roll->total <= roll->target;
    return roll->success;
}

/* A fight ends as soon as one of both cannot go on. A hero who cannot even begin has lost. */
static bool combat_resolve(const struct story *story, const struct check *check, struct dice *dice,
                           struct state *state, struct event *event)
{
    const struct stat_def *def = &story->stats[check->endurance];
    const int32_t skill = state->stats[check->stat];
    const int32_t before = state->stats[check->endurance];
    int32_t hero = before;
    int32_t foe = check->foe_endurance;
    for (int round = 0; round < LIMIT_COMBAT_ROUNDS && hero > def->min && foe > 0; round++) {
        const struct roll *hit = throw_dice(dice, skill, ROLL_COMBAT_HERO, event);
        const struct roll *parry = throw_dice(dice, check->foe_skill, ROLL_COMBAT_FOE, event);
        if (hit->total > parry->total)
            foe = clamp_i32((int64_t)foe - check->damage, 0, INT32_MAX);
        else if (hit->total < parry->total)
            hero = clamp_i32((int64_t)hero - check->damage, def->min, def->max);
    }
    state->stats[check->endurance] = hero;
    event_change(event, EFFECT_STAT, check->endurance, before, hero);
    return hero > def->min && foe <= 0;
}

bool check_resolve(const struct story *story, const struct check *check, struct dice *dice,
                   struct state *state, struct event *event)
{
    ENSURE(check->stat >= 0 && (size_t)check->stat < story->stat_count);
    switch (check->type) {
    case DICE_CHANCE: return chance_resolve(check, dice, state, event);
    case DICE_COMBAT:
        ENSURE(check->endurance >= 0 && (size_t)check->endurance < story->stat_count);
        return combat_resolve(story, check, dice, state, event);
    case DICE_LUCK:
    case DICE_ROLL:
    case DICE_TABLE:
    case DICE_NONE: break; /* who calls has dice to throw */
    }
    ENSURE(false); /* every check with dice is handled above */
}
