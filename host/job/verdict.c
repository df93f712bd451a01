/* Outcomes of agents, models, the store and the search for a chart, turned into verdicts on the
 * job. */
#include "job/verdict.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "agent/agents.h"
#include "core/err.h"
#include "job/charting.h"
#include "model/model.h"

#define VERDICT_AGENT_WAIT_MS 30000
#define VERDICT_STORE_WAIT_MS 5000
#define VERDICT_PROVIDER_WAIT_MS 30000
#define VERDICT_NO_MODEL_WAIT_MS 300000
#define VERDICT_CHART_WAIT_MS 30000
#define VERDICT_MEMORY_WAIT_MS 1000

struct verdict verdict_fail(enum outcome_code code, const char *fmt, ...)
{
    struct verdict verdict = {.kind = VERDICT_FAIL, .code = code};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(verdict.text, sizeof(verdict.text), fmt, args);
    va_end(args);
    return verdict;
}

struct verdict verdict_park(enum queue_park_reason reason, int64_t wait_ms, const char *fmt, ...)
{
    struct verdict verdict = {.kind = VERDICT_PARK, .reason = reason, .wait_ms = wait_ms};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(verdict.text, sizeof(verdict.text), fmt, args);
    va_end(args);
    return verdict;
}

static enum outcome_code verdict_agent_code(enum agent_outcome outcome)
{
    switch (outcome) {
    case AGENT_INVALID:
        return OUTCOME_VALIDATION_ERROR;
    case AGENT_AGAIN:
        return OUTCOME_AGENT_BUSY;
    case AGENT_CRASHED:
        return OUTCOME_AGENT_CRASH;
    case AGENT_DEADLINE:
        return OUTCOME_AGENT_TIMEOUT;
    default:
        return OUTCOME_AGENT_ERROR;
    }
}

struct verdict verdict_of_agent(const struct agent_reply *reply, const char *phase)
{
    if (reply->outcome == AGENT_UNAVAILABLE) {
        return verdict_park(PARK_AGENT_UNAVAILABLE, VERDICT_AGENT_WAIT_MS, "%s",
                            reply->reason[0] != '\0' ? reply->reason
                                                     : "the agent cannot be started");
    }
    if (reply->is_poison) {
        return verdict_fail(OUTCOME_POISON, "%s: this job ended the agent twice (%s)", phase,
                            reply->reason);
    }
    if (reply->outcome == AGENT_INVALID && reply->field.len > 0) {
        return verdict_fail(OUTCOME_VALIDATION_ERROR, "%.*s: %s", (int)reply->field.len,
                            reply->field.data, reply->reason);
    }
    const char *reason =
        reply->reason[0] != '\0' ? reply->reason : agent_outcome_name(reply->outcome);
    return verdict_fail(verdict_agent_code(reply->outcome), "%s: %s", phase, reason);
}

struct verdict verdict_of_model(const struct model_result *result)
{
    switch (result->outcome) {
    case MODEL_REFUSED:
        return verdict_fail(OUTCOME_REFUSED, "%s", result->reason);
    case MODEL_NETWORK_ERROR:
        return verdict_fail(OUTCOME_NETWORK_ERROR, "%s", result->reason);
    case MODEL_TIMEOUT:
        return verdict_fail(OUTCOME_TIMEOUT, "%s", result->reason);
    case MODEL_RATE_LIMIT:
        if (result->retry_after_ms > 0) {
            return verdict_park(PARK_RATE_LIMIT, result->retry_after_ms, "%s", result->reason);
        }
        return verdict_fail(OUTCOME_RATE_LIMIT, "%s", result->reason);
    case MODEL_PROVIDER_DOWN:
        return verdict_park(PARK_PROVIDER,
                            result->retry_after_ms > 0 ? result->retry_after_ms
                                                       : VERDICT_PROVIDER_WAIT_MS,
                            "%s", result->reason);
    case MODEL_BAD_REQUEST:
        return verdict_fail(OUTCOME_VALIDATION_ERROR, "model: %s", result->reason);
    case MODEL_NOT_CONFIGURED:
        return verdict_park(PARK_NO_MODEL, VERDICT_NO_MODEL_WAIT_MS, "%s", result->reason);
    case MODEL_BUSY:
        return verdict_park(PARK_BUDGET,
                            result->retry_after_ms > 0 ? result->retry_after_ms
                                                       : VERDICT_PROVIDER_WAIT_MS,
                            "%s", result->reason);
    case MODEL_BAD_RESPONSE:
    case MODEL_OK:
    case MODEL_TRUNCATED:
        break;
    }
    assert(result->outcome == MODEL_BAD_RESPONSE);
    return verdict_fail(OUTCOME_BAD_RESPONSE, "%s", result->reason);
}

struct verdict verdict_of_store(const struct err *err, enum outcome_code refused)
{
    if (err->kind == ERR_INVALID || err->kind == ERR_LIMIT) {
        return verdict_fail(refused, "the store: %s", err->text);
    }
    return verdict_park(PARK_STORE, VERDICT_STORE_WAIT_MS, "store: %s", err->text);
}

struct verdict verdict_of_charting(const struct charting *charting)
{
    const char *text = charting->err.text;
    switch (charting->outcome) {
    case CHARTING_REFUSED:
        return verdict_fail(OUTCOME_VALIDATION_ERROR, "%s: %s", charting->fault.field,
                            charting->fault.remedy);
    case CHARTING_BUSY:
        return verdict_park(PARK_MEMORY, VERDICT_MEMORY_WAIT_MS, "%s", text);
    case CHARTING_STORE:
        return verdict_of_store(&charting->err, OUTCOME_VALIDATION_ERROR);
    case CHARTING_UNAVAILABLE:
        return verdict_park(PARK_AGENT_UNAVAILABLE, VERDICT_CHART_WAIT_MS, "%s", text);
    case CHARTING_FAILED:
    case CHARTING_FOUND:
    case CHARTING_NONE:
        break;
    }
    assert(charting->outcome == CHARTING_FAILED);
    return verdict_fail(OUTCOME_AGENT_CRASH, "%s", text);
}
