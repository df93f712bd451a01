/* What the test agents share: texts from literals, and the functions that do nothing special. */
#ifndef TESTS_AGENTS_AGENT_KIT_H
#define TESTS_AGENTS_AGENT_KIT_H

#include <string.h>

#include <agenthost/agent.h>

static inline struct agenthost_text kit_text(const char *text)
{
    return (struct agenthost_text){text, strlen(text)};
}

static inline bool kit_is(struct agenthost_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

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

#define KIT_HEAD                                                                                   \
    .magic = AGENTHOST_MAGIC, .abi_major = AGENTHOST_ABI_MAJOR, .abi_minor = AGENTHOST_ABI_MINOR,  \
    .size = sizeof(struct agenthost_agent)

/* An agent that is good in all it does; tests replace one function. */
#define KIT_FUNCTIONS                                                                              \
    .create = kit_create, .destroy = kit_destroy, .build_prompt = kit_build_prompt,                \
    .post_process = kit_post_process

#endif
