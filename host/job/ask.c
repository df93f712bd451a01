/* What a job asks the model. */
#include "job/ask.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "agent/agents.h"
#include "agent/manifest.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/options.h"
#include "job/job.h"
#include "job/pipeline.h"
#include "job/tell.h"
#include "model/model.h"
#include "queue/queue.h"

#define ASK_PROGRESS_EVERY_MS 1000
#define ASK_PROGRESS_PER_CALL_MAX 8
#define ASK_TOKENS_EXPECTED 2000 /* for progress, when no maximum is set */

static const struct options_agent *ask_section(const struct job *job)
{
    return options_agent_find(job->pipeline->options, job->agent_id);
}

const struct options_provider *ask_provider(const struct job *job)
{
    const struct options_agent *section = ask_section(job);
    const struct options *options = job->pipeline->options;
    const char *name =
        section != NULL && section->provider != NULL ? section->provider : options->agents.provider;
    return options_provider_find(options, name);
}

const char *ask_model_name(const struct job *job, const struct options_provider *provider)
{
    const struct options_agent *section = ask_section(job);
    return section != NULL && section->model != NULL ? section->model : provider->model;
}

bool ask_is_possible(const struct job *job, struct verdict *ret_why)
{
    const struct options_provider *provider = ask_provider(job);
    struct model_result why;
    if (provider == NULL) {
        *ret_why = verdict_park(PARK_NO_MODEL, 300000,
                                "agent '%s' names a provider that has no "
                                "[provider.NAME] section",
                                job->agent_id);
        return false;
    }
    if (!model_is_available(job->pipeline->model, provider->name, ask_model_name(job, provider),
                            &why)) {
        *ret_why = verdict_of_model(&why);
        return false;
    }
    return true;
}

uint32_t ask_max_tokens(const struct job *job)
{
    const struct options_agent *section = ask_section(job);
    uint32_t tokens = 0;
    if (job->prompt.has_max_tokens) {
        tokens = job->prompt.max_tokens;
    } else if (section != NULL && section->max_tokens > 0) {
        tokens = (uint32_t)section->max_tokens;
    } else {
        tokens = (uint32_t)unit_manifest(job->unit)->model_max_tokens;
    }
    return job->try_ == 0 ? tokens : tokens * 2;
}

uint32_t ask_reask_max(const struct job *job)
{
    const struct options_agent *section = ask_section(job);
    return section != NULL && section->reask_max >= 0 ? (uint32_t)section->reask_max
                                                      : job->pipeline->options->agents.reask_max;
}

static bool ask_add_message(struct job *job, const char *role, struct span text)
{
    if (job->messages_count == job->messages_capacity) {
        uint32_t capacity = job->messages_capacity > 0 ? job->messages_capacity * 2 : 8;
        struct model_message *messages = arena_alloc(job->arena, capacity * sizeof(*messages));
        if (messages == NULL) {
            return false;
        }
        if (job->messages_count > 0) {
            memcpy(messages, job->messages, job->messages_count * sizeof(*messages));
        }
        job->messages = messages;
        job->messages_capacity = capacity;
    }
    job->messages[job->messages_count++] = (struct model_message){role, text};
    return true;
}

bool ask_take_prompt(struct job *job, const struct agent_reply *reply)
{
    static const char *const roles[] = {"system", "user", "assistant"};
    job->prompt = *reply;
    job->messages_count = 0;
    job->round = 0;
    job->try_ = 0;
    for (uint32_t i = 0; i < reply->messages_count; i++) {
        assert(reply->messages[i].role < ARRAY_LEN(roles));
        if (!ask_add_message(job, roles[reply->messages[i].role], reply->messages[i].text)) {
            return false;
        }
    }
    return true;
}

bool ask_next_round(struct job *job, struct span answer, struct span correction)
{
    job->round++;
    job->try_ = 0;
    return ask_add_message(job, "assistant", answer) && ask_add_message(job, "user", correction);
}

bool ask_next_pass(struct job *job, struct span answer)
{
    struct agent_pair *earlier =
        arena_alloc(job->arena, (job->earlier_count + 1) * sizeof(*earlier));
    if (earlier == NULL) {
        return false;
    }
    if (job->earlier_count > 0) {
        memcpy(earlier, job->earlier, job->earlier_count * sizeof(*earlier));
    }
    earlier[job->earlier_count++] = (struct agent_pair){.pass = job->pass, .value = answer};
    job->earlier = earlier;
    job->pass++;
    return true;
}

void ask_on_delta(struct model_call *call, struct span text, uint32_t tokens, void *ctx)
{
    (void)call;
    struct job *job = ctx;
    tell_text(job, text);
    int64_t now_ms = clock_mono_ms();
    if (job->queued->is_disowned || job->progress_sent_count >= ASK_PROGRESS_PER_CALL_MAX ||
        now_ms - job->progress_sent_ms < ASK_PROGRESS_EVERY_MS) {
        return;
    }
    double expected = job->max_tokens > 0 ? job->max_tokens : ASK_TOKENS_EXPECTED;
    double share = fmin(0.95, tokens / expected);
    uint32_t passes = unit_manifest(job->unit)->passes_max;
    job->progress_sent_ms = now_ms;
    job->progress_sent_count++;
    tell_progress(job, 30 + (int)floor(40. * (job->pass + share) / passes));
}

struct model_request ask_request(struct job *job, const struct options_provider *provider)
{
    const struct options_agent *section = ask_section(job);
    double temperature = unit_manifest(job->unit)->model_temperature;
    if (job->prompt.has_temperature) {
        temperature = job->prompt.temperature;
    } else if (section != NULL && section->temperature >= 0) {
        temperature = section->temperature;
    }
    job->max_tokens = ask_max_tokens(job);
    job->progress_sent_ms = clock_mono_ms();
    job->progress_sent_count = 0;
    return (struct model_request){
        .provider = provider->name,
        .model = ask_model_name(job, provider),
        .messages = job->messages,
        .messages_count = job->messages_count,
        .has_temperature = !isnan(temperature),
        .temperature = temperature,
        .max_tokens = job->max_tokens,
        .json_schema = job->prompt.json_schema,
        .stops = job->prompt.stops,
        .stops_count = job->prompt.stops_count,
        .answer_bytes_max = (size_t)job->pipeline->options->limits.answer_bytes_max,
    };
}
