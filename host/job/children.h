/* What a flow's children came to, for the parent's agent. */
#ifndef JOB_CHILDREN_H
#define JOB_CHILDREN_H

#include <stdbool.h>

struct job;
struct queue_run;
struct verdict;

/* Keeps them with the job. False with the verdict when they are more than may be. [loop] */
bool children_take(struct job *job, const struct queue_run *run, struct verdict *ret_why);

#endif
