/* A helper thread: tasks in, results back to the loop through one ev_async. */
#include "core/thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "core/loop.h"
#include "core/mem.h"

struct thread {
    struct loop *loop;
    pthread_t pthread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct thread_task *waiting_first, *waiting_last; /* under mutex */
    struct thread_task *done_first, *done_last;       /* under mutex */
    size_t waiting;                                   /* under mutex */
    bool is_stopping;                                 /* under mutex */
    size_t tasks_max;
    size_t pending; /* loop only */
    ev_async async;
    void (*batch_begin)(const struct thread_task *first, void *ctx);
    void (*batch_end)(void *ctx);
    void *batch_ctx;
};

static void thread_run_batch(struct thread *thread, struct thread_task *first)
{
    if (thread->batch_begin != NULL) {
        thread->batch_begin(first, thread->batch_ctx);
    }
    struct thread_task *last = first;
    for (struct thread_task *task = first; task != NULL; task = task->next) {
        task->run(task);
        last = task;
    }
    if (thread->batch_end != NULL) {
        thread->batch_end(thread->batch_ctx);
    }
    pthread_mutex_lock(&thread->mutex);
    if (thread->done_last != NULL) {
        thread->done_last->next = first;
    } else {
        thread->done_first = first;
    }
    thread->done_last = last;
    pthread_mutex_unlock(&thread->mutex);
    ev_async_send(thread->loop->ev, &thread->async);
}

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    for (;;) {
        pthread_mutex_lock(&thread->mutex);
        while (thread->waiting_first == NULL && !thread->is_stopping) {
            pthread_cond_wait(&thread->wake, &thread->mutex);
        }
        struct thread_task *first = thread->waiting_first;
        thread->waiting_first = thread->waiting_last = NULL;
        thread->waiting = 0;
        pthread_mutex_unlock(&thread->mutex);
        if (first == NULL) {
            return NULL;
        }
        thread_run_batch(thread, first);
    }
}

static void thread_deliver(struct thread *thread)
{
    pthread_mutex_lock(&thread->mutex);
    struct thread_task *task = thread->done_first;
    thread->done_first = thread->done_last = NULL;
    pthread_mutex_unlock(&thread->mutex);
    while (task != NULL) {
        struct thread_task *next = task->next;
        task->next = NULL;
        thread->pending--;
        if (task->done != NULL) {
            task->done(task);
        }
        task = next;
    }
}

static void thread_on_async(struct ev_loop *ev, ev_async *async, int revents)
{
    (void)ev;
    (void)revents;
    thread_deliver(async->data);
}

struct thread *thread_create(struct loop *loop, const char *name, size_t tasks_max)
{
    struct thread *thread = mem_alloc(sizeof(*thread));
    thread->loop = loop;
    thread->tasks_max = tasks_max;
    pthread_mutex_init(&thread->mutex, NULL);
    pthread_cond_init(&thread->wake, NULL);
    ev_async_init(&thread->async, thread_on_async);
    thread->async.data = thread;
    ev_async_start(loop->ev, &thread->async);

    sigset_t all, before; /* signals belong to the loop thread */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread->pthread, NULL, thread_main, thread) != 0) {
        abort(); /* start-up without a helper thread makes no sense */
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_setname_np(thread->pthread, name);
    return thread;
}

void thread_set_batch(struct thread *thread,
                      void (*begin)(const struct thread_task *first, void *ctx),
                      void (*end)(void *ctx), void *ctx)
{
    thread->batch_begin = begin;
    thread->batch_end = end;
    thread->batch_ctx = ctx;
}

bool thread_submit(struct thread *thread, struct thread_task *task)
{
    pthread_mutex_lock(&thread->mutex);
    if (thread->waiting >= thread->tasks_max) {
        pthread_mutex_unlock(&thread->mutex);
        return false;
    }
    task->next = NULL;
    if (thread->waiting_last != NULL) {
        thread->waiting_last->next = task;
    } else {
        thread->waiting_first = task;
    }
    thread->waiting_last = task;
    thread->waiting++;
    pthread_cond_signal(&thread->wake);
    pthread_mutex_unlock(&thread->mutex);
    thread->pending++;
    return true;
}

size_t thread_pending(const struct thread *thread)
{
    return thread->pending;
}

void thread_destroy(struct thread **thread)
{
    if (*thread == NULL) {
        return;
    }
    struct thread *doomed = *thread;
    *thread = NULL;
    pthread_mutex_lock(&doomed->mutex);
    doomed->is_stopping = true;
    pthread_cond_signal(&doomed->wake);
    pthread_mutex_unlock(&doomed->mutex);
    pthread_join(doomed->pthread, NULL);
    thread_deliver(doomed);
    ev_async_stop(doomed->loop->ev, &doomed->async);
    pthread_cond_destroy(&doomed->wake);
    pthread_mutex_destroy(&doomed->mutex);
    free(doomed);
}
