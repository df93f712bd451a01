/* The pipeline: one job from claim to ending, read top to bottom.
 *
 * Each step is one function, in the order of the table below. A step starts exactly one
 * operation and returns; the operation's callback decides and goes on to the next step with
 * pipeline_go. Agent and model calls can be cancelled at any moment; store and queue
 * operations cannot, so a verdict that falls meanwhile (timeout, cancel, drain, lost lock)
 * waits in job->delayed until they answer. */
#include "job/pipeline.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "agent/agents.h"
#include "agent/manifest.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "job/ask.h"
#include "job/condemned.h"
#include "job/ending.h"
#include "job/job.h"
#include "job/reading.h"
#include "job/tell.h"
#include "job/usage.h"
#include "model/model.h"
#include "store/store.h"

#define PIPELINE_BUSY_WAIT_MS 5000 /* another job holds the reading */
#define PIPELINE_MEMORY_WAIT_MS 1000
#define PIPELINE_CHART_WAIT_MS 30000
#define PIPELINE_NAMES_BYTES_MAX 16384 /* of an answer but its text: names, numbers */

static void pipeline_parse(struct job *job);
static void pipeline_route(struct job *job);
static void pipeline_open_run(struct job *job);
static void pipeline_begin(struct job *job);
static void pipeline_pin(struct job *job);
static void pipeline_chart(struct job *job);
static void pipeline_prepare(struct job *job);
static void pipeline_check_input(struct job *job);
static void pipeline_build(struct job *job);
static void pipeline_lease(struct job *job);
static void pipeline_ask(struct job *job);
static void pipeline_judge(struct job *job);

/* Steps that are entered with a result in hand (settle, record, store, end) have no entry. */
static void (*const pipeline_steps[JOB_STEPS_COUNT])(struct job *job) = {
    [JOB_PARSE] = pipeline_parse,       [JOB_ROUTE] = pipeline_route,
    [JOB_OPEN_RUN] = pipeline_open_run, [JOB_BEGIN] = pipeline_begin,
    [JOB_PIN] = pipeline_pin,           [JOB_CHART] = pipeline_chart,
    [JOB_PREPARE] = pipeline_prepare,   [JOB_CHECK_INPUT] = pipeline_check_input,
    [JOB_BUILD] = pipeline_build,       [JOB_LEASE] = pipeline_lease,
    [JOB_ASK] = pipeline_ask,           [JOB_JUDGE] = pipeline_judge,
};

static void pipeline_go(struct job *job, enum job_step step)
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

/* An agent nobody knows may be deployed in a moment: the job waits for it a while. */
static struct verdict pipeline_unknown_agent(const struct job *job,
                                             const struct options_queue *options)
{
    const char *nearest = agents_nearest(job->pipeline->agents, job->agent_id);
    int64_t waited_ms =
        job->queued->parked_since_ms > 0 ? clock_wall_ms() - job->queued->parked_since_ms : 0;
    int64_t left_ms = options->unknown_agent_patience_ms - waited_ms;
    char hint[120] = "";
    if (nearest != NULL) {
        (void)snprintf(hint, sizeof(hint), " (nearest: '%s')", nearest);
    }
    if (left_ms <= 0) {
        return verdict_fail(OUTCOME_UNKNOWN_AGENT,
                            "agentId: no agent '%s' on this host%s; waited %lld s for it",
                            job->agent_id, hint, (long long)(waited_ms / 1000));
    }
    return verdict_park(PARK_UNKNOWN_AGENT, left_ms,
                        "no agent '%s' on this host%s; waiting up to %lld s for it to be installed",
                        job->agent_id, hint, (long long)(left_ms / 1000));
}

static bool pipeline_read_data(struct job *job, struct err *err)
{
    if (!job->parse.is_parsed) {
        return err_set(err, ERR_INVALID, "data: %s", job->parse.err.text);
    }
    if (!json_object_is_type(job->data, json_type_object)) {
        return err_set(err, ERR_INVALID, "data: must be a JSON object (found %s)",
                       json_type_text(job->data));
    }
    if (!job_read_fields(job, err)) {
        return false;
    }
    if (job->reading_id == NULL) {
        char reading_id[HASH_UUID_BYTES];
        hash_uuid5(span_of(job->queued->job_key), reading_id);
        job->reading_id = arena_strdup(job->arena, reading_id);
    }
    if (job->agent_id == NULL && agents_knows(job->pipeline->agents, job->queued->name)) {
        job->agent_id = job->queued->name;
    }
    if (job->agent_id == NULL) {
        return err_set(err, ERR_INVALID,
                       "agentId: missing, and the job's name '%.60s' is no agent; "
                       "put the agent's id into data.agentId",
                       job->queued->name);
    }
    return true;
}

static void pipeline_route(struct job *job)
{
    struct err err;
    if (!pipeline_read_data(job, &err)) {
        job_conclude(job, verdict_fail(OUTCOME_VALIDATION_ERROR, "%s", err.text));
        return;
    }
    const struct options_queue *options =
        options_queue_find(job->pipeline->options, queue_name(job->queued->queue));
    assert(options != NULL);
    if (!options_queue_takes(options, job->agent_id)) {
        job_conclude(job, verdict_fail(OUTCOME_UNKNOWN_AGENT,
                                       "agentId: queue '%s' does not take agent '%s'",
                                       options->name, job->agent_id));
        return;
    }
    if (!agents_knows(job->pipeline->agents, job->agent_id)) {
        job_conclude(job, pipeline_unknown_agent(job, options));
        return;
    }
    int64_t timeout_ms = options->job_timeout_ms;
    if (job->timeout_ms > 0 && job->timeout_ms < timeout_ms) {
        timeout_ms = job->timeout_ms;
    }
    job->timeout.repeat = (double)timeout_ms / 1000.;
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

static void pipeline_settle(struct job *job, const char *holder);

static void pipeline_begun(const struct store_begin_result *result, const struct err *err,
                           void *ctx)
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
        pipeline_settle(job, result->holder);
        return;
    }
}

static void pipeline_begin_as(struct job *job, const char *takeover)
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
    store_begin(job->pipeline->store, &begin, pipeline_begun, job);
}

static void pipeline_begin(struct job *job)
{
    pipeline_begin_as(job, NULL);
}

struct pipeline_holder {
    struct job *job;
    const char *job_key;
};

static void pipeline_settled(bool is_known, enum queue_job_state state, void *ctx)
{
    struct pipeline_holder *holder = ctx; /* in the job's arena */
    struct job *job = holder->job;
    if (!job_resume(job)) {
        return;
    }
    if (is_known && state != QUEUE_JOB_ALIVE) {
        pipeline_begin_as(job, holder->job_key);
        return;
    }
    job_conclude(job, verdict_park(PARK_READING_BUSY, PIPELINE_BUSY_WAIT_MS,
                                   "reading %s is being written by job %s", job->reading_id,
                                   holder->job_key));
}

/* The queue whose job that is; a job of none that is served here counts as gone. */
static struct queue *pipeline_queue_of(const struct job *job, const char *job_key)
{
    const struct pipeline *pipeline = job->pipeline;
    for (size_t i = 0; i < pipeline->queues_count; i++) {
        if (queue_has_key(pipeline->queues[i], job_key)) {
            return pipeline->queues[i];
        }
    }
    return job->queued->queue;
}

/* Another job holds the reading: it is asked for, and replaced when it is gone. */
static void pipeline_settle(struct job *job, const char *holder_key)
{
    struct pipeline_holder *holder = arena_alloc(job->arena, sizeof(*holder));
    if (holder == NULL || (holder->job_key = arena_strdup(job->arena, holder_key)) == NULL) {
        job_out_of_memory(job);
        return;
    }
    holder->job = job;
    job->step = JOB_SETTLE;
    job_wait(job);
    queue_job_state(pipeline_queue_of(job, holder_key), holder->job_key, pipeline_settled, holder);
}

/* --- 3. agent and chart -------------------------------------------------------------------- */

static void pipeline_pin(struct job *job)
{
    struct err err;
    job->unit = agents_pin(job->pipeline->agents, job->agent_id, job->image_wanted, &err);
    if (job->unit == NULL) {
        enum queue_park_reason reason =
            err.kind == ERR_NOT_FOUND ? PARK_UNKNOWN_AGENT : PARK_AGENT_UNAVAILABLE;
        job_conclude(job, verdict_park(reason, 30000, "%s", err.text));
        return;
    }
    job->locale = manifest_language(unit_manifest(job->unit), job->locale_wanted,
                                    job->pipeline->options->agents.locale);
    pipeline_go(job, JOB_CHART);
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
    case CHARTING_REFUSED:
        job_conclude(job, verdict_fail(OUTCOME_VALIDATION_ERROR, "%s: %s", charting->fault.field,
                                       charting->fault.remedy));
        return;
    case CHARTING_BUSY:
        job_conclude(job,
                     verdict_park(PARK_MEMORY, PIPELINE_MEMORY_WAIT_MS, "%s", charting->err.text));
        return;
    case CHARTING_STORE:
        job_conclude(job, verdict_of_store(&charting->err, OUTCOME_VALIDATION_ERROR));
        return;
    case CHARTING_UNAVAILABLE:
        job_conclude(job, verdict_park(PARK_AGENT_UNAVAILABLE, PIPELINE_CHART_WAIT_MS, "%s",
                                       charting->err.text));
        return;
    case CHARTING_FAILED:
        job_conclude(job, verdict_fail(OUTCOME_AGENT_CRASH, "%s", charting->err.text));
        return;
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
        job_conclude(job, verdict_fail(OUTCOME_JOB_GONE, "reading %s belongs to another job",
                                       job->reading_id));
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

static struct agent_job pipeline_agent_job(struct job *job)
{
    return (struct agent_job){
        .job = job,
        .job_key = job->queued->job_key,
        .arena = job->arena,
        .data = job->queued->data,
        .chart = job->chart,
        .locale = job->locale,
        .seed = job->seed,
        .now_ms = job->now_ms,
        .pass = job->pass,
        .earlier = job->earlier,
        .earlier_count = job->earlier_count,
        .prompt_bytes_max = (size_t)job->pipeline->options->limits.prompt_bytes_max,
        .result_bytes_max = (size_t)job->pipeline->options->limits.result_bytes_max,
    };
}

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
    struct agent_job call = pipeline_agent_job(job);
    job->agent_call = unit_check_input(job->unit, &call, pipeline_input_checked, job);
}

static void pipeline_store(struct job *job, const struct agent_reply *reply);
static void pipeline_next_answer(struct job *job);
static void pipeline_note_verdict(struct job *job, enum answer_verdict verdict,
                                  struct span correction);

static void pipeline_built(const struct agent_reply *reply, void *ctx)
{
    struct job *job = ctx;
    job->agent_call = NULL;
    if (reply->outcome == AGENT_DECLINE) {
        job->is_declined = true;
        pipeline_store(job, reply);
    } else if (reply->outcome != AGENT_OK) {
        job_conclude(job, verdict_of_agent(reply, "build_prompt"));
    } else if (!ask_take_prompt(job, reply)) {
        job_out_of_memory(job);
    } else {
        pipeline_next_answer(job);
    }
}

static void pipeline_build(struct job *job)
{
    struct agent_job call = pipeline_agent_job(job);
    job->agent_call = unit_build_prompt(job->unit, &call, pipeline_built, job);
}

/* --- 5. the answer ------------------------------------------------------------------------- */

/* Goes on with the recorded answer to this pass and round, or asks for it. What was answered and
 * judged before a restart is walked through without asking or judging again. */
static void pipeline_next_answer(struct job *job)
{
    for (;;) {
        struct answer *answer = answers_find(&job->answers, job->pass, job->round, job->try_);
        if (answer == NULL) {
            pipeline_go(job, JOB_LEASE);
            return;
        }
        if (strcmp(answer->finish_reason, "length") == 0) {
            if (job->try_ > 0 || ask_max_tokens(job) == 0) {
                pipeline_note_verdict(job, ANSWER_REFUSED, (struct span){0});
                job_conclude(job, verdict_fail(OUTCOME_TRUNCATED,
                                               "the answer was cut off at %u tokens; raise "
                                               "max_tokens in [agent.%s]",
                                               ask_max_tokens(job), job->agent_id));
                return;
            }
            job->try_++;
        } else if (answer->verdict == ANSWER_REASKED) {
            if (!ask_next_round(job, answer->text, answer->correction)) {
                job_out_of_memory(job);
                return;
            }
        } else if (answer->verdict == ANSWER_NEXT) {
            if (!ask_next_pass(job, answer->text)) {
                job_out_of_memory(job);
                return;
            }
            pipeline_go(job, JOB_BUILD);
            return;
        } else {
            pipeline_go(job, JOB_JUDGE);
            return;
        }
    }
}

static void pipeline_leased(struct queue_job *queued, bool is_taken, void *ctx)
{
    (void)queued;
    struct job *job = ctx;
    if (!job_resume(job)) {
        return;
    }
    if (!is_taken) {
        job_conclude(job, verdict_park(PARK_LEASE, PIPELINE_BUSY_WAIT_MS,
                                       "another host's model call for this job is running"));
        return;
    }
    pipeline_go(job, JOB_ASK);
}

static void pipeline_lease(struct job *job)
{
    const struct options_provider *provider = ask_provider(job);
    struct model_result why;
    if (provider == NULL) {
        job_conclude(job, verdict_park(PARK_NO_MODEL, 300000,
                                       "agent '%s' names a provider that has no "
                                       "[provider.NAME] section",
                                       job->agent_id));
        return;
    }
    if (!model_is_available(job->pipeline->model, provider->name, ask_model_name(job, provider),
                            &why)) {
        job_conclude(job, verdict_of_model(&why));
        return;
    }
    hash_uuid4(job->call_id);
    job_wait(job);
    queue_lease_take(job->queued, job->call_id, pipeline_leased, job);
}

static void pipeline_recorded(struct queue_job *queued, void *ctx)
{
    struct job *job = ctx;
    queue_lease_release(queued);
    if (!job_resume(job)) {
        return;
    }
    pipeline_next_answer(job);
}

/* The answer is safe before anything else happens to it, also when this job has no memory left to
 * go on with it. */
static void pipeline_record(struct job *job, const struct model_result *result,
                            const char *provider)
{
    struct answer answer = answer_of_result(result, provider, job->call_id);
    answer.pass = job->pass;
    answer.round = job->round;
    answer.try_ = job->try_;
    struct sbuf json; /* not by the limits: a reload may have lowered them since the question */
    sbuf_init(&json, (answer.text.len + PIPELINE_NAMES_BYTES_MAX) * 6);
    answer_render(&answer, &json);
    assert(!json.is_failed); /* six bytes a byte is what escaping costs at most */
    job->step = JOB_RECORD;
    job_wait(job);
    if (answers_keep(&job->answers, &answer, job->arena) == NULL) {
        job_out_of_memory(job); /* once it is recorded */
    }
    queue_run_answer(job->queued, job->pass, job->round, job->try_, sbuf_as_span(&json),
                     pipeline_recorded, job);
    sbuf_fini(&json);
}

static void pipeline_answered(struct model_call *call, const struct model_result *result, void *ctx)
{
    (void)call;
    struct job *job = ctx;
    job->model_call = NULL;
    const struct options_provider *provider = ask_provider(job);
    const char *provider_name = provider != NULL ? provider->name : "";
    if (result->outcome == MODEL_OK || result->outcome == MODEL_TRUNCATED) {
        pipeline_record(job, result, provider_name);
        return;
    }
    queue_lease_release(job->queued);
    usage_store_failure(job, result, provider_name);
    if (job->queued->is_disowned) {
        job_conclude(job, (struct verdict){.kind = VERDICT_DROP});
        return;
    }
    job_conclude(job, verdict_of_model(result));
}

static void pipeline_ask(struct job *job)
{
    const struct options_provider *provider = ask_provider(job);
    if (provider == NULL) { /* a reload took it away while the lease was being had */
        queue_lease_release(job->queued);
        pipeline_go(job, JOB_LEASE);
        return;
    }
    struct model_request request = ask_request(job, provider);
    tell_call(job);
    struct model_handlers handlers = {ask_on_delta, pipeline_answered, job};
    job->model_call = model_start(job->pipeline->model, &request, &handlers);
}

/* --- 6. the judgement ---------------------------------------------------------------------- */

static void pipeline_note_verdict(struct job *job, enum answer_verdict verdict,
                                  struct span correction)
{
    struct answer *answer = answers_find(&job->answers, job->pass, job->round, job->try_);
    answer->verdict = verdict;
    answer->correction = correction;
    struct sbuf json;
    sbuf_init(&json, (size_t)job->pipeline->options->limits.result_bytes_max * 6 + 256);
    answer_render_verdict(verdict, correction, &json);
    queue_run_verdict(job->queued, job->pass, job->round, sbuf_as_span(&json));
    sbuf_fini(&json);
}

static void pipeline_reask(struct job *job, const struct agent_reply *reply)
{
    if (job->round >= ask_reask_max(job)) {
        pipeline_note_verdict(job, ANSWER_REFUSED, reply->correction);
        enum outcome_code outcome =
            reply->is_beyond_chart ? OUTCOME_FACT_CHECK : OUTCOME_BAD_ANSWER;
        job_conclude(job, verdict_fail(outcome, "no usable answer in %u rounds; the last one: %s",
                                       job->round + 1, reply->reason));
        return;
    }
    pipeline_note_verdict(job, ANSWER_REASKED, reply->correction);
    pipeline_next_answer(job);
}

static void pipeline_judged(const struct agent_reply *reply, void *ctx)
{
    struct job *job = ctx;
    job->agent_call = NULL;
    switch (reply->outcome) {
    case AGENT_OK:
    case AGENT_DECLINE:
        job->is_declined = reply->outcome == AGENT_DECLINE;
        pipeline_note_verdict(job, ANSWER_ACCEPTED, (struct span){0});
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
        pipeline_note_verdict(job, ANSWER_NEXT, (struct span){0});
        pipeline_next_answer(job);
        return;
    case AGENT_REASK:
        pipeline_reask(job, reply);
        return;
    default:
        if (reply->outcome == AGENT_INVALID || reply->is_poison) {
            pipeline_note_verdict(job, ANSWER_REFUSED, (struct span){0});
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
    struct agent_job call = pipeline_agent_job(job);
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
        job_conclude(job, verdict_fail(OUTCOME_JOB_GONE, "reading %s belongs to another job",
                                       job->reading_id));
    } else {
        job_finish(job);
    }
}

static bool pipeline_wants_content(const struct job *job)
{
    if (job->return_content >= 0) {
        return job->return_content;
    }
    const struct options *options = job->pipeline->options;
    const struct options_queue *queue = options_queue_find(options, queue_name(job->queued->queue));
    if (queue->return_content == RETURN_CONTENT_AUTO) {
        return strcmp(options->store.driver, "sqlite") == 0;
    }
    return queue->return_content == RETURN_CONTENT_YES;
}

static void pipeline_store(struct job *job, const struct agent_reply *reply)
{
    tell_progress(job, 90);
    const struct options *options = job->pipeline->options;
    struct sbuf content, value;
    sbuf_init(&content, pipeline_job_bytes_max(options) * 6);
    sbuf_init(&value, pipeline_job_bytes_max(options) * 6);
    reading_render_content(job, reply, ask_provider(job), &content);
    reading_render_return_value(job, pipeline_wants_content(job) ? &content : NULL, &value);
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

/* What the job waits for may have come while it was on its way out: then the call that brings
 * parked jobs back has missed it. */
static bool pipeline_waits_in_vain(const struct job *job)
{
    switch (job->concluded.reason) {
    case PARK_UNKNOWN_AGENT:
        return agents_knows(job->pipeline->agents, job->agent_id);
    case PARK_NO_MODEL:
    case PARK_PROVIDER: {
        const struct options_provider *provider = ask_provider(job);
        struct model_result why;
        return provider != NULL && model_is_available(job->pipeline->model, provider->name,
                                                      ask_model_name(job, provider), &why);
    }
    default:
        return false; /* short waits, or nothing that could be asked */
    }
}

static void pipeline_on_ended(struct queue_job *queued, enum queue_end end, void *ctx)
{
    struct pipeline *pipeline = ctx;
    struct job *job = queued->owner;
    assert(job->step == JOB_END);
    job_note_end(job, end);
    if (end == QUEUE_PARKED && pipeline_waits_in_vain(job)) {
        queue_unpark(queued->queue, job->concluded.reason);
    }
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

void pipeline_return_all(struct pipeline *pipeline)
{
    pipeline->is_returning = true;
    for (struct job *job = pipeline->jobs; job != NULL;) {
        struct job *next = job->next; /* concluding may end and free the job */
        job_conclude(job, (struct verdict){.kind = VERDICT_RETURN});
        job = next;
    }
}

void pipeline_agent_log(void *ctx, int level, struct span line)
{
    struct job *job = ctx;
    log_line((enum log_level)level, "agent", job != NULL ? job_log(job) : NULL, "%.*s",
             (int)line.len, line.data);
    if (job != NULL && level >= LOG_INFO) {
        queue_log(job->queued, line);
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
