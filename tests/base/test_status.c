#include "app/base/status.h"

#include <ctype.h>
#include <signal.h>
#include <string.h>

#include "tests/support/support.h"

/* The closed list of codes in docs/protocol.md; "not_found", which only HTTP has; and "ok", which is
 * no error. */
static const char *const contract_codes[] = {
    "ok",
    "not_found",
    "invalid_json",
    "invalid_message",
    "unknown_type",
    "unauthorized",
    "forbidden",
    "game_not_found",
    "code_not_found",
    "last_owner",
    "members_full",
    "invitations_full",
    "devices_full",
    "game_over",
    "unknown_choice",
    "choice_unavailable",
    "undo_refused",
    "nothing_to_undo",
    "save_not_found",
    "saves_full",
    "import_refused",
    "version_not_found",
    "not_migratable",
    "stale_version",
    "request_id_reused",
    "rate_limited",
    "too_large",
    "storage_unavailable",
    "shutting_down",
    "internal",
};

START_TEST(a_status_has_a_name_for_the_log)
{
    const char *name = status_name((enum status)_i);
    ck_assert(*name != '\0');
    for (const char *at = name; *at; at++)
        ck_assert(islower((unsigned char)*at) || isdigit((unsigned char)*at) || *at == '_');
    for (int other = 0; other < _i; other++)
        ck_assert_str_ne(name, status_name((enum status)other));
}
END_TEST

START_TEST(a_status_has_a_code_of_the_contract)
{
    const char *code = status_code((enum status)_i);
    bool known = false;
    for (size_t i = 0; i < COUNT_OF(contract_codes); i++)
        known = known || strcmp(code, contract_codes[i]) == 0;
    ck_assert_msg(known, "%s is not in the contract", code);
}
END_TEST

START_TEST(a_status_has_a_sentence_for_people)
{
    const char *text = status_text((enum status)_i);
    ck_assert_uint_gt(strlen(text), 1);
    ck_assert(isupper((unsigned char)text[0]));
    ck_assert_int_eq(text[strlen(text) - 1], '.');
}
END_TEST

START_TEST(every_code_of_the_contract_has_a_status)
{
    bool found = false;
    for (int i = 0; i < STATUS_COUNT; i++)
        found = found || strcmp(status_code((enum status)i), contract_codes[_i]) == 0;
    ck_assert_msg(found, "nothing answers %s", contract_codes[_i]);
}
END_TEST

START_TEST(a_number_that_is_no_status_stops_the_program)
{
    status_name(STATUS_COUNT);
}
END_TEST

START_TEST(a_check_that_fails_stops_the_program)
{
    ENSURE(_i == 0);
}
END_TEST

struct outer {
    int first;
    int second;
};

START_TEST(a_member_leads_back_to_its_object)
{
    struct outer outer = {.first = 1, .second = 2};
    ck_assert_ptr_eq(container_of(&outer.second, struct outer, second), &outer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("status");
    TCase *tcase = tcase_create("status");
    tcase_add_loop_test(tcase, a_status_has_a_name_for_the_log, 0, STATUS_COUNT);
    tcase_add_loop_test(tcase, a_status_has_a_code_of_the_contract, 0, STATUS_COUNT);
    tcase_add_loop_test(tcase, a_status_has_a_sentence_for_people, 0, STATUS_COUNT);
    tcase_add_loop_test(tcase, every_code_of_the_contract_has_a_status, 0,
                        (int)COUNT_OF(contract_codes));
    tcase_add_test_raise_signal(tcase, a_number_that_is_no_status_stops_the_program, SIGABRT);
    tcase_add_loop_test_raise_signal(tcase, a_check_that_fails_stops_the_program, SIGABRT, 1, 2);
    tcase_add_test(tcase, a_member_leads_back_to_its_object);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
