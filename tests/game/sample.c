#include "tests/game/sample.h"

#include <string.h>

#include "tests/support/support.h"

const uint8_t sample_seed[SEED_LEN] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                       11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                       22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

static void fill_lists(struct sample *sample)
{
    static const char *const choice_id[SAMPLE_CHOICES] = {"a", "b", "c", "d"};
    static const char *const choice_text[SAMPLE_CHOICES] = {"Go", "Run", "Wait", "Hide"};
    for (size_t i = 0; i < SAMPLE_STATS; i++)
        sample->stats[i] =
            (struct stat_def){.max = LIMIT_STAT_MAX, .initial = 20, .zero_section = -1};
    sample->items[ROPE].initial = 1;
    for (size_t i = 0; i < SAMPLE_SECTIONS; i++)
        sample->sections[i].number = (int32_t)(10 * (i + 1));
    for (size_t i = 0; i < SAMPLE_CHOICES; i++)
        sample->choices[i] = (struct choice){.id = slice_str(choice_id[i]),
                                             .text = slice_str(choice_text[i]),
                                             .target = HALL,
                                             .target_failure = -1};
}

void sample_init(struct sample *sample)
{
    *sample = (struct sample){0};
    fill_lists(sample);
    sample->sections[START].choices = sample->choices;
    sample->sections[START].choice_count = SAMPLE_CHOICES;
    sample->sections[DEATH].ending = ENDING_LOST;
    sample->sections[TREASURE].ending = ENDING_WON;

    struct story *story = &sample->story;
    story->hero = SLICE("Hero");
    story->start = START;
    story->capacity = SAMPLE_CAPACITY;
    story->gold = 5;
    story->stats = sample->stats;
    story->stat_count = SAMPLE_STATS;
    story->items = sample->items;
    story->item_count = SAMPLE_ITEMS;
    story->flags = sample->flags;
    story->flag_count = SAMPLE_FLAGS;
    story->sections = sample->sections;
    story->section_count = SAMPLE_SECTIONS;
}

const struct effect *sample_effects(struct sample *sample, const struct effect *effects,
                                    size_t count)
{
    ck_assert_uint_le(count, SAMPLE_EFFECTS - sample->effect_count);
    struct effect *copy = &sample->effects[sample->effect_count];
    memcpy(copy, effects, count * sizeof *copy);
    sample->effect_count += count;
    return copy;
}

struct state sample_start(const struct sample *sample)
{
    struct state state = {0};
    struct event event;
    ck_assert_int_eq(game_start(&sample->story, sample_seed, SLICE_NONE, 0, &state, &event), OK);
    return state;
}

struct state sample_play(const struct sample *sample, const struct state *state,
                         struct event *ret_event)
{
    struct state next = {0};
    ck_assert_int_eq(
        game_step(&sample->story, sample_seed, state, &sample->choices[0], 0, &next, ret_event),
        OK);
    return next;
}

static void release_buf(struct buf *buf)
{
    buf_release(buf);
}

bool state_eq(const struct state *a, const struct state *b, const struct story *story)
{
    SCOPED(release_buf) struct buf bytes_a = {0};
    SCOPED(release_buf) struct buf bytes_b = {0};
    state_encode(a, story, &bytes_a);
    state_encode(b, story, &bytes_b);
    return slice_eq(buf_slice(&bytes_a), buf_slice(&bytes_b));
}
