/* The business agent: readings on work. */
#include "business/business.h"

static const struct reading_kind kind = {
    .looks_for_danger = false,
    .own_values = {"energy_defined", "energy_open", "voice_defined", "voice_open"},
};

static void *business_create(const struct agenthost_host *host, const struct agenthost_setup *setup,
                             struct agenthost_report *report)
{
    return reading_create(&kind, host, setup, report);
}

const struct agenthost_agent agenthost_agent = {
    .magic = AGENTHOST_MAGIC,
    .abi_major = AGENTHOST_ABI_MAJOR,
    .abi_minor = AGENTHOST_ABI_MINOR,
    .size = sizeof(struct agenthost_agent),
    .create = business_create,
    .destroy = reading_destroy,
    .check_input = reading_check_input,
    .build_prompt = business_build_prompt,
    .post_process = business_post_process,
};
