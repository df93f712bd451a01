/* What a failed try means: try again, fail the call, or stop asking this provider. */
#ifndef MODEL_RETRY_H
#define MODEL_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/model.h"

/* A wait the server asks for that is longer than this is not held by a call: its job is
 * parked instead. */
#define RETRY_HOLD_MS_MAX 5000

enum retry_block {
    RETRY_BLOCK_NONE,
    RETRY_BLOCK_ACCESS, /* the key is refused */
    RETRY_BLOCK_QUOTA,  /* nothing left to spend */
    RETRY_BLOCK_SETUP,  /* the address or the certificates are wrong */
    RETRY_BLOCK_REACH,  /* nobody is there, try after try */
};

/* x-should-retry */
enum retry_wish { RETRY_WISH_NONE, RETRY_WISH_YES, RETRY_WISH_NO };

/* What is known about a failed try. */
struct retry_cause {
    int curl_code;    /* CURLcode; 0 = an answer came */
    int status;       /* HTTP status; 0 = none */
    bool has_error;   /* the body, or an event, was an error object */
    const char *code; /* error.code as text, "" = none */
    const char *type; /* error.type, "" = none */
    enum retry_wish wish;
};

struct retry_verdict {
    bool is_retryable;          /* within the call, while tries are left */
    enum model_outcome outcome; /* when it is not tried again */
    enum retry_block block;     /* opens the provider's breaker when it is not tried again */
    const char *reason;         /* "network", "rate_limit", …: a label of the retry metric */
};

/* [any] */
struct retry_verdict retry_judge(const struct retry_cause *cause);

/* Wait before try number tries + 1: base · 2^(tries−1), at most 16 times base, made up to a
 * quarter shorter by unit_random in [0, 1). [any] */
int64_t retry_backoff_ms(int64_t base_ms, uint32_t tries, double unit_random);

/* The wait a server asks for, from retry-after-ms, else from retry-after in (broken) seconds
 * or as an HTTP date; NULL = header absent. −1 when neither can be read; at most a day. [any] */
int64_t retry_after_ms(const char *after_ms, const char *after, int64_t wall_ms);

#endif
