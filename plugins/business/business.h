/* The business agent's own two functions. */
#ifndef BUSINESS_BUSINESS_H
#define BUSINESS_BUSINESS_H

#include "common/reading.h"

enum agenthost_status business_build_prompt(void *agent, const struct agenthost_job *job,
                                            struct agenthost_prompt *prompt);
enum agenthost_status business_post_process(void *agent, const struct agenthost_job *job,
                                            const struct agenthost_answer *answer,
                                            struct agenthost_result *result);

#endif
