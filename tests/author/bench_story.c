/* Measures what authors and players wait for: loading and checking a large story, random play, and one
 * choice with its snapshot.
 *
 *     bench_story STORY.json [SECONDS]
 *
 * All times are CPU time. Prints a row for each with its target; exits 1 when one was missed, 2 when something cannot be
 * measured. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/author/check.h"
#include "app/author/explore.h"
#include "app/snapshot.h"
#include "tests/support/synthetic.h"

enum { REPEAT = 9, LARGE = 4400, ORDINARY = 400, SAMPLES_MAX = 200000, STORY_SEED = 1 };

/* CPU time of this thread: all of it is work on one core, and other programs do not count. */
static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return *left < *right ? -1 : *left > *right;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

static bool row(const char *what, double value, const char *unit, double target, bool at_least)
{
    const bool good = at_least ? value >= target : value <= target;
    printf("%-44s %12.1f %-9s target %s %.0f  %s\n", what, value, unit,
           at_least ? "at least" : "at most", target, good ? "ok" : "MISSED");
    return good;
}

static struct story *load(const struct buf *source)
{
    struct story_report report = {.count = 0};
    struct story *story = NULL;
    if (story_parse(buf_slice(source), SLICE("synthetic"), &story, &report) != OK) {
        fprintf(stderr, "%.*s", SLICE_ARG(buf_slice(&report.text)));
        exit(2);
    }
    return story;
}

static struct story *make(enum synthetic_kind kind, unsigned sections)
{
    struct buf source = {.at = NULL};
    synthetic_story(kind, sections, STORY_SEED, &source);
    struct story *story = load(&source);
    buf_release(&source);
    return story;
}

static bool bench_load(void)
{
    double load_ms[REPEAT];
    double check_ms[REPEAT];
    struct buf source = {.at = NULL};
    synthetic_story(SYNTHETIC_FULL, LARGE, STORY_SEED, &source);
    for (size_t i = 0; i < REPEAT; i++) {
        struct draft draft;
        struct findings findings = {.count = 0};
        double begin = now_s();
        struct story *story = load(&source);
        load_ms[i] = (now_s() - begin) * 1e3;
        begin = now_s();
        draft_of(story, SLICE("synthetic"), &draft);
        story_check(&draft, &findings);
        check_ms[i] = (now_s() - begin) * 1e3;
        findings_release(&findings);
        draft_release(&draft);
        story_unref(story);
    }
    const bool good = row("load 4,400 sections", median(load_ms, REPEAT), "ms", 100, false);
    printf("%-44s %12.1f ms\n", "story check of it", median(check_ms, REPEAT));
    return good;
}

/* Steps of the random test per second: the median of REPEAT windows. */
static double play(struct story *story, double seconds)
{
    double rates[REPEAT];
    for (size_t i = 0; i < REPEAT; i++) {
        uint64_t steps = 0;
        uint64_t seed = i;
        const double begin = now_s();
        while (now_s() - begin < seconds / REPEAT) {
            struct explored explored;
            explore(story, &(struct explore_config){.runs = 500, .seed = seed++}, &explored);
            steps += explored.steps;
            explored_release(&explored);
        }
        rates[i] = (double)steps / (now_s() - begin);
    }
    return median(rates, REPEAT);
}

static bool bench_play(double seconds)
{
    struct story *full = make(SYNTHETIC_FULL, ORDINARY);
    struct story *plain = make(SYNTHETIC_PLAIN, ORDINARY);
    const double full_rate = play(full, seconds);
    const double plain_rate = play(plain, seconds);
    const bool good = row("story test, 400 sections", full_rate, "steps/s", 500000, true);
    printf("%-44s %12.1f steps/s  ratio %.2f\n", "the same ways without conditions and dice",
           plain_rate, full_rate / plain_rate);
    story_unref(full);
    story_unref(plain);
    return good;
}

static const struct choice *any_choice(const struct story *story, const struct state *state,
                                       unsigned number)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, state, options);
    for (size_t i = 0; i < count; i++) {
        const struct choice *choice = options[(i + number) % count];
        if (game_choice_available(state, choice))
            return choice;
    }
    return NULL;
}

static bool bench_snapshot(const char *path, double seconds)
{
    static struct event event;
    static struct state state;
    struct story *story;
    struct story_report report = {.count = 0};
    if (story_read(path, &story, &report) != OK) {
        fprintf(stderr, "%.*s", SLICE_ARG(buf_slice(&report.text)));
        exit(2);
    }
    struct game_facts facts = {.story = story};
    struct buf bytes = {.at = NULL};
    struct json_out *out = json_out_new(&bytes);
    double *samples = calloc(SAMPLES_MAX, sizeof *samples);
    ENSURE(samples != NULL);
    size_t count = 0;
    const double begin = now_s();
    while (count < SAMPLES_MAX && now_s() - begin < seconds) {
        const struct choice *choice =
            state.version > 0 ? any_choice(story, &state, (unsigned)(count * 7)) : NULL;
        if (!choice) {
            facts.seed[count % SEED_LEN]++;
            ENSURE(game_start(story, facts.seed, SLICE_NONE, 0, &state, &event) == OK);
            continue;
        }
        const double start = now_s();
        ENSURE(game_step(story, facts.seed, &state, choice, 0, &state, &event) == OK);
        buf_clear(&bytes);
        json_out_reset(out);
        snapshot_encode(out, &facts, &state, &event);
        samples[count++] = (now_s() - start) * 1e6;
    }
    const bool good =
        row("game_step and its snapshot, median", median(samples, count), "us", 15, false);
    free(samples);
    json_out_free(out);
    buf_release(&bytes);
    story_unref(story);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t seconds = 3;
    if (argc < 2 || argc > 3 ||
        (argc == 3 && slice_to_u64(slice_str(argv[2]), 3600, &seconds) != OK)) {
        fprintf(stderr, "usage: bench_story STORY.json [SECONDS]\n");
        return 2;
    }
    const bool load = bench_load();
    const bool rate = bench_play((double)seconds);
    const bool snapshot = bench_snapshot(argv[1], (double)seconds);
    return load && rate && snapshot ? 0 : 1;
}
