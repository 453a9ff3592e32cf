/* The table of mistakes changes one thing in a story that uses every feature of the format (a seed
 * of the fuzz target) and tells the finding that must come of it. */
#include "app/story_loader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/app/mistakes.h"

static const char *const seed_path =
    CASYS_SOURCE_DIR "/tests/fuzz/corpus/fuzz_story/every-feature.json";

static enum status parse(struct slice source, struct story **ret, struct story_report *report)
{
    return story_parse(source, SLICE("s.json"), ret, report);
}

/* The story of the seed, which has no mistake. The text is the caller's to release. */
static struct story *sound_story(struct buf *ret_text)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    read_file(seed_path, ret_text);
    const enum status st = parse(buf_slice(ret_text), &story, &report);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&report.text)));
    ck_assert_uint_eq(report.count, 0);
    story_report_release(&report);
    return story;
}

START_TEST(names_become_indices)
{
    struct buf text = {0};
    struct story *story = sound_story(&text);
    ck_assert_slice_str(story->id, "base");
    ck_assert_slice_str(story->title, "Base");
    ck_assert_slice_str(story->author, "A");
    ck_assert_slice_str(story->license, "L");
    ck_assert_slice_str(story->language, "en");
    ck_assert_slice_str(story->summary, "S.\nT.");
    ck_assert_slice_str(story->hero, "Ada");
    ck_assert_int_eq(story->gold, 5);
    ck_assert_int_eq(story->capacity, 8);
    ck_assert_int_eq(story->start, 0);
    ck_assert_uint_eq(story->section_count, 4);
    ck_assert_int_eq(story->sections[2].number, 13);
    ck_assert_int_eq(story->sections[2].ending, ENDING_WON);
    ck_assert_slice_str(story->sections[2].ending_title, "Well");
    ck_assert_int_eq(story->sections[3].ending, ENDING_LOST);
    ck_assert_slice_eq(story->source, buf_slice(&text));
    story_unref(story);
    buf_release(&text);
}
END_TEST

static const struct {
    const char *member;
    int32_t undo;
} undo_cases[] = {
    {"\"start\": 1,", UNDO_FREE},
    {"\"start\": 1, \"undo\": \"free\",", UNDO_FREE},
    {"\"start\": 1, \"undo\": \"none\",", UNDO_NONE},
    {"\"start\": 1, \"undo\": 1,", 1},
    {"\"start\": 1, \"undo\": 99,", 99},
};

START_TEST(a_story_says_how_often_players_may_go_back)
{
    struct buf source = {0};
    struct buf text = {0};
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    read_file(seed_path, &source);
    change(buf_slice(&source), "\"start\": 1,", undo_cases[_i].member, &text);
    ck_assert_int_eq(parse(buf_slice(&text), &story, &report), OK);
    ck_assert_int_eq(story->undo, undo_cases[_i].undo);
    story_unref(story);
    buf_release(&text);
    buf_release(&source);
}
END_TEST

/* The same document with spaces, and with the first two members in the other order. */
START_TEST(a_story_is_named_by_its_canonical_form)
{
    static const char tail[] =
        ",\"title\":\"T\",\"start\":1,\"sections\":[{\"number\":1,\"text\":\"a\",\"choices\":[{"
        "\"id\":\"on\",\"text\":\"On\",\"type\":\"direct\",\"to\":2}]},{\"number\":2,\"text\":"
        "\"b\",\"ending\":{\"kind\":\"won\",\"title\":\"End\"}}]}";
    static const char *const heads[] = {
        "{\"format\":\"casys-story/1\",\"id\":\"s\"",
        "{\"id\":\"s\", \"format\":\"casys-story\\/1\"",
        "{\"id\":\"t\",\"format\":\"casys-story/1\"",
    };
    uint8_t hashes[COUNT_OF(heads)][SHA256_LEN];
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct buf text = {0};
        struct story *story = NULL;
        struct story_report report = {.count = 0};
        buf_printf(&text, "%s%s", heads[i], tail);
        ck_assert_int_eq(parse(buf_slice(&text), &story, &report), OK);
        memcpy(hashes[i], story->hash, SHA256_LEN);
        story_unref(story);
        story_report_release(&report);
        buf_release(&text);
    }
    ck_assert_mem_eq(hashes[0], hashes[1], SHA256_LEN);
    ck_assert_mem_ne(hashes[0], hashes[2], SHA256_LEN);
}
END_TEST

START_TEST(the_sheet_is_complete)
{
    static const struct {
        const char *id, *name;
        int32_t min, max, initial, zero_section;
    } stats[] = {
        {"endurance", "Endurance", 0, 24, 12, 3},
        {"chance", "Luck", 0, 24, 20, -1},
        {"skill", "Skill", 0, 24, 9, -1},
        {"time", "Time", -1, 9, 8, 3},
    };
    struct buf text = {0};
    struct story *story = sound_story(&text);
    ck_assert_uint_eq(story->stat_count, COUNT_OF(stats));
    for (size_t i = 0; i < COUNT_OF(stats); i++) {
        ck_assert_slice_str(story->stats[i].id, stats[i].id);
        ck_assert_slice_str(story->stats[i].name, stats[i].name);
        ck_assert_int_eq(story->stats[i].min, stats[i].min);
        ck_assert_int_eq(story->stats[i].max, stats[i].max);
        ck_assert_int_eq(story->stats[i].initial, stats[i].initial);
        ck_assert_int_eq(story->stats[i].zero_section, stats[i].zero_section);
    }
    ck_assert_uint_eq(story->item_count, 2);
    ck_assert_slice_str(story->items[0].id, "rope");
    ck_assert_slice_str(story->items[0].description, "Long.");
    ck_assert_int_eq(story->items[0].initial, 1);
    ck_assert_uint_eq(story->items[1].description.len, 0);
    ck_assert_int_eq(story->items[1].initial, 0);
    ck_assert_uint_eq(story->flag_count, 2);
    ck_assert_slice_str(story->flags[1], "lamp_lit");
    story_unref(story);
    buf_release(&text);
}
END_TEST

START_TEST(what_is_left_out_has_a_default)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    struct buf text = {0};
    read_file(CASYS_SOURCE_DIR "/tests/fuzz/corpus/fuzz_story/least.json", &text);
    ck_assert_int_eq(parse(buf_slice(&text), &story, &report), OK);
    ck_assert_slice_str(story->hero, "Hero");
    ck_assert_int_eq(story->capacity, 10);
    ck_assert_int_eq(story->gold, 0);
    ck_assert_uint_eq(story->stat_count, 3);
    for (size_t i = 0; i < story->stat_count; i++)
        ck_assert_int_eq(story->stats[i].initial, 20);
    ck_assert_uint_eq(story->item_count + story->flag_count + story->author.len, 0);
    story_unref(story);
    buf_release(&text);
}
END_TEST

static void assert_effect(const struct effect *effect, enum effect_kind kind, int32_t index,
                          bool set, int32_t value)
{
    ck_assert_int_eq(effect->kind, kind);
    if (kind != EFFECT_GOLD)
        ck_assert_int_eq(effect->index, index);
    ck_assert_int_eq(effect->set, set);
    ck_assert_int_eq(effect->value, value);
}

START_TEST(effects_keep_their_order_and_meaning)
{
    struct buf text = {0};
    struct story *story = sound_story(&text);
    const struct section *start = &story->sections[0];
    ck_assert_uint_eq(start->effect_count, 4);
    assert_effect(&start->effects[0], EFFECT_STAT, 3, false, -1);
    assert_effect(&start->effects[1], EFFECT_ITEM, 1, false, 2);
    assert_effect(&start->effects[2], EFFECT_GOLD, 0, true, 7);
    assert_effect(&start->effects[3], EFFECT_FLAG, 0, true, 1);
    const struct choice *hit = &start->choices[3];
    ck_assert_uint_eq(hit->effect_count, 4);
    assert_effect(&hit->effects[0], EFFECT_ITEM, 1, true, 0);
    assert_effect(&hit->effects[1], EFFECT_FLAG, 1, true, 0);
    assert_effect(&hit->effects[2], EFFECT_GOLD, 0, false, -1);
    assert_effect(&hit->effects[3], EFFECT_STAT, 3, true, 3);
    story_unref(story);
    buf_release(&text);
}
END_TEST

START_TEST(choices_of_every_type_are_compiled)
{
    struct buf text = {0};
    struct story *story = sound_story(&text);
    const struct choice *choices = story->sections[0].choices;
    ck_assert_uint_eq(story->sections[0].choice_count, 4);
    ck_assert_int_eq(choices[0].type, CHOICE_DIRECT);
    ck_assert_slice_str(choices[0].id, "go");
    ck_assert_slice_str(choices[0].text, "Go");
    ck_assert_int_eq(choices[0].target, 1);
    ck_assert_int_eq(choices[0].target_failure, -1);
    ck_assert_int_eq(choices[0].check.type, DICE_NONE);
    ck_assert_ptr_null(choices[0].condition);
    ck_assert_int_eq(choices[1].type, CHOICE_CONDITIONAL);
    ck_assert_ptr_nonnull(choices[1].condition);
    ck_assert_int_eq(choices[2].type, CHOICE_DICE);
    ck_assert_int_eq(choices[2].check.type, DICE_CHANCE);
    ck_assert_int_eq(choices[2].check.stat, 2);
    ck_assert_int_eq(choices[2].check.modifier, -2);
    ck_assert_int_eq(choices[2].target_failure, 3);
    ck_assert_int_eq(choices[3].type, CHOICE_MIXED);
    ck_assert_ptr_nonnull(choices[3].condition);
    const struct check *fight = &choices[3].check;
    ck_assert_int_eq(fight->type, DICE_COMBAT);
    ck_assert_int_eq(fight->stat, 2);
    ck_assert_int_eq(fight->endurance, 0);
    ck_assert_slice_str(fight->foe_name, "Rat");
    ck_assert_int_eq(fight->foe_skill, 5);
    ck_assert_int_eq(fight->foe_endurance, 4);
    ck_assert_int_eq(fight->damage, 3);
    /* Without a word about it, a chance tests the stat of that name. */
    ck_assert_int_eq(story->sections[1].choices[0].check.stat, 1);
    story_unref(story);
    buf_release(&text);
}
END_TEST

START_TEST(markdown_becomes_html)
{
    struct buf text = {0};
    struct story *story = sound_story(&text);
    ck_assert_slice_str(
        story->sections[0].html,
        "<h2>Start</h2>\n<p>You <em>go</em>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n"
        "</ul>\n<blockquote>\n<p><strong>said</strong><br />\n<code>x</code></p>\n"
        "</blockquote>\n<ol start=\"3\">\n<li>three</li>\n</ol>\n<hr />\n"
        "<p>&lt;b&gt;</p>\n");
    story_unref(story);
    buf_release(&text);
}
END_TEST

START_TEST(sections_may_come_in_any_order)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    const struct slice text = SLICE(
        "{\"format\":\"casys-story/1\",\"id\":\"a\",\"title\":\"A\",\"start\":30,\"sections\":["
        "{\"number\":30,\"text\":\"A\",\"choices\":[{\"id\":\"x\",\"text\":\"X\","
        "\"type\":\"direct\",\"to\":4}]},"
        "{\"number\":4,\"text\":\"B\",\"ending\":{\"kind\":\"won\",\"title\":\"C\"}}]}");
    ck_assert_int_eq(parse(text, &story, &report), OK);
    ck_assert_int_eq(story->sections[0].number, 4);
    ck_assert_int_eq(story->start, 1);
    ck_assert_int_eq(story->sections[1].choices[0].target, 0);
    story_unref(story);
}
END_TEST

/* Conditions, and what players read of them. */
static const struct {
    const char *condition;
    const char *words;
} words[] = {
    {"{\"item\":\"rope\"}", "Rope"},
    {"{\"item\":\"rope\",\"min\":3}", "3 x Rope"},
    {"{\"item\":\"rope\",\"min\":1}", "Rope"},
    {"{\"item\":\"rope\",\"max\":2}", "at most 2 x Rope"},
    {"{\"item\":\"rope\",\"max\":0}", "no Rope"},
    {"{\"item\":\"rope\",\"min\":2,\"max\":4}", "2 to 4 x Rope"},
    {"{\"item\":\"rope\",\"min\":2,\"max\":2}", "exactly 2 x Rope"},
    {"{\"stat\":\"skill\",\"min\":8}", "Skill at least 8"},
    {"{\"stat\":\"skill\",\"max\":8}", "Skill at most 8"},
    {"{\"stat\":\"skill\",\"min\":8,\"max\":10}", "Skill 8 to 10"},
    {"{\"stat\":\"chance\",\"min\":8,\"max\":8}", "Luck exactly 8"},
    {"{\"gold\":{\"min\":10}}", "10 gold"},
    {"{\"gold\":{\"max\":10}}", "at most 10 gold"},
    {"{\"gold\":{\"max\":0}}", "no gold"},
    {"{\"gold\":{\"min\":5,\"max\":10}}", "5 to 10 gold"},
    {"{\"flag\":\"met-keeper\"}", "an earlier event"},
    {"{\"flag\":\"lamp_lit\"}", "an earlier event"},
    {"{\"not\":{\"flag\":\"lamp_lit\"}}", "not: an earlier event"},
    {"{\"all\":[{\"item\":\"rope\"}]}", "Rope"},
    {"{\"all\":[{\"item\":\"rope\"},{\"item\":\"oil\"}]}", "Rope and Oil"},
    {"{\"any\":[{\"item\":\"rope\"},{\"item\":\"oil\"},{\"gold\":{\"min\":1}}]}",
     "Rope, Oil or 1 gold"},
    {"{\"all\":[{\"any\":[{\"item\":\"rope\"},{\"item\":\"oil\"}]},{\"flag\":\"lamp_lit\"}]}",
     "(Rope or Oil) and an earlier event"},
    {"{\"not\":{\"any\":[{\"item\":\"rope\"},{\"item\":\"oil\"}]}}", "not: Rope or Oil"},
    {"{\"any\":[{\"item\":\"rope\",\"text\":\"something long\"},{\"item\":\"oil\"}]}",
     "something long or Oil"},
    {"{\"item\":\"rope\",\"text\":\"a way up\"}", "a way up"},
};

START_TEST(a_condition_has_words_for_players)
{
    struct buf seed = {0};
    struct buf text = {0};
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    read_file(seed_path, &seed);
    change(buf_slice(&seed), "{\"stat\": \"skill\", \"min\": 8, \"max\": 10}", words[_i].condition,
           &text);
    const enum status st = parse(buf_slice(&text), &story, &report);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&report.text)));
    ck_assert_slice_str(story->sections[0].choices[3].condition->text, words[_i].words);
    story_unref(story);
    buf_release(&seed);
    buf_release(&text);
}
END_TEST

START_TEST(bounds_that_are_not_given_are_open)
{
    struct buf text = {0};
    struct story *story = sound_story(&text);
    const struct condition *pull = story->sections[0].choices[1].condition;
    ck_assert_int_eq(pull->kind, CONDITION_ALL);
    ck_assert_uint_eq(pull->child_count, 2);
    ck_assert_int_eq(pull->children[0].kind, CONDITION_ITEM);
    ck_assert_int_eq(pull->children[0].min, 1);
    ck_assert_int_eq(pull->children[0].max, INT32_MAX);
    const struct condition *any = &pull->children[1];
    ck_assert_int_eq(any->kind, CONDITION_ANY);
    ck_assert_int_eq(any->children[0].kind, CONDITION_GOLD);
    ck_assert_int_eq(any->children[0].min, 10);
    ck_assert_int_eq(any->children[0].max, INT32_MAX);
    ck_assert_int_eq(any->children[1].kind, CONDITION_NOT);
    ck_assert_int_eq(any->children[1].children[0].kind, CONDITION_FLAG);
    ck_assert_int_eq(any->children[1].children[0].index, 0);
    story_unref(story);
    buf_release(&text);
}
END_TEST

/* The only choice of section 2, and what players read of the section. */
static const struct {
    const char *choices;
    const char *summary;
} summaries[] = {
    {"{\"id\":\"a\",\"text\":\"A\",\"type\":\"direct\",\"to\":13}", "There is one way to go on."},
    {"{\"id\":\"a\",\"text\":\"A\",\"type\":\"dice\",\"check\":{\"dice\":\"chance\",\"success\":13,"
     "\"failure\":14}}",
     "Roll the dice for your Luck."},
    {"{\"id\":\"a\",\"text\":\"A\",\"type\":\"dice\",\"check\":{\"dice\":\"combat\",\"foe\":{"
     "\"name\":\"Rat\",\"skill\":1,\"endurance\":1},\"success\":13,\"failure\":14}}",
     "Fight: Rat."},
    {"{\"id\":\"a\",\"text\":\"A\",\"type\":\"direct\",\"to\":13},"
     "{\"id\":\"b\",\"text\":\"B\",\"type\":\"direct\",\"to\":14}",
     "You can choose between 2 ways."},
    {"{\"id\":\"a\",\"text\":\"A\",\"type\":\"direct\",\"to\":13},"
     "{\"id\":\"b\",\"text\":\"B\",\"type\":\"dice\",\"check\":{\"dice\":\"chance\",\"success\":13,"
     "\"failure\":14}}",
     "You can choose between 2 ways. One of them needs the dice."},
};

START_TEST(a_section_has_a_summary_for_players)
{
    static const char only[] = "{\"id\": \"on\", \"text\": \"On\", \"type\": \"dice\", \"check\": "
                               "{\"dice\": \"chance\", \"success\": 13, \"failure\": 14}}";
    struct buf seed = {0};
    struct buf text = {0};
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    read_file(seed_path, &seed);
    change(buf_slice(&seed), only, summaries[_i].choices, &text);
    const enum status st = parse(buf_slice(&text), &story, &report);
    ck_assert_msg(st == OK, "%.*s", SLICE_ARG(buf_slice(&report.text)));
    ck_assert_slice_str(story->sections[1].summary, summaries[_i].summary);
    ck_assert_slice_str(story->sections[0].summary,
                        "You can choose between 4 ways. Some of them need the dice.");
    ck_assert_slice_str(story->sections[2].summary, "The end.");
    story_unref(story);
    buf_release(&seed);
    buf_release(&text);
}
END_TEST

/* One mistake: what stands in the sound story, what stands there instead, and the finding. */
static const struct mistake mistakes[] = {
    {"no JSON", "\"gold\": 5", "\"gold\": 05", "s.json:3: column "},
    {"a member twice", "\"gold\": 5", "\"name\": 5", "s.json:3: column "},
    {"another format", "casys-story/1", "casys-story/9",
     "s.json:1: /format: unknown format \"casys-story/9\"; known: casys-story/1"},
    {"no format", "\"format\": \"casys-story/1\", ", "", "(document): needs \"format\""},
    {"no id", "\"id\": \"base\", ", "", "(document): needs \"id\""},
    {"an id with capitals", "\"base\"", "\"Base\"", "/id: \"Base\" must be 1 to 64 characters"},
    {"an empty id", "\"base\"", "\"\"", "/id: \"\" must be 1 to 64 characters"},
    {"an id with an underscore", "\"base\"", "\"a_b\"", "/id: \"a_b\" must be"},
    {"no title", "\"title\": \"Base\", ", "", "(document): needs \"title\""},
    {"a title of spaces", "\"Base\"", "\"  \"", "/title: must not be empty"},
    {"a title with a line break", "\"Base\"", "\"a\\nb\"", "/title: must not hold control"},
    {"a title with a NUL", "\"Base\"", "\"a\\u0000b\"", "/title: must not hold control"},
    {"a title that is no text", "\"Base\"", "[]", "/title: must be a text, not a list"},
    {"an unknown member", "\"author\"", "\"autor\"",
     "s.json:1: /autor: unknown member \"autor\"; known here: format, id, title, author"},
    {"no times to go back", "\"start\": 1,", "\"start\": 1, \"undo\": 0,",
     "/undo: must be \"none\", \"free\", or a number from 1 to 99"},
    {"too many times to go back", "\"start\": 1,", "\"start\": 1, \"undo\": 100,",
     "/undo: must be"},
    {"an unknown word for going back", "\"start\": 1,", "\"start\": 1, \"undo\": \"ever\",",
     "/undo: must be"},
    {"going back as yes or no", "\"start\": 1,", "\"start\": 1, \"undo\": true,", "/undo: must be"},
    {"no start", "\"start\": 1,", "", "(document): needs \"start\""},
    {"a start that does not exist", "\"start\": 1,", "\"start\": 99,",
     "s.json:2: /start: unknown section 99; sections go from 1 to 14"},
    {"a start that is an ending", "\"start\": 1,", "\"start\": 13,",
     "/start: section 13 is an ending"},
    {"a start that is no number", "\"start\": 1,", "\"start\": \"1\",",
     "/start: must be a number, not a text"},
    {"a start with a fraction", "\"start\": 1,", "\"start\": 1.0,",
     "/start: must be a whole number from 1 to 999999, not 1.0"},

    {"a hero with a long name", "\"Ada\"",
     "\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "x\"",
     "/character/name: has 51 characters; at most 50 are allowed"},
    {"too much gold", "\"gold\": 5", "\"gold\": 1000000",
     "/character/gold: must be a whole number"},
    {"too much room", "\"capacity\": 8", "\"capacity\": 1001",
     "/character/capacity: must be a whole"},
    {"more items than room", "\"capacity\": 8", "\"capacity\": 0",
     "/character/items: 1 items to start with; the capacity is 0"},
    {"an unknown item at the start", "\"items\": {\"rope\": 1}", "\"items\": {\"ropes\": 1}",
     "/character/items/ropes: unknown item \"ropes\"; define it in /items"},
    {"no item at the start", "\"items\": {\"rope\": 1}", "\"items\": {\"rope\": 0}",
     "/character/items/rope: must be a whole number from 1 to 1000"},
    {"an unknown stat at the start", "{\"skill\": 9}", "{\"sill\": 9}",
     "/character/stats/sill: unknown stat \"sill\"; define it in /stats"},
    {"a stat above its range at the start", "{\"skill\": 9}", "{\"skill\": 25}",
     "/character/stats/skill: must be a whole number from 0 to 24"},
    {"an unknown member of the character", "\"capacity\": 8", "\"room\": 8",
     "/character/room: unknown member"},

    {"a usual stat with a range", "\"initial\": 12", "\"max\": 12",
     "s.json:4: /stats/endurance/max: unknown member \"max\"; known here: name, initial, "
     "zero_section"},
    {"a stat without a name", "\"name\": \"Time\", ", "", "/stats/time: needs \"name\""},
    {"a stat without a maximum", "\"max\": 9, ", "", "/stats/time: needs \"max\""},
    {"a stat without a start", "\"initial\": 8, ", "", "/stats/time: needs \"initial\""},
    {"a stat that starts outside", "\"initial\": 8", "\"initial\": 10",
     "/stats/time/initial: must be a whole number from -1 to 9, not 10"},
    {"a stat that starts at its end", "\"initial\": 8", "\"initial\": -1",
     "/stats/time: with a zero_section the initial value must be above -1"},
    {"a range upside down", "\"min\": -1", "\"min\": 9", "/stats/time: min 9 must be below max 9"},
    {"a stat id with a space", "\"time\": {", "\"ti me\": {",
     "\"ti me\" must be 1 to 64 characters"},
    {"a zero_section that does not exist", "\"zero_section\": 14}}", "\"zero_section\": 15}}",
     "unknown section 15; sections go from 1 to 14"},
    {"stats that are a list", "\"stats\": {\"skill\": 9}", "\"stats\": []",
     "/character/stats: must be an object, not a list"},
    {"an item without a name", "{\"name\": \"Oil\"}", "{}", "/items/oil: needs \"name\""},
    {"an item that is a text", "{\"name\": \"Oil\"}", "\"Oil\"",
     "/items/oil: must be an object, not a text"},
    {"an item id with a capital", "\"oil\": {", "\"Oil\": {", "/items/Oil: \"Oil\" must be"},
    {"a flag twice", "\"lamp_lit\"],", "\"lamp_lit\", \"lamp_lit\"],",
     "s.json:7: /flags/2: \"lamp_lit\" is listed twice"},
    {"a flag that is no text", "\"lamp_lit\"],", "\"lamp_lit\", 1],",
     "/flags/2: must be a text, not a number"},

    {"a section number twice", "\"number\": 13", "\"number\": 2", "there are two sections 2"},
    {"section zero", "\"number\": 13", "\"number\": 0",
     "/sections/2/number: must be a whole number"},
    {"a section without a number", "\"number\": 13, ", "", "/sections/2: needs \"number\""},
    {"a section without a text", "\"text\": \"Two.\", ", "", "/sections/1: needs \"text\""},
    {"a section that goes nowhere", ", \"ending\": {\"kind\": \"won\", \"title\": \"Well\"}", "",
     "/sections/2: section 13 has neither choices nor an ending, nor a fight"},
    {"a section that ends and goes on", "\"text\": \"Two.\",",
     "\"text\": \"Two.\", \"ending\": {\"kind\": \"won\", \"title\": \"W\"},",
     "/sections/1: section 2 has choices and an ending; leave one out"},
    {"another kind of ending", "\"won\"", "\"draw\"",
     "/sections/2/ending/kind: unknown kind \"draw\"; known: won, lost"},
    {"an ending without a title", ", \"title\": \"Well\"", "",
     "/sections/2/ending: needs \"title\""},
    {"an unknown member of a section", "\"enter\"", "\"enters\"",
     "s.json:10: /sections/0/enters: unknown member"},

    {"HTML", "Two.", "a <b>c</b>", "/sections/1/text: line 1 of the text: HTML is not allowed"},
    {"a block of HTML", "Two.", "a\\n\\n<script>x()</script>", "line 3 of the text: HTML is not"},
    {"a comment of HTML", "Two.", "<!-- x -->", "HTML is not allowed"},
    {"a link", "Two.", "[x](https://example.org)", "links are not allowed"},
    {"a link to a script", "Two.", "[x](javascript:x)", "links are not allowed"},
    {"a bare link", "Two.", "<https://example.org>", "links are not allowed"},
    {"an image", "Two.", "![x](y.png)", "images are not allowed"},
    {"a code block", "Two.", "a\\n\\n    b", "line 3 of the text: code blocks are not allowed"},
    {"a fence", "Two.", "```\\nb\\n```", "code blocks are not allowed"},
    {"a heading for the page", "Two.", "# Two", "headings are written with ## to ####"},
    {"a heading too small", "Two.", "##### Two", "headings are written with ## to ####"},
    {"quotes in quotes in quotes", "Two.", "> > > > > > > > > > > > > > > > > > x",
     "nested too deeply"},
    {"nothing to read", "Two.", "[x]: y", "becomes 0 bytes of HTML"},

    {"a choice without an id", "\"id\": \"go\", ", "", "/sections/0/choices/0: needs \"id\""},
    {"a choice with a number", "\"go\"", "\"2\"", "/choices/0/id: must not be a number"},
    {"a choice with a strange id", "\"go\"", "\"g o\"", "/choices/0/id: \"g o\" must be"},
    {"a choice id twice", "\"pull\"", "\"go\"", "choice id \"go\" twice in one section"},
    {"a choice text twice", "\"Pull\"", "\"Go\"", "the same text as choice 0 of this section"},
    {"a choice without a text", "\"text\": \"Go\", ", "", "/sections/0/choices/0: needs \"text\""},
    {"a choice without a way on", "\"type\": \"direct\", \"to\": 2", "\"once\": true",
     "/choices/0: needs exactly one of to, check"},
    {"an unknown type", "\"direct\"", "\"free\"",
     "/choices/0/type: unknown type \"free\"; known: direct, conditional, dice, mixed"},
    {"a direct choice to nowhere", ", \"to\": 2}", "}", "a choice of type direct needs \"to\""},
    {"a direct choice to an unknown section", "\"to\": 2}", "\"to\": 3}",
     "s.json:12: /sections/0/choices/0/to: unknown section 3; sections go from 1 to 14"},
    {"a direct choice with a condition", "\"direct\", ",
     "\"direct\", \"when\": {\"item\": \"rope\"}, ", "a choice of type direct has no \"when\""},
    {"a direct choice with dice", "\"direct\", ", "\"direct\", \"check\": {}, ",
     "a choice of type direct has no \"check\""},
    {"a conditional choice without a condition", "\"direct\"", "\"conditional\"",
     "a choice of type conditional needs \"when\""},
    {"a choice of dice without dice", "\"direct\"", "\"dice\"",
     "a choice of type dice needs \"check\""},
    {"a choice of dice with a target", "\"direct\"", "\"dice\"",
     "a choice of type dice has no \"to\""},
    {"a mixed choice without a condition", "\"type\": \"dice\"", "\"type\": \"mixed\"",
     "a choice of type mixed needs \"when\""},

    {"unknown dice", "\"dice\": \"chance\"", "\"dice\": \"d20\"",
     "/check/dice: unknown dice \"d20\"; known: chance, luck, roll, table, combat"},
    {"no dice", "\"dice\": \"chance\", ", "", "/check: needs \"dice\""},
    {"no success", "\"success\": 2, ", "", "/check: needs \"success\""},
    {"no failure", ", \"failure\": 14", "", "/check: needs \"failure\""},
    {"a chance for an unknown stat", "\"stat\": \"skill\", \"modifier\"",
     "\"stat\": \"sk\", \"modifier\"", "/check/stat: unknown stat \"sk\""},
    {"a huge modifier", "\"modifier\": -2", "\"modifier\": -25",
     "/check/modifier: must be a whole"},
    {"a chance with a foe", "\"modifier\": -2", "\"foe\": {}", "/check/foe: unknown member"},
    {"a fight without a foe", "\"foe\": {\"name\": \"Rat\", \"skill\": 5, \"endurance\": 4}, ", "",
     "/check: needs \"foe\""},
    {"a foe without a name", "\"name\": \"Rat\", ", "", "/check/foe: needs \"name\""},
    {"a foe without skill", "\"skill\": 5, ", "", "/check/foe: needs \"skill\""},
    {"a foe that is dead already", "\"endurance\": 4", "\"endurance\": 0",
     "/check/foe/endurance: must be a whole number from 1 to 1000"},
    {"a fight without wounds", "\"damage\": 3", "\"damage\": 0", "/check/damage: must be a whole"},

    {"an empty condition", "{\"stat\": \"skill\", \"min\": 8, \"max\": 10}", "{}",
     "/when: needs exactly one of all, any, not, item, stat, gold, flag"},
    {"two conditions in one", "{\"stat\": \"skill\",",
     "{\"flag\": \"lamp_lit\", \"stat\": \"skill\",", "/when: needs exactly one of"},
    {"a condition that is a text", "{\"stat\": \"skill\", \"min\": 8, \"max\": 10}", "\"rope\"",
     "/when: must be an object, not a text"},
    {"a condition on an unknown stat", "\"skill\", \"min\"", "\"skull\", \"min\"",
     "/when/stat: unknown stat \"skull\""},
    {"a stat without bounds", ", \"min\": 8, \"max\": 10", "", "/when: needs min or max, or both"},
    {"bounds upside down", "\"min\": 8, \"max\": 10", "\"min\": 10, \"max\": 8",
     "/when: min 10 is above max 8"},
    {"a bound that is never reached", "\"max\": 10", "\"max\": 25",
     "/when/max: must be a whole number"},
    {"an unknown member of a condition", "\"max\": 10", "\"most\": 10",
     "/when/most: unknown member"},
    {"an unknown item", "{\"item\": \"rope\"}", "{\"item\": \"rpe\"}",
     "/when/all/0/item: unknown item \"rpe\"; define it in /items"},
    {"an unknown flag", "{\"not\": {\"flag\": \"met-keeper\"}}", "{\"not\": {\"flag\": \"met\"}}",
     "/when/all/1/any/1/not/flag: unknown flag \"met\"; list it in /flags"},
    {"all of nothing", "[{\"gold\": {\"min\": 10}}, {\"not\": {\"flag\": \"met-keeper\"}}]", "[]",
     "/when/all/1/any: must not be empty"},
    {"not a list", "{\"not\": {\"flag\": \"met-keeper\"}}", "{\"not\": []}",
     "/any/1/not: must be an object, not a list"},
    {"gold without bounds", "{\"min\": 10}", "{}", "/gold: needs min or max, or both"},
    {"gold as a number", "{\"min\": 10}", "10", "/gold: must be an object, not a number"},
    {"a misspelled bound of gold", "{\"min\": 10}", "{\"min\": 10, \"mx\": 11}",
     "/gold/mx: unknown member"},
    {"an empty text", "\"min\": 8, \"max\"", "\"text\": \"\", \"min\": 8, \"max\"",
     "/when/text: must not be empty"},

    {"an effect of nothing", "{\"stat\": \"time\", \"add\": -1}", "{}",
     "/enter/0: needs exactly one of stat, item, gold, flag"},
    {"an effect that is no object", "{\"stat\": \"time\", \"add\": -1}", "null",
     "/enter/0: must be an object, not null"},
    {"neither add nor set", ", \"add\": -1", "", "/enter/0: needs exactly one of add, set"},
    {"both add and set", "\"add\": -1", "\"add\": -1, \"set\": 3", "needs exactly one of add, set"},
    {"adding nothing", "\"add\": -1", "\"add\": 0", "/enter/0/add: adding 0 changes nothing"},
    {"adding more than there is room for", "\"add\": -1", "\"add\": 11",
     "/enter/0/add: must be a whole number from -10 to 10, not 11"},
    {"adding a list", "\"add\": -1", "\"add\": []", "/enter/0/add: must be a number, not a list"},
    {"adding what is no expression", "\"add\": -1", "\"add\": \"1+\"",
     "/enter/0/add: character 3 of the expression: a value is expected, not nothing"},
    {"an effect on an unknown stat", "{\"stat\": \"time\", \"add\"", "{\"stat\": \"tide\", \"add\"",
     "/enter/0/stat: unknown stat \"tide\""},
    {"an effect on an unknown item", "{\"item\": \"oil\", \"add\"", "{\"item\": \"oi\", \"add\"",
     "/enter/1/item: unknown item \"oi\""},
    {"an item set above the room", "{\"item\": \"oil\", \"set\": 0}",
     "{\"item\": \"oil\", \"set\": 9}",
     "/effects/0/set: must be a whole number from 0 to 8, not 9"},
    {"a stat set outside", "{\"stat\": \"time\", \"set\": 3}", "{\"stat\": \"time\", \"set\": 10}",
     "/effects/3/set: must be a whole number from -1 to 9, not 10"},
    {"gold without a way", "{\"gold\": {\"set\": 7}}", "{\"gold\": {}}",
     "/gold: needs exactly one of"},
    {"gold at the top", "{\"gold\": {\"set\": 7}}", "{\"gold\": 7, \"set\": 7}",
     "/enter/2/set: unknown member \"set\"; known here: gold, when"},
    {"a flag set to a number", "\"set\": false", "\"set\": 0",
     "/effects/1/set: must be true or false, not a number"},
    {"an effect on an unknown flag", "{\"flag\": \"met-keeper\"}]", "{\"flag\": \"met\"}]",
     "/enter/3/flag: unknown flag \"met\""},
    {"effects that are an object",
     "\"effects\": [{\"item\": \"oil\", \"set\": 0}, {\"flag\": \"lamp_lit\","
     " \"set\": false}, {\"gold\": {\"add\": -1}}, {\"stat\": \"time\", \"set\": 3}]",
     "\"effects\": {}", "/effects: must be a list, not an object"},
};

START_TEST(a_mistake_is_found_and_named)
{
    assert_mistake_found(seed_path, &mistakes[_i]);
}
END_TEST

static size_t count_lines(struct slice text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    return lines;
}

START_TEST(many_mistakes_are_told_at_once)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    struct buf text = {0};
    read_file(CASYS_SOURCE_DIR "/tests/fuzz/corpus/fuzz_story/mistakes.json", &text);
    ck_assert_int_eq(parse(buf_slice(&text), &story, &report), ERR_INVALID);
    ck_assert_uint_ge(report.count, 20);
    ck_assert_uint_eq(count_lines(buf_slice(&report.text)), report.count);
    story_report_release(&report);
    buf_release(&text);
}
END_TEST

START_TEST(findings_end_somewhere)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    struct buf text = {0};
    buf_append(&text, SLICE("{\"flags\":[0"));
    for (size_t i = 1; i < LIMIT_FLAGS; i++)
        buf_append(&text, SLICE(",0"));
    buf_append(&text, SLICE("]}"));
    ck_assert_int_eq(parse(buf_slice(&text), &story, &report), ERR_INVALID);
    ck_assert_uint_gt(report.count, LIMIT_FLAGS);
    ck_assert_uint_eq(count_lines(buf_slice(&report.text)), (size_t)LIMIT_FINDINGS + 1);
    story_report_release(&report);
    buf_release(&text);
}
END_TEST

START_TEST(a_finding_stays_on_one_line)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    ck_assert_int_eq(parse(SLICE("{\"a\\nb: \\u0000\":1}"), &story, &report), ERR_INVALID);
    ck_assert_uint_eq(count_lines(buf_slice(&report.text)), report.count);
    ck_assert(memmem(report.text.at, report.text.len, "/a?b: ?: unknown member \"a?b: ?\"", 32));
    story_report_release(&report);
}
END_TEST

/* A number of things of which n are allowed and n + 1 are not. */
static const struct {
    const char *why;
    size_t limit;
    const char *from;                  /* in the seed; replaced by */
    const char *before, *each, *after; /* each may use the number of the thing, as %zu */
    const char *finding;
} limits[] = {
    {"items", LIMIT_ITEMS - 2, "\"items\": {\"rope\": {", "\"items\": {",
     "\"x%zu\": {\"name\": \"X\"}, ", "\"rope\": {", "129 items; at most 128"},
    {"flags", LIMIT_FLAGS - 2, "\"flags\": [", "\"flags\": [", "\"x%zu\", ", "",
     "257 flags; at most 256"},
    {"stats", LIMIT_STATS - 4, "\"time\": {", "",
     "\"x%zu\": {\"name\": \"X\", \"max\": 1, \"initial\": 1}, ", "\"time\": {", "too many stats"},
    {"choices", LIMIT_SECTION_CHOICES - 1, "{\"id\": \"on\"", "",
     "{\"id\": \"x%zu\", \"text\": \"X%zu\", \"type\": \"direct\", \"to\": 13}, ",
     "{\"id\": \"on\"", "33 choices; at most 32"},
    {"effects", LIMIT_SECTION_EFFECTS - 4, "\"enter\": [", "\"enter\": [",
     "{\"gold\": {\"add\": 1}}, ", "", "33 effects; at most 32"},
    {"conditions", LIMIT_CONDITIONS - 6, "{\"all\": [", "{\"text\": \"t\", \"all\": [",
     "{\"item\": \"oil\"}, ", "", "more than 64 conditions"},
    {"nested conditions", LIMIT_CONDITION_DEPTH - 4, "{\"not\": {\"flag\": \"met-keeper\"}}", "",
     "{\"not\": ", "{\"not\": {\"flag\": \"met-keeper\"}}", "nested deeper than 8"},
    {"bytes of a title", LIMIT_LABEL_BYTES, "\"title\": \"Base\"", "\"title\": \"", "x", "\"",
     "/title: has 201 bytes; at most 200"},
    {"bytes of a text", LIMIT_SECTION_TEXT_BYTES, "Two.", "", "x", "",
     "/text: has 32769 bytes; at most 32768"},
    {"bytes of HTML", (LIMIT_SECTION_HTML_BYTES - 8) / 6, "Two.", "", "\\\"", "",
     "bytes of HTML; 1 to 65536 are allowed"},
    {"bytes of a choice", LIMIT_CHOICE_TEXT_BYTES, "\"text\": \"On\"", "\"text\": \"", "x", "\"",
     "has 1025 bytes; at most 1024"},
    {"bytes of an id", LIMIT_ID_BYTES, "\"id\": \"base\"", "\"id\": \"", "x", "\"", "/id: \"xxx"},
};

/* count of the things in the place of what the seed has there. */
static void write_limit(int which, size_t count, struct buf *ret)
{
    struct buf seed = {0};
    struct buf things = {0};
    buf_append(&things, slice_str(limits[which].before));
    for (size_t i = 0; i < count; i++) {
        const char *at = limits[which].each;
        for (const char *number; (number = strstr(at, "%zu")); at = number + 3) {
            buf_append(&things, slice_make(at, (size_t)(number - at)));
            buf_printf(&things, "%zu", i);
        }
        buf_append(&things, slice_str(at));
    }
    buf_append(&things, slice_str(limits[which].after));
    /* What is opened for each of the nested conditions is closed again. */
    if (slice_eq(slice_str(limits[which].each), SLICE("{\"not\": "))) {
        for (size_t i = 0; i < count; i++)
            buf_byte(&things, '}');
    }
    buf_byte(&things, '\0');
    read_file(seed_path, &seed);
    change(buf_slice(&seed), limits[which].from, (const char *)things.at, ret);
    buf_release(&seed);
    buf_release(&things);
}

START_TEST(a_limit_is_allowed_and_one_more_is_refused)
{
    for (size_t more = 0; more <= 1; more++) {
        struct buf text = {0};
        struct story *story = NULL;
        struct story_report report = {.count = 0};
        write_limit(_i, limits[_i].limit + more, &text);
        const enum status st = parse(buf_slice(&text), &story, &report);
        const struct slice found = buf_slice(&report.text);
        ck_assert_msg(st == (more ? ERR_INVALID : OK), "%s: %.*s", limits[_i].why,
                      SLICE_ARG(found));
        if (more)
            assert_found(&report, limits[_i].why, limits[_i].finding);
        story_unref(story);
        story_report_release(&report);
        buf_release(&text);
    }
}
END_TEST

START_TEST(a_story_cut_anywhere_is_refused)
{
    assert_cuts_refused(seed_path);
}
END_TEST

START_TEST(the_source_may_go_after_parsing)
{
    struct buf text = {0};
    struct story *story = sound_story(&text);
    memset(text.at, 'x', text.len);
    buf_release(&text);
    ck_assert_slice_str(story->title, "Base");
    ck_assert_slice_str(story->sections[0].choices[3].check.foe_name, "Rat");
    ck_assert(slice_starts(story->source, SLICE("{\"format\"")));
    story_unref(story);
}
END_TEST

START_TEST(a_file_is_read_whole)
{
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    ck_assert_int_eq(story_read(seed_path, &story, &report), OK);
    ck_assert_slice_str(story->id, "base");
    story_unref(story);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_reported)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path missing = temp_join(&folder, "missing.json");
    const char *paths[] = {missing.text, folder.text};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct story *story = NULL;
        struct story_report report = {.count = 0};
        ck_assert_int_eq(story_read(paths[i], &story, &report), ERR_IO);
        ck_assert_uint_eq(report.count, 1);
        ck_assert(slice_starts(buf_slice(&report.text), slice_str(paths[i])));
        ck_assert(memmem(report.text.at, report.text.len, ": cannot be read: ", 18));
        ck_assert_ptr_null(story);
        story_report_release(&report);
    }
}
END_TEST

START_TEST(a_file_with_a_mistake_is_named)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path path = temp_join(&folder, "bad.json");
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    struct buf expected = {0};
    write_file(path.text, SLICE("[\n1,]"));
    ck_assert_int_eq(story_read(path.text, &story, &report), ERR_INVALID);
    buf_printf(&expected, "%s:2: column ", path.text);
    ck_assert(slice_starts(buf_slice(&report.text), buf_slice(&expected)));
    story_report_release(&report);
    buf_release(&expected);
}
END_TEST

START_TEST(a_file_too_long_is_refused)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path path = temp_join(&folder, "long.json");
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    struct buf text = {0};
    read_file(seed_path, &text);
    while (text.len < LIMIT_STORY_BYTES)
        buf_byte(&text, ' ');
    write_file(path.text, buf_slice(&text));
    ck_assert_int_eq(story_read(path.text, &story, &report), OK);
    story_unref(story);
    story = NULL;
    buf_byte(&text, ' ');
    write_file(path.text, buf_slice(&text));
    ck_assert_int_eq(story_read(path.text, &story, &report), ERR_INVALID);
    ck_assert(memmem(report.text.at, report.text.len, "the document is too long", 24));
    story_report_release(&report);
    buf_release(&text);
}
END_TEST

static TCase *good_stories(void)
{
    TCase *tcase = tcase_create("good");
    tcase_add_test(tcase, names_become_indices);
    tcase_add_loop_test(tcase, a_story_says_how_often_players_may_go_back, 0,
                        (int)COUNT_OF(undo_cases));
    tcase_add_test(tcase, a_story_is_named_by_its_canonical_form);
    tcase_add_test(tcase, the_sheet_is_complete);
    tcase_add_test(tcase, what_is_left_out_has_a_default);
    tcase_add_test(tcase, effects_keep_their_order_and_meaning);
    tcase_add_test(tcase, choices_of_every_type_are_compiled);
    tcase_add_test(tcase, markdown_becomes_html);
    tcase_add_test(tcase, sections_may_come_in_any_order);
    tcase_add_loop_test(tcase, a_condition_has_words_for_players, 0, (int)COUNT_OF(words));
    tcase_add_test(tcase, bounds_that_are_not_given_are_open);
    tcase_add_loop_test(tcase, a_section_has_a_summary_for_players, 0, (int)COUNT_OF(summaries));
    tcase_add_test(tcase, the_source_may_go_after_parsing);
    return tcase;
}

static TCase *wrong_stories(void)
{
    TCase *tcase = tcase_create("wrong");
    tcase_add_loop_test(tcase, a_mistake_is_found_and_named, 0, (int)COUNT_OF(mistakes));
    tcase_add_test(tcase, many_mistakes_are_told_at_once);
    tcase_add_test(tcase, findings_end_somewhere);
    tcase_add_test(tcase, a_finding_stays_on_one_line);
    tcase_add_loop_test(tcase, a_limit_is_allowed_and_one_more_is_refused, 0,
                        (int)COUNT_OF(limits));
    tcase_add_test(tcase, a_story_cut_anywhere_is_refused);
    return tcase;
}

static TCase *files(void)
{
    TCase *tcase = tcase_create("files");
    tcase_set_timeout(tcase, 30); /* the longest story is large for a sanitizer */
    tcase_add_test(tcase, a_file_is_read_whole);
    tcase_add_test(tcase, a_file_that_cannot_be_read_is_reported);
    tcase_add_test(tcase, a_file_with_a_mistake_is_named);
    tcase_add_test(tcase, a_file_too_long_is_refused);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("story_loader");
    suite_add_tcase(suite, good_stories());
    suite_add_tcase(suite, wrong_stories());
    suite_add_tcase(suite, files());
    return run_suite(suite);
}
