/* Which agent a job is for: its data name one, or its own name does; the queue may refuse it. */
#include "job/pipeline-private.h"

#include <assert.h>
#include <stdio.h>

#include "agent/agents.h"
#include "core/arena.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/options.h"
#include "job/job.h"
#include "job/pipeline.h"

static const struct options_queue *routing_queue(const struct job *job)
{
    const struct options_queue *queue =
        options_queue_find(job->pipeline->options, queue_name(job->queued->queue));
    assert(queue != NULL);
    return queue;
}

/* An agent nobody knows may be deployed in a moment: the job waits for it a while. */
static struct verdict routing_unknown_agent(const struct job *job,
                                            const struct options_queue *queue)
{
    const char *nearest = agents_nearest(job->pipeline->agents, job->agent_id);
    int64_t waited_ms = queue_waited_ms(job->queued);
    int64_t left_ms = queue->unknown_agent_patience_ms - waited_ms;
    char hint[120] = "";
    if (nearest != NULL) {
        (void)snprintf(hint, sizeof(hint), " (nearest: '%s')", nearest);
    }
    if (left_ms <= 0) {
        return verdict_fail(OUTCOME_UNKNOWN_AGENT,
                            "agentId: no agent '%s' on this host%s; waited %lld s for it",
                            job->agent_id, hint, (long long)(waited_ms / 1000));
    }
    return verdict_park(PARK_UNKNOWN_AGENT, left_ms,
                        "no agent '%s' on this host%s; waiting up to %lld s for it to be installed",
                        job->agent_id, hint, (long long)(left_ms / 1000));
}

static bool routing_read_data(struct job *job, struct err *err)
{
    if (!job->parse.is_parsed) {
        return err_set(err, ERR_INVALID, "data: %s", job->parse.err.text);
    }
    if (!json_object_is_type(job->data, json_type_object)) {
        return err_set(err, ERR_INVALID, "data: must be a JSON object (found %s)",
                       json_type_text(job->data));
    }
    if (!job_read_fields(job, err)) {
        return false;
    }
    if (job->reading_id == NULL) {
        char reading_id[HASH_UUID_BYTES];
        hash_uuid5(span_of(job->queued->job_key), reading_id);
        job->reading_id = arena_strdup(job->arena, reading_id);
    }
    if (job->agent_id == NULL && agents_knows(job->pipeline->agents, job->queued->name)) {
        job->agent_id = job->queued->name;
    }
    if (job->agent_id == NULL) {
        return err_set(err, ERR_INVALID,
                       "agentId: missing, and the job's name '%.60s' is no agent; "
                       "put the agent's id into data.agentId",
                       job->queued->name);
    }
    return true;
}

bool routing_find_agent(struct job *job, struct verdict *ret_why)
{
    struct err err;
    if (!routing_read_data(job, &err)) {
        *ret_why = verdict_fail(OUTCOME_VALIDATION_ERROR, "%s", err.text);
        return false;
    }
    const struct options_queue *queue = routing_queue(job);
    if (!options_queue_takes(queue, job->agent_id)) {
        *ret_why =
            verdict_fail(OUTCOME_UNKNOWN_AGENT, "agentId: queue '%s' does not take agent '%s'",
                         queue->name, job->agent_id);
        return false;
    }
    if (!agents_knows(job->pipeline->agents, job->agent_id)) {
        *ret_why = routing_unknown_agent(job, queue);
        return false;
    }
    return true;
}

int64_t routing_timeout_ms(const struct job *job)
{
    int64_t timeout_ms = routing_queue(job)->job_timeout_ms;
    return job->timeout_ms > 0 && job->timeout_ms < timeout_ms ? job->timeout_ms : timeout_ms;
}
