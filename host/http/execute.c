/* POST /api/orchestrator/execute: a reading is asked for. */
#include <string.h>

#include "http/accepted.h"
#include "http/request.h"
#include "http/router.h"
#include "http/wait.h"

#define EXECUTE_KEY_BYTES_MAX 255

static void execute_accepted(struct http_request *request, const struct execute_result *result)
{
    struct http_accepted accepted = {
        .reading_id = result->reading_id,
        .job_id = result->job_id,
        .has_chart = true,
        .chart_id = result->chart_id,
    };
    if (result->outcome == EXECUTE_REPLAYED) {
        http_answer_header(request, "Idempotent-Replayed", "true");
    }
    if (http_wait_read(request, &accepted.wait_s)) { /* it was good before */
        http_answer_accepted(request, &accepted);
    }
}

static void execute_done(const struct execute_result *result, void *ctx)
{
    struct http_request *request = http_ticket_redeem(ctx);
    if (request == NULL) {
        return;
    }
    switch (result->outcome) {
    case EXECUTE_ACCEPTED:
    case EXECUTE_REPLAYED:
        execute_accepted(request, result);
        return;
    case EXECUTE_INVALID:
        http_answer_problems(request, result->problems);
        return;
    case EXECUTE_UNKNOWN_AGENT:
        http_answer_error(request, 404, "UNKNOWN_AGENT", result->problems->field,
                          result->problems->remedy, "agentId: %s", result->problems->remedy);
        return;
    case EXECUTE_MISMATCH:
        http_answer_error(request, 409, "IDEMPOTENCY_MISMATCH", "Idempotency-Key",
                          "take a new key for a new request",
                          "another request came with this Idempotency-Key before");
        return;
    case EXECUTE_FAILED:
        http_answer_err(request, &result->err);
        return;
    }
}

static bool execute_is_key(const char *key)
{
    size_t len = strlen(key);
    for (size_t i = 0; i < len; i++) {
        if (key[i] < 0x21 || key[i] > 0x7e) {
            return false;
        }
    }
    return len >= 1 && len <= EXECUTE_KEY_BYTES_MAX;
}

void http_post_execute(struct http_request *request)
{
    const char *key = http_request_header(request, "Idempotency-Key");
    unsigned wait_s;
    if (key != NULL && !execute_is_key(key)) {
        http_answer_error(request, 400, "VALIDATION_ERROR", "Idempotency-Key",
                          "send 1 to 255 visible ASCII characters",
                          "Idempotency-Key: must have 1 to 255 visible ASCII characters");
        return;
    }
    if (!http_wait_read(request, &wait_s)) {
        return;
    }
    const struct execute_request execute = {
        .body = sbuf_as_span(&request->body),
        .caller = request->caller.key_name,
        .idempotency_key = key,
    };
    request->host->execute(request->host->ctx, &execute, execute_done, http_ticket_take(request));
}
