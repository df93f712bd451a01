/* What a personality reading must be to be shown: the five parts, each of a length that can be
 * read. */
#include "personality/personality.h"

/* A part of a sentence says nothing; one of pages is no part. */
static const struct reading_limits limits = {.part_chars_min = 60, .part_chars_max = 6000};

enum agenthost_status personality_post_process(void *agent, const struct agenthost_job *job,
                                               const struct agenthost_answer *answer,
                                               struct agenthost_result *result)
{
    return reading_review(agent, job, answer, result, &limits);
}
