/* Fixed and exponential delays with jitter, to the formula of BullMQ's Backoffs class. */
#include "queue/backoff.h"

#include <math.h>

#include "core/options.h"
#include "queue/opts.h"

/* Later than any clock will reach, but exact in a double when added to a timestamp and
 * multiplied by 4096, as the score of a delayed job is. */
#define BACKOFF_MS_MAX 3.1536e11 /* ten years */

static int64_t backoff_finish(double delay, double jitter, double random)
{
    if (jitter > 0) {
        delay = floor(random * delay * jitter + delay * (1 - jitter));
    }
    if (!(delay > 0)) {
        return 0;
    }
    return (int64_t)(delay < BACKOFF_MS_MAX ? delay : BACKOFF_MS_MAX);
}

int64_t queue_backoff_ms(const struct queue_backoff *backoff, uint32_t attempts_made, double random)
{
    double delay = backoff->delay_ms;
    switch (backoff->kind) {
    case BACKOFF_NONE:
        return 0;
    case BACKOFF_UNKNOWN:
        return -1;
    case BACKOFF_FIXED:
        break;
    case BACKOFF_EXPONENTIAL:
        delay = floor(pow(2, (double)attempts_made - 1) * delay + 0.5);
        break;
    }
    return backoff_finish(delay, backoff->jitter, random);
}

int64_t queue_backoff_own_ms(const struct options_backoff *backoff, uint32_t attempts_made,
                             double random)
{
    const int64_t *delays = backoff->delays_ms;
    size_t nth = attempts_made > 0 ? attempts_made - 1 : 0;
    double delay;
    if (backoff->is_exponential) {
        delay = fmin(pow(2, (double)nth) * (double)delays[0], (double)delays[1]);
    } else if (nth < backoff->delays_count) {
        delay = (double)delays[nth];
    } else if (backoff->gives_up) {
        return -1;
    } else {
        delay = (double)delays[backoff->delays_count - 1];
    }
    return backoff_finish(delay, backoff->jitter, random);
}
