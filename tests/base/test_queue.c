/* The queue with one reader and several senders. Every test ends because an event came, so a lost
 * wake-up is a test that Check stops. */
#include "app/base/queue.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "tests/support/support.h"

enum { SENDERS = 4, MESSAGES = 3000 };

struct message {
    struct list node;
    int sender;
    int number;
};

struct sender {
    struct queue *queue;
    int id;
    int batch; /* messages per push */
    int sent;  /* accepted by the queue */
    pthread_t thread;
};

static struct message *message_new(int sender, int number)
{
    struct message *message = malloc(sizeof *message);
    ENSURE(message != NULL);
    *message = (struct message){.sender = sender, .number = number};
    list_init(&message->node);
    return message;
}

static int free_all(struct list *nodes)
{
    int count = 0;
    for (struct list *node = list_take(nodes); node; node = list_take(nodes)) {
        free(container_of(node, struct message, node));
        count++;
    }
    return count;
}

/* Send until all is sent or the queue is closed. */
static void *send_messages(void *pointer)
{
    struct sender *sender = pointer;
    int number = 0;
    while (number < MESSAGES) {
        struct list nodes;
        bool accepted;
        list_init(&nodes);
        const int first = number;
        for (int i = 0; i < sender->batch && number < MESSAGES; i++)
            list_append(&nodes, &message_new(sender->id, number++)->node);
        if (sender->batch == 1) {
            struct list *node = list_take(&nodes);
            accepted = queue_push(sender->queue, node);
            if (!accepted)
                list_append(&nodes, node);
        } else {
            accepted = queue_push_all(sender->queue, &nodes);
        }
        ENSURE(accepted == list_empty(&nodes));
        if (!accepted) {
            free_all(&nodes);
            break;
        }
        sender->sent += number - first;
    }
    return NULL;
}

static void start_senders(struct sender senders[SENDERS], struct queue *queue)
{
    for (int i = 0; i < SENDERS; i++) {
        /* Single messages from some, whole lists from others. */
        senders[i] = (struct sender){.queue = queue, .id = i, .batch = i % 2 == 0 ? 1 : 5 * i};
        ck_assert_int_eq(pthread_create(&senders[i].thread, NULL, send_messages, &senders[i]), 0);
    }
}

/* How many messages the queue accepted. */
static int join_senders(struct sender senders[SENDERS])
{
    int sent = 0;
    for (int i = 0; i < SENDERS; i++) {
        ck_assert_int_eq(pthread_join(senders[i].thread, NULL), 0);
        sent += senders[i].sent;
    }
    return sent;
}

/* Free what came, and hold each sender to its order. */
static int check_order(struct list *nodes, int next[SENDERS])
{
    int count = 0;
    for (struct list *node = list_take(nodes); node; node = list_take(nodes)) {
        struct message *message = container_of(node, struct message, node);
        ck_assert_int_eq(message->number, next[message->sender]);
        next[message->sender]++;
        count++;
        free(message);
    }
    return count;
}

START_TEST(a_reader_that_sleeps_gets_every_message_in_order)
{
    struct queue queue;
    struct sender senders[SENDERS];
    int next[SENDERS] = {0};
    struct list nodes;
    int got = 0;

    queue_init(&queue, NULL, NULL);
    list_init(&nodes);
    start_senders(senders, &queue);
    while (got < SENDERS * MESSAGES) {
        ck_assert(_i == 0 ? queue_wait(&queue, &nodes) : queue_wait_for(&queue, 1, &nodes));
        got += check_order(&nodes, next);
    }
    ck_assert_int_eq(join_senders(senders), SENDERS * MESSAGES);
    queue_release(&queue);
}
END_TEST

static void wake_by_semaphore(void *reader)
{
    ENSURE(sem_post(reader) == 0);
}

START_TEST(a_reader_that_is_woken_gets_every_message_in_order)
{
    struct queue queue;
    struct sender senders[SENDERS];
    int next[SENDERS] = {0};
    struct list nodes;
    sem_t ready;
    int got = 0;

    ck_assert_int_eq(sem_init(&ready, 0, 0), 0);
    queue_init(&queue, wake_by_semaphore, &ready);
    list_init(&nodes);
    start_senders(senders, &queue);
    while (got < SENDERS * MESSAGES) {
        ck_assert_int_eq(sem_wait(&ready), 0);
        queue_take(&queue, &nodes);
        got += check_order(&nodes, next);
    }
    ck_assert_int_eq(join_senders(senders), SENDERS * MESSAGES);
    queue_release(&queue);
    sem_destroy(&ready);
}
END_TEST

struct door {
    atomic_bool shut;
    atomic_int late; /* wakes after it was shut */
};

static void wake_through_door(void *reader)
{
    struct door *door = reader;
    if (atomic_load(&door->shut))
        atomic_fetch_add(&door->late, 1);
}

START_TEST(after_close_nothing_comes_nothing_is_lost_and_nobody_is_woken)
{
    struct queue queue;
    struct sender senders[SENDERS];
    int next[SENDERS] = {0};
    struct door door = {.shut = false, .late = 0};
    struct list nodes;
    int got = 0;

    queue_init(&queue, wake_through_door, &door);
    list_init(&nodes);
    start_senders(senders, &queue);
    while (got < MESSAGES) {
        ck_assert(queue_wait(&queue, &nodes));
        got += check_order(&nodes, next);
    }
    queue_close(&queue);
    atomic_store(&door.shut, true);
    queue_take(&queue, &nodes);
    got += check_order(&nodes, next);
    ck_assert_int_eq(join_senders(senders), got);
    ck_assert(!queue_wait(&queue, &nodes));
    ck_assert(list_empty(&nodes));
    ck_assert_int_eq(atomic_load(&door.late), 0);
    queue_release(&queue);
}
END_TEST

static void count_wake(void *reader)
{
    ++*(int *)reader;
}

START_TEST(only_the_first_message_wakes)
{
    struct queue queue;
    struct list nodes;
    int wakes = 0;

    queue_init(&queue, count_wake, &wakes);
    list_init(&nodes);
    ck_assert(queue_push_all(&queue, &nodes));
    ck_assert_int_eq(wakes, 0); /* an empty list is nothing to wake for */
    for (int round = 1; round <= 3; round++) {
        for (int i = 0; i < 3; i++)
            ck_assert(queue_push(&queue, &message_new(0, i)->node));
        list_append(&nodes, &message_new(0, 3)->node);
        list_append(&nodes, &message_new(0, 4)->node);
        ck_assert(queue_push_all(&queue, &nodes));
        ck_assert(list_empty(&nodes));
        ck_assert_int_eq(wakes, round);
        queue_take(&queue, &nodes);
        int next[SENDERS] = {0};
        ck_assert_int_eq(check_order(&nodes, next), 5);
    }
    queue_release(&queue);
}
END_TEST

START_TEST(what_is_taken_goes_to_the_end_of_the_readers_list)
{
    struct queue queue;
    struct list nodes;
    int next[SENDERS] = {0};

    queue_init(&queue, NULL, NULL);
    list_init(&nodes);
    list_append(&nodes, &message_new(0, 0)->node);
    ck_assert(queue_push(&queue, &message_new(0, 1)->node));
    queue_take(&queue, &nodes);
    ck_assert(queue_push(&queue, &message_new(0, 2)->node));
    ck_assert(queue_wait(&queue, &nodes));
    ck_assert(queue_push(&queue, &message_new(0, 3)->node));
    ck_assert(queue_wait_for(&queue, 0, &nodes));
    ck_assert_int_eq(check_order(&nodes, next), 4);
    queue_release(&queue);
}
END_TEST

START_TEST(a_closed_queue_refuses_but_gives_what_it_holds)
{
    struct queue queue;
    struct list nodes;
    struct message *late = message_new(0, 1);

    queue_init(&queue, NULL, NULL);
    list_init(&nodes);
    ck_assert(queue_push(&queue, &message_new(0, 0)->node));
    queue_close(&queue);
    queue_close(&queue);

    ck_assert(!queue_push(&queue, &late->node));
    ck_assert(!list_linked(&late->node));
    list_append(&nodes, &late->node);
    ck_assert(!queue_push_all(&queue, &nodes));
    ck_assert_ptr_eq(nodes.next, &late->node);
    free_all(&nodes);

    ck_assert(_i == 0 ? queue_wait(&queue, &nodes) : queue_wait_for(&queue, 60000, &nodes));
    ck_assert_int_eq(free_all(&nodes), 1);
    ck_assert(_i == 0 ? !queue_wait(&queue, &nodes) : !queue_wait_for(&queue, 60000, &nodes));
    ck_assert(list_empty(&nodes));
    queue_release(&queue);
}
END_TEST

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

START_TEST(a_wait_with_a_limit_gives_up_in_time_and_leaves_the_list)
{
    static const unsigned timeouts_ms[] = {0, 1, 20, 1001};
    struct queue queue;
    struct list nodes;

    queue_init(&queue, NULL, NULL);
    list_init(&nodes);
    const int64_t start_ms = monotonic_ms();
    ck_assert(queue_wait_for(&queue, timeouts_ms[_i], &nodes));
    /* The two clocks are rounded down to a millisecond. */
    ck_assert_int_ge(monotonic_ms() - start_ms + 1, timeouts_ms[_i]);
    ck_assert(list_empty(&nodes));
    queue_release(&queue);
}
END_TEST

static void *read_until_closed(void *pointer)
{
    struct queue *queue = pointer;
    struct list nodes;
    list_init(&nodes);
    while (queue_wait(queue, &nodes))
        free_all(&nodes);
    return NULL;
}

static void *read_until_closed_with_limit(void *pointer)
{
    struct queue *queue = pointer;
    struct list nodes;
    list_init(&nodes);
    while (queue_wait_for(queue, 3600 * 1000 + 999, &nodes))
        free_all(&nodes);
    return NULL;
}

START_TEST(closing_wakes_a_reader_that_sleeps)
{
    struct queue queue;
    pthread_t reader;

    queue_init(&queue, NULL, NULL);
    ck_assert_int_eq(pthread_create(&reader, NULL,
                                    _i % 2 == 0 ? read_until_closed : read_until_closed_with_limit,
                                    &queue),
                     0);
    ck_assert(queue_push(&queue, &message_new(0, 0)->node));
    queue_close(&queue);
    ck_assert_int_eq(pthread_join(reader, NULL), 0);
    queue_release(&queue);
}
END_TEST

START_TEST(releasing_a_queue_that_still_holds_something_stops_the_program)
{
    struct queue queue;
    struct message message = {0};
    queue_init(&queue, NULL, NULL);
    list_init(&message.node);
    ck_assert(queue_push(&queue, &message.node));
    queue_release(&queue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = tcase_create("queue");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_reader_that_sleeps_gets_every_message_in_order, 0, 2);
    tcase_add_test(tcase, a_reader_that_is_woken_gets_every_message_in_order);
    tcase_add_loop_test(tcase, after_close_nothing_comes_nothing_is_lost_and_nobody_is_woken, 0,
                        10);
    tcase_add_test(tcase, only_the_first_message_wakes);
    tcase_add_test(tcase, what_is_taken_goes_to_the_end_of_the_readers_list);
    tcase_add_loop_test(tcase, a_closed_queue_refuses_but_gives_what_it_holds, 0, 2);
    tcase_add_loop_test(tcase, a_wait_with_a_limit_gives_up_in_time_and_leaves_the_list, 0, 4);
    tcase_add_loop_test(tcase, closing_wakes_a_reader_that_sleeps, 0, 20);
    tcase_add_test_raise_signal(
        tcase, releasing_a_queue_that_still_holds_something_stops_the_program, SIGABRT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
