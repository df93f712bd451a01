/* Sets jobs aside that cannot run for a reason outside themselves, without using an attempt. */
#include <inttypes.h>

#include "core/arena.h"
#include "core/clock.h"
#include "queue/outcome.h"

#define PARK_JITTER 0.1 /* of the wait, at least: see park_jitter_ms */

static const char *const park_reason_names[PARK_REASONS_COUNT] = {
    [PARK_UNKNOWN_AGENT] = "unknown_agent",
    [PARK_AGENT_UNAVAILABLE] = "agent_unavailable",
    [PARK_NO_MODEL] = "no_model",
    [PARK_PROVIDER] = "provider",
    [PARK_RATE_LIMIT] = "rate_limit",
    [PARK_BUDGET] = "budget",
    [PARK_STORE] = "store",
    [PARK_READING_BUSY] = "reading_busy",
    [PARK_LEASE] = "lease",
    [PARK_MEMORY] = "memory",
};

const char *queue_park_reason_name(enum queue_park_reason reason)
{
    return park_reason_names[reason];
}

struct park_numbers {
    char now[QUEUE_NUMBER_BYTES], wait[QUEUE_NUMBER_BYTES], since[QUEUE_NUMBER_BYTES],
        order[QUEUE_NUMBER_BYTES], max[QUEUE_NUMBER_BYTES], duration[QUEUE_NUMBER_BYTES],
        claimed[QUEUE_NUMBER_BYTES], life[QUEUE_NUMBER_BYTES];
    char run[16];
};

static bool park_send(struct queue_op *op)
{
    struct queue_outcome *outcome = queue_outcome_of(op);
    struct queue_entry *entry = op->entry;
    struct queue *queue = op->queue;
    if (outcome->is_resolving) {
        return queue_outcome_ask_state(outcome);
    }
    struct park_numbers numbers;
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_ACTIVE),
        queue_key(queue, QUEUE_KEY_DELAYED),
        queue_key(queue, QUEUE_KEY_STALLED),
        queue_key(queue, QUEUE_KEY_LIMITER),
        queue_key(queue, QUEUE_KEY_META),
        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_MARKER),
        queue_key(queue, QUEUE_KEY_PARKED),
        entry->key.hash,
        span_of(queue_run_key(entry)),
    };
    const struct span args[] = {
        queue->keys.base,
        entry->key.id,
        queue_entry_token(entry),
        queue_number_text(numbers.now, clock_wall_ms()),
        queue_number_text(numbers.wait, outcome->delay_ms),
        span_of(queue_park_reason_name(outcome->park_reason)),
        entry->key.timestamp,
        queue->worker.name,
        queue_number_text(numbers.since, entry->job.parked_since_ms),
        queue_number_text(numbers.order, (int64_t)entry->order),
        queue_run_text(entry, numbers.run),
        queue_number_text(numbers.max, queue->worker.limiter_max),
        queue_number_text(numbers.duration, queue->worker.limiter_ms),
        queue_number_text(numbers.claimed, entry->job.processed_ms),
        queue_number_text(numbers.life, QUEUE_RUN_MS + outcome->delay_ms),
    };
    queue_outcome_prepare(outcome);
    return queue_op_eval(op, queue->scripts.park, ARRAY_LEN(keys), keys, ARRAY_LEN(args), args);
}

static enum queue_op_verdict park_on_reply(struct queue_op *op, const redisReply *reply)
{
    struct queue_outcome *outcome = queue_outcome_of(op);
    struct queue_entry *entry = op->entry;
    struct queue *queue = op->queue;
    if (outcome->is_resolving) {
        return queue_outcome_on_state(outcome, reply);
    }
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer < 0) {
        return queue_outcome_refused(outcome, reply->integer, "park");
    }
    queue_parked_note(queue, outcome->park_reason);
    queue_unpark_late(queue, outcome->park_reason, outcome->unpark_calls);
    queue_settle(entry, QUEUE_PARKED);
    queue->is_drained = false;
    if (reply->integer == 1) {
        queue_claim_unlimited(queue); /* its token is free for another job */
    }
    queue_pump(queue);
    return QUEUE_OP_DONE;
}

static const struct queue_op_kind park_kind = {
    .name = "park",
    .send = park_send,
    .on_reply = park_on_reply,
    .on_refused = queue_outcome_on_refused,
};

int64_t queue_waited_ms(const struct queue_job *job)
{
    return job->parked_since_ms != 0 ? queue_server_ms(job->queue) - job->parked_since_ms : 0;
}

static void park_log_first(struct queue_job *job, enum queue_park_reason reason, struct span detail)
{
    const char *row = arena_printf(job->arena, "waiting (%s): %.*s", queue_park_reason_name(reason),
                                   (int)detail.len, detail.data);
    if (row != NULL) {
        queue_log(job, span_of(row));
    }
}

static void park_fail(struct queue_job *job, enum queue_park_reason reason, struct span detail)
{
    int64_t minutes = queue_waited_ms(job) / 60000;
    const char *text = arena_printf(
        job->arena, "PARKED_TOO_LONG: could not run for %" PRId64 " minutes (%s): %.*s", minutes,
        queue_park_reason_name(reason), (int)detail.len, detail.data);
    queue_fail(job, span_of(text != NULL ? text : "PARKED_TOO_LONG"), (struct span){0}, true);
}

/* Jobs that were parked together do not all come back together: where that is possible within twice
 * the wait, as many of the reason's in a second as may be called back when it ends. */
static int64_t park_jitter_ms(const struct queue *queue, enum queue_park_reason reason,
                              int64_t wait_ms)
{
    double least_ms = (double)wait_ms * PARK_JITTER, most_ms = (double)wait_ms;
    double spread_ms = queue->parked_counts[reason] * 1000. / queue->unpark_per_second;
    spread_ms = spread_ms < least_ms ? least_ms : spread_ms > most_ms ? most_ms : spread_ms;
    return (int64_t)(spread_ms * clock_random_unit());
}

void queue_park(struct queue_job *job, enum queue_park_reason reason, int64_t wait_ms,
                struct span detail)
{
    struct queue_entry *entry = queue_entry_of(job);
    struct queue *queue = job->queue;
    if (job->is_disowned) {
        queue_drop(job);
        return;
    }
    if (job->parked_since_ms == 0) {
        job->parked_since_ms = queue_server_ms(queue);
        park_log_first(job, reason, detail);
    }
    int64_t left = queue->park_max_ms - queue_waited_ms(job);
    if (left <= 0) {
        park_fail(job, reason, detail);
        return;
    }
    wait_ms = wait_ms < 1 ? 1 : wait_ms;
    wait_ms += park_jitter_ms(queue, reason, wait_ms);
    struct queue_outcome *outcome = queue_outcome_create(QUEUE_PARKED);
    outcome->park_reason = reason;
    outcome->unpark_calls = queue_unpark_calls(queue, reason);
    outcome->delay_ms = wait_ms < left ? wait_ms : left;
    queue_outcome_start(entry, outcome, &park_kind);
}

/* --- giving back ---------------------------------------------------------------------------- */

static bool return_send(struct queue_op *op)
{
    struct queue_outcome *outcome = queue_outcome_of(op);
    struct queue_entry *entry = op->entry;
    struct queue *queue = op->queue;
    if (outcome->is_resolving) {
        return queue_outcome_ask_state(outcome);
    }
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_ACTIVE),      queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_STALLED),     queue_key(queue, QUEUE_KEY_PAUSED),
        queue_key(queue, QUEUE_KEY_META),        queue_key(queue, QUEUE_KEY_LIMITER),
        queue_key(queue, QUEUE_KEY_PRIORITIZED), queue_key(queue, QUEUE_KEY_MARKER),
        queue_key(queue, QUEUE_KEY_EVENTS),
    };
    const struct span args[] = {entry->key.id, queue_entry_token(entry), entry->key.hash};
    queue_outcome_prepare(outcome);
    return queue_op_eval(op, queue->scripts.move_to_wait, ARRAY_LEN(keys), keys, ARRAY_LEN(args),
                         args);
}

static enum queue_op_verdict return_on_reply(struct queue_op *op, const redisReply *reply)
{
    struct queue_outcome *outcome = queue_outcome_of(op);
    struct queue *queue = op->queue;
    if (outcome->is_resolving) {
        return queue_outcome_on_state(outcome, reply);
    }
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer < 0) {
        return queue_outcome_refused(outcome, reply->integer, "moveJobFromActiveToWait");
    }
    queue_settle(op->entry, QUEUE_RETURNED);
    queue->is_drained = false;
    queue_pump(queue);
    return QUEUE_OP_DONE;
}

static const struct queue_op_kind return_kind = {
    .name = "return",
    .send = return_send,
    .on_reply = return_on_reply,
    .on_refused = queue_outcome_on_refused,
};

void queue_return(struct queue_job *job)
{
    if (job->is_disowned) {
        queue_drop(job);
        return;
    }
    queue_outcome_start(queue_entry_of(job), queue_outcome_create(QUEUE_RETURNED), &return_kind);
}
