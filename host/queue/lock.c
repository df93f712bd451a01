/* Keeps the locks of claimed jobs alive, and notices when one is not ours any more. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "queue/queue-private.h"

/* Which claims one command renews: a lock lost later belongs to a later claim. */
struct lock_batch {
    struct queue *queue;
    size_t count;
    struct lock_batch_item {
        uint64_t serial;
        char *id; /* the entry may be gone when the answer comes */
        size_t id_len;
    } items[QUEUE_RENEW_CHUNK];
};

void queue_disown(struct queue_entry *entry, const char *why)
{
    struct queue *queue = entry->job.queue;
    if (entry->job.is_disowned || entry->job.is_ending) {
        return; /* told already; or the ending's own answer will tell */
    }
    struct log_job job = queue_entry_log(entry);
    log_warning("queue", &job, "could not renew lock for job %.200s: %s", entry->job.id, why);
    entry->job.is_disowned = true;
    queue->handlers.on_disowned(&entry->job, queue->handlers.ctx);
}

static void lock_batch_free(struct lock_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        free(batch->items[i].id);
    }
    free(batch);
}

static void lock_judge(struct lock_batch *batch, struct span failed_id)
{
    struct queue_entry *entry = queue_table_find(batch->queue, failed_id);
    for (size_t i = 0; entry != NULL && i < batch->count; i++) {
        if (batch->items[i].serial == entry->serial) {
            metrics_inc(batch->queue->metrics.renewals_failed);
            queue_disown(entry, "it expired or another worker holds it");
            return;
        }
    }
}

static void lock_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct lock_batch *batch = ctx;
    if (reply != NULL && reply->type == REDIS_REPLY_ARRAY) {
        metrics_add(batch->queue->metrics.renewals, (double)(batch->count - reply->elements));
        for (size_t i = 0; i < reply->elements; i++) {
            const redisReply *id = reply->element[i];
            if (id->type == REDIS_REPLY_STRING) {
                lock_judge(batch, (struct span){id->str, id->len});
            }
        }
    }
    lock_batch_free(batch);
}

static void lock_batch_send(struct lock_batch *batch)
{
    struct queue *queue = batch->queue;
    struct span tokens[QUEUE_RENEW_CHUNK], ids[QUEUE_RENEW_CHUNK];
    for (size_t i = 0; i < batch->count; i++) {
        ids[i] = (struct span){batch->items[i].id, batch->items[i].id_len};
        tokens[i] = queue_entry_token(queue_table_find(queue, ids[i]));
    }
    char ms[24];
    int len = snprintf(ms, sizeof(ms), "%" PRId64, queue->worker.lock_ms);
    const struct span keys[] = {queue_key(queue, QUEUE_KEY_STALLED)};
    const struct span args[] = {
        queue->keys.base,
        queue_pack_texts(&queue->pack, tokens, batch->count),
        queue_pack_texts(&queue->pack_fields, ids, batch->count),
        {ms, (size_t)len},
    };
    if (!redis_eval(queue->commands, queue->scripts.extend_locks, lock_on_reply, batch,
                    ARRAY_LEN(keys), keys, ARRAY_LEN(args), args)) {
        lock_batch_free(batch);
    }
}

static void lock_batch_add(struct lock_batch *batch, struct queue_entry *entry, int64_t now_ms)
{
    entry->renewed_mono_ms = now_ms;
    batch->items[batch->count++] = (struct lock_batch_item){
        .serial = entry->serial,
        .id = mem_strndup(entry->key.id.data, entry->key.id.len),
        .id_len = entry->key.id.len,
    };
}

void queue_locks_renew(struct queue *queue)
{
    if (!queue->is_open) {
        return;
    }
    int64_t now_ms = clock_mono_ms();
    int64_t older_than = now_ms - queue->worker.lock_ms / 4;
    struct lock_batch *batch = NULL;
    for (struct queue_entry *entry = queue->entries_first; entry != NULL; entry = entry->next) {
        /* An older run of an id that was claimed anew is not found by its id: not ours. */
        if (entry->job.is_disowned || entry->renewed_mono_ms > older_than ||
            queue_table_find(queue, entry->key.id) != entry) {
            continue;
        }
        if (batch == NULL) {
            batch = mem_alloc(sizeof(*batch));
            batch->queue = queue;
        }
        lock_batch_add(batch, entry, now_ms);
        if (batch->count == QUEUE_RENEW_CHUNK) {
            lock_batch_send(batch);
            batch = NULL;
        }
    }
    if (batch != NULL) {
        lock_batch_send(batch);
    }
}
