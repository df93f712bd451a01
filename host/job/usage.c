/* Usage rows of model calls. */
#include "job/usage.h"

#include "core/log.h"
#include "job/job.h"
#include "job/pipeline.h"
#include "model/model.h"
#include "store/store.h"

static void usage_stored(bool is_applied, const struct err *err, void *ctx)
{
    (void)is_applied;
    (void)ctx;
    if (err != NULL) {
        log_warning("job", NULL, "a usage row was not stored: %s", err->text);
    }
}

void usage_store_failure(const struct job *job, const struct model_result *result,
                         const char *provider)
{
    struct store_key key = job_store_key(job);
    struct store_usage usage = {
        .call_id = job->call_id,
        .agent_id = job->agent_id,
        .provider = provider,
        .model = result->model,
        .input_tokens = result->prompt_tokens,
        .output_tokens = result->completion_tokens,
        .total_tokens = result->total_tokens,
        .cost_usd = result->cost_usd,
        .first_token_ms = result->first_token_ms,
        .duration_ms = result->duration_ms,
        .error_code = model_outcome_name(result->outcome),
        .request_hash = result->request_hash,
        .request_id = result->request_id,
    };
    store_usage(job->pipeline->store, &key, &usage, usage_stored, NULL);
}

void usage_store_answers(const struct job *job)
{
    struct store_key key = job_store_key(job);
    for (uint32_t i = 0; i < job->answers.count; i++) {
        const struct answer *answer = &job->answers.items[i];
        struct store_usage usage = {
            .call_id = answer->call_id,
            .agent_id = job->agent_id,
            .provider = answer->provider,
            .model = answer->model,
            .input_tokens = answer->prompt_tokens,
            .output_tokens = answer->completion_tokens,
            .total_tokens = answer->total_tokens,
            .cost_usd = answer->cost_usd,
            .first_token_ms = answer->first_token_ms,
            .duration_ms = answer->duration_ms,
            .is_success = true,
            .request_hash = answer->request_hash,
            .request_id = answer->request_id,
        };
        store_usage(job->pipeline->store, &key, &usage, usage_stored, NULL);
    }
}
