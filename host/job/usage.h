/* Usage rows: what each model call cost, whether it gave an answer or not. */
#ifndef JOB_USAGE_H
#define JOB_USAGE_H

struct job;
struct model_result;

/* One row for each answer of the run; rows that are there already stay. Unawaited. [loop] */
void usage_store_answers(const struct job *job);

/* The row of a call that gave no answer. Unawaited. [loop] */
void usage_store_failure(const struct job *job, const struct model_result *result,
                         const char *provider);

#endif
