/* Adds jobs by BullMQ's own scripts, and answers what has become of one. */
#include <inttypes.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"
#include "queue/queue-private.h"

#define ENQUEUE_PRIORITY_MAX 2097151

struct enqueue_request {
    void (*done)(const char *job_id, const struct err *err, void *ctx);
    void *ctx;
};

static void enqueue_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct enqueue_request *request = ctx;
    struct err err;
    if (queue_reply_check(reply, REDIS_REPLY_STRING, "added a job", &err)) {
        request->done(reply->str, NULL, request->ctx);
    } else {
        request->done(NULL, &err, request->ctx);
    }
    free(request);
}

static bool enqueue_check(const struct queue_add *add, struct err *err)
{
    if (add->name == NULL || *add->name == '\0') {
        return err_set(err, ERR_INVALID, "a job needs a name");
    }
    if (add->priority > ENQUEUE_PRIORITY_MAX) {
        return err_set(err, ERR_INVALID, "priority %" PRIu32 " is over %d", add->priority,
                       ENQUEUE_PRIORITY_MAX);
    }
    return add->job_id == NULL || queue_job_id_check(add->job_id, err);
}

static bool enqueue_send(struct queue *queue, const struct queue_add *add,
                         struct enqueue_request *request)
{
    const struct span standard[] = {
        queue_key(queue, QUEUE_KEY_WAIT),      queue_key(queue, QUEUE_KEY_PAUSED),
        queue_key(queue, QUEUE_KEY_META),      queue_key(queue, QUEUE_KEY_ID),
        queue_key(queue, QUEUE_KEY_COMPLETED), queue_key(queue, QUEUE_KEY_DELAYED),
        queue_key(queue, QUEUE_KEY_ACTIVE),    queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_MARKER),
    };
    const struct span prioritized[] = {
        queue_key(queue, QUEUE_KEY_MARKER),  queue_key(queue, QUEUE_KEY_META),
        queue_key(queue, QUEUE_KEY_ID),      queue_key(queue, QUEUE_KEY_PRIORITIZED),
        queue_key(queue, QUEUE_KEY_DELAYED), queue_key(queue, QUEUE_KEY_COMPLETED),
        queue_key(queue, QUEUE_KEY_ACTIVE),  queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_PC),
    };
    const struct span args[] = {
        queue_pack_add(&queue->pack, queue->keys.base, add,
                       add->timestamp_ms != 0 ? add->timestamp_ms : clock_wall_ms()),
        add->data.len > 0 ? add->data : SPAN_LITERAL("{}"),
        queue_pack_add_opts(&queue->pack_fields, add),
    };
    bool is_prioritized = add->priority > 0;
    return redis_eval(queue->commands,
                      is_prioritized ? queue->scripts.add_prioritized : queue->scripts.add_standard,
                      enqueue_on_reply, request, ARRAY_LEN(standard),
                      is_prioritized ? prioritized : standard, ARRAY_LEN(args), args);
}

void queue_enqueue(struct queue *queue, const struct queue_add *add,
                   void (*done)(const char *job_id, const struct err *err, void *ctx), void *ctx)
{
    struct err err;
    if (!enqueue_check(add, &err)) {
        done(NULL, &err, ctx);
        return;
    }
    struct enqueue_request *request = mem_alloc(sizeof(*request));
    *request = (struct enqueue_request){.done = done, .ctx = ctx};
    if (!enqueue_send(queue, add, request)) {
        free(request);
        (void)queue_err_unsent(queue, &err);
        done(NULL, &err, ctx);
    }
}

/* --- the state of a job --------------------------------------------------------------------- */

struct state_request {
    void (*done)(bool is_known, enum queue_job_state state, void *ctx);
    void *ctx;
};

static void state_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    static const enum queue_job_state states[] = {
        QUEUE_JOB_GONE,
        QUEUE_JOB_ALIVE,
        QUEUE_JOB_COMPLETED,
        QUEUE_JOB_FAILED,
    };
    struct state_request *request = ctx;
    bool is_known = reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements == 4 &&
                    reply->element[0]->integer >= 0 && reply->element[0]->integer <= 3;
    request->done(is_known, is_known ? states[reply->element[0]->integer] : QUEUE_JOB_ALIVE,
                  request->ctx);
    free(request);
}

bool queue_has_key(const struct queue *queue, const char *job_key)
{
    struct queue_job_key parts;
    return queue_keys_parse(&queue->keys, span_of(job_key), &parts);
}

void queue_job_state(struct queue *queue, const char *job_key,
                     void (*done)(bool is_known, enum queue_job_state state, void *ctx), void *ctx)
{
    struct queue_job_key parts;
    if (!queue_keys_parse(&queue->keys, span_of(job_key), &parts)) {
        done(true, QUEUE_JOB_GONE, ctx); /* no job of this queue was ever called so */
        return;
    }
    const struct span keys[] = {
        parts.hash,
        queue_key(queue, QUEUE_KEY_COMPLETED),
        queue_key(queue, QUEUE_KEY_FAILED),
        queue_key(queue, QUEUE_KEY_PARKED),
    };
    const struct span args[] = {parts.id, parts.timestamp};
    struct state_request *request = mem_alloc(sizeof(*request));
    *request = (struct state_request){.done = done, .ctx = ctx};
    if (!redis_eval(queue->commands, queue->scripts.state, state_on_reply, request, ARRAY_LEN(keys),
                    keys, ARRAY_LEN(args), args)) {
        free(request);
        done(false, QUEUE_JOB_ALIVE, ctx);
    }
}
