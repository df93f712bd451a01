/* A good agent that uses everything the interface offers: what arrives at the host can be
 * compared with what went in. */
#include <stdio.h>
#include <stdlib.h>

#include <agenthost/selftest.h>

#include "agent_kit.h"

struct good {
    const struct agenthost_host *host;
    const struct agenthost_setup *setup;
};

static void *good_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                         struct agenthost_report *report)
{
    (void)report;
    struct good *good = calloc(1, sizeof(*good));
    if (good != NULL) {
        good->host = host;
        good->setup = setup;
        host->log(host, AGENTHOST_LOG_INFO, kit_text("created"));
    }
    return good;
}

static void good_destroy(void *agent)
{
    free(agent);
}

static enum agenthost_status good_check_input(void *agent, const struct agenthost_job *job,
                                              struct agenthost_report *report)
{
    (void)agent;
    if (job->data.len == 0) {
        report->field(report, kit_text("birthDate"));
        report->say(report, kit_text("first reason"));
        report->say(report, kit_text("a birth date is needed"));
        return AGENTHOST_INVALID;
    }
    return AGENTHOST_OK;
}

static enum agenthost_status good_build_prompt(void *agent, const struct agenthost_job *job,
                                               struct agenthost_prompt *prompt)
{
    struct good *good = agent;
    char facts[400];
    (void)snprintf(facts, sizeof(facts),
                   "id=%.*s version=%.*s manifest=%.*s config=%.*s locale=%.*s seed=%llu "
                   "now=%lld pass=%u children=%u earlier=%u",
                   (int)good->setup->id.len, good->setup->id.data, (int)good->setup->version.len,
                   good->setup->version.data, (int)good->setup->manifest.len,
                   good->setup->manifest.data, (int)good->setup->config.len,
                   good->setup->config.data, (int)job->locale.len, job->locale.data,
                   (unsigned long long)job->seed, (long long)job->now_ms, job->pass,
                   job->children_count, job->earlier_count);
    prompt->message(prompt, AGENTHOST_SYSTEM, kit_text(facts));
    for (uint32_t i = 0; i < good->setup->assets_count; i++) {
        prompt->message(prompt, AGENTHOST_SYSTEM, good->setup->assets[i].name);
        prompt->message(prompt, AGENTHOST_SYSTEM, good->setup->assets[i].bytes);
    }
    for (uint32_t i = 0; i < job->children_count; i++) {
        prompt->message(prompt, AGENTHOST_USER, job->children[i].key);
        prompt->message(prompt, AGENTHOST_USER, job->children[i].value);
    }
    for (uint32_t i = 0; i < job->earlier_count; i++) {
        prompt->message(prompt, AGENTHOST_ASSISTANT, job->earlier[i].text);
    }
    prompt->message(prompt, AGENTHOST_USER, job->data);
    prompt->message(prompt, AGENTHOST_USER, job->chart);
    prompt->temperature(prompt, 0.25);
    prompt->max_tokens(prompt, 1234);
    prompt->model_class(prompt, kit_text("large"));
    prompt->json_schema(prompt, kit_text("{\"type\":\"object\"}"));
    prompt->stop(prompt, kit_text("END"));
    prompt->stop(prompt, kit_text("STOP"));
    good->host->log(good->host, AGENTHOST_LOG_DEBUG, kit_text("built"));
    return AGENTHOST_OK;
}

static enum agenthost_status good_post_process(void *agent, const struct agenthost_job *job,
                                               const struct agenthost_answer *answer,
                                               struct agenthost_result *result)
{
    (void)agent;
    char facts[200];
    (void)snprintf(facts, sizeof(facts),
                   "pass=%u/%u round=%u finish=%.*s model=%.*s tokens=%lld,%lld", job->pass,
                   answer->pass, answer->round, (int)answer->finish_reason.len,
                   answer->finish_reason.data, (int)answer->model.len, answer->model.data,
                   (long long)answer->prompt_tokens, (long long)answer->completion_tokens);
    if (answer->text.len == 0) {
        result->correct(result, kit_text("please answer"));
        return AGENTHOST_REASK;
    }
    result->text(result, answer->text);
    result->section(result, kit_text("one"), kit_text("First"), kit_text(facts));
    result->section(result, kit_text("two"), kit_text("Second"), answer->text);
    result->content(result, kit_text("{\"a\":1}"));
    return AGENTHOST_OK;
}

static enum agenthost_status good_selftest(void *agent, struct agenthost_report *report)
{
    (void)report;
    return agent != NULL ? AGENTHOST_OK : AGENTHOST_INTERNAL;
}

static const void *good_extension(const char *id)
{
    static const struct agenthost_selftest selftest = {.size = sizeof(selftest),
                                                       .run = good_selftest};
    return strcmp(id, AGENTHOST_SELFTEST) == 0 ? &selftest : NULL;
}

const struct agenthost_agent agenthost_agent = {KIT_HEAD,
                                                .create = good_create,
                                                .destroy = good_destroy,
                                                .check_input = good_check_input,
                                                .build_prompt = good_build_prompt,
                                                .post_process = good_post_process,
                                                .extension = good_extension};
