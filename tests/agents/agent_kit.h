/* What the test agents share: the functions that do nothing special, and short names. */
#ifndef TESTS_AGENTS_AGENT_KIT_H
#define TESTS_AGENTS_AGENT_KIT_H

#include <agenthost/kit.h>

#define kit_text agenthost_text_of
#define kit_is agenthost_text_is

static inline void *kit_create(const struct agenthost_host *host,
                               const struct agenthost_setup *setup, struct agenthost_report *report)
{
    static int instance;
    (void)host;
    (void)setup;
    (void)report;
    return &instance;
}

static inline void kit_destroy(void *agent)
{
    (void)agent;
}

static inline enum agenthost_status kit_build_prompt(void *agent, const struct agenthost_job *job,
                                                     struct agenthost_prompt *prompt)
{
    (void)agent;
    prompt->message(prompt, AGENTHOST_USER, job->data);
    return AGENTHOST_OK;
}

static inline enum agenthost_status kit_post_process(void *agent, const struct agenthost_job *job,
                                                     const struct agenthost_answer *answer,
                                                     struct agenthost_result *result)
{
    (void)agent;
    (void)job;
    result->text(result, answer->text);
    return AGENTHOST_OK;
}

#define KIT_HEAD AGENTHOST_AGENT_HEAD

/* An agent that is good in all it does; tests replace one function. */
#define KIT_FUNCTIONS                                                                              \
    .create = kit_create, .destroy = kit_destroy, .build_prompt = kit_build_prompt,                \
    .post_process = kit_post_process

#endif
