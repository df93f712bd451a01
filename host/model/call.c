/* A model call from its start to its last try: transfer, stream, deadlines, waits. */
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

#define CALL_EVENT_BYTES_MAX ((size_t)256 * 1024)
#define CALL_OTHER_BYTES_MAX ((size_t)16 * 1024)
#define CALL_END_MS_MAX 250    /* from the end mark to the end of the transfer */
#define CALL_USAGE_MS_MAX 2000 /* from the finish reason to the end mark */
#define CALL_STALL_MS 200      /* a timer so late says that the loop had been held up */

static void call_try(struct model_call *call);
static void call_on_later(struct loop_deferred *later);
static void call_on_timer(struct ev_loop *ev, ev_timer *timer, int events);
static void call_on_turn(struct curl_transfer *transfer);
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

/* --- deadlines ----------------------------------------------------------------------------- */

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

static void call_timer_at(struct model_call *call, int64_t at_ms)
{
    struct ev_loop *ev = call->model->loop->ev;
    int64_t wait_ms = at_ms - clock_mono_ms();
    ev_timer_stop(ev, &call->timer);
    ev_timer_set(&call->timer, wait_ms > 0 ? (double)wait_ms / 1000 : 0., 0.);
    ev_timer_start(ev, &call->timer);
    call->timer_at_ms = at_ms;
}

/* A deadline that moves away is met by the timer set for the earlier one: setting it again for
 * every event would cost more than the event. */
void call_arm(struct model_call *call)
{
    int64_t at_ms = call_next_deadline(call);
    if (at_ms != 0 && (call->timer_at_ms == 0 || at_ms < call->timer_at_ms)) {
        call_timer_at(call, at_ms);
    }
}

static void call_over(struct model_call *call, CURLcode code);

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

static void call_on_timer(struct ev_loop *ev, ev_timer *timer, int events)
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

/* --- one try ------------------------------------------------------------------------------- */

/* [inside libcurl] */
static int call_on_request(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    struct model_call *call = ctx;
    call->connected_ms = clock_mono_ms();
    if (call->settings->is_tls) {
        curl_loop_set_shared(call->provider->pool, curl_transfer_is_http2(&call->transfer));
    }
    provider_connected(call->provider);
    call_arm(call);
    return CURL_PREREQFUNC_OK;
}

static bool call_on_event(struct span event, void *ctx)
{
    struct model_call *call = ctx;
    struct err err;
    uint32_t before = call->answer.content_events;
    switch (delta_read(event, &call->answer, &err)) {
    case DELTA_EVENT:
        break;
    case DELTA_DONE:
        break;
    case DELTA_ERROR:
        call->stop = CALL_STOP_ERROR;
        openai_error_read(event, call->settings->api_key, &call->error);
        return false;
    case DELTA_BAD:
        call->stop = CALL_STOP_BAD;
        (void)snprintf(call->error.message, sizeof(call->error.message),
                       "an event that is no chunk: %.200s", err.text);
        return false;
    case DELTA_LONG:
        call->stop = CALL_STOP_LONG;
        return false;
    }
    call->event_ms = clock_mono_ms();
    if (call->first_text_ms == 0 && before != call->answer.content_events) {
        call->first_text_ms = call->event_ms;
    }
    return true;
}

/* An answer that says it is JSON or a page is no stream, whatever its status. */
static enum call_body call_body_kind(CURL *easy)
{
    long status = 0;
    const char *type = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    bool is_other =
        type != NULL && (strcasestr(type, "json") != NULL || strcasestr(type, "html") != NULL);
    return status / 100 == 2 && !is_other ? CALL_BODY_EVENTS : CALL_BODY_OTHER;
}

/* [inside libcurl] */
static size_t call_on_bytes(char *data, size_t size, size_t count, void *ctx)
{
    struct model_call *call = ctx;
    struct span bytes = {data, size * count};
    if (call->body == CALL_BODY_NONE) {
        call->body = call_body_kind(call->transfer.easy);
    }
    if (call->body == CALL_BODY_OTHER) {
        size_t room = call->other.bytes_max - call->other.len;
        sbuf_append(&call->other, bytes.data, bytes.len < room ? bytes.len : room);
        return bytes.len <= room ? bytes.len : CURL_WRITEFUNC_ERROR; /* more is not needed */
    }
    if (!call->answer.is_done && !sse_feed(&call->sse, bytes, call_on_event, call)) {
        if (call->stop == CALL_STOP_NONE) {
            call->stop = CALL_STOP_BAD;
            (void)snprintf(call->error.message, sizeof(call->error.message),
                           "an event is over %zu bytes", CALL_EVENT_BYTES_MAX);
        }
        return CURL_WRITEFUNC_ERROR;
    }
    curl_transfer_mark(&call->transfer);
    return bytes.len;
}

static void call_on_turn(struct curl_transfer *transfer)
{
    struct model_call *call = CONTAINER_OF(transfer, struct model_call, transfer);
    if (call->is_probe && call->event_ms != 0) {
        provider_succeeded(call->provider);
    }
    call_arm(call);
    struct span news = {call->answer.text.data + call->delivered,
                        call->answer.text.len - call->delivered};
    call->delivered = call->answer.text.len;
    if (news.len > 0 && call->handlers.on_delta != NULL) {
        call->handlers.on_delta(call, news, call->answer.content_events, call->handlers.ctx);
    }
}

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

static void call_try(struct model_call *call)
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

/* The try is over, by its transfer's end or by us. */
static void call_over(struct model_call *call, CURLcode code)
{
    struct call_verdict verdict;
    provider_connected(call->provider); /* or not: either way the first connection was tried */
    call_judge(call, code, &verdict);
    call_drop_transfer(call);
    if (call_back_off(call, &verdict)) {
        return;
    }
    enum model_outcome outcome = verdict.outcome;
    int64_t wait_ms = verdict.retry_after_ms > 0 ? verdict.retry_after_ms : 0;
    if (wait_ms > RETRY_HOLD_MS_MAX) {
        outcome = MODEL_RATE_LIMIT;
        provider_pause(call->provider, wait_ms, verdict.reason);
    }
    if (verdict.block != RETRY_BLOCK_NONE) {
        provider_refused(call->provider, verdict.reason);
        wait_ms = call->provider->breaker.open_until_ms - clock_mono_ms();
    }
    call_end(call, outcome, wait_ms, verdict.reason);
}

static void call_on_done(struct curl_transfer *transfer, CURLcode code)
{
    call_over(CONTAINER_OF(transfer, struct model_call, transfer), code);
}
