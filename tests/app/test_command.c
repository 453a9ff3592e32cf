#include "app/command.h"

#include <signal.h>
#include <string.h>

#include "tests/support/support.h"

START_TEST(a_new_command_asks_and_answers_nothing)
{
    struct command *command = command_new();
    ck_assert_int_eq(command->mail.kind, MAIL_COMMAND);
    ck_assert(!list_linked(&command->mail.node));
    ck_assert_int_eq(command->status, OK);
    ck_assert_ptr_null(command->update);
    ck_assert_uint_eq(command->body.len, 0);
    command_free(command);
    command_free(NULL);
}
END_TEST

START_TEST(clearing_forgets_question_and_answer_and_keeps_the_memory)
{
    struct command *command = command_new();
    struct update *update = update_new((struct id){1, 1}, 1, SLICE("{}"), 1, NULL);
    command->kind = COMMAND_LIST;
    command->thread = 2;
    command->caller.has_secret = true;
    command->request_id = arena_dup(&command->arena, SLICE("id"));
    command->update = update_ref(update);
    command->version = 9;
    command->duplicate = true;
    memcpy(command->secret, "secret", sizeof "secret");
    buf_append(&command->body, SLICE("{\"games\":[]}"));
    const uint8_t *const body = command->body.at;

    command_clear(command);
    ck_assert_int_eq(command->mail.kind, MAIL_COMMAND);
    ck_assert_int_eq(command->kind, COMMAND_CREATE);
    ck_assert_uint_eq(command->thread, 0);
    ck_assert(!command->caller.has_secret && !command->duplicate);
    ck_assert_uint_eq(command->request_id.len, 0);
    ck_assert_ptr_null(command->update);
    ck_assert_uint_eq(command->version, 0);
    ck_assert_str_eq(command->secret, "");
    ck_assert_uint_eq(command->body.len, 0);
    ck_assert_ptr_eq(command->body.at, body);
    ck_assert_uint_eq(atomic_load(&update->refs), 1);
    command_free(command);
    update_unref(update);
}
END_TEST

START_TEST(freeing_lets_the_update_go)
{
    struct command *command = command_new();
    struct update *update = update_new((struct id){1, 1}, 1, SLICE("{}"), 1, NULL);
    command->update = update_ref(update);
    command_free(command);
    ck_assert_uint_eq(atomic_load(&update->refs), 1);
    update_unref(update);
}
END_TEST

START_TEST(clearing_a_command_that_waits_stops_the_program)
{
    struct list queue;
    struct command *command = command_new();
    list_init(&queue);
    list_append(&queue, &command->mail.node);
    command_clear(command);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command");
    TCase *tcase = tcase_create("command");
    tcase_add_test(tcase, a_new_command_asks_and_answers_nothing);
    tcase_add_test(tcase, clearing_forgets_question_and_answer_and_keeps_the_memory);
    tcase_add_test(tcase, freeing_lets_the_update_go);
    tcase_add_test_raise_signal(tcase, clearing_a_command_that_waits_stops_the_program, SIGABRT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
