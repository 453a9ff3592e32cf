/* The only place where threads meet: many senders, one reader, whole batches at a time.
 *
 * A message embeds a struct list node, so waiting allocates nothing. Handing a node over hands over
 * the object. The reader either sleeps in queue_wait (sequencer, archive) or is woken by the `wake`
 * function (a libuv loop's uv_async_send). The lock is held for a few pointer moves and for waking
 * the reader, never across another call. */
#ifndef CASYS_BASE_QUEUE_H
#define CASYS_BASE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#include "app/base/compiler.h"
#include "app/base/list.h"

/* Called by a sender, on the sender's thread, when the queue was empty before its message. Runs
 * under the lock, so that it never runs after queue_close returned; it must be short and must not
 * call the queue. */
typedef void queue_wake_fn(void *reader);

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t ready;
    struct list waiting; /* under lock */
    queue_wake_fn *wake; /* or NULL */
    void *reader;
    bool closed; /* under lock */
};

/* wake may be NULL for a reader that sleeps in queue_wait. */
void queue_init(struct queue *queue, queue_wake_fn *wake, void *reader);
/* No thread uses it any more, and everything that waited was taken (ENSURE). */
void queue_release(struct queue *queue);

/* Hand one message over; node is not linked. False when the queue is closed: the message stays the caller's. */
bool queue_push(struct queue *queue, struct list *node) MUST_CHECK;
/* Hand over all of `nodes`, in order, with one wake. False when closed: they stay in `nodes`. */
bool queue_push_all(struct queue *queue, struct list *nodes) MUST_CHECK;

/* Append everything that waits to `ret_nodes` at once, without waiting. */
void queue_take(struct queue *queue, struct list *ret_nodes);
/* The same, but sleeps until something is there. False when the queue is closed and empty: the
 * reader's thread may end. */
bool queue_wait(struct queue *queue, struct list *ret_nodes);
/* As queue_wait, but gives up after timeout_ms (monotonic) with *ret_nodes unchanged and true. */
bool queue_wait_for(struct queue *queue, unsigned timeout_ms, struct list *ret_nodes);

/* From now on pushes are refused and `wake` is not called; what waits can still be taken. A reader
 * that sleeps is woken. For the reader or a third thread; twice is once. */
void queue_close(struct queue *queue);

#endif
