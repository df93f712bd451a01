/* The relationship agent's own two functions. */
#ifndef RELATIONSHIP_RELATIONSHIP_H
#define RELATIONSHIP_RELATIONSHIP_H

#include "common/reading.h"

enum agenthost_status relationship_build_prompt(void *agent, const struct agenthost_job *job,
                                                struct agenthost_prompt *prompt);
enum agenthost_status relationship_post_process(void *agent, const struct agenthost_job *job,
                                                const struct agenthost_answer *answer,
                                                struct agenthost_result *result);

#endif
