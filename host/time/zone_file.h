/* The zone database of this machine, and the zone it is set to: the one place that opens these
 * files. */
#ifndef TIME_ZONE_FILE_H
#define TIME_ZONE_FILE_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/sbuf.h"

#define ZONE_FILE_FOLDER "/usr/share/zoneinfo"
#define ZONE_FILE_VERSION_BYTES 16

/* Appends the zone's TZif bytes. NOT_FOUND when the database has no such zone, another kind when
 * there is no database. name passed timezone_name_is_valid. Blocks. [thread] */
bool zone_file_read(const char *name, struct sbuf *out, struct err *err) ATTR_MUST_CHECK;

/* Appends the TZif bytes of the zone that this machine is set to (/etc/localtime); nothing when it
 * is set to none. Blocks. [thread] */
bool zone_file_read_local(struct sbuf *out, struct err *err) ATTR_MUST_CHECK;

/* The database's version, "2025b"; "" when it does not say. Blocks. [thread] */
void zone_file_version(char ret_version[ZONE_FILE_VERSION_BYTES]);

#endif
