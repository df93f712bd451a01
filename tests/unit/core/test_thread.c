/* The helper thread: order, batches, the limit of its queue, destroying with work left. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "core/attr.h"
#include "core/loop.h"
#include "core/thread.h"
#include "suites.h"

#define TASKS 50

static atomic_int ran, batches_open, batches;

struct work {
    struct thread_task task;
    struct loop *loop;
    pthread_t on;
    int order;
    int done;
};

static int done_count;

static void work_run(struct thread_task *task)
{
    struct work *work = CONTAINER_OF(task, struct work, task);
    work->on = pthread_self();
    work->order = atomic_fetch_add(&ran, 1);
}

static void work_done(struct thread_task *task)
{
    struct work *work = CONTAINER_OF(task, struct work, task);
    work->done++;
    if (++done_count == TASKS && work->loop != NULL) {
        loop_stop(work->loop);
    }
}

static void batch_begin(const struct thread_task *first, void *ctx)
{
    ck_assert_ptr_nonnull(first);
    (void)ctx;
    atomic_fetch_add(&batches_open, 1);
}

static void batch_end(void *ctx)
{
    (void)ctx;
    atomic_fetch_sub(&batches_open, 1);
    atomic_fetch_add(&batches, 1);
}

static void on_timeout(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)timer;
    (void)revents;
    ck_abort_msg("the thread's tasks did not come back");
}

static void setup(void)
{
    atomic_store(&ran, 0);
    atomic_store(&batches, 0);
    done_count = 0;
}

START_TEST(thread_runs_in_order_and_comes_back)
{
    struct loop loop;
    loop_init(&loop);
    ev_timer timer;
    ev_timer_init(&timer, on_timeout, 5.0, 0.0);
    ev_timer_start(loop.ev, &timer);
    struct thread *thread = thread_create(&loop, "test", TASKS);
    thread_set_batch(thread, batch_begin, batch_end, NULL);
    struct work works[TASKS] = {0};
    for (int i = 0; i < TASKS; i++) {
        works[i] = (struct work){.task = {.run = work_run, .done = work_done}, .loop = &loop};
        ck_assert(thread_submit(thread, &works[i].task));
    }
    ck_assert_uint_eq(thread_pending(thread), TASKS);
    loop_run(&loop);
    for (int i = 0; i < TASKS; i++) {
        ck_assert_int_eq(works[i].order, i);
        ck_assert_int_eq(works[i].done, 1);
        ck_assert(!pthread_equal(works[i].on, pthread_self()));
    }
    ck_assert_uint_eq(thread_pending(thread), 0);
    ck_assert_int_ge(atomic_load(&batches), 1);
    ck_assert_int_eq(atomic_load(&batches_open), 0);
    thread_destroy(&thread);
    ev_timer_stop(loop.ev, &timer);
    loop_fini(&loop);
}
END_TEST

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void work_wait(struct thread_task *task)
{
    (void)task;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

START_TEST(thread_queue_has_a_limit_and_destroy_finishes_it)
{
    struct loop loop;
    loop_init(&loop);
    struct thread *thread = thread_create(&loop, "test", 3);
    pthread_mutex_lock(&gate);
    struct work works[6] = {0};
    int accepted = 0;
    for (int i = 0; i < 6; i++) {
        works[i].task = (struct thread_task){.run = work_wait, .done = work_done};
        accepted += thread_submit(thread, &works[i].task);
    }
    ck_assert_int_ge(accepted, 3);
    ck_assert_int_le(accepted, 5); /* what runs already has left the queue */
    pthread_mutex_unlock(&gate);
    thread_destroy(&thread);
    ck_assert_ptr_null(thread);
    ck_assert_int_eq(done_count, accepted);
    thread_destroy(&thread); /* NULL is fine */
    loop_fini(&loop);
}
END_TEST

Suite *suite_thread(void)
{
    Suite *suite = suite_create("thread");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, thread_runs_in_order_and_comes_back);
    tcase_add_test(tests, thread_queue_has_a_limit_and_destroy_finishes_it);
    suite_add_tcase(suite, tests);
    return suite;
}
