/* Cancel requests: a key that says so, looked at when a job is opened, at every renewal, and at
 * once when its key is announced on the wake channel. */
#include <stdlib.h>

#include "core/mem.h"
#include "queue/queue-private.h"

#define CANCEL_CHUNK 500
#define CANCEL_LIFE_MS "86400000"
#define CANCEL_REASON_BYTES_MAX 512

static void cancel_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        return; /* looked at again at the next renewal */
    }
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *name = reply->element[i], *reason = reply->element[i + 1];
        if (name->type != REDIS_REPLY_STRING || reason->type != REDIS_REPLY_STRING) {
            continue;
        }
        struct queue_entry *entry =
            queue_table_find_tail(queue, (struct span){name->str, name->len});
        if (entry != NULL && !entry->is_cancel_told && !entry->job.is_ending) {
            entry->is_cancel_told = true;
            queue->handlers.on_cancel(&entry->job, reason->str, queue->handlers.ctx);
        }
    }
}

static void cancel_ask(struct queue *queue, struct span *args, size_t count)
{
    args[0] = queue->keys.base;
    (void)redis_eval(queue->commands, queue->scripts.cancelled, cancel_on_reply, queue, 0, NULL,
                     count + 1, args);
}

void queue_cancels_check(struct queue *queue)
{
    struct span args[CANCEL_CHUNK + 1];
    size_t count = 0;
    if (!queue->is_open) {
        return;
    }
    for (struct queue_entry *entry = queue->entries_first; entry != NULL; entry = entry->next) {
        if (entry->cancel_key == NULL || entry->is_cancel_told || entry->job.is_ending) {
            continue; /* not opened yet: opening looks itself */
        }
        args[++count] = entry->key.tail;
        if (count == CANCEL_CHUNK) {
            cancel_ask(queue, args, count);
            count = 0;
        }
    }
    if (count > 0) {
        cancel_ask(queue, args, count);
    }
}

/* <base>agenthost:cancel:<id>:<timestamp>; caller frees. */
static char *cancel_key(const struct queue *queue, struct span tail, size_t *ret_len)
{
    static const char word[] = "agenthost:cancel:";
    size_t base = queue->keys.base.len, len = base + sizeof(word) - 1 + tail.len;
    char *key = mem_alloc(len + 1);
    memcpy(key, queue->keys.base.data, base);
    memcpy(key + base, word, sizeof(word) - 1);
    memcpy(key + len - tail.len, tail.data, tail.len);
    *ret_len = len;
    return key;
}

/* Not ours at present: perhaps it is parked and need not be any longer. */
static void cancel_wake_parked(struct queue *queue, const struct queue_job_key *parts)
{
    size_t len;
    char *cancel = cancel_key(queue, parts->tail, &len);
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_DELAYED),
        queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_PRIORITIZED),
        queue_key(queue, QUEUE_KEY_ACTIVE),
        queue_key(queue, QUEUE_KEY_META),
        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_MARKER),
        queue_key(queue, QUEUE_KEY_PARKED),
        {cancel, len},
    };
    const struct span args[] = {queue->keys.base, parts->tail};
    if (queue->is_open) {
        (void)redis_eval(queue->commands, queue->scripts.woken, NULL, NULL, ARRAY_LEN(keys), keys,
                         ARRAY_LEN(args), args);
    }
    free(cancel);
}

void queue_on_wake(struct queue *queue, struct span job_key)
{
    struct queue_job_key parts;
    if (!queue_keys_parse(&queue->keys, job_key, &parts)) {
        return; /* anybody may publish */
    }
    struct queue_entry *entry = queue_table_find_tail(queue, parts.tail);
    if (entry == NULL) {
        cancel_wake_parked(queue, &parts);
    } else if (queue->is_open) {
        struct span args[2] = {{0}, parts.tail};
        cancel_ask(queue, args, 1);
    }
}

void queue_cancel(struct queue *queue, const char *job_key, const char *reason)
{
    struct queue_job_key parts;
    if (!queue_keys_parse(&queue->keys, span_of(job_key), &parts)) {
        return;
    }
    struct span text = span_of(*reason != '\0' ? reason : "cancelled");
    if (text.len > CANCEL_REASON_BYTES_MAX) {
        text.len = CANCEL_REASON_BYTES_MAX;
        text.len = span_utf8_len(text);
    }
    size_t len;
    char *key = cancel_key(queue, parts.tail, &len);
    const struct span set[] = {
        SPAN_LITERAL("SET"),          {key, len},         text, SPAN_LITERAL("PX"),
        SPAN_LITERAL(CANCEL_LIFE_MS), SPAN_LITERAL("NX"),
    };
    const struct span publish[] = {
        SPAN_LITERAL("PUBLISH"),
        queue_key(queue, QUEUE_KEY_WAKE),
        span_of(job_key),
    };
    if (!redis_command(queue->commands, NULL, NULL, ARRAY_LEN(set), set) ||
        !redis_command(queue->commands, NULL, NULL, ARRAY_LEN(publish), publish)) {
        log_warning("queue", NULL, "queue '%s': cannot request a cancel while redis is away",
                    queue->name);
    }
    free(key);
}

void queue_cancel_forget(struct queue *queue, const struct queue_job_key *parts)
{
    size_t len;
    char *key = cancel_key(queue, parts->tail, &len);
    const struct span argv[] = {SPAN_LITERAL("DEL"), {key, len}};
    (void)redis_command(queue->commands, NULL, NULL, ARRAY_LEN(argv), argv); /* it has a life */
    free(key);
}
