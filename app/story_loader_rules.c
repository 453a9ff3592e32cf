#include <inttypes.h>

#include "app/story_loader_parts.h"

/* Conditions. One of the first names of each list says what the condition is about. */
static const char *const condition_kinds[] = {
    [CONDITION_ALL] = "all",   [CONDITION_ANY] = "any",         [CONDITION_NOT] = "not",
    [CONDITION_ITEM] = "item", [CONDITION_STAT] = "stat",       [CONDITION_GOLD] = "gold",
    [CONDITION_FLAG] = "flag", [CONDITION_COUNTER] = "counter", [CONDITION_VISITED] = "visited",
    [CONDITION_ROLL] = "roll", [CONDITION_TEST] = "test",       [CONDITION_TEST + 1] = NULL,
};

static const char *const all_members[] = {"all", "text", NULL};
static const char *const any_members[] = {"any", "text", NULL};
static const char *const not_members[] = {"not", "text", NULL};
static const char *const has_item_members[] = {"item", "min", "max", "text", NULL};
static const char *const has_stat_members[] = {"stat", "min", "max", "text", NULL};
static const char *const has_gold_members[] = {"gold", "text", NULL};
static const char *const has_flag_members[] = {"flag", "text", NULL};
static const char *const has_counter_members[] = {"counter", "min", "max", "text", NULL};
static const char *const visited_members[] = {"visited", "text", NULL};
static const char *const roll_members[] = {"roll", "text", NULL};
static const char *const test_members[] = {"test", "text", NULL};

static const char *const *const condition_members[] = {
    [CONDITION_ALL] = all_members,         [CONDITION_ANY] = any_members,
    [CONDITION_NOT] = not_members,         [CONDITION_ITEM] = has_item_members,
    [CONDITION_STAT] = has_stat_members,   [CONDITION_GOLD] = has_gold_members,
    [CONDITION_FLAG] = has_flag_members,   [CONDITION_COUNTER] = has_counter_members,
    [CONDITION_VISITED] = visited_members, [CONDITION_ROLL] = roll_members,
    [CONDITION_TEST] = test_members,
};

static const char *const range_members[] = {"min", "max", NULL};

static bool has(const struct json *object, const char *name)
{
    return json_get(object, slice_str(name)) != NULL;
}

/* min and max of the object, each within low..high. */
static void read_range(struct loading *l, const struct json *object, int32_t low, int32_t high,
                       struct condition *ret)
{
    want_int(l, object, "min", low, high, 0, &ret->min);
    want_int(l, object, "max", low, high, 0, &ret->max);
    if (ret->min > ret->max)
        finding(l, object, "min %" PRId32 " is above max %" PRId32, ret->min, ret->max);
}

static void want_range(struct loading *l, const struct json *object)
{
    if (!has(object, "min") && !has(object, "max"))
        finding(l, object, "needs min or max, or both");
}

static void read_condition(struct loading *l, const struct json *value, int depth,
                           struct condition *ret);

/* The parts of all and any; the only part of not. */
static void read_parts(struct loading *l, const struct json *first, size_t count, int depth,
                       struct condition *ret)
{
    struct condition *parts = arena_array(l->arena, count, sizeof *parts);
    for (size_t i = 0; i < count; i++, first = first->next)
        read_condition(l, first, depth + 1, &parts[i]);
    ret->children = parts;
    ret->child_count = count;
}

static void read_group(struct loading *l, const struct json *list, int depth, struct condition *ret)
{
    if (!want_kind(l, list, JSON_ARRAY))
        return;
    if (list->count == 0)
        finding(l, list, "must not be empty");
    if (list->count <= LIMIT_CONDITIONS)
        read_parts(l, list->child, list->count, depth, ret);
    else
        finding(l, list, "%" PRIu32 " conditions; at most %d are allowed for one choice",
                list->count, LIMIT_CONDITIONS);
}

static void read_has_item(struct loading *l, const struct json *value, struct condition *ret)
{
    ret->index = want_item(l, json_get(value, SLICE("item")));
    read_range(l, value, 0, LIMIT_CAPACITY, ret);
    if (!has(value, "min") && !has(value, "max"))
        ret->min = 1;
}

static void read_has_stat(struct loading *l, const struct json *value, struct condition *ret)
{
    ret->index = want_stat(l, json_get(value, SLICE("stat")));
    want_range(l, value);
    if (ret->index < 0)
        return;
    const struct stat_def *def = &l->story->stats[ret->index];
    read_range(l, value, def->min, def->max, ret);
}

static void read_has_counter(struct loading *l, const struct json *value, struct condition *ret)
{
    ret->index = want_counter(l, json_get(value, SLICE("counter")));
    want_range(l, value);
    if (ret->index < 0)
        return;
    const struct counter_def *def = &l->story->counters[ret->index];
    read_range(l, value, def->min, def->max, ret);
}

/* {"gold":{"min","max"}} and the same with roll. */
static void read_inner_range(struct loading *l, const struct json *inner, int32_t min, int32_t max,
                             struct condition *ret)
{
    if (!want_kind(l, inner, JSON_OBJECT))
        return;
    want_known(l, inner, range_members);
    want_range(l, inner);
    read_range(l, inner, min, max, ret);
}

/* What a condition that is no group asks for; about: its first member. */
static void read_leaf(struct loading *l, const struct json *value, const struct json *about,
                      struct condition *ret)
{
    switch (ret->kind) {
    case CONDITION_ITEM: read_has_item(l, value, ret); break;
    case CONDITION_STAT: read_has_stat(l, value, ret); break;
    case CONDITION_GOLD: read_inner_range(l, about, 0, LIMIT_GOLD, ret); break;
    case CONDITION_FLAG: ret->index = want_flag(l, about); break;
    case CONDITION_COUNTER: read_has_counter(l, value, ret); break;
    case CONDITION_VISITED:
        ret->index = want_section(l, value, "visited");
        l->story->tracks_visits = true;
        break;
    case CONDITION_ROLL:
        read_inner_range(l, about, -LIMIT_EXPR_INTEGER, LIMIT_EXPR_INTEGER, ret);
        l->story->tracks_roll = true;
        break;
    case CONDITION_TEST: ret->test = want_expr(l, about, EXPR_MAY_HAVE_NAMES); break;
    case CONDITION_ALL:
    case CONDITION_ANY:
    case CONDITION_NOT:
    case CONDITION_ROUND: break; /* groups, and what no author writes */
    }
}

/* The author's words for players, or else our own. */
static void read_words(struct loading *l, const struct json *value, bool sound,
                       struct condition *ret)
{
    const unsigned wants = ret->kind == CONDITION_TEST ? WANT_REQUIRED : 0;
    ret->text = want_text(l, value, "text", LIMIT_CONDITION_TEXT_BYTES, wants);
    if (ret->text.len > 0 || !sound || has(value, "text") || wants)
        return;
    ret->text = words_of_condition(l, ret);
    if (ret->text.len > LIMIT_CONDITION_TEXT_BYTES)
        finding(l, value, "has no short words of its own; give it a \"text\"");
}

static void read_condition(struct loading *l, const struct json *value, int depth,
                           struct condition *ret)
{
    *ret =
        (struct condition){.kind = CONDITION_ALL, .index = -1, .min = INT32_MIN, .max = INT32_MAX};
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    if (++l->conditions == LIMIT_CONDITIONS + 1)
        finding(l, value, "more than %d conditions for one choice", LIMIT_CONDITIONS);
    if (depth > LIMIT_CONDITION_DEPTH)
        finding(l, value, "conditions nested deeper than %d", LIMIT_CONDITION_DEPTH);
    const size_t kind = want_one(l, value, condition_kinds);
    if (l->conditions > LIMIT_CONDITIONS || depth > LIMIT_CONDITION_DEPTH || !condition_kinds[kind])
        return;
    ret->kind = (enum condition_kind)kind;
    want_known(l, value, condition_members[kind]);
    const size_t before = l->findings;
    const struct json *about = json_get(value, slice_str(condition_kinds[kind]));
    if (ret->kind == CONDITION_ALL || ret->kind == CONDITION_ANY)
        read_group(l, about, depth, ret);
    else if (ret->kind == CONDITION_NOT)
        read_parts(l, about, 1, depth, ret);
    else
        read_leaf(l, value, about, ret);
    read_words(l, value, l->findings == before, ret);
}

const struct condition *read_when(struct loading *l, const struct json *value)
{
    if (!value)
        return NULL;
    struct condition *ret = arena_alloc(l->arena, sizeof *ret);
    l->conditions = 0;
    read_condition(l, value, 1, ret);
    return ret;
}

/* Effects. The first names of the list are the kinds; the others write a flag in another way. */

enum { FORM_MARK = EFFECT_GO + 1, FORM_UNMARK };

static const char *const effect_forms[] = {
    [EFFECT_STAT] = "stat", [EFFECT_ITEM] = "item",       [EFFECT_GOLD] = "gold",
    [EFFECT_FLAG] = "flag", [EFFECT_COUNTER] = "counter", [EFFECT_GO] = "go",
    [FORM_MARK] = "mark",   [FORM_UNMARK] = "unmark",     [FORM_UNMARK + 1] = NULL,
};

static const char *const stat_effect_members[] = {"stat", "add",  "set", "gain",
                                                  "lose", "when", NULL};
static const char *const item_effect_members[] = {"item", "add",  "set", "gain",
                                                  "lose", "when", NULL};
static const char *const counter_effect_members[] = {"counter", "add",  "set", "gain",
                                                     "lose",    "when", NULL};
static const char *const gold_effect_members[] = {"gold", "when", NULL};
static const char *const flag_effect_members[] = {"flag", "set", "when", NULL};
static const char *const go_members[] = {"go", "when", NULL};
static const char *const mark_members[] = {"mark", "when", NULL};
static const char *const unmark_members[] = {"unmark", "when", NULL};

static const char *const *const effect_members[] = {
    [EFFECT_STAT] = stat_effect_members,
    [EFFECT_ITEM] = item_effect_members,
    [EFFECT_GOLD] = gold_effect_members,
    [EFFECT_FLAG] = flag_effect_members,
    [EFFECT_COUNTER] = counter_effect_members,
    [EFFECT_GO] = go_members,
    [FORM_MARK] = mark_members,
    [FORM_UNMARK] = unmark_members,
};

enum way { WAY_ADD, WAY_SET, WAY_GAIN, WAY_LOSE, WAY_COUNT };

static const char *const ways[] = {
    [WAY_ADD] = "add", [WAY_SET] = "set", [WAY_GAIN] = "gain", [WAY_LOSE] = "lose", NULL};

static const struct expr *node_new(struct loading *l, struct expr node)
{
    struct expr *ret = arena_alloc(l->arena, sizeof *ret);
    *ret = node;
    return ret;
}

/* An expression for that way: gain x is add max(0, x), lose x is add -max(0, x). */
static const struct expr *read_computed(struct loading *l, const struct json *value, enum way way)
{
    const struct expr *ret = want_expr(l, value, EXPR_MAY_HAVE_DICE | EXPR_MAY_HAVE_NAMES);
    if (!ret || way == WAY_ADD || way == WAY_SET)
        return ret;
    const struct expr *none = node_new(l, (struct expr){.kind = EXPR_NUMBER});
    ret = node_new(l, (struct expr){.kind = EXPR_MAX, .left = none, .right = ret});
    if (way == WAY_LOSE)
        ret = node_new(l, (struct expr){.kind = EXPR_NEGATE, .left = ret});
    if (expr_nodes(ret) > LIMIT_EXPR_NODES || expr_height(ret) > LIMIT_EXPR_DEPTH)
        finding(l, value, "too large here, where it counts as %smax(0, ...)",
                way == WAY_LOSE ? "-" : "");
    return ret;
}

/* How much: set to min..max, otherwise at most the whole range, in either direction for add. */
static void read_amount(struct loading *l, const struct json *value, int32_t min, int32_t max,
                        struct effect *ret)
{
    const size_t way = want_one(l, value, ways);
    if (way == WAY_COUNT)
        return;
    const struct json *amount = json_get(value, slice_str(ways[way]));
    ret->set = way == WAY_SET;
    if (amount->kind == JSON_STRING) {
        ret->amount = read_computed(l, amount, (enum way)way);
        return;
    }
    switch ((enum way)way) {
    case WAY_SET: want_number(l, amount, min, max, &ret->value); break;
    case WAY_ADD:
        ret->value = 1; /* stays when the number is wrong, which is said once */
        want_number(l, amount, min - max, max - min, &ret->value);
        if (ret->value == 0)
            finding(l, amount, "adding 0 changes nothing");
        break;
    case WAY_GAIN:
    case WAY_LOSE:
        want_number(l, amount, 1, max - min, &ret->value);
        ret->value = way == WAY_LOSE ? -ret->value : ret->value;
        break;
    case WAY_COUNT: break;
    }
}

static void read_flag_effect(struct loading *l, const struct json *value, size_t form,
                             struct effect *ret)
{
    ret->kind = EFFECT_FLAG;
    ret->set = true;
    ret->index = want_flag(l, json_get(value, slice_str(effect_forms[form])));
    const struct json *set = form == EFFECT_FLAG ? json_get(value, SLICE("set")) : NULL;
    ret->value = form != FORM_UNMARK && (!set || (want_kind(l, set, JSON_BOOL) && set->truth));
}

static void read_gold_effect(struct loading *l, const struct json *gold, struct effect *ret)
{
    if (!want_kind(l, gold, JSON_OBJECT))
        return;
    want_known(l, gold, ways);
    read_amount(l, gold, 0, LIMIT_GOLD, ret);
}

/* Stats and counters have ranges of their own. */
static void read_number_effect(struct loading *l, const struct json *value,
                               const struct json *about, struct effect *ret)
{
    const bool is_stat = ret->kind == EFFECT_STAT;
    ret->index = is_stat ? want_stat(l, about) : want_counter(l, about);
    if (ret->index < 0)
        return;
    const struct stat_def *stat = &l->story->stats[is_stat ? ret->index : 0];
    const struct counter_def *counter = is_stat ? NULL : &l->story->counters[ret->index];
    read_amount(l, value, counter ? counter->min : stat->min, counter ? counter->max : stat->max,
                ret);
}

static void read_go(struct loading *l, const struct json *value, bool may_go, struct effect *ret)
{
    ret->index = want_section(l, value, "go");
    if (!may_go)
        finding(l, value,
                "\"go\" is allowed in \"enter\", not of an ending, and in the effects of "
                "choices and items only");
}

static void read_effect(struct loading *l, const struct json *value, bool may_go,
                        struct effect *ret)
{
    ret->index = -1;
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    const size_t form = want_one(l, value, effect_forms);
    if (!effect_forms[form])
        return;
    want_known(l, value, effect_members[form]);
    ret->when = read_when(l, json_get(value, SLICE("when")));
    const struct json *about = json_get(value, slice_str(effect_forms[form]));
    ret->kind = form > EFFECT_GO ? EFFECT_FLAG : (enum effect_kind)form;
    switch (ret->kind) {
    case EFFECT_STAT:
    case EFFECT_COUNTER: read_number_effect(l, value, about, ret); break;
    case EFFECT_ITEM:
        ret->index = want_item(l, about);
        read_amount(l, value, 0, l->story->capacity, ret);
        break;
    case EFFECT_GOLD: read_gold_effect(l, about, ret); break;
    case EFFECT_FLAG: read_flag_effect(l, value, form, ret); break;
    case EFFECT_GO: read_go(l, value, may_go, ret); break;
    }
}

void read_effects(struct loading *l, const struct json *effects, bool may_go,
                  const struct effect **ret, size_t *ret_count)
{
    if (!want_kind(l, effects, JSON_ARRAY))
        return;
    if (effects->count > LIMIT_SECTION_EFFECTS) {
        finding(l, effects, "%" PRIu32 " effects; at most %d are allowed", effects->count,
                LIMIT_SECTION_EFFECTS);
        return;
    }
    struct effect *list = arena_array(l->arena, effects->count, sizeof *list);
    size_t count = 0;
    size_t throws = 0;
    for (const struct json *value = effects->child; value; value = value->next) {
        read_effect(l, value, may_go, &list[count]);
        throws += expr_dice_count(list[count++].amount);
    }
    if (throws > LIMIT_EFFECT_DICE)
        finding(l, effects, "%zu throws of dice; at most %d are allowed in one list", throws,
                LIMIT_EFFECT_DICE);
    *ret = list;
    *ret_count = count;
}
