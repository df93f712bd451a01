/* An agent that gives and logs more than it may; the call's data says what. */
#include <stdlib.h>

#include "agent_kit.h"

#define GREEDY_BYTES (2u * 1024 * 1024)

static const struct agenthost_host *greedy_host;

static void *greedy_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                           struct agenthost_report *report)
{
    greedy_host = host;
    return kit_create(host, setup, report);
}

static struct agenthost_text greedy_large(size_t bytes)
{
    static char large[GREEDY_BYTES];
    memset(large, 'x', sizeof(large));
    return (struct agenthost_text){large, bytes};
}

static void greedy_log(unsigned lines, struct agenthost_text line)
{
    for (unsigned i = 0; i < lines; i++) {
        greedy_host->log(greedy_host, AGENTHOST_LOG_INFO, line);
    }
}

static enum agenthost_status greedy_build_prompt(void *agent, const struct agenthost_job *job,
                                                 struct agenthost_prompt *prompt)
{
    (void)agent;
    if (kit_is(job->data, "full")) {
        prompt->message(prompt, AGENTHOST_USER, greedy_large(1024 * 1024));
    } else if (kit_is(job->data, "over")) {
        prompt->message(prompt, AGENTHOST_USER, greedy_large(1024 * 1024 + 1));
        prompt->say(prompt, kit_text("after the overrun"));
    } else if (kit_is(job->data, "replaced")) {
        for (int i = 0; i < 3; i++) {
            prompt->text(prompt, greedy_large(1024 * 1024));
        }
    } else if (kit_is(job->data, "messages")) {
        for (int i = 0; i < 65; i++) {
            prompt->message(prompt, AGENTHOST_USER, kit_text("m"));
        }
    } else if (kit_is(job->data, "stops")) {
        for (int i = 0; i < 5; i++) {
            prompt->stop(prompt, kit_text("s"));
        }
    } else if (kit_is(job->data, "log lines")) {
        greedy_log(5000, kit_text("a line"));
    } else if (kit_is(job->data, "log bytes")) {
        greedy_log(1, greedy_large(GREEDY_BYTES));
    } else if (kit_is(job->data, "log level")) {
        greedy_host->log(greedy_host, (enum agenthost_log_level)99, kit_text("level 99"));
    }
    return AGENTHOST_OK;
}

static enum agenthost_status greedy_post_process(void *agent, const struct agenthost_job *job,
                                                 const struct agenthost_answer *answer,
                                                 struct agenthost_result *result)
{
    (void)agent;
    (void)job;
    if (kit_is(answer->text, "sections")) {
        for (int i = 0; i < 65; i++) {
            result->section(result, kit_text("s"), kit_text("t"), kit_text("x"));
        }
    } else if (kit_is(answer->text, "status")) {
        return (enum agenthost_status)77;
    }
    return AGENTHOST_OK;
}

const struct agenthost_agent agenthost_agent = {
    KIT_HEAD, .create = greedy_create, .destroy = kit_destroy, .build_prompt = greedy_build_prompt,
    .post_process = greedy_post_process};
