/* The answer to a pass and round: recorded before, or asked of the model under a lease and recorded
 * before anything else happens to it. */
#include "job/pipeline-private.h"

#include <assert.h>
#include <string.h>

#include "core/hash.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "job/answers.h"
#include "job/aside.h"
#include "job/ask.h"
#include "job/ending.h"
#include "job/job.h"
#include "job/pipeline.h"
#include "job/tell.h"
#include "job/transcript.h"
#include "job/usage.h"
#include "model/model.h"
#include "queue/queue.h"

#define ANSWERING_LEASE_WAIT_MS 5000
#define ANSWERING_NAMES_BYTES_MAX 16384 /* of an answer but its text: names, numbers */

/* Goes on with the recorded answer to this pass and round, or asks for it. What was answered and
 * judged before a restart is walked through without asking or judging again. */
void answering_next(struct job *job)
{
    for (;;) {
        struct answer *answer = answers_find(&job->answers, job->pass, job->round, job->try_);
        if (answer == NULL) {
            pipeline_go(job, JOB_LEASE);
            return;
        }
        if (strcmp(answer->finish_reason, "length") == 0) {
            if (job->try_ > 0 || ask_max_tokens(job) == 0) {
                answering_note(job, ANSWER_REFUSED, (struct span){0});
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

static void answering_leased(struct queue_job *queued, bool is_taken, void *ctx)
{
    (void)queued;
    struct job *job = ctx;
    if (!job_resume(job)) {
        return;
    }
    if (!is_taken) {
        job_conclude(job, verdict_park(PARK_LEASE, ANSWERING_LEASE_WAIT_MS,
                                       "another host's model call for this job is running"));
        return;
    }
    pipeline_go(job, JOB_ASK);
}

/* There is no answer. When that is not the job's fault, the next ones of its agent need not come as
 * far as this one. */
static void answering_in_vain(struct job *job, struct verdict why)
{
    if (why.kind == VERDICT_PARK) {
        aside_blocked(job->pipeline->aside, job->agent_id);
    }
    job_conclude(job, why);
}

void answering_lease(struct job *job)
{
    struct verdict why;
    if (!ask_is_possible(job, &why)) {
        answering_in_vain(job, why);
        return;
    }
    hash_uuid4(job->call_id);
    job_wait(job);
    queue_lease_take(job->queued, job->call_id, answering_leased, job);
}

static void answering_recorded(struct queue_job *queued, void *ctx)
{
    struct job *job = ctx;
    queue_lease_release(queued);
    if (!job_resume(job)) {
        return;
    }
    answering_next(job);
}

/* The answer is safe before anything else happens to it, also when this job has no memory left to
 * go on with it. */
static void answering_record(struct job *job, const struct model_result *result,
                             const char *provider)
{
    struct answer answer = answer_of_result(result, provider, job->call_id);
    answer.pass = job->pass;
    answer.round = job->round;
    answer.try_ = job->try_;
    struct sbuf json; /* not by the limits: a reload may have lowered them since the question */
    sbuf_init(&json, (answer.text.len + ANSWERING_NAMES_BYTES_MAX) * 6);
    answer_render(&answer, &json);
    assert(!json.is_failed); /* six bytes a byte is what escaping costs at most */
    job->step = JOB_RECORD;
    job_wait(job);
    if (answers_keep(&job->answers, &answer, job->arena) == NULL) {
        job_out_of_memory(job); /* once it is recorded */
    }
    queue_run_answer(job->queued, job->pass, job->round, job->try_, sbuf_as_span(&json),
                     answering_recorded, job);
    sbuf_fini(&json);
}

static void answering_answered(struct model_call *call, const struct model_result *result,
                               void *ctx)
{
    (void)call;
    struct job *job = ctx;
    job->model_call = NULL;
    const struct options_provider *provider = ask_provider(job);
    const char *provider_name = provider != NULL ? provider->name : "";
    transcript_answer(job, result);
    if (result->outcome == MODEL_OK || result->outcome == MODEL_TRUNCATED) {
        answering_record(job, result, provider_name);
        return;
    }
    queue_lease_release(job->queued);
    usage_store_failure(job, result, provider_name);
    if (job->queued->is_disowned) {
        job_conclude(job, (struct verdict){.kind = VERDICT_DROP});
        return;
    }
    answering_in_vain(job, verdict_of_model(result));
}

void answering_ask(struct job *job)
{
    const struct options_provider *provider = ask_provider(job);
    if (provider == NULL) { /* a reload took it away while the lease was being had */
        queue_lease_release(job->queued);
        pipeline_go(job, JOB_LEASE);
        return;
    }
    struct model_request request = ask_request(job, provider);
    tell_call(job);
    transcript_prompt(job);
    struct model_handlers handlers = {ask_on_delta, answering_answered, job};
    job->model_call = model_start(job->pipeline->model, &request, &handlers);
}

/* How the answer was judged is safe, too: a restart does not judge it again. */
void answering_note(struct job *job, enum answer_verdict verdict, struct span correction)
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
