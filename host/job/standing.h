/* Where a reading stands, from what its row and its job say: pure mappings, table-tested. */
#ifndef JOB_STANDING_H
#define JOB_STANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "job/watch.h"

struct standing_of {
    const char *row; /* the row's status */
    bool is_held;    /* the row says that a run works on it */
    bool is_awaited; /* the job is to take the row over: a new one, or retried */
    const char *job; /* BullMQ's word; "unknown" when the job is gone, or Redis is */
    bool is_parked;  /* then job is "delayed" */
    int progress;    /* the job's; -1 = none */
};

/* The words for people and machines. A reading that ended counts as pending or processing while a
 * job is at it again. [any] */
struct watch_status standing_of(const struct standing_of *seen);

/* A job in this state, BullMQ's word, will run or is running. [any] */
bool standing_is_alive(const char *job);

/* Completed or failed, and nobody at it. [any] */
bool standing_is_over(const struct watch_status *status);

#endif
