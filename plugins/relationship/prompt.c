/* The relationship prompt: help lines first when the context asks for them, then the chart's
 * facts and which of them speak of bonds. */
#include "relationship/relationship.h"

#define BIT(center) (UINT32_C(1) << (center))
#define BOND (BIT(CENTER_G) | BIT(CENTER_HEART) | BIT(CENTER_SACRAL) | BIT(CENTER_SOLAR_PLEXUS))

static enum agenthost_status write_prompt(struct reading_prompt *prompt)
{
    const struct template_value own[] = {
        reading_prompt_centers(prompt, "bond_defined", BOND, true),
        reading_prompt_centers(prompt, "bond_open", BOND, false),
    };
    return reading_prompt_write(prompt, own);
}

enum agenthost_status relationship_build_prompt(void *agent, const struct agenthost_job *job,
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
        status = write_prompt(&prompt);
    }
    reading_prompt_end(&prompt);
    return status;
}
