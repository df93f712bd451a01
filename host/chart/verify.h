/* Judges a chart that a producer sent: complete, and consistent in itself. */
#ifndef CHART_VERIFY_H
#define CHART_VERIFY_H

#include <stdbool.h>

#include "chart/fault.h"
#include "core/attr.h"
#include "core/sbuf.h"

struct json_object;

/* True when type, authority, strategy, profile, definition, centers, channels and gates are
 * there with known words and agree: every channel is one of the 36 and both its gates are
 * listed; every pair of listed gates that makes a channel is listed as one; a centre is defined
 * exactly when a listed channel touches it; type, authority and definition follow from them;
 * profile is one of the twelve. Else the first fault in *ret_fault. [any] */
bool chart_verify(struct json_object *chart, struct chart_fault *ret_fault) ATTR_MUST_CHECK;

#endif
