/* What host and chart cell say to each other, in frames of the cells' wire. */
#ifndef CHART_CELL_WIRE_H
#define CHART_CELL_WIRE_H

#include <stdbool.h>

#include "chart/fault.h"
#include "core/attr.h"
#include "core/sbuf.h"
#include "core/span.h"

/* Of a chart, its fault or the call for it, whole frames. */
#define CHART_WIRE_REPLY_BYTES_MAX (40 * 1024)
#define CHART_WIRE_CALL_BYTES_MAX (80 * 1024)

/* Writers append a whole frame. [any, child] */
void chart_wire_write_setup(struct sbuf *out);
void chart_wire_write_ready(struct sbuf *out);
void chart_wire_write_call(struct sbuf *out, struct span request, struct span zone_file);
void chart_wire_write_chart(struct sbuf *out, struct span chart);
void chart_wire_write_fault(struct sbuf *out, const struct chart_fault *fault);

/* Readers: false when the payload is something else. Texts borrow from it. A reply is a chart, or
 * a fault and an empty chart. [any, child] */
bool chart_wire_read_call(struct span payload, struct span *ret_request,
                          struct span *ret_zone_file) ATTR_MUST_CHECK;
bool chart_wire_read_reply(struct span payload, struct span *ret_chart,
                           struct chart_fault *ret_fault) ATTR_MUST_CHECK;

#endif
