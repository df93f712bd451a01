/* The personality prompt: help lines first when the context asks for them, then the chart's
 * facts. */
#include "personality/personality.h"

enum agenthost_status personality_build_prompt(void *agent, const struct agenthost_job *job,
                                               struct agenthost_prompt *sink)
{
    struct reading_prompt prompt;
    enum agenthost_status status = reading_prompt_begin(&prompt, agent, job, sink);
    if (status == AGENTHOST_OK) {
        status = reading_prompt_danger(&prompt);
    }
    if (status == AGENTHOST_OK) {
        status = reading_prompt_chart(&prompt);
    }
    if (status == AGENTHOST_OK) {
        status = reading_prompt_write(&prompt, NULL);
    }
    reading_prompt_end(&prompt);
    return status;
}
