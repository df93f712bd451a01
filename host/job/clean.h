/* Emptying queues, and closing the rows of the jobs that went. */
#ifndef JOB_CLEAN_H
#define JOB_CLEAN_H

#include <stdint.h>

#include "core/err.h"

struct pipeline;

typedef void (*clean_fn)(int64_t removed, const struct err *err, void *ctx);

/* Removes every job but the active ones from one queue, or from all that are served (NULL); then
 * closes, as JOB_GONE, rows whose job is gone, so that the sweep finds nothing to wonder about.
 * NOT_FOUND for a queue that is not served; after another err some may be gone. [loop] */
void clean_queues(struct pipeline *pipeline, const char *queue, clean_fn done, void *ctx);

#endif
