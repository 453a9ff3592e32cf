#include "app/base/map.h"

#include <signal.h>
#include <stdlib.h>

#include "tests/support/support.h"

enum { NODES = 4096, OPERATIONS = 200000, KEYS = 700 };

static struct map map;

static void setup(void)
{
    map_init(&map);
}

static void teardown(void)
{
    map_release(&map);
}

static struct id key_of(uint64_t high, uint64_t low)
{
    return (struct id){high, low};
}

START_TEST(an_empty_map_has_nothing)
{
    ck_assert_ptr_null(map_find(&map, key_of(0, 0)));
    ck_assert_ptr_null(map_any(&map));
    ck_assert_uint_eq(map.count, 0);
}
END_TEST

START_TEST(keys_that_differ_in_one_half_only_are_different)
{
    struct map_node a = {.key = key_of(1, 2)};
    struct map_node b = {.key = key_of(2, 2)};
    struct map_node c = {.key = key_of(1, 1)};
    map_add(&map, &a);
    map_add(&map, &b);
    map_add(&map, &c);
    ck_assert_ptr_eq(map_find(&map, key_of(1, 2)), &a);
    ck_assert_ptr_eq(map_find(&map, key_of(2, 2)), &b);
    ck_assert_ptr_eq(map_find(&map, key_of(1, 1)), &c);
    ck_assert_ptr_null(map_find(&map, key_of(2, 1)));
    map_remove(&map, &a);
    ck_assert_ptr_null(map_find(&map, key_of(1, 2)));
    ck_assert_ptr_eq(map_find(&map, key_of(2, 2)), &b);
    map_remove(&map, &b);
    map_remove(&map, &c);
}
END_TEST

/* A linear congruence: the test is the same every time. */
static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* Add, take out and look up at random, next to an array that knows what is in. */
START_TEST(a_map_does_what_an_array_does)
{
    static struct map_node nodes[KEYS];
    static bool present[KEYS];
    uint32_t seed = (uint32_t)_i + 1;
    size_t count = 0;
    for (uint64_t i = 0; i < KEYS; i++)
        nodes[i].key = key_of(i % 7, i / 7);
    for (int i = 0; i < OPERATIONS; i++) {
        const size_t at = next_number(&seed) % KEYS;
        const bool found = map_find(&map, nodes[at].key) == &nodes[at];
        if (found != present[at])
            ck_abort_msg("key %zu after %d operations", at, i);
        if (next_number(&seed) % 3 == 0)
            continue;
        if (present[at])
            map_remove(&map, &nodes[at]);
        else
            map_add(&map, &nodes[at]);
        present[at] = !present[at];
        count = present[at] ? count + 1 : count - 1;
        if (map.count != count)
            ck_abort_msg("count after %d operations", i);
    }
}
END_TEST

START_TEST(any_hands_out_every_node_once)
{
    static struct map_node nodes[NODES];
    size_t count = 0;
    for (uint64_t i = 0; i < NODES; i++) {
        nodes[i].key = key_of(i, i);
        map_add(&map, &nodes[i]);
    }
    for (struct map_node *node; (node = map_any(&map)) != NULL; count++)
        map_remove(&map, node);
    ck_assert_uint_eq(count, NODES);
    ck_assert_uint_eq(map.count, 0);
}
END_TEST

static size_t longest_chain(void)
{
    size_t longest = 0;
    for (size_t i = 0; i < map.slot_count; i++) {
        size_t len = 0;
        for (const struct map_node *node = map.slots[i]; node; node = node->next)
            len++;
        longest = len > longest ? len : longest;
    }
    return longest;
}

/* A peer chooses the ids it asks for. Whichever bits it varies, the keys must spread: with 4096
 * random keys in 4096 slots a chain of 30 does not happen. */
START_TEST(keys_that_a_peer_chose_share_no_slot)
{
    static const struct {
        const char *why;
        unsigned high_shift, low_shift; /* 64: this half stays the same */
    } cases[] = {
        {"low bits of the low half", 64, 0},
        {"middle bits of the low half", 64, 20},
        {"high bits of the low half", 64, 52},
        {"low bits of the high half", 0, 64},
        {"middle bits of the high half", 20, 64},
        {"high bits of the high half", 52, 64},
        {"both halves alike", 52, 52},
    };
    static struct map_node nodes[NODES];
    const unsigned high = cases[_i].high_shift;
    const unsigned low = cases[_i].low_shift;
    for (uint64_t i = 0; i < NODES; i++) {
        nodes[i].key = key_of(high < 64 ? i << high : 7, low < 64 ? i << low : 7);
        map_add(&map, &nodes[i]);
    }
    const size_t longest = longest_chain();
    ck_assert_msg(longest < 30, "%s: %zu keys share a slot", cases[_i].why, longest);
}
END_TEST

START_TEST(two_maps_place_the_same_keys_differently)
{
    struct map other;
    map_init(&other);
    ck_assert(map.salt[0] != other.salt[0] && map.salt[1] != other.salt[1]);
    map_release(&other);
    map_release(NULL);
}
END_TEST

START_TEST(taking_out_what_is_not_there_stops_the_program)
{
    struct map_node in = {.key = key_of(1, 1)};
    struct map_node out = {.key = key_of(1, 2)};
    map_add(&map, &in);
    map_remove(&map, &out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("map");
    TCase *tcase = tcase_create("map");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_empty_map_has_nothing);
    tcase_add_test(tcase, keys_that_differ_in_one_half_only_are_different);
    tcase_add_loop_test(tcase, a_map_does_what_an_array_does, 0, 5);
    tcase_add_test(tcase, any_hands_out_every_node_once);
    tcase_add_loop_test(tcase, keys_that_a_peer_chose_share_no_slot, 0, 7);
    tcase_add_test(tcase, two_maps_place_the_same_keys_differently);
    tcase_add_test_raise_signal(tcase, taking_out_what_is_not_there_stops_the_program, SIGABRT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
