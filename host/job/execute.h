/* A reading asked for: from the bytes of a request to a row in the store and a job in the queue. */
#ifndef JOB_EXECUTE_H
#define JOB_EXECUTE_H

#include "core/err.h"
#include "core/problems.h"
#include "core/span.h"

struct pipeline;

#define EXECUTES_MAX 64 /* at a time; pipeline->executes */

struct execute_request {
    struct span body;
    const char *caller;          /* whose idempotency keys these are */
    const char *idempotency_key; /* or NULL */
};

enum execute_outcome {
    EXECUTE_ACCEPTED,
    EXECUTE_REPLAYED,      /* the same request was accepted before */
    EXECUTE_INVALID,       /* problems */
    EXECUTE_UNKNOWN_AGENT, /* problems: agentId */
    EXECUTE_MISMATCH,      /* another request came with this idempotency key before */
    EXECUTE_FAILED,        /* err */
};

/* Valid during the callback. */
struct execute_result {
    enum execute_outcome outcome;
    const char *reading_id, *job_id; /* ACCEPTED, REPLAYED */
    const char *chart_id;            /* or NULL */
    const struct problems *problems;
    struct err err;
};

typedef void (*execute_done_fn)(const struct execute_result *result, void *ctx);

/* Judges the request, finds or computes the chart, writes the row, adds the job, and calls done
 * once, in the call or later. Once it has begun it goes on to a state in which all or nothing was
 * done, whoever listens. Everything is copied. [loop] */
void execute_start(struct pipeline *pipeline, const struct execute_request *request,
                   execute_done_fn done, void *ctx);

#endif
