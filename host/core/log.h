/* The log: one JSON object a line, or text on a terminal; writing never blocks the loop. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* What a line about a job carries; members may be NULL, attempt 0 is left out. */
struct log_job {
    const char *job_key; /* "job" */
    const char *queue;
    const char *agent;
    const char *image;
    unsigned attempt;
};

struct loop;
struct thread;

/* Before log_start lines are written straight to standard error (start-up, CLI). [main] */
void log_configure(enum log_format format, enum log_level level);

/* From here on lines are queued and written by the files thread; when more than the
 * queue's maximum wait, lines are dropped and the number of them is logged later. [loop] */
void log_start(struct loop *loop, struct thread *files);

/* Writes what is queued and goes back to writing directly. [loop] */
void log_stop(void);

bool log_enabled(enum log_level level);
enum log_level log_level_current(void);

/* One line. module is the folder's word: "queue", "cell", "reload". [any] */
void log_line(enum log_level level, const char *module, const struct log_job *job, const char *fmt,
              ...) ATTR_PRINTF(4, 5);

#define log_debug(module, job, ...)                                                                \
    do {                                                                                           \
        if (log_enabled(LOG_DEBUG)) {                                                              \
            log_line(LOG_DEBUG, module, job, __VA_ARGS__);                                         \
        }                                                                                          \
    } while (0)
#define log_info(module, job, ...) log_line(LOG_INFO, module, job, __VA_ARGS__)
#define log_warning(module, job, ...) log_line(LOG_WARNING, module, job, __VA_ARGS__)
#define log_error(module, job, ...) log_line(LOG_ERROR, module, job, __VA_ARGS__)

/* Lines dropped since start because the queue was full. [any] */
uint64_t log_dropped(void);

#endif
