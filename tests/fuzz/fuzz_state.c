/* Any bytes as a stored state: they are refused, or they are exactly what would be written again.
 * A state that was read is then played: whatever it holds, a step gives a good state or one of the
 * documented refusals.
 *
 * The input is a stored state (app/game/state.c) of the story below: 3 stats, 2 items, 10 flags. */
#include "app/game/game.h"

enum { ENDURANCE, CHANCE, POWER, STATS };
enum { ROPE, LAMP, ITEMS };
enum { GATE, YARD, GRAVE, THRONE, SECTIONS };
enum { FLAGS = 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct stat_def stats[STATS] = {
    [ENDURANCE] = {.max = LIMIT_STAT_MAX, .initial = 20, .zero_section = GRAVE},
    [CHANCE] = {.max = LIMIT_STAT_MAX, .initial = 9, .zero_section = -1},
    [POWER] = {.min = -LIMIT_OWN_STAT, .max = LIMIT_OWN_STAT, .zero_section = YARD},
};

static const struct item_def items[ITEMS] = {[ROPE] = {.initial = 1}};

static const struct slice flags[FLAGS] = {{NULL, 0}};

static const struct condition parts[] = {
    {.kind = CONDITION_ITEM, .index = ROPE, .min = 1, .max = INT32_MAX},
    {.kind = CONDITION_FLAG, .index = 9},
};

static const struct condition equipped = {
    .kind = CONDITION_ANY, .children = parts, .child_count = COUNT_OF(parts)};

static const struct effect entering[] = {
    {.kind = EFFECT_ITEM, .index = LAMP, .value = 2},
    {.kind = EFFECT_STAT, .index = POWER, .value = INT32_MIN},
    {.kind = EFFECT_FLAG, .index = 9, .set = true, .value = 1},
};

static const struct choice gate_choices[] = {
    {.target = YARD, .target_failure = -1},
    {.type = CHOICE_MIXED,
     .condition = &equipped,
     .check = {.type = DICE_CHANCE, .stat = POWER, .modifier = -3},
     .target = THRONE,
     .target_failure = YARD},
};

static const struct choice yard_choices[] = {
    {.type = CHOICE_DICE,
     .check = {.type = DICE_COMBAT,
               .stat = CHANCE,
               .endurance = ENDURANCE,
               .foe_skill = 9,
               .foe_endurance = 9,
               .damage = 2},
     .target = THRONE,
     .target_failure = GATE},
};

static const struct section sections[SECTIONS] = {
    [GATE] = {.number = 1, .choices = gate_choices, .choice_count = COUNT_OF(gate_choices)},
    [YARD] = {.number = 2,
              .effects = entering,
              .effect_count = COUNT_OF(entering),
              .choices = yard_choices,
              .choice_count = COUNT_OF(yard_choices)},
    [GRAVE] = {.number = 3, .ending = ENDING_LOST},
    [THRONE] = {.number = 4, .ending = ENDING_WON},
};

static const struct story story = {
    .hero = SLICE_INIT("Hero"),
    .capacity = 5,
    .stats = stats,
    .stat_count = STATS,
    .items = items,
    .item_count = ITEMS,
    .flags = flags,
    .flag_count = FLAGS,
    .sections = sections,
    .section_count = SECTIONS,
};

static const uint8_t seed[SEED_LEN] = {1, 2, 3};

/* One form only: the bytes that were read are the bytes that are written. */
static void check_form(const struct state *state, struct slice bytes)
{
    struct buf again = {0};
    state_encode(state, &story, &again);
    ENSURE(slice_eq(buf_slice(&again), bytes));
    buf_release(&again);
}

/* At the last version and the last run there is no next one. */
static void check_next(enum status st, const struct state *state, const struct state *next)
{
    if (st == ERR_INTERNAL) {
        ENSURE(state->version == UINT64_MAX || state->run == UINT32_MAX);
        return;
    }
    ENSURE(st == OK);
    ENSURE(next->version == state->version + 1);
    ENSURE(state_check(next, &story) == OK);
}

static void play(const struct state *state)
{
    const struct section *section = &sections[state->section];
    const bool is_over = state->status != GAME_ACTIVE;
    struct event event;
    struct state next;
    for (size_t i = 0; i < section->choice_count; i++) {
        const struct choice *choice = &section->choices[i];
        const enum status st = game_step(&story, seed, state, choice, 0, &next, &event);
        if (is_over)
            ENSURE(st == ERR_GAME_OVER);
        else if (!game_choice_available(state, choice))
            ENSURE(st == ERR_CHOICE_UNAVAILABLE);
        else
            check_next(st, state, &next);
    }
    const enum status stopped = game_stop(&story, state, 0, &next, &event);
    if (is_over)
        ENSURE(stopped == ERR_GAME_OVER);
    else
        check_next(stopped, state, &next);
    check_next(game_reset(&story, seed, state, 0, &next, &event), state, &next);
    check_next(game_take_over(&story, state, EVENT_FORK, 0, &next, &event), state, &next);
    const enum status loaded = game_load(&story, state, state, 0, &next, &event);
    if (loaded == ERR_UNDO_LIMIT)
        ENSURE(state->timeline.loads == LIMIT_LOADS || state->timeline.past == LIMIT_REVIVALS);
    else
        check_next(loaded, state, &next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct state state;
    const struct slice bytes = slice_make(data, len);
    const enum status st = state_decode(bytes, &story, &state);
    ENSURE(st == OK || st == ERR_CORRUPT);
    if (st != OK)
        return 0;
    check_form(&state, bytes);
    play(&state);
    return 0;
}
