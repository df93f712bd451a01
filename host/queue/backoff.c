/* Fixed and exponential delays with jitter, to the formula of BullMQ's Backoffs class. */
#include "queue/backoff.h"

#include <math.h>

#include "queue/opts.h"

/* Later than any clock will reach, but exact in a double when added to a timestamp and
 * multiplied by 4096, as the score of a delayed job is. */
#define BACKOFF_MS_MAX 3.1536e11 /* ten years */

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
    if (backoff->jitter > 0) {
        delay = floor(random * delay * backoff->jitter + delay * (1 - backoff->jitter));
    }
    if (!(delay > 0)) {
        return 0;
    }
    return (int64_t)(delay < BACKOFF_MS_MAX ? delay : BACKOFF_MS_MAX);
}
