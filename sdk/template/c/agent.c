/* @NAME@: writes a prompt from the job's data and judges the answer. agenthost/agent.h says what
 * each function may do. */
#include <agenthost/agent.h>

#include <string.h>

static struct agenthost_text text(const char *literal)
{
    return (struct agenthost_text){literal, strlen(literal)};
}

struct agent {
    struct agenthost_text system; /* assets/system.md; the host's until destroy */
};

static void *agent_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                          struct agenthost_report *report)
{
    static struct agent agent; /* a cell makes one instance */
    (void)host;
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        struct agenthost_text name = setup->assets[i].name;
        if (name.len == strlen("system.md") && memcmp(name.data, "system.md", name.len) == 0) {
            agent.system = setup->assets[i].bytes;
            return &agent;
        }
    }
    report->say(report, text("assets/system.md is missing"));
    return NULL;
}

static void agent_destroy(void *agent)
{
    (void)agent;
}

static enum agenthost_status agent_build_prompt(void *instance, const struct agenthost_job *job,
                                                struct agenthost_prompt *prompt)
{
    const struct agent *agent = instance;
    prompt->message(prompt, AGENTHOST_SYSTEM, agent->system);
    prompt->message(prompt, AGENTHOST_USER, job->data);
    return AGENTHOST_OK;
}

static enum agenthost_status agent_post_process(void *instance, const struct agenthost_job *job,
                                                const struct agenthost_answer *answer,
                                                struct agenthost_result *result)
{
    (void)instance;
    (void)job;
    if (answer->text.len < 20) {
        result->say(result, text("the answer is too short"));
        result->correct(result, text("Write at least one whole sentence."));
        return AGENTHOST_REASK;
    }
    result->text(result, answer->text);
    return AGENTHOST_OK;
}

const struct agenthost_agent agenthost_agent = {
    .magic = AGENTHOST_MAGIC,
    .abi_major = AGENTHOST_ABI_MAJOR,
    .abi_minor = AGENTHOST_ABI_MINOR,
    .size = sizeof(struct agenthost_agent),
    .create = agent_create,
    .destroy = agent_destroy,
    .build_prompt = agent_build_prompt,
    .post_process = agent_post_process,
};
