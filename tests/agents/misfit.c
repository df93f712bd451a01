/* An agent that does not fit the interface, in a way the macro MISFIT_… says. */
#include "agent_kit.h"

#if defined(MISFIT_MISSING)
const struct agenthost_agent other_name
    __attribute__((visibility("default"))) = {KIT_HEAD, KIT_FUNCTIONS};
#elif defined(MISFIT_FUNCTION)
__attribute__((visibility("default"))) int agenthost_agent_is_a_function(void) __asm__(
    "agenthost_agent");
int agenthost_agent_is_a_function(void)
{
    return 0;
}
#elif defined(MISFIT_UNRESOLVED)
void nobody_defines_this(void);
static void misfit_destroy(void *agent)
{
    (void)agent;
    nobody_defines_this();
}
const struct agenthost_agent agenthost_agent = {
    KIT_HEAD, .create = kit_create, .destroy = misfit_destroy, .build_prompt = kit_build_prompt,
    .post_process = kit_post_process};
#elif defined(MISFIT_BYTES)
/* As compiled with a header that has more. */
const struct {
    struct agenthost_agent agent;
    char more[MISFIT_BYTES - sizeof(struct agenthost_agent)];
} misfit_longer __asm__("agenthost_agent") __attribute__((visibility("default"))) = {
    {AGENTHOST_MAGIC, AGENTHOST_ABI_MAJOR, AGENTHOST_ABI_MINOR + 1, MISFIT_BYTES, KIT_FUNCTIONS},
    {0}};
#else
#ifndef MISFIT_MAGIC
#define MISFIT_MAGIC AGENTHOST_MAGIC
#endif
#ifndef MISFIT_MAJOR
#define MISFIT_MAJOR AGENTHOST_ABI_MAJOR
#endif
#ifndef MISFIT_MINOR
#define MISFIT_MINOR AGENTHOST_ABI_MINOR
#endif
#ifndef MISFIT_SIZE
#define MISFIT_SIZE sizeof(struct agenthost_agent)
#endif
#ifndef MISFIT_BUILD
#define MISFIT_BUILD kit_build_prompt
#endif
const struct agenthost_agent agenthost_agent = {.magic = MISFIT_MAGIC,
                                                .abi_major = MISFIT_MAJOR,
                                                .abi_minor = MISFIT_MINOR,
                                                .size = MISFIT_SIZE,
                                                .create = kit_create,
                                                .destroy = kit_destroy,
                                                .build_prompt = MISFIT_BUILD,
                                                .post_process = kit_post_process};
#endif
