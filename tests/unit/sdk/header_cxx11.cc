/* agenthost/agent.h by itself as C++11: an agent may be written in it. */
#include <agenthost/agent.h>

static_assert(AGENTHOST_ABI_MAJOR == 1, "interface 1");
