/* The arithmetic of waiting on the marker. */
#include "queue/marker.h"

#include <stdlib.h>

#define MARKER_WAIT_MS_MAX 10000 /* longer blocks outlive reconnections badly */

/* Before 7.0.8 Redis cut a wait of 1 ms to 0, which is for ever. */
static int64_t marker_wait_ms_min(unsigned redis_version)
{
    return redis_version >= 70008 ? 1 : 2;
}

int64_t queue_marker_wait_ms(int64_t block_until_ms, int64_t now_ms, int64_t drain_delay_ms,
                             unsigned redis_version)
{
    int64_t least = marker_wait_ms_min(redis_version);
    if (block_until_ms == 0) {
        return drain_delay_ms > least ? drain_delay_ms : least;
    }
    int64_t left = block_until_ms - now_ms;
    if (left <= 0) {
        return 0;
    }
    if (left < least) {
        return least;
    }
    return left < MARKER_WAIT_MS_MAX ? left : MARKER_WAIT_MS_MAX;
}

int64_t queue_reply_ms(const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_INTEGER) {
        return reply->integer;
    }
    if (reply->type != REDIS_REPLY_STRING) {
        return 0;
    }
    double number = strtod(reply->str, NULL);
    return number > 0 && number < 9e15 ? (int64_t)number : 0;
}

int64_t queue_marker_due_ms(const redisReply *reply, int64_t block_until_ms)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 3) {
        return 0;
    }
    int64_t due = queue_reply_ms(reply->element[2]);
    return block_until_ms != 0 && due > block_until_ms ? block_until_ms : due;
}
