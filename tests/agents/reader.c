/* Reads its job's data with the host's JSON, and says what is there: a message a member. */
#include <stdio.h>

#include <agenthost/json.h>

#include "agent_kit.h"

static void *reader_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                           struct agenthost_report *report)
{
    const struct agenthost_json *json = host->extension(host, AGENTHOST_JSON);
    (void)setup;
    if (json == NULL) {
        report->say(report, kit_text("this host reads no JSON"));
        return NULL;
    }
    return (void *)(uintptr_t)host;
}

static enum agenthost_status reader_build_prompt(void *agent, const struct agenthost_job *job,
                                                 struct agenthost_prompt *prompt)
{
    const struct agenthost_host *host = agent;
    const struct agenthost_json *json = host->extension(host, AGENTHOST_JSON);
    struct agenthost_text error;
    const struct agenthost_json_value *data = json->parse(host, job->data, &error);
    if (data == NULL) {
        prompt->say(prompt, error);
        return AGENTHOST_INVALID;
    }
    for (size_t i = 0; i < json->count(host, data); i++) {
        struct agenthost_text name;
        const struct agenthost_json_value *value = json->at(host, data, i, &name);
        struct agenthost_text text = json->string(host, value);
        char line[200];
        (void)snprintf(line, sizeof(line), "%.*s is %d: '%.*s' %lld %g", (int)name.len, name.data,
                       (int)json->type(host, value), (int)text.len, text.len > 0 ? text.data : "",
                       (long long)json->integer(host, value, -1), json->number(host, value, -0.5));
        prompt->message(prompt, AGENTHOST_USER, kit_text(line));
    }
    return AGENTHOST_OK;
}

const struct agenthost_agent agenthost_agent = {
    KIT_HEAD, .create = reader_create, .destroy = kit_destroy, .build_prompt = reader_build_prompt,
    .post_process = kit_post_process};
