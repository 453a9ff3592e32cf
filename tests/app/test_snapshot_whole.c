/* What players see of fights, uses, tables and throws that can be repeated, and what they do not;
 * the largest event there can be. */
#include <string.h>

#include "app/game/expr.h"
#include "app/snapshot.h"
#include "tests/game/whole.h"
#include "tests/support/support.h"

static struct story *story;
static struct arena arena;
static struct buf bytes;
static struct json_out *out;
static struct game_facts facts;
static struct state state;
static struct event event;

static void setup(void)
{
    story = whole_story();
    snapshot_prepare(story);
    arena = (struct arena){.blocks = NULL};
    bytes = (struct buf){0};
    out = json_out_new(&bytes);
    facts = (struct game_facts){.id = {0, 1}, .owner = {1, 0}, .story = story};
    for (size_t i = 0; i < SEED_LEN; i++)
        facts.seed[i] = (uint8_t)i;
    ck_assert_int_eq(game_start(story, facts.seed, SLICE_NONE, 0, &state, &event), OK);
}

static void teardown(void)
{
    json_out_free(out);
    buf_release(&bytes);
    arena_release(&arena);
    story_unref(story);
}

/* Be in a section, as if just entered. */
static void go(int32_t section)
{
    state.section = section;
    state.visited[0] |= (uint8_t)(1U << section);
    state.fight = (struct fight_state){.round = 0};
    const struct fight *fight = story->sections[section].fight;
    for (size_t i = 0; fight && i < fight->foe_count; i++)
        state.fight.foe[i] = fight->foes[i].endurance;
    ck_assert_int_eq(state_check(&state, story), OK);
}

static void play(const char *id)
{
    const struct choice_ref ref = {.id = slice_str(id)};
    const struct choice *choice;
    ck_assert_int_eq(game_choice_find(story, &state, &ref, &choice), OK);
    ck_assert_int_eq(game_step(story, facts.seed, &state, choice, 0, &state, &event), OK);
}

static struct slice snapshot(void)
{
    buf_clear(&bytes);
    json_out_reset(out);
    snapshot_encode(out, &facts, &state, &event);
    return buf_slice(&bytes);
}

static struct slice encoded_event(void)
{
    buf_clear(&bytes);
    json_out_reset(out);
    event_encode(out, story, &state, &event);
    return buf_slice(&bytes);
}

static bool holds(struct slice text, const char *part)
{
    return memmem(text.at, text.len, part, strlen(part)) != NULL;
}

static void expect(struct slice text, const char *part)
{
    if (!holds(text, part))
        ck_abort_msg("no %s in %.*s", part, SLICE_ARG(text));
}

/* ---- choices ---- */

#define AVAILABLE "\"available\":true,\"needs\":[]}"

START_TEST(choices_say_what_they_are)
{
    const struct slice text = snapshot();
    expect(text, "{\"id\":\"search\",\"text\":\"Search the wall\",\"type\":\"dice\","
                 "\"target_section\":null,\"conditions\":[],\"dice_type\":\"chance\","
                 "\"dice_results\":{\"success\":2,\"failure\":4}," AVAILABLE);
    expect(text, "{\"id\":\"gamble\",\"text\":\"Throw the bones\",\"type\":\"mixed\","
                 "\"target_section\":null,\"conditions\":[\"1 gold\"],\"dice_type\":\"chance\","
                 "\"dice_results\":{\"<=2\":4,\"3\":1,\"4-5\":2,\">=6\":3}," AVAILABLE);
    expect(text, "{\"id\":\"use:apple\",\"text\":\"Eat the apple\",\"type\":\"direct\","
                 "\"target_section\":1,\"conditions\":[],\"dice_type\":\"none\","
                 "\"dice_results\":{}," AVAILABLE);
    /* The uses come last. */
    expect(text, AVAILABLE ",{\"id\":\"use:apple\"");
    expect(text, ",{\"id\":\"use:lamp\"");
}
END_TEST

START_TEST(hidden_choices_and_uses_are_not_shown)
{
    ck_assert(!holds(snapshot(), "whisper"));
    ck_assert(!holds(snapshot(), "use:rope"));
    ck_assert(!holds(snapshot(), "the den"));
    state.visited[0] |= 1U << WHOLE_DEN;
    state.stats[WHOLE_ENDURANCE] = 8;
    expect(snapshot(), "{\"id\":\"whisper\"");
    expect(snapshot(), "{\"id\":\"use:rope\",\"text\":\"Climb down\",\"type\":\"conditional\","
                       "\"target_section\":1,\"conditions\":[\"a wound\"]");
}
END_TEST

START_TEST(what_is_chosen_once_is_not_shown_again)
{
    expect(snapshot(), "\"search\"");
    play("search");
    state.pending = (struct pending){.choice = 0};
    go(WHOLE_GATE);
    ck_assert(!holds(snapshot(), "\"id\":\"search\",\"text\""));
}
END_TEST

START_TEST(needs_of_the_storys_memory_have_words_only)
{
    go(WHOLE_YARD);
    expect(snapshot(), "\"needs\":[{\"text\":\"wealth\"}]");
    expect(snapshot(), "\"needs\":[{\"text\":\"patience\"}]");
}
END_TEST

START_TEST(an_item_tells_what_using_it_surely_adds)
{
    expect(snapshot(), "\"apple\":{\"name\":\"Apple\",\"quantity\":2,\"description\":\"\","
                       "\"effects\":{\"endurance\":4}}");
    /* The lamp's effects are a flag, and a stat under a condition. */
    expect(snapshot(), "\"lamp\":{\"name\":\"Lamp\",\"quantity\":1,\"description\":\"\","
                       "\"effects\":{}}");
}
END_TEST

START_TEST(a_throw_that_can_be_repeated_offers_two_choices)
{
    state.pending = (struct pending){.choice = 4, .outcome = 3};
    const struct slice text = snapshot();
    expect(text, "\"choices\":[{\"id\":\"reroll\",\"text\":\"Roll again\",\"type\":\"dice\","
                 "\"target_section\":null,\"conditions\":[],\"dice_type\":\"chance\","
                 "\"dice_results\":{\"<=2\":4,\"3\":1,\"4-5\":2,\">=6\":3}," AVAILABLE
                 ",{\"id\":\"accept\",\"text\":\"Accept the result\",\"type\":\"direct\","
                 "\"target_section\":2,\"conditions\":[],\"dice_type\":\"none\","
                 "\"dice_results\":{}," AVAILABLE "]");
    expect(text, "\"dice_type\":\"chance\",\"needs_dice\":true");
}
END_TEST

/* ---- fights ---- */

START_TEST(a_fight_shows_round_and_foes)
{
    ck_assert(!holds(snapshot(), "\"fight\""));
    go(WHOLE_DEN);
    state.fight.foe[1] = 0;
    state.fight.round = 3;
    expect(snapshot(), "\"ending\":null,\"fight\":{\"round\":3,\"foes\":["
                       "{\"name\":\"Old wolf\",\"skill\":6,\"endurance\":5,\"defeated\":false},"
                       "{\"name\":\"Young wolf\",\"skill\":4,\"endurance\":0,\"defeated\":true}]},"
                       "\"story_hash\"");
}
END_TEST

START_TEST(a_fight_has_its_choices)
{
    go(WHOLE_DEN);
    const struct slice text = snapshot();
    expect(text, "\"choices\":[{\"id\":\"attack\",\"text\":\"Attack\",\"type\":\"dice\","
                 "\"target_section\":null,\"conditions\":[],\"dice_type\":\"combat\","
                 "\"dice_results\":{\"success\":1,\"failure\":6}," AVAILABLE);
    expect(text, "{\"id\":\"luck\",\"text\":\"Attack and test your luck\",\"type\":\"dice\"");
    expect(text, "{\"id\":\"flee\",\"text\":\"Flee\",\"type\":\"conditional\","
                 "\"target_section\":2,\"conditions\":[\"after round 1\"],\"dice_type\":\"none\","
                 "\"dice_results\":{},\"available\":false,"
                 "\"needs\":[{\"text\":\"after round 1\"}]}");
    expect(text, "{\"id\":\"use:apple\"");
    ck_assert(!holds(text, "use:lamp"));
    expect(text, "\"dice_type\":\"combat\",\"needs_dice\":true");
}
END_TEST

START_TEST(throws_of_a_fight_name_the_foe)
{
    go(WHOLE_DEN);
    state.stats[WHOLE_SKILL] = LIMIT_STAT_MAX; /* so that somebody is hurt */
    play("luck");
    expect(snapshot(), "\"for\":\"combat\",\"by\":\"hero\",\"foe\":\"Old wolf\"}");
    expect(snapshot(), "\"for\":\"combat\",\"by\":\"foe\",\"foe\":\"Young wolf\"}");
    expect(snapshot(), "\"for\":\"luck\",\"target\":9,\"success\":");
    expect(encoded_event(), "\"choice_id\":\"luck\"");
    expect(encoded_event(), "\"for\":\"combat\",\"by\":\"foe\",\"foe\":\"Young wolf\"}");
}
END_TEST

/* ---- rolls ---- */

START_TEST(each_throw_says_what_it_is_for)
{
    expect(encoded_event(), "\"type\":\"start\"");
    expect(encoded_event(), "\"rolls\":[{\"dice\":\"1d6\",\"values\":[");
    expect(encoded_event(), "\"for\":\"initial\"}]");
    play("search");
    expect(encoded_event(), "\"for\":\"roll\",\"target\":9,\"at_least\":true,\"success\":");
    ck_assert_int_eq(game_reset(story, facts.seed, &state, 0, &state, &event), OK);
    play("gamble");
    expect(encoded_event(), "\"for\":\"table\"}]");
    ck_assert_int_eq(game_reset(story, facts.seed, &state, 0, &state, &event), OK);
    play("walk");
    expect(encoded_event(), "{\"dice\":\"1d6\",\"values\":[");
    expect(encoded_event(), "\"for\":\"effect\"}]");
}
END_TEST

START_TEST(what_the_story_remembers_is_never_told)
{
    static const char *const choices[] = {"use:lamp", "walk", "back", "walk"};
    uint8_t run_seed[SEED_LEN];
    char hex[2 * SEED_LEN + 1];
    dice_run_seed(facts.seed, 1, run_seed);
    crypto_hex(slice_make(run_seed, SEED_LEN), hex);
    for (size_t i = 0; i <= COUNT_OF(choices); i++) {
        /* All flags and counters of the story begin so. */
        ck_assert(!holds(snapshot(), "zq"));
        ck_assert(!holds(snapshot(), "visited"));
        ck_assert(!holds(snapshot(), "counter"));
        ck_assert(!holds(snapshot(), hex));
        ck_assert(!holds(encoded_event(), "zq"));
        ck_assert(!holds(encoded_event(), hex));
        if (i < COUNT_OF(choices) &&
            game_option_by_id(story, &state, slice_str(choices[i])) != NULL)
            play(choices[i]);
    }
    ck_assert_int_ge(state.counters[WHOLE_DAYS], 1);
}
END_TEST

/* ---- how large it can be ---- */

/* As many of the longest throws as one command can make. */
static void fill_rolls(void)
{
    for (size_t i = 0; i < LIMIT_ROLLS; i++) {
        struct roll *roll = &event.rolls[event.roll_count++];
        *roll = (struct roll){.purpose = ROLL_COMBAT_HERO,
                              .count = 2,
                              .faces = 6,
                              .values = {6, 6},
                              .total = INT32_MIN};
        if (i >= (size_t)LIMIT_LISTS * LIMIT_EFFECT_DICE)
            continue;
        *roll = (struct roll){
            .purpose = ROLL_EFFECT, .count = DICE_COUNT_MAX, .faces = 100, .total = 2000};
        memset(roll->values, 100, sizeof roll->values);
    }
}

static struct slice longest_name(size_t index)
{
    const struct slice name = arena_printf(&story->arena, "%064zu", index);
    ck_assert_uint_eq(name.len, LIMIT_ID_BYTES);
    return name;
}

START_TEST(the_largest_event_fits)
{
    struct stat_def *stat_defs = arena_array(&story->arena, LIMIT_STATS, sizeof *stat_defs);
    struct item_def *item_defs = arena_array(&story->arena, LIMIT_ITEMS, sizeof *item_defs);
    struct choice choice = *story->sections[WHOLE_GATE].choices;
    char text[LIMIT_CHOICE_TEXT_BYTES];
    for (size_t i = 0; i < LIMIT_STATS; i++)
        stat_defs[i].id = longest_name(i);
    for (size_t i = 0; i < LIMIT_ITEMS; i++)
        item_defs[i].id = longest_name(i);
    story->stats = stat_defs;
    story->stat_count = LIMIT_STATS;
    story->items = item_defs;
    story->item_count = LIMIT_ITEMS;
    memset(text, '"', sizeof text);
    choice.text = slice_make(text, sizeof text);
    choice.id = longest_name(0);
    event.kind = EVENT_CHOICE;
    event.choice = &choice;
    event.from = WHOLE_GATE;
    event.roll_count = 0;
    event.change_count = 0;
    fill_rolls();
    /* Every value changes, again and again. */
    while (event.change_count < GAME_CHANGES_MAX) {
        const size_t i = event.change_count % (LIMIT_STATS + LIMIT_ITEMS);
        const bool is_stat = i < LIMIT_STATS;
        event.changes[event.change_count++] =
            (struct change){.kind = is_stat ? EFFECT_STAT : EFFECT_ITEM,
                            .index = (int32_t)(is_stat ? i : i - LIMIT_STATS),
                            .from = -LIMIT_OWN_STAT,
                            .to = LIMIT_OWN_STAT};
    }
    const size_t len = encoded_event().len;
    ck_assert_uint_le(len, LIMIT_EVENT_BYTES);
    ck_assert_uint_ge(len, LIMIT_EVENT_BYTES / 2); /* it is meant to be large */
    /* As much as is told one by one: still within. */
    event.change_count = 3 * LIMIT_SECTION_EFFECTS + 1;
    ck_assert_uint_le(encoded_event().len, LIMIT_EVENT_BYTES);
}
END_TEST

START_TEST(many_changes_are_told_by_their_sum)
{
    event.change_count = 0;
    event.roll_count = 0;
    for (int32_t i = 0; i < 100; i++)
        event.changes[event.change_count++] =
            (struct change){.kind = EFFECT_GOLD, .from = i, .to = i + 1};
    event.changes[event.change_count++] =
        (struct change){.kind = EFFECT_STAT, .index = WHOLE_SKILL, .from = 9, .to = 3};
    event.changes[event.change_count++] =
        (struct change){.kind = EFFECT_STAT, .index = WHOLE_SKILL, .from = 3, .to = 9};
    event.changes[event.change_count++] =
        (struct change){.kind = EFFECT_ITEM, .index = WHOLE_ROPE, .from = 1, .to = 0};
    event.changes[event.change_count++] = (struct change){.kind = EFFECT_COUNTER, .to = 1};
    expect(encoded_event(), "\"changes\":[{\"gold\":true,\"from\":0,\"to\":100},"
                            "{\"item\":\"rope\",\"from\":1,\"to\":0}]}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot of every rule");
    TCase *tcase = tcase_create("snapshot");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, choices_say_what_they_are);
    tcase_add_test(tcase, hidden_choices_and_uses_are_not_shown);
    tcase_add_test(tcase, what_is_chosen_once_is_not_shown_again);
    tcase_add_test(tcase, needs_of_the_storys_memory_have_words_only);
    tcase_add_test(tcase, an_item_tells_what_using_it_surely_adds);
    tcase_add_test(tcase, a_throw_that_can_be_repeated_offers_two_choices);
    tcase_add_test(tcase, a_fight_shows_round_and_foes);
    tcase_add_test(tcase, a_fight_has_its_choices);
    tcase_add_test(tcase, throws_of_a_fight_name_the_foe);
    tcase_add_test(tcase, each_throw_says_what_it_is_for);
    tcase_add_test(tcase, what_the_story_remembers_is_never_told);
    tcase_add_test(tcase, the_largest_event_fits);
    tcase_add_test(tcase, many_changes_are_told_by_their_sum);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
