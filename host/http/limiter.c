/* The generic cell rate algorithm: one number a caller. */
#include "http/limiter.h"

#include <assert.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/options.h"

void http_limiter_init(struct http_limiter *limiter, const struct options_limiter *options,
                       size_t slots_count)
{
    *limiter = (struct http_limiter){.slots_count = slots_count};
    limiter->used_up_us = mem_array(slots_count, sizeof(*limiter->used_up_us));
    if (options->max > 0) {
        limiter->span_us = options->duration_ms * 1000;
        limiter->interval_us = limiter->span_us / options->max;
    }
}

void http_limiter_fini(struct http_limiter *limiter)
{
    free(limiter->used_up_us);
    *limiter = (struct http_limiter){0};
}

int64_t http_limiter_take(struct http_limiter *limiter, size_t slot, int64_t now_us)
{
    assert(slot < limiter->slots_count);
    int64_t *used_up_us = &limiter->used_up_us[slot];
    int64_t then_us = (*used_up_us > now_us ? *used_up_us : now_us) + limiter->interval_us;
    int64_t wait_us = then_us - now_us - limiter->span_us;
    if (limiter->interval_us > 0 && wait_us > 0) {
        return wait_us;
    }
    *used_up_us = then_us;
    return 0;
}
