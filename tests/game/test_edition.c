#include "app/game/edition.h"

#include <stdio.h>
#include <string.h>

#include "app/game/expr.h"
#include "tests/game/generate.h"
#include "tests/game/sample.h"
#include "tests/support/support.h"

enum { FOES = 2, COUNTERS = 2, OUTCOMES = 2, LINES_MAX = 3 };

/* The sample, where everything has a name: CELL has a fight; of START's choices "a" can be taken
 * once, the throws of "b" (a roll) and "c" (a table) can be repeated. */
struct edition {
    struct sample sample;
    struct counter_def counters[COUNTERS];
    struct foe foes[FOES];
    struct fight fight;
    struct outcome outcomes[OUTCOMES];
    char flag_names[SAMPLE_FLAGS][8];
};

static const struct expr die = {.kind = EXPR_DICE, .value = 1, .faces = 6};
static const struct expr six = {.kind = EXPR_NUMBER, .value = 6};

static void add_names(struct edition *edition)
{
    static const char *const stat_ids[SAMPLE_STATS] = {"endurance", "chance", "skill"};
    static const char *const item_ids[SAMPLE_ITEMS] = {"rope", "lamp", "nut"};
    struct sample *sample = &edition->sample;
    for (size_t i = 0; i < SAMPLE_STATS; i++)
        sample->stats[i].id = slice_str(stat_ids[i]);
    for (size_t i = 0; i < SAMPLE_ITEMS; i++)
        sample->items[i].id = slice_str(item_ids[i]);
    for (size_t i = 0; i < SAMPLE_FLAGS; i++) {
        snprintf(edition->flag_names[i], sizeof edition->flag_names[i], "f%zu", i);
        sample->flags[i] = slice_str(edition->flag_names[i]);
    }
}

static void add_checks(struct edition *edition)
{
    struct sample *sample = &edition->sample;
    edition->outcomes[0] = (struct outcome){.max = 3, .target = HALL};
    edition->outcomes[1] = (struct outcome){.max = INT32_MAX, .target = CELL};
    sample->choices[0].once = 1;
    sample->story.once_count = 1;
    sample->choices[1].check =
        (struct check){.type = DICE_ROLL, .throw = &die, .goal = &six, .rerolls = 2};
    sample->choices[1].target_failure = HALL;
    sample->choices[2].target = -1;
    sample->choices[2].check = (struct check){.type = DICE_TABLE,
                                              .throw = &die,
                                              .outcomes = edition->outcomes,
                                              .outcome_count = OUTCOMES,
                                              .rerolls = 1};
}

static void add_fight(struct edition *edition)
{
    edition->foes[0] = (struct foe){SLICE("Wolf"), 6, 5, 2};
    edition->foes[1] = (struct foe){SLICE("Cub"), 4, 3, 1};
    edition->fight = (struct fight){.foes = edition->foes,
                                    .foe_count = FOES,
                                    .skill = SKILL,
                                    .endurance = ENDURANCE,
                                    .damage = 2,
                                    .luck = -1,
                                    .flee_target = -1,
                                    .win = HALL,
                                    .lose = DEATH};
    edition->sample.sections[CELL].fight = &edition->fight;
}

/* The edition points into itself: it stays where it is. */
static void edition_init(struct edition *edition)
{
    sample_init(&edition->sample);
    add_names(edition);
    add_checks(edition);
    add_fight(edition);
    struct story *story = &edition->sample.story;
    edition->counters[0] = (struct counter_def){.id = SLICE("days"), .max = 99};
    edition->counters[1] = (struct counter_def){.id = SLICE("doom"), .max = 9, .initial = 4};
    story->counters = edition->counters;
    story->counter_count = COUNTERS;
    story->tracks_visits = true;
    story->tracks_roll = true;
    story->foes_max = FOES;
    story->has_rerolls = true;
    for (size_t i = 0; i < SAMPLE_CHOICES; i++)
        edition->sample.choices[i].index = (int32_t)i;
    /* In HALL the hero can go on as well. */
    edition->sample.sections[HALL].choices = &edition->sample.choices[3];
    edition->sample.sections[HALL].choice_count = 1;
}

/* A state with something in every part of it; the hero is in HALL. */
static struct state state_of(const struct edition *edition)
{
    struct state state = {.version = 9,
                          .run = 2,
                          .section = HALL,
                          .gold = 3,
                          .stats = {[ENDURANCE] = 12, [CHANCE] = 8, [SKILL] = 10},
                          .items = {[ROPE] = 2, [LAMP] = 1},
                          .flags = {0x05},
                          .name_len = 4,
                          .name = "Hero",
                          .counters = {7, 5},
                          .last_roll = 6,
                          .visited = {1U << START | 1U << HALL},
                          .chosen = {1}};
    ck_assert_int_eq(state_check(&state, &edition->sample.story), OK);
    return state;
}

static void go_to(struct state *state, int32_t section)
{
    state->section = section;
    state->visited[0] |= (uint8_t)(1U << section);
}

static void in_fight(struct state *state)
{
    go_to(state, CELL);
    state->fight = (struct fight_state){.round = 2, .foe = {0, 3}};
}

static void before_fight(struct state *state)
{
    go_to(state, CELL);
    state->fight = (struct fight_state){.foe = {5, 3}};
}

static void waits_for_roll(struct state *state)
{
    go_to(state, START);
    state->pending = (struct pending){.choice = 2, .rerolled = 1};
}

static void waits_for_table(struct state *state)
{
    go_to(state, START);
    state->pending = (struct pending){.choice = 3, .outcome = 2};
}

static void at_death(struct state *state)
{
    go_to(state, DEATH);
    state->status = GAME_LOST;
}

/* ---- what the newer edition changes ---- */

static void nothing(struct edition *to)
{
    (void)to;
}

static void section_gone(struct edition *to)
{
    to->sample.sections[HALL].number = 21;
}

static void section_before(struct edition *to)
{
    /* One more in front: every index is another one. */
    static struct section list[SAMPLE_SECTIONS + 1];
    list[0] = (struct section){.number = 1};
    memcpy(&list[1], to->sample.sections, sizeof to->sample.sections);
    to->sample.story.sections = list;
    to->sample.story.section_count = COUNT_OF(list);
    for (size_t i = 0; i < OUTCOMES; i++)
        to->outcomes[i].target++;
}

static void visited_gone(struct edition *to)
{
    to->sample.sections[START].number = 11;
}

static void ends_here(struct edition *to)
{
    to->sample.sections[HALL].ending = ENDING_WON;
}

static void death_is_no_end(struct edition *to)
{
    to->sample.sections[DEATH].ending = ENDING_NONE;
}

static void death_is_won(struct edition *to)
{
    to->sample.sections[DEATH].ending = ENDING_WON;
}

static void no_way_on(struct edition *to)
{
    to->sample.sections[HALL].choice_count = 0;
}

static void stats_turned(struct edition *to)
{
    to->sample.stats[CHANCE].id = SLICE("skill");
    to->sample.stats[SKILL].id = SLICE("chance");
}

static void stat_lower(struct edition *to)
{
    to->sample.stats[ENDURANCE].max = 11;
    to->sample.stats[ENDURANCE].initial = 11;
}

static void stat_other(struct edition *to)
{
    to->sample.stats[SKILL].id = SLICE("wits");
    to->sample.stats[SKILL].initial = 6;
}

static void stat_thrown(struct edition *to)
{
    to->sample.stats[SKILL].id = SLICE("wits");
    to->sample.stats[SKILL].initial_dice = &die;
}

static void item_other(struct edition *to)
{
    to->sample.items[ROPE].id = SLICE("cord");
}

static void unused_item_other(struct edition *to)
{
    to->sample.items[NUT].id = SLICE("apple");
    to->sample.items[NUT].initial = 2;
}

static void less_room(struct edition *to)
{
    to->sample.story.capacity = 2;
}

static void flag_other(struct edition *to)
{
    to->sample.flags[2] = SLICE("new");
}

static void unset_flag_gone(struct edition *to)
{
    to->sample.story.flag_count = 3;
}

static void counter_other(struct edition *to)
{
    to->counters[0].id = SLICE("weeks");
    to->counters[0].initial = 1;
}

static void counter_lower(struct edition *to)
{
    to->counters[0].max = 6;
}

static void remembers_nothing(struct edition *to)
{
    to->sample.story.tracks_visits = false;
    to->sample.story.tracks_roll = false;
}

static void chosen_gone(struct edition *to)
{
    to->sample.choices[0].id = SLICE("z");
}

static void foes_other(struct edition *to)
{
    to->foes[1].skill = 5;
}

static void no_fight(struct edition *to)
{
    to->sample.sections[CELL].fight = NULL;
    to->sample.sections[CELL].choices = to->sample.choices;
    to->sample.sections[CELL].choice_count = 1;
}

static void fight_in_hall(struct edition *to)
{
    to->sample.sections[HALL].fight = &to->fight;
}

static void roll_moved(struct edition *to)
{
    const struct choice b = to->sample.choices[1];
    to->sample.choices[1] = to->sample.choices[3];
    to->sample.choices[3] = b;
    to->sample.choices[1].index = 1;
    to->sample.choices[3].index = 3;
}

static void roll_gone(struct edition *to)
{
    to->sample.choices[1].id = SLICE("z");
}

static void roll_once_less(struct edition *to)
{
    to->sample.choices[1].check.rerolls = 1;
}

static void roll_is_luck(struct edition *to)
{
    to->sample.choices[1].check.type = DICE_LUCK;
}

static void table_other(struct edition *to)
{
    to->outcomes[1].target = HALL;
}

static void table_line_more(struct edition *to)
{
    to->outcomes[0].max = 4;
}

struct expected {
    const char *text;
    bool is_secret;
};

#define PLAIN(words)                                                                               \
    {                                                                                              \
        (words), false                                                                             \
    }
#define SECRET(words)                                                                              \
    {                                                                                              \
        (words), true                                                                              \
    }

static const struct {
    const char *why;
    void (*play)(struct state *state); /* NULL: the hero stays in HALL */
    void (*change)(struct edition *to);
    bool maps;
    struct expected lines[LINES_MAX]; /* the reasons, or when it maps the notes */
} cases[] = {
    {"nothing has changed", NULL, nothing, true, {{NULL, false}}},
    {"a section more", NULL, section_before, true, {{NULL, false}}},
    {"the section is gone",
     NULL,
     section_gone,
     false,
     {PLAIN("section 20, where the hero is, is gone")}},
    {"a visited section is gone",
     NULL,
     visited_gone,
     true,
     {PLAIN("visited sections that are gone: 1"),
      PLAIN("choices that were taken for good and are gone: 1")}},
    {"the section is an ending",
     NULL,
     ends_here,
     false,
     {PLAIN("section 20, where the hero is, is an ending now")}},
    {"the ending is none",
     at_death,
     death_is_no_end,
     false,
     {PLAIN("section 40, where the hero is, is no ending now")}},
    {"the ending is another one",
     at_death,
     death_is_won,
     false,
     {PLAIN("section 40, where the hero is, is another ending now")}},
    {"nothing to choose",
     NULL,
     no_way_on,
     false,
     {PLAIN("in section 20, where the hero is, there would be nothing to choose")}},
    {"stats in another order", NULL, stats_turned, true, {{NULL, false}}},
    {"a stat has less room",
     NULL,
     stat_lower,
     false,
     {PLAIN("the stat \"endurance\" is 12, and is now to be within 0 and 11")}},
    {"a stat is new, another one gone",
     NULL,
     stat_other,
     true,
     {PLAIN("the stat \"wits\" is new and begins with 6"),
      PLAIN("the stat \"skill\", which is 10, is dropped")}},
    {"a new stat is thrown",
     NULL,
     stat_thrown,
     false,
     {PLAIN("the stat \"wits\" is new, and thrown when a run begins")}},
    {"an item that is carried is gone",
     NULL,
     item_other,
     false,
     {PLAIN("the item \"rope\", of which it carries 2, is gone")}},
    {"an item that is not carried is gone",
     NULL,
     unused_item_other,
     true,
     {PLAIN("the item \"apple\" is new; who begins now has 2, this hero has none")}},
    {"less can be carried",
     NULL,
     less_room,
     false,
     {PLAIN("it carries 3 things, and only 2 can be carried now")}},
    {"a set flag is gone, another one new",
     NULL,
     flag_other,
     true,
     {SECRET("the flag \"new\" is new and begins unset"),
      SECRET("the flag \"f2\", which is set, is dropped")}},
    {"flags that are not set are gone", NULL, unset_flag_gone, true, {{NULL, false}}},
    {"a counter is gone, another one new",
     NULL,
     counter_other,
     true,
     {SECRET("the counter \"weeks\" is new and begins with 1"),
      SECRET("the counter \"days\", which is 7, is dropped")}},
    {"a counter has less room",
     NULL,
     counter_lower,
     false,
     {SECRET("the counter \"days\" is 7, and is now to be within 0 and 6")}},
    {"nothing is remembered any more", NULL, remembers_nothing, true, {{NULL, false}}},
    {"a choice that was taken for good is gone",
     NULL,
     chosen_gone,
     true,
     {PLAIN("choices that were taken for good and are gone: 1")}},
    {"a fight with the same foes", in_fight, section_before, true, {{NULL, false}}},
    {"a fight with other foes",
     in_fight,
     foes_other,
     false,
     {PLAIN("it is in the middle of a fight, whose foes have changed")}},
    {"a fight that is gone",
     in_fight,
     no_fight,
     false,
     {PLAIN("it is in the middle of a fight, and there is none here any more")}},
    {"a fight that has not begun, other foes",
     before_fight,
     foes_other,
     true,
     {PLAIN("the fight that is about to begin has other foes")}},
    {"a fight that has not begun is gone",
     before_fight,
     no_fight,
     true,
     {PLAIN("there is no fight here any more")}},
    {"a new fight", NULL, fight_in_hall, true, {PLAIN("there is a fight here now")}},
    {"a waiting throw, choices in another order",
     waits_for_roll,
     roll_moved,
     true,
     {{NULL, false}}},
    {"a waiting throw whose choice is gone",
     waits_for_roll,
     roll_gone,
     false,
     {PLAIN("a throw waits for a word, and its choice \"b\" is gone")}},
    {"a waiting throw that cannot be repeated as often",
     waits_for_roll,
     roll_once_less,
     false,
     {PLAIN("a throw waits for a word, and its choice \"b\" throws otherwise now")}},
    {"a waiting throw of another kind",
     waits_for_roll,
     roll_is_luck,
     false,
     {PLAIN("a throw waits for a word, and its choice \"b\" throws otherwise now")}},
    {"a waiting table", waits_for_table, section_before, true, {{NULL, false}}},
    {"a waiting table that leads elsewhere",
     waits_for_table,
     table_other,
     false,
     {PLAIN("a throw waits for a word, and its choice \"c\" throws otherwise now")}},
    {"a waiting table with other lines",
     waits_for_table,
     table_line_more,
     false,
     {PLAIN("a throw waits for a word, and its choice \"c\" throws otherwise now")}},
};

static void lines_are(const struct edition_lines *lines, const struct expected *expected,
                      const char *why)
{
    const struct edition_line *line = lines->first;
    size_t count = 0;
    for (; count < LINES_MAX && expected[count].text; count++) {
        ck_assert_msg(line != NULL, "%s: line %zu is missing", why, count);
        ck_assert_slice_str(line->text, expected[count].text);
        ck_assert_int_eq(line->is_secret, expected[count].is_secret);
        line = line->next;
    }
    ck_assert_msg(!line && lines->count == count, "%s: more lines", why);
}

START_TEST(a_game_maps_or_says_why_not)
{
    static struct edition from, to;
    static const struct expected none[1];
    struct arena arena = {.blocks = NULL};
    struct edition_report report;
    edition_init(&from);
    edition_init(&to);
    cases[_i].change(&to);
    struct state state = state_of(&from);
    if (cases[_i].play)
        cases[_i].play(&state);
    ck_assert_int_eq(state_check(&state, &from.sample.story), OK);
    struct state next = {.version = 77};
    const enum status st =
        edition_map(&from.sample.story, &state, &to.sample.story, &arena, &report, &next);
    ck_assert_msg(st == (cases[_i].maps ? OK : ERR_NOT_MIGRATABLE), "%s: %s", cases[_i].why,
                  status_name(st));
    if (cases[_i].maps) {
        lines_are(&report.reasons, none, cases[_i].why);
        lines_are(&report.notes, cases[_i].lines, cases[_i].why);
        ck_assert_int_eq(state_check(&next, &to.sample.story), OK);
    } else {
        lines_are(&report.reasons, cases[_i].lines, cases[_i].why);
        ck_assert_uint_eq(next.version, 77);
    }
    arena_release(&arena);
}
END_TEST

/* Maps the state of state_of, which `play` changes, to an edition that `change` makes. */
static struct state mapped(struct edition *to, void (*play)(struct state *state),
                           void (*change)(struct edition *to))
{
    static struct edition from;
    struct arena arena = {.blocks = NULL};
    struct edition_report report;
    edition_init(&from);
    edition_init(to);
    change(to);
    struct state state = state_of(&from);
    if (play)
        play(&state);
    struct state next;
    ck_assert_int_eq(
        edition_map(&from.sample.story, &state, &to->sample.story, &arena, &report, &next), OK);
    arena_release(&arena);
    return next;
}

START_TEST(what_has_another_place_is_found_by_its_name)
{
    static struct edition to;
    struct state next = mapped(&to, NULL, section_before);
    ck_assert_int_eq(next.section, HALL + 1);
    ck_assert_uint_eq(next.visited[0], (1U << START | 1U << HALL) << 1);
    ck_assert_uint_eq(next.chosen[0], 1);
    next = mapped(&to, NULL, stats_turned);
    ck_assert_int_eq(next.stats[ENDURANCE], 12);
    ck_assert_int_eq(next.stats[CHANCE], 10);
    ck_assert_int_eq(next.stats[SKILL], 8);
    next = mapped(&to, waits_for_roll, roll_moved);
    ck_assert_uint_eq(next.pending.choice, 4);
    ck_assert_uint_eq(next.pending.rerolled, 1);
    next = mapped(&to, waits_for_table, section_before);
    ck_assert_uint_eq(next.pending.choice, 3);
    ck_assert_uint_eq(next.pending.outcome, 2);
    next = mapped(&to, in_fight, section_before);
    ck_assert_int_eq(next.fight.round, 2);
    ck_assert_int_eq(next.fight.foe[1], 3);
}
END_TEST

START_TEST(what_is_new_begins_as_in_a_new_game_but_for_items)
{
    static struct edition to;
    ck_assert_int_eq(mapped(&to, NULL, stat_other).stats[SKILL], 6);
    ck_assert_int_eq(mapped(&to, NULL, counter_other).counters[0], 1);
    ck_assert_int_eq(mapped(&to, NULL, unused_item_other).items[NUT], 0);
    ck_assert_uint_eq(mapped(&to, NULL, flag_other).flags[0], 0x01);
    ck_assert_uint_eq(mapped(&to, NULL, chosen_gone).chosen[0], 0);
    const struct state fighting = mapped(&to, NULL, fight_in_hall);
    ck_assert_int_eq(fighting.fight.foe[0], 5);
    ck_assert_int_eq(fighting.fight.round, 0);
}
END_TEST

START_TEST(what_is_asked_for_only_now_is_told)
{
    static struct edition from, to;
    struct arena arena = {.blocks = NULL};
    struct edition_report report;
    static const struct expected notes[LINES_MAX] = {
        PLAIN("the last throw is asked for now; it is 0 until the next one"),
        PLAIN("visited sections are asked for now; it only knows of the one where the hero is")};
    edition_init(&from);
    edition_init(&to);
    struct state state = state_of(&from);
    remembers_nothing(&from);
    state.last_roll = 0;
    memset(state.visited, 0, sizeof state.visited);
    ck_assert_int_eq(
        edition_map(&from.sample.story, &state, &to.sample.story, &arena, &report, &state), OK);
    lines_are(&report.notes, notes, "memory");
    ck_assert_uint_eq(state.visited[0], 1U << HALL);
    arena_release(&arena);
}
END_TEST

START_TEST(a_game_goes_on_with_a_newer_edition_in_a_run_of_its_own)
{
    static struct edition from, to;
    static struct event event;
    struct arena arena = {.blocks = NULL};
    struct edition_report report;
    edition_init(&from);
    edition_init(&to);
    section_before(&to);
    from.sample.story.hash[0] = 0xab;
    struct state state = state_of(&from);
    state.timeline = (struct timeline){.turn = 4, .reach = 7, .before = 3, .origin = 4, .loads = 1};
    struct state next;
    ck_assert_int_eq(edition_migrate(&from.sample.story, &state, &to.sample.story, 5, &arena,
                                     &report, &next, &event),
                     OK);
    ck_assert_uint_eq(next.version, 10);
    ck_assert_uint_eq(next.run, 3);
    ck_assert_uint_eq(next.timeline.loads, 0);
    ck_assert_int_eq(event.kind, EVENT_MIGRATE);
    ck_assert_uint_eq(event.version, 10);
    ck_assert_int_eq(event.at_ms, 5);
    ck_assert_int_eq(event.from, HALL + 1);
    ck_assert_int_eq(event.to, HALL + 1);
    ck_assert_uint_eq(event.story_from[0], 0xab);
    /* Nobody goes back behind it. */
    struct state back;
    ck_assert_uint_eq(game_undo_target(&next), 9);
    ck_assert_int_eq(game_load(&to.sample.story, &next, &state, 6, &back, &event), ERR_OTHER_RUN);
    arena_release(&arena);
}
END_TEST

START_TEST(a_game_that_is_over_or_does_not_map_stays_as_it_is)
{
    static struct edition from, to;
    static struct event event;
    struct arena arena = {.blocks = NULL};
    struct edition_report report;
    struct state next = {.version = 77};
    edition_init(&from);
    edition_init(&to);
    struct state state = state_of(&from);
    at_death(&state);
    ck_assert_int_eq(edition_migrate(&from.sample.story, &state, &to.sample.story, 5, &arena,
                                     &report, &next, &event),
                     ERR_GAME_OVER);
    ck_assert_uint_eq(report.reasons.count, 0);
    state = state_of(&from);
    section_gone(&to);
    ck_assert_int_eq(edition_migrate(&from.sample.story, &state, &to.sample.story, 5, &arena,
                                     &report, &next, &event),
                     ERR_NOT_MIGRATABLE);
    ck_assert_uint_eq(report.reasons.count, 1);
    ck_assert_uint_eq(next.version, 77);
    arena_release(&arena);
}
END_TEST

/* ---- random stories ---- */

enum { STORIES = 100, STATES = 30 };

START_TEST(an_edition_as_itself_is_the_identity)
{
    struct random random = {(uint64_t)_i};
    struct story *story = generate_story(&random);
    for (int i = 0; i < STATES; i++) {
        struct arena arena = {.blocks = NULL};
        struct edition_report report;
        const struct state state = generate_state(&random, story);
        struct state next = {.version = 0};
        if (edition_map(story, &state, story, &arena, &report, &next) != OK ||
            report.reasons.count + report.notes.count > 0)
            ck_abort_msg("state %d: it does not map, or something is said", i);
        if (!state_eq(&state, &next, story))
            ck_abort_msg("state %d is another one", i);
        arena_release(&arena);
    }
    story_unref(story);
}
END_TEST

/* Exchange the names of two of a list: each is where the other was. */
static void names_turn(struct random *random, void *list, size_t count, size_t size,
                       size_t name_offset)
{
    if (count < 2 || random_below(random, 2) == 0)
        return;
    uint8_t *one = (uint8_t *)list + size * random_below(random, (uint32_t)count) + name_offset;
    uint8_t *other = (uint8_t *)list + size * random_below(random, (uint32_t)count) + name_offset;
    struct slice kept;
    memcpy(&kept, one, sizeof kept);
    memcpy(one, other, sizeof kept);
    memcpy(other, &kept, sizeof kept);
}

static void stat_narrow(struct random *random, struct stat_def *stat)
{
    stat->min = random_within(random, stat->min, stat->initial);
    stat->max = random_within(random, stat->initial, stat->max);
}

static void section_edit(struct random *random, struct section *section)
{
    if (random_below(random, 12) == 0)
        section->ending = (enum ending)random_below(random, 3);
    if (section->fight && random_below(random, 3) == 0)
        ((struct foe *)section->fight->foes)[0].skill ^= 1;
    struct choice *choices = (struct choice *)section->choices;
    if (section->choice_count > 0 && random_below(random, 3) == 0)
        choices[random_below(random, (uint32_t)section->choice_count)].id = SLICE("renamed");
}

/* The same story with changes that an author may make. The story is this test's alone, so its parts
 * may be written to. Names move and are replaced; indices stay good. */
static struct story *generate_edition(uint64_t seed, struct random *random)
{
    struct random again = {seed};
    struct story *story = generate_story(&again);
    struct stat_def *stats = (struct stat_def *)story->stats;
    struct section *sections = (struct section *)story->sections;
    names_turn(random, stats, story->stat_count, sizeof *stats, offsetof(struct stat_def, id));
    names_turn(random, (void *)story->items, story->item_count, sizeof story->items[0],
               offsetof(struct item_def, id));
    names_turn(random, (void *)story->flags, story->flag_count, sizeof story->flags[0], 0);
    names_turn(random, (void *)story->counters, story->counter_count, sizeof story->counters[0],
               offsetof(struct counter_def, id));
    if (random_below(random, 3) == 0)
        stats[random_below(random, (uint32_t)story->stat_count)].id = SLICE("new stat");
    if (random_below(random, 3) == 0)
        stat_narrow(random, &stats[random_below(random, (uint32_t)story->stat_count)]);
    if (story->flag_count > 0 && random_below(random, 2) == 0)
        ((struct slice *)story->flags)[0] = SLICE("new flag");
    if (random_below(random, 4) == 0)
        story->capacity /= 2;
    if (random_below(random, 3) == 0)
        sections[story->section_count - 1].number++;
    for (size_t i = 0; i < story->section_count; i++)
        section_edit(random, &sections[i]);
    return story;
}

/* What has a name in both editions has one value in both states. */
static void names_keep_values(const struct story *from, const struct state *before,
                              const struct story *to, const struct state *after)
{
    bool same = from->sections[before->section].number == to->sections[after->section].number &&
                before->gold == after->gold && before->run == after->run;
    for (size_t i = 0; i < from->stat_count; i++) {
        for (size_t k = 0; k < to->stat_count; k++)
            same = same && (!slice_eq(from->stats[i].id, to->stats[k].id) ||
                            before->stats[i] == after->stats[k]);
    }
    for (size_t i = 0; i < from->item_count; i++) {
        for (size_t k = 0; k < to->item_count; k++)
            same = same && (!slice_eq(from->items[i].id, to->items[k].id) ||
                            before->items[i] == after->items[k]);
    }
    for (size_t i = 0; i < from->flag_count; i++) {
        for (size_t k = 0; k < to->flag_count; k++)
            same = same && (!slice_eq(from->flags[i], to->flags[k]) ||
                            state_flag(before, (int32_t)i) == state_flag(after, (int32_t)k));
    }
    for (size_t i = 0; i < from->counter_count; i++) {
        for (size_t k = 0; k < to->counter_count; k++)
            same = same && (!slice_eq(from->counters[i].id, to->counters[k].id) ||
                            before->counters[i] == after->counters[k]);
    }
    ck_assert_msg(same, "something has another value under its name");
}

START_TEST(a_state_of_a_random_edition_keeps_its_rules_and_its_values)
{
    size_t mapped_count = 0;
    size_t refused_count = 0;
    for (uint64_t seed = 0; seed < STORIES; seed++) {
        struct random random = {seed};
        struct story *from = generate_story(&random);
        struct story *to = generate_edition(seed, &random);
        for (int i = 0; i < STATES; i++) {
            struct arena arena = {.blocks = NULL};
            struct edition_report report;
            const struct state state = generate_state(&random, from);
            struct state next;
            const enum status st = edition_map(from, &state, to, &arena, &report, &next);
            ck_assert_int_eq(st == OK, report.reasons.count == 0);
            if (st == OK) {
                ck_assert_int_eq(state_check(&next, to), OK);
                names_keep_values(from, &state, to, &next);
            }
            mapped_count += st == OK;
            refused_count += st == ERR_NOT_MIGRATABLE;
            arena_release(&arena);
        }
        story_unref(from);
        story_unref(to);
    }
    ck_assert_uint_eq(mapped_count + refused_count, STORIES * STATES);
    ck_assert_uint_ge(mapped_count, 200);
    ck_assert_uint_ge(refused_count, 200);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("edition");
    TCase *tcase = tcase_create("edition");
    tcase_set_timeout(tcase, 100);
    tcase_add_loop_test(tcase, a_game_maps_or_says_why_not, 0, (int)COUNT_OF(cases));
    tcase_add_test(tcase, what_has_another_place_is_found_by_its_name);
    tcase_add_test(tcase, what_is_new_begins_as_in_a_new_game_but_for_items);
    tcase_add_test(tcase, what_is_asked_for_only_now_is_told);
    tcase_add_test(tcase, a_game_goes_on_with_a_newer_edition_in_a_run_of_its_own);
    tcase_add_test(tcase, a_game_that_is_over_or_does_not_map_stays_as_it_is);
    tcase_add_loop_test(tcase, an_edition_as_itself_is_the_identity, 0, STORIES);
    tcase_add_test(tcase, a_state_of_a_random_edition_keeps_its_rules_and_its_values);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
