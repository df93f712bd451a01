/* Makes charts for the tests, from birth data and this machine's zone files. */
#ifndef MAKER_H
#define MAKER_H

#include <json-c/json.h>

#include "chart/fault.h"
#include "core/span.h"

/* The bytes of a zone's file; valid until the next call. */
struct span maker_zone(const char *name);

/* A JSON file; the caller puts it. */
struct json_object *maker_load(const char *path);

/* The chart of birth data ({birthDate, …}), or NULL and the fault. The caller puts it. */
struct json_object *maker_chart(struct json_object *birth, struct chart_fault *ret_fault);

#endif
