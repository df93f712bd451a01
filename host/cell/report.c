/* How a cell ended, put into words for people and into a kind for strikes. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cell/cell-private.h"

const char *cell_end_name(enum cell_end end)
{
    switch (end) {
    case CELL_ENDED_BY_HOST:
        return "ended by the host";
    case CELL_CRASHED:
        return "crashed";
    case CELL_EXITED:
        return "exited";
    case CELL_DEADLINE:
        return "deadline";
    case CELL_BROKE_WIRE:
        return "broke the wire";
    case CELL_NOT_STARTED:
        return "not started";
    }
    return "unknown";
}

static void report_append(struct cell_report *report, const char *fmt, ...) ATTR_PRINTF(2, 3);

static void report_append(struct cell_report *report, const char *fmt, ...)
{
    size_t len = strlen(report->text);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(report->text + len, sizeof(report->text) - len, fmt, args);
    va_end(args);
}

/* The text ends up in logs, job hashes and JSON: one line, well-formed UTF-8. */
static void report_clean(struct cell_report *report)
{
    struct span rest = span_of(report->text);
    while (rest.len > 0) {
        size_t valid = span_utf8_len(rest);
        if (valid < rest.len) {
            report->text[rest.data + valid - report->text] = '?';
            valid++;
        }
        rest.data += valid;
        rest.len -= valid;
    }
    for (char *at = report->text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            *at = ' ';
        }
    }
}

void cell_report_reason(struct cell *cell, enum cell_end end, const char *fmt, ...)
{
    if (cell->is_end_known) {
        return;
    }
    cell->is_end_known = true;
    cell->report.end = end;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(cell->report.text, sizeof(cell->report.text), fmt, args);
    va_end(args);
}

void cell_report_denied(struct cell *cell, uint32_t total, const char *call_name)
{
    cell->report.denied_calls = total;
    size_t len = strlen(cell->denied_names);
    if (strstr(cell->denied_names, call_name) == NULL) {
        (void)snprintf(cell->denied_names + len, sizeof(cell->denied_names) - len, "%s%s",
                       len > 0 ? ", " : "", call_name);
    }
}

static void report_how(struct cell *cell, const struct spawn_status *status)
{
    struct cell_report *report = &cell->report;
    if (status->code == CLD_EXITED) {
        report->exit_code = status->number;
        cell_report_reason(cell, CELL_EXITED, "left with exit status %d in %s", status->number,
                           report->phase);
        return;
    }
    const char *name = sigabbrev_np(status->number);
    if (!cell->is_end_known) {
        report->signal = status->number;
    }
    cell_report_reason(cell, CELL_CRASHED, "killed by signal %d (SIG%s) in %s%s", status->number,
                       name != NULL ? name : "?", report->phase,
                       status->number == SIGSYS    ? ": a system call that no agent makes"
                       : status->number == SIGKILL ? ", not by this host: out of memory?"
                                                   : "");
}

void cell_report_finish(struct cell *cell, const struct spawn_status *status)
{
    struct cell_report *report = &cell->report;
    report_how(cell, status);
    if (!cell->was_ready) {
        report->end = CELL_NOT_STARTED;
    }
    if (report->denied_calls > 0) {
        report_append(report, "; refused calls: %u (%s)", report->denied_calls, cell->denied_names);
    }
    if (cell->lines.last[0] != '\0') {
        report_append(report, "; it wrote '%s'", cell->lines.last);
    }
    report_clean(report);
}
