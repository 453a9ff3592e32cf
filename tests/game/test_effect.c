#include "app/game/effect.h"

#include <signal.h>

#include "tests/game/sample.h"
#include "tests/support/support.h"

/* Each case begins with endurance 20 of 0..24, 1 rope and 6 lamps of 10 items, 5 gold, flag 3 set. */
static const struct {
    const char *why;
    struct effect effect;
    int32_t from, to;
} cases[] = {
    {"a stat grows", ADD_STAT(ENDURANCE, 3), 20, 23},
    {"a stat grows to its maximum", ADD_STAT(ENDURANCE, 4), 20, 24},
    {"a stat stays at its maximum", ADD_STAT(ENDURANCE, 5), 20, 24},
    {"a stat shrinks to its minimum", ADD_STAT(ENDURANCE, -20), 20, 0},
    {"a stat stays at its minimum", ADD_STAT(ENDURANCE, -21), 20, 0},
    {"the largest number does not wrap a stat", ADD_STAT(ENDURANCE, INT32_MAX), 20, 24},
    {"the smallest number does not wrap a stat", ADD_STAT(ENDURANCE, INT32_MIN), 20, 0},
    {"a stat is set", SET_STAT(ENDURANCE, 7), 20, 7},
    {"a stat is set at most to its maximum", SET_STAT(ENDURANCE, 25), 20, 24},
    {"a stat is set at least to its minimum", SET_STAT(ENDURANCE, -1), 20, 0},
    {"a stat is set to what it is", SET_STAT(ENDURANCE, 20), 20, 20},
    {"nothing is added to a stat", ADD_STAT(ENDURANCE, 0), 20, 20},
    {"a thing is found", ADD_ITEM(ROPE, 1), 1, 2},
    {"as many things as can be carried", ADD_ITEM(ROPE, 3), 1, 4},
    {"one thing too many", ADD_ITEM(ROPE, 4), 1, 4},
    {"the largest number of things", ADD_ITEM(ROPE, INT32_MAX), 1, 4},
    {"a thing is lost", ADD_ITEM(ROPE, -1), 1, 0},
    {"more things are lost than there are", ADD_ITEM(ROPE, -2), 1, 0},
    {"the smallest number of things", ADD_ITEM(ROPE, INT32_MIN), 1, 0},
    {"things are set", SET_ITEM(ROPE, 3), 1, 3},
    {"things are set to what can be carried", SET_ITEM(ROPE, 4), 1, 4},
    {"things are set to more than can be carried", SET_ITEM(ROPE, 5), 1, 4},
    {"things are set to fewer than none", SET_ITEM(ROPE, -1), 1, 0},
    {"a new kind of thing", ADD_ITEM(NUT, 2), 0, 2},
    {"gold is found", ADD_GOLD(10), 5, 15},
    {"gold is spent", ADD_GOLD(-5), 5, 0},
    {"more gold is spent than there is", ADD_GOLD(-6), 5, 0},
    {"gold up to its limit", ADD_GOLD(LIMIT_GOLD - 5), 5, LIMIT_GOLD},
    {"gold over its limit", ADD_GOLD(LIMIT_GOLD - 4), 5, LIMIT_GOLD},
    {"gold does not wrap", ADD_GOLD(INT32_MAX), 5, LIMIT_GOLD},
    {"gold does not wrap below", ADD_GOLD(INT32_MIN), 5, 0},
    {"gold is set", SET_GOLD(LIMIT_GOLD), 5, LIMIT_GOLD},
    {"gold is set over its limit", SET_GOLD(LIMIT_GOLD + 1), 5, LIMIT_GOLD},
    {"a flag is set", SET_FLAG(11, 1), 0, 1},
    {"a flag is cleared", SET_FLAG(3, 0), 1, 0},
    {"a flag that is set is set", SET_FLAG(3, 1), 1, 1},
    {"a flag that is clear is cleared", SET_FLAG(11, 0), 0, 0},
};

static int32_t apply(const struct sample *sample, const struct effect *effects, size_t count,
                     struct state *state, struct event *event)
{
    struct play play = {
        .story = &sample->story, .seed = sample_seed, .state = state, .event = event};
    return effects_apply(&play, effects, count);
}

static struct state state_at_first(const struct sample *sample)
{
    struct state state = sample_start(sample);
    state.items[LAMP] = 6;
    state.flags[0] = 1 << 3;
    return state;
}

static int32_t value_of(const struct state *state, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_STAT: return state->stats[effect->index];
    case EFFECT_ITEM: return state->items[effect->index];
    case EFFECT_GOLD: return state->gold;
    case EFFECT_FLAG: return state_flag(state, effect->index);
    case EFFECT_COUNTER: return state->counters[effect->index];
    case EFFECT_GO: break;
    }
    return -1;
}

static void put_back(struct state *state, const struct effect *effect, int32_t value)
{
    switch (effect->kind) {
    case EFFECT_STAT: state->stats[effect->index] = value; break;
    case EFFECT_ITEM: state->items[effect->index] = value; break;
    case EFFECT_GOLD: state->gold = value; break;
    case EFFECT_FLAG:
        if (state_flag(state, effect->index) != (value != 0))
            state->flags[effect->index / 8] ^= (uint8_t)(1U << (effect->index % 8));
        break;
    case EFFECT_COUNTER: state->counters[effect->index] = value; break;
    case EFFECT_GO: break;
    }
}

START_TEST(an_effect_changes_one_value_within_its_range)
{
    const struct effect *effect = &cases[_i].effect;
    struct sample sample;
    sample_init(&sample);
    const struct state before = state_at_first(&sample);
    struct state state = before;
    struct event event = {0};

    ck_assert_int_eq(value_of(&before, effect), cases[_i].from);
    apply(&sample, effect, 1, &state, &event);
    ck_assert_msg(value_of(&state, effect) == cases[_i].to, "%s", cases[_i].why);
    ck_assert_int_eq(state_check(&state, &sample.story), OK);
    put_back(&state, effect, cases[_i].from);
    ck_assert_msg(state_eq(&state, &before, &sample.story), "%s: something else changed",
                  cases[_i].why);
}
END_TEST

START_TEST(only_what_changed_is_recorded)
{
    struct sample sample;
    sample_init(&sample);
    struct state state = state_at_first(&sample);
    struct event event = {0};

    apply(&sample, &cases[_i].effect, 1, &state, &event);
    ck_assert_uint_eq(event.change_count, cases[_i].from != cases[_i].to);
    if (event.change_count == 0)
        return;
    ck_assert_int_eq(event.changes[0].kind, cases[_i].effect.kind);
    ck_assert_int_eq(event.changes[0].index, cases[_i].effect.index);
    ck_assert_int_eq(event.changes[0].from, cases[_i].from);
    ck_assert_int_eq(event.changes[0].to, cases[_i].to);
}
END_TEST

START_TEST(effects_come_one_after_the_other)
{
    static const struct effect effects[] = {ADD_ITEM(LAMP, -4), ADD_ITEM(ROPE, 9),
                                            ADD_STAT(SKILL, 9), ADD_STAT(SKILL, -1)};
    struct sample sample;
    sample_init(&sample);
    struct state state = state_at_first(&sample);
    struct event event = {0};

    apply(&sample, effects, COUNT_OF(effects), &state, &event);
    ck_assert_int_eq(state.items[LAMP], 2);
    ck_assert_int_eq(state.items[ROPE], 8); /* the room that the lamps left */
    ck_assert_int_eq(state.stats[SKILL], 23);
    ck_assert_uint_eq(event.change_count, 4);
    ck_assert_int_eq(event.changes[2].to, 24);
    ck_assert_int_eq(event.changes[3].from, 24);
}
END_TEST

static const struct effect wrong_effects[] = {
    ADD_STAT(SAMPLE_STATS, 1), ADD_STAT(-1, 1),           ADD_ITEM(SAMPLE_ITEMS, 1),
    ADD_ITEM(-1, 1),           SET_FLAG(SAMPLE_FLAGS, 1), SET_FLAG(-1, 1),
};

START_TEST(an_effect_on_nothing_stops_the_program)
{
    struct sample sample;
    sample_init(&sample);
    struct state state = state_at_first(&sample);
    struct event event = {0};
    apply(&sample, &wrong_effects[_i], 1, &state, &event);
}
END_TEST

START_TEST(an_event_holds_its_most_changes)
{
    struct event event = {0};
    for (int32_t i = 0; i < GAME_CHANGES_MAX; i++)
        event_change(&event, EFFECT_GOLD, 0, i, i + 1);
    ck_assert_uint_eq(event.change_count, GAME_CHANGES_MAX);
}
END_TEST

START_TEST(one_change_more_stops_the_program)
{
    struct event event = {.change_count = GAME_CHANGES_MAX};
    event_change(&event, EFFECT_GOLD, 0, 1, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("effect");
    TCase *tcase = tcase_create("effect");
    tcase_add_loop_test(tcase, an_effect_changes_one_value_within_its_range, 0,
                        (int)COUNT_OF(cases));
    tcase_add_loop_test(tcase, only_what_changed_is_recorded, 0, (int)COUNT_OF(cases));
    tcase_add_test(tcase, effects_come_one_after_the_other);
    tcase_add_loop_test_raise_signal(tcase, an_effect_on_nothing_stops_the_program, SIGABRT, 0,
                                     (int)COUNT_OF(wrong_effects));
    tcase_add_test(tcase, an_event_holds_its_most_changes);
    tcase_add_test_raise_signal(tcase, one_change_more_stops_the_program, SIGABRT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
