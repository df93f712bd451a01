/* The children's values of a flow, held to the same limit as the job's own data. */
#include "job/children.h"

#include "cell/wire.h"
#include "core/arena.h"
#include "core/options.h"
#include "job/job.h"
#include "job/pipeline.h"
#include "job/verdict.h"

bool children_take(struct job *job, const struct queue_run *run, struct verdict *ret_why)
{
    int64_t bytes_max = job->pipeline->options->limits.data_bytes_max;
    if (run->children_bytes > bytes_max) {
        *ret_why = verdict_fail(OUTCOME_VALIDATION_ERROR,
                                "children: their values have %lld bytes, at most %lld are taken; "
                                "return less or raise limits.data_bytes_max (up to 1MB)",
                                (long long)run->children_bytes, (long long)bytes_max);
        return false;
    }
    if (run->children_count > WIRE_CHILDREN_MAX) {
        *ret_why = verdict_fail(OUTCOME_VALIDATION_ERROR,
                                "children: there are %zu, an agent is told of at most %d",
                                run->children_count, WIRE_CHILDREN_MAX);
        return false;
    }
    job->children = arena_alloc(job->arena, (run->children_count + 1) * sizeof(*job->children));
    if (job->children == NULL) {
        *ret_why = verdict_park(PARK_MEMORY, 1000, "no memory is left for the children's values");
        return false;
    }
    for (size_t i = 0; i < run->children_count; i++) {
        job->children[i] =
            (struct agent_pair){.key = run->children[i].key, .value = run->children[i].value};
    }
    job->children_count = (uint32_t)run->children_count;
    return true;
}
