#include "app/tally.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "app/base/crypto.h"

/* One word says whose the place is and how many are open, so that both change in one step:
 *
 *     63             24 23         0
 *     mark of the key  | open            0: nobody's
 */
enum { OPEN_BITS = 24, US_PER_MS = 1000 };
#define OPEN_MASK ((UINT64_C(1) << OPEN_BITS) - 1)

struct tally_place {
    _Atomic uint64_t word;
    _Atomic uint64_t full_us[TALLY_USES]; /* struct bucket */
};

struct tally {
    uint64_t salt[2];
    struct tally_place places[TALLY_PLACES];
};

_Static_assert((TALLY_PLACES / TALLY_ROW & (TALLY_PLACES / TALLY_ROW - 1)) == 0,
               "rows are a power of two");

struct tally *tally_new(void)
{
    /* Zero is an empty table; pages that nobody uses cost nothing. */
    struct tally *tally = calloc(1, sizeof(*tally));
    ENSURE_MEMORY(tally);
    crypto_random(tally->salt, sizeof(tally->salt));
    return tally;
}

void tally_free(struct tally *tally)
{
    free(tally);
}

/* The finaliser of splitmix64: each bit of the input moves half of the output. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t mark_of(uint64_t word)
{
    return word >> OPEN_BITS;
}

static uint64_t load(_Atomic uint64_t *value)
{
    /* Nothing else is handed over by these words, so their order does not matter. */
    return atomic_load_explicit(value, memory_order_relaxed);
}

static bool exchange(_Atomic uint64_t *value, uint64_t *expected, uint64_t desired)
{
    return atomic_compare_exchange_strong_explicit(value, expected, desired, memory_order_relaxed,
                                                   memory_order_relaxed);
}

static struct tally_place *find(struct tally_place *row, uint64_t mark)
{
    for (size_t i = 0; i < TALLY_ROW; i++) {
        if (mark_of(load(&row[i].word)) == mark)
            return &row[i];
    }
    return NULL;
}

static uint64_t last_full_us(struct tally_place *place)
{
    uint64_t last = 0;
    for (size_t i = 0; i < TALLY_USES; i++) {
        const uint64_t full_us = load(&place->full_us[i]);
        if (full_us > last)
            last = full_us;
    }
    return last;
}

/* An empty place, or the one with nothing open whose buckets are full first. */
static struct tally_place *choose(struct tally_place *row, uint64_t *ret_word)
{
    struct tally_place *best = NULL;
    uint64_t best_us = UINT64_MAX;
    for (size_t i = 0; i < TALLY_ROW; i++) {
        const uint64_t word = load(&row[i].word);
        const uint64_t last_us = word == 0 ? 0 : last_full_us(&row[i]);
        if ((word & OPEN_MASK) != 0 || last_us >= best_us)
            continue;
        best = &row[i];
        best_us = last_us;
        *ret_word = word;
    }
    return best;
}

/* Of two places that two threads took for one key at once, the first one counts. */
static struct tally_place *settle(struct tally_place *row, struct tally_place *own, uint64_t mark)
{
    struct tally_place *first = find(row, mark);
    uint64_t word = mark << OPEN_BITS;
    if (!first || first >= own)
        return own;
    (void)exchange(&own->word, &word, 0);
    return first;
}

/* The key's place; NULL when its row is full of keys with something open. */
static struct tally_place *place_of(struct tally *tally, struct id key, uint64_t *ret_mark)
{
    const uint64_t hash = mix(mix(key.high ^ tally->salt[0]) + (key.low ^ tally->salt[1]));
    const uint64_t own_mark = hash >> OPEN_BITS;
    const uint64_t mark = own_mark == 0 ? 1 : own_mark;
    const size_t rows = TALLY_PLACES / TALLY_ROW;
    struct tally_place *row = &tally->places[(mix(hash) & (rows - 1)) * TALLY_ROW];
    *ret_mark = mark;
    for (;;) {
        struct tally_place *place = find(row, mark);
        uint64_t word = 0;
        if (place)
            return place;
        place = choose(row, &word);
        if (!place)
            return NULL;
        if (!exchange(&place->word, &word, mark << OPEN_BITS))
            continue;
        for (size_t i = 0; i < TALLY_USES; i++)
            atomic_store_explicit(&place->full_us[i], 0, memory_order_relaxed);
        return settle(row, place, mark);
    }
}

uint64_t tally_take(struct tally *tally, struct id key, unsigned use, const struct rate *rate,
                    uint64_t now_ms)
{
    uint64_t mark;
    struct tally_place *place = place_of(tally, key, &mark);
    ENSURE(use < TALLY_USES);
    if (!place)
        return 0;
    uint64_t before = load(&place->full_us[use]);
    for (;;) {
        struct bucket bucket = {before};
        const uint64_t wait_ms = rate_take(&bucket, rate, now_ms);
        if (wait_ms > 0 || exchange(&place->full_us[use], &before, bucket.full_us))
            return wait_ms;
    }
}

bool tally_enter(struct tally *tally, struct id key, uint32_t max, struct tally_place **ret)
{
    ENSURE(max <= TALLY_OPEN_MAX);
    for (;;) {
        uint64_t mark;
        struct tally_place *place = place_of(tally, key, &mark);
        *ret = place;
        if (!place)
            return true;
        uint64_t word = load(&place->word);
        while (mark_of(word) == mark) {
            if ((word & OPEN_MASK) >= max) {
                *ret = NULL;
                return false;
            }
            if (exchange(&place->word, &word, word + 1))
                return true;
        }
        /* The place went to another key in between. */
    }
}

void tally_leave(struct tally_place *place)
{
    if (!place)
        return;
    const uint64_t before = atomic_fetch_sub_explicit(&place->word, 1, memory_order_relaxed);
    ENSURE((before & OPEN_MASK) > 0);
}
