/* The plainest useful agent: the prompt is the asset prompt.txt and the job's data in one message,
 * the reading is the answer. Tests of the whole program see from a request's beginning which
 * prompt and which job it was. */
#include <stdlib.h>

#include "agent_kit.h"

static void *echo_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                         struct agenthost_report *report)
{
    (void)host;
    (void)report;
    return (void *)(uintptr_t)setup; /* valid until destroy, and all there is to keep */
}

static struct agenthost_text echo_asset(const struct agenthost_setup *setup, const char *name)
{
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        if (kit_is(setup->assets[i].name, name)) {
            return setup->assets[i].bytes;
        }
    }
    return kit_text("");
}

static enum agenthost_status echo_build_prompt(void *agent, const struct agenthost_job *job,
                                               struct agenthost_prompt *prompt)
{
    struct agenthost_text head = echo_asset(agent, "prompt.txt");
    char *text = malloc(head.len + job->data.len + 1);
    if (text == NULL) {
        return AGENTHOST_INTERNAL;
    }
    memcpy(text, head.data, head.len);
    memcpy(text + head.len, job->data.data, job->data.len);
    prompt->message(prompt, AGENTHOST_USER,
                    (struct agenthost_text){text, head.len + job->data.len});
    free(text);
    return AGENTHOST_OK;
}

const struct agenthost_agent agenthost_agent = {
    KIT_HEAD, .create = echo_create, .destroy = kit_destroy, .build_prompt = echo_build_prompt,
    .post_process = kit_post_process};
