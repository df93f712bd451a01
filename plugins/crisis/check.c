/* What a crisis reading must be to be shown: the five parts, each of a length that can be read. */
#include "crisis/crisis.h"

/* Whoever reads this has little strength: parts are kept short. */
static const struct reading_limits limits = {.part_chars_min = 40, .part_chars_max = 2500};

enum agenthost_status crisis_post_process(void *agent, const struct agenthost_job *job,
                                          const struct agenthost_answer *answer,
                                          struct agenthost_result *result)
{
    return reading_review(agent, job, answer, result, &limits);
}
