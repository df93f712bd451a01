/* A model call: its life, its tries, and the waits between them. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "model/model-private.h"
#include "model/usage.h"

#define CALL_OTHER_BYTES_MAX ((size_t)16 * 1024)

static void call_on_later(struct loop_deferred *later);
static void call_on_done(struct curl_transfer *transfer, CURLcode code);

static void call_set_state(struct model_call *call, enum call_state state)
{
    assert(call->state != CALL_ENDED);
    assert(call->state != CALL_ENDING || state == CALL_ENDED);
    call->state = state;
}

/* --- life ---------------------------------------------------------------------------------- */

struct model_call *call_create(struct model *model, struct provider *provider,
                               const struct model_request *request,
                               const struct model_handlers *handlers)
{
    struct model_call *call = mem_alloc(sizeof(*call));
    call->model = model;
    call->provider = provider;
    call->handlers = *handlers;
    call->state = CALL_WAITING;
    call->answer_bytes_max = request->answer_bytes_max;
    call->started_ms = clock_mono_ms();
    const char *model_name = request->model;
    if (provider != NULL && provider->settings != NULL) {
        call->settings = provider_settings_ref(provider->settings);
        bool is_named = model_name != NULL && model_name[0] != '\0';
        model_name = is_named ? model_name : provider->settings->model;
    }
    call->model_name = mem_strdup(model_name != NULL ? model_name : "");
    call->later.run = call_on_later;
    call->transfer.on_turn = call_on_turn;
    call->transfer.on_done = call_on_done;
    ev_timer_init(&call->timer, call_on_timer, 0., 0.);
    ev_set_priority(&call->timer, EV_MINPRI); /* what has arrived in the same turn is read first */
    call->timer.data = call;
    sbuf_init(&call->other, CALL_OTHER_BYTES_MAX);
    sse_init(&call->sse, CALL_EVENT_BYTES_MAX);
    delta_answer_init(&call->answer, call->answer_bytes_max);
    call->next = model->calls;
    if (model->calls != NULL) {
        model->calls->prev = call;
    }
    model->calls = call;
    if (request->deadline_ms > 0) {
        call->deadline_ms = request->deadline_ms;
        call->deadline_at_ms = call->started_ms + call->deadline_ms;
        call_arm(call);
    }
    return call;
}

static void call_drop_transfer(struct model_call *call)
{
    curl_transfer_stop(&call->transfer);
    curl_easy_cleanup(call->transfer.easy); /* accepts NULL */
    call->transfer.easy = NULL;
}

static void call_disarm(struct model_call *call)
{
    ev_timer_stop(call->model->loop->ev, &call->timer);
    call->timer_at_ms = 0;
}

/* Lets go of everything that could still call us. */
static void call_quiet(struct model_call *call)
{
    call_drop_transfer(call);
    call_disarm(call);
    loop_cancel(call->model->loop, &call->later);
    if (call->provider != NULL) {
        provider_leave(call->provider, call);
    }
}

void call_destroy(struct model_call *call)
{
    call_quiet(call);
    *(call->prev != NULL ? &call->prev->next : &call->model->calls) = call->next;
    if (call->next != NULL) {
        call->next->prev = call->prev;
    }
    provider_settings_unref(&call->settings);
    sse_fini(&call->sse);
    free(call->request);
    sbuf_fini(&call->other);
    delta_answer_fini(&call->answer);
    free(call->model_name);
    free(call);
}

static void call_on_later(struct loop_deferred *later)
{
    struct model_call *call = CONTAINER_OF(later, struct model_call, later);
    if (call->state == CALL_ENDED) {
        call_destroy(call);
        return;
    }
    assert(call->state == CALL_ENDING);
    call_end(call, call->outcome, call->retry_after_ms, call->reason);
}

void call_fail_later(struct model_call *call, const struct provider_why *why)
{
    call_quiet(call);
    call_set_state(call, CALL_ENDING);
    call->outcome = why->outcome;
    call->retry_after_ms = why->retry_after_ms;
    (void)snprintf(call->reason, sizeof(call->reason), "%s", why->reason);
    loop_defer(call->model->loop, &call->later);
}

void call_abort(struct model_call *call)
{
    if (call->state == CALL_ENDED) {
        return; /* inside its own on_done */
    }
    call_quiet(call);
    call_set_state(call, CALL_ENDED);
    loop_defer(call->model->loop, &call->later);
}

void call_end(struct model_call *call, enum model_outcome outcome, int64_t retry_after_ms,
              const char *reason)
{
    struct model_result result;
    call_render_result(call, outcome, retry_after_ms, reason, &result);
    call_quiet(call); /* the seat is free before anybody hears of it */
    call_set_state(call, CALL_ENDED);
    loop_defer(call->model->loop, &call->later);
    call->handlers.on_done(call, &result, call->handlers.ctx);
}

/* --- one try ------------------------------------------------------------------------------- */

static bool call_make_transfer(struct model_call *call)
{
    const struct provider_settings *settings = call->settings;
    CURL *easy = curl_loop_easy(call->provider->pool, settings->is_tls);
    if (easy == NULL) {
        return false;
    }
    call->transfer.easy = easy;
    curl_off_t bytes = (curl_off_t)call->request_len;
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->reason);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, settings->headers);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->request);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, bytes);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, call_on_bytes);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, call_on_request);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
    return curl_easy_setopt(easy, CURLOPT_URL, settings->url) == CURLE_OK;
}

/* Nothing of an earlier try stays. */
static void call_forget_try(struct model_call *call)
{
    sse_fini(&call->sse);
    sse_init(&call->sse, CALL_EVENT_BYTES_MAX);
    delta_answer_fini(&call->answer);
    delta_answer_init(&call->answer, call->answer_bytes_max);
    sbuf_clear(&call->other);
    call->delivered = 0;
    call->body = CALL_BODY_NONE;
    call->stop = CALL_STOP_NONE;
    call->error = (struct openai_error){.is_error = false};
    call->reason[0] = '\0';
    call->connected_ms = call->first_text_ms = call->event_ms = call->not_before_ms = 0;
}

void call_try(struct model_call *call)
{
    struct provider_why why;
    if (!call->is_probe && provider_is_blocked(call->provider, &why)) {
        call_fail_later(call, &why);
        return;
    }
    bool was_heard = call->delivered > 0;
    call_forget_try(call);
    if (was_heard && call->handlers.on_delta != NULL) {
        call->handlers.on_delta(call, (struct span){"", 0}, 0, call->handlers.ctx);
        if (call->state == CALL_ENDED) {
            return; /* aborted */
        }
    }
    call->tries++;
    call->try_ms = clock_mono_ms();
    call_set_state(call, CALL_RUNNING);
    if (!call_make_transfer(call)) {
        why = (struct provider_why){.outcome = MODEL_NETWORK_ERROR, .reason = "out of memory"};
        call_fail_later(call, &why);
        return;
    }
    curl_loop_start(call->provider->pool, &call->transfer);
    call_arm(call);
}

void call_start(struct model_call *call)
{
    assert(call->state == CALL_WAITING);
    call->is_probe = breaker_enter(&call->provider->breaker);
    call->reached_before = call->provider->reached;
    if (call->deadline_at_ms == 0) {
        call->deadline_ms = call->settings->answer_ms;
        call->deadline_at_ms = clock_mono_ms() + call->deadline_ms;
    }
    call_try(call);
}

/* --- after a try --------------------------------------------------------------------------- */

/* Waits for the next try if there may be one; else false. */
static bool call_back_off(struct model_call *call, const struct call_verdict *verdict)
{
    if (!verdict->is_retryable || call->tries > call->settings->retries ||
        verdict->retry_after_ms > RETRY_HOLD_MS_MAX) {
        return false;
    }
    int64_t wait_ms =
        verdict->retry_after_ms >= 0
            ? verdict->retry_after_ms
            : retry_backoff_ms(call->settings->retry_base_ms, call->tries, clock_random_unit());
    int64_t at_ms = clock_mono_ms() + wait_ms;
    if (at_ms >= call->deadline_at_ms) {
        return false;
    }
    call->provider->retries++;
    usage_count_retry(call->provider->name, verdict->label);
    log_debug("model", NULL, "try %u failed, next one in %lld ms: %s", call->tries,
              (long long)wait_ms, verdict->reason);
    call_set_state(call, CALL_BACKOFF);
    call_timer_at(call, at_ms);
    return true;
}

/* A reload has given the provider another server or key meanwhile, or has taken it away. */
static bool call_is_outdated(const struct model_call *call)
{
    const struct provider_settings *now = call->provider->settings;
    return now == NULL || !provider_settings_same_access(call->settings, now);
}

void call_over(struct model_call *call, CURLcode code)
{
    struct call_verdict verdict;
    provider_connected(call->provider); /* or not: either way the first connection was tried */
    call_judge(call, code, &verdict);
    call_drop_transfer(call);
    if (call_back_off(call, &verdict)) {
        return;
    }
    bool is_outdated = call_is_outdated(call);
    enum model_outcome outcome = verdict.outcome;
    int64_t wait_ms = verdict.retry_after_ms > 0 ? verdict.retry_after_ms : 0;
    if (wait_ms > RETRY_HOLD_MS_MAX) {
        outcome = MODEL_RATE_LIMIT;
        if (is_outdated) {
            wait_ms = 1; /* the job asks again, as it is configured now */
        } else {
            provider_pause(call->provider, wait_ms, verdict.reason);
        }
    }
    if (verdict.block != RETRY_BLOCK_NONE && is_outdated) {
        wait_ms = 1;
    } else if (verdict.block == RETRY_BLOCK_REACH &&
               call->provider->reached != call->reached_before) {
        outcome = MODEL_NETWORK_ERROR; /* somebody is there, or was a moment ago */
    } else if (verdict.block != RETRY_BLOCK_NONE) {
        provider_refused(call->provider, verdict.reason);
        wait_ms = call->provider->breaker.open_until_ms - clock_mono_ms();
    }
    call_end(call, outcome, wait_ms, verdict.reason);
}

static void call_on_done(struct curl_transfer *transfer, CURLcode code)
{
    call_over(CONTAINER_OF(transfer, struct model_call, transfer), code);
}
