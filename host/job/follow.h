/* Following a reading to its end, wherever its job runs: what this host's pipeline tells, and
 * while it does not work on the reading a look once a second. */
#ifndef JOB_FOLLOW_H
#define JOB_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "job/watch.h"

struct follow;
struct look;
struct pipeline;

/* Follows the reading that was just looked at; last_id as in watch_add. on_event gets every kind
 * but LEFT. The first events come inside the call, *ret_follow set before; DONE or FAILED is the
 * last one: with it *ret_follow has become invalid. LIMIT when too many are followed. [loop] */
bool follow_start(struct pipeline *pipeline, const struct look *look, uint64_t last_id,
                  watch_event_fn on_event, void *ctx, struct follow **ret_follow,
                  struct err *err) ATTR_MUST_CHECK;
/* Accepts NULL, sets the pointer to NULL; nothing is told afterwards. May be called by on_event,
 * but with the last event. [loop] */
void follow_stop(struct follow **follow);

#endif
