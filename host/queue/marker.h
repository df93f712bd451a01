/* The marker: how a worker without work waits, and what waking up means. Pure rules. */
#ifndef QUEUE_MARKER_H
#define QUEUE_MARKER_H

#include <stdbool.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

/* How long to block on the marker, in milliseconds; 0 = do not block, fetch now.
 * block_until_ms is the due time of the next delayed job, 0 when none is known. [any] */
int64_t queue_marker_wait_ms(int64_t block_until_ms, int64_t now_ms, int64_t drain_delay_ms,
                             unsigned redis_version);

/* The new block_until_ms from BZPOPMIN's answer; a nil (timeout) gives 0. [any] */
int64_t queue_marker_due_ms(const redisReply *reply, int64_t block_until_ms);

/* Milliseconds out of an integer or a decimal text, which may be fractional; 0 when neither.
 * [any] */
int64_t queue_reply_ms(const redisReply *reply);

#endif
