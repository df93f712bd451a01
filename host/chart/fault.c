/* Faults are made in one line. */
#include "chart/fault.h"

#include <stdarg.h>
#include <stdio.h>

bool chart_fault_set(struct chart_fault *fault, const char *field, const char *fmt, ...)
{
    (void)snprintf(fault->field, sizeof(fault->field), "%s", field);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(fault->remedy, sizeof(fault->remedy), fmt, args); /* a cut text still helps */
    va_end(args);
    return false;
}
