/* The business prompt: the chart's facts, and which of them speak of energy and of voice. */
#include "business/business.h"

#define BIT(center) (UINT32_C(1) << (center))
#define ENERGY                                                                                     \
    (BIT(CENTER_HEART) | BIT(CENTER_SACRAL) | BIT(CENTER_SOLAR_PLEXUS) | BIT(CENTER_ROOT))
#define VOICE (BIT(CENTER_HEAD) | BIT(CENTER_AJNA) | BIT(CENTER_THROAT))

static enum agenthost_status write_prompt(struct reading_prompt *prompt)
{
    const struct template_value own[] = {
        reading_prompt_centers(prompt, "energy_defined", ENERGY, true),
        reading_prompt_centers(prompt, "energy_open", ENERGY, false),
        reading_prompt_centers(prompt, "voice_defined", VOICE, true),
        reading_prompt_centers(prompt, "voice_open", VOICE, false),
    };
    return reading_prompt_write(prompt, own);
}

enum agenthost_status business_build_prompt(void *agent, const struct agenthost_job *job,
                                            struct agenthost_prompt *sink)
{
    struct reading_prompt prompt;
    enum agenthost_status status = reading_prompt_begin(&prompt, agent, job, sink);
    if (status == AGENTHOST_OK) {
        status = reading_prompt_chart(&prompt);
    }
    if (status == AGENTHOST_OK) {
        status = write_prompt(&prompt);
    }
    reading_prompt_end(&prompt);
    return status;
}
