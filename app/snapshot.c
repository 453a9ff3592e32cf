#include "app/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/base/log.h"
#include "app/members.h"

enum { NEEDS_MAX = 32 };

static void range_members(struct json_out *out, const struct condition *condition)
{
    if (condition->min != INT32_MIN)
        json_out_member_int(out, SLICE("min"), condition->min);
    if (condition->max != INT32_MAX)
        json_out_member_int(out, SLICE("max"), condition->max);
}

/* Flags, counters and what else the story remembers may be its secret: the words are shown, the
 * name is not. */
static void need_encode(struct json_out *out, const struct story *story,
                        const struct condition *need)
{
    json_out_object(out);
    switch (need->kind) {
    case CONDITION_ITEM:
        json_out_member(out, SLICE("item"), story->items[need->index].id);
        /* One piece is the ordinary case and goes without saying. */
        if (need->min > 1 || need->max != INT32_MAX)
            range_members(out, need);
        break;
    case CONDITION_STAT:
        json_out_member(out, SLICE("stat"), story->stats[need->index].id);
        range_members(out, need);
        break;
    case CONDITION_GOLD:
        json_out_member_bool(out, SLICE("gold"), true);
        range_members(out, need);
        break;
    case CONDITION_FLAG:
    case CONDITION_COUNTER:
    case CONDITION_VISITED:
    case CONDITION_ROLL:
    case CONDITION_TEST:
    case CONDITION_ROUND:
    case CONDITION_ALL:
    case CONDITION_ANY:
    case CONDITION_NOT: break;
    }
    json_out_member(out, SLICE("text"), need->text);
    json_out_object_end(out);
}

void needs_encode(struct json_out *out, const struct story *story, const struct state *state,
                  const struct condition *condition)
{
    const struct condition *needs[NEEDS_MAX];
    const size_t count = condition_needs(condition, state, needs, NEEDS_MAX);
    json_out_array(out);
    for (size_t i = 0; i < count; i++)
        need_encode(out, story, needs[i]);
    json_out_array_end(out);
}

static void conditions_encode(struct json_out *out, const struct condition *condition)
{
    json_out_array(out);
    if (condition && condition->kind == CONDITION_ALL) {
        for (size_t i = 0; i < condition->child_count; i++)
            json_out_string(out, condition->children[i].text);
    } else if (condition) {
        json_out_string(out, condition->text);
    }
    json_out_array_end(out);
}

/* Which totals an outcome is for: "<=2", "3", "4-5", ">=6", "any". */
static void totals_print(struct buf *ret, const struct outcome *outcomes, size_t at)
{
    const int32_t max = outcomes[at].max;
    if (at == 0) {
        if (max == INT32_MAX)
            buf_append(ret, SLICE("any"));
        else
            buf_printf(ret, "<=%" PRId32, max);
        return;
    }
    const int64_t min = (int64_t)outcomes[at - 1].max + 1;
    if (max == INT32_MAX)
        buf_printf(ret, ">=%" PRId64, min);
    else if (min == max)
        buf_printf(ret, "%" PRId32, max);
    else
        buf_printf(ret, "%" PRId64 "-%" PRId32, min, max);
}

static void table_encode(struct json_out *out, const struct story *story, const struct check *check)
{
    struct buf key = {.len = 0};
    for (size_t i = 0; i < check->outcome_count; i++) {
        buf_clear(&key);
        totals_print(&key, check->outcomes, i);
        json_out_member_int(out, buf_slice(&key),
                            story->sections[check->outcomes[i].target].number);
    }
    buf_release(&key);
}

static void dice_results_encode(struct json_out *out, const struct story *story,
                                const struct choice *choice)
{
    json_out_object(out);
    if (choice->check.type == DICE_TABLE) {
        table_encode(out, story, &choice->check);
    } else if (choice->check.type != DICE_NONE) {
        json_out_member_int(out, SLICE("success"), story->sections[choice->target].number);
        json_out_member_int(out, SLICE("failure"), story->sections[choice->target_failure].number);
    }
    json_out_object_end(out);
}

/* Where a choice without dice leads, as an index. */
static int32_t target_now(const struct story *story, const struct choice *choice,
                          const struct state *state)
{
    if (choice->act != ACT_USE && choice->act != ACT_ACCEPT)
        return choice->target;
    ENSURE(state != NULL); /* no section has these: they are never prepared */
    return choice->act == ACT_USE ? state->section : game_pending_target(story, state);
}

/* As it looks to a player in that state. Of a choice that a section has and that is available, the
 * state does not matter, and may be NULL. */
static void choice_encode(struct json_out *out, const struct story *story,
                          const struct choice *choice, const struct state *state, bool available)
{
    const struct choice *thrown =
        choice->act == ACT_REROLL ? game_pending_choice(story, state) : choice;
    json_out_object(out);
    json_out_member(out, SLICE("id"), choice->id);
    json_out_member(out, SLICE("text"), choice->text);
    json_out_member(out, SLICE("type"), slice_str(choice_type_name(choice->type)));
    if (choice->check.type == DICE_NONE)
        json_out_member_int(out, SLICE("target_section"),
                            story->sections[target_now(story, choice, state)].number);
    else
        json_out_member_null(out, SLICE("target_section"));
    json_out_key(out, SLICE("conditions"));
    conditions_encode(out, choice->condition);
    json_out_member(out, SLICE("dice_type"), slice_str(dice_type_name(choice->check.type)));
    json_out_key(out, SLICE("dice_results"));
    dice_results_encode(out, story, thrown);
    json_out_member_bool(out, SLICE("available"), available);
    json_out_key(out, SLICE("needs"));
    if (available) {
        json_out_array(out);
        json_out_array_end(out);
    } else {
        needs_encode(out, story, state, choice->condition);
    }
    json_out_object_end(out);
}

/* One text or choice, encoded into the story's arena. */
struct preparing {
    struct buf buf;
    struct json_out *out;
};

static struct slice prepared(struct preparing *preparing, struct arena *arena)
{
    const struct slice json = arena_dup(arena, buf_slice(&preparing->buf));
    buf_clear(&preparing->buf);
    json_out_reset(preparing->out);
    return json;
}

void snapshot_prepare(struct story *story)
{
    struct preparing preparing = {.buf = {.at = NULL}};
    preparing.out = json_out_new(&preparing.buf);
    for (size_t i = 0; i < story->section_count; i++) {
        /* The story is still the loader's alone; its parts are const for everybody after it. */
        struct section *section = (struct section *)&story->sections[i];
        json_out_string(preparing.out, section->html);
        section->html_json = prepared(&preparing, &story->arena);
        for (size_t k = 0; k < section->choice_count; k++) {
            struct choice *choice = (struct choice *)&section->choices[k];
            choice_encode(preparing.out, story, choice, NULL, true);
            choice->json = prepared(&preparing, &story->arena);
        }
    }
    json_out_free(preparing.out);
    buf_release(&preparing.buf);
}

/* What there is to choose in a state. */
struct offers {
    const struct choice *choices[GAME_OPTIONS_MAX];
    bool available[GAME_OPTIONS_MAX];
    size_t count;
    enum dice_type
        dice; /* what a roll would be for: the first available choice that asks for one */
};

static void offers_find(const struct story *story, const struct state *state, struct offers *ret)
{
    ret->dice = DICE_NONE;
    ret->count = game_options(story, state, ret->choices);
    for (size_t i = 0; i < ret->count; i++) {
        const struct choice *choice = ret->choices[i];
        ret->available[i] = game_choice_available(state, choice);
        if (ret->dice == DICE_NONE && ret->available[i])
            ret->dice = choice->check.type;
    }
}

static void narrative_encode(struct json_out *out, const struct section *section, int64_t at_ms)
{
    json_out_object(out);
    json_out_member_int(out, SLICE("section_number"), section->number);
    json_out_key(out, SLICE("content"));
    json_out_raw(out, section->html_json);
    json_out_member(out, SLICE("source_type"), SLICE("processed"));
    json_out_member_null(out, SLICE("error"));
    member_time(out, SLICE("timestamp"), at_ms);
    member_time(out, SLICE("last_update"), at_ms);
    json_out_object_end(out);
}

static void rules_encode(struct json_out *out, const struct story *story, const struct state *state,
                         int64_t at_ms)
{
    const struct section *section = &story->sections[state->section];
    const bool active = state->status == GAME_ACTIVE;
    struct offers offers;
    offers_find(story, state, &offers);
    json_out_object(out);
    json_out_member_int(out, SLICE("section_number"), section->number);
    json_out_member(out, SLICE("dice_type"), slice_str(dice_type_name(offers.dice)));
    json_out_member_bool(out, SLICE("needs_dice"), offers.dice != DICE_NONE);
    json_out_member_bool(out, SLICE("needs_user_response"), active);
    json_out_member_null(out, SLICE("next_action"));
    json_out_key(out, SLICE("conditions"));
    json_out_array(out);
    json_out_array_end(out);
    json_out_member(out, SLICE("rules_summary"), section->summary);
    json_out_member_null(out, SLICE("error"));
    json_out_member(out, SLICE("source"), SLICE("story"));
    json_out_member(out, SLICE("source_type"), SLICE("processed"));
    member_time(out, SLICE("last_update"), at_ms);
    json_out_key(out, SLICE("choices"));
    json_out_array(out);
    for (size_t i = 0; i < offers.count; i++) {
        const struct choice *choice = offers.choices[i];
        if (offers.available[i] && choice->json.len > 0)
            json_out_raw(out, choice->json);
        else
            choice_encode(out, story, choice, state, offers.available[i]);
    }
    json_out_array_end(out);
    json_out_object_end(out);
}

/* What a throw is for; combat says by whom as well. */
static const char *const purpose_names[] = {
    [ROLL_CHANCE] = "chance", [ROLL_COMBAT_HERO] = "combat", [ROLL_COMBAT_FOE] = "combat",
    [ROLL_LUCK] = "luck",     [ROLL_CHECK] = "roll",         [ROLL_TABLE] = "table",
    [ROLL_EFFECT] = "effect", [ROLL_INITIAL] = "initial",
};

static void member_dice(struct json_out *out, const struct roll *roll)
{
    char text[sizeof "255d255"];
    const int len = snprintf(text, sizeof text, "%ud%u", roll->count, roll->faces);
    json_out_member(out, SLICE("dice"), slice_make(text, (size_t)len));
}

/* fight is the one of the section where the throw was made, if it has one. */
static void purpose_members(struct json_out *out, const struct roll *roll,
                            const struct fight *fight)
{
    json_out_member(out, SLICE("for"), slice_str(purpose_names[roll->purpose]));
    switch (roll->purpose) {
    case ROLL_CHANCE:
    case ROLL_LUCK:
    case ROLL_CHECK:
        json_out_member_int(out, SLICE("target"), roll->target);
        if (roll->at_least)
            json_out_member_bool(out, SLICE("at_least"), true);
        json_out_member_bool(out, SLICE("success"), roll->success);
        break;
    case ROLL_COMBAT_HERO:
    case ROLL_COMBAT_FOE:
        json_out_member(out, SLICE("by"),
                        roll->purpose == ROLL_COMBAT_HERO ? SLICE("hero") : SLICE("foe"));
        if (roll->foe == 0)
            break;
        ENSURE(fight != NULL && roll->foe <= fight->foe_count);
        json_out_member(out, SLICE("foe"), fight->foes[roll->foe - 1].name);
        break;
    case ROLL_TABLE:
    case ROLL_EFFECT:
    case ROLL_INITIAL: break;
    }
}

static void rolls_encode(struct json_out *out, const struct story *story, const struct event *event)
{
    const struct fight *fight = event->from >= 0 ? story->sections[event->from].fight : NULL;
    json_out_array(out);
    for (size_t i = 0; i < event->roll_count; i++) {
        const struct roll *roll = &event->rolls[i];
        json_out_object(out);
        member_dice(out, roll);
        json_out_key(out, SLICE("values"));
        json_out_array(out);
        for (size_t k = 0; k < roll->count; k++)
            json_out_int(out, roll->values[k]);
        json_out_array_end(out);
        json_out_member_int(out, SLICE("total"), roll->total);
        purpose_members(out, roll, fight);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void decision_encode(struct json_out *out, const struct story *story,
                            const struct state *state, const struct event *event)
{
    const struct section *section = &story->sections[state->section];
    const bool moved = event->kind == EVENT_CHOICE;
    json_out_object(out);
    json_out_member_int(out, SLICE("section_number"), section->number);
    json_out_member_null(out, SLICE("next_section"));
    if (moved)
        json_out_member(out, SLICE("player_input"), event->choice->text);
    else
        json_out_member_null(out, SLICE("player_input"));
    json_out_member_null(out, SLICE("error"));
    json_out_member(out, SLICE("awaiting_action"), SLICE("user_input"));
    json_out_key(out, SLICE("conditions"));
    json_out_array(out);
    json_out_array_end(out);
    member_time(out, SLICE("timestamp"), event->at_ms);
    json_out_member_null(out, SLICE("next_action"));
    if (moved)
        json_out_member(out, SLICE("choice_id"), event->choice->id);
    else
        json_out_member_null(out, SLICE("choice_id"));
    json_out_key(out, SLICE("rolls"));
    rolls_encode(out, story, event);
    /* What no choice led to says what did. */
    if (event->kind >= EVENT_LOAD)
        json_out_member(out, SLICE("event"), slice_str(event_kind_name(event->kind)));
    if (event->kind == EVENT_LOAD)
        json_out_member_int(out, SLICE("of"), (int64_t)event->of);
    json_out_object_end(out);
}

/* What using an item surely adds to stats, one member each: {"endurance":4}. Dice, conditions and
 * surprises are not told. */
static void use_effects_encode(struct json_out *out, const struct story *story,
                               const struct item_use *use)
{
    int64_t added[LIMIT_STATS] = {0};
    for (size_t i = 0; use && i < use->choice.effect_count; i++) {
        const struct effect *effect = &use->choice.effects[i];
        if (effect->kind == EFFECT_STAT && !effect->set && !effect->amount && !effect->when)
            added[effect->index] += effect->value;
    }
    json_out_object(out);
    for (size_t i = 0; i < story->stat_count; i++) {
        if (added[i] != 0)
            json_out_member_int(out, story->stats[i].id, added[i]);
    }
    json_out_object_end(out);
}

static void inventory_encode(struct json_out *out, const struct story *story,
                             const struct state *state)
{
    json_out_object(out);
    json_out_key(out, SLICE("items"));
    json_out_object(out);
    for (size_t i = 0; i < story->item_count; i++) {
        if (state->items[i] == 0)
            continue;
        json_out_key(out, story->items[i].id);
        json_out_object(out);
        json_out_member(out, SLICE("name"), story->items[i].name);
        json_out_member_int(out, SLICE("quantity"), state->items[i]);
        json_out_member(out, SLICE("description"), story->items[i].description);
        json_out_key(out, SLICE("effects"));
        use_effects_encode(out, story, story->items[i].use);
        json_out_object_end(out);
    }
    json_out_object_end(out);
    json_out_member_int(out, SLICE("capacity"), story->capacity);
    json_out_member_int(out, SLICE("gold"), state->gold);
    json_out_object_end(out);
}

static void character_encode(struct json_out *out, const struct story *story,
                             const struct state *state)
{
    json_out_object(out);
    json_out_member(out, SLICE("name"), slice_make(state->name, state->name_len));
    json_out_key(out, SLICE("stats"));
    json_out_object(out);
    for (size_t i = 0; i < story->stat_count; i++)
        json_out_member_int(out, story->stats[i].id, state->stats[i]);
    json_out_object_end(out);
    json_out_key(out, SLICE("stat_names"));
    json_out_object(out);
    for (size_t i = 0; i < story->stat_count; i++)
        json_out_member(out, story->stats[i].id, story->stats[i].name);
    json_out_object_end(out);
    json_out_key(out, SLICE("inventory"));
    inventory_encode(out, story, state);
    json_out_object_end(out);
}

/* The public hash of a run's seed. Keeps that of the newest run. */
static const uint8_t *seed_hash_of(struct game_facts *facts, uint32_t run)
{
    if (facts->hashed_run != run) {
        uint8_t run_seed[SEED_LEN];
        dice_run_seed(facts->seed, run, run_seed);
        dice_seed_hash(run_seed, facts->seed_hash);
        facts->hashed_run = run;
    }
    return facts->seed_hash;
}

void run_facts(const struct game_facts *facts, const struct state *state, uint32_t run,
               struct run_told *ret)
{
    if (run <= facts->origin.run_count) {
        *ret = facts->origin.runs[run - 1];
        return;
    }
    uint8_t seed[SEED_LEN];
    *ret = (struct run_told){.is_revealed = run < state->run || state->status != GAME_ACTIVE};
    dice_run_seed(facts->seed, run, seed);
    dice_seed_hash(seed, ret->seed_hash);
    if (ret->is_revealed)
        memcpy(ret->seed, seed, SEED_LEN);
}

void run_encode(struct json_out *out, const struct game_facts *facts, const struct state *state,
                uint32_t run)
{
    struct run_told told;
    run_facts(facts, state, run, &told);
    json_out_object(out);
    json_out_member_int(out, SLICE("run"), run);
    member_hex(out, SLICE("seed_hash"), told.seed_hash);
    if (told.is_revealed)
        member_hex(out, SLICE("seed"), told.seed);
    else
        json_out_member_null(out, SLICE("seed"));
    json_out_object_end(out);
}

static void seed_hash_encode(struct json_out *out, struct game_facts *facts, uint32_t run)
{
    const bool is_told = run <= facts->origin.run_count;
    member_hex(out, SLICE("seed_hash"),
               is_told ? facts->origin.runs[run - 1].seed_hash : seed_hash_of(facts, run));
}

/* How often one may still go back, and what an undo would bring: said where it does not follow from
 * the version, which is not in every game. */
static void metadata_encode(struct json_out *out, const struct story *story,
                            const struct state *state)
{
    const int32_t left = game_undo_left(story, state);
    json_out_object(out);
    if (state->timeline.loads > 0 || left >= 0) {
        json_out_key(out, SLICE("undo"));
        json_out_object(out);
        if (left >= 0)
            json_out_member_int(out, SLICE("left"), left);
        else
            json_out_member_null(out, SLICE("left"));
        json_out_member_int(out, SLICE("to"), (int64_t)game_undo_target(state));
        json_out_object_end(out);
    }
    json_out_object_end(out);
}

static void ending_encode(struct json_out *out, const struct section *section)
{
    json_out_key(out, SLICE("ending"));
    if (section->ending == ENDING_NONE) {
        json_out_null(out);
        return;
    }
    json_out_object(out);
    json_out_member(out, SLICE("kind"),
                    section->ending == ENDING_WON ? SLICE("won") : SLICE("lost"));
    json_out_member(out, SLICE("title"), section->ending_title);
    json_out_object_end(out);
}

static void fight_encode(struct json_out *out, const struct fight *fight,
                         const struct fight_state *state)
{
    json_out_key(out, SLICE("fight"));
    json_out_object(out);
    json_out_member_int(out, SLICE("round"), state->round);
    json_out_key(out, SLICE("foes"));
    json_out_array(out);
    for (size_t i = 0; i < fight->foe_count; i++) {
        json_out_object(out);
        json_out_member(out, SLICE("name"), fight->foes[i].name);
        json_out_member_int(out, SLICE("skill"), fight->foes[i].skill);
        json_out_member_int(out, SLICE("endurance"), state->foe[i]);
        json_out_member_bool(out, SLICE("defeated"), state->foe[i] == 0);
        json_out_object_end(out);
    }
    json_out_array_end(out);
    json_out_object_end(out);
}

void snapshot_encode(struct json_out *out, struct game_facts *facts, const struct state *state,
                     const struct event *event)
{
    const struct story *story = facts->story;
    const struct section *section = &story->sections[state->section];
    json_out_object(out);
    json_out_member(out, SLICE("type"), SLICE("state"));
    json_out_member_int(out, SLICE("version"), (int64_t)state->version);
    member_id(out, SLICE("game_id"), facts->id);
    member_id(out, SLICE("session_id"), facts->owner);
    json_out_member(out, SLICE("story_id"), story->id);
    json_out_member(out, SLICE("title"), story->title);
    json_out_member(out, SLICE("language"), story->language);
    json_out_member(out, SLICE("status"), slice_str(game_status_name(state->status)));
    json_out_member_int(out, SLICE("section_number"), section->number);
    json_out_key(out, SLICE("narrative"));
    narrative_encode(out, section, event->at_ms);
    json_out_key(out, SLICE("rules"));
    rules_encode(out, story, state, event->at_ms);
    json_out_key(out, SLICE("decision"));
    decision_encode(out, story, state, event);
    json_out_key(out, SLICE("character"));
    character_encode(out, story, state);
    json_out_member_null(out, SLICE("trace"));
    json_out_key(out, SLICE("metadata"));
    metadata_encode(out, story, state);
    json_out_member_bool(out, SLICE("should_continue"), state->status == GAME_ACTIVE);
    json_out_member_null(out, SLICE("error"));
    ending_encode(out, section);
    if (section->fight)
        fight_encode(out, section->fight, &state->fight);
    member_hex(out, SLICE("story_hash"), story->hash);
    seed_hash_encode(out, facts, state->run);
    json_out_object_end(out);
}

/* Flags and counters are secrets of the story: what they became is not shown. */
static bool is_shown(const struct change *change)
{
    switch (change->kind) {
    case EFFECT_STAT:
    case EFFECT_ITEM:
    case EFFECT_GOLD: return true;
    case EFFECT_FLAG:
    case EFFECT_COUNTER:
    case EFFECT_GO: return false;
    }
    return false;
}

static void change_encode(struct json_out *out, const struct story *story,
                          const struct change *change)
{
    json_out_object(out);
    if (change->kind == EFFECT_STAT)
        json_out_member(out, SLICE("stat"), story->stats[change->index].id);
    else if (change->kind == EFFECT_ITEM)
        json_out_member(out, SLICE("item"), story->items[change->index].id);
    else
        json_out_member_bool(out, SLICE("gold"), true);
    json_out_member_int(out, SLICE("from"), change->from);
    json_out_member_int(out, SLICE("to"), change->to);
    json_out_object_end(out);
}

/* What a command without forced moves can change at most. More than that is told by what came of it
 * in the end, so that an event stays within LIMIT_EVENT_BYTES whatever its story does. */
enum { CHANGES_TOLD = 3 * LIMIT_SECTION_EFFECTS + 1 };

/* Every value that changed, from before the first change of it to after the last. */
static size_t changes_sum(const struct event *event, struct change *ret)
{
    int32_t stats[LIMIT_STATS] = {0}; /* place in ret, from 1 */
    int32_t items[LIMIT_ITEMS] = {0};
    int32_t gold = 0;
    int32_t count = 0;
    for (size_t i = 0; i < event->change_count; i++) {
        const struct change *change = &event->changes[i];
        if (!is_shown(change))
            continue;
        int32_t *place = change->kind == EFFECT_STAT   ? &stats[change->index]
                         : change->kind == EFFECT_ITEM ? &items[change->index]
                                                       : &gold;
        if (*place == 0) {
            ret[count++] = *change;
            *place = count;
        }
        ret[*place - 1].to = change->to;
    }
    return (size_t)count;
}

static void changes_encode(struct json_out *out, const struct story *story,
                           const struct event *event)
{
    struct change sums[LIMIT_STATS + LIMIT_ITEMS + 1];
    const bool told = event->change_count <= CHANGES_TOLD;
    const struct change *changes = told ? event->changes : sums;
    const size_t count = told ? event->change_count : changes_sum(event, sums);
    json_out_array(out);
    for (size_t i = 0; i < count; i++) {
        if (is_shown(&changes[i]) && changes[i].from != changes[i].to)
            change_encode(out, story, &changes[i]);
    }
    json_out_array_end(out);
}

void event_encode(struct json_out *out, const struct story *story, const struct state *state,
                  const struct event *event)
{
    json_out_object(out);
    json_out_member_int(out, SLICE("version"), (int64_t)event->version);
    json_out_member(out, SLICE("type"), slice_str(event_kind_name(event->kind)));
    member_time(out, SLICE("at"), event->at_ms);
    if (event->kind == EVENT_START)
        json_out_member(out, SLICE("name"), slice_make(state->name, state->name_len));
    if (event->kind == EVENT_CHOICE) {
        json_out_member(out, SLICE("choice_id"), event->choice->id);
        json_out_member(out, SLICE("choice_text"), event->choice->text);
    }
    if (event->kind == EVENT_LOAD) {
        json_out_member_int(out, SLICE("of"), (int64_t)event->of);
        json_out_member_int(out, SLICE("turn"), (int64_t)state_turn(state));
        json_out_member_int(out, SLICE("run"), state->run);
    }
    if (event->kind == EVENT_MIGRATE) {
        member_hex(out, SLICE("story_from"), event->story_from);
        member_hex(out, SLICE("story"), story->hash);
    }
    if (event->from >= 0)
        json_out_member_int(out, SLICE("from"), story->sections[event->from].number);
    else
        json_out_member_null(out, SLICE("from"));
    json_out_member_int(out, SLICE("to"), story->sections[event->to].number);
    json_out_key(out, SLICE("rolls"));
    rolls_encode(out, story, event);
    json_out_key(out, SLICE("changes"));
    changes_encode(out, story, event);
    json_out_object_end(out);
}
