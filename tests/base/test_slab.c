#include "app/base/slab.h"

#include <signal.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "tests/support/support.h"

#if BUILT_WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

enum { OBJECTS = 1000, OPERATIONS = 100000 };

/* Smaller than a link, around the alignment, odd, a page and more. */
static const size_t sizes[] = {1, 7, 8, 9, 15, 16, 17, 24, 100, 4096, 5001};

static bool all_bytes(const uint8_t *at, size_t len, uint8_t byte)
{
    for (size_t i = 0; i < len; i++) {
        if (at[i] != byte)
            return false;
    }
    return true;
}

START_TEST(an_object_is_zeroed_aligned_and_its_own)
{
    static uint8_t *objects[OBJECTS];
    const size_t size = sizes[_i];
    struct slab slab;
    slab_init(&slab, size);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < OBJECTS; i++) {
            objects[i] = slab_take(&slab);
            if ((uintptr_t)objects[i] % alignof(max_align_t) != 0 ||
                !all_bytes(objects[i], size, 0))
                ck_abort_msg("object %zu of size %zu", i, size);
            memset(objects[i], (int)(i % 255) + 1, size);
        }
        ck_assert_uint_eq(slab.count, OBJECTS);
        for (size_t i = 0; i < OBJECTS; i++) {
            if (!all_bytes(objects[i], size, (uint8_t)(i % 255 + 1)))
                ck_abort_msg("object %zu of size %zu was written to", i, size);
        }
        for (size_t i = 0; i < OBJECTS; i++)
            slab_give(&slab, objects[i]);
        ck_assert_uint_eq(slab.count, 0);
    }
    slab_release(&slab);
}
END_TEST

START_TEST(the_place_given_back_last_is_taken_first)
{
    struct slab slab;
    slab_init(&slab, 48);
    void *first = slab_take(&slab);
    void *second = slab_take(&slab);
    slab_give(&slab, first);
    slab_give(&slab, second);
    ck_assert_ptr_eq(slab_take(&slab), second);
    ck_assert_ptr_eq(slab_take(&slab), first);
    slab_give(&slab, first);
    slab_give(&slab, second);
    slab_release(&slab);
}
END_TEST

START_TEST(what_was_given_back_is_used_again)
{
    static void *objects[OBJECTS];
    struct slab slab;
    slab_init(&slab, 48);
    for (size_t i = 0; i < OBJECTS; i++)
        objects[i] = slab_take(&slab);
    const void *chunks = slab.chunks;
    uint32_t seed = 1;
    for (int i = 0; i < OPERATIONS; i++) {
        seed = seed * 1664525U + 1013904223U;
        void **object = &objects[(seed >> 8) % OBJECTS];
        if (*object)
            slab_give(&slab, *object);
        *object = *object ? NULL : slab_take(&slab);
    }
    ck_assert_ptr_eq(slab.chunks, chunks);
    for (size_t i = 0; i < OBJECTS; i++) {
        if (objects[i])
            slab_give(&slab, objects[i]);
    }
    ck_assert_uint_eq(slab.count, 0);
    slab_release(&slab);
}
END_TEST

START_TEST(a_slab_can_be_released_unused_and_used_again)
{
    struct slab slab;
    slab_init(&slab, 48);
    slab_release(&slab);
    slab_release(&slab);
    slab_release(NULL);
    slab_give(&slab, slab_take(&slab));
    slab_release(&slab);
}
END_TEST

START_TEST(releasing_while_an_object_is_out_stops_the_program)
{
    struct slab slab;
    slab_init(&slab, 48);
    slab_take(&slab);
    slab_release(&slab);
}
END_TEST

START_TEST(giving_more_than_was_taken_stops_the_program)
{
    static uint64_t stranger[6];
    struct slab slab;
    slab_init(&slab, sizeof stranger);
    slab_give(&slab, stranger);
}
END_TEST

START_TEST(objects_of_no_size_stop_the_program)
{
    struct slab slab;
    slab_init(&slab, 0);
}
END_TEST

START_TEST(objects_of_a_size_that_wraps_stop_the_program)
{
    struct slab slab;
    slab_init(&slab, SIZE_MAX / 4);
}
END_TEST

#if BUILT_WITH_ASAN
START_TEST(only_what_was_given_out_may_be_touched)
{
    const size_t size = sizes[_i];
    struct slab slab;
    slab_init(&slab, size);
    char *object = slab_take(&slab);
    char *next = slab_take(&slab);
    ck_assert_ptr_null(__asan_region_is_poisoned(object, size));
    ck_assert_ptr_eq(__asan_region_is_poisoned(object, size + 1), object + size);
    slab_give(&slab, object);
    ck_assert(__asan_address_is_poisoned(object));
    ck_assert(__asan_address_is_poisoned(object + size - 1));
    ck_assert(!__asan_address_is_poisoned(next));
    slab_give(&slab, next);
    slab_release(&slab);
}
END_TEST

START_TEST(giving_an_object_back_twice_stops_the_program)
{
    struct slab slab;
    slab_init(&slab, sizes[_i]);
    void *object = slab_take(&slab);
    slab_take(&slab);
    slab_give(&slab, object);
    slab_give(&slab, object);
}
END_TEST
#endif

static void add_tests_with_asan(TCase *tcase)
{
#if BUILT_WITH_ASAN
    tcase_add_loop_test(tcase, only_what_was_given_out_may_be_touched, 0, (int)COUNT_OF(sizes));
    tcase_add_loop_test_raise_signal(tcase, giving_an_object_back_twice_stops_the_program, SIGABRT,
                                     0, (int)COUNT_OF(sizes));
#else
    (void)tcase;
#endif
}

int main(void)
{
    Suite *suite = suite_create("slab");
    TCase *tcase = tcase_create("slab");
    tcase_add_loop_test(tcase, an_object_is_zeroed_aligned_and_its_own, 0, (int)COUNT_OF(sizes));
    tcase_add_test(tcase, the_place_given_back_last_is_taken_first);
    tcase_add_test(tcase, what_was_given_back_is_used_again);
    tcase_add_test(tcase, a_slab_can_be_released_unused_and_used_again);
    tcase_add_test_raise_signal(tcase, releasing_while_an_object_is_out_stops_the_program, SIGABRT);
    tcase_add_test_raise_signal(tcase, giving_more_than_was_taken_stops_the_program, SIGABRT);
    tcase_add_test_raise_signal(tcase, objects_of_no_size_stop_the_program, SIGABRT);
    tcase_add_test_raise_signal(tcase, objects_of_a_size_that_wraps_stop_the_program, SIGABRT);
    add_tests_with_asan(tcase);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
