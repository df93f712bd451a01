/* What can be done about a reading from outside: cancel it, retry it, write it anew. */
#ifndef JOB_ACTION_H
#define JOB_ACTION_H

#include <stdint.h>

#include "core/err.h"

struct pipeline;

/* Valid during the callback. */
struct action {
    const char *reading_id;
    const char *job_id;
    uint32_t version; /* regenerate: the one to be made */
};
/* err: NOT_FOUND, CONFLICT when the reading is not in a state for it, AGAIN when store or Redis
 * cannot say. */
typedef void (*action_fn)(const struct action *action, const struct err *err, void *ctx);

/* Asks for the reading's job to be cancelled, wherever it runs or waits. reason "" = none given.
 * Like all of these it never answers inside the call. [loop] */
void action_cancel(struct pipeline *pipeline, const char *reading_id, const char *reason,
                   action_fn done, void *ctx);

/* Retries a failed reading: its failed job, attempts counted anew, or a new one when that is gone.
 * [loop] */
void action_retry(struct pipeline *pipeline, const char *reading_id, action_fn done, void *ctx);

/* Has another version of a completed reading written. [loop] */
void action_regenerate(struct pipeline *pipeline, const char *reading_id, action_fn done,
                       void *ctx);

#endif
