/* When to try again: doubling pauses with jitter, and never too many tries a second. */
#ifndef REDIS_RETRY_H
#define REDIS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define REDIS_RETRY_PER_SECOND 4

struct redis_retry {
    int64_t pause_ms;                         /* next pause before jitter; 0 = the shortest */
    int64_t tries_ms[REDIS_RETRY_PER_SECOND]; /* when the last tries began; ring */
    unsigned tries_count;                     /* of all time */
};

/* Notes that a try begins. [any] */
void redis_retry_began(struct redis_retry *retry, int64_t now_ms);

/* Milliseconds to wait before the next try. is_slow: the trouble will not go away by itself.
 * jitter is in [0, 1). [any] */
int64_t redis_retry_pause_ms(struct redis_retry *retry, int64_t now_ms, bool is_slow,
                             double jitter);

/* The connection has proved itself: start again with the shortest pause. [any] */
void redis_retry_reset(struct redis_retry *retry);

#endif
