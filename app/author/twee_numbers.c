#include <stdio.h>

#include "app/author/twee_parts.h"

/* Which numbers are taken: a bit each. */
struct numbers {
    uint8_t *bits;
    int32_t free_from; /* none below is free */
};

static bool is_taken(const struct numbers *numbers, int32_t number)
{
    return numbers->bits[number / 8] & (1U << (number % 8));
}

static void take(struct numbers *numbers, struct passage *passage, int32_t number)
{
    numbers->bits[number / 8] |= (uint8_t)(1U << (number % 8));
    passage->number = number;
}

static int32_t first_free(struct numbers *numbers)
{
    /* There are more numbers than sections (limits.h), so one is always free. */
    while (is_taken(numbers, numbers->free_from))
        numbers->free_from++;
    return numbers->free_from;
}

static void take_own(struct twee_reading *r, struct numbers *numbers, struct passage *passage)
{
    const struct json *value = json_get(passage->front, SLICE("number"));
    if (!value)
        return;
    const uint32_t offset = passage->front_base + value->offset;
    int64_t number;
    if (json_int(value, 1, LIMIT_SECTION_NUMBER, &number) != OK)
        twee_mistake(r, offset, "\"number\" must be a whole number from 1 to %d",
                     LIMIT_SECTION_NUMBER);
    else if (is_taken(numbers, (int32_t)number))
        twee_mistake(r, offset, "another passage has the number %d already", (int)number);
    else
        take(numbers, passage, (int32_t)number);
}

/* A name such as 12; neither 012 nor 1000000. */
static void take_name(struct numbers *numbers, struct passage *passage)
{
    uint64_t number;
    if (passage->number > 0 || passage->name.len == 0 || passage->name.at[0] == '0' ||
        slice_to_u64(passage->name, LIMIT_SECTION_NUMBER, &number) != OK)
        return;
    if (!is_taken(numbers, (int32_t)number))
        take(numbers, passage, (int32_t)number);
}

void twee_number(struct twee_reading *r, struct passage *start)
{
    struct numbers numbers = {.bits = arena_alloc(r->arena, LIMIT_SECTION_NUMBER / 8 + 1),
                              .free_from = 1};
    const struct twee *twee = r->twee;
    for (size_t i = 0; i < twee->section_count; i++)
        take_own(r, &numbers, twee->sections[i]);
    for (size_t i = 0; i < twee->section_count; i++)
        take_name(&numbers, twee->sections[i]);
    if (start && start->number == 0)
        take(&numbers, start, first_free(&numbers));
    for (size_t i = 0; i < twee->section_count; i++) {
        if (twee->sections[i]->number == 0)
            take(&numbers, twee->sections[i], first_free(&numbers));
    }
}

bool twee_is_one_of(struct slice word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(word, slice_str(list[i])))
            return true;
    }
    return false;
}

bool twee_is_way(const struct json *member)
{
    static const char *const ways[] = {"to", "success", "failure", "go"};
    const struct slice key = member->key;
    if (twee_is_one_of(key, ways, COUNT_OF(ways)))
        return true;
    /* Elsewhere a stat has something to lose. */
    return (slice_eq(key, SLICE("win")) || slice_eq(key, SLICE("lose"))) && member->parent &&
           slice_eq(member->parent->key, SLICE("fight"));
}

bool twee_is_mention(const struct json *member)
{
    return slice_eq(member->key, SLICE("visited")) || slice_eq(member->key, SLICE("zero_section"));
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

struct slice twee_slug(struct arena *arena, struct slice words, size_t len_max)
{
    uint8_t *at = arena_alloc(arena, len_max);
    size_t len = 0;
    bool gap = false;
    for (size_t i = 0; i < words.len; i++) {
        const uint8_t byte = words.at[i];
        const bool upper = byte >= 'A' && byte <= 'Z';
        /* "don't" is one word. */
        if (byte == '\'')
            continue;
        if (!upper && !(byte >= 'a' && byte <= 'z') && !is_digit(byte)) {
            gap = len > 0;
            continue;
        }
        /* Room for the gap and the character. */
        if (len_max - len < 2)
            break;
        if (gap)
            at[len++] = '-';
        gap = false;
        at[len++] = upper ? (uint8_t)(byte + ('a' - 'A')) : byte;
    }
    return slice_make(at, len);
}

struct slice twee_choice_id(struct arena *arena, struct slice text)
{
    const struct slice slug = twee_slug(arena, text, CHOICE_SLUG_MAX);
    bool digits = true;
    for (size_t i = 0; i < slug.len; i++)
        digits = digits && is_digit(slug.at[i]);
    if (slug.len == 0)
        return SLICE("choice");
    return digits ? arena_printf(arena, "choice-%.*s", SLICE_ARG(slug)) : slug;
}
