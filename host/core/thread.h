/* A helper thread with one queue of tasks: blocking work goes there, results come back to
 * the loop. The host has two: "store" (sqlite) and "files" (names, staging, hashing, log,
 * large JSON). Threads share nothing but the task. */
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/attr.h"

struct loop;
struct thread;

struct thread_task {
    void (*run)(struct thread_task *task);  /* on the thread */
    void (*done)(struct thread_task *task); /* back on the loop; may free the task; may be NULL */
    struct thread_task *next;               /* thread's own */
};

/* Starts the thread. At most tasks_max wait in its queue. [loop] */
struct thread *thread_create(struct loop *loop, const char *name, size_t tasks_max);

/* begin and end are called on the thread around every batch (whatever had queued while the
 * last batch ran, first being its list): the sqlite driver commits there. Call before the first
 * submit. [loop] */
void thread_set_batch(struct thread *thread,
                      void (*begin)(const struct thread_task *first, void *ctx),
                      void (*end)(void *ctx), void *ctx);

/* Queues the task; false when tasks_max are waiting. The task is the thread's until done.
 * done is called for a batch's tasks only after its end. [loop] */
bool thread_submit(struct thread *thread, struct thread_task *task) ATTR_MUST_CHECK;

/* Tasks waiting or running. [loop] */
size_t thread_pending(const struct thread *thread);

/* Runs what is queued, calls the done callbacks, joins, frees; sets *thread to NULL. [loop] */
void thread_destroy(struct thread **thread);

#endif
