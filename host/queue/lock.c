/* Keeps the locks of claimed jobs alive, and notices when one is not ours any more. */
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

/* The entry the batch renewed under that id, if it is still the same claim. */
static struct queue_entry *lock_find(const struct lock_batch *batch, const redisReply *id)
{
    if (id->type != REDIS_REPLY_STRING) {
        return NULL;
    }
    struct queue_entry *entry = queue_table_find(batch->queue, (struct span){id->str, id->len});
    for (size_t i = 0; entry != NULL && i < batch->count; i++) {
        if (batch->items[i].serial == entry->serial) {
            return entry;
        }
    }
    return NULL;
}

static void lock_on_relocked(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct lock_batch *batch = ctx;
    for (size_t i = 0; reply != NULL && reply->type == REDIS_REPLY_ARRAY && i < reply->elements;
         i++) {
        struct queue_entry *entry = lock_find(batch, reply->element[i]);
        if (entry != NULL) {
            metrics_inc(batch->queue->metrics.renewals_failed);
            queue_disown(entry, "another worker holds it");
        }
    }
    lock_batch_free(batch);
}

/* A lock that is not ours may have run out while this host was held up, and be nobody's. */
static bool lock_relock(struct lock_batch *batch, const redisReply *failed)
{
    struct queue *queue = batch->queue;
    struct span args[3 + 2 * QUEUE_RENEW_CHUNK];
    size_t count = 3;
    char ms[QUEUE_NUMBER_BYTES];
    args[0] = queue->keys.base;
    args[1] = queue->worker.name;
    args[2] = queue_number_text(ms, queue->worker.lock_ms);
    for (size_t i = 0; i < failed->elements && count + 2 <= ARRAY_LEN(args); i++) {
        struct queue_entry *entry = lock_find(batch, failed->element[i]);
        if (entry != NULL && !entry->job.is_ending) { /* an ending's own answer will tell */
            args[count++] = entry->key.id;
            args[count++] = queue_entry_token(entry);
        }
    }
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_ACTIVE),
        queue_key(queue, QUEUE_KEY_STALLED),
    };
    return count > 3 && redis_eval(queue->commands, queue->scripts.relock, lock_on_relocked, batch,
                                   ARRAY_LEN(keys), keys, count, args);
}

static void lock_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct lock_batch *batch = ctx;
    if (reply != NULL && reply->type == REDIS_REPLY_ARRAY) {
        metrics_add(batch->queue->metrics.renewals, (double)(batch->count - reply->elements));
        if (reply->elements > 0 && lock_relock(batch, reply)) {
            return; /* the batch goes on */
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
    char ms[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {queue_key(queue, QUEUE_KEY_STALLED)};
    const struct span args[] = {
        queue->keys.base,
        queue_pack_texts(&queue->pack, tokens, batch->count),
        queue_pack_texts(&queue->pack_fields, ids, batch->count),
        queue_number_text(ms, queue->worker.lock_ms),
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
