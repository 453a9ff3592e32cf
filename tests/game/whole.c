#include "tests/game/whole.h"

#include <string.h>

#include "app/game/expr.h"

/* ---- expressions ---- */

static const struct expr one_die = {.kind = EXPR_DICE, .value = 1, .faces = 6};
static const struct expr two_dice = {.kind = EXPR_DICE, .value = 2, .faces = 6};
static const struct expr six = {.kind = EXPR_NUMBER, .value = 6};
static const struct expr nine = {.kind = EXPR_NUMBER, .value = 9};
static const struct expr die_and_six = {.kind = EXPR_ADD, .left = &one_die, .right = &six};
static const struct expr days = {.kind = EXPR_COUNTER, .value = WHOLE_DAYS};
static const struct expr gold = {.kind = EXPR_GOLD};
static const struct expr apples = {.kind = EXPR_ITEM, .value = WHOLE_APPLE};
static const struct expr roll = {.kind = EXPR_ROLL};
static const struct expr been_in_den = {.kind = EXPR_VISITED, .value = WHOLE_DEN};
static const struct expr skill = {.kind = EXPR_STAT, .value = WHOLE_SKILL};
static const struct expr wealth = {.kind = EXPR_ADD, .left = &gold, .right = &apples};
static const struct expr is_rich = {.kind = EXPR_GREATER_EQUAL, .left = &wealth, .right = &six};
static const struct expr roll_or_days = {.kind = EXPR_MAX, .left = &roll, .right = &days};
static const struct expr minus_die = {.kind = EXPR_NEGATE, .left = &one_die};
static const struct expr fame = {.kind = EXPR_MULTIPLY, .left = &been_in_den, .right = &nine};

/* ---- conditions ---- */

static const struct condition lit = {
    .kind = CONDITION_FLAG, .index = 0, .text = SLICE_INIT("a light")};
static const struct condition waited = {.kind = CONDITION_COUNTER,
                                        .index = WHOLE_DAYS,
                                        .min = 2,
                                        .max = INT32_MAX,
                                        .text = SLICE_INIT("patience")};
static const struct condition rich = {
    .kind = CONDITION_TEST, .test = &is_rich, .text = SLICE_INIT("wealth")};
static const struct condition rolled_high = {
    .kind = CONDITION_ROLL, .min = 8, .max = INT32_MAX, .text = SLICE_INIT("a high roll")};
static const struct condition den_known = {
    .kind = CONDITION_VISITED, .index = WHOLE_DEN, .text = SLICE_INIT("knowledge of the den")};
static const struct condition hurt = {.kind = CONDITION_STAT,
                                      .index = WHOLE_ENDURANCE,
                                      .min = INT32_MIN,
                                      .max = 8,
                                      .text = SLICE_INIT("a wound")};
static const struct condition payable = {
    .kind = CONDITION_GOLD, .min = 1, .max = INT32_MAX, .text = SLICE_INIT("1 gold")};

/* ---- effects ---- */

#define LIST(list) .effects = (list), .effect_count = COUNT_OF(list)

static const struct effect walking[] = {
    {.kind = EFFECT_COUNTER, .index = WHOLE_DAYS, .value = 1},
    {.kind = EFFECT_STAT, .index = WHOLE_ENDURANCE, .value = -1, .when = &waited},
};
static const struct effect arriving[] = {
    {.kind = EFFECT_COUNTER, .index = WHOLE_DOOM, .amount = &one_die},
    {.kind = EFFECT_STAT, .index = WHOLE_POWER, .amount = &roll_or_days},
    {.kind = EFFECT_ITEM, .index = WHOLE_APPLE, .value = 1},
    {.kind = EFFECT_GO, .index = WHOLE_MAZE, .when = &rolled_high},
};
static const struct effect leaving[] = {
    {.kind = EFFECT_GOLD, .amount = &fame},
    {.kind = EFFECT_FLAG, .index = 0, .set = true},
};
static const struct effect eating[] = {
    {.kind = EFFECT_STAT, .index = WHOLE_ENDURANCE, .value = 4},
};
static const struct effect lighting[] = {
    {.kind = EFFECT_FLAG, .index = 0, .set = true, .value = 1},
    {.kind = EFFECT_STAT, .index = WHOLE_CHANCE, .value = 1, .when = &lit},
};
static const struct effect climbing[] = {{.kind = EFFECT_GO, .index = WHOLE_PIT}};
static const struct effect price[] = {{.kind = EFFECT_GOLD, .value = -1}};
static const struct effect injury[] = {
    {.kind = EFFECT_STAT, .index = WHOLE_ENDURANCE, .amount = &minus_die}};
static const struct effect prize[] = {{.kind = EFFECT_GOLD, .amount = &two_dice}};
static const struct effect circling[] = {
    {.kind = EFFECT_COUNTER, .index = WHOLE_DOOM, .value = 1},
    {.kind = EFFECT_GO, .index = WHOLE_MAZE},
};

/* ---- choices ---- */

static const struct outcome outcomes[] = {
    {.max = 2, .target = WHOLE_PIT, LIST(injury)},
    {.max = 3, .target = WHOLE_GATE},
    {.max = 5, .target = WHOLE_YARD, LIST(prize)},
    {.max = INT32_MAX, .target = WHOLE_DEN},
};

static const struct choice gate_choices[] = {
    {.id = SLICE_INIT("walk"), .text = SLICE_INIT("Walk on"), .target = WHOLE_YARD, LIST(walking)},
    {.id = SLICE_INIT("whisper"),
     .text = SLICE_INIT("Whisper the word"),
     .type = CHOICE_CONDITIONAL,
     .condition = &den_known,
     .hidden = true,
     .target = WHOLE_THRONE},
    {.id = SLICE_INIT("search"),
     .text = SLICE_INIT("Search the wall"),
     .type = CHOICE_DICE,
     .once = 1,
     .check = {.type = DICE_ROLL,
               .throw = &die_and_six,
               .goal = &skill,
               .at_least = true,
               .rerolls = 2,
               .reroll_when = &payable,
               .reroll_effects = price,
               .reroll_effect_count = COUNT_OF(price)},
     .target = WHOLE_YARD,
     .target_failure = WHOLE_PIT},
    {.id = SLICE_INIT("gamble"),
     .text = SLICE_INIT("Throw the bones"),
     .type = CHOICE_MIXED,
     .condition = &payable,
     LIST(price),
     .check = {.type = DICE_TABLE,
               .throw = &one_die,
               .outcomes = outcomes,
               .outcome_count = COUNT_OF(outcomes),
               .rerolls = 1},
     .target = -1,
     .target_failure = -1},
    {.id = SLICE_INIT("pray"),
     .text = SLICE_INIT("Trust your luck"),
     .type = CHOICE_DICE,
     .check = {.type = DICE_LUCK, .stat = WHOLE_CHANCE},
     .target = WHOLE_YARD,
     .target_failure = WHOLE_DEN},
};

static const struct choice yard_choices[] = {
    {.id = SLICE_INIT("back"), .text = SLICE_INIT("Go back"), .target = WHOLE_GATE},
    {.id = SLICE_INIT("buy"),
     .text = SLICE_INIT("Buy the throne"),
     .type = CHOICE_CONDITIONAL,
     .condition = &rich,
     .once = 2,
     .target = WHOLE_THRONE},
    {.id = SLICE_INIT("rest"),
     .text = SLICE_INIT("Rest a while"),
     .type = CHOICE_CONDITIONAL,
     .condition = &waited,
     .target = WHOLE_YARD},
    {.id = SLICE_INIT("dare"),
     .text = SLICE_INIT("Jump"),
     .type = CHOICE_DICE,
     .check = {.type = DICE_CHANCE, .stat = WHOLE_SKILL, .modifier = 1, .rerolls = 1},
     .target = WHOLE_MAZE,
     .target_failure = WHOLE_PIT},
    {.id = SLICE_INIT("duel"),
     .text = SLICE_INIT("Fight the guard"),
     .type = CHOICE_DICE,
     .check = {.type = DICE_COMBAT,
               .stat = WHOLE_SKILL,
               .endurance = WHOLE_ENDURANCE,
               .foe_name = SLICE_INIT("Guard"),
               .foe_skill = 7,
               .foe_endurance = 6,
               .damage = 2},
     .target = WHOLE_DEN,
     .target_failure = WHOLE_GRAVE},
};

static const struct choice maze_choices[] = {
    {.id = SLICE_INIT("out"), .text = SLICE_INIT("Find a way out"), .target = WHOLE_GATE},
};

/* ---- fights ---- */

static const struct foe wolves[] = {
    {.name = SLICE_INIT("Old wolf"), .skill = 6, .endurance = 5, .damage = 2},
    {.name = SLICE_INIT("Young wolf"), .skill = 4, .endurance = 4, .damage = 1},
};
static const struct foe worm[] = {
    {.name = SLICE_INIT("Worm"), .skill = 8, .endurance = 9, .damage = 3},
};

static const struct fight wolf_fight = {.foes = wolves,
                                        .foe_count = COUNT_OF(wolves),
                                        .together = true,
                                        .skill = WHOLE_SKILL,
                                        .endurance = WHOLE_ENDURANCE,
                                        .damage = 2,
                                        .luck = WHOLE_CHANCE,
                                        .flee_target = WHOLE_YARD,
                                        .flee_after = 1,
                                        .flee_effects = price,
                                        .flee_effect_count = COUNT_OF(price),
                                        .win = WHOLE_GATE,
                                        .lose = WHOLE_GRAVE};
static const struct fight worm_fight = {.foes = worm,
                                        .foe_count = COUNT_OF(worm),
                                        .skill = WHOLE_SKILL,
                                        .endurance = WHOLE_ENDURANCE,
                                        .damage = 2,
                                        .luck = -1,
                                        .flee_target = -1,
                                        .win = WHOLE_THRONE,
                                        .lose = WHOLE_GRAVE};

/* ---- the story ---- */

static const struct stat_def stats[WHOLE_STATS] = {
    [WHOLE_ENDURANCE] = {.id = SLICE_INIT("endurance"),
                         .name = SLICE_INIT("Endurance"),
                         .max = LIMIT_STAT_MAX,
                         .zero_section = WHOLE_GRAVE,
                         .initial_dice = &die_and_six},
    [WHOLE_CHANCE] = {.id = SLICE_INIT("chance"),
                      .name = SLICE_INIT("Luck"),
                      .max = LIMIT_STAT_MAX,
                      .initial = 9,
                      .zero_section = -1},
    [WHOLE_SKILL] = {.id = SLICE_INIT("skill"),
                     .name = SLICE_INIT("Skill"),
                     .max = LIMIT_STAT_MAX,
                     .initial = 9,
                     .zero_section = -1},
    [WHOLE_POWER] = {.id = SLICE_INIT("power"),
                     .name = SLICE_INIT("Power"),
                     .min = -10,
                     .max = 10,
                     .zero_section = WHOLE_YARD},
};

static const struct counter_def counters[WHOLE_COUNTERS] = {
    [WHOLE_DAYS] = {.id = SLICE_INIT("zq-days"), .max = 99},
    [WHOLE_DOOM] = {.id = SLICE_INIT("zq-doom"), .min = -5, .max = 1000, .initial = -5},
};

static const struct slice flags[] = {SLICE_INIT("zq-lit")};

#define SECTION(n, words)                                                                          \
    .number = (n), .html = SLICE_INIT("<p>" words "</p>"), .summary = SLICE_INIT(words)
#define CHOICES(list) .choices = (list), .choice_count = COUNT_OF(list)

static const struct section sections[] = {
    [WHOLE_GATE] = {SECTION(1, "A gate."), CHOICES(gate_choices), .leave = leaving,
                    .leave_count = COUNT_OF(leaving)},
    [WHOLE_YARD] = {SECTION(2, "A yard."), CHOICES(yard_choices), LIST(arriving)},
    [WHOLE_DEN] = {SECTION(3, "A den."), .fight = &wolf_fight},
    [WHOLE_PIT] = {SECTION(4, "A pit."), .fight = &worm_fight},
    [WHOLE_MAZE] = {SECTION(5, "A maze."), CHOICES(maze_choices), LIST(circling)},
    [WHOLE_GRAVE] = {SECTION(6, "A grave."), .ending = ENDING_LOST,
                     .ending_title = SLICE_INIT("Under the hill")},
    [WHOLE_THRONE] = {SECTION(7, "A throne."), .ending = ENDING_WON,
                      .ending_title = SLICE_INIT("Crowned")},
};

static void *copy(struct arena *arena, const void *list, size_t count, size_t size)
{
    void *ret = arena_array(arena, count, size);
    if (count > 0)
        memcpy(ret, list, count * size);
    return ret;
}

static void add_use(struct story *story, struct item_def *item, struct item_use use)
{
    item->use = copy(&story->arena, &use, 1, sizeof use);
}

static void add_items(struct story *story)
{
    struct item_def *items = arena_array(&story->arena, WHOLE_ITEMS, sizeof *items);
    items[WHOLE_APPLE] =
        (struct item_def){.id = SLICE("apple"), .name = SLICE("Apple"), .initial = 2};
    items[WHOLE_LAMP] = (struct item_def){.id = SLICE("lamp"), .name = SLICE("Lamp"), .initial = 1};
    items[WHOLE_ROPE] = (struct item_def){.id = SLICE("rope"), .name = SLICE("Rope"), .initial = 1};
    add_use(story, &items[WHOLE_APPLE],
            (struct item_use){.choice = {.text = SLICE("Eat the apple"), LIST(eating)},
                              .in_fight = true});
    add_use(story, &items[WHOLE_LAMP],
            (struct item_use){.choice = {.text = SLICE("Light the lamp"), LIST(lighting)},
                              .keep = true});
    add_use(story, &items[WHOLE_ROPE],
            (struct item_use){
                .choice = {.text = SLICE("Climb down"), .condition = &hurt, LIST(climbing)}});
    story->items = items;
    story->item_count = WHOLE_ITEMS;
}

static void add_sections(struct story *story)
{
    struct section *list = copy(&story->arena, sections, COUNT_OF(sections), sizeof sections[0]);
    for (size_t i = 0; i < COUNT_OF(sections); i++)
        list[i].choices = copy(&story->arena, sections[i].choices, sections[i].choice_count,
                               sizeof sections[i].choices[0]);
    story->sections = list;
    story->section_count = COUNT_OF(sections);
}

struct story *whole_story(void)
{
    struct story *story = story_new();
    story->id = SLICE("whole");
    story->title = SLICE("The Whole");
    story->language = SLICE("en");
    story->hero = SLICE("Hero");
    story->capacity = 6;
    story->gold = 3;
    story->stats = stats;
    story->stat_count = COUNT_OF(stats);
    story->counters = counters;
    story->counter_count = COUNT_OF(counters);
    story->flags = flags;
    story->flag_count = COUNT_OF(flags);
    story->once_count = 2;
    story->tracks_visits = true;
    story->tracks_roll = true;
    add_items(story);
    add_sections(story);
    story_finish(story);
    return story;
}
