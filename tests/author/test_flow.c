/* What the analysis says is impossible never happens: random games of made and of shipped stories stay
 * within the ranges that it gives, in sections that it reaches, by choices that it holds possible. */
#include "app/author/check.h"
#include "app/author/flow.h"

#include <stdio.h>

#include "app/story_loader.h"
#include "tests/support/support.h"
#include "tests/support/synthetic.h"

enum { GAMES = 60, STEPS_MAX = 400 };

static const struct {
    const char *file; /* NULL: a made one */
    unsigned sections;
    uint64_t seed;
} stories[] = {
    {"stories/bell-on-skarrow.json", 0, 0},
    {"stories/cat-for-the-cormorant.json", 0, 0},
    {"stories/summons-for-a-river.json", 0, 0},
    {"tests/e2e/stories/carousel.json", 0, 0},
    {"tests/fuzz/corpus/fuzz_story/zoo.json", 0, 0},
    {NULL, 40, 1},
    {NULL, 40, 2},
    {NULL, 120, 3},
    {NULL, 400, 4},
    {NULL, 400, 5},
};

static struct story *story_at(size_t index)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    struct buf source = {.at = NULL};
    char path[400];
    if (stories[index].file) {
        snprintf(path, sizeof path, "%s/%s", CASYS_SOURCE_DIR, stories[index].file);
        read_file(path, &source);
    } else {
        synthetic_story(SYNTHETIC_FULL, stories[index].sections, stories[index].seed, &source);
    }
    const enum status st = story_parse(buf_slice(&source), SLICE("story"), &story, &report);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&report.text)));
    story_report_release(&report);
    buf_release(&source);
    return story;
}

static bool is_within(struct range range, int32_t value)
{
    return value >= range.lo && value <= range.hi;
}

static void assert_within(const struct flow *flow, const struct state *state)
{
    const struct story *story = flow->sheet.story;
    const struct range *rest = flow->sections[state->section].rest;
    const int32_t number = story->sections[state->section].number;
    ck_assert_msg(flow->sections[state->section].reached && rest, "section %d", number);
    for (size_t i = 0; i < story->stat_count; i++)
        ck_assert_msg(is_within(rest[i], state->stats[i]), "stat %zu in section %d", i, number);
    for (size_t i = 0; i < story->item_count; i++)
        ck_assert_msg(is_within(rest[flow->sheet.items + i], state->items[i]),
                      "item %zu in section %d", i, number);
    for (size_t i = 0; i < story->counter_count; i++)
        ck_assert_msg(is_within(rest[flow->sheet.counters + i], state->counters[i]),
                      "counter %zu in section %d", i, number);
    for (size_t i = 0; i < story->flag_count; i++)
        ck_assert_msg(is_within(rest[flow->sheet.flags + i], state_flag(state, (int32_t)i)),
                      "flag %zu in section %d", i, number);
    ck_assert_msg(is_within(rest[flow->sheet.gold], state->gold), "gold in section %d", number);
    ck_assert_msg(!story->tracks_roll || is_within(rest[flow->sheet.roll], state->last_roll),
                  "last roll in section %d", number);
}

static void assert_possible(const struct flow *flow, const struct state *state,
                            const struct choice *choice)
{
    if (choice->act == ACT_CHOICE)
        ck_assert_msg(flow->sections[state->section].choices[choice->index].possible,
                      "choice %.*s of section %d", SLICE_ARG(choice->id),
                      flow->sheet.story->sections[state->section].number);
    if (choice->act == ACT_USE)
        ck_assert(flow->uses[choice->index]);
}

static uint64_t next_random(uint64_t *random)
{
    *random = *random * 6364136223846793005U + 1442695040888963407U;
    return *random >> 33;
}

/* An available choice, or NULL. */
static const struct choice *some_choice(const struct story *story, const struct state *state,
                                        uint64_t *random)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, state, options);
    const size_t first = count == 0 ? 0 : next_random(random) % count;
    for (size_t i = 0; i < count; i++) {
        const struct choice *choice = options[(first + i) % count];
        if (game_choice_available(state, choice))
            return choice;
    }
    return NULL;
}

static void play(const struct flow *flow, const uint8_t seed[SEED_LEN], uint64_t *random)
{
    static struct state state;
    static struct event event;
    const struct story *story = flow->sheet.story;
    ck_assert_int_eq(game_start(story, seed, SLICE_NONE, 0, &state, &event), OK);
    for (int step = 0; step < STEPS_MAX && state.status == GAME_ACTIVE; step++) {
        const struct choice *choice = some_choice(story, &state, random);
        /* A throw that can be repeated is a place between two rests. */
        if (state.pending.choice == 0)
            assert_within(flow, &state);
        if (!choice)
            return;
        assert_possible(flow, &state, choice);
        ck_assert_int_eq(game_step(story, seed, &state, choice, 0, &state, &event), OK);
    }
    if (state.status != GAME_ACTIVE)
        ck_assert(flow->sections[state.section].reached);
}

START_TEST(no_game_leaves_what_the_analysis_allows)
{
    struct story *story = story_at((size_t)_i);
    struct flow flow;
    uint8_t seed[SEED_LEN] = {(uint8_t)_i};
    uint64_t random = (uint64_t)_i;
    flow_init(&flow, story);
    for (int game = 0; game < GAMES; game++) {
        seed[1] = (uint8_t)game;
        play(&flow, seed, &random);
    }
    flow_release(&flow);
    story_unref(story);
}
END_TEST

START_TEST(the_stories_have_no_mistake)
{
    struct story *story = story_at((size_t)_i);
    struct buf report = {.at = NULL};
    ck_assert_msg(story_may_be_served(story, "story", &report), "%.*s",
                  SLICE_ARG(buf_slice(&report)));
    buf_release(&report);
    story_unref(story);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flow");
    TCase *tcase = tcase_create("flow");
    tcase_set_timeout(tcase, 100);
    tcase_add_loop_test(tcase, no_game_leaves_what_the_analysis_allows, 0, COUNT_OF(stories));
    tcase_add_loop_test(tcase, the_stories_have_no_mistake, 0, COUNT_OF(stories));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
