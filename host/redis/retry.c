/* The pauses between tries to connect. */
#include "redis/retry.h"

#define RETRY_PAUSE_MS_MIN 50
#define RETRY_PAUSE_MS_MAX 2000
#define RETRY_PAUSE_MS_SLOW 5000

void redis_retry_began(struct redis_retry *retry, int64_t now_ms)
{
    retry->tries_ms[retry->tries_count % REDIS_RETRY_PER_SECOND] = now_ms;
    retry->tries_count++;
}

/* The earliest try allowed is a second after the fourth last. */
static int64_t retry_rate_pause_ms(const struct redis_retry *retry, int64_t now_ms)
{
    if (retry->tries_count < REDIS_RETRY_PER_SECOND) {
        return 0;
    }
    int64_t oldest_ms = retry->tries_ms[retry->tries_count % REDIS_RETRY_PER_SECOND];
    return oldest_ms + 1000 - now_ms;
}

int64_t redis_retry_pause_ms(struct redis_retry *retry, int64_t now_ms, bool is_slow, double jitter)
{
    if (retry->pause_ms == 0) {
        retry->pause_ms = RETRY_PAUSE_MS_MIN;
    }
    int64_t base_ms = is_slow ? RETRY_PAUSE_MS_SLOW : retry->pause_ms;
    int64_t pause_ms = base_ms - (int64_t)((double)base_ms * 0.3 * jitter);
    retry->pause_ms *= 2;
    if (retry->pause_ms > RETRY_PAUSE_MS_MAX) {
        retry->pause_ms = RETRY_PAUSE_MS_MAX;
    }
    int64_t rate_ms = retry_rate_pause_ms(retry, now_ms);
    return pause_ms > rate_ms ? pause_ms : rate_ms;
}

void redis_retry_reset(struct redis_retry *retry)
{
    retry->pause_ms = 0;
}
