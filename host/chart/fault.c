/* Writes faults; what does not fit is cut. */
#include "chart/fault.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN_BYTES 60

bool chart_fault_set(struct chart_fault *fault, const char *field, const char *fmt, ...)
{
    (void)snprintf(fault->field, sizeof(fault->field), "%s", field);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(fault->remedy, sizeof(fault->remedy), fmt, args); /* a cut text still helps */
    va_end(args);
    return false;
}

bool chart_fault_field(struct chart_fault *fault, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(fault->field, sizeof(fault->field), fmt, args);
    va_end(args);
    return false;
}

bool chart_fault_remedy(struct chart_fault *fault, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(fault->remedy, sizeof(fault->remedy), fmt, args);
    va_end(args);
    return false;
}

int chart_fault_shown(struct span text)
{
    struct span head = {text.data, text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES};
    return (int)span_utf8_len(head);
}
