/* The loop: deferred runs, their cancelling, signals as events. */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/attr.h"
#include "core/loop.h"
#include "core/signals.h"
#include "suites.h"

struct step {
    struct loop_deferred deferred;
    struct loop *loop;
    struct step *other;
    int runs;
    int order;
};

static int next_order;

static void step_count(struct loop_deferred *deferred)
{
    struct step *step = CONTAINER_OF(deferred, struct step, deferred);
    step->runs++;
    step->order = ++next_order;
}

static void step_cancel_other(struct loop_deferred *deferred)
{
    struct step *step = CONTAINER_OF(deferred, struct step, deferred);
    step_count(deferred);
    loop_cancel(step->loop, &step->other->deferred);
}

static void step_queue_other(struct loop_deferred *deferred)
{
    struct step *step = CONTAINER_OF(deferred, struct step, deferred);
    step_count(deferred);
    loop_defer(step->loop, &step->other->deferred);
}

static void step_stop(struct loop_deferred *deferred)
{
    struct step *step = CONTAINER_OF(deferred, struct step, deferred);
    step_count(deferred);
    loop_stop(step->loop);
}

static void on_timeout(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)timer;
    (void)revents;
    ev_break(ev, EVBREAK_ALL);
}

/* Runs the loop until something stops it, at most for a few seconds. */
static void run_bounded(struct loop *loop)
{
    ev_timer timer;
    ev_timer_init(&timer, on_timeout, 5.0, 0.0);
    ev_timer_start(loop->ev, &timer);
    loop_run(loop);
    ck_assert_msg(ev_is_active(&timer), "the loop was not stopped by the test");
    ev_timer_stop(loop->ev, &timer);
}

START_TEST(loop_runs_deferred_once_and_in_order)
{
    struct loop loop;
    loop_init(&loop);
    struct step first = {.deferred.run = step_count, .loop = &loop};
    struct step last = {.deferred.run = step_stop, .loop = &loop};
    loop_defer(&loop, &first.deferred);
    loop_defer(&loop, &first.deferred);
    loop_defer(&loop, &last.deferred);
    run_bounded(&loop);
    ck_assert_int_eq(first.runs, 1);
    ck_assert_int_lt(first.order, last.order);
    ck_assert(!first.deferred.is_queued);
    loop_fini(&loop);
}
END_TEST

START_TEST(loop_deferred_may_cancel_a_later_one)
{
    struct loop loop;
    loop_init(&loop);
    struct step victim = {.deferred.run = step_count, .loop = &loop};
    struct step killer = {.deferred.run = step_cancel_other, .loop = &loop, .other = &victim};
    struct step last = {.deferred.run = step_stop, .loop = &loop};
    loop_defer(&loop, &killer.deferred);
    loop_defer(&loop, &victim.deferred);
    loop_defer(&loop, &last.deferred);
    run_bounded(&loop);
    ck_assert_int_eq(victim.runs, 0);
    ck_assert_int_eq(last.runs, 1);
    loop_fini(&loop);
}
END_TEST

START_TEST(loop_does_not_sleep_over_what_a_deferred_run_queues)
{
    struct loop loop;
    loop_init(&loop);
    struct step last = {.deferred.run = step_stop, .loop = &loop};
    struct step middle = {.deferred.run = step_queue_other, .loop = &loop, .other = &last};
    struct step first = {.deferred.run = step_queue_other, .loop = &loop, .other = &middle};
    loop_defer(&loop, &first.deferred);
    run_bounded(&loop);
    ck_assert_int_eq(last.runs, 1);
    loop_fini(&loop);
}
END_TEST

START_TEST(loop_cancel_keeps_the_list_usable)
{
    struct loop loop;
    loop_init(&loop);
    struct step first = {.deferred.run = step_count, .loop = &loop};
    struct step last = {.deferred.run = step_stop, .loop = &loop};
    loop_defer(&loop, &first.deferred);
    loop_cancel(&loop, &first.deferred);
    loop_cancel(&loop, &first.deferred);
    loop_defer(&loop, &last.deferred);
    run_bounded(&loop);
    ck_assert_int_eq(first.runs, 0);
    ck_assert_int_ge(loop_take_turn_us_max(&loop), 0);
    ck_assert_int_eq(loop_take_turn_us_max(&loop), 0);
    loop_fini(&loop);
}
END_TEST

struct seen {
    struct loop *loop;
    int reloads, drains, stops;
};

static void on_reload(void *ctx)
{
    struct seen *seen = ctx;
    seen->reloads++;
    (void)raise(SIGTERM);
}

static void on_drain(void *ctx)
{
    struct seen *seen = ctx;
    seen->drains++;
    (void)raise(SIGINT);
}

static void on_stop(void *ctx)
{
    struct seen *seen = ctx;
    seen->stops++;
    loop_stop(seen->loop);
}

START_TEST(signals_reload_then_drain_then_stop)
{
    struct loop loop;
    loop_init(&loop);
    struct seen seen = {.loop = &loop};
    signals_start(&loop, &(struct signals_handlers){
                             .on_reload = on_reload,
                             .on_drain = on_drain,
                             .on_stop = on_stop,
                             .ctx = &seen,
                         });
    (void)raise(SIGHUP);
    run_bounded(&loop);
    ck_assert_int_eq(seen.reloads, 1);
    ck_assert_int_eq(seen.drains, 1);
    ck_assert_int_eq(seen.stops, 1);
    signals_stop(&loop);
    loop_fini(&loop);
}
END_TEST

Suite *suite_loop(void)
{
    Suite *suite = suite_create("loop");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, loop_runs_deferred_once_and_in_order);
    tcase_add_test(tests, loop_deferred_may_cancel_a_later_one);
    tcase_add_test(tests, loop_does_not_sleep_over_what_a_deferred_run_queues);
    tcase_add_test(tests, loop_cancel_keeps_the_list_usable);
    tcase_add_test(tests, signals_reload_then_drain_then_stop);
    suite_add_tcase(suite, tests);
    return suite;
}
