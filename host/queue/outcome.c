/* What all endings share: telling the owner, and finding out what an unanswered request did. */
#include "queue/outcome.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/metrics.h"

/* --- telling -------------------------------------------------------------------------------- */

static void settle_count(struct queue *queue, enum queue_end end)
{
    struct metric *const by_end[] = {
        [QUEUE_COMPLETED] = queue->metrics.completed, [QUEUE_FAILED] = queue->metrics.failed,
        [QUEUE_RETRYING] = queue->metrics.retried,    [QUEUE_PARKED] = queue->metrics.parked,
        [QUEUE_RETURNED] = queue->metrics.returned,   [QUEUE_LOST] = queue->metrics.lost,
    };
    queue->ended[end]++;
    metrics_inc(by_end[end]);
}

static void settle_tell(struct queue_entry *entry, enum queue_end end)
{
    struct queue *queue = entry->job.queue;
    const struct queue_handlers *handlers = &queue->handlers;
    settle_count(queue, end);
    if (entry->condemned == NULL) {
        handlers->on_ended(&entry->job, end, handlers->ctx);
    } else if (handlers->on_condemned != NULL && end == QUEUE_FAILED) {
        handlers->on_condemned(&entry->job, span_of(entry->condemned), handlers->ctx);
    }
    queue_entry_destroy(&entry);
}

static void settle_unlink(struct queue_entry *entry)
{
    struct queue *queue = entry->job.queue;
    queue_ops_release(entry);
    queue_table_remove(queue, entry);
    queue->ending_count--;
}

void queue_settle(struct queue_entry *entry, enum queue_end end)
{
    assert(entry->job.is_ending);
    if (entry->lease != NULL) {
        queue_lease_release(&entry->job);
    }
    settle_unlink(entry);
    settle_tell(entry, end);
}

void queue_settle_later(struct queue_entry *entry, enum queue_end end)
{
    struct queue *queue = entry->job.queue;
    if (entry->lease != NULL) {
        queue_lease_release(&entry->job);
    }
    settle_unlink(entry);
    entry->end = end;
    entry->settled_next = queue->settled;
    queue->settled = entry;
    loop_defer(queue->loop, &queue->settle_deferred);
}

void queue_settle_deferred(struct loop_deferred *deferred)
{
    struct queue *queue = CONTAINER_OF(deferred, struct queue, settle_deferred);
    while (queue->settled != NULL) {
        struct queue_entry *entry = queue->settled;
        queue->settled = entry->settled_next;
        settle_tell(entry, entry->end);
    }
    queue_pump(queue);
}

/* --- the request ---------------------------------------------------------------------------- */

struct queue_outcome *queue_outcome_create(enum queue_end end)
{
    struct queue_outcome *outcome = mem_alloc(sizeof(*outcome));
    outcome->end = end;
    return outcome;
}

void queue_outcome_start(struct queue_entry *entry, struct queue_outcome *outcome,
                         const struct queue_op_kind *kind)
{
    assert(!entry->job.is_ending);
    entry->job.is_ending = true;
    entry->job.queue->ending_count++;
    queue_op_start(&outcome->op, entry, kind);
}

void queue_outcome_prepare(struct queue_outcome *outcome)
{
    const struct queue *queue = outcome->op.queue;
    outcome->sent_serial = outcome->op.entry->serial;
    outcome->is_fetching = queue->is_claiming && queue->standing == STANDING_OK &&
                           queue->entries_count <= queue->concurrency;
}

void queue_outcome_settled(struct queue_outcome *outcome, const redisReply *reply)
{
    struct queue_entry *entry = outcome->op.entry;
    struct queue *queue = outcome->op.queue;
    char token[QUEUE_TOKEN_BYTES]; /* the next job has been locked with it */
    size_t token_len = entry->token_len;
    memcpy(token, entry->token, token_len);
    queue_settle(entry, outcome->end);
    if (outcome->is_fetching) {
        queue_claim_tuple(queue, reply, (struct span){token, token_len});
    } else {
        queue->is_drained = false; /* nobody has looked */
    }
    queue_pump(queue);
}

struct span queue_run_text(const struct queue_entry *entry, char buffer[16])
{
    int len = snprintf(buffer, 16, "%" PRIu32, entry->job.run);
    return (struct span){buffer, (size_t)len};
}

bool queue_outcome_ask_state(struct queue_outcome *outcome)
{
    struct queue_entry *entry = outcome->op.entry;
    struct queue *queue = entry->job.queue;
    const struct span keys[] = {
        entry->key.hash,
        queue_key(queue, QUEUE_KEY_COMPLETED),
        queue_key(queue, QUEUE_KEY_FAILED),
        queue_key(queue, QUEUE_KEY_PARKED),
    };
    const struct span args[] = {entry->key.id, entry->key.timestamp};
    return queue_op_eval(&outcome->op, queue->scripts.state, ARRAY_LEN(keys), keys, ARRAY_LEN(args),
                         args);
}

static long long state_number(const redisReply *reply, size_t i)
{
    const redisReply *element = reply->element[i];
    if (element->type == REDIS_REPLY_INTEGER) {
        return element->integer;
    }
    return element->type == REDIS_REPLY_STRING ? strtoll(element->str, NULL, 10) : 0;
}

/* Did a request whose answer was lost have its effect? [state, last ended run, atm, is parked];
 * state 0 gone, 1 alive, 2 completed, 3 failed. */
static bool outcome_had_effect(const struct queue_outcome *outcome, const redisReply *reply)
{
    const struct queue_entry *entry = outcome->op.entry;
    long long state = state_number(reply, 0), ended_run = state_number(reply, 1);
    bool is_ours = ended_run == entry->job.run;
    switch (outcome->end) {
    case QUEUE_COMPLETED:
        /* removeOnComplete leaves nothing to ask; the store knows that it was complete. */
        return state == 0 || (state == 2 && is_ours);
    case QUEUE_FAILED:
        return state == 0 || (state == 3 && is_ours);
    case QUEUE_RETRYING:
        return state == 1 && state_number(reply, 2) > entry->job.attempts_made;
    case QUEUE_PARKED:
        return state == 1 && state_number(reply, 3) == 1;
    case QUEUE_RETURNED:
        return state == 1;
    case QUEUE_LOST:
        break;
    }
    return false;
}

enum queue_op_verdict queue_outcome_on_state(struct queue_outcome *outcome, const redisReply *reply)
{
    struct queue_entry *entry = outcome->op.entry;
    struct queue *queue = entry->job.queue;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 4) {
        return QUEUE_OP_LATER;
    }
    bool had_effect = outcome_had_effect(outcome, reply);
    struct log_job job = queue_entry_log(entry);
    if (had_effect) {
        log_info("queue", &job, "the answer was lost with the connection, but the job had ended");
    } else {
        log_warning("queue", &job, "dropped: another worker owns the job or has ended it");
    }
    queue_settle(entry, had_effect ? outcome->end : QUEUE_LOST);
    queue_pump(queue);
    return QUEUE_OP_DONE;
}

static void refusal_log(const struct queue_entry *entry, long long code, const char *command)
{
    const char *id = entry->job.id;
    struct log_job job = queue_entry_log(entry);
    switch (code) { /* BullMQ's own words: people search for them */
    case -1:
        log_warning("queue", &job, "Missing key for job %.200s. %s", id, command);
        break;
    case -2:
        log_warning("queue", &job, "Missing lock for job %.200s. %s", id, command);
        break;
    case -3:
        log_warning("queue", &job, "Job %.200s is not in the active state. %s", id, command);
        break;
    case -6:
        log_warning("queue", &job, "Lock mismatch for job %.200s. Cmd %s from active", id, command);
        break;
    default:
        log_warning("queue", &job, "%s refused for job %.200s with code %lld", command, id, code);
        break;
    }
}

enum queue_op_verdict queue_outcome_refused(struct queue_outcome *outcome, long long code,
                                            const char *command)
{
    struct queue_entry *entry = outcome->op.entry;
    struct queue *queue = entry->job.queue;
    if (outcome->sent_serial != entry->serial) {
        return QUEUE_OP_AGAIN; /* claimed again meanwhile: the new token will do */
    }
    if (outcome->op.is_ambiguous) {
        outcome->is_resolving = true;
        return QUEUE_OP_AGAIN;
    }
    refusal_log(entry, code, command);
    queue_settle(entry, QUEUE_LOST);
    queue_pump(queue);
    return QUEUE_OP_DONE;
}

void queue_outcome_on_refused(struct queue_op *op, const char *text)
{
    struct queue_entry *entry = op->entry;
    struct queue *queue = entry->job.queue;
    struct log_job job = queue_entry_log(entry);
    log_error("queue", &job, "dropped: Redis cannot end it: %.300s", text);
    queue_settle(entry, QUEUE_LOST);
    queue_pump(queue);
}
