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

#endif
