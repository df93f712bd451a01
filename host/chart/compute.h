/* From a request's bytes to a chart's bytes: what the chart cell does with each call. */
#ifndef CHART_COMPUTE_H
#define CHART_COMPUTE_H

#include <stdbool.h>

#include "chart/fault.h"
#include "core/attr.h"
#include "core/sbuf.h"
#include "core/span.h"

/* A chart has about 5 KB. */
#define COMPUTE_CHART_BYTES_MAX (32 * 1024)

/* request is a JSON object as birth_render makes it, with "tzdata" besides; zone_file the bytes of
 * the named zone's TZif file. Appends the chart, or gives the fault of the birth data. [child] */
bool compute_chart(struct span request, struct span zone_file, struct sbuf *out,
                   struct chart_fault *ret_fault) ATTR_MUST_CHECK;

#endif
