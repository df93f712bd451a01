/* Ends jobs for good, completed or failed, and fetches the next in the same round trip. */
#include <assert.h>

#include "core/arena.h"
#include "core/clock.h"
#include "queue/outcome.h"

/* The hash fields written with the ending: always the run; of a failure also its story. */
static struct span finish_fields(struct queue_outcome *outcome, char run_text[16])
{
    struct queue_entry *entry = outcome->op.entry;
    const struct span fields[] = {
        SPAN_LITERAL("agenthost"),    queue_run_text(entry, run_text),
        SPAN_LITERAL("failedReason"), outcome->value,
        SPAN_LITERAL("stacktrace"),   outcome->stacktrace,
    };
    size_t count = outcome->end == QUEUE_COMPLETED ? 2 : ARRAY_LEN(fields);
    return queue_pack_texts(&entry->job.queue->pack_fields, fields, count);
}

/* The job's own word, or the queue's where it has none. */
static const struct queue_keep *finish_keep(const struct queue_entry *entry, bool is_completed)
{
    const struct queue *queue = entry->job.queue;
    const struct queue_keep *own =
        is_completed ? &entry->opts.keep_completed : &entry->opts.keep_failed;
    return own->is_given ? own : is_completed ? &queue->keep_completed : &queue->keep_failed;
}

static bool finish_send(struct queue_op *op)
{
    struct queue_outcome *outcome = queue_outcome_of(op);
    struct queue_entry *entry = op->entry;
    struct queue *queue = op->queue;
    if (outcome->is_resolving) {
        return queue_outcome_ask_state(outcome);
    }
    bool is_completed = outcome->end == QUEUE_COMPLETED;
    queue_outcome_prepare(outcome);
    char now[QUEUE_NUMBER_BYTES], run_text[16];
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_ACTIVE),
        queue_key(queue, QUEUE_KEY_PRIORITIZED),
        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_STALLED),
        queue_key(queue, QUEUE_KEY_LIMITER),
        queue_key(queue, QUEUE_KEY_DELAYED),
        queue_key(queue, QUEUE_KEY_PAUSED),
        queue_key(queue, QUEUE_KEY_META),
        queue_key(queue, QUEUE_KEY_PC),
        queue_key(queue, is_completed ? QUEUE_KEY_COMPLETED : QUEUE_KEY_FAILED),
        entry->key.hash,
        queue_key(queue, is_completed ? QUEUE_KEY_METRICS_COMPLETED : QUEUE_KEY_METRICS_FAILED),
        queue_key(queue, QUEUE_KEY_MARKER),
    };
    const struct span args[] = {
        entry->key.id,
        queue_number_text(now, clock_wall_ms()),
        span_of(is_completed ? "returnvalue" : "failedReason"),
        outcome->value,
        span_of(is_completed ? "completed" : "failed"),
        span_of(outcome->is_fetching ? "1" : "0"),
        queue->keys.base,
        queue_pack_finish(&queue->pack, &queue->worker, queue_entry_token(entry),
                          finish_keep(entry, is_completed), entry->opts.attempts),
        finish_fields(outcome, run_text),
    };
    if (!queue_op_eval(op, queue->scripts.move_to_finished, ARRAY_LEN(keys), keys, ARRAY_LEN(args),
                       args)) {
        return false;
    }
    queue_ended_note(entry, is_completed);
    return true;
}

/* A job that may not complete — children pending or failed — fails with BullMQ's words. */
static enum queue_op_verdict finish_turn_into_failure(struct queue_outcome *outcome, long long code)
{
    struct queue_entry *entry = outcome->op.entry;
    struct queue *queue = entry->job.queue;
    char *reason = arena_printf(entry->job.arena,
                                code == -4 ? "Job %s has pending dependencies. moveToFinished"
                                           : "Cannot complete job %s because it has at least one "
                                             "failed child. moveToFinished",
                                entry->job.id);
    struct span text = reason != NULL ? span_of(reason) : SPAN_LITERAL("job cannot complete");
    queue->ending_count--;
    entry->job.is_ending = false;
    queue_fail(&entry->job, text, text, code == -9);
    return QUEUE_OP_DONE;
}

static enum queue_op_verdict finish_on_reply(struct queue_op *op, const redisReply *reply)
{
    struct queue_outcome *outcome = queue_outcome_of(op);
    if (outcome->is_resolving) {
        return queue_outcome_on_state(outcome, reply);
    }
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer < 0) {
        if (reply->integer == -4 || reply->integer == -9) {
            return finish_turn_into_failure(outcome, reply->integer);
        }
        return queue_outcome_refused(outcome, reply->integer, "moveToFinished");
    }
    queue_outcome_settled(outcome, reply);
    return QUEUE_OP_DONE;
}

const struct queue_op_kind queue_finish_kind = {
    .name = "finish",
    .send = finish_send,
    .on_reply = finish_on_reply,
    .on_refused = queue_outcome_on_refused,
};

void queue_complete(struct queue_job *job, struct span returnvalue)
{
    struct queue_entry *entry = queue_entry_of(job);
    if (job->is_disowned) {
        queue_drop(job);
        return;
    }
    char *copy = arena_strndup(job->arena, returnvalue.data, returnvalue.len);
    if (copy == NULL) {
        queue_fail(job, SPAN_LITERAL("INTERNAL: no memory left for the return value"),
                   SPAN_LITERAL(""), false);
        return;
    }
    struct queue_outcome *outcome = queue_outcome_create(QUEUE_COMPLETED);
    outcome->value = (struct span){copy, returnvalue.len};
    queue_outcome_start(entry, outcome, &queue_finish_kind);
}

void queue_drop(struct queue_job *job)
{
    struct queue_entry *entry = queue_entry_of(job);
    assert(!job->is_ending);
    job->is_ending = true;
    job->queue->ending_count++;
    queue_settle_later(entry, QUEUE_LOST);
}
