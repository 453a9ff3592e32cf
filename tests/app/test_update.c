#include "app/update.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

/* A header whose length and content depend on the payload's length, at the end of the room. */
static size_t seal_sample(uint64_t payload_len, uint8_t room[UPDATE_HEADROOM])
{
    const size_t len = payload_len % (UPDATE_HEADROOM + 1);
    memset(room + UPDATE_HEADROOM - len, 'h', len);
    return len;
}

START_TEST(the_frame_is_the_header_and_the_snapshot)
{
    static const uint8_t bytes[] = "0123456789abcdef";
    const struct slice snapshot = slice_make(bytes, (size_t)_i + 1);
    const size_t header = snapshot.len % (UPDATE_HEADROOM + 1);
    struct update *update = update_new((struct id){1, 2}, 7, snapshot, 3, seal_sample);
    ck_assert_uint_eq(update->version, 7);
    ck_assert(id_eq(update->game, (struct id){1, 2}));
    ck_assert_slice_eq(update->snapshot, snapshot);
    ck_assert_uint_eq(update->frame.len, header + snapshot.len);
    for (size_t i = 0; i < header; i++)
        ck_assert_int_eq(update->frame.at[i], 'h');
    ck_assert_ptr_eq(update->frame.at + header, update->snapshot.at);
    update_unref(update);
}
END_TEST

START_TEST(without_a_seal_the_frame_is_the_snapshot)
{
    struct update *update = update_new((struct id){0, 0}, 1, SLICE("{}"), 1, NULL);
    ck_assert_slice_eq(update->frame, update->snapshot);
    ck_assert_slice_str(update->snapshot, "{}");
    update_unref(update);
}
END_TEST

START_TEST(each_thread_has_a_post_of_its_own)
{
    struct update *update = update_new((struct id){0, 0}, 1, SLICE("{}"), 64, NULL);
    for (unsigned i = 0; i < 64; i++) {
        ck_assert_int_eq(update->posts[i].mail.kind, MAIL_UPDATE);
        ck_assert_ptr_eq(update->posts[i].update, update);
        ck_assert(!list_linked(&update->posts[i].mail.node));
    }
    update_unref(update);
}
END_TEST

enum { HOLDERS = 4, TURNS = 20000 };

static void *hold_and_let_go(void *arg)
{
    struct update *update = arg;
    for (int i = 0; i < TURNS; i++)
        update_unref(update_ref(update));
    update_unref(update);
    return NULL;
}

START_TEST(the_last_holder_frees_it_on_whichever_thread)
{
    pthread_t threads[HOLDERS];
    struct update *update = update_new((struct id){0, 0}, 1, SLICE("{}"), HOLDERS, NULL);
    for (int i = 0; i < HOLDERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hold_and_let_go, update_ref(update)), 0);
    update_unref(update);
    for (int i = 0; i < HOLDERS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    update_unref(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("update");
    TCase *tcase = tcase_create("update");
    tcase_add_loop_test(tcase, the_frame_is_the_header_and_the_snapshot, 0, 16);
    tcase_add_test(tcase, without_a_seal_the_frame_is_the_snapshot);
    tcase_add_test(tcase, each_thread_has_a_post_of_its_own);
    tcase_add_test(tcase, the_last_holder_frees_it_on_whichever_thread);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
