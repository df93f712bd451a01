/* The personality agent's own two functions. */
#ifndef PERSONALITY_PERSONALITY_H
#define PERSONALITY_PERSONALITY_H

#include "common/reading.h"

enum agenthost_status personality_build_prompt(void *agent, const struct agenthost_job *job,
                                               struct agenthost_prompt *prompt);
enum agenthost_status personality_post_process(void *agent, const struct agenthost_job *job,
                                               const struct agenthost_answer *answer,
                                               struct agenthost_result *result);

#endif
