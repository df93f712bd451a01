/* The deadlines of a call: connection, first token, silence, whole answer. One timer serves all
 * of them. */
#include <stdio.h>

#include "core/clock.h"
#include "model/model-private.h"

#define CALL_END_MS_MAX 250    /* from the end mark to the end of the transfer */
#define CALL_USAGE_MS_MAX 2000 /* from the finish reason to the end mark */
#define CALL_STALL_MS 200      /* a timer so late says that the loop had been held up */

/* When this try is late, whatever comes first; 0 = nothing to wait for. */
static int64_t call_try_deadline(const struct model_call *call)
{
    const struct provider_settings *settings = call->settings;
    if (call->connected_ms == 0) {
        return call->try_ms + settings->connect_ms;
    }
    if (call->event_ms == 0) {
        return call->connected_ms + settings->first_token_ms;
    }
    int64_t patience_ms = settings->silence_ms;
    if (call->answer.is_done && patience_ms > CALL_END_MS_MAX) {
        patience_ms = CALL_END_MS_MAX;
    } else if (call->answer.finish[0] != '\0' && patience_ms > CALL_USAGE_MS_MAX) {
        patience_ms = CALL_USAGE_MS_MAX;
    }
    return call->event_ms + patience_ms;
}

static int64_t call_next_deadline(const struct model_call *call)
{
    int64_t at_ms = call->deadline_at_ms;
    if (call->state == CALL_RUNNING) {
        int64_t try_at_ms = call_try_deadline(call);
        at_ms = at_ms == 0 || try_at_ms < at_ms ? try_at_ms : at_ms;
    }
    return at_ms != 0 && at_ms < call->not_before_ms ? call->not_before_ms : at_ms;
}

void call_timer_at(struct model_call *call, int64_t at_ms)
{
    struct ev_loop *ev = call->model->loop->ev;
    int64_t wait_ms = at_ms - clock_mono_ms();
    ev_timer_stop(ev, &call->timer);
    ev_timer_set(&call->timer, wait_ms > 0 ? (double)wait_ms / 1000 : 0., 0.);
    ev_timer_start(ev, &call->timer);
    call->timer_at_ms = at_ms;
}

void call_arm(struct model_call *call)
{
    int64_t at_ms = call_next_deadline(call);
    if (at_ms != 0 && (call->timer_at_ms == 0 || at_ms < call->timer_at_ms)) {
        call_timer_at(call, at_ms);
    }
}

/* A deadline has passed: which one? */
static void call_on_deadline(struct model_call *call, int64_t now_ms)
{
    const struct provider_settings *settings = call->settings;
    char reason[128];
    int64_t limit_ms = 0;
    const char *what = "";
    if (call->state == CALL_RUNNING && call->answer.finish[0] != '\0') {
        call_over(call, CURLE_OK); /* all of the answer is there, only the server dawdles */
        return;
    }
    if (call->deadline_at_ms != 0 && now_ms >= call->deadline_at_ms) {
        limit_ms = call->deadline_ms;
        what = call->state == CALL_WAITING ? "no free seat" : "no complete answer";
    } else if (call->connected_ms == 0) {
        (void)snprintf(call->reason, sizeof(call->reason), "no connection within %lld ms",
                       (long long)settings->connect_ms);
        call_over(call, CURLE_OPERATION_TIMEDOUT);
        return;
    } else if (call->event_ms == 0) {
        limit_ms = settings->first_token_ms;
        what = "no first token";
    } else {
        limit_ms = settings->silence_ms;
        what = "no further token";
    }
    (void)snprintf(reason, sizeof(reason), "%.64s: %s within %lld ms", call->provider->name, what,
                   (long long)limit_ms);
    call_end(call, MODEL_TIMEOUT, 0, reason);
}

void call_on_timer(struct ev_loop *ev, ev_timer *timer, int events)
{
    (void)ev;
    (void)events;
    struct model_call *call = timer->data;
    int64_t now_ms = clock_mono_ms();
    int64_t late_ms = now_ms - call->timer_at_ms;
    call->timer_at_ms = 0;
    if (call->state == CALL_BACKOFF) {
        call_try(call);
        return;
    }
    if (late_ms > CALL_STALL_MS) {
        call->not_before_ms = now_ms + CALL_STALL_MS; /* let the loop read what lies there first */
    }
    if (now_ms < call_next_deadline(call)) {
        call_arm(call);
        return;
    }
    call_on_deadline(call, now_ms);
}
