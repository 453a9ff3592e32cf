#include "app/origin.h"

#include <string.h>

#include "app/kept.h"
#include "tests/game/sample.h"
#include "tests/support/support.h"

/* Three versions, two runs, the first one revealed. */
static struct slice stored(struct buf *buf)
{
    struct run_told runs[2] = {{.is_revealed = true}, {.is_revealed = false}};
    for (size_t i = 0; i < SHA256_LEN; i++) {
        runs[0].seed_hash[i] = (uint8_t)i;
        runs[0].seed[i] = (uint8_t)(100 + i);
        runs[1].seed_hash[i] = (uint8_t)(200 + i);
        runs[1].seed[i] = 0xee; /* a seed that was not told is not kept */
    }
    origin_encode(&(struct origin){3, runs, COUNT_OF(runs)}, buf);
    return buf_slice(buf);
}

START_TEST(the_stored_form_is_as_documented)
{
    static const uint8_t head[] = {1, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 2};
    SCOPED(buf_release) struct buf buf = {.at = NULL};
    struct arena arena = {.blocks = NULL};
    struct origin origin;
    const struct slice bytes = stored(&buf);
    ck_assert_uint_eq(bytes.len, 13 + 65 + 33);
    ck_assert_slice_eq(slice_make(bytes.at, sizeof head), slice_make(head, sizeof head));
    ck_assert_ptr_null(memchr(bytes.at, 0xee, bytes.len - SHA256_LEN));
    ck_assert_int_eq(origin_decode(bytes, &arena, &origin), OK);
    ck_assert_uint_eq(origin.version, 3);
    ck_assert_uint_eq(origin.run_count, 2);
    ck_assert(origin.runs[0].is_revealed && !origin.runs[1].is_revealed);
    ck_assert_uint_eq(origin.runs[0].seed[31], 131);
    ck_assert_uint_eq(origin.runs[1].seed_hash[0], 200);
    arena_release(&arena);
}
END_TEST

START_TEST(a_game_without_such_a_past_has_no_bytes)
{
    SCOPED(buf_release) struct buf buf = {.at = NULL};
    struct arena arena = {.blocks = NULL};
    struct origin origin = {.version = 9};
    origin_encode(&(struct origin){.version = 0}, &buf);
    ck_assert_uint_eq(buf.len, 0);
    ck_assert_int_eq(origin_decode(SLICE_NONE, &arena, &origin), OK);
    ck_assert_uint_eq(origin.version, 0);
    ck_assert_uint_eq(origin.run_count, 0);
    arena_release(&arena);
}
END_TEST

START_TEST(what_is_cut_or_longer_is_damaged)
{
    SCOPED(buf_release) struct buf buf = {.at = NULL};
    struct arena arena = {.blocks = NULL};
    struct origin origin;
    stored(&buf);
    buf_byte(&buf, 0);
    for (size_t len = 1; len <= buf.len; len++) {
        struct blob *cut = blob_dup(slice_make(buf.at, len));
        const enum status st = origin_decode(blob_slice(cut), &arena, &origin);
        ck_assert_msg((st == OK) == (len == buf.len - 1), "%zu bytes", len);
        ck_assert(st == OK || st == ERR_CORRUPT);
        blob_unref(cut);
    }
    arena_release(&arena);
}
END_TEST

static const struct {
    const char *why;
    size_t offset;
    uint8_t value;
} damaged[] = {
    {"another format", 0, 2},          {"no version", 1, 0},       {"no run", 9, 0},
    {"a run too many", 9, 3},          {"too many runs", 12, 255}, {"neither told nor not", 13, 2},
    {"a seed that is missing", 78, 1},
};

START_TEST(bytes_that_are_no_origin_are_damaged)
{
    SCOPED(buf_release) struct buf buf = {.at = NULL};
    struct arena arena = {.blocks = NULL};
    struct origin origin;
    stored(&buf);
    buf.at[damaged[_i].offset] = damaged[_i].value;
    ck_assert_msg(origin_decode(buf_slice(&buf), &arena, &origin) == ERR_CORRUPT, "%s",
                  damaged[_i].why);
    arena_release(&arena);
}
END_TEST

/* ---- the states that loads go back to ---- */

START_TEST(only_what_is_asked_for_is_kept_and_until_it_is_forgotten)
{
    static const uint64_t asked[] = {7, 3, 7, 40, 3, 12};
    struct sample sample;
    struct kept kept = {.list = NULL};
    struct state found;
    sample_init(&sample);
    struct state state = sample_start(&sample);
    for (size_t i = 0; i < COUNT_OF(asked); i++)
        kept_need(&kept, asked[i]);
    kept_ready(&kept);
    ck_assert_int_eq(kept_find(&kept, &sample.story, 3, &found), ERR_NOT_FOUND); /* not yet */
    for (state.version = 1; state.version <= 10; state.version++)
        kept_put(&kept, &sample.story, &state);
    for (uint64_t version = 0; version <= 41; version++) {
        const enum status st = kept_find(&kept, &sample.story, version, &found);
        ck_assert_int_eq(st, version == 3 || version == 7 ? OK : ERR_NOT_FOUND);
        ck_assert(st != OK || found.version == version);
    }
    kept_forget(&kept, 10);
    ck_assert_int_eq(kept_find(&kept, &sample.story, 7, &found), ERR_NOT_FOUND);
    kept_need(&kept, 11); /* more is asked for; 12 and 40 still are */
    kept_ready(&kept);
    for (state.version = 11; state.version <= 13; state.version++)
        kept_put(&kept, &sample.story, &state);
    ck_assert_int_eq(kept_find(&kept, &sample.story, 11, &found), OK);
    ck_assert_int_eq(kept_find(&kept, &sample.story, 12, &found), OK);
    ck_assert_int_eq(kept_find(&kept, &sample.story, 13, &found), ERR_NOT_FOUND);
    ck_assert_int_eq(kept_find(&kept, &sample.story, 40, &found), ERR_NOT_FOUND);
    kept_release(&kept);
}
END_TEST

START_TEST(many_versions_are_kept_apart)
{
    enum { MANY = 1000 };
    struct sample sample;
    struct kept kept = {.list = NULL};
    struct state found;
    sample_init(&sample);
    struct state state = sample_start(&sample);
    for (uint64_t i = 0; i < MANY; i++)
        kept_need(&kept, 1 + (i * 7919) % MANY);
    kept_ready(&kept);
    for (state.version = 1; state.version <= MANY; state.version++)
        kept_put(&kept, &sample.story, &state);
    for (uint64_t version = 1; version <= MANY; version++) {
        ck_assert_int_eq(kept_find(&kept, &sample.story, version, &found), OK);
        ck_assert_uint_eq(found.version, version);
    }
    kept_release(&kept);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("origin");
    TCase *origins = tcase_create("origin");
    TCase *kept = tcase_create("kept");
    tcase_add_test(origins, the_stored_form_is_as_documented);
    tcase_add_test(origins, a_game_without_such_a_past_has_no_bytes);
    tcase_add_test(origins, what_is_cut_or_longer_is_damaged);
    tcase_add_loop_test(origins, bytes_that_are_no_origin_are_damaged, 0, (int)COUNT_OF(damaged));
    tcase_add_test(kept, only_what_is_asked_for_is_kept_and_until_it_is_forgotten);
    tcase_add_test(kept, many_versions_are_kept_apart);
    suite_add_tcase(suite, origins);
    suite_add_tcase(suite, kept);
    return run_suite(suite);
}
