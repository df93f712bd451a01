/* How many requests a caller may make: max at once, then one each duration / max. */
#ifndef HTTP_LIMITER_H
#define HTTP_LIMITER_H

#include <stddef.h>
#include <stdint.h>

struct options_limiter;

struct http_limiter {
    int64_t interval_us; /* of one request; 0 = off */
    int64_t span_us;
    int64_t *used_up_us; /* a slot: when all it has used is made good again */
    size_t slots_count;
};

/* With that many slots, a caller each. Pair with http_limiter_fini. [any] */
void http_limiter_init(struct http_limiter *limiter, const struct options_limiter *options,
                       size_t slots_count);
void http_limiter_fini(struct http_limiter *limiter);

/* Counts one request at now_us: 0, or the microseconds until the next one is served; then it has
 * not been counted. [any] */
int64_t http_limiter_take(struct http_limiter *limiter, size_t slot, int64_t now_us);

#endif
