/* Looks at one job from outside: BullMQ's word for its state first, then its hash, so that a job
 * that is called failed has its reason there. */
#include <stdlib.h>

#include "core/mem.h"
#include "queue/queue-private.h"

struct look_request {
    struct queue *queue;
    char *job_key;
    char state[24];
    void (*done)(const struct queue_job_view *view, const struct err *err, void *ctx);
    void *ctx;
};

static const struct queue_job_view look_gone = {.state = "unknown", .progress = -1};

static void look_end(struct look_request *request, const struct queue_job_view *view,
                     const struct err *err)
{
    request->done(view, err, request->ctx);
    free(request->job_key);
    free(request);
}

static void look_unsent(struct look_request *request)
{
    struct err err;
    (void)queue_err_unsent(request->queue, &err);
    look_end(request, NULL, &err);
}

static const char *look_text(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? reply->str : NULL;
}

static int64_t look_number(const redisReply *reply, int64_t otherwise)
{
    const char *text = look_text(reply);
    char *end;
    if (text == NULL) {
        return otherwise;
    }
    double number = strtod(text, &end);
    /* Progress may be any JSON. */
    return end != text && *end == '\0' && number >= 0 && number < 9e15 ? (int64_t)number
                                                                       : otherwise;
}

static void look_on_hash(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct look_request *request = ctx;
    struct err err;
    if (!queue_reply_check(reply, REDIS_REPLY_ARRAY, "looked at a job", &err)) {
        look_end(request, NULL, &err);
        return;
    }
    if (reply->elements != 5) {
        look_end(request, &look_gone, NULL);
        return;
    }
    int64_t progress = look_number(reply->element[0], -1);
    int64_t attempts = look_number(reply->element[1], 0);
    struct queue_job_view view = {
        .state = request->state,
        .progress = progress <= 100 ? (int)progress : 100,
        .attempts_made = attempts <= UINT32_MAX ? (uint32_t)attempts : UINT32_MAX,
        .failed_reason = look_text(reply->element[2]),
    };
    if (strcmp(view.state, "delayed") == 0) { /* else what is noted of it is out of date */
        view.parked_reason = look_text(reply->element[3]);
        view.parked_since_ms = look_number(reply->element[4], 0);
    }
    look_end(request, &view, NULL);
}

static void look_on_state(struct redis *redis, const redisReply *reply, void *ctx)
{
    struct look_request *request = ctx;
    struct queue *queue = request->queue;
    struct queue_job_key parts;
    struct err err;
    if (!queue_reply_check(reply, REDIS_REPLY_STRING, "asked for a job's state", &err)) {
        look_end(request, NULL, &err);
        return;
    }
    (void)snprintf(request->state, sizeof(request->state), "%s", reply->str);
    if (!queue_keys_parse(&queue->keys, span_of(request->job_key), &parts) ||
        strcmp(request->state, look_gone.state) == 0) {
        look_end(request, &look_gone, NULL);
        return;
    }
    const struct span keys[] = {parts.hash, queue_key(queue, QUEUE_KEY_PARKED)};
    const struct span args[] = {parts.id, parts.timestamp};
    if (!redis_eval(redis, queue->scripts.look, look_on_hash, request, ARRAY_LEN(keys), keys,
                    ARRAY_LEN(args), args)) {
        look_unsent(request);
    }
}

void queue_look(struct queue *queue, const char *job_key,
                void (*done)(const struct queue_job_view *view, const struct err *err, void *ctx),
                void *ctx)
{
    struct queue_job_key parts;
    if (!queue_keys_parse(&queue->keys, span_of(job_key), &parts)) {
        done(&look_gone, NULL, ctx); /* no job of this queue was ever called so */
        return;
    }
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_COMPLETED),
        queue_key(queue, QUEUE_KEY_FAILED),
        queue_key(queue, QUEUE_KEY_DELAYED),
        queue_key(queue, QUEUE_KEY_ACTIVE),
        queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_PAUSED),
        queue_key(queue, QUEUE_KEY_WAITING_CHILDREN),
        queue_key(queue, QUEUE_KEY_PRIORITIZED),
    };
    struct look_request *request = mem_alloc(sizeof(*request));
    *request = (struct look_request){.queue = queue, .done = done, .ctx = ctx};
    request->job_key = mem_strdup(job_key);
    if (!redis_eval(queue->commands, queue->scripts.get_state, look_on_state, request,
                    ARRAY_LEN(keys), keys, 1, &parts.id)) {
        look_unsent(request);
    }
}
