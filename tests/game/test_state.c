#include "app/game/state.h"

#include <signal.h>
#include <string.h>

#include "tests/game/generate.h"
#include "tests/game/sample.h"
#include "tests/game/whole.h"
#include "tests/support/support.h"

/* Fifty characters of four bytes each: as long as a name can be. */
#define TEN_HATS                                                                                   \
    "\xf0\x9f\x8e\xa9\xf0\x9f\x8e\xa9\xf0\x9f\x8e\xa9\xf0\x9f\x8e\xa9\xf0\x9f\x8e\xa9"             \
    "\xf0\x9f\x8e\xa9\xf0\x9f\x8e\xa9\xf0\x9f\x8e\xa9\xf0\x9f\x8e\xa9\xf0\x9f\x8e\xa9"
#define FIFTY_HATS TEN_HATS TEN_HATS TEN_HATS TEN_HATS TEN_HATS
#define FIFTY_ONES "11111111112222222222333333333344444444445555555555"

static const struct {
    const char *why;
    struct slice name;
    bool valid;
} name_cases[] = {
    {"one character", SLICE_INIT("x"), true},
    {"nothing", SLICE_INIT(""), false},
    {"a blank", SLICE_INIT(" "), true},
    {"letters of another script", SLICE_INIT("\xce\xb1\xce\xb2"), true},
    {"50 characters of one byte", SLICE_INIT(FIFTY_ONES), true},
    {"51 characters of one byte", SLICE_INIT(FIFTY_ONES "6"), false},
    {"50 characters of four bytes", SLICE_INIT(FIFTY_HATS), true},
    {"51 characters of up to four bytes", SLICE_INIT(FIFTY_HATS "6"), false},
    {"a cut character", SLICE_INIT("\xf0\x9f\x8e"), false},
    {"an overlong form", SLICE_INIT("\xc0\x80"), false},
    {"a surrogate", SLICE_INIT("\xed\xa0\x80"), false},
    {"a NUL", SLICE_INIT("a\0b"), false},
    {"a line break", SLICE_INIT("a\nb"), false},
    {"the last control character of ASCII's front", SLICE_INIT("\x1f"), false},
    {"delete", SLICE_INIT("\x7f"), false},
    {"the first of the second block", SLICE_INIT("\xc2\x80"), false},
    {"the last of the second block", SLICE_INIT("a\xc2\x9f"), false},
    {"just behind the second block", SLICE_INIT("\xc2\xa0"), true},
    {"the same bytes in another character", SLICE_INIT("\xe2\x80\x94"), true},
};

START_TEST(a_name_has_1_to_50_characters)
{
    ck_assert_msg(hero_name_valid(name_cases[_i].name) == name_cases[_i].valid, "%s",
                  name_cases[_i].why);
}
END_TEST

START_TEST(a_flag_is_one_bit)
{
    struct state state = {0};
    for (int32_t flag = 0; flag < LIMIT_FLAGS; flag++) {
        state.flags[flag / 8] = (uint8_t)(1U << (flag % 8));
        for (int32_t other = 0; other < LIMIT_FLAGS; other++) {
            if (state_flag(&state, other) != (other == flag))
                ck_abort_msg("flag %d while %d is set", other, flag);
        }
        state.flags[flag / 8] = 0;
    }
}
END_TEST

/* One field of a good state is overwritten. */
struct patch {
    size_t offset, size;
    uint64_t value;
};

#define PATCH(member, number)                                                                      \
    {                                                                                              \
        offsetof(struct state, member), sizeof(((struct state *)NULL)->member), (uint64_t)(number) \
    }

static void patch_apply(struct state *state, const struct patch *patch)
{
    uint8_t *at = (uint8_t *)state + patch->offset;
    if (patch->size == sizeof(uint64_t)) {
        memcpy(at, &patch->value, sizeof patch->value);
    } else if (patch->size == sizeof(uint32_t)) {
        const uint32_t value = (uint32_t)patch->value;
        memcpy(at, &value, sizeof value);
    } else {
        ck_assert_uint_eq(patch->size, 1);
        *at = (uint8_t)patch->value;
    }
}

/* The good state: 1 rope of 10 items, 12 flags, the name "Hero", in START, active. */
static const struct {
    const char *why;
    struct patch patch;
    bool good;
} check_cases[] = {
    {"version 1", PATCH(version, 1), true},
    {"no version", PATCH(version, 0), false},
    {"the last version", PATCH(version, UINT64_MAX), true},
    {"no run", PATCH(run, 0), false},
    {"the last run", PATCH(run, UINT32_MAX), true},
    {"stopped where there is no ending", PATCH(status, GAME_STOPPED), true},
    {"won where there is no ending", PATCH(status, GAME_WON), false},
    {"lost where there is no ending", PATCH(status, GAME_LOST), false},
    {"a status there is not", PATCH(status, GAME_STOPPED + 1), false},
    {"the last section without an ending", PATCH(section, CELL), true},
    {"active where it is lost", PATCH(section, DEATH), false},
    {"active where it is won", PATCH(section, TREASURE), false},
    {"a section before the first", PATCH(section, -1), false},
    {"a section behind the last", PATCH(section, SAMPLE_SECTIONS), false},
    {"no gold", PATCH(gold, 0), true},
    {"gold below nothing", PATCH(gold, -1), false},
    {"as much gold as there may be", PATCH(gold, LIMIT_GOLD), true},
    {"one gold too many", PATCH(gold, LIMIT_GOLD + 1), false},
    {"a stat at its minimum", PATCH(stats[SKILL], 0), true},
    {"a stat below its minimum", PATCH(stats[SKILL], -1), false},
    {"a stat at its maximum", PATCH(stats[SKILL], LIMIT_STAT_MAX), true},
    {"a stat above its maximum", PATCH(stats[SKILL], LIMIT_STAT_MAX + 1), false},
    {"a stat that the story has not", PATCH(stats[SAMPLE_STATS], 1), false},
    {"the last stat, which the story has not", PATCH(stats[LIMIT_STATS - 1], 1), false},
    {"no item", PATCH(items[ROPE], 0), true},
    {"items below nothing", PATCH(items[LAMP], -1), false},
    {"as many items as can be carried", PATCH(items[LAMP], SAMPLE_CAPACITY - 1), true},
    {"one item too many", PATCH(items[LAMP], SAMPLE_CAPACITY), false},
    {"the largest number of items", PATCH(items[LAMP], INT32_MAX), false},
    {"an item that the story has not", PATCH(items[SAMPLE_ITEMS], 1), false},
    {"all flags", PATCH(flags[0], 0xff), true},
    {"the story's last flag", PATCH(flags[1], 0x08), true},
    {"a flag that the story has not", PATCH(flags[1], 0x10), false},
    {"the last flag, which the story has not", PATCH(flags[LIMIT_FLAGS / 8 - 1], 0x80), false},
    {"no name", PATCH(name_len, 0), false},
    {"a name shorter than what is there", PATCH(name_len, 3), false},
    {"a name with a NUL", PATCH(name_len, 5), false},
    {"a name longer than its room", PATCH(name_len, NAME_BYTES + 1), false},
    {"another name", PATCH(name[0], 'Z'), true},
    {"a name with a control character", PATCH(name[0], 7), false},
    {"a name that is not UTF-8", PATCH(name[0], 0xff), false},
    {"bytes behind the name", PATCH(name[NAME_BYTES - 1], 1), false},
};

START_TEST(a_state_is_checked_field_by_field)
{
    struct sample sample;
    sample_init(&sample);
    struct state state = sample_start(&sample);
    ck_assert_int_eq(state_check(&state, &sample.story), OK);
    patch_apply(&state, &check_cases[_i].patch);
    const enum status st = state_check(&state, &sample.story);
    ck_assert_msg(st == (check_cases[_i].good ? OK : ERR_INVALID), "%s", check_cases[_i].why);
}
END_TEST

START_TEST(an_ending_and_the_status_agree)
{
    for (int section = 0; section < SAMPLE_SECTIONS; section++) {
        for (int status = GAME_ACTIVE; status <= GAME_STOPPED; status++) {
            struct sample sample;
            sample_init(&sample);
            struct state state = sample_start(&sample);
            state.section = section;
            state.status = (enum game_status)status;
            const bool good = section == DEATH ? status == GAME_LOST
                              : section == TREASURE
                                  ? status == GAME_WON
                                  : status == GAME_ACTIVE || status == GAME_STOPPED;
            ck_assert_int_eq(state_check(&state, &sample.story) == OK, good);
        }
    }
}
END_TEST

START_TEST(quantities_do_not_wrap_in_their_sum)
{
    struct sample sample;
    sample_init(&sample);
    struct state state = sample_start(&sample);
    state.items[ROPE] = INT32_MAX;
    state.items[LAMP] = INT32_MAX;
    state.items[NUT] = 2;
    ck_assert_int_eq(state_check(&state, &sample.story), ERR_INVALID);
}
END_TEST

static void release_buf(struct buf *buf)
{
    buf_release(buf);
}

/* The format as bytes: it must not change by accident, or no stored game can be read. */
static const uint8_t stored[] = {
    1,                                              /* format */
    3,                                              /* stopped */
    0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, /* version */
    0x0d, 0x0c, 0x0b, 0x0a,                         /* run */
    2,    0,    0,    0,                            /* section */
    0x3f, 0x42, 0x0f, 0,                            /* gold */
    20,   0,    0,    0,                            /* endurance */
    0xfe, 0xff, 0xff, 0xff,                         /* chance */
    24,   0,    0,    0,                            /* skill */
    1,    0,    9,    0,    0,    0,                /* rope, lamps, nuts */
    0x81, 0x08,                                     /* flags 0, 7 and 11 */
    4,    'H',  'e',  'r',  'o',
};

static struct state state_stored(struct sample *sample)
{
    sample_init(sample);
    sample->stats[CHANCE].min = -2;
    struct state state = sample_start(sample);
    state.status = GAME_STOPPED;
    state.version = 0x0102030405060708;
    state.run = 0x0a0b0c0d;
    state.section = CELL;
    state.gold = LIMIT_GOLD;
    state.stats[CHANCE] = -2;
    state.stats[SKILL] = 24;
    state.items[LAMP] = 9;
    state.flags[0] = 0x81;
    state.flags[1] = 0x08;
    return state;
}

START_TEST(the_stored_form_is_as_documented)
{
    SCOPED(release_buf) struct buf bytes = {0};
    struct sample sample;
    const struct state state = state_stored(&sample);
    struct state back;

    buf_byte(&bytes, 'x'); /* it is appended */
    state_encode(&state, &sample.story, &bytes);
    ck_assert_slice_eq(slice_make(bytes.at + 1, bytes.len - 1), slice_make(stored, sizeof stored));
    ck_assert_int_eq(state_decode(slice_make(stored, sizeof stored), &sample.story, &back), OK);
    ck_assert(state_eq(&state, &back, &sample.story));
    ck_assert_uint_eq(back.version, state.version);
    ck_assert_uint_eq(back.run, state.run);
    ck_assert_int_eq(back.stats[CHANCE], -2);
}
END_TEST

START_TEST(a_stored_state_cut_anywhere_is_refused)
{
    struct sample sample;
    state_stored(&sample);
    for (size_t len = 0; len < sizeof stored; len++) {
        /* An allocation of its own, so that AddressSanitizer sees a read past the end. */
        struct blob *cut = blob_dup(slice_make(stored, len));
        struct state back = {.version = 77};
        ck_assert_int_eq(state_decode(blob_slice(cut), &sample.story, &back), ERR_CORRUPT);
        ck_assert_uint_eq(back.version, 77); /* not written */
        blob_unref(cut);
    }
}
END_TEST

static const struct {
    const char *why;
    size_t offset;
    uint8_t value;
} corrupt_cases[] = {
    {"an older format", 0, 0},
    {"a timeline is missing", 0, 2},
    {"a newer format", 0, 3},
    {"a status there is not", 1, 4},
    {"a status that the section refuses", 1, GAME_WON},
    {"a section behind the last", 14, SAMPLE_SECTIONS},
    {"a negative section", 17, 0x80},
    {"one gold too many", 18, 0x40},
    {"negative gold", 21, 0xff},
    {"a stat above its maximum", 22, 25},
    {"a stat below its minimum", 26, 0xfd},
    {"an item too many", 34, 2},
    {"far too many items", 35, 0xff},
    {"a flag that the story has not", 41, 0x18},
    {"a name shorter than what follows", 42, 3},
    {"a name longer than what follows", 42, 5},
    {"a name longer than any", 42, 255},
    {"a name with a control character", 43, '\n'},
    {"a name that is not UTF-8", 46, 0xc3},
};

START_TEST(bytes_that_no_state_has_are_refused)
{
    struct sample sample;
    uint8_t bytes[sizeof stored];
    struct state back;
    state_stored(&sample);
    memcpy(bytes, stored, sizeof stored);
    bytes[corrupt_cases[_i].offset] = corrupt_cases[_i].value;
    ck_assert_msg(state_decode(slice_make(bytes, sizeof bytes), &sample.story, &back) ==
                      ERR_CORRUPT,
                  "%s", corrupt_cases[_i].why);
}
END_TEST

START_TEST(bytes_behind_a_state_are_refused)
{
    struct sample sample;
    uint8_t bytes[sizeof stored + 1] = {0};
    struct state back;
    state_stored(&sample);
    memcpy(bytes, stored, sizeof stored);
    ck_assert_int_eq(state_decode(slice_make(bytes, sizeof bytes), &sample.story, &back),
                     ERR_CORRUPT);
}
END_TEST

START_TEST(a_stored_name_has_at_most_its_200_bytes)
{
    enum { NAME_AT = 43 };
    struct sample sample;
    state_stored(&sample);
    for (size_t len = 1; len <= UINT8_MAX; len++) {
        uint8_t bytes[NAME_AT + UINT8_MAX];
        struct state back;
        memcpy(bytes, stored, NAME_AT);
        bytes[NAME_AT - 1] = (uint8_t)len;
        for (size_t i = 0; i < len; i++)
            bytes[NAME_AT + i] = (uint8_t)FIFTY_HATS[i % (sizeof FIFTY_HATS - 1)];
        const bool good = len <= NAME_BYTES && len % 4 == 0;
        ck_assert_int_eq(state_decode(slice_make(bytes, NAME_AT + len), &sample.story, &back) == OK,
                         good);
    }
}
END_TEST

START_TEST(a_state_of_another_story_is_refused)
{
    struct sample sample;
    struct state back;
    state_stored(&sample);
    sample.story.stat_count--;
    ck_assert_int_eq(state_decode(slice_make(stored, sizeof stored), &sample.story, &back),
                     ERR_CORRUPT);
}
END_TEST

START_TEST(a_state_that_breaks_an_invariant_is_not_stored)
{
    SCOPED(release_buf) struct buf bytes = {0};
    struct sample sample;
    struct state state = state_stored(&sample);
    state.gold = -1;
    state_encode(&state, &sample.story, &bytes);
}
END_TEST

static void every_cut_is_refused(struct slice bytes, const struct story *story)
{
    for (size_t len = 0; len < bytes.len; len++) {
        struct state back;
        if (state_decode(slice_make(bytes.at, len), story, &back) != ERR_CORRUPT)
            ck_abort_msg("%zu of %zu bytes were accepted", len, bytes.len);
    }
}

START_TEST(random_states_come_back_as_they_went)
{
    enum { STATES = 200 };
    struct random random = {(uint64_t)_i};
    struct story *story = generate_story(&random);
    SCOPED(release_buf) struct buf bytes = {0};
    SCOPED(release_buf) struct buf again = {0};
    for (int i = 0; i < STATES; i++) {
        const struct state state = generate_state(&random, story);
        struct state back;
        buf_clear(&bytes);
        buf_clear(&again);
        state_encode(&state, story, &bytes);
        if (state_decode(buf_slice(&bytes), story, &back) != OK)
            ck_abort_msg("state %d of story %d was not read", i, _i);
        state_encode(&back, story, &again);
        if (!slice_eq(buf_slice(&bytes), buf_slice(&again)))
            ck_abort_msg("state %d of story %d came back as another", i, _i);
        if (i % 20 == 0)
            every_cut_is_refused(buf_slice(&bytes), story);
    }
    story_unref(story);
}
END_TEST

/* Whatever is read is what would be written: no second form of a state gets in. */
START_TEST(changed_bytes_are_refused_or_another_state)
{
    struct sample sample;
    SCOPED(release_buf) struct buf again = {0};
    state_stored(&sample);
    for (size_t at = 0; at < sizeof stored; at++) {
        for (int value = 0; value < 256; value++) {
            uint8_t bytes[sizeof stored];
            struct state back;
            memcpy(bytes, stored, sizeof stored);
            bytes[at] = (uint8_t)value;
            if (state_decode(slice_make(bytes, sizeof bytes), &sample.story, &back) != OK)
                continue;
            buf_clear(&again);
            state_encode(&back, &sample.story, &again);
            if (!slice_eq(buf_slice(&again), slice_make(bytes, sizeof bytes)))
                ck_abort_msg("byte %zu as %d has two forms", at, value);
        }
    }
}
END_TEST

START_TEST(names_of_a_status_are_those_of_the_contract)
{
    ck_assert_str_eq(game_status_name(GAME_ACTIVE), "active");
    ck_assert_str_eq(game_status_name(GAME_WON), "won");
    ck_assert_str_eq(game_status_name(GAME_LOST), "lost");
    ck_assert_str_eq(game_status_name(GAME_STOPPED), "stopped");
}
END_TEST

static TCase *check_tests(void)
{
    TCase *tcase = tcase_create("check");
    tcase_add_loop_test(tcase, a_name_has_1_to_50_characters, 0, (int)COUNT_OF(name_cases));
    tcase_add_test(tcase, a_flag_is_one_bit);
    tcase_add_loop_test(tcase, a_state_is_checked_field_by_field, 0, (int)COUNT_OF(check_cases));
    tcase_add_test(tcase, an_ending_and_the_status_agree);
    tcase_add_test(tcase, quantities_do_not_wrap_in_their_sum);
    tcase_add_test(tcase, names_of_a_status_are_those_of_the_contract);
    return tcase;
}

static TCase *stored_form_tests(void)
{
    TCase *tcase = tcase_create("stored form");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_stored_form_is_as_documented);
    tcase_add_test(tcase, a_stored_state_cut_anywhere_is_refused);
    tcase_add_loop_test(tcase, bytes_that_no_state_has_are_refused, 0,
                        (int)COUNT_OF(corrupt_cases));
    tcase_add_test(tcase, bytes_behind_a_state_are_refused);
    tcase_add_test(tcase, a_stored_name_has_at_most_its_200_bytes);
    tcase_add_test(tcase, a_state_of_another_story_is_refused);
    tcase_add_test_raise_signal(tcase, a_state_that_breaks_an_invariant_is_not_stored, SIGABRT);
    tcase_add_loop_test(tcase, random_states_come_back_as_they_went, 0, 40);
    tcase_add_test(tcase, changed_bytes_are_refused_or_another_state);
    return tcase;
}

/* ---- what only some stories have ---- */

/* In the den, after one round; the search failed and can be repeated at the gate. */
static struct state state_of_whole(const struct story *story, int32_t section)
{
    struct state state = {0};
    struct event event;
    ck_assert_int_eq(game_start(story, sample_seed, SLICE_NONE, 0, &state, &event), OK);
    state.section = section;
    state.visited[0] |= (uint8_t)(1U << section);
    if (section == WHOLE_DEN)
        state.fight = (struct fight_state){.round = 1, .foe = {3, 4}};
    return state;
}

/* The good state is at the gate of the whole story, or where the case says. */
static const struct {
    const char *why;
    int32_t section;
    struct patch patch;
    bool good;
} whole_cases[] = {
    {"a counter at its maximum", WHOLE_GATE, PATCH(counters[WHOLE_DAYS], 99), true},
    {"a counter above its maximum", WHOLE_GATE, PATCH(counters[WHOLE_DAYS], 100), false},
    {"a counter at its minimum", WHOLE_GATE, PATCH(counters[WHOLE_DOOM], -5), true},
    {"a counter below its minimum", WHOLE_GATE, PATCH(counters[WHOLE_DOOM], -6), false},
    {"a counter that the story has not", WHOLE_GATE, PATCH(counters[WHOLE_COUNTERS], 1), false},
    {"any last roll", WHOLE_GATE, PATCH(last_roll, INT32_MIN), true},
    {"all sections visited", WHOLE_GATE, PATCH(visited[0], 0x7f), true},
    {"the section itself not visited", WHOLE_GATE, PATCH(visited[0], 0x7e), false},
    {"a section visited that is not there", WHOLE_GATE, PATCH(visited[0], 0x81), false},
    {"the last section visited", WHOLE_GATE, PATCH(visited[LIMIT_SECTIONS / 8 - 1], 0x80), false},
    {"both choices for once", WHOLE_GATE, PATCH(chosen[0], 3), true},
    {"a third choice for once", WHOLE_GATE, PATCH(chosen[0], 4), false},
    {"the last choice for once", WHOLE_GATE, PATCH(chosen[LIMIT_ONCE / 8 - 1], 0x80), false},
    {"a round where nobody fights", WHOLE_GATE, PATCH(fight.round, 1), false},
    {"a foe where nobody fights", WHOLE_GATE, PATCH(fight.foe[0], 1), false},
    {"a fight", WHOLE_DEN, PATCH(fight.round, 1), true},
    {"the last round", WHOLE_DEN, PATCH(fight.round, LIMIT_COMBAT_ROUNDS - 1), true},
    {"a round too many", WHOLE_DEN, PATCH(fight.round, LIMIT_COMBAT_ROUNDS), false},
    {"a round before the first", WHOLE_DEN, PATCH(fight.round, -1), false},
    {"one foe defeated", WHOLE_DEN, PATCH(fight.foe[0], 0), true},
    {"a foe as strong as it ever was", WHOLE_DEN, PATCH(fight.foe[0], 5), true},
    {"a foe stronger than it ever was", WHOLE_DEN, PATCH(fight.foe[0], 6), false},
    {"a foe below nothing", WHOLE_DEN, PATCH(fight.foe[0], -1), false},
    {"a foe that is not there", WHOLE_DEN, PATCH(fight.foe[2], 1), false},
    {"a throw of the search waits", WHOLE_GATE, PATCH(pending.choice, 3), true},
    {"a throw of a table without outcome", WHOLE_GATE, PATCH(pending.choice, 4), false},
    {"a throw that nobody can repeat", WHOLE_GATE, PATCH(pending.choice, 5), false},
    {"a throw of a choice without dice", WHOLE_GATE, PATCH(pending.choice, 1), false},
    {"a throw of a choice that is not there", WHOLE_GATE, PATCH(pending.choice, 6), false},
    {"a throw in a fight", WHOLE_DEN, PATCH(pending.choice, 1), false},
    {"repeated, but nothing waits", WHOLE_GATE, PATCH(pending.rerolled, 1), false},
    {"an outcome, but nothing waits", WHOLE_GATE, PATCH(pending.outcome, 1), false},
};

START_TEST(what_only_some_stories_have_is_checked)
{
    struct story *story = whole_story();
    struct state state = state_of_whole(story, whole_cases[_i].section);
    ck_assert_int_eq(state_check(&state, story), OK);
    patch_apply(&state, &whole_cases[_i].patch);
    const enum status st = state_check(&state, story);
    ck_assert_msg(st == (whole_cases[_i].good ? OK : ERR_INVALID), "%s", whole_cases[_i].why);
    story_unref(story);
}
END_TEST

START_TEST(a_fight_without_a_living_foe_is_no_state)
{
    struct story *story = whole_story();
    struct state state = state_of_whole(story, WHOLE_DEN);
    state.fight.foe[0] = state.fight.foe[1] = 0;
    ck_assert_int_eq(state_check(&state, story), ERR_INVALID);
    story_unref(story);
}
END_TEST

static const struct {
    struct pending pending;
    bool good;
} pending_cases[] = {
    {{.choice = 3, .rerolled = 1}, true},
    {{.choice = 3, .rerolled = 2}, false},
    {{.choice = 3, .outcome = 1}, false},
    {{.choice = 4, .outcome = 1}, true},
    {{.choice = 4, .outcome = 4}, true},
    {{.choice = 4, .outcome = 5}, false},
    {{.choice = 4, .outcome = 1, .rerolled = 1}, false},
};

START_TEST(a_waiting_throw_is_one_of_its_section)
{
    struct story *story = whole_story();
    struct state state = state_of_whole(story, WHOLE_GATE);
    state.pending = pending_cases[_i].pending;
    ck_assert_int_eq(state_check(&state, story) == OK, pending_cases[_i].good);
    story_unref(story);
}
END_TEST

static const uint8_t stored_whole[] = {
    1,    0,                                                             /* format, active */
    1,    0,   0,   0,   0,    0,    0,    0,                            /* version */
    1,    0,   0,   0,                                                   /* run */
    2,    0,   0,   0,                                                   /* the den */
    3,    0,   0,   0,                                                   /* gold */
    9,    0,   0,   0,   9,    0,    0,    0,    9, 0, 0, 0, 0, 0, 0, 0, /* stats */
    2,    0,   1,   0,   1,    0,                                        /* items */
    1,                                                                   /* flag */
    7,    0,   0,   0,   0xfb, 0xff, 0xff, 0xff,                         /* counters */
    11,   0,   0,   0,                                                   /* last roll */
    0x05,                                                                /* visited: gate and den */
    0x02,                   /* the second choice for once */
    1,    3,   0,   4,   0, /* fight: round, foes */
    0,    0,   0,           /* nothing waits */
    4,    'H', 'e', 'r', 'o',
};

START_TEST(the_longer_stored_form_is_as_documented)
{
    SCOPED(release_buf) struct buf bytes = {0};
    struct story *story = whole_story();
    struct state state = state_of_whole(story, WHOLE_DEN);
    struct state back;
    state.stats[WHOLE_ENDURANCE] = 9;
    state.flags[0] = 1;
    state.counters[WHOLE_DAYS] = 7;
    state.last_roll = 11;
    state.chosen[0] = 2;
    state_encode(&state, story, &bytes);
    ck_assert_slice_eq(buf_slice(&bytes), slice_make(stored_whole, sizeof stored_whole));
    ck_assert_int_eq(state_decode(buf_slice(&bytes), story, &back), OK);
    ck_assert(state_eq(&state, &back, story));
    for (size_t len = 0; len < sizeof stored_whole; len++) {
        struct blob *cut = blob_dup(slice_make(stored_whole, len));
        ck_assert_int_eq(state_decode(blob_slice(cut), story, &back), ERR_CORRUPT);
        blob_unref(cut);
    }
    story_unref(story);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state");
    suite_add_tcase(suite, check_tests());
    suite_add_tcase(suite, stored_form_tests());
    TCase *whole = tcase_create("what only some stories have");
    tcase_add_loop_test(whole, what_only_some_stories_have_is_checked, 0,
                        (int)COUNT_OF(whole_cases));
    tcase_add_test(whole, a_fight_without_a_living_foe_is_no_state);
    tcase_add_loop_test(whole, a_waiting_throw_is_one_of_its_section, 0,
                        (int)COUNT_OF(pending_cases));
    tcase_add_test(whole, the_longer_stored_form_is_as_documented);
    suite_add_tcase(suite, whole);
    return run_suite(suite);
}
