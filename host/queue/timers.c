/* The queue's timers, and what each of them sets going. */
#include "core/loop.h"
#include "queue/queue-private.h"

#define TIMERS_SPOOL_MS 1000 /* between tries to empty the spool */

void queue_timer_start(struct queue *queue, ev_timer *timer, int64_t ms)
{
    if (!ev_is_active(timer)) {
        ev_now_update(queue->loop->ev); /* a long turn would make it fire early */
        ev_timer_set(timer, (double)ms / 1000.0, 0);
        ev_timer_start(queue->loop->ev, timer);
    }
}

void queue_retry_soon(struct queue *queue)
{
    queue_timer_start(queue, &queue->retry_timer, QUEUE_RETRY_MS);
}

void queue_spool_retry(struct queue *queue)
{
    queue_timer_start(queue, &queue->spool_timer, TIMERS_SPOOL_MS);
}

static void queue_on_fetch_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    queue_claim_on_timer(timer->data);
}

static void queue_on_retry_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    queue_ops_flush(timer->data);
}

static void queue_on_open_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    queue_open_begin(timer->data);
}

static void queue_on_spool_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct queue *queue = timer->data;
    if (queue->is_open) {
        queue_spool_replay(queue, NULL);
    }
}

static void queue_on_renew_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct queue *queue = timer->data;
    queue_locks_renew(queue);
    queue_leases_renew(queue);
    queue_cancels_check(queue);
    if (queue->entries_count > 0) {
        queue_timer_start(queue, timer, queue->worker.lock_ms / 4);
    }
}

static void queue_on_stalled_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    queue_stalled_check(timer->data);
}

static void queue_on_housekeeping_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    queue_nonce_renew(timer->data);
    queue_parked_count(timer->data);
    queue_pause_look(timer->data);
}

static void queue_on_unpark_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    queue_unpark_on_timer(timer->data);
}

static void queue_on_answers_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    queue_answers_on_timer(timer->data);
}

void queue_answers_watch(struct queue *queue)
{
    if (!ev_is_active(&queue->answers_timer)) {
        ev_timer_again(queue->loop->ev, &queue->answers_timer);
    }
}

void queue_timers_init(struct queue *queue)
{
    ev_timer_init(&queue->fetch_timer, queue_on_fetch_timer, 0, 0);
    ev_timer_init(&queue->retry_timer, queue_on_retry_timer, 0, 0);
    ev_timer_init(&queue->open_timer, queue_on_open_timer, 0, 0);
    ev_timer_init(&queue->spool_timer, queue_on_spool_timer, 0, 0);
    ev_timer_init(&queue->renew_timer, queue_on_renew_timer, 0, 0);
    ev_timer_init(&queue->unpark_timer, queue_on_unpark_timer, 0, 0);
    ev_timer_init(&queue->answers_timer, queue_on_answers_timer, 0, QUEUE_ANSWER_LATE_MS / 1000.0);
    double stalled_s = (double)queue->stalled_ms / 1000.0;
    ev_timer_init(&queue->stalled_timer, queue_on_stalled_timer, stalled_s, stalled_s);
    double housekeeping_s = QUEUE_HOUSEKEEPING_MS / 1000.0;
    ev_timer_init(&queue->housekeeping_timer, queue_on_housekeeping_timer, housekeeping_s,
                  housekeeping_s);
    ev_timer *const all[] = {
        &queue->fetch_timer,   &queue->retry_timer,        &queue->open_timer,
        &queue->spool_timer,   &queue->renew_timer,        &queue->unpark_timer,
        &queue->stalled_timer, &queue->housekeeping_timer, &queue->answers_timer,
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        all[i]->data = queue;
    }
    ev_timer_start(queue->loop->ev, &queue->stalled_timer);
    ev_timer_start(queue->loop->ev, &queue->housekeeping_timer);
}

void queue_timers_stop(struct queue *queue)
{
    struct ev_loop *ev = queue->loop->ev;
    ev_timer_stop(ev, &queue->fetch_timer);
    ev_timer_stop(ev, &queue->retry_timer);
    ev_timer_stop(ev, &queue->open_timer);
    ev_timer_stop(ev, &queue->spool_timer);
    ev_timer_stop(ev, &queue->renew_timer);
    ev_timer_stop(ev, &queue->unpark_timer);
    ev_timer_stop(ev, &queue->stalled_timer);
    ev_timer_stop(ev, &queue->housekeeping_timer);
    ev_timer_stop(ev, &queue->answers_timer);
}
