/* The pipeline: one job from claim to ending, read top to bottom.
 *
 * Each step is one function, in the order of the table below. A step starts exactly one
 * operation and returns; the operation's callback decides and goes on to the next step with
 * pipeline_go. Agent and model calls can be cancelled at any moment; store and queue
 * operations cannot, so a verdict that falls meanwhile (timeout, cancel, drain, lost lock)
 * waits in job->delayed until they answer. */
#include "job/pipeline.h"

#include <assert.h>
#include <string.h>

#include "agent/agents.h"
#include "agent/manifest.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "job/aside.h"
#include "job/ask.h"
#include "job/children.h"
#include "job/condemned.h"
#include "job/ending.h"
#include "job/job.h"
#include "job/pipeline-private.h"
#include "job/reading.h"
#include "job/tell.h"
#include "job/transcript.h"
#include "job/usage.h"
#include "store/store.h"

#define PIPELINE_MEMORY_WAIT_MS 1000

static void pipeline_parse(struct job *job);
static void pipeline_route(struct job *job);
static void pipeline_open_run(struct job *job);
static void pipeline_pin(struct job *job);
static void pipeline_chart(struct job *job);
static void pipeline_prepare(struct job *job);
static void pipeline_check_input(struct job *job);
static void pipeline_build(struct job *job);
static void pipeline_judge(struct job *job);

/* Where each step begins; those without an entry are entered with a result in hand. Every step can
 * end the job instead of going on. */
static void (*const pipeline_steps[JOB_STEPS_COUNT])(struct job *job) = {
    [JOB_PARSE] = pipeline_parse,
    [JOB_ROUTE] = pipeline_route,
    [JOB_OPEN_RUN] = pipeline_open_run,
    [JOB_BEGIN] = row_begin, /* or settle first */
    [JOB_SETTLE] = NULL,     /* back to begin */
    [JOB_PIN] = pipeline_pin,
    [JOB_CHART] = pipeline_chart,
    [JOB_PREPARE] = pipeline_prepare,
    [JOB_CHECK_INPUT] = pipeline_check_input,
    [JOB_BUILD] = pipeline_build, /* to store when declined, to judge when answered before */
    [JOB_LEASE] = answering_lease,
    [JOB_ASK] = answering_ask,
    [JOB_RECORD] = NULL,          /* back to lease when the answer was cut off */
    [JOB_JUDGE] = pipeline_judge, /* back to lease for a correction, to build for a pass */
    [JOB_STORE] = NULL,
    [JOB_END] = NULL,
};

void pipeline_go(struct job *job, enum job_step step)
{
    log_debug("job", job_log(job), "step %s", job_step_name(step));
    job->step = step;
    pipeline_steps[step](job);
}

static void pipeline_on_timeout(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct job *job = timer->data;
    job_conclude(job, verdict_fail(OUTCOME_TIMEOUT, "not done within %.1f s (step %s)",
                                   timer->repeat, job_step_name(job->step)));
}

/* --- 1. claim and route -------------------------------------------------------------------- */

static size_t pipeline_job_bytes_max(const struct options *options)
{
    size_t once = (size_t)(options->limits.data_bytes_max + options->limits.chart_bytes_max +
                           options->limits.prompt_bytes_max + options->limits.answer_bytes_max +
                           options->limits.result_bytes_max);
    return once * 4; /* passes and rounds keep their texts until the job ends */
}

static void pipeline_on_job(struct queue_job *queued, void *ctx)
{
    struct pipeline *pipeline = ctx;
    struct job *job = job_create(pipeline, queued, pipeline_job_bytes_max(pipeline->options));
    job->next = pipeline->jobs;
    if (job->next != NULL) {
        job->next->previous = job;
    }
    pipeline->jobs = job;
    pipeline->jobs_count++;
    ev_timer_init(&job->timeout, pipeline_on_timeout, 0., 0.);
    job->timeout.data = job;
    if (pipeline->is_returning) { /* its claim was in the air when the others went back */
        job_conclude(job, (struct verdict){.kind = VERDICT_RETURN});
        return;
    }
    pipeline_go(job, JOB_PARSE);
}

static void pipeline_parsed(struct json_later *later)
{
    struct job *job = CONTAINER_OF(later, struct job, parse);
    job->data = later->value;
    if (job_resume(job)) {
        pipeline_go(job, JOB_ROUTE);
    }
}

static void pipeline_parse(struct job *job)
{
    int64_t bytes_max = job->pipeline->options->limits.data_bytes_max;
    if (job->queued->data.len > (size_t)bytes_max) {
        job_conclude(job, verdict_fail(OUTCOME_VALIDATION_ERROR,
                                       "data: has %zu bytes, at most %lld are taken; "
                                       "send less or raise limits.data_bytes_max",
                                       job->queued->data.len, (long long)bytes_max));
        return;
    }
    job_wait(job);
    if (!json_parse_later(&job->parse, job->pipeline->files, job->queued->data, pipeline_parsed)) {
        job->is_waiting = false;
        job_conclude(job, verdict_park(PARK_MEMORY, PIPELINE_MEMORY_WAIT_MS,
                                       "too many large jobs wait to be parsed"));
    }
}

static void pipeline_route(struct job *job)
{
    struct verdict why;
    if (!routing_find_agent(job, &why)) {
        job_conclude(job, why);
        return;
    }
    job->timeout.repeat = (double)routing_timeout_ms(job) / 1000.;
    ev_timer_again(job->pipeline->loop->ev, &job->timeout);
    pipeline_go(job, JOB_OPEN_RUN);
}

static void pipeline_opened(struct queue_job *queued, const struct queue_run *run, void *ctx)
{
    (void)queued;
    struct job *job = ctx;
    if (!job_resume(job)) {
        return;
    }
    if (run == NULL) {
        job_conclude(job, (struct verdict){.kind = VERDICT_RETURN});
        return;
    }
    if (run->cancel_reason != NULL) {
        job_conclude(job, verdict_fail(OUTCOME_CANCELLED, "%s", run->cancel_reason));
        return;
    }
    if (run->foreign_lease_ms > 0) {
        job_conclude(job, verdict_park(PARK_LEASE, run->foreign_lease_ms,
                                       "another host's model call for this job is running"));
        return;
    }
    job->run = run->run > job->run ? run->run : job->run;
    job->seed = run->seed;
    job->now_ms = run->now_ms;
    job->image_wanted = run->image != NULL ? arena_strdup(job->arena, run->image) : NULL;
    struct verdict why;
    if (!children_take(job, run, &why)) {
        job_conclude(job, why);
        return;
    }
    if (!answers_read(&job->answers, run, job->arena)) {
        job_out_of_memory(job);
        return;
    }
    pipeline_go(job, JOB_BEGIN);
}

static void pipeline_open_run(struct job *job)
{
    job_wait(job);
    queue_run_open(job->queued, pipeline_opened, job);
}

/* --- 2. the reading's row ------------------------------------------------------------------ */

/* row.c: a row that is new or this job's goes on to PIN, one that is done ends the job with what it
 * holds. Another job's is taken over when that one is gone. */

/* --- 3. agent and chart -------------------------------------------------------------------- */

/* Sets aside a job that could only wait for its agent's model; true when it did. */
static bool pipeline_set_aside(struct job *job)
{
    struct aside *aside = job->pipeline->aside;
    struct verdict why;
    if (job->answers.count > 0 || !aside_is_blocked(aside, job->agent_id) ||
        ask_is_possible(job, &why)) {
        return false;
    }
    bool was_looked_at = job->image_wanted != NULL;
    if (!was_looked_at) {
        why.wait_ms = aside_look_wait_ms(aside, job->agent_id, clock_mono_ms());
    }
    if (why.wait_ms > 0) {
        job_conclude(job, why);
    }
    return why.wait_ms > 0;
}

static void pipeline_pin(struct job *job)
{
    struct agents *agents = job->pipeline->agents;
    struct err err;
    job->unit =
        agents_may_run(agents, job->agent_id, &err)
            ? agents_pin(agents, job->agent_id, job->image_wanted, job->queued->job_key, &err)
            : NULL;
    if (job->unit == NULL) {
        enum queue_park_reason reason =
            err.kind == ERR_NOT_FOUND ? PARK_UNKNOWN_AGENT : PARK_AGENT_UNAVAILABLE;
        job_conclude(job, verdict_park(reason, 30000, "%s", err.text));
        return;
    }
    job->locale = manifest_language(unit_manifest(job->unit), job->locale_wanted,
                                    job->pipeline->options->agents.locale);
    if (!pipeline_set_aside(job)) {
        pipeline_go(job, JOB_CHART);
    }
}

static void pipeline_take_chart(struct job *job)
{
    struct charting *charting = &job->charting;
    job->chart_id = arena_strdup(job->arena, charting->id);
    job->chart = (struct span){arena_strndup(job->arena, charting->text.data, charting->text.len),
                               charting->text.len};
    if (job->chart_id == NULL || job->chart.data == NULL) {
        job_out_of_memory(job);
        return;
    }
    charting_fini(charting);
    pipeline_go(job, JOB_PREPARE);
}

static void pipeline_charted(struct charting *charting, void *ctx)
{
    struct job *job = ctx;
    if (!job_resume(job)) {
        return;
    }
    switch (charting->outcome) {
    case CHARTING_FOUND:
        pipeline_take_chart(job);
        return;
    case CHARTING_NONE:
        if (unit_manifest(job->unit)->chart != MANIFEST_CHART_REQUIRED) {
            pipeline_go(job, JOB_PREPARE);
            return;
        }
        job_conclude(job, verdict_fail(OUTCOME_VALIDATION_ERROR,
                                       "chart: missing, and agent '%s' needs one; send birthDate, "
                                       "birthTime and birthPlace {name, latitude, longitude, "
                                       "timezone}, or a computed chart as data.chart",
                                       job->agent_id));
        return;
    default:
        job_conclude(job, verdict_of_charting(charting));
    }
}

static void pipeline_chart(struct job *job)
{
    tell_progress(job, 10);
    if (unit_manifest(job->unit)->chart == MANIFEST_CHART_NONE) {
        pipeline_go(job, JOB_PREPARE);
        return;
    }
    job_wait(job);
    charting_start(&job->charting, job->pipeline, job->data, pipeline_charted, job);
}

static void pipeline_prepared(bool is_applied, const struct err *err, void *ctx)
{
    struct job *job = ctx;
    if (!job_resume(job)) {
        return;
    }
    if (err != NULL) {
        job_conclude(job, verdict_of_store(err, OUTCOME_VALIDATION_ERROR));
        return;
    }
    if (!is_applied) {
        row_lost(job);
        return;
    }
    tell_processing(job);
    pipeline_go(job, JOB_CHECK_INPUT);
}

static void pipeline_prepare(struct job *job)
{
    queue_run_bind(job->queued, unit_image(job->unit), job->chart_id);
    struct store_key key = job_store_key(job);
    job_wait(job);
    store_processing(job->pipeline->store, &key, pipeline_prepared, job);
}

/* --- 4. the prompt ------------------------------------------------------------------------- */

static void pipeline_input_checked(const struct agent_reply *reply, void *ctx)
{
    struct job *job = ctx;
    job->agent_call = NULL;
    if (reply->outcome != AGENT_OK) {
        job_conclude(job, verdict_of_agent(reply, "check_input"));
        return;
    }
    pipeline_go(job, JOB_BUILD);
}

static void pipeline_check_input(struct job *job)
{
    struct agent_job call = job_for_agent(job);
    job->agent_call = unit_check_input(job->unit, &call, pipeline_input_checked, job);
}

static void pipeline_store(struct job *job, const struct agent_reply *reply);

static void pipeline_built(const struct agent_reply *reply, void *ctx)
{
    struct job *job = ctx;
    job->agent_call = NULL;
    if (reply->outcome == AGENT_DECLINE) {
        transcript_finding(job, "build_prompt", "declined", reply, reply->text);
        aside_unblocked(job->pipeline->aside, job->agent_id);
        job->is_declined = true;
        pipeline_store(job, reply);
    } else if (reply->outcome != AGENT_OK) {
        job_conclude(job, verdict_of_agent(reply, "build_prompt"));
    } else if (!ask_take_prompt(job, reply)) {
        job_out_of_memory(job);
    } else {
        answering_next(job);
    }
}

static void pipeline_build(struct job *job)
{
    struct agent_job call = job_for_agent(job);
    job->agent_call = unit_build_prompt(job->unit, &call, pipeline_built, job);
}

/* --- 5. the answer ------------------------------------------------------------------------- */

/* answering.c: walks through what the run has answered already; what is missing is asked for, once
 * a lease is had, and recorded. Goes on to JUDGE. */

/* --- 6. the judgement ---------------------------------------------------------------------- */

static void pipeline_reask(struct job *job, const struct agent_reply *reply)
{
    if (job->round >= ask_reask_max(job)) {
        answering_note(job, ANSWER_REFUSED, reply->correction);
        transcript_finding(job, "post_process", "refused", reply, reply->correction);
        enum outcome_code outcome =
            reply->is_beyond_chart ? OUTCOME_FACT_CHECK : OUTCOME_BAD_ANSWER;
        job_conclude(job, verdict_fail(outcome, "no usable answer in %u rounds; the last one: %s",
                                       job->round + 1, reply->reason));
        return;
    }
    transcript_finding(job, "post_process", "sent back", reply, reply->correction);
    answering_note(job, ANSWER_REASKED, reply->correction);
    answering_next(job);
}

static void pipeline_judged(const struct agent_reply *reply, void *ctx)
{
    struct job *job = ctx;
    job->agent_call = NULL;
    switch (reply->outcome) {
    case AGENT_OK:
    case AGENT_DECLINE:
        job->is_declined = reply->outcome == AGENT_DECLINE;
        transcript_finding(job, "post_process", job->is_declined ? "declined" : "accepted", reply,
                           job->is_declined ? reply->text : (struct span){0});
        answering_note(job, ANSWER_ACCEPTED, (struct span){0});
        pipeline_store(job, reply);
        return;
    case AGENT_NEXT:
        if (job->pass + 1 >= unit_manifest(job->unit)->passes_max) {
            job_conclude(job, verdict_fail(OUTCOME_AGENT_ERROR,
                                           "post_process: asked for pass %u, the manifest's "
                                           "passes_max is %u",
                                           job->pass + 2, unit_manifest(job->unit)->passes_max));
            return;
        }
        transcript_finding(job, "post_process", "next pass", reply, (struct span){0});
        answering_note(job, ANSWER_NEXT, (struct span){0});
        answering_next(job);
        return;
    case AGENT_REASK:
        pipeline_reask(job, reply);
        return;
    default:
        if (reply->outcome == AGENT_INVALID || reply->is_poison) {
            answering_note(job, ANSWER_REFUSED, (struct span){0});
        }
        job_conclude(job, verdict_of_agent(reply, "post_process"));
    }
}

static void pipeline_judge(struct job *job)
{
    tell_progress(job, 30 + (int)(40 * (job->pass + 1) / unit_manifest(job->unit)->passes_max));
    const struct answer *recorded = answers_find(&job->answers, job->pass, job->round, job->try_);
    struct agent_answer answer = {
        .round = job->round,
        .text = recorded->text,
        .finish_reason = span_of(recorded->finish_reason),
        .model = span_of(recorded->model),
        .prompt_tokens = recorded->prompt_tokens,
        .completion_tokens = recorded->completion_tokens,
    };
    struct agent_job call = job_for_agent(job);
    job->agent_call = unit_post_process(job->unit, &call, &answer, pipeline_judged, job);
}

/* --- 7. the store and the ending ------------------------------------------------------------ */

static void pipeline_stored(bool is_applied, const struct err *err, void *ctx)
{
    struct job *job = ctx;
    if (err == NULL && is_applied && job->delayed.kind != VERDICT_DROP) {
        job->delayed.kind = VERDICT_NONE; /* it is visible now: no timeout or cancel undoes that */
    }
    if (!job_resume(job)) {
        return;
    }
    if (err != NULL) {
        job_conclude(job, verdict_of_store(err, OUTCOME_BAD_ANSWER));
    } else if (!is_applied) {
        row_lost(job);
    } else {
        job_finish(job);
    }
}

static void pipeline_store(struct job *job, const struct agent_reply *reply)
{
    tell_progress(job, 90);
    const struct options *options = job->pipeline->options;
    struct sbuf content, value;
    sbuf_init(&content, pipeline_job_bytes_max(options) * 6);
    sbuf_init(&value, pipeline_job_bytes_max(options) * 6);
    reading_render_content(job, reply, ask_provider(job), &content);
    reading_render_return_value(job, &content, &value);
    job->return_value = (struct span){arena_strndup(job->arena, value.data, value.len), value.len};
    if (content.is_failed || value.is_failed || job->return_value.data == NULL) {
        sbuf_fini(&content);
        sbuf_fini(&value);
        job_out_of_memory(job);
        return;
    }
    usage_store_answers(job);
    struct store_complete complete = {
        .key = job_store_key(job),
        .content = sbuf_as_span(&content),
        .return_value = job->return_value,
        .chart = job->chart,
        .outcome = job->is_declined ? "declined" : "completed",
    };
    job->step = JOB_STORE;
    job_wait(job);
    store_complete(job->pipeline->store, &complete, pipeline_stored, job);
    sbuf_fini(&content);
    sbuf_fini(&value);
}

static void pipeline_on_ended(struct queue_job *queued, enum queue_end end, void *ctx)
{
    struct pipeline *pipeline = ctx;
    struct job *job = queued->owner;
    assert(job->step == JOB_END);
    job_note_end(job, end);
    pipeline->completed_count += end == QUEUE_COMPLETED;
    pipeline->failed_count += end == QUEUE_FAILED;
    pipeline->retried_count += end == QUEUE_RETRYING;
    pipeline->parked_count += end == QUEUE_PARKED;
    if (job->previous != NULL) {
        job->previous->next = job->next;
    } else {
        pipeline->jobs = job->next;
    }
    if (job->next != NULL) {
        job->next->previous = job->previous;
    }
    pipeline->jobs_count--;
    job_destroy(&job);
    if (pipeline->jobs_count == 0 && pipeline->on_idle != NULL) {
        pipeline->on_idle(pipeline->on_idle_ctx);
    }
}

/* --- from outside --------------------------------------------------------------------------- */

/* A model call that is being paid for goes on: its answer still belongs into the run. */
static void pipeline_on_disowned(struct queue_job *queued, void *ctx)
{
    (void)ctx;
    struct job *job = queued->owner;
    if (job->step != JOB_ASK) {
        job_conclude(job, (struct verdict){.kind = VERDICT_DROP});
    }
}

static void pipeline_on_condemned(struct queue_job *queued, struct span reason, void *ctx)
{
    struct pipeline *pipeline = ctx;
    pipeline->failed_count++;
    condemned_close_row(pipeline, queued, reason);
}

static void pipeline_on_cancel(struct queue_job *queued, const char *reason, void *ctx)
{
    (void)ctx;
    job_conclude(queued->owner, verdict_fail(OUTCOME_CANCELLED, "%s", reason));
}

struct queue_handlers pipeline_queue_handlers(struct pipeline *pipeline)
{
    return (struct queue_handlers){
        .on_job = pipeline_on_job,
        .on_disowned = pipeline_on_disowned,
        .on_cancel = pipeline_on_cancel,
        .on_ended = pipeline_on_ended,
        .on_condemned = pipeline_on_condemned,
        .ctx = pipeline,
    };
}

struct queue *pipeline_queue_named(const struct pipeline *pipeline, const char *name)
{
    for (size_t i = 0; i < pipeline->queues_count; i++) {
        if (strcmp(queue_name(pipeline->queues[i]), name) == 0) {
            return pipeline->queues[i];
        }
    }
    return NULL;
}

struct queue *pipeline_queue_of(const struct pipeline *pipeline, const char *job_key)
{
    for (size_t i = 0; i < pipeline->queues_count; i++) {
        if (queue_has_key(pipeline->queues[i], job_key)) {
            return pipeline->queues[i];
        }
    }
    return NULL;
}

void pipeline_return_all(struct pipeline *pipeline)
{
    pipeline->is_returning = true;
    for (struct job *job = pipeline->jobs; job != NULL;) {
        struct job *next = job->next; /* concluding may end and free the job */
        job_conclude(job, (struct verdict){.kind = VERDICT_RETURN});
        job = next;
    }
}

void pipeline_render(const struct pipeline *pipeline, struct sbuf *out)
{
    uint32_t counts[JOB_STEPS_COUNT] = {0};
    for (const struct job *job = pipeline->jobs; job != NULL; job = job->next) {
        counts[job->step]++;
    }
    sbuf_printf(out, "{\"jobs\":%u,\"steps\":{", pipeline->jobs_count);
    for (size_t i = 0; i < JOB_STEPS_COUNT; i++) {
        sbuf_printf(out, "%s\"%s\":%u", i > 0 ? "," : "", job_step_name((enum job_step)i),
                    counts[i]);
    }
    sbuf_printf(
        out, "},\"completed\":%llu,\"failed\":%llu,\"retried\":%llu,\"parked\":%llu}",
        (unsigned long long)pipeline->completed_count, (unsigned long long)pipeline->failed_count,
        (unsigned long long)pipeline->retried_count, (unsigned long long)pipeline->parked_count);
}
