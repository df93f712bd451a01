/* The plainest useful agent: the prompt is the asset prompt.txt and the job's data, the reading is
 * the answer. Tests of the whole program see from the request which prompt and job it was. */
#include "agent_kit.h"

static void *echo_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                         struct agenthost_report *report)
{
    (void)host;
    (void)report;
    return (void *)(uintptr_t)setup; /* valid until destroy, and all there is to keep */
}

static enum agenthost_status echo_build_prompt(void *agent, const struct agenthost_job *job,
                                               struct agenthost_prompt *prompt)
{
    const struct agenthost_setup *setup = agent;
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        if (kit_is(setup->assets[i].name, "prompt.txt")) {
            prompt->message(prompt, AGENTHOST_SYSTEM, setup->assets[i].bytes);
        }
    }
    prompt->message(prompt, AGENTHOST_USER, job->data);
    return AGENTHOST_OK;
}

const struct agenthost_agent agenthost_agent = {
    KIT_HEAD, .create = echo_create, .destroy = kit_destroy, .build_prompt = echo_build_prompt,
    .post_process = kit_post_process};
