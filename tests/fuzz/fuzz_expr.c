/* expr_parser: any text is an expression of bounded size, which has a value for any dice, or is
 * refused at a place in it. What has no names also stays within its bounds. */
#include <string.h>

#include "app/expr_parser.h"
#include "app/game/play.h"

static const struct stat_def stats[] = {{.id = SLICE_INIT("skill"), .max = 24}};
static const struct item_def items[] = {{.id = SLICE_INIT("apple")}};
static const struct slice flags[] = {SLICE_INIT("met")};
static const struct counter_def counters[] = {{.id = SLICE_INIT("days"), .max = 99}};
static const struct section sections[] = {{.number = 12}};

static const struct story story = {.capacity = 10,
                                   .stats = stats,
                                   .stat_count = 1,
                                   .items = items,
                                   .item_count = 1,
                                   .flags = flags,
                                   .flag_count = 1,
                                   .counters = counters,
                                   .counter_count = 1,
                                   .sections = sections,
                                   .section_count = 1};

static int32_t value_of(const struct expr *expr, uint8_t seed)
{
    static struct event event; /* large */
    const uint8_t secret[SEED_LEN] = {seed};
    struct state state = {.version = 1, .run = 1, .gold = seed, .last_roll = -seed};
    struct play play = {.story = &story, .seed = secret, .state = &state, .event = &event};
    const struct throws throws = {.play = &play, .purpose = ROLL_EFFECT};
    event = (struct event){.kind = EVENT_CHOICE};
    return expr_value(expr, &state, &throws);
}

static void check_tree(const struct expr *expr, bool has_names)
{
    int32_t min = -LIMIT_EXPR_INTEGER;
    int32_t max = LIMIT_EXPR_INTEGER;
    ENSURE(expr_nodes(expr) <= LIMIT_EXPR_NODES && expr_height(expr) <= LIMIT_EXPR_DEPTH);
    if (!has_names)
        expr_bounds(expr, &min, &max);
    ENSURE(min <= max);
    for (uint8_t seed = 0; seed < 4; seed++) {
        const int32_t value = value_of(expr, seed);
        ENSURE(value >= min && value <= max);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct slice text = slice_make(data, len);
    struct arena arena = {.blocks = NULL};
    for (unsigned may = 0; may <= (EXPR_MAY_HAVE_DICE | EXPR_MAY_HAVE_NAMES); may++) {
        const struct expr *expr = NULL;
        struct expr_error error;
        if (expr_parse(text, &story, may, &arena, &expr, &error) == OK)
            check_tree(expr, may & EXPR_MAY_HAVE_NAMES);
        else
            ENSURE(error.place >= 1 && error.place <= len + 1 &&
                   utf8_valid(slice_str(error.reason)));
    }
    arena_release(&arena);
    return 0;
}
