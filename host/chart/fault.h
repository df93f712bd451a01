/* What is wrong with a chart or with birth data: the field's name, and what to send instead. */
#ifndef CHART_FAULT_H
#define CHART_FAULT_H

#include <stdbool.h>

#include "core/attr.h"

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

#endif
