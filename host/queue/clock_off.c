/* Is this host's clock the one Redis goes by? BullMQ compares times that producers and workers
 * wrote; nothing here can set a clock, but a wrong one is told. What only hosts of ours compare
 * goes by Redis' clock. */
#include <stdlib.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "queue/marker.h"
#include "queue/queue-private.h"

#define CLOCK_OFF_MS_MAX 5000 /* less is nothing to speak of */

/* How far Redis' clock is ahead of ours, beyond what may have passed since the question. */
static int64_t clock_off_ms(int64_t redis_ms, int64_t asked_mono_ms)
{
    int64_t now_ms = clock_wall_ms();
    int64_t then_ms = now_ms - (clock_mono_ms() - asked_mono_ms);
    return redis_ms < then_ms ? redis_ms - then_ms : redis_ms > now_ms ? redis_ms - now_ms : 0;
}

int64_t queue_server_ms(const struct queue *queue)
{
    return clock_mono_ms() + queue->server_base_ms;
}

void queue_clock_compare(struct queue *queue, const redisReply *redis_ms)
{
    bool was_off = llabs(queue->clock_off_ms) > CLOCK_OFF_MS_MAX;
    queue->clock_off_ms = clock_off_ms(queue_reply_ms(redis_ms), queue->clock_asked_mono_ms);
    queue->server_base_ms = clock_wall_ms() + queue->clock_off_ms - clock_mono_ms();
    bool is_off = llabs(queue->clock_off_ms) > CLOCK_OFF_MS_MAX;
    metrics_set(queue->metrics.clock_off, (double)queue->clock_off_ms / 1000);
    if (is_off && !was_off) {
        log_warning(
            "queue", NULL,
            "queue '%s': this host's clock is %.1f s %s that of Redis; delayed jobs, retries "
            "and schedulers come %s until the clocks of both machines are set",
            queue->name, (double)llabs(queue->clock_off_ms) / 1000,
            queue->clock_off_ms > 0 ? "behind" : "ahead of",
            queue->clock_off_ms > 0 ? "late" : "early");
    } else if (was_off && !is_off) {
        log_info("queue", NULL, "queue '%s': the clocks of this host and of Redis agree again",
                 queue->name);
    }
}
