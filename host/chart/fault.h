/* What is wrong with a chart or with birth data: the field's name, and what to send instead. */
#ifndef CHART_FAULT_H
#define CHART_FAULT_H

#include <stdbool.h>

#include "core/attr.h"
#include "core/span.h"

#define CHART_FIELD_BYTES_MAX 96
#define CHART_REMEDY_BYTES_MAX 400

struct chart_fault {
    char field[CHART_FIELD_BYTES_MAX];   /* "chart.channels[2].gates" */
    char remedy[CHART_REMEDY_BYTES_MAX]; /* what is wrong and what to send instead */
};

/* Fills *fault and returns false, so that a check ends with `return chart_fault_set(...)`. Longer
 * texts are cut. [any] */
bool chart_fault_set(struct chart_fault *fault, const char *field, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* The same in two steps, where the field's name is made or known earlier. Both return false. [any]
 */
bool chart_fault_field(struct chart_fault *fault, const char *fmt, ...) ATTR_PRINTF(2, 3);
bool chart_fault_remedy(struct chart_fault *fault, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* How much of a foreign text to show in a remedy: the precision for "%.*s". [any] */
int chart_fault_shown(struct span text);

#endif
