/* How long a step takes: game_step and the encoding of its snapshot, at random choices of a story.
 *
 *     bench_step STORY.json [STEPS]
 *
 * Prints the median and the 99th percentile in nanoseconds of both together and of each. One thread;
 * what the disk and the sockets cost is not in it (bench_load measures that). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/snapshot.h"
#include "app/story_loader.h"

enum { STEPS_DEFAULT = 200000, STEPS_MAX = 10000000 };

struct times {
    int64_t *step_ns, *encode_ns, *both_ns; /* owned, one for each step */
    size_t count;
};

static int64_t now_ns(void)
{
    struct timespec now;
    ENSURE(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint32_t next_number(uint64_t *random)
{
    *random = *random * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*random >> 33);
}

/* An option that can be taken, or NULL. */
static const struct choice *any_option(const struct story *story, const struct state *state,
                                       uint64_t *random)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    size_t count = 0;
    const size_t shown = game_options(story, state, options);
    for (size_t i = 0; i < shown; i++) {
        if (game_choice_available(state, options[i]))
            options[count++] = options[i];
    }
    return count > 0 ? options[next_number(random) % count] : NULL;
}

static void measure(struct story *story, size_t steps, struct times *ret)
{
    static struct event event; /* large */
    uint64_t random = 1;
    struct game_facts facts = {.story = story};
    struct state state;
    struct buf bytes = {.len = 0};
    struct json_out *out = json_out_new(&bytes);
    ENSURE(game_start(story, facts.seed, SLICE_NONE, 0, &state, &event) == OK);
    while (ret->count < steps) {
        const struct choice *choice = any_option(story, &state, &random);
        if (!choice) {
            ENSURE(game_reset(story, facts.seed, &state, 0, &state, &event) == OK);
            continue;
        }
        const int64_t begin = now_ns();
        ENSURE(game_step(story, facts.seed, &state, choice, 0, &state, &event) == OK);
        const int64_t middle = now_ns();
        buf_clear(&bytes);
        json_out_reset(out);
        snapshot_encode(out, &facts, &state, &event);
        const int64_t end = now_ns();
        ret->step_ns[ret->count] = middle - begin;
        ret->encode_ns[ret->count] = end - middle;
        ret->both_ns[ret->count++] = end - begin;
    }
    json_out_free(out);
    buf_release(&bytes);
}

static int compare(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void print(const char *what, int64_t *ns, size_t count)
{
    qsort(ns, count, sizeof *ns, compare);
    printf("%-28s median %6lld ns   p99 %6lld ns\n", what, (long long)ns[count / 2],
           (long long)ns[count * 99 / 100]);
}

static int64_t *list_new(size_t count)
{
    int64_t *list = calloc(count, sizeof *list);
    ENSURE(list != NULL);
    return list;
}

static void run(struct story *story, size_t steps)
{
    struct times times = {list_new(steps), list_new(steps), list_new(steps), 0};
    measure(story, steps, &times);
    printf("%.*s: %zu steps\n", SLICE_ARG(story->id), times.count);
    print("game_step", times.step_ns, times.count);
    print("snapshot_encode", times.encode_ns, times.count);
    print("both", times.both_ns, times.count);
    free(times.step_ns);
    free(times.encode_ns);
    free(times.both_ns);
}

int main(int argc, char **argv)
{
    uint64_t steps = STEPS_DEFAULT;
    if (argc < 2 || argc > 3 ||
        (argc == 3 && (slice_to_u64(slice_str(argv[2]), STEPS_MAX, &steps) != OK || steps == 0))) {
        (void)fprintf(stderr, "usage: bench_step STORY.json [STEPS]\n");
        return 2;
    }
    struct story *story;
    struct story_report report = {.count = 0};
    if (story_read(argv[1], &story, &report) != OK) {
        (void)fprintf(stderr, "%.*s", SLICE_ARG(buf_slice(&report.text)));
        story_report_release(&report);
        return 1;
    }
    run(story, (size_t)steps);
    story_unref(story);
    story_report_release(&report);
    return 0;
}
