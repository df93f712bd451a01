/* The lease: says that a model call for a job is running here, so that whoever claims the job
 * after a lost lock does not pay for a second one. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/mem.h"
#include "queue/queue-private.h"

#define LEASE_CHUNK 250 /* leases in one command */

struct lease_op {
    struct queue_op op; /* first member */
    void (*done)(struct queue_job *job, bool is_taken, void *ctx);
    void *ctx;
};

static bool lease_send(struct queue_op *op)
{
    struct queue_entry *entry = op->entry;
    char ms[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {span_of(entry->lease_key)};
    const struct span args[] = {
        span_of(entry->lease),
        queue_number_text(ms, op->queue->worker.lock_ms),
        span_of(op->queue->host_id),
    };
    return queue_op_eval(op, op->queue->scripts.lease, ARRAY_LEN(keys), keys, ARRAY_LEN(args),
                         args);
}

static enum queue_op_verdict lease_on_reply(struct queue_op *op, const redisReply *reply)
{
    struct lease_op *lease = (struct lease_op *)op;
    bool is_taken = reply->type == REDIS_REPLY_INTEGER && reply->integer == 0;
    if (!is_taken) {
        op->entry->lease = NULL;
    }
    lease->done(&op->entry->job, is_taken, lease->ctx);
    return QUEUE_OP_DONE;
}

static void lease_on_refused(struct queue_op *op, const char *text)
{
    struct lease_op *lease = (struct lease_op *)op;
    struct log_job job = queue_entry_log(op->entry);
    log_error("queue", &job, "Redis refuses the lease: %.300s", text);
    op->entry->lease = NULL;
    lease->done(&op->entry->job, false, lease->ctx);
}

static const struct queue_op_kind lease_kind = {
    .name = "lease",
    .send = lease_send,
    .on_reply = lease_on_reply,
    .on_refused = lease_on_refused,
};

/* The key and the value, or false when the job's memory is used up. */
static bool lease_prepare(struct queue_entry *entry, const char *call_id)
{
    struct queue *queue = entry->job.queue;
    if (entry->lease_key == NULL) {
        entry->lease_key = queue_keys_own(&queue->keys, entry->job.arena, "lease", entry->key.tail);
    }
    entry->lease =
        arena_printf(entry->job.arena, "%s %" PRIu64 " %s", queue->host_id, queue->epoch, call_id);
    return entry->lease_key != NULL && entry->lease != NULL;
}

void queue_lease_take(struct queue_job *job, const char *call_id,
                      void (*done)(struct queue_job *job, bool is_taken, void *ctx), void *ctx)
{
    struct queue_entry *entry = queue_entry_of(job);
    struct lease_op *lease = mem_alloc(sizeof(*lease));
    lease->done = done;
    lease->ctx = ctx;
    if (!lease_prepare(entry, call_id)) {
        entry->lease = NULL;
        free(lease);
        done(job, false, ctx);
        return;
    }
    queue_op_start(&lease->op, entry, &lease_kind);
}

void queue_lease_release(struct queue_job *job)
{
    struct queue_entry *entry = queue_entry_of(job);
    struct queue *queue = job->queue;
    if (entry->lease == NULL) {
        return;
    }
    const struct span keys[] = {span_of(entry->lease_key)};
    const struct span args[] = {span_of(entry->lease)};
    /* Unanswered or unsent: it ends by itself within a lock's time. */
    (void)redis_eval(queue->commands, queue->scripts.lease_release, NULL, NULL, ARRAY_LEN(keys),
                     keys, ARRAY_LEN(args), args);
    entry->lease = NULL;
}

/* --- renewal -------------------------------------------------------------------------------- */

struct lease_batch {
    struct queue *queue;
    size_t count;
    uint64_t serials[LEASE_CHUNK];
};

static struct queue_entry *lease_find(struct queue *queue, uint64_t serial)
{
    struct queue_entry *entry = queue->entries_first;
    while (entry != NULL && entry->serial != serial) {
        entry = entry->next;
    }
    return entry;
}

/* One number for each lease: 1 kept, 0 held by somebody else now. */
static void lease_on_renewed(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct lease_batch *batch = ctx;
    struct queue *queue = batch->queue;
    for (size_t i = 0; reply != NULL && reply->type == REDIS_REPLY_ARRAY && i < batch->count &&
                       i < reply->elements;
         i++) {
        if (reply->element[i]->type != REDIS_REPLY_INTEGER || reply->element[i]->integer != 0) {
            continue;
        }
        struct queue_entry *entry = lease_find(queue, batch->serials[i]);
        if (entry == NULL || entry->lease == NULL) {
            continue;
        }
        entry->lease = NULL;
        if (entry->job.is_disowned && !entry->job.is_ending) {
            queue->handlers.on_cancel(&entry->job, "another host has taken over its model call",
                                      queue->handlers.ctx);
        }
    }
    free(batch);
}

static void lease_batch_send(struct lease_batch *batch, const struct span *keys,
                             const struct span *values)
{
    struct queue *queue = batch->queue;
    struct span args[LEASE_CHUNK + 1];
    char ms[QUEUE_NUMBER_BYTES];
    args[0] = queue_number_text(ms, queue->worker.lock_ms);
    memcpy(args + 1, values, batch->count * sizeof(*values));
    if (!redis_eval(queue->commands, queue->scripts.lease_renew, lease_on_renewed, batch,
                    batch->count, keys, batch->count + 1, args)) {
        free(batch);
    }
}

void queue_leases_renew(struct queue *queue)
{
    struct lease_batch *batch = NULL;
    struct span keys[LEASE_CHUNK], values[LEASE_CHUNK];
    if (!queue->is_open) {
        return;
    }
    for (struct queue_entry *entry = queue->entries_first; entry != NULL; entry = entry->next) {
        if (entry->lease == NULL || entry->is_lease_ending) {
            continue;
        }
        if (batch == NULL) {
            batch = mem_alloc(sizeof(*batch));
            batch->queue = queue;
        }
        keys[batch->count] = span_of(entry->lease_key);
        values[batch->count] = span_of(entry->lease);
        batch->serials[batch->count++] = entry->serial;
        if (batch->count == LEASE_CHUNK) {
            lease_batch_send(batch, keys, values);
            batch = NULL;
        }
    }
    if (batch != NULL) {
        lease_batch_send(batch, keys, values);
    }
}
