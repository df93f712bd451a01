/* agenthost/selftest.h — extension "agenthost.selftest/1" of an agent: it looks at itself before
 * it gets a job, so that a bundle that cannot work is refused when it is deployed.
 *
 * Given by agenthost_agent.extension. History: 1 with interface 1.0. */
#ifndef AGENTHOST_SELFTEST_H
#define AGENTHOST_SELFTEST_H

#include <agenthost/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AGENTHOST_SELFTEST "agenthost.selftest/1"

struct agenthost_selftest {
    uint32_t size; /* sizeof(struct agenthost_selftest) */
    uint32_t reserved;

    /* Tests the instance.
     * Before: create returned it. Owner: report is the host's until the call returns. Returns: OK,
     * or anything else after say(): the bundle is refused with that, and the last good one stays.
     * From: the host, once in each cell, before the first call; within [agents] start. */
    enum agenthost_status (*run)(void *agent, struct agenthost_report *report);
};

#ifdef __cplusplus
}
#endif
#endif
