/* The crisis agent's own two functions. */
#ifndef CRISIS_CRISIS_H
#define CRISIS_CRISIS_H

#include "common/reading.h"

enum agenthost_status crisis_build_prompt(void *agent, const struct agenthost_job *job,
                                          struct agenthost_prompt *prompt);
enum agenthost_status crisis_post_process(void *agent, const struct agenthost_job *job,
                                          const struct agenthost_answer *answer,
                                          struct agenthost_result *result);

#endif
