/* What is told of a job. */
#include "job/tell.h"

#include <stdlib.h>

#include "agent/agents.h"
#include "agent/manifest.h"
#include "core/log.h"
#include "core/mem.h"
#include "job/job.h"
#include "job/pipeline.h"
#include "job/watch.h"
#include "store/store.h"

/* A job that is another host's by now tells nothing of its standing. */
static void tell_status(const struct job *job, const char *status)
{
    if (job->watched != NULL && !job->queued->is_disowned) {
        int progress = job->queued->progress > 0 ? job->queued->progress : 0;
        watch_tell_status(job->watched, &(struct watch_status){status, "active", progress});
    }
}

void tell_processing(struct job *job)
{
    job->watched = watch_hold(job->pipeline->watch, job->reading_id);
    tell_progress(job, 30);
}

void tell_progress(struct job *job, int percent)
{
    queue_progress(job->queued, percent);
    tell_status(job, "processing");
}

void tell_stored(struct job *job)
{
    queue_progress(job->queued, 100);
    tell_status(job, "completed");
}

void tell_call(struct job *job)
{
    watch_tell_reset(job->watched);
}

void tell_text(struct job *job, struct span text)
{
    if (!unit_manifest(job->unit)->is_streamed) {
        return;
    }
    if (text.len > 0) {
        watch_tell_text(job->watched, text);
    } else {
        watch_tell_reset(job->watched);
    }
}

void tell_agent_log(void *ctx, int level, struct span line)
{
    struct job *job = ctx;
    log_line((enum log_level)level, "agent", job != NULL ? job_log(job) : NULL, "%.*s",
             (int)line.len, line.data);
    if (job != NULL && level >= LOG_INFO) {
        queue_log(job->queued, line);
    }
}

void tell_end(struct job *job, enum queue_end end)
{
    if (end == QUEUE_COMPLETED && job->watched != NULL) {
        watch_tell_done(job->watched, job->version);
    }
    watch_let_go(&job->watched);
}

/* --- failures -------------------------------------------------------------------------------- */

/* What outlives the job until its row is closed. */
struct tell_failure {
    struct watch_reading *watched;
    const char *code;
    char *message;
};

static void tell_row_closed(bool is_applied, const struct err *err, void *ctx)
{
    struct tell_failure *failure = ctx;
    if (err != NULL) {
        log_warning("job", NULL, "a failure was not stored: %s; the sweep closes the row",
                    err->text);
    } else if (is_applied) {
        watch_tell_failed(failure->watched, failure->code, failure->message);
    }
    watch_let_go(&failure->watched);
    free(failure->message);
    free(failure);
}

void tell_failed(struct job *job, const struct store_error *error)
{
    struct tell_failure *failure = mem_alloc(sizeof(*failure));
    failure->watched = watch_hold(job->pipeline->watch, job->reading_id);
    failure->code = error->code;
    failure->message = mem_strdup(error->message);
    struct store_key key = job_store_key(job);
    store_fail(job->pipeline->store, &key, error, tell_row_closed, failure);
}
