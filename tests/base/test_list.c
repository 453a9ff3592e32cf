#include "app/base/list.h"

#include "app/base/compiler.h"
#include "tests/support/support.h"

struct number {
    struct list node;
    int value;
};

static struct number numbers[6];

static void fill(struct list *list, int from, int to)
{
    list_init(list);
    for (int i = from; i < to; i++) {
        numbers[i] = (struct number){.value = i};
        list_init(&numbers[i].node);
        list_append(list, &numbers[i].node);
    }
}

static void expect(const struct list *list, const char *digits)
{
    const struct list *node = list->next;
    const struct list *before = list;
    for (; *digits; digits++) {
        ck_assert_ptr_ne(node, list);
        ck_assert_ptr_eq(node->prev, before);
        ck_assert_int_eq(container_of(node, const struct number, node)->value, *digits - '0');
        before = node;
        node = node->next;
    }
    ck_assert_ptr_eq(node, list);
    ck_assert_ptr_eq(list->prev, before);
}

START_TEST(a_new_list_is_empty)
{
    struct list list;
    list_init(&list);
    ck_assert(list_empty(&list));
    ck_assert(!list_linked(&list));
    ck_assert_ptr_null(list_take(&list));
}
END_TEST

START_TEST(nodes_come_out_in_the_order_they_went_in)
{
    struct list list;
    fill(&list, 0, 3);
    expect(&list, "012");
    for (int i = 0; i < 3; i++) {
        struct list *node = list_take(&list);
        ck_assert_ptr_eq(node, &numbers[i].node);
        ck_assert(!list_linked(node));
    }
    ck_assert(list_empty(&list));
}
END_TEST

START_TEST(a_node_can_be_unlinked_anywhere_and_twice)
{
    static const char *const left[] = {"123", "023", "013", "012"};
    struct list list;
    fill(&list, 0, 4);
    list_unlink(&numbers[_i].node);
    expect(&list, left[_i]);
    ck_assert(!list_linked(&numbers[_i].node));
    list_unlink(&numbers[_i].node);
    expect(&list, left[_i]);
}
END_TEST

START_TEST(moving_all_joins_two_lists)
{
    static const struct {
        const char *why;
        int split;
        int end;
        const char *joined;
    } cases[] = {
        {"both have nodes", 2, 5, "01234"},  {"the first is empty", 0, 2, "01"},
        {"the second is empty", 2, 2, "01"}, {"both are empty", 0, 0, ""},
        {"one node each", 1, 2, "01"},
    };
    struct list first;
    struct list second;
    fill(&first, 0, cases[_i].split);
    fill(&second, cases[_i].split, cases[_i].end);
    list_move_all(&first, &second);
    expect(&first, cases[_i].joined);
    ck_assert_msg(list_empty(&second), "%s", cases[_i].why);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("list");
    TCase *tcase = tcase_create("list");
    tcase_add_test(tcase, a_new_list_is_empty);
    tcase_add_test(tcase, nodes_come_out_in_the_order_they_went_in);
    tcase_add_loop_test(tcase, a_node_can_be_unlinked_anywhere_and_twice, 0, 4);
    tcase_add_loop_test(tcase, moving_all_joins_two_lists, 0, 5);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
