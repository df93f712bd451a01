/* Finds the job that has an id, whenever it was added. */
#include <stdlib.h>

#include "core/mem.h"
#include "queue/queue-private.h"

struct find_request {
    struct queue *queue;
    char *job_id;
    void (*done)(const char *job_key, const struct err *err, void *ctx);
    void *ctx;
};

static void find_end(struct find_request *request, const char *job_key, const struct err *err)
{
    request->done(job_key, err, request->ctx);
    free(request->job_id);
    free(request);
}

static void find_on_timestamp(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct find_request *request = ctx;
    struct err err;
    if (reply != NULL && reply->type == REDIS_REPLY_NIL) {
        find_end(request, NULL, NULL);
        return;
    }
    if (!queue_reply_check(reply, REDIS_REPLY_STRING, "looked for a job", &err)) {
        find_end(request, NULL, &err);
        return;
    }
    char *key = queue_make_job_key(request->queue, request->job_id, strtoll(reply->str, NULL, 10));
    find_end(request, key, NULL);
    free(key);
}

void queue_find(struct queue *queue, const char *job_id,
                void (*done)(const char *job_key, const struct err *err, void *ctx), void *ctx)
{
    struct find_request *request = mem_alloc(sizeof(*request));
    *request = (struct find_request){queue, mem_strdup(job_id), done, ctx};
    char *key = queue_make_job_key(queue, job_id, 0);
    struct queue_job_key parts;
    struct span argv[] = {SPAN_LITERAL("HGET"), {0}, SPAN_LITERAL("timestamp")};
    bool is_sent = queue_keys_parse(&queue->keys, span_of(key), &parts);
    if (is_sent) {
        argv[1] = parts.hash;
        is_sent = redis_command(queue->commands, find_on_timestamp, request, ARRAY_LEN(argv), argv);
    }
    free(key);
    if (!is_sent) {
        struct err err;
        (void)queue_err_unsent(queue, &err);
        find_end(request, NULL, &err);
    }
}
