#include "app/game/check.h"

#include "app/game/effect.h"
#include "app/game/expr.h"
#include "app/game/roll.h"

static bool chance_resolve(struct play *play, const struct check *check)
{
    struct roll *roll = roll_add_2d6(play, check->modifier, ROLL_CHANCE);
    roll->target = play->state->stats[check->stat];
    roll->success = roll->total <= roll->target;
    roll_remember(play, roll);
    return roll->success;
}

/* A fight ends as soon as one of both cannot go on. A hero who cannot even begin has lost. */
static bool combat_resolve(struct play *play, const struct check *check)
{
    ENSURE(check->endurance >= 0 && (size_t)check->endurance < play->story->stat_count);
    const struct stat_def *def = &play->story->stats[check->endurance];
    const int32_t skill = play->state->stats[check->stat];
    int32_t hero = play->state->stats[check->endurance];
    int32_t foe = check->foe_endurance;
    for (int round = 0; round < LIMIT_COMBAT_ROUNDS && hero > def->min && foe > 0; round++) {
        const struct roll *hit = roll_add_2d6(play, skill, ROLL_COMBAT_HERO);
        const struct roll *parry = roll_add_2d6(play, check->foe_skill, ROLL_COMBAT_FOE);
        roll_remember(play, hit);
        if (hit->total > parry->total)
            foe = clamp_i32((int64_t)foe - check->damage, 0, INT32_MAX);
        else if (hit->total < parry->total)
            hero = clamp_i32((int64_t)hero - check->damage, def->min, def->max);
    }
    stat_change(play, check->endurance, hero);
    return hero > def->min && foe <= 0;
}

/* The throw of a roll or a table: one roll, whose total is the value of the whole expression. */
static struct roll *throw_resolve(struct play *play, const struct check *check,
                                  enum roll_purpose purpose)
{
    const struct throws throws = {play, purpose};
    const size_t first = play->event->roll_count;
    const int32_t total = expr_value(check->throw, play->state, &throws);
    ENSURE(play->event->roll_count == first + 1);
    struct roll *roll = &play->event->rolls[first];
    roll->total = total;
    roll_remember(play, roll);
    return roll;
}

static bool roll_resolve(struct play *play, const struct check *check)
{
    /* Before the throw, which a goal of "roll" would otherwise compare with itself. */
    const int32_t goal = expr_value(check->goal, play->state, NULL);
    struct roll *roll = throw_resolve(play, check, ROLL_CHECK);
    roll->target = goal;
    roll->at_least = check->at_least;
    roll->success = check->at_least ? roll->total >= goal : roll->total <= goal;
    return roll->success;
}

static uint8_t table_resolve(struct play *play, const struct check *check)
{
    ENSURE(check->outcome_count >= 1 && check->outcome_count <= LIMIT_OUTCOMES);
    const struct roll *roll = throw_resolve(play, check, ROLL_TABLE);
    size_t at = 0;
    while (roll->total > check->outcomes[at].max) {
        at++;
        ENSURE(at < check->outcome_count); /* the last one has no max */
    }
    return (uint8_t)(at + 1);
}

struct verdict check_resolve(struct play *play, const struct check *check)
{
    const bool has_stat = check->type != DICE_ROLL && check->type != DICE_TABLE;
    ENSURE(!has_stat || (check->stat >= 0 && (size_t)check->stat < play->story->stat_count));
    switch (check->type) {
    case DICE_CHANCE: return (struct verdict){.success = chance_resolve(play, check)};
    case DICE_COMBAT: return (struct verdict){.success = combat_resolve(play, check)};
    case DICE_LUCK: return (struct verdict){.success = roll_luck(play, check->stat)};
    case DICE_ROLL: return (struct verdict){.success = roll_resolve(play, check)};
    case DICE_TABLE: return (struct verdict){.outcome = table_resolve(play, check)};
    case DICE_NONE: break; /* who calls has dice to throw */
    }
    ENSURE(false); /* every check with dice is handled above */
}

bool check_repeats(const struct play *play, const struct check *check, struct verdict verdict,
                   int32_t rerolled)
{
    return !verdict.success && check->type != DICE_COMBAT && rerolled < check->rerolls &&
           condition_holds(check->reroll_when, play->state);
}
