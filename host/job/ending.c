/* How a job leaves the pipeline. */
#include "job/ending.h"

#include <assert.h>
#include <stdio.h>

#include "agent/agents.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/metrics.h"
#include "core/sbuf.h"
#include "job/ask.h"
#include "job/job.h"
#include "job/pipeline.h"
#include "job/tell.h"
#include "job/transcript.h"
#include "job/usage.h"
#include "model/model.h"
#include "store/store.h"

static void job_let_go(struct job *job)
{
    agent_call_cancel(&job->agent_call);
    if (job->model_call != NULL) {
        model_abort(&job->model_call);
        queue_lease_release(job->queued);
    }
    ev_timer_stop(job->pipeline->loop->ev, &job->timeout);
    unit_unpin(&job->unit);
}

static void job_fail(struct job *job)
{
    struct verdict *verdict = &job->concluded;
    bool is_last = queue_is_last_attempt(job->queued);
    if (verdict->code == OUTCOME_TIMEOUT && is_last && job->queued->attempts_max > 1) {
        verdict->code = OUTCOME_TIMEOUT_MAX_RETRIES;
    }
    const struct outcome *outcome = outcome_of(verdict->code);
    char reason[VERDICT_TEXT_BYTES_MAX + 40];
    (void)snprintf(reason, sizeof(reason), "%s: %s", outcome->code, verdict->text);
    char trace[VERDICT_TEXT_BYTES_MAX + 120];
    (void)snprintf(trace, sizeof(trace), "%s\n    at %s (agent %s)", reason,
                   job_step_name(job->step), job->agent_id != NULL ? job->agent_id : "unknown");
    job->step = JOB_END;
    queue_fail(job->queued, span_of(reason), span_of(trace), !outcome->is_retryable);
}

void job_conclude(struct job *job, struct verdict verdict)
{
    if (job->step == JOB_END) {
        return;
    }
    if (job->is_waiting) {
        if (job->delayed.kind == VERDICT_NONE || verdict.kind == VERDICT_DROP) {
            job->delayed = verdict;
        }
        return;
    }
    job_let_go(job);
    job->concluded = verdict;
    switch (verdict.kind) {
    case VERDICT_FAIL:
        job_fail(job);
        return;
    case VERDICT_PARK:
        job->step = JOB_END;
        queue_park(job->queued, verdict.reason, verdict.wait_ms, span_of(verdict.text));
        return;
    case VERDICT_RETURN:
        job->step = JOB_END;
        queue_return(job->queued);
        return;
    case VERDICT_DROP:
        job->step = JOB_END;
        queue_drop(job->queued);
        return;
    case VERDICT_NONE:
        break;
    }
    assert(verdict.kind != VERDICT_NONE);
}

void job_wait(struct job *job)
{
    assert(!job->is_waiting);
    job->is_waiting = true;
}

bool job_resume(struct job *job)
{
    job->is_waiting = false;
    if (job->queued->is_disowned) {
        job->delayed = (struct verdict){.kind = VERDICT_DROP};
    } else if (job->delayed.kind == VERDICT_DROP) {
        job->delayed.kind = VERDICT_NONE; /* claimed again by this host meanwhile */
    }
    if (job->delayed.kind == VERDICT_NONE) {
        return true;
    }
    job_conclude(job, job->delayed);
    return false;
}

void job_out_of_memory(struct job *job)
{
    job_conclude(job, verdict_fail(OUTCOME_AGENT_ERROR,
                                   "the job needs more memory than [limits] allows it"));
}

void job_finish(struct job *job)
{
    job_let_go(job);
    job->step = JOB_END;
    job->is_stored = true;
    tell_stored(job);
    queue_complete(job->queued, job->return_value);
}

static void job_close_row(struct job *job)
{
    if (job->reading_id == NULL || job->is_stored) {
        return;
    }
    if (job->concluded.kind == VERDICT_PARK) { /* the queue had enough of parking it */
        job->concluded.code = OUTCOME_PARKED_TOO_LONG;
    }
    const struct outcome *outcome = outcome_of(job->concluded.code);
    struct store_error error = {outcome->code, job->concluded.text, outcome->is_retryable};
    usage_store_answers(job);
    tell_failed(job, &error);
}

static void job_log_end(const struct job *job, enum queue_end end)
{
    long long ms = (long long)(clock_mono_ms() - job->started_ms);
    switch (end) {
    case QUEUE_COMPLETED:
        log_info("job", job_log(job), "%s in %lld ms", job->is_declined ? "declined" : "completed",
                 ms);
        return;
    case QUEUE_FAILED:
        log_warning("job", job_log(job), "failed: %s: %s", outcome_of(job->concluded.code)->code,
                    job->concluded.text);
        return;
    case QUEUE_RETRYING:
        log_info("job", job_log(job), "will be retried: %s: %s",
                 outcome_of(job->concluded.code)->code, job->concluded.text);
        return;
    case QUEUE_PARKED:
        log_info("job", job_log(job), "parked (%s): %s",
                 queue_park_reason_name(job->concluded.reason), job->concluded.text);
        return;
    case QUEUE_RETURNED:
        log_info("job", job_log(job), "given back");
        return;
    case QUEUE_LOST:
        log_warning("job", job_log(job), "lost: another worker owns it or it was removed");
        return;
    }
}

static void job_measure_end(const struct job *job)
{
    struct sbuf labels;
    sbuf_init(&labels, 400);
    /* Only agents that were found: a producer must not be able to name series. */
    metrics_label(&labels, "agent", job->locale != NULL ? job->agent_id : "none");
    metrics_observe(metrics_histogram("agenthost_job_seconds",
                                      "From the claim to the end of a job's turn.", labels.data,
                                      METRICS_SECONDS_BOUNDS, METRICS_SECONDS_BOUNDS_COUNT),
                    (double)(clock_mono_ms() - job->started_ms) / 1000.);
    sbuf_fini(&labels);
}

/* What the job waits for may have come while it was on its way out: then the call that brings
 * parked jobs back has missed it. */
static bool job_waits_in_vain(const struct job *job)
{
    struct verdict why;
    switch (job->concluded.reason) {
    case PARK_UNKNOWN_AGENT:
        return agents_knows(job->pipeline->agents, job->agent_id);
    case PARK_NO_MODEL:
    case PARK_PROVIDER:
        return ask_is_possible(job, &why);
    default:
        return false; /* short waits, or nothing that could be asked */
    }
}

void job_note_end(struct job *job, enum queue_end end)
{
    if (end == QUEUE_FAILED) {
        job_close_row(job);
    }
    tell_end(job, end);
    transcript_end(job, end);
    job_log_end(job, end);
    job_measure_end(job);
    if (end == QUEUE_PARKED && job_waits_in_vain(job)) {
        queue_unpark(job->queued->queue, job->concluded.reason);
    }
}
