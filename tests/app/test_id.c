#include "app/id.h"

#include <string.h>

#include "app/base/crypto.h"
#include "tests/support/support.h"

static const struct {
    struct id id;
    const char *text;
} known[] = {
    {{0, 1}, "AAAAAAAAAAAAAAAAAAAAAQ"},
    {{0, 3}, "AAAAAAAAAAAAAAAAAAAAAw"},
    {{UINT64_MAX, UINT64_MAX}, "_____________________w"},
    {{1, 0}, "AAAAAAAAAAEAAAAAAAAAAA"},
    {{0x0123456789abcdef, 0xfedcba9876543210}, "ASNFZ4mrze_-3LqYdlQyEA"},
    {{0xfbefbefbefbefbef, 0xbefbefbefbefbefb}, "---------------------w"},
};

START_TEST(an_id_has_one_text)
{
    char text[ID_TEXT_SIZE];
    struct id id;
    id_text(known[_i].id, text);
    ck_assert_str_eq(text, known[_i].text);
    ck_assert_int_eq(id_parse(slice_str(text), &id), OK);
    ck_assert(id_eq(id, known[_i].id));
}
END_TEST

START_TEST(random_ids_come_back_from_their_text)
{
    bool same = true;
    for (int i = 0; i < 10000 && same; i++) {
        char text[ID_TEXT_SIZE];
        struct id back = {0, 0};
        struct id id;
        crypto_random(&id, sizeof id);
        id_text(id, text);
        same = id_parse(slice_make(text, ID_TEXT_LEN), &back) == OK && id_eq(back, id);
    }
    ck_assert(same);
}
END_TEST

static const struct {
    const char *why;
    struct slice text;
} wrong[] = {
    {"empty", SLICE_INIT("")},
    {"no id at all", SLICE_INIT("AAAAAAAAAAAAAAAAAAAAAA")},
    {"too short", SLICE_INIT("AAAAAAAAAAAAAAAAAAAAA")},
    {"too long", SLICE_INIT("AAAAAAAAAAAAAAAAAAAAAAA")},
    {"padding", SLICE_INIT("AAAAAAAAAAAAAAAAAAAAA=")},
    {"the other alphabet: plus", SLICE_INIT("+AAAAAAAAAAAAAAAAAAAAA")},
    {"the other alphabet: slash", SLICE_INIT("/AAAAAAAAAAAAAAAAAAAAA")},
    {"a space", SLICE_INIT(" AAAAAAAAAAAAAAAAAAAAA")},
    {"a NUL", SLICE_INIT("AAAAAAAAAA\0AAAAAAAAAAA")},
    {"not ASCII", SLICE_INIT("\xc3\xa9"
                             "AAAAAAAAAAAAAAAAAAAA")},
    {"a spare bit is set", SLICE_INIT("AAAAAAAAAAAAAAAAAAAAAB")},
    {"all spare bits are set", SLICE_INIT("AAAAAAAAAAAAAAAAAAAAAP")},
    {"the highest spare bit", SLICE_INIT("AAAAAAAAAAAAAAAAAAAAAI")},
};

START_TEST(what_was_never_given_out_is_refused)
{
    struct id id = {7, 7};
    ck_assert_msg(id_parse(wrong[_i].text, &id) == ERR_INVALID, "%s", wrong[_i].why);
    ck_assert(id_eq(id, (struct id){7, 7}));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("id");
    TCase *tcase = tcase_create("id");
    tcase_add_loop_test(tcase, an_id_has_one_text, 0, COUNT_OF(known));
    tcase_add_test(tcase, random_ids_come_back_from_their_text);
    tcase_add_loop_test(tcase, what_was_never_given_out_is_refused, 0, COUNT_OF(wrong));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
