/* What reading a pattern and reading its fields share. */
#ifndef TIME_CRON_PRIVATE_H
#define TIME_CRON_PRIVATE_H

#include "time/cron.h"

enum cron_field {
    CRON_SECOND,
    CRON_MINUTE,
    CRON_HOUR,
    CRON_DAY,
    CRON_MONTH,
    CRON_WEEKDAY,
    CRON_FIELDS_COUNT,
};

/* Reads a field without its "#"; the set's bits are its values, those of last_set the weekdays with
 * an "L" behind. False names the field. [any] */
bool cron_field_parse(enum cron_field which, struct span raw, uint64_t *ret_set,
                      uint64_t *ret_last_set, struct err *err) ATTR_MUST_CHECK;

#endif
