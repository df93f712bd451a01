/* The pipeline: takes claimed jobs through their steps, to an ending. */
#ifndef JOB_PIPELINE_H
#define JOB_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "queue/queue.h"

struct agents;
struct aside;
struct awaited;
struct charts;
struct job;
struct loop;
struct model;
struct options;
struct sbuf;
struct store;
struct thread;
struct watch;

struct pipeline {
    struct loop *loop;
    struct thread *files;
    const struct options *options;
    struct agents *agents;
    struct model *model;
    struct store *store;
    struct charts *charts;
    struct aside *aside;         /* agents whose jobs wait for a model */
    struct awaited *awaited;     /* jobs that are to take over a reading's row */
    struct watch *watch;         /* told what happens to readings */
    struct queue *const *queues; /* all that share the store */
    size_t queues_count;
    struct job *jobs; /* all of them, newest first */
    uint32_t jobs_count;
    unsigned executes; /* requests for readings being worked on; none when the host ends */
    bool is_returning; /* see pipeline_return_all */
    uint64_t completed_count, failed_count, retried_count, parked_count;
    void (*on_idle)(void *ctx); /* called when the last job ended; may be NULL */
    void *on_idle_ctx;
};

/* What queue_create takes; ctx is the pipeline. [main] */
struct queue_handlers pipeline_queue_handlers(struct pipeline *pipeline);

/* The queue of that name, or whose job that is; NULL for none that is served here. [loop] */
struct queue *pipeline_queue_named(const struct pipeline *pipeline, const char *name);
struct queue *pipeline_queue_of(const struct pipeline *pipeline, const char *job_key);

/* Ends every job now, handing it back without an attempt; those in an operation that cannot be
 * taken back follow when it answers, and those that still come go back at once. [loop] */
void pipeline_return_all(struct pipeline *pipeline);

/* JSON object {jobs, steps:{…}, completed, failed, retried, parked}. [loop] */
void pipeline_render(const struct pipeline *pipeline, struct sbuf *out);

#endif
