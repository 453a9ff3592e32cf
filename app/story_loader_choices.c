#include <inttypes.h>

#include "app/story_loader_parts.h"

enum { DEFAULT_DAMAGE = 2 };

static bool has(const struct json *object, const char *name)
{
    return json_get(object, slice_str(name)) != NULL;
}

/* Checks. */

static const char *const chance_members[] = {"dice",        "stat",           "modifier",
                                             "success",     "failure",        "rerolls",
                                             "reroll_when", "reroll_effects", NULL};
static const char *const luck_members[] = {"dice",    "stat",        "success",        "failure",
                                           "rerolls", "reroll_when", "reroll_effects", NULL};
static const char *const roll_members[] = {"dice",           "throw",   "at_most", "at_least",
                                           "success",        "failure", "rerolls", "reroll_when",
                                           "reroll_effects", NULL};
static const char *const table_members[] = {"dice",        "throw",          "outcomes", "rerolls",
                                            "reroll_when", "reroll_effects", NULL};
static const char *const combat_members[] = {"dice", "foe", "damage", "success", "failure", NULL};
static const char *const outcome_members[] = {"max", "to", "effects", NULL};
static const char *const quick_foe_members[] = {"name", "skill", "endurance", NULL};

static void read_chance(struct loading *l, const struct json *value, struct check *check)
{
    const struct json *stat = json_get(value, SLICE("stat"));
    check->stat = stat ? want_stat(l, stat) : stat_find(l->story, SLICE("chance"));
    if (check->type == DICE_CHANCE)
        want_int(l, value, "modifier", -LIMIT_STAT_MAX, LIMIT_STAT_MAX, 0, &check->modifier);
}

static void read_throw(struct loading *l, const struct json *value, struct check *check)
{
    const struct json *text = want_member(l, value, "throw");
    check->throw = want_expr(l, text, EXPR_MAY_HAVE_DICE | EXPR_MAY_HAVE_NAMES);
    if (check->throw &&expr_dice_count(check->throw) != 1)
        finding(l, text, "must have exactly one throw of dice, such as 2d6+1");
}

static void read_roll(struct loading *l, const struct json *value, struct check *check)
{
    static const char *const goals[] = {"at_most", "at_least", NULL};
    read_throw(l, value, check);
    const size_t which = want_one(l, value, goals);
    if (!goals[which])
        return;
    check->at_least = which == 1;
    const struct json *goal = json_get(value, slice_str(goals[which]));
    if (goal->kind == JSON_STRING) {
        check->goal = want_expr(l, goal, EXPR_MAY_HAVE_NAMES);
        return;
    }
    struct expr *number = arena_alloc(l->arena, sizeof *number);
    *number = (struct expr){.kind = EXPR_NUMBER};
    want_number(l, goal, -LIMIT_EXPR_INTEGER, LIMIT_EXPR_INTEGER, &number->value);
    check->goal = number;
}

/* The last outcome has no max, every other one a higher max than the one before. */
static void read_outcome(struct loading *l, const struct json *value, const struct outcome *before,
                         struct outcome *ret)
{
    *ret = (struct outcome){.max = INT32_MAX, .target = -1};
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    want_known(l, value, outcome_members);
    ret->target = want_section(l, value, "to");
    read_effects(l, json_get(value, SLICE("effects")), false, &ret->effects, &ret->effect_count);
    const struct json *max = json_get(value, SLICE("max"));
    if (!max && value->next)
        finding(l, value, "needs \"max\": only the last outcome has none");
    if (max && !value->next)
        finding(l, max, "the last outcome has no \"max\"");
    want_number(l, max, -LIMIT_EXPR_INTEGER, LIMIT_EXPR_INTEGER, &ret->max);
    if (max && before && before->max != INT32_MAX && ret->max <= before->max)
        finding(l, max, "must be above the max of the outcome before, %" PRId32, before->max);
}

static void read_table(struct loading *l, const struct json *value, struct check *check)
{
    read_throw(l, value, check);
    const struct json *outcomes = want_member(l, value, "outcomes");
    if (!want_kind(l, outcomes, JSON_ARRAY))
        return;
    if (outcomes->count < 1 || outcomes->count > LIMIT_OUTCOMES) {
        finding(l, outcomes, "%" PRIu32 " outcomes; 1 to %d are allowed", outcomes->count,
                LIMIT_OUTCOMES);
        return;
    }
    struct outcome *list = arena_array(l->arena, outcomes->count, sizeof *list);
    size_t count = 0;
    for (const struct json *outcome = outcomes->child; outcome; outcome = outcome->next, count++)
        read_outcome(l, outcome, count > 0 ? &list[count - 1] : NULL, &list[count]);
    check->outcomes = list;
    check->outcome_count = count;
}

static void read_combat(struct loading *l, const struct json *value, struct check *check)
{
    check->stat = stat_find(l->story, SLICE("skill"));
    check->endurance = stat_find(l->story, SLICE("endurance"));
    check->damage = DEFAULT_DAMAGE;
    want_int(l, value, "damage", 1, LIMIT_STAT_MAX, 0, &check->damage);
    const struct json *foe = want_member(l, value, "foe");
    if (!want_kind(l, foe, JSON_OBJECT))
        return;
    want_known(l, foe, quick_foe_members);
    check->foe_name = want_text(l, foe, "name", LIMIT_LABEL_BYTES, WANT_REQUIRED);
    want_int(l, foe, "skill", 0, LIMIT_STAT_MAX, WANT_REQUIRED, &check->foe_skill);
    want_int(l, foe, "endurance", 1, LIMIT_FOE_ENDURANCE, WANT_REQUIRED, &check->foe_endurance);
}

static void read_rerolls(struct loading *l, const struct json *value, struct check *check)
{
    want_int(l, value, "rerolls", 1, LIMIT_REROLLS, 0, &check->rerolls);
    check->reroll_when = read_when(l, json_get(value, SLICE("reroll_when")));
    read_effects(l, json_get(value, SLICE("reroll_effects")), false, &check->reroll_effects,
                 &check->reroll_effect_count);
    if (!has(value, "rerolls") && (has(value, "reroll_when") || has(value, "reroll_effects")))
        finding(l, value, "\"reroll_when\" and \"reroll_effects\" need \"rerolls\"");
}

static const struct {
    const char *name;
    enum dice_type type;
    const char *const *members;
    void (*read)(struct loading *l, const struct json *value, struct check *check);
} checks[] = {
    {"chance", DICE_CHANCE, chance_members, read_chance},
    {"luck", DICE_LUCK, luck_members, read_chance},
    {"roll", DICE_ROLL, roll_members, read_roll},
    {"table", DICE_TABLE, table_members, read_table},
    {"combat", DICE_COMBAT, combat_members, read_combat},
};

static void read_check(struct loading *l, const struct json *value, struct choice *choice)
{
    struct check *check = &choice->check;
    *check = (struct check){.stat = -1, .endurance = -1};
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    const struct json *dice = want_member(l, value, "dice");
    if (!want_kind(l, dice, JSON_STRING))
        return;
    size_t which = 0;
    while (which < COUNT_OF(checks) && !slice_eq(dice->text, slice_str(checks[which].name)))
        which++;
    if (which == COUNT_OF(checks)) {
        finding(l, dice, "unknown dice \"%s\"; known: chance, luck, roll, table, combat",
                shown(l, dice->text));
        return;
    }
    check->type = checks[which].type;
    want_known(l, value, checks[which].members);
    checks[which].read(l, value, check);
    if (check->type != DICE_COMBAT)
        read_rerolls(l, value, check);
    if (check->type == DICE_TABLE)
        return;
    choice->target = want_section(l, value, "success");
    choice->target_failure = want_section(l, value, "failure");
}

/* Choices. */

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

static const char *const choice_members[] = {"id",      "text",  "type", "to",     "when",
                                             "effects", "check", "once", "hidden", NULL};

/* The type that the author wrote; COUNT_OF(types) and a finding when it is none. */
static size_t read_type(struct loading *l, const struct json *name)
{
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

/* The type that follows from the members; COUNT_OF(types) and a finding when none does. */
static size_t derive_type(struct loading *l, const struct json *value)
{
    static const char *const ways_on[] = {"to", "check", NULL};
    switch (want_one(l, value, ways_on)) {
    case 0: return has(value, "when") ? CHOICE_CONDITIONAL : CHOICE_DIRECT;
    case 1: return has(value, "when") ? CHOICE_MIXED : CHOICE_DICE;
    default: return COUNT_OF(types);
    }
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
    for (size_t i = 0; i < id.len; i++) {
        if (id.at[i] < '0' || id.at[i] > '9')
            return false;
    }
    return true;
}

static void read_choice_id(struct loading *l, const struct json *value, struct choice *choice)
{
    const struct json *id = want_member(l, value, "id");
    if (!want_kind(l, id, JSON_STRING) || !want_id(l, id, id->text, LIMIT_CHOICE_ID_BYTES, true))
        return;
    choice->id = arena_dup(l->arena, id->text);
    if (is_number(id->text))
        finding(l, id, "must not be a number: clients name choices by their section, too");
}

/* Where it leads, and what it takes. */
static void read_way(struct loading *l, const struct json *value, struct choice *choice)
{
    const struct json *name = json_get(value, SLICE("type"));
    const size_t type = name ? read_type(l, name) : derive_type(l, value);
    if (type == COUNT_OF(types))
        return;
    choice->type = (enum choice_type)type;
    want_due(l, value, type, "to", types[type].to);
    want_due(l, value, type, "when", types[type].when);
    want_due(l, value, type, "check", types[type].check);
    if (types[type].to && has(value, "to"))
        choice->target = want_section(l, value, "to");
    if (types[type].when)
        choice->condition = read_when(l, json_get(value, SLICE("when")));
    if (types[type].check)
        read_check(l, json_get(value, SLICE("check")), choice);
}

static void read_shown(struct loading *l, const struct json *value, struct choice *choice)
{
    if (want_bool(l, value, "once")) {
        choice->once = ++l->story->once_count;
        if (choice->once == LIMIT_ONCE + 1)
            finding(l, value, "more than %d choices with \"once\"", LIMIT_ONCE);
    }
    choice->hidden = want_bool(l, value, "hidden");
    if (choice->hidden && !has(value, "when") && choice->once == 0)
        finding(l, value, "a hidden choice needs \"when\" or \"once\"");
}

static void read_choice(struct loading *l, const struct json *value, struct choice *choice)
{
    *choice = (struct choice){.target = -1, .target_failure = -1};
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    want_known(l, value, choice_members);
    read_choice_id(l, value, choice);
    choice->text = want_text(l, value, "text", LIMIT_CHOICE_TEXT_BYTES, WANT_REQUIRED);
    read_effects(l, json_get(value, SLICE("effects")), true, &choice->effects,
                 &choice->effect_count);
    read_shown(l, value, choice);
    read_way(l, value, choice);
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

/* Fights. */

static const char *const fight_members[] = {"foes", "order", "damage", "luck", "flee",
                                            "win",  "lose",  "text",   NULL};
static const char *const foe_members[] = {"name", "skill", "endurance", "damage", NULL};
static const char *const flee_members[] = {"to", "after", "effects", "text", NULL};
static const char *const fight_text_members[] = {"attack", "luck", NULL};

static void read_foe(struct loading *l, const struct json *value, struct foe *ret)
{
    *ret = (struct foe){.damage = DEFAULT_DAMAGE};
    if (!want_kind(l, value, JSON_OBJECT))
        return;
    want_known(l, value, foe_members);
    ret->name = want_text(l, value, "name", LIMIT_LABEL_BYTES, WANT_REQUIRED);
    want_int(l, value, "skill", 0, LIMIT_STAT_MAX, WANT_REQUIRED, &ret->skill);
    want_int(l, value, "endurance", 1, LIMIT_FOE_ENDURANCE, WANT_REQUIRED, &ret->endurance);
    want_int(l, value, "damage", 0, LIMIT_STAT_MAX, 0, &ret->damage);
}

static void read_foes(struct loading *l, const struct json *foes, struct fight *fight)
{
    if (!want_kind(l, foes, JSON_ARRAY))
        return;
    if (foes->count < 1 || foes->count > LIMIT_FOES) {
        finding(l, foes, "%" PRIu32 " foes; 1 to %d are allowed", foes->count, LIMIT_FOES);
        return;
    }
    struct foe *list = arena_array(l->arena, foes->count, sizeof *list);
    size_t count = 0;
    for (const struct json *value = foes->child; value; value = value->next)
        read_foe(l, value, &list[count++]);
    fight->foes = list;
    fight->foe_count = count;
}

static void read_order(struct loading *l, const struct json *order, struct fight *fight)
{
    if (!want_kind(l, order, JSON_STRING))
        return;
    fight->together = slice_eq(order->text, SLICE("together"));
    if (!fight->together && !slice_eq(order->text, SLICE("in_turn")))
        finding(l, order, "unknown order \"%s\"; known: in_turn, together", shown(l, order->text));
}

static void read_flee(struct loading *l, const struct json *flee, struct fight *fight)
{
    if (!want_kind(l, flee, JSON_OBJECT))
        return;
    want_known(l, flee, flee_members);
    fight->flee_target = want_section(l, flee, "to");
    want_int(l, flee, "after", 0, LIMIT_COMBAT_ROUNDS, 0, &fight->flee_after);
    read_effects(l, json_get(flee, SLICE("effects")), false, &fight->flee_effects,
                 &fight->flee_effect_count);
    fight->flee_text = want_text(l, flee, "text", LIMIT_CHOICE_TEXT_BYTES, 0);
}

static void read_fight_texts(struct loading *l, const struct json *text, bool lucky,
                             struct fight *fight)
{
    if (!want_kind(l, text, JSON_OBJECT))
        return;
    want_known(l, text, fight_text_members);
    fight->attack_text = want_text(l, text, "attack", LIMIT_CHOICE_TEXT_BYTES, 0);
    fight->luck_text = want_text(l, text, "luck", LIMIT_CHOICE_TEXT_BYTES, 0);
    if (has(text, "luck") && !lucky)
        finding(l, text, "a text for \"luck\" needs \"luck\" in the fight");
}

static struct slice or_words(struct slice text, const char *words)
{
    return text.len > 0 ? text : slice_str(words);
}

/* Clients may name a choice by its text. */
static void check_fight_texts(struct loading *l, const struct json *value,
                              const struct fight *fight)
{
    const struct slice attack = or_words(fight->attack_text, FIGHT_ATTACK_TEXT);
    const struct slice luck = or_words(fight->luck_text, FIGHT_LUCK_TEXT);
    const struct slice flee = or_words(fight->flee_text, FIGHT_FLEE_TEXT);
    const bool lucky = fight->luck >= 0;
    const bool flees = fight->flee_target >= 0;
    if ((lucky && slice_eq(attack, luck)) || (flees && slice_eq(attack, flee)) ||
        (lucky && flees && slice_eq(luck, flee)))
        finding(l, value, "two choices of the fight have the same text");
}

const struct fight *read_fight(struct loading *l, const struct json *value)
{
    if (!want_kind(l, value, JSON_OBJECT))
        return NULL;
    struct fight *fight = arena_alloc(l->arena, sizeof *fight);
    *fight = (struct fight){.skill = stat_find(l->story, SLICE("skill")),
                            .endurance = stat_find(l->story, SLICE("endurance")),
                            .damage = DEFAULT_DAMAGE,
                            .luck = -1,
                            .flee_target = -1};
    const struct json *luck = json_get(value, SLICE("luck"));
    want_known(l, value, fight_members);
    read_foes(l, want_member(l, value, "foes"), fight);
    read_order(l, json_get(value, SLICE("order")), fight);
    want_int(l, value, "damage", 1, LIMIT_STAT_MAX, 0, &fight->damage);
    fight->luck = luck ? want_stat(l, luck) : -1;
    read_flee(l, json_get(value, SLICE("flee")), fight);
    fight->win = want_section(l, value, "win");
    fight->lose = want_section(l, value, "lose");
    read_fight_texts(l, json_get(value, SLICE("text")), luck != NULL, fight);
    check_fight_texts(l, value, fight);
    return fight;
}
