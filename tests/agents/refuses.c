/* An agent whose create refuses, with a reason unless SILENT, without a crash. */
#include "agent_kit.h"

static void *refuses_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                            struct agenthost_report *report)
{
    (void)host;
    (void)setup;
#ifndef SILENT
    report->say(report, kit_text("prompts/system.de.md is missing"));
#else
    (void)report;
#endif
    return NULL;
}

const struct agenthost_agent agenthost_agent = {
    KIT_HEAD, .create = refuses_create, .destroy = kit_destroy, .build_prompt = kit_build_prompt,
    .post_process = kit_post_process};
