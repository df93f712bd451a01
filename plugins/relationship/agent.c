/* The relationship agent: readings on closeness between people. */
#include "relationship/relationship.h"

static const struct reading_kind kind = {
    .looks_for_danger = true,
    .own_values = {"bond_defined", "bond_open"},
};

static void *relationship_create(const struct agenthost_host *host,
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
    .create = relationship_create,
    .destroy = reading_destroy,
    .check_input = reading_check_input,
    .build_prompt = relationship_build_prompt,
    .post_process = relationship_post_process,
};
