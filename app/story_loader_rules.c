#include <inttypes.h>

#include "app/story_loader_parts.h"

enum { DEFAULT_DAMAGE = 2 };

/* Conditions. One of the first names of each list says what the condition is about. */
static const char *const condition_kinds[] = {
    [CONDITION_ALL] = "all",   [CONDITION_ANY] = "any",     [CONDITION_NOT] = "not",
    [CONDITION_ITEM] = "item", [CONDITION_STAT] = "stat",   [CONDITION_GOLD] = "gold",
    [CONDITION_FLAG] = "flag", [CONDITION_FLAG + 1] = NULL,
};

static const char *const all_members[] = {"all", "text", NULL};
static const char *const any_members[] = {"any", "text", NULL};
static const char *const not_members[] = {"not", "text", NULL};
static const char *const has_item_members[] = {"item", "min", "max", "text", NULL};
static const char *const has_stat_members[] = {"stat", "min", "max", "text", NULL};
static const char *const has_gold_members[] = {"gold", "text", NULL};
static const char *const has_flag_members[] = {"flag", "text", NULL};

static const char *const *const condition_members[] = {
    [CONDITION_ALL] = all_members,       [CONDITION_ANY] = any_members,
    [CONDITION_NOT] = not_members,       [CONDITION_ITEM] = has_item_members,
    [CONDITION_STAT] = has_stat_members, [CONDITION_GOLD] = has_gold_members,
    [CONDITION_FLAG] = has_flag_members,
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

static void read_has_gold(struct loading *l, const struct json *gold, struct condition *ret)
{
    if (!want_kind(l, gold, JSON_OBJECT))
        return;
    want_known(l, gold, range_members);
    want_range(l, gold);
    read_range(l, gold, 0, LIMIT_GOLD, ret);
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
    switch (ret->kind) {
    case CONDITION_ALL:
    case CONDITION_ANY: read_group(l, about, depth, ret); break;
    case CONDITION_NOT: read_parts(l, about, 1, depth, ret); break;
    case CONDITION_ITEM: read_has_item(l, value, ret); break;
    case CONDITION_STAT: read_has_stat(l, value, ret); break;
    case CONDITION_GOLD: read_has_gold(l, about, ret); break;
    case CONDITION_FLAG: ret->index = want_flag(l, about); break;
    case CONDITION_COUNTER:
    case CONDITION_VISITED:
    case CONDITION_ROLL:
    case CONDITION_TEST:
    case CONDITION_ROUND: break; /* not among condition_kinds */
    }
    ret->text = want_text(l, value, "text", LIMIT_CONDITION_TEXT_BYTES, 0);
    if (ret->text.len > 0 || l->findings > before)
        return;
    ret->text = words_of_condition(l, ret);
    if (ret->text.len > LIMIT_CONDITION_TEXT_BYTES)
        finding(l, value, "has no short words of its own; give it a \"text\"");
}

/* Effects. */

static const char *const effect_kinds[] = {
    [EFFECT_STAT] = "stat", [EFFECT_ITEM] = "item",   [EFFECT_GOLD] = "gold",
    [EFFECT_FLAG] = "flag", [EFFECT_FLAG + 1] = NULL,
};

static const char *const stat_effect_members[] = {"stat", "add", "set", NULL};
static const char *const item_effect_members[] = {"item", "add", "set", NULL};
static const char *const gold_effect_members[] = {"gold", NULL};
static const char *const flag_effect_members[] = {"flag", "set", NULL};

static const char *const *const effect_members[] = {
    [EFFECT_STAT] = stat_effect_members,
    [EFFECT_ITEM] = item_effect_members,
    [EFFECT_GOLD] = gold_effect_members,
    [EFFECT_FLAG] = flag_effect_members,
};

static const char *const ways[] = {"add", "set", NULL};

/* {"add":n} or {"set":n}: set to min..max, add at most the whole range in either direction. */
static void read_amount(struct loading *l, const struct json *value, int32_t min, int32_t max,
                        struct effect *ret)
{
    const size_t way = want_one(l, value, ways);
    if (!ways[way])
        return;
    ret->set = way == 1;
    if (ret->set)
        want_int(l, value, "set", min, max, WANT_REQUIRED, &ret->value);
    else
        want_int(l, value, "add", min - max, max - min, WANT_REQUIRED, &ret->value);
    const struct json *number = json_get(value, SLICE("add"));
    if (!ret->set && ret->value == 0 && number->kind == JSON_NUMBER)
        finding(l, number, "adding 0 changes nothing");
}

static void read_flag_effect(struct loading *l, const struct json *value, struct effect *ret)
{
    ret->index = want_flag(l, json_get(value, SLICE("flag")));
    ret->set = true;
    const struct json *set = json_get(value, SLICE("set"));
    ret->value = !set || (want_kind(l, set, JSON_BOOL) && set->truth);
}

static void read_effect(struct loading *l, const struct json *value, struct effect *ret)
{
    ret->index = -1;
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    const size_t kind = want_one(l, value, effect_kinds);
    if (!effect_kinds[kind])
        return;
    ret->kind = (enum effect_kind)kind;
    want_known(l, value, effect_members[kind]);
    const struct json *about = json_get(value, slice_str(effect_kinds[kind]));
    switch (ret->kind) {
    case EFFECT_STAT:
        ret->index = want_stat(l, about);
        if (ret->index >= 0)
            read_amount(l, value, l->story->stats[ret->index].min, l->story->stats[ret->index].max,
                        ret);
        break;
    case EFFECT_ITEM:
        ret->index = want_item(l, about);
        read_amount(l, value, 0, l->story->capacity, ret);
        break;
    case EFFECT_GOLD:
        if (!want_kind(l, about, JSON_OBJECT))
            break;
        want_known(l, about, ways);
        read_amount(l, about, 0, LIMIT_GOLD, ret);
        break;
    case EFFECT_FLAG: read_flag_effect(l, value, ret); break;
    case EFFECT_COUNTER:
    case EFFECT_GO: break; /* not among effect_kinds */
    }
}

void read_effects(struct loading *l, const struct json *effects, const struct effect **ret,
                  size_t *ret_count)
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
    for (const struct json *value = effects->child; value; value = value->next)
        read_effect(l, value, &list[count++]);
    *ret = list;
    *ret_count = count;
}

/* Checks and choices. */

static const char *const chance_members[] = {"dice",    "stat",    "modifier",
                                             "success", "failure", NULL};
static const char *const combat_members[] = {"dice", "foe", "damage", "success", "failure", NULL};
static const char *const foe_members[] = {"name", "skill", "endurance", NULL};

static void read_chance(struct loading *l, const struct json *value, struct check *check)
{
    want_known(l, value, chance_members);
    const struct json *stat = json_get(value, SLICE("stat"));
    check->type = DICE_CHANCE;
    check->stat = stat ? want_stat(l, stat) : stat_find(l->story, SLICE("chance"));
    want_int(l, value, "modifier", -LIMIT_STAT_MAX, LIMIT_STAT_MAX, 0, &check->modifier);
}

static void read_combat(struct loading *l, const struct json *value, struct check *check)
{
    want_known(l, value, combat_members);
    check->type = DICE_COMBAT;
    check->stat = stat_find(l->story, SLICE("skill"));
    check->endurance = stat_find(l->story, SLICE("endurance"));
    check->damage = DEFAULT_DAMAGE;
    want_int(l, value, "damage", 1, LIMIT_STAT_MAX, 0, &check->damage);
    const struct json *foe = want_member(l, value, "foe");
    if (!want_kind(l, foe, JSON_OBJECT))
        return;
    want_known(l, foe, foe_members);
    check->foe_name = want_text(l, foe, "name", LIMIT_LABEL_BYTES, WANT_REQUIRED);
    want_int(l, foe, "skill", 0, LIMIT_STAT_MAX, WANT_REQUIRED, &check->foe_skill);
    want_int(l, foe, "endurance", 1, LIMIT_FOE_ENDURANCE, WANT_REQUIRED, &check->foe_endurance);
}

static void read_check(struct loading *l, const struct json *value, struct choice *choice)
{
    choice->check = (struct check){.stat = -1, .endurance = -1};
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    const struct json *dice = want_member(l, value, "dice");
    if (!want_kind(l, dice, JSON_STRING))
        return;
    if (slice_eq(dice->text, SLICE("chance")))
        read_chance(l, value, &choice->check);
    else if (slice_eq(dice->text, SLICE("combat")))
        read_combat(l, value, &choice->check);
    else
        finding(l, dice, "unknown dice \"%s\"; known: chance, combat", shown(l, dice->text));
    choice->target = want_section(l, value, "success");
    choice->target_failure = want_section(l, value, "failure");
}

/* What a choice of each type has. */
static const struct {
    const char *name;
    bool to, when, check;
} types[] = {
    [CHOICE_DIRECT] = {"direct", true, false, false},
    [CHOICE_CONDITIONAL] = {"conditional", true, true, false},
    [CHOICE_DICE] = {"dice", false, false, true},
    [CHOICE_MIXED] = {"mixed", false, true, true},
};

static const char *const choice_members[] = {"id",   "text",    "type",  "to",
                                             "when", "effects", "check", NULL};

/* The type of the choice; COUNT_OF(types) and a finding when there is none. */
static size_t read_type(struct loading *l, const struct json *value)
{
    const struct json *name = want_member(l, value, "type");
    if (!want_kind(l, name, JSON_STRING))
        return COUNT_OF(types);
    for (size_t type = 0; type < COUNT_OF(types); type++) {
        if (slice_eq(name->text, slice_str(types[type].name)))
            return type;
    }
    finding(l, name, "unknown type \"%s\"; known: direct, conditional, dice, mixed",
            shown(l, name->text));
    return COUNT_OF(types);
}

/* A type promises its members to players, so that each must be there exactly when it is due. */
static void want_due(struct loading *l, const struct json *value, size_t type, const char *name,
                     bool due)
{
    if (has(value, name) == due)
        return;
    finding(l, value,
            due ? "a choice of type %s needs \"%s\"" : "a choice of type %s has no \"%s\"",
            types[type].name, name);
}

static bool is_number(struct slice id)
{
    uint64_t number = 0;
    return slice_to_u64(id, UINT64_MAX, &number) == OK;
}

static void read_choice(struct loading *l, const struct json *value, struct choice *choice)
{
    *choice = (struct choice){.target = -1, .target_failure = -1};
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    want_known(l, value, choice_members);
    const struct json *id = want_member(l, value, "id");
    if (want_kind(l, id, JSON_STRING) && want_id(l, id, id->text, LIMIT_CHOICE_ID_BYTES, true)) {
        choice->id = arena_dup(l->arena, id->text);
        if (is_number(id->text))
            finding(l, id, "must not be a number: clients name choices by their section, too");
    }
    choice->text = want_text(l, value, "text", LIMIT_CHOICE_TEXT_BYTES, WANT_REQUIRED);
    read_effects(l, json_get(value, SLICE("effects")), &choice->effects, &choice->effect_count);
    const size_t type = read_type(l, value);
    if (type == COUNT_OF(types))
        return;
    choice->type = (enum choice_type)type;
    want_due(l, value, type, "to", types[type].to);
    want_due(l, value, type, "when", types[type].when);
    want_due(l, value, type, "check", types[type].check);
    if (types[type].to && has(value, "to"))
        choice->target = want_section(l, value, "to");
    if (types[type].when && has(value, "when")) {
        struct condition *condition = arena_alloc(l->arena, sizeof *condition);
        l->conditions = 0;
        read_condition(l, json_get(value, SLICE("when")), 1, condition);
        choice->condition = condition;
    }
    if (types[type].check)
        read_check(l, json_get(value, SLICE("check")), choice);
}

/* Clients name a choice by its id or by its text. */
static void check_unique(struct loading *l, const struct json *value, const struct choice *list,
                         size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (list[at].id.len > 0 && slice_eq(list[i].id, list[at].id))
            finding(l, value, "choice id \"%s\" twice in one section", shown(l, list[at].id));
        if (list[at].text.len > 0 && slice_eq(list[i].text, list[at].text))
            finding(l, value, "the same text as choice %zu of this section", i);
    }
}

void read_choices(struct loading *l, const struct json *choices, struct section *section)
{
    if (!want_kind(l, choices, JSON_ARRAY))
        return;
    if (choices->count > LIMIT_SECTION_CHOICES) {
        finding(l, choices, "%" PRIu32 " choices; at most %d are allowed", choices->count,
                LIMIT_SECTION_CHOICES);
        return;
    }
    struct choice *list = arena_array(l->arena, choices->count, sizeof *list);
    size_t count = 0;
    for (const struct json *value = choices->child; value; value = value->next, count++) {
        read_choice(l, value, &list[count]);
        check_unique(l, value, list, count);
    }
    section->choices = list;
    section->choice_count = count;
}
