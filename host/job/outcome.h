/* Every verdict on a job and what it means for the queue, the store and the agent: one table. */
#ifndef JOB_OUTCOME_H
#define JOB_OUTCOME_H

#include <stdbool.h>

enum outcome_code {
    OUTCOME_TIMEOUT,
    OUTCOME_NETWORK_ERROR,
    OUTCOME_AGENT_TIMEOUT,
    OUTCOME_RATE_LIMIT,
    OUTCOME_AGENT_CRASH,
    OUTCOME_AGENT_ERROR,
    OUTCOME_AGENT_BUSY,
    OUTCOME_BAD_RESPONSE,
    OUTCOME_VALIDATION_ERROR,
    OUTCOME_AUTH_ERROR,
    OUTCOME_QUOTA_EXCEEDED,
    OUTCOME_TIMEOUT_MAX_RETRIES,
    OUTCOME_FACT_CHECK,
    OUTCOME_BAD_ANSWER,
    OUTCOME_TRUNCATED,
    OUTCOME_REFUSED,
    OUTCOME_POISON,
    OUTCOME_PARKED_TOO_LONG,
    OUTCOME_STALLED,
    OUTCOME_CHILD_FAILED,
    OUTCOME_UNKNOWN_AGENT,
    OUTCOME_CANCELLED,
    OUTCOME_JOB_GONE,
    OUTCOME_CODES_COUNT,
};

struct outcome {
    const char *code;  /* "VALIDATION_ERROR" */
    bool is_retryable; /* BullMQ's attempts and backoff apply */
};

/* Never NULL. [any] */
const struct outcome *outcome_of(enum outcome_code code);

/* Takes apart why a job failed, "CODE: text" as jobs of ours end: *ret_text points into reason.
 * NULL when it begins with no code of ours. [any] */
const struct outcome *outcome_parse(const char *reason, const char **ret_text);

#endif
