/* How a job leaves the pipeline: verdicts carried out, or kept for an operation that cannot be
 * taken back; and what is written down about it. */
#ifndef JOB_ENDING_H
#define JOB_ENDING_H

#include <stdbool.h>

#include "core/attr.h"
#include "job/verdict.h"
#include "queue/queue.h"

struct job;

/* Carries the verdict out, or leaves it for the operation under way. A lost lock outranks what
 * else was waiting. A job that is ending already keeps its ending. [loop] */
void job_conclude(struct job *job, struct verdict verdict);

/* The job needs more memory than its limits allow: an AGENT_ERROR. [loop] */
void job_out_of_memory(struct job *job);

/* Completes the job with job->return_value. [loop] */
void job_finish(struct job *job);

/* An operation that cannot be taken back has begun … [loop] */
void job_wait(struct job *job);
/* … and has answered: true when the job goes on, false when a verdict that had waited was carried
 * out. [loop] */
bool job_resume(struct job *job) ATTR_MUST_CHECK;

/* After the queue has settled it: closes the row of a job that failed for good, logs, measures,
 * and brings back one that was parked for what has come meanwhile. [loop] */
void job_note_end(struct job *job, enum queue_end end);

#endif
