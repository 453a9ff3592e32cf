/* What can be chosen, and which choice is meant. Clients name one in several ways (game.h); each way
 * is tried with every choice before the next way is. */
#include "app/game/game.h"

enum naming { BY_ROLL, BY_ID, BY_TARGET, BY_TEXT };

struct way {
    enum naming naming;
    bool available_only;
};

static const struct way ways_of_roll[] = {{BY_ROLL, true}, {BY_ROLL, false}};

/* An id is unique. Targets and texts need not be: there an available choice is preferred. */
static const struct way ways_of_name[] = {
    {BY_ID, false}, {BY_TARGET, true}, {BY_TEXT, true}, {BY_TEXT, false}, {BY_TARGET, false}};

/* target is the section index that ref->id names by its number, or -1. */
static bool is_named(const struct choice *choice, enum naming naming, const struct choice_ref *ref,
                     int32_t target)
{
    switch (naming) {
    case BY_ROLL: return choice->check.type != DICE_NONE;
    case BY_ID: return ref->id.len > 0 && slice_eq(choice->id, ref->id);
    case BY_TARGET: return target >= 0 && choice->target == target;
    case BY_TEXT: return ref->text.len > 0 && slice_eq(choice->text, ref->text);
    }
    return false;
}

static int32_t target_named(const struct story *story, struct slice id)
{
    uint64_t number;
    if (slice_to_u64(id, LIMIT_SECTION_NUMBER, &number) != OK)
        return -1;
    return story_section_find(story, (int32_t)number);
}

static const struct choice *find_in(const struct choice *const *options, size_t count,
                                    struct way way, const struct state *state,
                                    const struct choice_ref *ref, int32_t target)
{
    for (size_t i = 0; i < count; i++) {
        const struct choice *choice = options[i];
        if (!is_named(choice, way.naming, ref, target))
            continue;
        if (!way.available_only || game_choice_available(state, choice))
            return choice;
    }
    return NULL;
}

static const struct section *section_of(const struct story *story, const struct state *state)
{
    ENSURE(state->section >= 0 && (size_t)state->section < story->section_count);
    const struct section *section = &story->sections[state->section];
    ENSURE(section->choice_count == 0 || section->choices != NULL);
    ENSURE(section->choice_count <= LIMIT_SECTION_CHOICES);
    return section;
}

static bool is_shown(const struct state *state, const struct choice *choice)
{
    if (state_chosen(state, choice))
        return false;
    return !choice->hidden || game_choice_available(state, choice);
}

static size_t section_options(const struct section *section, const struct state *state,
                              const struct choice **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < section->choice_count; i++) {
        if (is_shown(state, &section->choices[i]))
            ret[count++] = &section->choices[i];
    }
    return count;
}

static size_t use_options(const struct story *story, const struct section *section,
                          const struct state *state, const struct choice **ret)
{
    ENSURE(story->item_count <= LIMIT_ITEMS);
    size_t count = 0;
    for (size_t i = 0; i < story->item_count; i++) {
        const struct item_use *use = story->items[i].use;
        if (!use || state->items[i] == 0 || (section->fight && !use->in_fight))
            continue;
        if (is_shown(state, &use->choice))
            ret[count++] = &use->choice;
    }
    return count;
}

/* The same two wherever a throw can be repeated. */
static const struct choice again_choices[] = {
    {.id = SLICE_INIT("reroll"),
     .text = SLICE_INIT("Roll again"),
     .type = CHOICE_DICE,
     .check = {.type = DICE_CHANCE},
     .target = -1,
     .target_failure = -1,
     .act = ACT_REROLL},
    {.id = SLICE_INIT("accept"),
     .text = SLICE_INIT("Accept the result"),
     .target = -1,
     .target_failure = -1,
     .act = ACT_ACCEPT,
     .index = 1},
};

bool game_choice_available(const struct state *state, const struct choice *choice)
{
    return condition_holds(choice->condition, state);
}

size_t game_options(const struct story *story, const struct state *state,
                    const struct choice *ret[GAME_OPTIONS_MAX])
{
    if (state->status != GAME_ACTIVE)
        return 0;
    if (state->pending.choice > 0) {
        for (size_t i = 0; i < COUNT_OF(again_choices); i++)
            ret[i] = &again_choices[i];
        return COUNT_OF(again_choices);
    }
    const struct section *section = section_of(story, state);
    const size_t count = section_options(section, state, ret);
    return count + use_options(story, section, state, ret + count);
}

const struct choice *game_option_by_id(const struct story *story, const struct state *state,
                                       struct slice id)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, state, options);
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(options[i]->id, id))
            return options[i];
    }
    return NULL;
}

const struct choice *game_pending_choice(const struct story *story, const struct state *state)
{
    const struct section *section = section_of(story, state);
    if (state->pending.choice == 0)
        return NULL;
    ENSURE(state->pending.choice <= section->choice_count);
    return &section->choices[state->pending.choice - 1];
}

int32_t game_pending_target(const struct story *story, const struct state *state)
{
    const struct choice *choice = game_pending_choice(story, state);
    ENSURE(choice != NULL);
    if (state->pending.outcome == 0)
        return choice->target_failure;
    ENSURE(state->pending.outcome <= choice->check.outcome_count);
    return choice->check.outcomes[state->pending.outcome - 1].target;
}

enum status game_choice_find(const struct story *story, const struct state *state,
                             const struct choice_ref *ref, const struct choice **ret)
{
    if (state->status != GAME_ACTIVE)
        return ERR_GAME_OVER;
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, state, options);
    const int32_t target = target_named(story, ref->id);
    const struct way *ways = ref->roll ? ways_of_roll : ways_of_name;
    const size_t way_count = ref->roll ? COUNT_OF(ways_of_roll) : COUNT_OF(ways_of_name);
    for (size_t i = 0; i < way_count; i++) {
        const struct choice *found = find_in(options, count, ways[i], state, ref, target);
        if (found) {
            *ret = found;
            return OK;
        }
    }
    return ERR_UNKNOWN_CHOICE;
}
