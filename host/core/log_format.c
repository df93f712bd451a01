/* Lines of the log as text or JSON. */
#include "core/log-private.h"

#include <stdio.h>

#include "core/clock.h"

static void log_json_member(struct sbuf *line, const char *key, const char *value)
{
    if (value != NULL) {
        sbuf_printf(line, ",\"%s\":", key);
        sbuf_json_string(line, span_of(value));
    }
}

static void log_format_json(struct sbuf *line, const char *ts, const char *level,
                            const char *module, const struct log_job *job, struct span message)
{
    sbuf_printf(line, "{\"ts\":\"%s\",\"level\":\"%s\",\"module\":\"%s\",\"msg\":", ts, level,
                module);
    sbuf_json_string(line, message);
    if (job != NULL) {
        log_json_member(line, "job", job->job_key);
        log_json_member(line, "queue", job->queue);
        log_json_member(line, "agent", job->agent);
        log_json_member(line, "image", job->image);
        if (job->attempt > 0) {
            sbuf_printf(line, ",\"attempt\":%u", job->attempt);
        }
    }
    sbuf_putc(line, '}');
}

/* Foreign text must not start a line of its own or steer the terminal. */
static void log_text_plain(struct sbuf *line, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        sbuf_putc(line, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
}

static void log_text_member(struct sbuf *line, const char *key, const char *value)
{
    if (value != NULL) {
        sbuf_printf(line, " %s=", key);
        log_text_plain(line, span_of(value));
    }
}

static void log_format_text(struct sbuf *line, const char *ts, const char *level,
                            const char *module, const struct log_job *job, struct span message)
{
    sbuf_printf(line, "%s %-7s %s: ", ts, level, module);
    log_text_plain(line, message);
    if (job != NULL) {
        log_text_member(line, "job", job->job_key);
        log_text_member(line, "queue", job->queue);
        log_text_member(line, "agent", job->agent);
        log_text_member(line, "image", job->image);
        if (job->attempt > 0) {
            sbuf_printf(line, " attempt=%u", job->attempt);
        }
    }
}

void log_format_line(struct sbuf *line, const struct log_style *style, enum log_level level,
                     const char *module, const struct log_job *job, struct span message)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    static const int priorities[] = {7, 6, 4, 3}; /* syslog's */
    char ts[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms(), ts);
    if (style->has_priority) {
        sbuf_printf(line, "<%d>", priorities[level]);
    }
    if (style->is_json) {
        log_format_json(line, ts, names[level], module, job, message);
    } else {
        log_format_text(line, ts, names[level], module, job, message);
    }
    sbuf_putc(line, '\n');
}
