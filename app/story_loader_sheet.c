#include <inttypes.h>

#include "app/game/state.h"
#include "app/story_loader_parts.h"

/* CASYS: these three are always there, in this order, from 0 to LIMIT_STAT_MAX. */
static const struct {
    const char *id, *name;
} builtins[] = {
    {"endurance", "Endurance"},
    {"chance", "Chance"},
    {"skill", "Skill"},
};

enum { BUILTIN_INITIAL = 20, DEFAULT_CAPACITY = 10 };

static const char *const stat_members[] = {"name", "min", "max", "initial", "zero_section", NULL};
static const char *const builtin_members[] = {"name", "initial", "zero_section", NULL};
static const char *const item_members[] = {"name", "description", "use", NULL};
static const char *const use_members[] = {"text", "when", "effects", "keep", "in_fight", NULL};
static const char *const counter_members[] = {"min", "max", "initial", NULL};
static const char *const character_members[] = {"name", "gold", "capacity", "stats", "items", NULL};

/* A range has room. One that has none is said once, and nothing is outside of it from then on. */
static void check_range(struct loading *l, const struct json *value, int32_t *min, int32_t *max)
{
    if (*min < *max)
        return;
    finding(l, value, "min %" PRId32 " must be below max %" PRId32, *min, *max);
    *min = -LIMIT_OWN_STAT;
    *max = LIMIT_OWN_STAT;
}

/* A number, or dice that are thrown when a run begins. */
static void read_initial(struct loading *l, const struct json *value, bool builtin,
                         struct stat_def *def)
{
    const struct json *initial =
        builtin ? json_get(value, SLICE("initial")) : want_member(l, value, "initial");
    if (!initial || initial->kind != JSON_STRING) {
        want_number(l, initial, def->min, def->max, &def->initial);
        return;
    }
    def->initial_dice = want_expr(l, initial, EXPR_MAY_HAVE_DICE);
    if (expr_dice_count(def->initial_dice) > LIMIT_EFFECT_DICE)
        finding(l, initial, "at most %d throws of dice are allowed", LIMIT_EFFECT_DICE);
    def->initial = def->min; /* counts for nothing */
}

/* The names and numbers of a stat; what is absent stays as it is in *def. */
static void read_stat(struct loading *l, const struct json *value, bool builtin,
                      struct stat_def *def)
{
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    want_known(l, value, builtin ? builtin_members : stat_members);
    const unsigned wants = builtin ? 0 : WANT_REQUIRED;
    const struct slice name = want_text(l, value, "name", LIMIT_LABEL_BYTES, wants);
    if (name.len > 0)
        def->name = name;
    if (!builtin) {
        want_int(l, value, "min", -LIMIT_OWN_STAT, LIMIT_OWN_STAT, 0, &def->min);
        want_int(l, value, "max", -LIMIT_OWN_STAT, LIMIT_OWN_STAT, WANT_REQUIRED, &def->max);
        check_range(l, value, &def->min, &def->max);
    }
    read_initial(l, value, builtin, def);
    if (json_get(value, SLICE("zero_section")))
        def->zero_section = want_section(l, value, "zero_section");
}

/* Returns the stats, which only this file changes. */
static struct stat_def *read_stats(struct loading *l, const struct json *stats)
{
    struct stat_def *defs = arena_array(l->arena, LIMIT_STATS, sizeof *defs);
    size_t count = 0;
    for (; count < COUNT_OF(builtins); count++)
        defs[count] = (struct stat_def){.id = slice_str(builtins[count].id),
                                        .name = slice_str(builtins[count].name),
                                        .max = LIMIT_STAT_MAX,
                                        .initial = BUILTIN_INITIAL,
                                        .zero_section = -1};
    l->story->stats = defs;
    l->story->stat_count = count;
    if (!want_kind(l, stats, JSON_OBJECT))
        return defs;
    for (const struct json *value = stats->child; value; value = value->next) {
        const int32_t known = stat_find(l->story, value->key);
        if (known >= 0) {
            read_stat(l, value, true, &defs[known]);
            continue;
        }
        if (count == LIMIT_STATS) {
            finding(l, value, "too many stats; at most %d, the three usual ones among them",
                    LIMIT_STATS);
            return defs;
        }
        (void)want_id(l, value, value->key, LIMIT_ID_BYTES, true);
        defs[count] = (struct stat_def){.id = arena_dup(l->arena, value->key), .zero_section = -1};
        read_stat(l, value, false, &defs[count]);
        l->story->stat_count = ++count;
    }
    return defs;
}

static struct item_def *read_items(struct loading *l, const struct json *items)
{
    if (!want_kind(l, items, JSON_OBJECT))
        return NULL;
    if (items->count > LIMIT_ITEMS) {
        finding(l, items, "%" PRIu32 " items; at most %d are allowed", items->count, LIMIT_ITEMS);
        return NULL;
    }
    struct item_def *defs = arena_array(l->arena, items->count, sizeof *defs);
    size_t count = 0;
    for (const struct json *value = items->child; value; value = value->next) {
        struct item_def *def = &defs[count++];
        def->id = arena_dup(l->arena, value->key);
        (void)want_id(l, value, value->key, LIMIT_ID_BYTES, true);
        if (!want_kind(l, value, JSON_OBJECT))
            continue;
        want_known(l, value, item_members);
        def->name = want_text(l, value, "name", LIMIT_LABEL_BYTES, WANT_REQUIRED);
        def->description = want_text(l, value, "description", LIMIT_DESCRIPTION_BYTES, WANT_LINES);
        if (json_get(value, SLICE("use")) && value->key.len > LIMIT_USE_ID_BYTES)
            finding(l, value, "the id of an item with \"use\" has at most %d characters",
                    LIMIT_USE_ID_BYTES);
    }
    l->story->items = defs;
    l->story->item_count = count;
    return defs;
}

static void read_flags(struct loading *l, const struct json *flags)
{
    if (!want_kind(l, flags, JSON_ARRAY))
        return;
    if (flags->count > LIMIT_FLAGS) {
        finding(l, flags, "%" PRIu32 " flags; at most %d are allowed", flags->count, LIMIT_FLAGS);
        return;
    }
    struct slice *names = arena_array(l->arena, flags->count, sizeof *names);
    l->story->flags = names;
    for (const struct json *value = flags->child; value; value = value->next) {
        if (!want_kind(l, value, JSON_STRING))
            continue;
        (void)want_id(l, value, value->text, LIMIT_ID_BYTES, true);
        if (flag_find(l->story, value->text) >= 0)
            finding(l, value, "\"%s\" is listed twice", shown(l, value->text));
        names[l->story->flag_count++] = arena_dup(l->arena, value->text);
    }
}

static void read_counter(struct loading *l, const struct json *value, struct counter_def *def)
{
    (void)want_id(l, value, value->key, LIMIT_ID_BYTES, true);
    *def = (struct counter_def){.id = arena_dup(l->arena, value->key), .max = LIMIT_OWN_STAT};
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    want_known(l, value, counter_members);
    want_int(l, value, "min", -LIMIT_OWN_STAT, LIMIT_OWN_STAT, 0, &def->min);
    want_int(l, value, "max", -LIMIT_OWN_STAT, LIMIT_OWN_STAT, 0, &def->max);
    check_range(l, value, &def->min, &def->max);
    want_int(l, value, "initial", def->min, def->max, 0, &def->initial);
    if (!json_get(value, SLICE("initial")) && (def->min > 0 || def->max < 0))
        finding(l, value, "needs \"initial\": 0 is not in its range");
}

static void read_counters(struct loading *l, const struct json *counters)
{
    if (!want_kind(l, counters, JSON_OBJECT))
        return;
    if (counters->count > LIMIT_COUNTERS) {
        finding(l, counters, "%" PRIu32 " counters; at most %d are allowed", counters->count,
                LIMIT_COUNTERS);
        return;
    }
    struct counter_def *defs = arena_array(l->arena, counters->count, sizeof *defs);
    size_t count = 0;
    for (const struct json *value = counters->child; value; value = value->next)
        read_counter(l, value, &defs[count++]);
    l->story->counters = defs;
    l->story->counter_count = count;
}

static const struct item_use *read_use(struct loading *l, const struct json *value)
{
    if (!want_kind(l, value, JSON_OBJECT))
        return NULL;
    want_known(l, value, use_members);
    struct item_use *use = arena_alloc(l->arena, sizeof *use);
    *use = (struct item_use){.keep = want_bool(l, value, "keep"),
                             .in_fight = want_bool(l, value, "in_fight")};
    struct choice *choice = &use->choice;
    choice->text = want_text(l, value, "text", LIMIT_CHOICE_TEXT_BYTES, WANT_REQUIRED);
    choice->condition = read_when(l, json_get(value, SLICE("when")));
    const struct json *effects = want_member(l, value, "effects");
    read_effects(l, effects, true, &choice->effects, &choice->effect_count);
    if (effects && effects->kind == JSON_ARRAY && effects->count == 0)
        finding(l, effects, "must not be empty");
    return use;
}

/* After everything else of the sheet, whose names the effects use. */
static void read_uses(struct loading *l, const struct json *items, struct item_def *defs)
{
    for (size_t i = 0; i < l->story->item_count; i++) {
        const struct json *item = json_get(items, defs[i].id);
        defs[i].use = read_use(l, json_get(item, SLICE("use")));
        for (size_t k = 0; defs[i].use && k < i; k++) {
            /* Clients may name a choice by its text. */
            if (defs[k].use && defs[k].use->choice.text.len > 0 &&
                slice_eq(defs[k].use->choice.text, defs[i].use->choice.text))
                finding(l, item, "using it has the same text as using \"%.*s\"",
                        SLICE_ARG(defs[k].id));
        }
    }
}

static void read_initial_stats(struct loading *l, const struct json *stats, struct stat_def *defs)
{
    if (!want_kind(l, stats, JSON_OBJECT))
        return;
    for (const struct json *value = stats->child; value; value = value->next) {
        const int32_t index = stat_find(l->story, value->key);
        if (index < 0) {
            finding(l, value, "unknown stat \"%s\"; define it in /stats", shown(l, value->key));
            continue;
        }
        want_number(l, value, defs[index].min, defs[index].max, &defs[index].initial);
        defs[index].initial_dice = NULL;
    }
}

static void read_initial_items(struct loading *l, const struct json *items, struct item_def *defs)
{
    if (!want_kind(l, items, JSON_OBJECT))
        return;
    int64_t sum = 0;
    for (const struct json *value = items->child; value; value = value->next) {
        const int32_t index = item_find(l->story, value->key);
        if (index < 0) {
            finding(l, value, "unknown item \"%s\"; define it in /items", shown(l, value->key));
            continue;
        }
        want_number(l, value, 1, LIMIT_CAPACITY, &defs[index].initial);
        sum += defs[index].initial;
    }
    if (sum > l->story->capacity)
        finding(l, items, "%" PRId64 " items to start with; the capacity is %" PRId32, sum,
                l->story->capacity);
}

static void read_character(struct loading *l, const struct json *character, struct stat_def *stats,
                           struct item_def *items)
{
    struct story *story = l->story;
    story->hero = SLICE("Hero");
    story->capacity = DEFAULT_CAPACITY;
    if (!want_kind(l, character, JSON_OBJECT))
        return;
    want_known(l, character, character_members);
    const size_t before = l->findings;
    const struct slice name = want_text(l, character, "name", (size_t)4 * LIMIT_NAME_CHARS, 0);
    if (name.len > 0)
        story->hero = name;
    if (l->findings == before && utf8_count(story->hero) > LIMIT_NAME_CHARS)
        finding(l, json_get(character, SLICE("name")), "has %zu characters; at most %d are allowed",
                utf8_count(name), LIMIT_NAME_CHARS);
    else if (l->findings == before && !hero_name_valid(story->hero))
        finding(l, json_get(character, SLICE("name")), "must not hold control characters");
    want_int(l, character, "gold", 0, LIMIT_GOLD, 0, &story->gold);
    want_int(l, character, "capacity", 0, LIMIT_CAPACITY, 0, &story->capacity);
    read_initial_stats(l, json_get(character, SLICE("stats")), stats);
    read_initial_items(l, json_get(character, SLICE("items")), items);
}

/* The lowest value that a run can begin with. */
static int32_t lowest_initial(const struct stat_def *def)
{
    int32_t min = 0;
    int32_t max = 0;
    if (!def->initial_dice)
        return def->initial;
    expr_bounds(def->initial_dice, &min, &max);
    return min;
}

/* A stat that starts at its minimum never falls to it, so its zero_section would never come. */
static void check_zero_sections(struct loading *l, const struct json *stats)
{
    for (size_t i = 0; i < l->story->stat_count; i++) {
        const struct stat_def *def = &l->story->stats[i];
        if (def->zero_section >= 0 && lowest_initial(def) <= def->min)
            finding(l, json_get(stats, def->id),
                    "with a zero_section the initial value must be above %" PRId32, def->min);
    }
}

void read_sheet(struct loading *l, const struct json *root)
{
    const struct json *stats = json_get(root, SLICE("stats"));
    struct stat_def *stat_defs = read_stats(l, stats);
    struct item_def *item_defs = read_items(l, json_get(root, SLICE("items")));
    read_flags(l, json_get(root, SLICE("flags")));
    read_counters(l, json_get(root, SLICE("counters")));
    read_character(l, json_get(root, SLICE("character")), stat_defs, item_defs);
    read_uses(l, json_get(root, SLICE("items")), item_defs);
    check_zero_sections(l, stats);
}
