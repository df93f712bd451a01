/* Pauses and resumes a queue as BullMQ 6 does, and looks whether it is paused. BullMQ 5 keeps the
 * waiting jobs of a paused queue in a list of their own: a resume of its kind loses what was added
 * by version 6 meanwhile; ours brings both together. */
#include <stdlib.h>

#include "core/mem.h"
#include "queue/queue-private.h"

struct pause_request {
    struct queue *queue;
    bool is_pausing;
    void (*done)(const struct err *err, void *ctx);
    void *ctx;
};

static void pause_send(struct pause_request *request, bool is_first);

static void pause_end(struct pause_request *request, const struct err *err)
{
    if (err == NULL) {
        queue_pause_look(request->queue);
    }
    request->done(err, request->ctx);
    free(request);
}

static void pause_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct pause_request *request = ctx;
    struct err err;
    if (!queue_reply_check(reply, REDIS_REPLY_INTEGER, "paused or resumed the queue", &err)) {
        pause_end(request, &err);
    } else if (!request->is_pausing && reply->integer > 0) {
        pause_send(request, false); /* so many are left in the list of version 5 */
    } else {
        pause_end(request, NULL);
    }
}

static void pause_send(struct pause_request *request, bool is_first)
{
    struct queue *queue = request->queue;
    bool is_pausing = request->is_pausing;
    const struct span keys[] = {
        queue_key(queue, is_pausing ? QUEUE_KEY_WAIT : QUEUE_KEY_PAUSED),
        queue_key(queue, is_pausing ? QUEUE_KEY_PAUSED : QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_META),
        queue_key(queue, QUEUE_KEY_PRIORITIZED),
        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_DELAYED),
        queue_key(queue, QUEUE_KEY_MARKER),
    };
    const struct span args[] = {
        span_of(is_pausing ? "paused" : "resumed"), span_of(is_first ? "1" : "0"), /* told once */
    };
    if (!redis_eval(queue->commands, queue->scripts.pause, pause_on_reply, request, ARRAY_LEN(keys),
                    keys, ARRAY_LEN(args), args)) {
        struct err err;
        (void)queue_err_unsent(queue, &err);
        pause_end(request, &err);
    }
}

void queue_pause(struct queue *queue, bool is_pausing,
                 void (*done)(const struct err *err, void *ctx), void *ctx)
{
    struct pause_request *request = mem_alloc(sizeof(*request));
    *request =
        (struct pause_request){.queue = queue, .is_pausing = is_pausing, .done = done, .ctx = ctx};
    pause_send(request, true);
}

/* --- looking -------------------------------------------------------------------------------- */

static void pause_warn(struct queue *queue, const char *version)
{
    queue->has_warned_pause = true;
    log_warning("queue", NULL,
                "queue '%s' is paused and BullMQ %.40s is among its producers: a resume by a "
                "version before 6 loses jobs; resume with: agenthost queue resume %s",
                queue->name, version, queue->name);
}

static const char *pause_text(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? reply->str : "";
}

/* [paused, version] */
static void pause_on_meta(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        return;
    }
    const char *version = pause_text(reply->element[1]);
    queue->is_paused = reply->element[0]->type == REDIS_REPLY_STRING;
    if (queue->is_paused && !queue->has_warned_pause && strncmp(version, "bullmq:", 7) == 0 &&
        atoi(version + 7) < 6) {
        pause_warn(queue, version + 7);
    }
}

void queue_pause_look(struct queue *queue)
{
    const struct span argv[] = {
        SPAN_LITERAL("HMGET"),
        queue_key(queue, QUEUE_KEY_META),
        SPAN_LITERAL("paused"),
        SPAN_LITERAL("version"),
    };
    (void)redis_command(queue->commands, pause_on_meta, queue, ARRAY_LEN(argv), argv);
}
