/* The personality agent: readings on the image of oneself. */
#include "personality/personality.h"

static const struct reading_kind kind = {
    .looks_for_danger = true,
};

static void *personality_create(const struct agenthost_host *host,
                                const struct agenthost_setup *setup,
                                struct agenthost_report *report)
{
    return reading_create(&kind, host, setup, report);
}

const struct agenthost_agent agenthost_agent = {
    .magic = AGENTHOST_MAGIC,
    .abi_major = AGENTHOST_ABI_MAJOR,
    .abi_minor = AGENTHOST_ABI_MINOR,
    .size = sizeof(struct agenthost_agent),
    .create = personality_create,
    .destroy = reading_destroy,
    .check_input = reading_check_input,
    .build_prompt = personality_build_prompt,
    .post_process = personality_post_process,
};
