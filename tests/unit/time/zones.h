/* Zones for tests, from this machine's database. */
#ifndef TESTS_UNIT_TIME_ZONES_H
#define TESTS_UNIT_TIME_ZONES_H

#include "core/span.h"
#include "time/timezone.h"

/* The bytes of a file of the database; valid until the next call. */
struct span zones_read(const char *name);

/* A zone of the database; valid until the next call. */
struct timezone_table zones_open(const char *name);

/* Seconds of "2024-03-31 02:30:00". */
int64_t zones_seconds(const char *text);

#endif
