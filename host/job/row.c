/* The reading's row becomes this job's: it is new, its own from an earlier run, done already, or
 * another job's, which is then looked for and replaced when it is gone. */
#include "job/pipeline-private.h"

#include <stddef.h>

#include "core/arena.h"
#include "job/ending.h"
#include "job/job.h"
#include "job/pipeline.h"
#include "queue/queue.h"
#include "store/store.h"

#define ROW_BUSY_WAIT_MS 5000 /* another job holds the reading */
#define ROW_LOST_WAIT_MS 1000

static void row_settle(struct job *job, const char *holder_key);

static void row_begun(const struct store_begin_result *result, const struct err *err, void *ctx)
{
    struct job *job = ctx;
    if (!job_resume(job)) {
        return;
    }
    if (err != NULL) { /* what was written is the job's own data */
        job_conclude(job, verdict_of_store(err, OUTCOME_VALIDATION_ERROR));
        return;
    }
    switch (result->begun) {
    case STORE_NEW:
    case STORE_RESUME:
        job->run = result->run;
        job->queued->run = result->run;
        job->version = result->version;
        pipeline_go(job, JOB_PIN);
        return;
    case STORE_DONE:
        job->return_value = (struct span){
            arena_strndup(job->arena, result->return_value.data, result->return_value.len),
            result->return_value.len};
        if (job->return_value.data == NULL) {
            job_out_of_memory(job);
            return;
        }
        job_finish(job);
        return;
    case STORE_BUSY:
        row_settle(job, result->holder);
        return;
    }
}

static void row_begin_as(struct job *job, const char *takeover)
{
    struct store_begin begin = {
        .key = job_store_key(job),
        .intent = job->is_regenerate ? STORE_REGENERATE : STORE_NORMAL,
        .takeover = takeover,
        .agent_id = job->agent_id,
        .user_id = job->user_id,
        .queue = queue_name(job->queued->queue),
        .payload = job->queued->data,
    };
    job->step = JOB_BEGIN;
    job_wait(job);
    store_begin(job->pipeline->store, &begin, row_begun, job);
}

void row_begin(struct job *job)
{
    row_begin_as(job, NULL);
}

struct row_holder {
    struct job *job;
    const char *job_key;
};

static void row_settled(bool is_known, enum queue_job_state state, void *ctx)
{
    struct row_holder *holder = ctx; /* in the job's arena */
    struct job *job = holder->job;
    if (!job_resume(job)) {
        return;
    }
    if (is_known && state != QUEUE_JOB_ALIVE) {
        row_begin_as(job, holder->job_key);
        return;
    }
    job_conclude(job, verdict_park(PARK_READING_BUSY, ROW_BUSY_WAIT_MS,
                                   "reading %s is being written by job %s", job->reading_id,
                                   holder->job_key));
}

/* Another job holds the reading: it is asked for, and replaced when it is gone. */
static void row_settle(struct job *job, const char *holder_key)
{
    struct row_holder *holder = arena_alloc(job->arena, sizeof(*holder));
    if (holder == NULL || (holder->job_key = arena_strdup(job->arena, holder_key)) == NULL) {
        job_out_of_memory(job);
        return;
    }
    holder->job = job;
    job->step = JOB_SETTLE;
    job_wait(job);
    /* A job of no queue that is served here counts as gone. */
    struct queue *queue = pipeline_queue_of(job->pipeline, holder_key);
    queue_job_state(queue != NULL ? queue : job->queued->queue, holder->job_key, row_settled,
                    holder);
}

void row_lost(struct job *job)
{
    /* Most likely a host that lost this job has written the answer that was under way, and the next
     * claim finds it there. */
    job_conclude(job, verdict_park(PARK_READING_BUSY, ROW_LOST_WAIT_MS,
                                   "reading %s was written or taken by another run meanwhile",
                                   job->reading_id));
}
