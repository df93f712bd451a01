/* When a pattern such as "0 9 * * 1-5" comes next, in a zone. The dialect and the doings on days
 * when the clocks change are those of the npm package cron-parser, by which BullMQ reads the
 * patterns of job schedulers. Pure. */
#ifndef TIME_CRON_H
#define TIME_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct timezone_table;

#define CRON_PATTERN_BYTES_MAX 1024

/* A pattern; bit n of a set is the value n. */
struct cron {
    uint64_t seconds, minutes, hours, days, months;
    uint64_t weekdays;      /* 0 = Sunday, and so is 7 */
    uint64_t last_weekdays; /* the last of the month: "5L" */
    int nth;                /* only the nth of the month: "5#2"; 0 = each */
    bool has_last_day;      /* "L" */
    bool is_any_day, is_any_weekday;
};

/* Reads second (may be left out), minute, hour, day of month, month, day of week. Each is a list
 * of values, ranges and steps, or "*" or "?"; months and weekdays also by name; "L" in the fields
 * of days, "#" in that of weekdays. False names the field and what is wrong with it. [any] */
bool cron_parse(struct span pattern, struct cron *ret_cron, struct err *err) ATTR_MUST_CHECK;

/* The first time after after_ms and not after end_ms (INT64_MAX = no end). False when there is
 * none, or none within some decades. Takes microseconds, at most two milliseconds. [any] */
bool cron_next(const struct cron *cron, const struct timezone_table *zone, int64_t after_ms,
               int64_t end_ms, int64_t *ret_ms) ATTR_MUST_CHECK;

#endif
