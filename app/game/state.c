/* The stored form of a state, format 1. Integers are little endian.
 *
 *     offset   bytes
 *     0        1      format: 1
 *     1        1      status: enum game_status
 *     2        8      version
 *     10       4      run
 *     14       4      section, index
 *     18       4      gold
 *     22       4 s    values of the story's s stats, two's complement
 *              2 i    quantities of the story's i items
 *              f      the story's flags, eight to a byte, the first one lowest; unused bits are 0
 *              1      bytes of the name, n
 *              n      the name
 *
 * How many stats, items and flags there are is known from the story, which a game keeps for life.
 * A value has one form only, so equal states are equal bytes: that is what a replay compares. */
#include "app/game/state.h"

#include <string.h>

enum {
    STATE_FORMAT = 1,
    STATE_HEAD_LEN = 1 + 1 + 8 + 4 + 4 + 4,
};

_Static_assert(LIMIT_CAPACITY <= UINT16_MAX, "a quantity is stored in two bytes");
_Static_assert(NAME_BYTES <= UINT8_MAX, "the length of a name is stored in one byte");
_Static_assert(LIMIT_SECTIONS <= INT32_MAX, "a section is an int32_t");

static size_t flag_bytes(const struct story *story)
{
    return (story->flag_count + 7) / 8;
}

/* Without the name itself. */
static size_t fixed_len(const struct story *story)
{
    ENSURE(story->stat_count <= LIMIT_STATS && story->item_count <= LIMIT_ITEMS &&
           story->flag_count <= LIMIT_FLAGS);
    return STATE_HEAD_LEN + 4 * story->stat_count + 2 * story->item_count + flag_bytes(story) + 1;
}

static bool in_range(int32_t value, int32_t min, int32_t max)
{
    return value >= min && value <= max;
}

static bool all_zero(const void *at, size_t len)
{
    const uint8_t *bytes = at;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
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

static bool flags_hold(const struct state *state, const struct story *story)
{
    for (size_t i = story->flag_count; i < LIMIT_FLAGS; i++) {
        if (state_flag(state, (int32_t)i))
            return false;
    }
    return true;
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
    ENSURE(story->stat_count <= LIMIT_STATS && story->item_count <= LIMIT_ITEMS &&
           story->flag_count <= LIMIT_FLAGS);
    if (state->version == 0 || state->run == 0 || state->name_len > NAME_BYTES)
        return ERR_INVALID;
    if (!in_range(state->gold, 0, LIMIT_GOLD) || !place_holds(state, story))
        return ERR_INVALID;
    if (!stats_hold(state, story) || !items_hold(state, story) || !flags_hold(state, story))
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

void state_encode(const struct state *state, const struct story *story, struct buf *ret)
{
    /* What decode would refuse must not be stored in the first place. */
    ENSURE(state_check(state, story) == OK);
    buf_reserve(ret, fixed_len(story) + state->name_len);
    put_le(ret, STATE_FORMAT, 1);
    put_le(ret, (uint64_t)state->status, 1);
    put_le(ret, state->version, 8);
    put_le(ret, state->run, 4);
    put_le(ret, (uint32_t)state->section, 4);
    put_le(ret, (uint32_t)state->gold, 4);
    for (size_t i = 0; i < story->stat_count; i++)
        put_le(ret, (uint32_t)state->stats[i], 4);
    for (size_t i = 0; i < story->item_count; i++)
        put_le(ret, (uint32_t)state->items[i], 2);
    buf_append(ret, slice_make(state->flags, flag_bytes(story)));
    put_le(ret, state->name_len, 1);
    buf_append(ret, slice_make(state->name, state->name_len));
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

enum status state_decode(struct slice bytes, const struct story *story, struct state *ret)
{
    struct slice rest = bytes;
    if (rest.len < fixed_len(story))
        return ERR_CORRUPT;
    if (take_le(&rest, 1) != STATE_FORMAT)
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
    take_bytes(&rest, state.flags, flag_bytes(story));
    state.name_len = (uint8_t)take_le(&rest, 1);
    if (state.name_len > NAME_BYTES || rest.len != state.name_len)
        return ERR_CORRUPT;
    take_bytes(&rest, state.name, state.name_len);
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
