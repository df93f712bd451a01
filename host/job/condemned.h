/* Jobs that the queue failed by itself, without handing them out. */
#ifndef JOB_CONDEMNED_H
#define JOB_CONDEMNED_H

#include "core/span.h"

struct pipeline;
struct queue_job;

/* Closes the row that an earlier delivery of the job may have left open. reason is the queue's: the
 * job stalled too often, or a child of it failed. [loop] */
void condemned_close_row(const struct pipeline *pipeline, const struct queue_job *queued,
                         struct span reason);

#endif
