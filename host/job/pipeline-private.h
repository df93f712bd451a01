/* What the files of the pipeline share: one job's way from step to step. */
#ifndef JOB_PIPELINE_PRIVATE_H
#define JOB_PIPELINE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/span.h"
#include "job/answers.h"
#include "job/job.h"
#include "job/verdict.h"

/* Begins the step, one that has an entry in the table. Call last: the job may have ended. [loop] */
void pipeline_go(struct job *job, enum job_step step);

/* routing.c */

/* Reads the host's fields of the job's data and finds its agent: true when this host has it and
 * the job's queue takes it, else what becomes of the job. [loop] */
bool routing_find_agent(struct job *job, struct verdict *ret_why) ATTR_MUST_CHECK;
/* From here to its end: the job's wish, at most the queue's. [loop] */
int64_t routing_timeout_ms(const struct job *job);

/* row.c */

/* Steps BEGIN and SETTLE; goes on to PIN when the row is this job's. [loop] */
void row_begin(struct job *job);
/* The row is not this run's any more: the job is parked, and finds out at its next claim. */
void row_lost(struct job *job);

/* answering.c */

/* Steps LEASE, ASK and RECORD. [loop] */
void answering_lease(struct job *job);
void answering_ask(struct job *job);
/* Goes on from the pass and round at hand: to LEASE when they have no answer yet, to JUDGE with
 * one that was not judged, to BUILD when a pass is done. [loop] */
void answering_next(struct job *job);
/* Keeps in the run record how the answer at hand was judged. [loop] */
void answering_note(struct job *job, enum answer_verdict verdict, struct span correction);

#endif
