/* Puts a failed job back to wait, as job.retry() of BullMQ does and with its script. */
#include <stdlib.h>

#include "core/mem.h"
#include "queue/queue-private.h"

struct retry_request {
    struct queue *queue;
    char *job_key;
    void (*done)(bool was_retried, const struct err *err, void *ctx);
    void *ctx;
};

static void retry_end(struct retry_request *request, bool was_retried, const struct err *err)
{
    request->done(was_retried, err, request->ctx);
    free(request->job_key);
    free(request);
}

static void retry_unsent(struct retry_request *request)
{
    struct err err;
    (void)queue_err_unsent(request->queue, &err);
    retry_end(request, false, &err);
}

static void retry_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct retry_request *request = ctx;
    struct err err;
    if (queue_reply_check(reply, REDIS_REPLY_INTEGER, "retried a job", &err)) {
        /* -1: no such job, -3: it is not failed */
        retry_end(request, reply->integer == 1, NULL);
    } else {
        retry_end(request, false, &err);
    }
}

static void retry_send(struct retry_request *request, const struct queue_job_key *parts,
                       bool is_lifo)
{
    struct queue *queue = request->queue;
    const struct span keys[] = {
        parts->hash,
        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_FAILED),
        queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_META),
        queue_key(queue, QUEUE_KEY_ACTIVE),
        queue_key(queue, QUEUE_KEY_MARKER),
        queue_key(queue, QUEUE_KEY_PRIORITIZED),
        queue_key(queue, QUEUE_KEY_PC),
    };
    const struct span args[] = {
        parts->id,
        is_lifo ? SPAN_LITERAL("RPUSH") : SPAN_LITERAL("LPUSH"),
        SPAN_LITERAL("failedReason"),
        SPAN_LITERAL("failed"),
        SPAN_LITERAL("1"), /* attempts made, and started, from zero */
        SPAN_LITERAL("1"),
    };
    if (!redis_eval(queue->commands, queue->scripts.reprocess, retry_on_reply, request,
                    ARRAY_LEN(keys), keys, ARRAY_LEN(args), args)) {
        retry_unsent(request);
    }
}

static void retry_on_hash(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct retry_request *request = ctx;
    struct queue_job_key parts;
    struct err err;
    if (!queue_reply_check(reply, REDIS_REPLY_ARRAY, "looked for a job to retry", &err)) {
        retry_end(request, false, &err);
        return;
    }
    const redisReply *timestamp = reply->element[0], *text = reply->element[1];
    const redisReply *finished = reply->element[2];
    if (!queue_keys_parse(&request->queue->keys, span_of(request->job_key), &parts) ||
        timestamp->type != REDIS_REPLY_STRING ||
        !span_equals((struct span){timestamp->str, timestamp->len}, parts.timestamp)) {
        retry_end(request, false, NULL);
        return;
    }
    struct queue_opts opts = {0};
    if (text->type == REDIS_REPLY_STRING &&
        !queue_opts_parse((struct span){text->str, text->len}, &opts, &err)) {
        opts.is_lifo = false; /* options nobody can read: the claim will say so */
    }
    if (finished->type == REDIS_REPLY_STRING) { /* a cancel of the run that ended is not for this */
        queue_cancel_forget(request->queue, &parts);
    }
    retry_send(request, &parts, opts.is_lifo);
}

void queue_retry(struct queue *queue, const char *job_key,
                 void (*done)(bool was_retried, const struct err *err, void *ctx), void *ctx)
{
    struct queue_job_key parts;
    if (!queue_keys_parse(&queue->keys, span_of(job_key), &parts)) {
        done(false, NULL, ctx); /* no job of this queue was ever called so */
        return;
    }
    const struct span argv[] = {
        SPAN_LITERAL("HMGET"),      parts.hash, SPAN_LITERAL("timestamp"), SPAN_LITERAL("opts"),
        SPAN_LITERAL("finishedOn"),
    };
    struct retry_request *request = mem_alloc(sizeof(*request));
    *request = (struct retry_request){.queue = queue, .done = done, .ctx = ctx};
    request->job_key = mem_strdup(job_key);
    if (!redis_command(queue->commands, retry_on_hash, request, ARRAY_LEN(argv), argv)) {
        retry_unsent(request);
    }
}
