/* What a try came to: the verdict on it, and the result that is told. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "model/model-private.h"
#include "model/usage.h"

/* A response header, or NULL; valid as long as the handle. */
static const char *call_header(const struct model_call *call, const char *name)
{
    struct curl_header *header = NULL;
    CURLHcode code = curl_easy_header(call->transfer.easy, name, 0, CURLH_HEADER, -1, &header);
    return code == CURLHE_OK ? header->value : NULL;
}

static int call_status(const struct model_call *call)
{
    long status = 0;
    (void)curl_easy_getinfo(call->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

static void call_read_headers(struct model_call *call)
{
    const char *id = call_header(call, "x-request-id");
    if (id == NULL) {
        id = call_header(call, "x-generation-id");
    }
    (void)snprintf(call->request_id, sizeof(call->request_id), "%s", id != NULL ? id : "");
    long connections = 0;
    (void)curl_easy_getinfo(call->transfer.easy, CURLINFO_NUM_CONNECTS, &connections);
    metrics_add(call->provider->connections, (double)connections);
}

/* "NAME: HTTP 429: text (code)", as far as there is one of each. */
static void call_error_reason(const struct model_call *call, int status,
                              struct call_verdict *verdict)
{
    const struct openai_error *error = &call->error;
    const char *word = error->code[0] != '\0' ? error->code : error->type;
    char answered[32];
    if (status / 100 == 2) {
        (void)snprintf(answered, sizeof(answered), "error in the answer");
    } else {
        (void)snprintf(answered, sizeof(answered), "HTTP %d", status);
    }
    (void)snprintf(verdict->reason, sizeof(verdict->reason), "%.48s: %s%s%s%s%s%s",
                   call->provider->name, answered, error->message[0] != '\0' ? ": " : "",
                   error->message, word[0] != '\0' ? " (" : "", word, word[0] != '\0' ? ")" : "");
}

static enum retry_wish call_wish(const struct model_call *call)
{
    const char *wish = call_header(call, "x-should-retry");
    if (wish == NULL) {
        return RETRY_WISH_NONE;
    }
    return strcmp(wish, "true") == 0    ? RETRY_WISH_YES
           : strcmp(wish, "false") == 0 ? RETRY_WISH_NO
                                        : RETRY_WISH_NONE;
}

/* The server said what is wrong: by a status, or by an error where the answer should be. */
static void call_judge_error(struct model_call *call, struct call_verdict *verdict)
{
    int status = call_status(call);
    struct retry_cause cause = {
        .status = status / 100 == 2 ? call->error.status : status,
        .has_error = call->error.is_error,
        .code = call->error.code,
        .type = call->error.type,
        .wish = call_wish(call),
    };
    struct retry_verdict judged = retry_judge(&cause);
    *verdict = (struct call_verdict){
        .is_retryable = judged.is_retryable && call->answer.content_events == 0,
        .outcome = judged.outcome,
        .block = judged.block,
        .label = judged.reason,
        .retry_after_ms = -1,
    };
    if (judged.is_retryable || judged.outcome == MODEL_RATE_LIMIT) {
        verdict->retry_after_ms = retry_after_ms(call_header(call, "retry-after-ms"),
                                                 call_header(call, "retry-after"), clock_wall_ms());
    }
    call_error_reason(call, status, verdict);
}

/* No answer, or one that broke off: the network's doing. */
static void call_judge_network(const struct model_call *call, CURLcode code,
                               struct call_verdict *verdict)
{
    struct retry_cause cause = {.curl_code = (int)code, .code = "", .type = ""};
    struct retry_verdict judged = retry_judge(&cause);
    bool is_cut = call->event_ms != 0;
    *verdict = (struct call_verdict){
        .is_retryable = judged.is_retryable,
        .outcome = judged.outcome,
        .block = judged.block,
        .label = is_cut ? "cut" : judged.reason,
        .retry_after_ms = -1,
    };
    const char *text = call->reason[0] != '\0' ? call->reason : curl_easy_strerror(code);
    (void)snprintf(verdict->reason, sizeof(verdict->reason), "%.48s: %s%.300s",
                   call->provider->name, is_cut ? "the answer broke off: " : "", text);
}

static void call_judge_finish(const struct model_call *call, struct call_verdict *verdict)
{
    const struct delta_answer *answer = &call->answer;
    const char *finish = answer->finish;
    const char *name = call->provider->name;
    char *reason = verdict->reason;
    size_t bytes_max = sizeof(verdict->reason);
    *verdict = (struct call_verdict){.outcome = MODEL_OK, .retry_after_ms = -1};
    if (answer->refusal[0] != '\0') {
        verdict->outcome = MODEL_REFUSED;
        (void)snprintf(reason, bytes_max, "%.48s: the model refuses: %s", name, answer->refusal);
    } else if (strcmp(finish, "length") == 0) {
        verdict->outcome = MODEL_TRUNCATED;
        (void)snprintf(reason, bytes_max, "%.48s: the answer was cut at the token limit", name);
    } else if (strcmp(finish, "content_filter") == 0) {
        verdict->outcome = MODEL_REFUSED;
        (void)snprintf(reason, bytes_max, "%.48s: the content filter withheld the answer", name);
    } else if (strcmp(finish, "stop") != 0) {
        verdict->outcome = MODEL_BAD_RESPONSE;
        (void)snprintf(reason, bytes_max, "%.48s: the answer ended with '%s'", name, finish);
    }
}

static void call_judge_bad(const struct model_call *call, bool is_retryable, const char *reason,
                           struct call_verdict *verdict)
{
    *verdict = (struct call_verdict){.is_retryable = is_retryable,
                                     .outcome = MODEL_BAD_RESPONSE,
                                     .label = "cut",
                                     .retry_after_ms = -1};
    (void)snprintf(verdict->reason, sizeof(verdict->reason), "%.48s: %.320s", call->provider->name,
                   reason);
}

/* A body that is no stream: an error page, an error object, or an answer of another kind. */
static void call_judge_other(struct model_call *call, struct call_verdict *verdict)
{
    openai_error_read(sbuf_as_span(&call->other), call->settings->api_key, &call->error);
    if (call_status(call) / 100 != 2 || call->error.is_error) {
        call_judge_error(call, verdict);
        return;
    }
    char reason[320];
    (void)snprintf(reason, sizeof(reason), "the answer is no event stream: %s",
                   call->error.message);
    call_judge_bad(call, false, reason, verdict);
}

void call_judge(struct model_call *call, CURLcode code, struct call_verdict *ret_verdict)
{
    call_read_headers(call);
    char reason[96];
    if (call->answer.finish[0] != '\0') {
        call_judge_finish(call, ret_verdict); /* complete, whatever came behind it */
    } else if (call->stop == CALL_STOP_ERROR) {
        call_judge_error(call, ret_verdict);
    } else if (call->stop == CALL_STOP_BAD) {
        call_judge_bad(call, false, call->error.message, ret_verdict);
    } else if (call->stop == CALL_STOP_LONG) {
        (void)snprintf(reason, sizeof(reason), "the answer is over %zu bytes",
                       call->answer_bytes_max);
        call_judge_bad(call, false, reason, ret_verdict);
    } else if (call->body == CALL_BODY_OTHER) {
        call_judge_other(call, ret_verdict);
    } else if (code != CURLE_OK) {
        call_judge_network(call, code, ret_verdict);
    } else if (call_status(call) / 100 != 2) {
        call_judge_error(call, ret_verdict); /* a status without a body */
    } else {
        call_judge_bad(call, true, "the answer ended without a finish reason", ret_verdict);
    }
}

void call_render_result(struct model_call *call, enum model_outcome outcome, int64_t retry_after_ms,
                        const char *reason, struct model_result *ret_result)
{
    const struct delta_answer *answer = &call->answer;
    bool is_free = call->settings == NULL || call->settings->is_practice;
    *ret_result = (struct model_result){
        .outcome = outcome,
        .text = sbuf_as_span(&answer->text),
        .finish_reason = answer->finish,
        .model = answer->model[0] != '\0' ? answer->model : call->model_name,
        .request_id = call->request_id,
        .prompt_tokens = answer->prompt_tokens,
        .completion_tokens = answer->completion_tokens,
        .total_tokens = answer->total_tokens,
        .cost_usd = is_free ? NAN
                            : usage_cost_usd(call->model->options, call->model_name, answer->model,
                                             answer->prompt_tokens, answer->completion_tokens),
        .first_token_ms = call->first_text_ms != 0 ? call->first_text_ms - call->try_ms : -1,
        .duration_ms = clock_mono_ms() - call->started_ms,
        .tries = call->tries,
        .retry_after_ms = retry_after_ms,
    };
    memcpy(ret_result->request_hash, call->request_hash, sizeof(call->request_hash));
    (void)snprintf(ret_result->reason, sizeof(ret_result->reason), "%s", reason);
    struct provider *provider = call->provider;
    if (provider != NULL) {
        provider->calls++;
        provider->calls_ok += outcome == MODEL_OK ? 1 : 0;
        struct usage_series *series =
            usage_series_find(&provider->series, provider->name, call->model_name);
        usage_count(series, provider->name, ret_result);
    }
}
