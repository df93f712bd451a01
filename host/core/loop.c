/* The event loop: libev, an end-of-turn list, a gauge of how long turns take. */
#include "core/loop.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/attr.h"
#include "core/clock.h"

static void loop_on_idle(struct ev_loop *ev, ev_idle *idle, int revents)
{
    (void)revents;
    ev_idle_stop(ev, idle); /* its only purpose was to keep the loop from sleeping */
}

static void loop_run_deferred(struct loop *loop)
{
    struct loop_deferred *deferred = loop->deferred_first;
    loop->deferred_first = loop->deferred_last = NULL;
    while (deferred != NULL) {
        struct loop_deferred *next = deferred->next;
        deferred->is_queued = false;
        deferred->next = NULL;
        /* A run may cancel a later one: it then stands in no list, see loop_cancel. */
        loop->deferred_running = next;
        deferred->run(deferred);
        deferred = loop->deferred_running;
    }
    loop->deferred_running = NULL;
}

static void loop_on_prepare(struct ev_loop *ev, ev_prepare *prepare, int revents)
{
    (void)revents;
    struct loop *loop = prepare->data;
    loop_run_deferred(loop);
    if (loop->deferred_first != NULL) {
        ev_idle_start(ev, &loop->idle); /* queued by a deferred run: next turn, without sleeping */
    }
    if (loop->turn_started_us != 0) {
        int64_t turn_us = clock_mono_us() - loop->turn_started_us;
        if (turn_us > loop->turn_us_max) {
            loop->turn_us_max = turn_us;
        }
        loop->turn_started_us = 0;
    }
}

static void loop_on_check(struct ev_loop *ev, ev_check *check, int revents)
{
    (void)ev;
    (void)revents;
    struct loop *loop = check->data;
    loop->turn_started_us = clock_mono_us();
}

void loop_init(struct loop *loop)
{
    /* Not ev_default_loop: that one reaps every child on SIGCHLD, and takes the exit status away
     * from whoever watches the child by its pidfd. */
    *loop = (struct loop){.ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV)};
    if (loop->ev == NULL) {
        abort(); /* no epoll, no select: nothing can run */
    }
    (void)signal(SIGPIPE, SIG_IGN);
    ev_prepare_init(&loop->prepare, loop_on_prepare);
    ev_set_priority(&loop->prepare, EV_MINPRI); /* after every other prepare watcher */
    loop->prepare.data = loop;
    ev_prepare_start(loop->ev, &loop->prepare);
    ev_check_init(&loop->check, loop_on_check);
    ev_set_priority(&loop->check, EV_MAXPRI);
    loop->check.data = loop;
    ev_check_start(loop->ev, &loop->check);
    ev_idle_init(&loop->idle, loop_on_idle);
}

void loop_fini(struct loop *loop)
{
    while (loop->deferred_first != NULL) {
        loop_run_deferred(loop);
    }
    ev_prepare_stop(loop->ev, &loop->prepare);
    ev_check_stop(loop->ev, &loop->check);
    ev_idle_stop(loop->ev, &loop->idle);
    ev_loop_destroy(loop->ev);
    loop->ev = NULL;
}

void loop_run(struct loop *loop)
{
    (void)ev_run(loop->ev, 0);
}

void loop_stop(struct loop *loop)
{
    ev_break(loop->ev, EVBREAK_ALL);
}

void loop_defer(struct loop *loop, struct loop_deferred *deferred)
{
    if (deferred->is_queued) {
        return;
    }
    deferred->is_queued = true;
    deferred->next = NULL;
    if (loop->deferred_last != NULL) {
        loop->deferred_last->next = deferred;
    } else {
        loop->deferred_first = deferred;
    }
    loop->deferred_last = deferred;
}

static struct loop_deferred *loop_unlink(struct loop_deferred **first,
                                         const struct loop_deferred *deferred)
{
    struct loop_deferred *before = NULL;
    for (struct loop_deferred **link = first; *link != NULL; link = &(*link)->next) {
        if (*link == deferred) {
            *link = deferred->next;
            break;
        }
        before = *link;
    }
    return before;
}

void loop_cancel(struct loop *loop, struct loop_deferred *deferred)
{
    if (!deferred->is_queued) {
        return;
    }
    (void)loop_unlink(&loop->deferred_running, deferred);
    struct loop_deferred *before = loop_unlink(&loop->deferred_first, deferred);
    if (loop->deferred_last == deferred) {
        loop->deferred_last = before;
    }
    deferred->is_queued = false;
    deferred->next = NULL;
}

int64_t loop_take_turn_us_max(struct loop *loop)
{
    int64_t turn_us = loop->turn_us_max;
    loop->turn_us_max = 0;
    return turn_us;
}
