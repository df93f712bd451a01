/* A hostile agent: the setup's config is "WHERE DEED" (create, selftest), or a call's data or
 * answer names the deed; what came of it goes into the reply's text. */
#include <stdio.h>
#include <stdlib.h>

#include <agenthost/selftest.h>

#include "agent_kit.h"
#include "deeds.h"

static char hostile_selftest_deed[256];

static void hostile_copy(struct agenthost_text text, char *ret, size_t bytes)
{
    (void)snprintf(ret, bytes, "%.*s", (int)text.len, text.data);
}

static void *hostile_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                            struct agenthost_report *report)
{
    char config[256], result[64];
    hostile_copy(setup->config, config, sizeof(config));
    if (strncmp(config, "selftest ", 9) == 0) {
        (void)snprintf(hostile_selftest_deed, sizeof(hostile_selftest_deed), "%s", config + 9);
    }
    if (strncmp(config, "create ", 7) == 0) {
        deed_do(config + 7, result, sizeof(result));
        report->say(report, kit_text(result));
        return NULL;
    }
    return kit_create(host, setup, report);
}

static enum agenthost_status hostile_check_input(void *agent, const struct agenthost_job *job,
                                                 struct agenthost_report *report)
{
    char deed[256], result[64];
    (void)agent;
    hostile_copy(job->data, deed, sizeof(deed));
    deed_do(deed, result, sizeof(result));
    report->say(report, kit_text(result));
    return AGENTHOST_INVALID;
}

static enum agenthost_status hostile_build_prompt(void *agent, const struct agenthost_job *job,
                                                  struct agenthost_prompt *prompt)
{
    char deed[256], result[64];
    (void)agent;
    hostile_copy(job->data, deed, sizeof(deed));
    deed_do(deed, result, sizeof(result));
    prompt->text(prompt, kit_text(result));
    return AGENTHOST_DECLINE;
}

static enum agenthost_status hostile_post_process(void *agent, const struct agenthost_job *job,
                                                  const struct agenthost_answer *answer,
                                                  struct agenthost_result *agent_result)
{
    char deed[256], result[64];
    (void)agent;
    (void)job;
    hostile_copy(answer->text, deed, sizeof(deed));
    deed_do(deed, result, sizeof(result));
    agent_result->text(agent_result, kit_text(result));
    return AGENTHOST_OK;
}

static enum agenthost_status hostile_selftest(void *agent, struct agenthost_report *report)
{
    char result[64];
    (void)agent;
    if (hostile_selftest_deed[0] == '\0') {
        return AGENTHOST_OK;
    }
    deed_do(hostile_selftest_deed, result, sizeof(result));
    report->say(report, kit_text(result));
    return AGENTHOST_INTERNAL;
}

static const void *hostile_extension(const char *id)
{
    static const struct agenthost_selftest selftest = {.size = sizeof(selftest),
                                                       .run = hostile_selftest};
    return strcmp(id, AGENTHOST_SELFTEST) == 0 ? &selftest : NULL;
}

const struct agenthost_agent agenthost_agent = {KIT_HEAD,
                                                .create = hostile_create,
                                                .destroy = kit_destroy,
                                                .check_input = hostile_check_input,
                                                .build_prompt = hostile_build_prompt,
                                                .post_process = hostile_post_process,
                                                .extension = hostile_extension};
