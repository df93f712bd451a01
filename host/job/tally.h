/* Counting the jobs of the served queues. */
#ifndef JOB_TALLY_H
#define JOB_TALLY_H

#include "core/err.h"
#include "core/span.h"

struct pipeline;

typedef void (*tally_fn)(struct span json, const struct err *err, void *ctx);

/* {"stats":{waiting, active, completed, failed, delayed, total},"queues":{NAME:{the same, parked}}}
 * without the braces around, of one queue or of all (NULL): waiting counts what could run but for
 * its turn, so also prioritized, paused and parked jobs; delayed are the others that wait for a
 * time. NOT_FOUND for a queue that is not served. [loop] */
void tally_queues(struct pipeline *pipeline, const char *queue, tally_fn done, void *ctx);

#endif
