/* The stalled check: brings back jobs whose worker died, whoever it was. */
#include "core/clock.h"
#include "core/metrics.h"
#include "queue/queue-private.h"

static void stalled_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        return; /* the next check comes */
    }
    for (size_t i = 0; i < reply->elements; i++) {
        queue->stalled_seen++;
        metrics_inc(queue->metrics.stalled);
        if (reply->element[i]->type == REDIS_REPLY_STRING) {
            log_warning("queue", NULL, "queue '%s': job %.200s stalled and was put back",
                        queue->name, reply->element[i]->str);
        }
    }
}

void queue_stalled_check(struct queue *queue)
{
    char most[QUEUE_NUMBER_BYTES], now[QUEUE_NUMBER_BYTES], interval[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_STALLED), queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_ACTIVE),  queue_key(queue, QUEUE_KEY_STALLED_CHECK),
        queue_key(queue, QUEUE_KEY_META),    queue_key(queue, QUEUE_KEY_PAUSED),
        queue_key(queue, QUEUE_KEY_MARKER),  queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_REPEAT),
    };
    const struct span args[] = {
        queue_number_text(most, queue->max_stalled),
        queue->keys.base,
        queue_number_text(now, clock_wall_ms()),
        queue_number_text(interval, queue->stalled_ms),
    };
    if (queue->is_open && queue->standing == STANDING_OK && queue->is_claiming) {
        (void)redis_eval(queue->commands, queue->scripts.move_stalled, stalled_on_reply, queue,
                         ARRAY_LEN(keys), keys, ARRAY_LEN(args), args);
    }
}
