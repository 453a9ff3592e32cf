/* Plays a story many times by the rules themselves and counts what happens: one half of the runs at
 * random, as a player without a plan; the other half towards what nobody has seen yet. The same story,
 * seed and number of runs give the same counts. Pure but for the caller's progress; any thread. */
#ifndef CASYS_AUTHOR_EXPLORE_H
#define CASYS_AUTHOR_EXPLORE_H

#include "app/author/ranges.h"

/* A run that is not over after so many choices is given up. */
enum { EXPLORE_STEPS_MAX = 5000 };

struct explore_config {
    uint64_t runs; /* at least 1 */
    uint64_t seed;
    /* Called now and then, with the number of runs that are over; NULL: never. */
    void (*on_progress)(void *arg, uint64_t runs);
    void *arg;
};

struct explored_section {
    uint64_t runs;        /* runs that came here */
    uint64_t ends;        /* runs that ended here; of an ending */
    uint64_t ends_random; /* of these, runs at random */
    uint64_t deaths;      /* choices made here that led to a lost ending */
    uint64_t stuck;       /* runs that had nothing to choose here */
    uint64_t *taken;      /* of each choice; in the arena */
};

struct explored {
    struct arena arena;
    const struct story *story;
    struct explored_section *sections;
    uint64_t *used; /* of each item */
    uint64_t runs, random_runs;
    uint64_t steps;                        /* choices made */
    uint64_t won, lost, stuck, unfinished; /* runs */
    uint64_t won_random, lost_random;
    uint64_t rerolls;
    uint64_t *lengths;   /* of each number of choices, 0..EXPLORE_STEPS_MAX: random runs of it that
                             came to an ending */
    struct range *stats; /* of each stat, over all states */
    struct range *items;
    struct range gold;
};

/* The story must be one that can be played. It is changed so that its states remember visits. */
void explore(struct story *story, const struct explore_config *config, struct explored *ret);
void explored_release(struct explored *explored);

/* Has a run been there; how many sections and choices there are and how many of them were seen. Uses
 * of items count as choices. */
struct coverage {
    size_t sections, sections_seen;
    size_t choices, choices_seen;
};
struct coverage explored_coverage(const struct explored *explored);

#endif
