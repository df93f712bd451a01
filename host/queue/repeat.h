/* How the job of a scheduler repeats: read from its options, and made into those of the next. */
#ifndef QUEUE_REPEAT_H
#define QUEUE_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct json_object;
struct queue_pack;

/* Points into the options it was read from. */
struct queue_repeat {
    struct span pattern; /* empty = every */
    struct span zone;    /* of the pattern; empty = that of this process */
    double every_ms;     /* 0 = pattern */
    double offset_ms;    /* of every; 0 = none */
    double count;        /* runs before this one */
    double limit;        /* runs in all */
    int64_t start_ms, end_ms;
    int64_t prev_ms; /* when this one was due; 0 = unknown */
};

/* True for the keys that repeatable jobs had before there were schedulers:
 * name:id:endDate:zone:pattern-or-ms. A scheduler's id may look like one. [any] */
bool queue_repeat_is_legacy(struct span key);

/* Reads the options of a job. False names the member that is missing or bad. [any] */
bool queue_repeat_read(struct json_object *opts, struct queue_repeat *ret_repeat,
                       struct err *err) ATTR_MUST_CHECK;

/* Whether another run follows, as far as limit and end decide; and the time after which, for a
 * pattern. [any] */
bool queue_repeat_goes_on(const struct queue_repeat *repeat, int64_t now_ms, int64_t *ret_after_ms);

/* The next job's options for updateJobScheduler: all of this one's, what counts the runs anew.
 * next_ms is that of a pattern, 0 for every. Packed into pack, valid until its next use. [any] */
struct span queue_repeat_pack(struct queue_pack *pack, struct json_object *opts,
                              const struct queue_repeat *repeat, struct span scheduler,
                              int64_t next_ms, int64_t now_ms);

#endif
