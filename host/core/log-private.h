/* What the log's two files share: how a line looks. */
#ifndef CORE_LOG_PRIVATE_H
#define CORE_LOG_PRIVATE_H

#include "core/log.h"
#include "core/sbuf.h"
#include "core/span.h"

struct log_style {
    bool is_json;
    bool has_priority; /* "<N>" before each line, for journald */
};

/* Appends one line with its line end, stamped with the time of now. [any] */
void log_format_line(struct sbuf *line, const struct log_style *style, enum log_level level,
                     const char *module, const struct log_job *job, struct span message);

#endif
