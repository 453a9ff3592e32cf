#include "app/game/fight.h"

#include "app/game/effect.h"
#include "app/game/roll.h"

/* What a round did, before luck and ranges. */
struct wounds {
    size_t struck; /* the foe that the hero fights */
    int64_t dealt; /* to that foe */
    int64_t taken; /* from all of them */
};

static size_t first_living(const struct play *play, const struct fight *fight)
{
    for (size_t i = 0; i < fight->foe_count; i++) {
        if (play->state->fight.foe[i] > 0)
            return i;
    }
    return fight->foe_count;
}

static bool hero_is_down(const struct play *play, const struct fight *fight)
{
    return play->state->stats[fight->endurance] <= play->story->stats[fight->endurance].min;
}

static enum fight_end end_of(const struct play *play, const struct fight *fight)
{
    if (hero_is_down(play, fight))
        return FIGHT_LOST;
    if (first_living(play, fight) == fight->foe_count)
        return FIGHT_WON;
    return play->state->fight.round < LIMIT_COMBAT_ROUNDS ? FIGHT_ON : FIGHT_LOST;
}

/* The hero and one foe throw; whoever has less is hurt. */
static void meet(struct play *play, const struct fight *fight, size_t foe, struct wounds *wounds)
{
    struct roll *hit = roll_add_2d6(play, play->state->stats[fight->skill], ROLL_COMBAT_HERO);
    struct roll *parry = roll_add_2d6(play, fight->foes[foe].skill, ROLL_COMBAT_FOE);
    hit->foe = parry->foe = (uint8_t)(foe + 1);
    roll_remember(play, hit);
    if (hit->total > parry->total && foe == wounds->struck)
        wounds->dealt = fight->damage;
    else if (hit->total < parry->total)
        wounds->taken += fight->foes[foe].damage;
}

static void try_luck(struct play *play, const struct fight *fight, struct wounds *wounds)
{
    ENSURE(fight->luck >= 0);
    if (wounds->dealt == 0 && wounds->taken == 0)
        return;
    if (roll_luck(play, fight->luck)) {
        wounds->dealt *= 2;
        wounds->taken /= 2;
        return;
    }
    wounds->dealt = wounds->dealt > 1 ? wounds->dealt / 2 : wounds->dealt;
    wounds->taken += wounds->taken > 0;
}

static void hurt_hero(struct play *play, const struct fight *fight, int64_t taken)
{
    stat_change(play, fight->endurance, play->state->stats[fight->endurance] - taken);
}

void fight_begin(const struct fight *fight, struct fight_state *ret)
{
    *ret = (struct fight_state){.round = 0};
    for (size_t i = 0; i < fight->foe_count; i++)
        ret->foe[i] = fight->foes[i].endurance;
}

enum fight_end fight_round(struct play *play, const struct fight *fight, bool luck)
{
    struct fight_state *state = &play->state->fight;
    if (hero_is_down(play, fight))
        return FIGHT_LOST;
    struct wounds wounds = {.struck = first_living(play, fight)};
    ENSURE(wounds.struck < fight->foe_count); /* state_check: some foe lives */
    for (size_t i = wounds.struck; i < fight->foe_count; i++) {
        if (state->foe[i] > 0 && (fight->together || i == wounds.struck))
            meet(play, fight, i, &wounds);
    }
    if (luck)
        try_luck(play, fight, &wounds);
    state->foe[wounds.struck] =
        clamp_i32(state->foe[wounds.struck] - wounds.dealt, 0, LIMIT_FOE_ENDURANCE);
    hurt_hero(play, fight, wounds.taken);
    state->round++;
    return end_of(play, fight);
}

enum fight_end fight_pause(struct play *play, const struct fight *fight)
{
    play->state->fight.round++;
    return end_of(play, fight);
}

enum fight_end fight_part(struct play *play, const struct fight *fight)
{
    const size_t foe = first_living(play, fight);
    ENSURE(foe < fight->foe_count); /* state_check: some foe lives */
    hurt_hero(play, fight, fight->foes[foe].damage);
    return end_of(play, fight);
}
