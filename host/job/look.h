/* A look at a reading: its row, its job, and what this host is doing about it. */
#ifndef JOB_LOOK_H
#define JOB_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "job/watch.h"

struct json_object;
struct pipeline;
struct queue;

/* Valid during the callback. */
struct look {
    const char *reading_id;
    struct watch_status status;
    bool is_over;              /* completed or failed, and nobody at it */
    uint32_t version;          /* the current one; 0 = there is no result yet */
    const char *parked_reason; /* NULL = not parked */
    int64_t parked_since_ms;
    const char *error_code, *error_message; /* of the last run when it failed; NULL = none */
    bool is_error_retryable;

    /* For what can be done about it. */
    struct queue *queue;   /* NULL = this host does not serve the job's */
    const char *job_key;   /* the job at it; "" = the row names none */
    const char *job_state; /* BullMQ's word; "unknown" when the job is gone */
    uint32_t run;
    const char *agent_id;
    struct json_object *payload; /* the job's data; NULL = the row has none */
};

typedef void (*look_fn)(const struct look *look, const struct err *err, void *ctx);

/* Looks once. NOT_FOUND when there is no such reading, AGAIN when the store is down; without Redis
 * the row alone tells. Never answers inside the call. reading_id is a UUID in lower case. [loop] */
void look_at(struct pipeline *pipeline, const char *reading_id, look_fn done, void *ctx);

#endif
