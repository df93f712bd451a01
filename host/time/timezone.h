/* Time zones from the bytes of a TZif file (RFC 9636). Pure: the caller brings the bytes, and
 * nothing of the C library's one process-wide zone is used. */
#ifndef TIME_TIMEZONE_H
#define TIME_TIMEZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

#define TIMEZONE_NAME_BYTES_MAX 64
#define TIMEZONE_FILE_BYTES_MAX (64 * 1024) /* the largest is under 4 KB */
#define TIMEZONE_INSTANTS_MAX 4

/* A yearly change of the clock. */
struct timezone_rule {
    enum { RULE_WEEKDAY, RULE_JULIAN, RULE_ZERO_BASED } kind;
    int month, week, day;
    int32_t time_s; /* of local time; may be below 0 and over a day */
};

/* A zone. Points into the file's bytes, which must outlive it. */
struct timezone_table {
    const uint8_t *times;   /* of changes: big-endian 64-bit, ascending */
    const uint8_t *indices; /* which type is in force after each */
    const uint8_t *types;   /* 6 bytes each */
    const char *names;      /* of types: "LMT", "CET" */
    uint32_t times_count, types_count, names_bytes;
    /* What goes on after the last change; without it the last type does. */
    bool has_future, has_summer;
    int32_t standard_s, summer_s;
    struct timezone_rule summer_begins, summer_ends;
};

/* How a place's clocks stand to UTC. */
struct timezone_offset {
    int32_t offset_s; /* east of Greenwich is above 0 */
    bool is_lmt;      /* local mean time of the zone's city, before there was a standard */
};

/* One moment that a local time means. */
struct timezone_instant {
    int64_t unix_s;
    struct timezone_offset offset;
};

/* True for names as the zone database has them: "Europe/Berlin". Those of its other trees (right/,
 * posix/) and all that could leave the folder are not. [any] */
bool timezone_name_is_valid(struct span name);

/* Reads version 2 and later; older files and those that count leap seconds are refused. [any] */
bool timezone_parse(struct span file, struct timezone_table *ret_table,
                    struct err *err) ATTR_MUST_CHECK;

struct timezone_offset timezone_at(const struct timezone_table *table, int64_t unix_s);

/* The moments that local_s (seconds since 1970 by the clock on the wall) means, earliest first:
 * none when the clock was put forward over it, two when it was put back. [any] */
unsigned timezone_find(const struct timezone_table *table, int64_t local_s,
                       struct timezone_instant ret_instants[TIMEZONE_INSTANTS_MAX]);

/* The change that left out local_s: what the clock showed when it was put forward, and what it
 * showed then. Only for a local time that means no moment. [any] */
void timezone_gap(const struct timezone_table *table, int64_t local_s, int64_t *ret_from_s,
                  int64_t *ret_to_s);

#endif
