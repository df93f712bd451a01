/* A job's options as the queue needs them, read from the JSON that Redis' cjson wrote. */
#ifndef QUEUE_OPTS_H
#define QUEUE_OPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

#define QUEUE_OPTS_BYTES_MAX (16 * 1024) /* parsed on the loop, therefore not more */
#define QUEUE_BACKOFF_NAME_BYTES 48

enum queue_backoff_kind { BACKOFF_NONE, BACKOFF_FIXED, BACKOFF_EXPONENTIAL, BACKOFF_UNKNOWN };

struct queue_backoff {
    enum queue_backoff_kind kind;
    double delay_ms;
    double jitter;                       /* 0 … 1 */
    char name[QUEUE_BACKOFF_NAME_BYTES]; /* of an unknown kind */
};

/* removeOnComplete, removeOnFail in the shape moveToFinished takes: keepJobs. */
struct queue_keep {
    bool is_given; /* the job says it; else the queue's own applies */
    bool has_count, has_age, has_limit;
    double count;
    double age_s;
    double limit;
};

struct queue_opts {
    double attempts; /* 0 when absent */
    struct queue_backoff backoff;
    struct queue_keep keep_completed, keep_failed;
    int64_t keep_logs;         /* -1 = all */
    int64_t stack_trace_limit; /* -1 = none given */
    bool is_lifo;
};

/* Reads the text. Members of an unexpected type count as absent, as in a Node worker; false only
 * when the text is too long or no JSON object. [any] */
bool queue_opts_parse(struct span text, struct queue_opts *ret_opts,
                      struct err *err) ATTR_MUST_CHECK;

#endif
