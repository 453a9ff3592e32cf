/* story_loader: a story that is accepted can be played, whatever its author wrote: each choice in
 * turn leads to a state that holds. One that is refused says why, in whole lines. */
#include <string.h>

#include "app/game/game.h"
#include "app/snapshot.h"
#include "app/story_loader.h"

enum { STEPS_MAX = 24 };

/* What players see of a state is never longer than the loader thought. */
static void show(struct story *story, const struct state *state, const struct event *event)
{
    struct buf text = {.at = NULL};
    struct json_out *out = json_out_new(&text);
    struct game_facts facts = {.id = {0, 1}, .owner = {0, 2}, .story = story};
    snapshot_encode(out, &facts, state, event);
    ENSURE(text.len <= snapshot_bytes_max(story, &story->sections[state->section]));
    json_out_free(out);
    buf_release(&text);
}

static void play(struct story *story, uint32_t way)
{
    static struct event event; /* large */
    const uint8_t seed[SEED_LEN] = {(uint8_t)way};
    struct state state;
    ENSURE(game_start(story, seed, SLICE_NONE, 0, &state, &event) == OK);
    for (int step = 0; step < STEPS_MAX && state.status == GAME_ACTIVE; step++) {
        const struct choice *options[GAME_OPTIONS_MAX];
        const size_t count = game_options(story, &state, options);
        ENSURE(story->sections[state.section].summary.len > 0);
        show(story, &state, &event);
        if (count == 0)
            return; /* nothing is left to choose, which is the author's to notice */
        const struct choice *choice = options[way % count];
        ENSURE(!choice->condition || choice->condition->text.len > 0);
        way = way * 747796405U + 2891336453U;
        const enum status st = game_step(story, seed, &state, choice, 0, &state, &event);
        ENSURE(st == OK || st == ERR_CHOICE_UNAVAILABLE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    const enum status st = story_parse(slice_make(data, len), SLICE("fuzz"), &story, &report);
    if (st == OK) {
        ENSURE(report.count == 0 && report.text.len == 0);
        for (uint32_t way = 0; way < 8; way++)
            play(story, way);
        story_unref(story);
    } else {
        ENSURE(st == ERR_INVALID && report.count > 0);
        ENSURE(report.text.len > 0 && report.text.at[report.text.len - 1] == '\n');
        ENSURE(utf8_valid(buf_slice(&report.text)));
    }
    story_report_release(&report);
    return 0;
}
