/* The table of verdicts: code and whether BullMQ's attempts apply. */
#include "job/outcome.h"

#include <assert.h>
#include <string.h>

static const struct outcome outcomes[OUTCOME_CODES_COUNT] = {
    /* The next attempt may do better. */
    [OUTCOME_TIMEOUT] = {"TIMEOUT", true},
    [OUTCOME_NETWORK_ERROR] = {"NETWORK_ERROR", true},
    [OUTCOME_AGENT_TIMEOUT] = {"AGENT_TIMEOUT", true},
    [OUTCOME_RATE_LIMIT] = {"RATE_LIMIT", true},
    [OUTCOME_AGENT_CRASH] = {"AGENT_CRASH", true},
    [OUTCOME_AGENT_ERROR] = {"AGENT_ERROR", true},
    [OUTCOME_AGENT_BUSY] = {"AGENT_BUSY", true},
    [OUTCOME_BAD_RESPONSE] = {"BAD_RESPONSE", true},
    /* The same would happen again. */
    [OUTCOME_VALIDATION_ERROR] = {"VALIDATION_ERROR", false},
    [OUTCOME_AUTH_ERROR] = {"AUTH_ERROR", false},
    [OUTCOME_QUOTA_EXCEEDED] = {"QUOTA_EXCEEDED", false},
    [OUTCOME_TIMEOUT_MAX_RETRIES] = {"TIMEOUT_MAX_RETRIES", false},
    [OUTCOME_FACT_CHECK] = {"FACT_CHECK", false},
    [OUTCOME_BAD_ANSWER] = {"BAD_ANSWER", false},
    [OUTCOME_TRUNCATED] = {"TRUNCATED", false},
    [OUTCOME_REFUSED] = {"REFUSED", false},
    [OUTCOME_POISON] = {"POISON", false},
    [OUTCOME_PARKED_TOO_LONG] = {"PARKED_TOO_LONG", false},
    [OUTCOME_STALLED] = {"STALLED", false},
    [OUTCOME_CHILD_FAILED] = {"CHILD_FAILED", false},
    [OUTCOME_UNKNOWN_AGENT] = {"UNKNOWN_AGENT", false},
    [OUTCOME_CANCELLED] = {"CANCELLED", false},
    [OUTCOME_JOB_GONE] = {"JOB_GONE", false},
};

const struct outcome *outcome_of(enum outcome_code code)
{
    assert(code < OUTCOME_CODES_COUNT);
    return &outcomes[code];
}

const struct outcome *outcome_parse(const char *reason, const char **ret_text)
{
    for (size_t i = 0; i < OUTCOME_CODES_COUNT; i++) {
        size_t len = strlen(outcomes[i].code);
        if (strncmp(reason, outcomes[i].code, len) == 0 && strncmp(reason + len, ": ", 2) == 0) {
            *ret_text = reason + len + 2;
            return &outcomes[i];
        }
    }
    return NULL;
}
