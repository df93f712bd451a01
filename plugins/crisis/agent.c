/* The crisis agent: readings on a difficult time. */
#include "crisis/crisis.h"

static const struct reading_kind kind = {
    .looks_for_danger = true,
};

static void *crisis_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                           struct agenthost_report *report)
{
    return reading_create(&kind, host, setup, report);
}

const struct agenthost_agent agenthost_agent = {
    .magic = AGENTHOST_MAGIC,
    .abi_major = AGENTHOST_ABI_MAJOR,
    .abi_minor = AGENTHOST_ABI_MINOR,
    .size = sizeof(struct agenthost_agent),
    .create = crisis_create,
    .destroy = reading_destroy,
    .check_input = reading_check_input,
    .build_prompt = crisis_build_prompt,
    .post_process = crisis_post_process,
};
