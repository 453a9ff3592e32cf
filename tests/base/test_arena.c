#include "app/base/arena.h"

#include <signal.h>
#include <stdalign.h>
#include <string.h>

#if BUILT_WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

#include "tests/support/support.h"

static bool all_zero(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (at[i] != 0)
            return false;
    }
    return true;
}

/* Around the alignment, a quarter of a block, a block, and far beyond. */
static const size_t sizes[] = {0,    1,    7,    8,    15,   16,    17,     100,
                               1000, 1019, 1020, 1024, 4000, 4079,  4080,   4081,
                               4095, 4096, 4097, 5000, 8192, 65536, 1000000};

START_TEST(a_piece_is_zeroed_aligned_and_its_own)
{
    enum { PIECES = 50 };
    struct arena arena = {0};
    uint8_t *pieces[PIECES];
    const size_t size = sizes[_i];

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < PIECES; i++) {
            pieces[i] = arena_alloc(&arena, size);
            ck_assert_ptr_nonnull(pieces[i]);
            ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
            ck_assert(all_zero(pieces[i], size));
            memset(pieces[i], (int)i + 1, size);
        }
        for (size_t i = 0; i < PIECES; i++) {
            for (size_t at = 0; at < size; at += size / 8 + 1)
                ck_assert_uint_eq(pieces[i][at], i + 1);
            ck_assert(i == 0 || pieces[i] != pieces[i - 1]);
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(pieces_of_all_sizes_mix)
{
    struct arena arena = {0};
    uint8_t *pieces[3][COUNT_OF(sizes)];

    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            pieces[round][i] = arena_alloc(&arena, sizes[i]);
            memset(pieces[round][i], (int)(round * 64 + i), sizes[i]);
        }
    }
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            if (sizes[i] == 0)
                continue;
            ck_assert_uint_eq(pieces[round][i][0], round * 64 + i);
            ck_assert_uint_eq(pieces[round][i][sizes[i] - 1], round * 64 + i);
        }
    }
    arena_release(&arena);
}
END_TEST

START_TEST(a_reset_arena_gives_the_same_memory_again)
{
    struct arena arena = {0};
    const void *first = arena_alloc(&arena, 1000);
    arena_reset(&arena);
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_eq(arena_alloc(&arena, 1000), first);
        arena_alloc(&arena, 1000);
        arena_reset(&arena);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(a_reset_keeps_no_large_block)
{
    struct arena arena = {0};
    arena_alloc(&arena, 100000);
    arena_reset(&arena);
    ck_assert_ptr_null(arena.blocks);

    const void *small = arena_alloc(&arena, 16);
    arena_alloc(&arena, 100000);
    arena_alloc(&arena, 3000);
    arena_alloc(&arena, 3000);
    arena_reset(&arena);
    ck_assert_ptr_eq(arena_alloc(&arena, 16), small);
    arena_release(&arena);
}
END_TEST

START_TEST(a_large_piece_does_not_end_the_block_that_is_being_filled)
{
    struct arena arena = {0};
    arena_alloc(&arena, 16);
    const struct arena_block *block = arena.blocks;
    arena_alloc(&arena, 100000);
    arena_alloc(&arena, 16);
    ck_assert_ptr_eq(arena.blocks, block);
    arena_release(&arena);
}
END_TEST

START_TEST(an_empty_arena_can_be_reset_and_released)
{
    struct arena arena = {0};
    arena_reset(&arena);
    arena_release(&arena);
    arena_release(&arena);
    arena_release(NULL);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 1));
    arena_release(&arena);
}
END_TEST

START_TEST(a_copy_has_the_same_bytes_elsewhere)
{
    struct arena arena = {0};
    const struct slice text = SLICE("rope\0and lamp");
    const struct slice copy = arena_dup(&arena, text);
    ck_assert_slice_eq(copy, text);
    ck_assert_ptr_ne(copy.at, text.at);
    ck_assert_uint_eq(arena_dup(&arena, SLICE_NONE).len, 0);
    arena_release(&arena);
}
END_TEST

START_TEST(printed_text_has_its_length)
{
    struct arena arena = {0};
    const struct slice text = arena_printf(&arena, "%d-%s", 12, "a");
    ck_assert_slice_str(text, "12-a");
    ck_assert_int_eq(text.at[text.len], '\0');
    ck_assert_uint_eq(arena_printf(&arena, "%s", "").len, 0);
    ck_assert_uint_eq(arena_printf(&arena, "%*d", 9000, 1).len, 9000);
    arena_release(&arena);
}
END_TEST

START_TEST(an_array_is_count_times_size)
{
    struct arena arena = {0};
    uint32_t *numbers = arena_array(&arena, 1000, sizeof *numbers);
    ck_assert(all_zero((const uint8_t *)numbers, 1000 * sizeof *numbers));
    numbers[999] = 1;
    ck_assert_ptr_nonnull(arena_array(&arena, 0, 8));
    ck_assert_ptr_nonnull(arena_array(&arena, SIZE_MAX, 0));
    arena_release(&arena);
}
END_TEST

START_TEST(an_array_whose_size_wraps_stops_the_program)
{
    struct arena arena = {0};
    arena_array(&arena, SIZE_MAX / 8 + 2, 8);
}
END_TEST

START_TEST(a_piece_larger_than_memory_stops_the_program)
{
    struct arena arena = {0};
    arena_alloc(&arena, SIZE_MAX - 8);
}
END_TEST

#if BUILT_WITH_ASAN
START_TEST(touching_what_was_not_given_out_is_reported)
{
    struct arena arena = {0};
    const char *piece = arena_alloc(&arena, 24);
    ck_assert(!__asan_address_is_poisoned(piece + 23));
    ck_assert(__asan_address_is_poisoned(piece + 24));
    const char *next = arena_alloc(&arena, 16);
    ck_assert(__asan_address_is_poisoned(next - 1));
    ck_assert(__asan_address_is_poisoned(next + 16));
    arena_reset(&arena);
    ck_assert(__asan_address_is_poisoned(piece));
    ck_assert(__asan_address_is_poisoned(next));
    arena_release(&arena);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("arena");
    tcase_add_loop_test(tcase, a_piece_is_zeroed_aligned_and_its_own, 0, (int)COUNT_OF(sizes));
    tcase_add_test(tcase, pieces_of_all_sizes_mix);
    tcase_add_test(tcase, a_reset_arena_gives_the_same_memory_again);
    tcase_add_test(tcase, a_reset_keeps_no_large_block);
    tcase_add_test(tcase, a_large_piece_does_not_end_the_block_that_is_being_filled);
    tcase_add_test(tcase, an_empty_arena_can_be_reset_and_released);
    tcase_add_test(tcase, a_copy_has_the_same_bytes_elsewhere);
    tcase_add_test(tcase, printed_text_has_its_length);
    tcase_add_test(tcase, an_array_is_count_times_size);
    tcase_add_test_raise_signal(tcase, an_array_whose_size_wraps_stops_the_program, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_piece_larger_than_memory_stops_the_program, SIGABRT);
#if BUILT_WITH_ASAN
    tcase_add_test(tcase, touching_what_was_not_given_out_is_reported);
#endif
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
