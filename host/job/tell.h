/* What is told of a job while it is worked on: progress and the agent's log to BullMQ, everything
 * else to watchers. */
#ifndef JOB_TELL_H
#define JOB_TELL_H

#include "core/span.h"
#include "queue/queue.h"

struct job;
struct store_error;

/* The row is processing: from here on watchers are told. [loop] */
void tell_processing(struct job *job);

/* Whole numbers to 100; one below the last is not told. [loop] */
void tell_progress(struct job *job, int percent);

/* The version is stored. [loop] */
void tell_stored(struct job *job);

/* A model call is about to start: text of an earlier one is void. [loop] */
void tell_call(struct job *job);
/* A piece of the answer, not checked; empty = what the call gave so far is void. [loop] */
void tell_text(struct job *job, struct span text);

/* A line the agent logged while it worked for job (a struct job, or NULL: for a request that is no
 * job yet). [loop] */
void tell_agent_log(void *job, int level, struct span line);

/* The job's turn has ended: completed for good, or not here any more. A failure is told when its
 * row is closed. [loop] */
void tell_end(struct job *job, enum queue_end end);

/* The job failed for good, code being a constant: its row is closed, then watchers are told.
 * [loop] */
void tell_failed(struct job *job, const struct store_error *error);

#endif
