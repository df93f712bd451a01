/* How long a failed job waits before its next attempt: BullMQ's built-in backoffs. */
#ifndef QUEUE_BACKOFF_H
#define QUEUE_BACKOFF_H

#include <stdint.h>

struct options_backoff;
struct queue_backoff;

/* Milliseconds before the attempt after attempts_made ended ones (1 = the first retry); 0 = at
 * once. random is uniform in [0, 1). An unknown kind gives -1: it needs a strategy of the
 * producer's that we do not have. [any] */
int64_t queue_backoff_ms(const struct queue_backoff *backoff, uint32_t attempts_made,
                         double random);

/* The same for a type of the producer's own that the configuration knows; -1 = no retry. [any] */
int64_t queue_backoff_own_ms(const struct options_backoff *backoff, uint32_t attempts_made,
                             double random);

#endif
