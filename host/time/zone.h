/* A zone by the name a job scheduler gives it: of the zone database, UTC and its offsets, or the
 * zone this process runs in. */
#ifndef TIME_ZONE_H
#define TIME_ZONE_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"
#include "time/timezone.h"

struct zone; /* a table and the bytes it points into */

/* Reads the zone's file. "" is the zone of this process: what TZ names, else what the machine is
 * set to. Blocks. [thread] */
bool zone_load(struct span name, struct zone **ret_zone, struct err *err) ATTR_MUST_CHECK;
void zone_destroy(struct zone **zone);

const struct timezone_table *zone_table(const struct zone *zone);

#endif
