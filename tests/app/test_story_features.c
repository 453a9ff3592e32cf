/* What the format got beside places, stats and simple checks: the story that uses all of it
 * (stories/every-feature.json) is compiled as written, and each mistake in it is found. Extreme
 * files, too, are refused soon and with a reason. */
#include <string.h>

#include "app/game/expr.h"
#include "app/story_loader.h"
#include "tests/app/mistakes.h"

static const char *const zoo_path = CASYS_SOURCE_DIR "/tests/app/stories/every-feature.json";

static struct story *zoo(void)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    const enum status st = story_read(zoo_path, &story, &report);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&report.text)));
    return story;
}

static const struct section *section_of(const struct story *story, int32_t number)
{
    return &story->sections[story_section_find(story, number)];
}

START_TEST(the_sheet_has_dice_counters_and_uses)
{
    struct story *story = zoo();
    ck_assert_uint_eq(story->stat_count, 5);
    ck_assert_ptr_nonnull(story->stats[0].initial_dice);
    ck_assert_ptr_nonnull(story->stats[1].initial_dice);
    ck_assert_ptr_null(story->stats[2].initial_dice);
    ck_assert_int_eq(story->stats[2].initial, 9);
    ck_assert_ptr_null(story->stats[3].initial_dice); /* the character's own value counts */
    ck_assert_int_eq(story->stats[3].initial, 3);
    ck_assert_uint_eq(story->counter_count, 3);
    ck_assert_slice_str(story->counters[1].id, "turns");
    ck_assert_int_eq(story->counters[1].min, 0);
    ck_assert_int_eq(story->counters[1].max, LIMIT_OWN_STAT);
    ck_assert_int_eq(story->counters[2].initial, -3);
    ck_assert_ptr_null(story->items[0].use);
    const struct item_use *eat = story->items[1].use;
    ck_assert(!eat->keep && eat->in_fight);
    ck_assert_slice_str(eat->choice.text, "Eat an apple");
    ck_assert_slice_str(eat->choice.id, "use:apple");
    ck_assert_uint_eq(eat->choice.effect_count, 1);
    const struct item_use *ring = story->items[2].use;
    ck_assert(ring->keep && ring->in_fight);
    ck_assert_int_eq(ring->choice.condition->kind, CONDITION_STAT);
    const struct item_use *map = story->items[3].use;
    ck_assert(map->keep && !map->in_fight);
    ck_assert_int_eq(map->choice.effects[0].kind, EFFECT_GO);
    ck_assert_int_eq(map->choice.effects[0].index, story_section_find(story, 1));
    ck_assert(story->tracks_visits && story->tracks_roll && story->has_rerolls);
    story_unref(story);
}
END_TEST

START_TEST(effects_have_every_form)
{
    struct story *story = zoo();
    const struct section *gate = section_of(story, 1);
    ck_assert_uint_eq(gate->effect_count, 5);
    ck_assert_int_eq(gate->effects[0].kind, EFFECT_COUNTER);
    ck_assert_int_eq(gate->effects[0].value, 1);
    ck_assert_int_eq(gate->effects[1].amount->kind, EXPR_NEGATE); /* lose x: -max(0, x) */
    ck_assert_int_eq(gate->effects[1].amount->left->kind, EXPR_MAX);
    ck_assert_int_eq(gate->effects[2].kind, EFFECT_FLAG);
    ck_assert_int_eq(gate->effects[2].value, 0);
    ck_assert_int_eq(gate->effects[2].when->kind, CONDITION_COUNTER);
    ck_assert_int_eq(gate->effects[3].kind, EFFECT_GO);
    ck_assert_int_eq(gate->effects[3].when->kind, CONDITION_TEST);
    ck_assert_int_eq(gate->effects[4].kind, EFFECT_GOLD);
    ck_assert_int_eq(gate->effects[4].value, 1);
    ck_assert_uint_eq(gate->leave_count, 2);
    ck_assert_int_eq(gate->leave[0].kind, EFFECT_FLAG);
    ck_assert(gate->leave[0].set && gate->leave[0].value == 1);
    ck_assert(gate->leave[1].set && gate->leave[1].value == 1);
    const struct section *pit = section_of(story, 5);
    ck_assert_int_eq(pit->effects[1].amount->kind, EXPR_DIVIDE);
    ck_assert(pit->effects[1].set);
    ck_assert_int_eq(pit->effects[2].value, -1);
    const struct effect *fled = section_of(story, 2)->fight->flee_effects;
    ck_assert_int_eq(fled[1].kind, EFFECT_FLAG);
    ck_assert_int_eq(fled[1].value, 0);
    story_unref(story);
}
END_TEST

START_TEST(the_type_of_a_choice_follows_from_its_members)
{
    struct story *story = zoo();
    const struct choice *choices = section_of(story, 1)->choices;
    static const enum choice_type types[] = {CHOICE_DIRECT, CHOICE_DIRECT,      CHOICE_CONDITIONAL,
                                             CHOICE_DICE,   CHOICE_DICE,        CHOICE_DICE,
                                             CHOICE_MIXED,  CHOICE_CONDITIONAL, CHOICE_DIRECT};
    ck_assert_uint_eq(section_of(story, 1)->choice_count, COUNT_OF(types));
    for (size_t i = 0; i < COUNT_OF(types); i++)
        ck_assert_int_eq(choices[i].type, types[i]);
    ck_assert_int_eq(choices[0].once, 0);
    ck_assert_int_eq(choices[1].once, 1);
    ck_assert(choices[6].hidden && choices[6].once == 0);
    ck_assert(choices[7].hidden && choices[7].once == 2);
    ck_assert_int_eq(story->once_count, 4);
    story_unref(story);
}
END_TEST

START_TEST(checks_have_every_form)
{
    struct story *story = zoo();
    const struct choice *choices = section_of(story, 1)->choices;
    const struct check *luck = &choices[3].check;
    ck_assert_int_eq(luck->type, DICE_LUCK);
    ck_assert_int_eq(luck->stat, 1);
    const struct check *roll = &choices[4].check;
    ck_assert_int_eq(roll->type, DICE_ROLL);
    ck_assert(!roll->at_least);
    ck_assert_int_eq(roll->goal->kind, EXPR_STAT);
    ck_assert_uint_eq(expr_dice_count(roll->throw), 1);
    ck_assert_int_eq(roll->rerolls, 2);
    ck_assert_int_eq(roll->reroll_when->kind, CONDITION_GOLD);
    ck_assert_uint_eq(roll->reroll_effect_count, 2);
    const struct check *table = &choices[5].check;
    ck_assert_int_eq(table->type, DICE_TABLE);
    ck_assert_uint_eq(table->outcome_count, 4);
    ck_assert_int_eq(table->outcomes[0].max, 1);
    ck_assert_uint_eq(table->outcomes[0].effect_count, 2);
    ck_assert_int_eq(table->outcomes[2].target, story_section_find(story, 6));
    ck_assert_int_eq(table->outcomes[3].max, INT32_MAX);
    ck_assert_int_eq(choices[5].target, -1);
    const struct check *duel = &section_of(story, 6)->choices[1].check;
    ck_assert(duel->at_least);
    ck_assert_int_eq(duel->goal->kind, EXPR_NUMBER);
    ck_assert_int_eq(duel->goal->value, 12);
    ck_assert_int_eq(section_of(story, 8)->choices[1].check.stat, 3);
    story_unref(story);
}
END_TEST

START_TEST(fights_are_compiled)
{
    struct story *story = zoo();
    const struct section *wolves = section_of(story, 2);
    const struct fight *fight = wolves->fight;
    ck_assert_uint_eq(fight->foe_count, 2);
    ck_assert_int_eq(fight->foes[0].damage, 2);
    ck_assert_int_eq(fight->foes[1].damage, 1);
    ck_assert_int_eq(fight->foes[1].endurance, 4);
    ck_assert(fight->together);
    ck_assert_int_eq(fight->damage, 3);
    ck_assert_int_eq(fight->luck, 1);
    ck_assert_int_eq(fight->flee_target, story_section_find(story, 1));
    ck_assert_int_eq(fight->flee_after, 2);
    ck_assert_int_eq(fight->win, story_section_find(story, 7));
    ck_assert_int_eq(fight->lose, story_section_find(story, 92));
    ck_assert_slice_str(wolves->summary, "Fight: Grey wolf, Young wolf.");
    ck_assert_uint_eq(wolves->choice_count, 3);
    ck_assert_slice_str(wolves->choices[0].text, "Strike");
    const struct section *rats = section_of(story, 3);
    ck_assert(!rats->fight->together);
    ck_assert_int_eq(rats->fight->damage, 2);
    ck_assert_int_eq(rats->fight->luck, -1);
    ck_assert_int_eq(rats->fight->flee_after, 0);
    ck_assert_uint_eq(rats->choice_count, 2);
    ck_assert_slice_str(rats->choices[0].text, "Attack");
    ck_assert_slice_str(rats->choices[1].text, "Flee");
    story_unref(story);
}
END_TEST

START_TEST(what_is_remembered_has_words_that_tell_nothing)
{
    struct story *story = zoo();
    const struct section *gate = section_of(story, 1);
    ck_assert_slice_str(gate->effects[2].when->text, "an earlier event"); /* a counter */
    ck_assert_slice_str(gate->choices[6].condition->text, "a throw of 4 to 12");
    const struct condition *visited = section_of(story, 7)->choices[0].condition;
    ck_assert_slice_str(visited->children[0].text, "an earlier event");
    ck_assert_slice_str(section_of(story, 4)->choices[1].condition->text, "enough to trade");
    story_unref(story);
}
END_TEST

/* One mistake: what stands in the story, what stands there instead, and the finding. */
static const struct mistake mistakes[] = {
    {"dice with a name", "\"2d6+6\"", "\"2d6+stat.skill\"",
     "/stats/endurance/initial: character 5 of the expression: only numbers and dice"},
    {"initial dice of five throws", "\"2d6+6\"", "\"1d2+1d2+1d2+1d2+1d2\"",
     "/stats/endurance/initial: at most 4 throws of dice are allowed"},
    {"dice that may begin at the minimum", "\"2d6+6\"", "\"2d6-2\"",
     "/stats/endurance: with a zero_section the initial value must be above 0"},
    {"dice of the character", "\"mana\": 3}", "\"mana\": \"1d6\"}",
     "/character/stats/mana: must be a number, not a text"},
    {"a counter that is a number", "\"turns\": {}", "\"turns\": 0",
     "/counters/turns: must be an object, not a number"},
    {"a counter without a range", "\"min\": -20, \"max\": 20", "\"min\": 20, \"max\": 20",
     "/counters/debt: min 20 must be below max 20"},
    {"a counter with a large maximum", "\"max\": 99", "\"max\": 1000001",
     "/counters/days/max: must be a whole number from -1000000 to 1000000"},
    {"a counter that starts outside", "\"initial\": -3", "\"initial\": -21",
     "/counters/debt/initial: must be a whole number from -20 to 20, not -21"},
    {"a counter that must say where it starts", "\"turns\": {}", "\"turns\": {\"min\": 1}",
     "/counters/turns: needs \"initial\": 0 is not in its range"},
    {"a counter with a name", "\"turns\": {}", "\"turns\": {\"name\": \"T\"}",
     "/counters/turns/name: unknown member \"name\"; known here: min, max, initial"},
    {"a counter with markup", "\"turns\": {}", "\"<b>\": {}", "must be 1 to 64 characters of"},
    {"counters that are a list", "\"turns\": {},", "\"turns\": {}}, \"counterz\": {",
     "/counterz: unknown member"},
    {"a use without a text", "\"text\": \"Eat an apple\", ", "",
     "/items/apple/use: needs \"text\""},
    {"a use without effects",
     "\"text\": \"Eat an apple\", \"effects\": [{\"stat\": "
     "\"endurance\", \"gain\": 4}], ",
     "\"text\": \"Eat an apple\", ", "/items/apple/use: needs \"effects\""},
    {"a use with no effect", "[{\"stat\": \"endurance\", \"gain\": 4}]", "[]",
     "/items/apple/use/effects: must not be empty"},
    {"a use that is kept halfway", "\"keep\": true", "\"keep\": 1",
     "/items/ring/use/keep: must be true or false, not a number"},
    {"two uses with one text", "\"Turn the ring\"", "\"Eat an apple\"",
     "/items/ring: using it has the same text as using \"apple\""},
    {"a use that costs gold", "\"keep\": true,", "\"price\": 1,",
     "/items/ring/use/price: unknown member"},

    {"a counter that is not there", "{\"counter\": \"days\", \"add\": 1}",
     "{\"counter\": \"day\", \"add\": 1}",
     "/enter/0/counter: unknown counter \"day\"; define it in /counters"},
    {"an effect with two kinds", "{\"counter\": \"days\", \"add\": 1}",
     "{\"counter\": \"days\", \"go\": 1}",
     "/enter/0: needs exactly one of stat, item, gold, flag, counter, go, mark, unmark"},
    {"an effect with two ways", "{\"counter\": \"days\", \"add\": 1}",
     "{\"counter\": \"days\", \"add\": 1, \"gain\": 1}",
     "/enter/0: needs exactly one of add, set, gain, lose"},
    {"gaining nothing", "\"gold\": {\"gain\": 1}", "\"gold\": {\"gain\": 0}",
     "/enter/4/gold/gain: must be a whole number from 1 to 999999, not 0"},
    {"losing less than nothing", "\"lose\": 2}, {\"mark\": \"cursed\"}",
     "\"lose\": -2}, {\"mark\": \"cursed\"}",
     "/effects/0/lose: must be a whole number from 1 to 24"},
    {"marking what is no flag", "{\"mark\": \"met-keeper\"}", "{\"mark\": \"keeper\"}",
     "/leave/0/mark: unknown flag \"keeper\""},
    {"marking with a value", "{\"mark\": \"met-keeper\"}",
     "{\"mark\": \"met-keeper\", \"set\": true}", "/leave/0/set: unknown member \"set\""},
    {"an effect with a wrong condition",
     "\"when\": {\"counter\": \"days\", \"min\": 3, \"max\": 9}",
     "\"when\": {\"counter\": \"days\"}", "/enter/2/when: needs min or max, or both"},
    {"a condition out of the counter's range", "\"min\": 3, \"max\": 9", "\"min\": 3, \"max\": 100",
     "/enter/2/when/max: must be a whole number from 0 to 99"},
    {"a move to nowhere", "{\"go\": 12,", "{\"go\": 14,", "/enter/3/go: unknown section 14"},
    {"a move on leaving", "{\"mark\": \"met-keeper\"}", "{\"go\": 2}",
     "/leave/0: \"go\" is allowed"},
    {"a move out of an ending", "\"enter\": [{\"gold\": {\"set\": 0}}]", "\"enter\": [{\"go\": 1}]",
     "/enter/0: \"go\" is allowed in"},
    {"a move that outcomes make", "\"to\": 7, \"effects\": [{\"item\": \"ring\", \"set\": 1}]",
     "\"to\": 7, \"effects\": [{\"go\": 1}]", "/outcomes/3/effects/0: \"go\" is allowed"},
    {"a value with a mistake", "\"1 + flag.cursed\"", "\"1 + flag.curse\"",
     "/enter/1/lose: character 5 of the expression: unknown flag.curse; list it in /flags"},
    {"five throws in one list", "\"-(1d6)\"", "\"1d2+1d2+1d2+1d2+1d2\"",
     "/enter: 5 throws of dice; at most 4 are allowed in one list"},
    {"an expression too large for lose", "\"min(gold, 2)\"", "\"1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1\"",
     "too large here, where it counts as -max(0, ...)"},
    {"leaving an ending", "\"number\": 99,", "\"number\": 99, \"leave\": [],",
     "nobody leaves an ending"},

    {"a test without words", ", \"text\": \"enough to trade\"", "", "/when: needs \"text\""},
    {"a test with dice", "\"gold + 2*item.apple", "\"1d6 + 2*item.apple",
     "/when/test: character 1 of the expression: there are no dice here"},
    {"a test that is true", "\"gold + 2*item.apple >= 5 or carried = capacity\"", "true",
     "/when/test: must be a text, not true or false"},
    {"a place that is not there", "{\"not\": {\"visited\": 10}}", "{\"not\": {\"visited\": 9}}",
     "/when/not/visited: unknown section 9"},
    {"a roll without bounds", "{\"roll\": {\"min\": 11}}", "{\"roll\": {}}",
     "/roll: needs min or max, or both"},
    {"a roll with bounds outside", "{\"roll\": {\"min\": 11}}", "{\"roll\": 11}",
     "/roll: must be an object, not a number"},

    {"a type that does not agree", "\"type\": \"direct\", \"to\": 3",
     "\"type\": \"dice\", \"to\": 3", "a choice of type dice needs \"check\""},
    {"once that is a number", "\"once\": true", "\"once\": 1",
     "/choices/1/once: must be true or false, not a number"},
    {"hidden for no reason", "\"to\": 2}", "\"to\": 2, \"hidden\": true}",
     "/choices/0: a hidden choice needs \"when\" or \"once\""},
    {"luck with a modifier", "{\"dice\": \"luck\", \"success\": 4",
     "{\"dice\": \"luck\", \"modifier\": 1, \"success\": 4",
     "/check/modifier: unknown member \"modifier\""},
    {"a roll without a throw", "\"throw\": \"2d6+1\", ", "", "/check: needs \"throw\""},
    {"a throw without dice", "\"2d6+1\"", "\"7\"", "/check/throw: must have exactly one throw"},
    {"a throw with dice twice", "\"2d6+1\"", "\"1d6+1d6\"", "/check/throw: must have exactly one"},
    {"a roll without a goal", "\"at_most\": \"stat.skill\", ", "",
     "/check: needs exactly one of at_most, at_least"},
    {"a roll with two goals", "\"at_most\": \"stat.skill\"", "\"at_most\": 5, \"at_least\": 5",
     "/check: needs exactly one of at_most, at_least"},
    {"a goal with dice", "\"at_most\": \"stat.skill\"", "\"at_most\": \"2d6\"",
     "/check/at_most: character 1 of the expression: there are no dice here"},
    {"a goal too large", "\"at_least\": 12", "\"at_least\": 1000000001",
     "/check/at_least: must be a whole number from -1000000000 to 1000000000"},
    {"a goal that is a list", "\"at_least\": 12", "\"at_least\": []",
     "/check/at_least: must be a number, not a list"},
    {"too many rerolls", "\"rerolls\": 9", "\"rerolls\": 10",
     "/check/rerolls: must be a whole number from 1 to 9"},
    {"no rerolls", "\"rerolls\": 9", "\"rerolls\": 0",
     "/check/rerolls: must be a whole number from 1"},
    {"a price without rerolls", "\"rerolls\": 2,", "",
     "\"reroll_when\" and \"reroll_effects\" need \"rerolls\""},
    {"rerolls of a quick fight", "\"damage\": 3, \"success\"", "\"rerolls\": 1, \"success\"",
     "/check/rerolls: unknown member"},
    {"a table with success", "\"outcomes\": [", "\"success\": 1, \"outcomes\": [",
     "/check/success: unknown member"},
    {"a table without outcomes",
     "{\"max\": 1, \"to\": 5, \"effects\": [{\"stat\": \"endurance\", "
     "\"lose\": 2}, {\"mark\": \"cursed\"}]},",
     "7,", "/check/outcomes/0: must be an object, not a number"},
    {"outcomes that do not rise", "{\"max\": 2, \"to\": 3}", "{\"max\": 1, \"to\": 3}",
     "/outcomes/1/max: must be above the max of the outcome before, 1"},
    {"an outcome in the middle for all the rest", "{\"max\": 2, \"to\": 3}", "{\"to\": 3}",
     "/outcomes/1: needs \"max\": only the last outcome has none"},
    {"a last outcome with an end", "{\"to\": 7, \"effects\"", "{\"max\": 9, \"to\": 7, \"effects\"",
     "/outcomes/3/max: the last outcome has no \"max\""},
    {"an outcome that leads nowhere", "{\"max\": 2, \"to\": 3}", "{\"max\": 2}",
     "/outcomes/1: needs \"to\""},

    {"a fight with choices", "\"choices\": [],\n      \"fight\"",
     "\"choices\": [{\"id\": \"a\", \"text\": \"A\", \"to\": 1}],\n      \"fight\"",
     "section 3 has a fight and choices; leave one out"},
    {"a fight that is an ending", "\"choices\": [],\n      \"fight\"",
     "\"ending\": {\"kind\": \"won\", \"title\": \"E\"},\n      \"fight\"",
     "section 3 has a fight and an ending; leave one out"},
    {"no foes",
     "[{\"name\": \"Rat\", \"skill\": 2, \"endurance\": 2, \"damage\": 0}, {\"name\": \"Big rat\", "
     "\"skill\": 4, \"endurance\": 4, \"damage\": 24}]",
     "[]", "/fight/foes: 0 foes; 1 to 8"},
    {"a foe without a name", "{\"name\": \"Rat\", ", "{", "/fight/foes/0: needs \"name\""},
    {"a foe too strong", "\"skill\": 2", "\"skill\": 25", "/foes/0/skill: must be a whole number"},
    {"a foe without endurance", "\"endurance\": 2, \"damage\": 0", "\"endurance\": 0",
     "/foes/0/endurance: must be a whole number from 1 to 1000"},
    {"a foe that hurts too much", "\"damage\": 24", "\"damage\": 25",
     "/foes/1/damage: must be a whole number from 0 to 24"},
    {"another order", "\"in_turn\"", "\"in turn\"",
     "/fight/order: unknown order \"in turn\"; known: in_turn, together"},
    {"a hero who hurts nobody", "\"damage\": 3,\n        \"luck\"",
     "\"damage\": 0,\n        \"luck\"", "/fight/damage: must be a whole number from 1 to 24"},
    {"luck that is no stat", "\"luck\": \"chance\"", "\"luck\": \"fortune\"",
     "/fight/luck: unknown stat \"fortune\""},
    {"words for luck without it", "\"luck\": \"chance\",", "",
     "/fight/text: a text for \"luck\" needs \"luck\" in the fight"},
    {"flight to nowhere", "\"flee\": {\"to\": 1}", "\"flee\": {}", "/fight/flee: needs \"to\""},
    {"flight after too long", "\"after\": 2", "\"after\": 101",
     "/fight/flee/after: must be a whole number from 0 to 100"},
    {"two ways with one text", "\"Climb the tree\"", "\"Strike\"",
     "two choices of the fight have the same text"},
    {"a fight that cannot be won", "\"win\": 8,", "", "/fight: needs \"win\""},
    {"a fight that cannot be lost", "\"win\": 8,\n        \"lose\": 92", "\"win\": 8",
     "/fight: needs \"lose\""},
    {"a fight with a prize", "\"win\": 8,", "\"win\": 8, \"prize\": 1,",
     "/fight/prize: unknown member \"prize\"; known here: foes, order, damage, luck"},
};

START_TEST(a_mistake_is_found_and_named)
{
    assert_mistake_found(zoo_path, &mistakes[_i]);
}
END_TEST

START_TEST(the_story_cut_anywhere_is_refused)
{
    assert_cuts_refused(zoo_path);
}
END_TEST

/* A document of one thing many times. */
static const struct {
    const char *why, *before, *each, *after;
    size_t count;
    const char *finding;
} extremes[] = {
    {"10 MB", "{\"title\": \"", "xxxxxxxxxx", "\"}", 1024 * 1024, "the document is too long"},
    {"lists in lists", "", "[", "", 100000, "nested too deeply"},
    {"objects in objects", "{\"sections\":", "{\"a\":", "", 100000, "nested too deeply"},
    {"a million sections", "{\"sections\": [", "{},", "{}]}", 999999, "1000000 sections"},
    {"a million sections with names", "{\"sections\": [", "{\"a\":1},", "{}]}", 900000,
     "900001 sections"},
    {"a million numbers", "[", "1,", "1]", 3000000, "too many values"},
    {"more unknown members than can be told", "{\"start\": {", "\"%zu\":1,", "\"a\":1}}", 400000,
     "/start: must be a number, not an object"},
    {"unknown members everywhere", "{", "\"%zu\":1,", "\"a\":1}", 400000, "unknown member \"7\""},
    {"a million effects", "{\"sections\": [{\"number\": 1, \"enter\": [", "{},", "{}]}]}", 999999,
     "1000000 effects; at most 32"},
    {"a long number", "{\"start\": ", "9", "}", 1000000, "/start: must be a whole number from 1"},
    {"a long name", "{\"start\": 1, \"", "x", "\": 1}", 1000000, "unknown member \"xxx"},
    {"a long expression", "{\"sections\":[],\"stats\": {\"skill\": {\"initial\": \"", "-(", "\"}}}",
     1000000, "/initial: character 401 of the expression: longer than 400 bytes"},
    {"names with markup", "{\"flags\": [\"", "<b>", "\"]}", 30,
     "must be 1 to 64 characters of a-z 0-9 - _"},
};

START_TEST(what_is_far_too_much_is_refused_soon)
{
    struct buf text = {0};
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    buf_append(&text, slice_str(extremes[_i].before));
    const char *number = strstr(extremes[_i].each, "%zu");
    for (size_t i = 0; i < extremes[_i].count; i++) {
        if (number)
            buf_printf(&text, "\"%zu\":1,", i);
        else
            buf_append(&text, slice_str(extremes[_i].each));
    }
    buf_append(&text, slice_str(extremes[_i].after));
    ck_assert_int_eq(story_parse(buf_slice(&text), SLICE("s.json"), &story, &report), ERR_INVALID);
    assert_found(&report, extremes[_i].why, extremes[_i].finding);
    ck_assert_uint_lt(report.text.len, 1024 * 1024);
    story_report_release(&report);
    buf_release(&text);
}
END_TEST

/* A start with 32 choices, each with this many conditions of 400 bytes. */
static void crowd(size_t conditions, struct buf *ret)
{
    buf_printf(ret, "{\"format\":\"casys-story/1\",\"id\":\"a\",\"title\":\"A\",\"start\":1,"
                    "\"sections\":[{\"number\":2,\"text\":\"b\",\"ending\":{\"kind\":\"won\","
                    "\"title\":\"E\"}},\n{\"number\":1,\"text\":\"a\",\"choices\":[");
    for (int i = 0; i < LIMIT_SECTION_CHOICES; i++) {
        buf_printf(
            ret, "%s{\"id\":\"c%d\",\"text\":\"C %d\",\"to\":2,\"when\":{\"text\":\"t\",\"all\":[",
            i > 0 ? "," : "", i, i);
        for (size_t k = 0; k < conditions; k++)
            buf_printf(ret, "%s{\"gold\":{\"min\":1},\"text\":\"%0400d\"}", k > 0 ? "," : "", 0);
        buf_printf(ret, "]}}");
    }
    buf_printf(ret, "]}]}");
}

START_TEST(a_section_that_players_could_not_be_sent_is_refused)
{
    for (size_t conditions = 10; conditions <= 20; conditions += 10) {
        struct buf text = {0};
        struct story *story = NULL;
        struct story_report report = {.count = 0};
        crowd(conditions, &text);
        const enum status st = story_parse(buf_slice(&text), SLICE("s.json"), &story, &report);
        const struct slice found = buf_slice(&report.text);
        if (conditions == 10)
            ck_assert_msg(st == OK, "%.*s", SLICE_ARG(found));
        else
            ck_assert(st == ERR_INVALID &&
                      slice_starts(found, SLICE("s.json:2: /sections/1: what players get of "
                                                "section 1 could have ")));
        story_unref(story);
        story_report_release(&report);
        buf_release(&text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("story_features");
    TCase *good = tcase_create("good");
    tcase_add_test(good, the_sheet_has_dice_counters_and_uses);
    tcase_add_test(good, effects_have_every_form);
    tcase_add_test(good, the_type_of_a_choice_follows_from_its_members);
    tcase_add_test(good, checks_have_every_form);
    tcase_add_test(good, fights_are_compiled);
    tcase_add_test(good, what_is_remembered_has_words_that_tell_nothing);
    TCase *wrong = tcase_create("wrong");
    tcase_set_timeout(wrong, 60); /* every cut, under a sanitizer */
    tcase_add_loop_test(wrong, a_mistake_is_found_and_named, 0, (int)COUNT_OF(mistakes));
    tcase_add_test(wrong, the_story_cut_anywhere_is_refused);
    TCase *extreme = tcase_create("extreme");
    tcase_set_timeout(extreme, 60); /* a second at most, on a machine with nothing else to do */
    tcase_add_loop_test(extreme, what_is_far_too_much_is_refused_soon, 0, (int)COUNT_OF(extremes));
    tcase_add_test(extreme, a_section_that_players_could_not_be_sent_is_refused);
    suite_add_tcase(suite, good);
    suite_add_tcase(suite, wrong);
    suite_add_tcase(suite, extreme);
    return run_suite(suite);
}
