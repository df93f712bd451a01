/* What arrives during a try: from bytes to events to the answer, and on to the caller. */
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "model/model-private.h"

int call_on_request(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    struct model_call *call = ctx;
    call->connected_ms = clock_mono_ms();
    call->provider->reached++;
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

size_t call_on_bytes(char *data, size_t size, size_t count, void *ctx)
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

void call_on_turn(struct curl_transfer *transfer)
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
