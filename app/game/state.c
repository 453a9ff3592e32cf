/* The stored form of a state. Integers are little endian.
 *
 *     offset   bytes
 *     0        1      format: 1 or 2
 *     1        1      status: enum game_status
 *     2        8      version
 *     10       4      run
 *     14       4      section, index
 *     18       4      gold
 *     22       4 s    values of the story's s stats, two's complement
 *              2 i    quantities of the story's i items
 *              f      the story's flags, eight to a byte, the first one lowest; unused bits are 0
 *              4 c    values of the story's c counters
 *              4      the last roll, if the story asks for it
 *              v      visited sections, eight to a byte, if the story asks for them
 *              o      chosen choices that can be chosen once only, eight to a byte
 *              1      rounds of the fight that are over, if the story has fights
 *              2 e    endurance of foes, of as many as its largest fight has
 *              3      choice, rerolled, outcome of a throw that can be repeated, if some can be
 *              1      bytes of the name, n
 *              n      the name
 *
 * Format 2 is the same and then the timeline; it is used in a run in which the game was taken back,
 * and only there:
 *
 *              8      turn
 *              8      reach
 *              8      before
 *              8      origin
 *              4      loads, not 0
 *              1      times that a run which was over was taken up, p
 *              8 p    the last turn of each
 *
 * What there is and how many is known from the story, which a game keeps for life: a story that
 * uses nothing of c to the throw has nothing of it here, as in the first version of this form.
 * A value has one form only, so equal states are equal bytes: that is what a replay compares. */
#include "app/game/state.h"

#include <string.h>

enum {
    STATE_FORMAT = 1,
    STATE_FORMAT_BACK = 2, /* with a timeline */
    STATE_HEAD_LEN = 1 + 1 + 8 + 4 + 4 + 4,
    TIMELINE_LEN = 4 * 8 + 4 + 1, /* without the last turns */
};

_Static_assert(LIMIT_CAPACITY <= UINT16_MAX, "a quantity is stored in two bytes");
_Static_assert(NAME_BYTES <= UINT8_MAX, "the length of a name is stored in one byte");
_Static_assert(LIMIT_SECTIONS <= INT32_MAX, "a section is an int32_t");
_Static_assert(LIMIT_COMBAT_ROUNDS <= UINT8_MAX, "rounds are stored in one byte");
_Static_assert(LIMIT_FOE_ENDURANCE <= UINT16_MAX, "a foe's endurance is stored in two bytes");
_Static_assert(LIMIT_SECTION_CHOICES < UINT8_MAX, "a waiting choice is stored in one byte");
_Static_assert(LIMIT_REVIVALS <= UINT8_MAX, "revivals are stored in one byte");
_Static_assert(LIMIT_SECTIONS % 8 == 0 && LIMIT_ONCE % 8 == 0, "bits fill whole bytes");

static size_t bits_len(size_t bits)
{
    return (bits + 7) / 8;
}

static size_t visited_len(const struct story *story)
{
    return story->tracks_visits ? bits_len(story->section_count) : 0;
}

static size_t fight_len(const struct story *story)
{
    return story->foes_max > 0 ? 1 + 2 * story->foes_max : 0;
}

/* What only some stories have. */
static size_t more_len(const struct story *story)
{
    return 4 * story->counter_count + (story->tracks_roll ? 4 : 0) + visited_len(story) +
           bits_len((size_t)story->once_count) + fight_len(story) + (story->has_rerolls ? 3 : 0);
}

static void story_ensure(const struct story *story)
{
    ENSURE(story->stat_count <= LIMIT_STATS && story->item_count <= LIMIT_ITEMS &&
           story->flag_count <= LIMIT_FLAGS && story->counter_count <= LIMIT_COUNTERS &&
           story->section_count <= LIMIT_SECTIONS && story->once_count >= 0 &&
           story->once_count <= LIMIT_ONCE && story->foes_max <= LIMIT_FOES);
}

/* Without the name itself. */
static size_t fixed_len(const struct story *story)
{
    story_ensure(story);
    return STATE_HEAD_LEN + 4 * story->stat_count + 2 * story->item_count +
           bits_len(story->flag_count) + more_len(story) + 1;
}

static bool in_range(int32_t value, int32_t min, int32_t max)
{
    return value >= min && value <= max;
}

static bool all_zero(const void *at, size_t len)
{
    /* The first byte is zero, and each one is like the one before it. */
    const uint8_t *bytes = at;
    return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* Are all bits from `count` on zero? */
static bool no_bit_from(const uint8_t *bytes, size_t len, size_t count)
{
    if (count % 8 != 0 && bytes[count / 8] >> (count % 8) != 0)
        return false;
    return all_zero(bytes + bits_len(count), len - bits_len(count));
}

static bool stats_hold(const struct state *state, const struct story *story)
{
    for (size_t i = 0; i < story->stat_count; i++) {
        if (!in_range(state->stats[i], story->stats[i].min, story->stats[i].max))
            return false;
    }
    return all_zero(&state->stats[story->stat_count],
                    (LIMIT_STATS - story->stat_count) * sizeof state->stats[0]);
}

static bool items_hold(const struct state *state, const struct story *story)
{
    int64_t sum = 0;
    for (size_t i = 0; i < story->item_count; i++) {
        if (state->items[i] < 0)
            return false;
        sum += state->items[i];
    }
    return sum <= story->capacity &&
           all_zero(&state->items[story->item_count],
                    (LIMIT_ITEMS - story->item_count) * sizeof state->items[0]);
}

static bool counters_hold(const struct state *state, const struct story *story)
{
    for (size_t i = 0; i < story->counter_count; i++) {
        const struct counter_def *def = &story->counters[i];
        if (!in_range(state->counters[i], def->min, def->max))
            return false;
    }
    return all_zero(&state->counters[story->counter_count],
                    (LIMIT_COUNTERS - story->counter_count) * sizeof state->counters[0]);
}

static bool memory_holds(const struct state *state, const struct story *story)
{
    const size_t sections = story->tracks_visits ? story->section_count : 0;
    if (!no_bit_from(state->flags, sizeof state->flags, story->flag_count) ||
        !no_bit_from(state->chosen, sizeof state->chosen, (size_t)story->once_count) ||
        !no_bit_from(state->visited, sizeof state->visited, sections))
        return false;
    if (story->tracks_visits && !state_visited(state, state->section))
        return false;
    return story->tracks_roll || state->last_roll == 0;
}

/* The section has a fight: some foe lives. It has none: there is nothing of one. */
static bool fight_holds(const struct state *state, const struct story *story)
{
    const struct fight *fight = story->sections[state->section].fight;
    const size_t count = fight ? fight->foe_count : 0;
    int32_t living = 0;
    for (size_t i = 0; i < count; i++) {
        if (!in_range(state->fight.foe[i], 0, fight->foes[i].endurance))
            return false;
        living += state->fight.foe[i] > 0;
    }
    if (!all_zero(&state->fight.foe[count], (LIMIT_FOES - count) * sizeof state->fight.foe[0]))
        return false;
    return fight ? living > 0 && in_range(state->fight.round, 0, LIMIT_COMBAT_ROUNDS - 1)
                 : state->fight.round == 0;
}

static bool pending_holds(const struct state *state, const struct story *story)
{
    const struct section *section = &story->sections[state->section];
    const struct pending *pending = &state->pending;
    if (pending->choice == 0)
        return pending->rerolled == 0 && pending->outcome == 0;
    if (pending->choice > section->choice_count || section->fight)
        return false;
    const struct check *check = &section->choices[pending->choice - 1].check;
    if (check->type == DICE_COMBAT || pending->rerolled >= check->rerolls)
        return false;
    return check->type == DICE_TABLE
               ? pending->outcome >= 1 && pending->outcome <= check->outcome_count
               : pending->outcome == 0;
}

static bool status_agrees(enum game_status status, enum ending ending)
{
    switch (ending) {
    case ENDING_NONE: return status == GAME_ACTIVE || status == GAME_STOPPED;
    case ENDING_WON: return status == GAME_WON;
    case ENDING_LOST: return status == GAME_LOST;
    }
    return false;
}

static bool place_holds(const struct state *state, const struct story *story)
{
    if (state->section < 0 || (size_t)state->section >= story->section_count)
        return false;
    return status_agrees(state->status, story->sections[state->section].ending);
}

/* Turns never run ahead of versions, and what was before is before. */
static bool timeline_holds(const struct state *state)
{
    const struct timeline *t = &state->timeline;
    if (t->past > LIMIT_REVIVALS || t->past >= state->run || t->past > t->loads ||
        !all_zero(&t->past_turn[t->past], (LIMIT_REVIVALS - t->past) * sizeof t->past_turn[0]))
        return false;
    if (t->loads == 0)
        return t->turn == 0 && t->reach == 0 && t->before == 0 && t->origin == 0;
    if (t->loads > LIMIT_LOADS || t->loads >= state->version || t->turn > t->reach ||
        t->reach >= state->version || t->turn > t->origin || t->origin > state->version ||
        t->before >= t->origin)
        return false;
    for (size_t i = 0; i < t->past; i++) {
        if (t->past_turn[i] > t->reach || (i > 0 && t->past_turn[i] < t->past_turn[i - 1]))
            return false;
    }
    return true;
}

uint32_t state_dice_run(const struct state *state)
{
    const struct timeline *t = &state->timeline;
    for (uint32_t i = 0; i < t->past; i++) {
        if (t->turn <= t->past_turn[i])
            return state_first_run(state) + i;
    }
    return state->run;
}

bool hero_name_valid(struct slice name)
{
    if (name.len == 0 || name.len > NAME_BYTES || !utf8_valid(name))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t byte = name.at[i];
        if (byte < 0x20 || byte == 0x7f)
            return false;
        /* U+0080 to U+009F, the second block of control characters. The name is valid UTF-8, so
         * another byte follows. */
        if (byte == 0xc2 && name.at[i + 1] < 0xa0)
            return false;
    }
    return utf8_count(name) <= LIMIT_NAME_CHARS;
}

enum status state_check(const struct state *state, const struct story *story)
{
    story_ensure(story);
    if (state->version == 0 || state->run == 0 || state->name_len > NAME_BYTES)
        return ERR_INVALID;
    if (!in_range(state->gold, 0, LIMIT_GOLD) || !place_holds(state, story))
        return ERR_INVALID;
    if (!stats_hold(state, story) || !items_hold(state, story) || !counters_hold(state, story))
        return ERR_INVALID;
    if (!memory_holds(state, story) || !fight_holds(state, story) || !pending_holds(state, story))
        return ERR_INVALID;
    if (!timeline_holds(state))
        return ERR_INVALID;
    if (!hero_name_valid(slice_make(state->name, state->name_len)))
        return ERR_INVALID;
    return all_zero(state->name + state->name_len, NAME_BYTES - (size_t)state->name_len)
               ? OK
               : ERR_INVALID;
}

static void put_le(struct buf *ret, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_byte(ret, (uint8_t)(value >> (8 * i)));
}

static void put_more(const struct state *state, const struct story *story, struct buf *ret)
{
    for (size_t i = 0; i < story->counter_count; i++)
        put_le(ret, (uint32_t)state->counters[i], 4);
    if (story->tracks_roll)
        put_le(ret, (uint32_t)state->last_roll, 4);
    buf_append(ret, slice_make(state->visited, visited_len(story)));
    buf_append(ret, slice_make(state->chosen, bits_len((size_t)story->once_count)));
    if (story->foes_max > 0)
        put_le(ret, (uint32_t)state->fight.round, 1);
    for (size_t i = 0; i < story->foes_max; i++)
        put_le(ret, (uint32_t)state->fight.foe[i], 2);
    if (!story->has_rerolls)
        return;
    put_le(ret, state->pending.choice, 1);
    put_le(ret, state->pending.rerolled, 1);
    put_le(ret, state->pending.outcome, 1);
}

static void put_timeline(const struct timeline *timeline, struct buf *ret)
{
    put_le(ret, timeline->turn, 8);
    put_le(ret, timeline->reach, 8);
    put_le(ret, timeline->before, 8);
    put_le(ret, timeline->origin, 8);
    put_le(ret, timeline->loads, 4);
    put_le(ret, timeline->past, 1);
    for (size_t i = 0; i < timeline->past; i++)
        put_le(ret, timeline->past_turn[i], 8);
}

void state_encode(const struct state *state, const struct story *story, struct buf *ret)
{
    /* What decode would refuse must not be stored in the first place. */
    ENSURE(state_check(state, story) == OK);
    buf_reserve(ret, fixed_len(story) + state->name_len);
    put_le(ret, state->timeline.loads > 0 ? STATE_FORMAT_BACK : STATE_FORMAT, 1);
    put_le(ret, (uint64_t)state->status, 1);
    put_le(ret, state->version, 8);
    put_le(ret, state->run, 4);
    put_le(ret, (uint32_t)state->section, 4);
    put_le(ret, (uint32_t)state->gold, 4);
    for (size_t i = 0; i < story->stat_count; i++)
        put_le(ret, (uint32_t)state->stats[i], 4);
    for (size_t i = 0; i < story->item_count; i++)
        put_le(ret, (uint32_t)state->items[i], 2);
    buf_append(ret, slice_make(state->flags, bits_len(story->flag_count)));
    put_more(state, story, ret);
    put_le(ret, state->name_len, 1);
    buf_append(ret, slice_make(state->name, state->name_len));
    if (state->timeline.loads > 0)
        put_timeline(&state->timeline, ret);
}

/* Take a number off the front; the caller knows that len bytes are there. */
static uint64_t take_le(struct slice *rest, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value |= (uint64_t)rest->at[i] << (8 * i);
    *rest = slice_make(rest->at + len, rest->len - len);
    return value;
}

static void take_bytes(struct slice *rest, uint8_t *ret, size_t len)
{
    if (len > 0)
        memcpy(ret, rest->at, len);
    *rest = slice_make(rest->at + len, rest->len - len);
}

/* All 32 bits mean something: a value outside int32_t cannot be written. */
static int32_t take_i32(struct slice *rest)
{
    return (int32_t)(uint32_t)take_le(rest, 4);
}

static void take_more(struct slice *rest, const struct story *story, struct state *state)
{
    for (size_t i = 0; i < story->counter_count; i++)
        state->counters[i] = take_i32(rest);
    if (story->tracks_roll)
        state->last_roll = take_i32(rest);
    take_bytes(rest, state->visited, visited_len(story));
    take_bytes(rest, state->chosen, bits_len((size_t)story->once_count));
    if (story->foes_max > 0)
        state->fight.round = (int32_t)take_le(rest, 1);
    for (size_t i = 0; i < story->foes_max; i++)
        state->fight.foe[i] = (int32_t)take_le(rest, 2);
    if (!story->has_rerolls)
        return;
    state->pending.choice = (uint8_t)take_le(rest, 1);
    state->pending.rerolled = (uint8_t)take_le(rest, 1);
    state->pending.outcome = (uint8_t)take_le(rest, 1);
}

/* The rest, all of it. A timeline that says nothing would be a second form of one state. */
static bool take_timeline(struct slice *rest, struct timeline *ret)
{
    if (rest->len < TIMELINE_LEN)
        return false;
    ret->turn = take_le(rest, 8);
    ret->reach = take_le(rest, 8);
    ret->before = take_le(rest, 8);
    ret->origin = take_le(rest, 8);
    ret->loads = (uint32_t)take_le(rest, 4);
    ret->past = (uint8_t)take_le(rest, 1);
    if (ret->loads == 0 || ret->past > LIMIT_REVIVALS || rest->len != (size_t)8 * ret->past)
        return false;
    for (size_t i = 0; i < ret->past; i++)
        ret->past_turn[i] = take_le(rest, 8);
    return true;
}

enum status state_decode(struct slice bytes, const struct story *story, struct state *ret)
{
    struct slice rest = bytes;
    if (rest.len < fixed_len(story))
        return ERR_CORRUPT;
    const uint64_t format = take_le(&rest, 1);
    if (format != STATE_FORMAT && format != STATE_FORMAT_BACK)
        return ERR_CORRUPT;
    /* Every range is state_check's to judge, that of the status too. */
    struct state state = {.status = (enum game_status)take_le(&rest, 1)};
    state.version = take_le(&rest, 8);
    state.run = (uint32_t)take_le(&rest, 4);
    state.section = take_i32(&rest);
    state.gold = take_i32(&rest);
    for (size_t i = 0; i < story->stat_count; i++)
        state.stats[i] = take_i32(&rest);
    for (size_t i = 0; i < story->item_count; i++)
        state.items[i] = (int32_t)take_le(&rest, 2);
    take_bytes(&rest, state.flags, bits_len(story->flag_count));
    take_more(&rest, story, &state);
    state.name_len = (uint8_t)take_le(&rest, 1);
    if (state.name_len > NAME_BYTES || rest.len < state.name_len)
        return ERR_CORRUPT;
    take_bytes(&rest, state.name, state.name_len);
    if (format == STATE_FORMAT ? rest.len > 0 : !take_timeline(&rest, &state.timeline))
        return ERR_CORRUPT;
    if (state_check(&state, story) != OK)
        return ERR_CORRUPT;
    *ret = state;
    return OK;
}

const char *game_status_name(enum game_status status)
{
    switch (status) {
    case GAME_ACTIVE: return "active";
    case GAME_WON: return "won";
    case GAME_LOST: return "lost";
    case GAME_STOPPED: return "stopped";
    }
    ENSURE(false); /* every status is handled above */
}
