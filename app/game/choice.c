/* Which choice is meant. Clients name one in several ways (game.h); each way is tried with every
 * choice of the section before the next way is. */
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
    case BY_TARGET: return choice->target == target; /* which is never -1 */
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

static const struct choice *find_in(const struct section *section, struct way way,
                                    const struct state *state, const struct choice_ref *ref,
                                    int32_t target)
{
    ENSURE(section->choice_count == 0 || section->choices != NULL);
    for (size_t i = 0; i < section->choice_count; i++) {
        const struct choice *choice = &section->choices[i];
        if (!is_named(choice, way.naming, ref, target))
            continue;
        if (!way.available_only || game_choice_available(state, choice))
            return choice;
    }
    return NULL;
}

bool game_choice_available(const struct state *state, const struct choice *choice)
{
    return condition_holds(choice->condition, state);
}

enum status game_choice_find(const struct story *story, const struct state *state,
                             const struct choice_ref *ref, const struct choice **ret)
{
    if (state->status != GAME_ACTIVE)
        return ERR_GAME_OVER;
    ENSURE(state->section >= 0 && (size_t)state->section < story->section_count);
    const struct section *section = &story->sections[state->section];
    const int32_t target = target_named(story, ref->id);
    const struct way *ways = ref->roll ? ways_of_roll : ways_of_name;
    const size_t way_count = ref->roll ? COUNT_OF(ways_of_roll) : COUNT_OF(ways_of_name);
    for (size_t i = 0; i < way_count; i++) {
        const struct choice *found = find_in(section, ways[i], state, ref, target);
        if (found) {
            *ret = found;
            return OK;
        }
    }
    return ERR_UNKNOWN_CHOICE;
}
