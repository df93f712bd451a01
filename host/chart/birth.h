/* Birth data: read strictly, never completed by a guess, and turned into one moment. */
#ifndef CHART_BIRTH_H
#define CHART_BIRTH_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/fault.h"
#include "core/attr.h"
#include "core/sbuf.h"
#include "time/civil.h"
#include "time/timezone.h"

struct json_object;

#define BIRTH_YEAR_FIRST 1886 /* the theories and the Earth's turning are known for these */
#define BIRTH_YEAR_LAST 2098

struct birth {
    struct civil local; /* by the clock on the wall */
    char zone[TIMEZONE_NAME_BYTES_MAX + 1];
    const char *zone_field; /* where it stood: "birthPlace.timezone" */
    int fold; /* 0 the first, 1 the second of two moments with that local time, −1 not said */
    bool has_place;
    double latitude, longitude; /* degrees; east is above 0 */
};

/* The moment birth data mean. */
struct birth_moment {
    int64_t unix_s;
    int32_t offset_s;
    int fold;          /* 0 or 1 */
    bool is_ambiguous; /* the local time came twice; fold chose */
    bool is_lmt;       /* local mean time: of the place, or of the zone's city without one */
};

/* True when the data (of a job) name a birth date or time, complete or not. A zone or a place alone
 * may be there for other reasons. [any] */
bool birth_is_given(struct json_object *data);

/* Reads birthDate "YYYY-MM-DD", birthTime "HH:MM[:SS]", timezone or birthPlace.timezone, fold 0|1,
 * birthPlace.latitude and .longitude. False with the first fault. [any] */
bool birth_read(struct json_object *data, struct birth *ret_birth,
                struct chart_fault *ret_fault) ATTR_MUST_CHECK;

/* Appends the same as a JSON object that birth_read reads: equal data give equal text. [any] */
void birth_render(const struct birth *birth, struct sbuf *out);

/* False with the fault when the local time does not exist, or is two moments and fold does not
 * say which. [any] */
bool birth_resolve(const struct birth *birth, const struct timezone_table *table,
                   struct birth_moment *ret_moment, struct chart_fault *ret_fault) ATTR_MUST_CHECK;

#endif
