/* A small story in the test's own memory. A test changes what it is about (a condition, effects, a
 * check) and plays it; everything else is as plain as can be. */
#ifndef CASYS_TESTS_GAME_SAMPLE_H
#define CASYS_TESTS_GAME_SAMPLE_H

#include "app/game/game.h"

enum { ENDURANCE, CHANCE, SKILL, SAMPLE_STATS };
enum { ROPE, LAMP, NUT, SAMPLE_ITEMS };
/* Two bytes of flags, the second one half used. */
enum { SAMPLE_FLAGS = 12, SAMPLE_CAPACITY = 10, SAMPLE_CHOICES = 4, SAMPLE_EFFECTS = 32 };

/* Section indices, numbered 10, 20 ... Only START has choices: all direct ones to HALL. */
enum { START, HALL, CELL, DEATH, TREASURE, SAMPLE_SECTIONS };

struct sample {
    struct story story;
    struct stat_def stats[SAMPLE_STATS]; /* 0..24, initially 20, no zero_section */
    struct item_def items[SAMPLE_ITEMS]; /* at first one rope */
    struct slice flags[SAMPLE_FLAGS];
    struct section sections[SAMPLE_SECTIONS];
    struct choice choices[SAMPLE_CHOICES]; /* of START: ids "a", "b", "c", "d" */
    struct effect effects[SAMPLE_EFFECTS]; /* what EFFECTS gave out */
    size_t effect_count;
};

/* The sample points into itself: it stays where it is. */
void sample_init(struct sample *sample);

/* 0, 1, 2 ... 31 */
extern const uint8_t sample_seed[SEED_LEN];

/* The first state of a game of it; the test fails when there is none. */
struct state sample_start(const struct sample *sample);

/* Play choices[0]; the test fails when that is refused. */
struct state sample_play(const struct sample *sample, const struct state *state,
                         struct event *ret_event);

/* The state's stored form is the same. */
bool state_eq(const struct state *a, const struct state *b, const struct story *story);

/* Give a section or a choice of the sample these effects: EFFECTS(&sample, &sample.choices[0],
 * ADD_GOLD(1), ...). They are copied into the sample. */
#define EFFECTS(sample, owner, ...)                                                                \
    ((owner)->effect_count = COUNT_OF(((const struct effect[]){__VA_ARGS__})),                     \
     (owner)->effects = sample_effects((sample), (const struct effect[]){__VA_ARGS__},             \
                                       COUNT_OF(((const struct effect[]){__VA_ARGS__}))))
const struct effect *sample_effects(struct sample *sample, const struct effect *effects,
                                    size_t count);

#define ADD_STAT(i, v)                                                                             \
    {                                                                                              \
        .kind = EFFECT_STAT, .index = (i), .value = (v)                                            \
    }
#define SET_STAT(i, v)                                                                             \
    {                                                                                              \
        .kind = EFFECT_STAT, .index = (i), .set = true, .value = (v)                               \
    }
#define ADD_ITEM(i, v)                                                                             \
    {                                                                                              \
        .kind = EFFECT_ITEM, .index = (i), .value = (v)                                            \
    }
#define SET_ITEM(i, v)                                                                             \
    {                                                                                              \
        .kind = EFFECT_ITEM, .index = (i), .set = true, .value = (v)                               \
    }
#define ADD_GOLD(v)                                                                                \
    {                                                                                              \
        .kind = EFFECT_GOLD, .value = (v)                                                          \
    }
#define SET_GOLD(v)                                                                                \
    {                                                                                              \
        .kind = EFFECT_GOLD, .set = true, .value = (v)                                             \
    }
#define SET_FLAG(i, v)                                                                             \
    {                                                                                              \
        .kind = EFFECT_FLAG, .index = (i), .set = true, .value = (v)                               \
    }

#endif
