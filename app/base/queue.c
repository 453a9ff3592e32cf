#include "app/base/queue.h"

#include <errno.h>
#include <time.h>

static void lock(struct queue *queue)
{
    ENSURE(pthread_mutex_lock(&queue->lock) == 0);
}

static void unlock(struct queue *queue)
{
    ENSURE(pthread_mutex_unlock(&queue->lock) == 0);
}

/* Called with the lock held: after queue_close has had the lock, no sender comes here any more, so
 * the reader may take down what `wake` touches. */
static void notify_reader(struct queue *queue)
{
    ENSURE(pthread_cond_signal(&queue->ready) == 0);
    if (queue->wake)
        queue->wake(queue->reader);
}

void queue_init(struct queue *queue, queue_wake_fn *wake, void *reader)
{
    pthread_condattr_t attributes;

    *queue = (struct queue){.wake = wake, .reader = reader};
    list_init(&queue->waiting);
    ENSURE(pthread_mutex_init(&queue->lock, NULL) == 0);
    /* A change of the wall clock must not stretch a timeout. */
    ENSURE(pthread_condattr_init(&attributes) == 0);
    ENSURE(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    ENSURE(pthread_cond_init(&queue->ready, &attributes) == 0);
    ENSURE(pthread_condattr_destroy(&attributes) == 0);
}

void queue_release(struct queue *queue)
{
    ENSURE(list_empty(&queue->waiting));
    ENSURE(pthread_cond_destroy(&queue->ready) == 0);
    ENSURE(pthread_mutex_destroy(&queue->lock) == 0);
}

bool queue_push(struct queue *queue, struct list *node)
{
    lock(queue);
    const bool open = !queue->closed;
    if (open) {
        const bool was_empty = list_empty(&queue->waiting);
        list_append(&queue->waiting, node);
        if (was_empty)
            notify_reader(queue);
    }
    unlock(queue);
    return open;
}

bool queue_push_all(struct queue *queue, struct list *nodes)
{
    lock(queue);
    const bool open = !queue->closed;
    if (open && !list_empty(nodes)) {
        const bool was_empty = list_empty(&queue->waiting);
        list_move_all(&queue->waiting, nodes);
        if (was_empty)
            notify_reader(queue);
    }
    unlock(queue);
    return open;
}

void queue_take(struct queue *queue, struct list *ret_nodes)
{
    lock(queue);
    list_move_all(ret_nodes, &queue->waiting);
    unlock(queue);
}

bool queue_wait(struct queue *queue, struct list *ret_nodes)
{
    lock(queue);
    while (list_empty(&queue->waiting) && !queue->closed)
        ENSURE(pthread_cond_wait(&queue->ready, &queue->lock) == 0);
    const bool more = !list_empty(&queue->waiting) || !queue->closed;
    list_move_all(ret_nodes, &queue->waiting);
    unlock(queue);
    return more;
}

static struct timespec deadline_after(unsigned timeout_ms)
{
    struct timespec at;
    ENSURE(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    at.tv_sec += (time_t)(timeout_ms / 1000);
    at.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_nsec -= 1000000000;
        at.tv_sec++;
    }
    return at;
}

bool queue_wait_for(struct queue *queue, unsigned timeout_ms, struct list *ret_nodes)
{
    const struct timespec deadline = deadline_after(timeout_ms);
    int waited = 0;

    lock(queue);
    while (list_empty(&queue->waiting) && !queue->closed && waited == 0)
        waited = pthread_cond_timedwait(&queue->ready, &queue->lock, &deadline);
    ENSURE(waited == 0 || waited == ETIMEDOUT);
    const bool more = !list_empty(&queue->waiting) || !queue->closed;
    list_move_all(ret_nodes, &queue->waiting);
    unlock(queue);
    return more;
}

void queue_close(struct queue *queue)
{
    lock(queue);
    queue->closed = true;
    ENSURE(pthread_cond_broadcast(&queue->ready) == 0);
    unlock(queue);
}
