#include "app/author/links.h"

struct walker {
    link_fn *on_link;
    void *arg;
};

static void tell(const struct walker *walker, const struct link *link)
{
    if (link->to >= 0)
        walker->on_link(walker->arg, link);
}

static void tell_effects(const struct walker *walker, const struct effect *effects, size_t count,
                         struct link link)
{
    link.kind = LINK_FORCED;
    for (size_t i = 0; i < count; i++) {
        if (effects[i].kind != EFFECT_GO)
            continue;
        link.to = effects[i].index;
        tell(walker, &link);
    }
}

static void tell_choice(const struct walker *walker, const struct choice *choice, size_t index)
{
    struct link link = {.choice = choice, .choice_index = index, .to = choice->target};
    const struct check *check = &choice->check;
    tell_effects(walker, choice->effects, choice->effect_count, link);
    if (check->type != DICE_TABLE) {
        link.kind = check->type == DICE_NONE ? LINK_CHOICE : LINK_SUCCESS;
        tell(walker, &link);
        link.kind = LINK_FAILURE;
        link.to = choice->target_failure;
        tell(walker, &link);
        return;
    }
    for (size_t i = 0; i < check->outcome_count; i++) {
        link.outcome = i;
        tell_effects(walker, check->outcomes[i].effects, check->outcomes[i].effect_count, link);
        link.kind = LINK_OUTCOME;
        link.to = check->outcomes[i].target;
        tell(walker, &link);
    }
}

static void tell_fight(const struct walker *walker, const struct fight *fight)
{
    tell(walker, &(struct link){.kind = LINK_SUCCESS, .to = fight->win});
    tell(walker, &(struct link){.kind = LINK_FAILURE, .to = fight->lose});
    tell(walker, &(struct link){.kind = LINK_CHOICE, .to = fight->flee_target});
    tell_effects(walker, fight->flee_effects, fight->flee_effect_count, (struct link){.to = -1});
}

void links_walk(const struct story *story, size_t section, link_fn *on_link, void *arg)
{
    const struct walker walker = {on_link, arg};
    const struct section *from = &story->sections[section];
    tell_effects(&walker, from->effects, from->effect_count, (struct link){.to = -1});
    if (from->fight) {
        tell_fight(&walker, from->fight);
        return;
    }
    for (size_t i = 0; i < from->choice_count; i++)
        tell_choice(&walker, &from->choices[i], i);
}
