/* A job in a file, NAME.job.json: {"data":{…}, "locale":"de", "chart":{…} or "NAME"}. */
#ifndef SDK_JOB_FILE_H
#define SDK_JOB_FILE_H

#include "core/attr.h"
#include "core/err.h"
#include "core/sbuf.h"

struct session;

#define JOB_FILE_BYTES_MAX ((size_t)512 * 1024)

struct job_file {
    struct sbuf data, chart; /* JSON */
    char locale[36];
};

/* Reads a whole file, at most bytes_max. */
bool job_file_text(const char *path, size_t bytes_max, struct sbuf *ret_text,
                   struct err *err) ATTR_MUST_CHECK;

/* Reads the job. The chart comes from chart_path, else NAME.chart.json beside it, else the job's
 * "chart" (an object, or the name of charts/NAME.json beside the job or NAME.json in one of
 * charts_dirs, which NULL ends), else from the birth data in "data", when the agent takes one at
 * all. Pair with job_file_fini, also after a failure. */
bool job_file_read(struct session *session, const char *path, const char *chart_path,
                   const char *const *charts_dirs, struct job_file *ret_job,
                   struct err *err) ATTR_MUST_CHECK;
void job_file_fini(struct job_file *job);

#endif
