/* Going back: which version it leads to, whose dice are thrown then, and when it is refused. */
#include <signal.h>
#include <string.h>

#include "tests/game/sample.h"
#include "tests/support/support.h"

enum { THROW, WIN, LEAVE, JOURNEY_MAX = 400 };

/* A game from its first version on. In START one can throw 2d6 and stay there (choice THROW), win
 * (WIN), or go to the hall (LEAVE), where there is nothing to do. */
struct journey {
    struct sample sample;
    struct state states[JOURNEY_MAX]; /* states[v] of version v */
    struct event event;               /* of the last one */
    uint64_t version;
};

static struct journey journey;

static const struct state *now(void)
{
    return &journey.states[journey.version];
}

static void journey_init(void)
{
    struct sample *sample = &journey.sample;
    sample_init(sample);
    sample->choices[THROW].check = (struct check){.type = DICE_CHANCE, .stat = CHANCE};
    sample->choices[THROW].target = START;
    sample->choices[THROW].target_failure = START;
    sample->choices[WIN].target = TREASURE;
    journey.states[1] = sample_start(sample);
    journey.version = 1;
}

/* A version was made, or refused: then nothing is written. */
static enum status made(enum status st)
{
    if (st == OK)
        journey.version++;
    else
        ck_assert_uint_eq(journey.states[journey.version + 1].version, 0);
    return st;
}

static struct state *next(void)
{
    ck_assert_uint_lt(journey.version + 1, JOURNEY_MAX);
    struct state *state = &journey.states[journey.version + 1];
    *state = (struct state){.version = 0};
    return state;
}

static void choose(int choice)
{
    const struct sample *sample = &journey.sample;
    ck_assert_int_eq(made(game_step(&sample->story, sample_seed, now(), &sample->choices[choice], 7,
                                    next(), &journey.event)),
                     OK);
}

static void stop(void)
{
    ck_assert_int_eq(made(game_stop(&journey.sample.story, now(), 7, next(), &journey.event)), OK);
}

static void reset(void)
{
    ck_assert_int_eq(
        made(game_reset(&journey.sample.story, sample_seed, now(), 7, next(), &journey.event)), OK);
}

static enum status load(uint64_t of)
{
    return made(
        game_load(&journey.sample.story, now(), &journey.states[of], 7, next(), &journey.event));
}

static enum status undo(void)
{
    return load(game_undo_target(now()));
}

/* What throwing in the newest version shows; it stays the newest. */
static struct roll thrown(void)
{
    const struct sample *sample = &journey.sample;
    struct state state;
    ck_assert_int_eq(game_step(&sample->story, sample_seed, now(), &sample->choices[THROW], 7,
                               &state, &journey.event),
                     OK);
    return journey.event.rolls[0];
}

/* The dice of a run and turn, straight from the seed. */
static struct roll of_run(uint32_t run, uint64_t turn)
{
    uint8_t seed[SEED_LEN];
    struct dice dice;
    int32_t values[2];
    dice_run_seed(sample_seed, run, seed);
    dice_init(&dice, seed, turn);
    const int32_t sum = dice_roll(&dice, 2, 6, values);
    return (struct roll){.total = sum, .values = {(uint8_t)values[0], (uint8_t)values[1]}};
}

static bool same_roll(const struct roll *a, const struct roll *b)
{
    return a->total == b->total && memcmp(a->values, b->values, 2) == 0;
}

#define CHECK_DICE(run, turn)                                                                      \
    do {                                                                                           \
        const struct roll is_ = thrown(), should_be_ = of_run((run), (turn));                      \
        ck_assert(same_roll(&is_, &should_be_));                                                   \
    } while (0)

START_TEST(a_load_is_the_next_version_with_what_an_earlier_one_had)
{
    journey_init();
    EFFECTS(&journey.sample, &journey.sample.choices[THROW], ADD_GOLD(1), SET_FLAG(3, 1));
    choose(THROW);
    choose(THROW);
    choose(LEAVE);
    ck_assert_int_eq(load(2), OK);
    ck_assert_int_eq(journey.event.kind, EVENT_LOAD);
    ck_assert_uint_eq(journey.event.of, 2);
    ck_assert_uint_eq(journey.event.version, 5);
    ck_assert_int_eq(journey.event.at_ms, 7);
    ck_assert_int_eq(journey.event.from, HALL);
    ck_assert_int_eq(journey.event.to, START);
    ck_assert_ptr_null(journey.event.choice);
    ck_assert_uint_eq(journey.event.roll_count, 0);
    ck_assert_uint_eq(journey.event.change_count, 0);
    struct state expected = journey.states[2];
    expected.version = 5;
    expected.timeline =
        (struct timeline){.turn = 2, .reach = 4, .before = 1, .origin = 2, .loads = 1};
    ck_assert(state_eq(now(), &expected, &journey.sample.story));
}
END_TEST

START_TEST(what_a_roll_was_stays_what_it_was)
{
    journey_init();
    for (int i = 0; i < 5; i++)
        choose(THROW);
    for (uint64_t back = 1; back <= 6; back++) {
        ck_assert_int_eq(load(back), OK);
        for (uint64_t turn = back + 1; turn <= 9; turn++) {
            CHECK_DICE(1, turn);
            choose(THROW);
        }
    }
}
END_TEST

START_TEST(an_undo_goes_back_one_step_and_the_next_one_another)
{
    static const uint64_t targets[] = {3, 2, 1, 0};
    journey_init();
    for (int i = 0; i < 3; i++)
        choose(THROW);
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        ck_assert_uint_eq(game_undo_target(now()), targets[i]);
        if (targets[i] > 0)
            ck_assert_int_eq(undo(), OK);
    }
    ck_assert_uint_eq(state_turn(now()), 1);
    ck_assert_uint_eq(state_reach(now()), 4);
    /* On from version 1, which this repeats. */
    choose(THROW);
    ck_assert_uint_eq(game_undo_target(now()), 1);
    ck_assert_uint_eq(state_origin(now()), now()->version);
}
END_TEST

START_TEST(an_undone_ending_can_be_played_on)
{
    journey_init();
    choose(THROW);
    choose(WIN); /* version 3, turn 3 */
    ck_assert_int_eq(undo(), OK);
    ck_assert_int_eq(now()->status, GAME_ACTIVE);
    ck_assert_uint_eq(now()->run, 2);
    ck_assert_uint_eq(state_first_run(now()), 1);
    /* The run's seed is known, up to turn 3: those throws stay. */
    CHECK_DICE(1, 3);
    choose(THROW);
    CHECK_DICE(2, 4);
    choose(THROW);
    CHECK_DICE(2, 5);
    /* Back again while the run goes on: it stays the same one. */
    ck_assert_int_eq(load(1), OK);
    ck_assert_uint_eq(now()->run, 2);
    CHECK_DICE(1, 2);
    choose(THROW);
    choose(THROW);
    CHECK_DICE(2, 4);
    /* Over once more: what run 2 threw since counts, and run 3 begins. */
    choose(WIN);
    ck_assert_int_eq(undo(), OK);
    ck_assert_uint_eq(now()->run, 3);
    CHECK_DICE(2, 4);
    choose(THROW);
    CHECK_DICE(3, 5);
}
END_TEST

START_TEST(a_stop_tells_no_throw_that_nobody_has_seen)
{
    journey_init();
    choose(THROW);
    stop(); /* version 3: the seed of run 1 is known now */
    ck_assert_uint_eq(state_turn(now()), 2);
    ck_assert_int_eq(undo(), OK);
    CHECK_DICE(2, 3);
    choose(THROW);
    stop();
    ck_assert_uint_eq(state_turn(now()), 3);
    ck_assert_int_eq(undo(), OK);
    CHECK_DICE(3, 4);
    ck_assert_int_eq(undo(), OK);
    CHECK_DICE(2, 3);
    ck_assert_int_eq(undo(), OK);
    CHECK_DICE(1, 2);
}
END_TEST

START_TEST(going_back_to_an_ending_ends_the_game)
{
    journey_init();
    choose(WIN); /* 2 */
    ck_assert_int_eq(load(1), OK);
    ck_assert_int_eq(load(2), OK);
    ck_assert_int_eq(now()->status, GAME_WON);
    ck_assert_uint_eq(now()->run, 2);
    ck_assert_int_eq(load(2), OK); /* from an ending to an ending: no dice are needed */
    ck_assert_uint_eq(now()->run, 2);
    ck_assert_int_eq(load(1), OK); /* the seed of run 2 was told, although it threw nothing */
    ck_assert_uint_eq(now()->run, 3);
    CHECK_DICE(1, 2);
    choose(THROW);
    CHECK_DICE(3, 3);
}
END_TEST

START_TEST(a_reset_forgets_that_one_went_back)
{
    journey_init();
    choose(WIN);
    ck_assert_int_eq(undo(), OK);
    choose(THROW);
    reset(); /* 5 */
    ck_assert_uint_eq(now()->run, 3);
    ck_assert_uint_eq(now()->timeline.loads, 0);
    CHECK_DICE(3, 6);
    /* Nothing from before it comes back, neither as such nor by undo. */
    for (uint64_t of = 1; of <= 4; of++)
        ck_assert_int_eq(load(of), ERR_OTHER_RUN);
    ck_assert_int_eq(undo(), ERR_OTHER_RUN);
    ck_assert_int_eq(load(5), OK);
}
END_TEST

START_TEST(a_story_says_how_often_one_goes_back)
{
    static const int32_t allowed[] = {UNDO_NONE, 1, 2, LIMIT_UNDO, UNDO_FREE};
    const int32_t undo_max = allowed[_i];
    journey_init();
    journey.sample.story.undo = undo_max;
    choose(THROW);
    for (int run = 0; run < 2; run++) {
        const int32_t times = undo_max == UNDO_FREE ? 150 : undo_max == UNDO_NONE ? 0 : undo_max;
        for (int32_t i = 0; i < times; i++) {
            ck_assert_int_eq(game_undo_left(&journey.sample.story, now()),
                             undo_max == UNDO_FREE ? -1 : times - i);
            ck_assert_int_eq(load(now()->version), OK);
        }
        if (undo_max == UNDO_FREE)
            continue;
        ck_assert_int_eq(game_undo_left(&journey.sample.story, now()), 0);
        ck_assert_int_eq(load(now()->version), ERR_UNDO_REFUSED);
        reset(); /* each run begins with all of them */
    }
}
END_TEST

START_TEST(a_run_that_is_over_is_taken_up_so_many_times)
{
    journey_init();
    for (int i = 0; i < LIMIT_REVIVALS; i++) {
        stop();
        ck_assert_int_eq(undo(), OK);
    }
    ck_assert_uint_eq(now()->run, LIMIT_REVIVALS + 1);
    ck_assert_int_eq(load(1), OK); /* it goes on: that is no revival */
    stop();
    ck_assert_int_eq(undo(), ERR_UNDO_LIMIT);
    ck_assert_int_eq(load(now()->version), OK); /* from an ending to an ending, neither */
    reset();
    ck_assert_uint_eq(now()->run, LIMIT_REVIVALS + 2);
    stop();
    ck_assert_int_eq(undo(), OK);
}
END_TEST

START_TEST(a_run_has_so_many_loads)
{
    journey_init();
    ck_assert_int_eq(load(1), OK);
    struct state *state = &journey.states[2];
    state->version = 2 * LIMIT_LOADS;
    state->timeline.loads = LIMIT_LOADS - 1;
    ck_assert_int_eq(load(1), OK);
    ck_assert_uint_eq(now()->timeline.loads, LIMIT_LOADS);
    ck_assert_int_eq(load(1), ERR_UNDO_LIMIT);
}
END_TEST

START_TEST(a_later_state_cannot_be_gone_back_to)
{
    journey_init();
    choose(THROW);
    choose(THROW);
    journey.version = 1;
    (void)load(3);
}
END_TEST

START_TEST(a_past_that_was_played_elsewhere_ends_with_a_run_of_ones_own)
{
    const enum event_kind kind = _i == 0 ? EVENT_FORK : EVENT_IMPORT;
    journey_init();
    choose(WIN);
    ck_assert_int_eq(undo(), OK);
    choose(THROW); /* 4 */
    ck_assert_int_eq(
        made(game_take_over(&journey.sample.story, now(), kind, 9, next(), &journey.event)), OK);
    ck_assert_int_eq(journey.event.kind, kind);
    ck_assert_int_eq(journey.event.from, START);
    ck_assert_int_eq(journey.event.to, START);
    ck_assert_uint_eq(journey.event.version, 5);
    ck_assert_int_eq(journey.event.at_ms, 9);
    struct state expected = journey.states[4];
    expected.version = 5;
    expected.run = 3;
    expected.timeline = (struct timeline){.loads = 0};
    ck_assert(state_eq(now(), &expected, &journey.sample.story));
    CHECK_DICE(3, 6);
    ck_assert_int_eq(undo(), ERR_OTHER_RUN);
    choose(THROW);
    ck_assert_int_eq(undo(), OK);
}
END_TEST

START_TEST(a_game_that_is_over_stays_over_when_it_is_taken_over)
{
    journey_init();
    choose(WIN);
    ck_assert_int_eq(
        made(game_take_over(&journey.sample.story, now(), EVENT_FORK, 9, next(), &journey.event)),
        OK);
    ck_assert_int_eq(now()->status, GAME_WON);
    ck_assert_int_eq(undo(), ERR_OTHER_RUN);
}
END_TEST

START_TEST(a_next_state_that_breaks_an_invariant_is_refused)
{
    journey_init();
    journey.states[1].items[LAMP] = SAMPLE_CAPACITY; /* one more than fits, beside the rope */
    ck_assert_int_eq(load(1), ERR_INTERNAL);
    ck_assert_int_eq(
        made(game_take_over(&journey.sample.story, now(), EVENT_FORK, 9, next(), &journey.event)),
        ERR_INTERNAL);
}
END_TEST

/* ---- what a timeline can be, and its stored form ---- */

/* Of version 20, run 3. */
static const struct {
    const char *why;
    struct timeline timeline;
    bool good;
} check_cases[] = {
    {"nobody went back", {.loads = 0}, true},
    {"a turn without a load", {.turn = 20}, false},
    {"a reach without a load", {.reach = 20}, false},
    {"a before without a load", {.before = 19}, false},
    {"an origin without a load", {.origin = 20}, false},
    {"a time without a load", {.past = 1}, false},
    {"a load", {5, 9, 4, 5, 1, 0, {0}}, true},
    {"a choice since", {6, 9, 5, 20, 1, 0, {0}}, true},
    {"the first version again", {1, 19, 0, 1, 1, 0, {0}}, true},
    {"a turn beyond the reach", {10, 9, 5, 20, 1, 0, {0}}, false},
    {"a reach as large as the version", {6, 20, 5, 20, 1, 0, {0}}, false},
    {"a turn beyond the origin", {6, 9, 4, 5, 1, 0, {0}}, false},
    {"an origin that is yet to come", {6, 9, 5, 21, 1, 0, {0}}, false},
    {"before itself", {5, 9, 5, 5, 1, 0, {0}}, false},
    {"as many loads as versions", {5, 9, 4, 5, 20, 0, {0}}, false},
    {"two times when it was over", {5, 9, 4, 5, 2, 2, {7, 9}}, true},
    {"the same turn twice", {5, 9, 4, 5, 2, 2, {7, 7}}, true},
    {"turns that fall", {5, 9, 4, 5, 2, 2, {7, 6}}, false},
    {"a turn that the run never had", {5, 9, 4, 5, 2, 2, {7, 10}}, false},
    {"more times than loads", {5, 9, 4, 5, 1, 2, {7, 9}}, false},
    {"as many times as runs", {5, 9, 4, 5, 3, 3, {7, 8, 9}}, false},
    {"a turn that is not counted", {5, 9, 4, 5, 2, 1, {7, 9}}, false},
    {"the last turn, not counted", {5, 9, 4, 5, 2, 0, {[LIMIT_REVIVALS - 1] = 1}}, false},
    {"more times than there is room for", {5, 9, 4, 5, 2, LIMIT_REVIVALS + 1, {7}}, false},
};

START_TEST(a_timeline_is_checked_field_by_field)
{
    journey_init();
    struct state state = *now();
    state.version = 20;
    state.run = 3;
    state.timeline = check_cases[_i].timeline;
    ck_assert_msg((state_check(&state, &journey.sample.story) == OK) == check_cases[_i].good, "%s",
                  check_cases[_i].why);
}
END_TEST

START_TEST(a_timeline_ends_with_the_loads_that_a_run_may_have)
{
    journey_init();
    struct state state = *now();
    state.version = 2 * LIMIT_LOADS;
    state.timeline = (struct timeline){5, 9, 4, 5, LIMIT_LOADS, 0, {0}};
    ck_assert_int_eq(state_check(&state, &journey.sample.story), OK);
    state.timeline.loads++;
    ck_assert_int_eq(state_check(&state, &journey.sample.story), ERR_INVALID);
}
END_TEST

static void release_buf(struct buf *buf)
{
    buf_release(buf);
}

/* What follows the name. */
static const uint8_t stored_tail[] = {
    0x05, 0,    0, 0, 0, 0, 0, 0, /* turn */
    0x09, 0x08, 0, 0, 0, 0, 0, 0, /* reach */
    0x04, 0,    0, 0, 0, 0, 0, 0, /* before */
    0x05, 0,    0, 0, 0, 0, 0, 0, /* origin */
    0x02, 0x01, 0, 0,             /* loads */
    2,                            /* times that it was over */
    0x07, 0,    0, 0, 0, 0, 0, 0, /* the last turn of the first */
    0x09, 0x07, 0, 0, 0, 0, 0, 0, /* and of the second */
};

static struct state state_stored(void)
{
    journey_init();
    struct state state = *now();
    state.version = 0x1234;
    state.run = 3;
    state.timeline = (struct timeline){5, 0x0809, 4, 5, 0x0102, 2, {7, 0x0709}};
    return state;
}

START_TEST(the_stored_form_ends_with_the_timeline)
{
    SCOPED(release_buf) struct buf bytes = {0};
    const struct state state = state_stored();
    struct state back;
    state_encode(&state, &journey.sample.story, &bytes);
    ck_assert_uint_eq(bytes.at[0], 2);
    ck_assert_uint_gt(bytes.len, sizeof stored_tail);
    ck_assert_slice_eq(slice_make(bytes.at + bytes.len - sizeof stored_tail, sizeof stored_tail),
                       slice_make(stored_tail, sizeof stored_tail));
    ck_assert_int_eq(state_decode(buf_slice(&bytes), &journey.sample.story, &back), OK);
    ck_assert(state_eq(&state, &back, &journey.sample.story));
    ck_assert_uint_eq(back.timeline.reach, 0x0809);
    ck_assert_uint_eq(back.timeline.past_turn[1], 0x0709);
}
END_TEST

START_TEST(a_stored_timeline_cut_anywhere_is_refused)
{
    SCOPED(release_buf) struct buf bytes = {0};
    const struct state state = state_stored();
    struct state back;
    state_encode(&state, &journey.sample.story, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        struct blob *cut = blob_dup(slice_make(bytes.at, len));
        ck_assert_int_eq(state_decode(blob_slice(cut), &journey.sample.story, &back), ERR_CORRUPT);
        blob_unref(cut);
    }
    buf_byte(&bytes, 0);
    ck_assert_int_eq(state_decode(buf_slice(&bytes), &journey.sample.story, &back), ERR_CORRUPT);
}
END_TEST

/* From the end of the stored form; the last place is 1. */
static const struct {
    const char *why;
    size_t from_end;
    uint8_t value;
} corrupt_cases[] = {
    {"fewer times than there are turns", 17, 1},
    {"more times than there are turns", 17, 3},
    {"more times than there may be", 17, 65},
    {"turns that fall", 15, 8},
    {"a turn beyond the reach", sizeof stored_tail - 1, 9},
};

START_TEST(bytes_that_no_timeline_has_are_refused)
{
    SCOPED(release_buf) struct buf bytes = {0};
    const struct state state = state_stored();
    struct state back;
    state_encode(&state, &journey.sample.story, &bytes);
    bytes.at[bytes.len - corrupt_cases[_i].from_end] = corrupt_cases[_i].value;
    ck_assert_msg(state_decode(buf_slice(&bytes), &journey.sample.story, &back) == ERR_CORRUPT,
                  "%s", corrupt_cases[_i].why);
}
END_TEST

START_TEST(a_state_has_one_form)
{
    SCOPED(release_buf) struct buf bytes = {0};
    const uint8_t nothing[37] = {0};
    struct state back;
    journey_init();
    state_encode(now(), &journey.sample.story, &bytes);
    ck_assert_uint_eq(bytes.at[0], 1);
    buf_append(&bytes, slice_make(nothing, sizeof nothing));
    bytes.at[0] = 2; /* with a timeline that says that nobody went back */
    ck_assert_int_eq(state_decode(buf_slice(&bytes), &journey.sample.story, &back), ERR_CORRUPT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *going = tcase_create("going back");
    TCase *form = tcase_create("form");
    tcase_add_test(going, a_load_is_the_next_version_with_what_an_earlier_one_had);
    tcase_add_test(going, what_a_roll_was_stays_what_it_was);
    tcase_add_test(going, an_undo_goes_back_one_step_and_the_next_one_another);
    tcase_add_test(going, an_undone_ending_can_be_played_on);
    tcase_add_test(going, a_stop_tells_no_throw_that_nobody_has_seen);
    tcase_add_test(going, going_back_to_an_ending_ends_the_game);
    tcase_add_test(going, a_reset_forgets_that_one_went_back);
    tcase_add_loop_test(going, a_story_says_how_often_one_goes_back, 0, 5);
    tcase_add_test(going, a_run_that_is_over_is_taken_up_so_many_times);
    tcase_add_test(going, a_run_has_so_many_loads);
    tcase_add_test_raise_signal(going, a_later_state_cannot_be_gone_back_to, SIGABRT);
    tcase_add_loop_test(going, a_past_that_was_played_elsewhere_ends_with_a_run_of_ones_own, 0, 2);
    tcase_add_test(going, a_game_that_is_over_stays_over_when_it_is_taken_over);
    tcase_add_test(going, a_next_state_that_breaks_an_invariant_is_refused);
    tcase_add_loop_test(form, a_timeline_is_checked_field_by_field, 0, (int)COUNT_OF(check_cases));
    tcase_add_test(form, a_timeline_ends_with_the_loads_that_a_run_may_have);
    tcase_add_test(form, the_stored_form_ends_with_the_timeline);
    tcase_add_test(form, a_stored_timeline_cut_anywhere_is_refused);
    tcase_add_loop_test(form, bytes_that_no_timeline_has_are_refused, 0,
                        (int)COUNT_OF(corrupt_cases));
    tcase_add_test(form, a_state_has_one_form);
    suite_add_tcase(suite, going);
    suite_add_tcase(suite, form);
    return run_suite(suite);
}
