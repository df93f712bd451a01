/* What the outcome of an agent, a model, the store or the search for a chart means for the job:
 * pure mappings, table-tested. */
#ifndef JOB_VERDICT_H
#define JOB_VERDICT_H

#include <stdint.h>

#include "core/attr.h"
#include "job/outcome.h"
#include "queue/queue.h"

struct agent_reply;
struct charting;
struct err;
struct model_result;

enum verdict_kind {
    VERDICT_NONE,
    VERDICT_FAIL,   /* ends this attempt, or the job, by the code's table entry */
    VERDICT_PARK,   /* not the job's fault: wait without using an attempt */
    VERDICT_RETURN, /* give back at once */
    VERDICT_DROP,   /* somebody else owns it */
};

#define VERDICT_TEXT_BYTES_MAX 640

struct verdict {
    enum verdict_kind kind;
    enum outcome_code code;            /* FAIL */
    enum queue_park_reason reason;     /* PARK */
    int64_t wait_ms;                   /* PARK */
    char text[VERDICT_TEXT_BYTES_MAX]; /* FAIL, PARK: for people */
};

struct verdict verdict_fail(enum outcome_code code, const char *fmt, ...) ATTR_PRINTF(2, 3);
struct verdict verdict_park(enum queue_park_reason reason, int64_t wait_ms, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

/* For agent outcomes that end the job's turn: everything but OK, NEXT, REASK, DECLINE. phase is
 * the function that was called, for the text. [any] */
struct verdict verdict_of_agent(const struct agent_reply *reply, const char *phase);

/* For model outcomes that give no answer to judge: everything but OK and TRUNCATED. [any] */
struct verdict verdict_of_model(const struct model_result *result);

/* The store could not take or give something now: the job waits. What the store will never take
 * fails the job as refused. [any] */
struct verdict verdict_of_store(const struct err *err, enum outcome_code refused);

/* For outcomes that are no chart to go on with and no lack of one: everything but FOUND and NONE.
 * [any] */
struct verdict verdict_of_charting(const struct charting *charting);

#endif
