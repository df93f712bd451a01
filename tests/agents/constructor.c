/* An agent whose constructor does DEED while it is being loaded, before the sandbox's second
 * stage, and writes what came of it to standard error. */
#include <stdio.h>

#include "agent_kit.h"
#include "deeds.h"

__attribute__((constructor)) static void constructor(void)
{
    char result[64];
    deed_do(DEED, result, sizeof(result));
    (void)fprintf(stderr, "%s\n", result);
}

const struct agenthost_agent agenthost_agent = {KIT_HEAD, KIT_FUNCTIONS};
