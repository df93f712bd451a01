/* The answer to what has been accepted: where to follow the reading, and with Prefer: wait what
 * has become of it. */
#ifndef HTTP_ACCEPTED_H
#define HTTP_ACCEPTED_H

#include <stdbool.h>
#include <stdint.h>

struct http_request;

struct http_accepted {
    const char *reading_id, *job_id;
    bool has_chart;       /* a chartId is shown … */
    const char *chart_id; /* … null when NULL */
    uint32_t version;     /* the one to be made; 0 = not shown */
    unsigned wait_s;      /* http_wait_read's */
};

/* 200 {success, readingId, jobId, chartId?, version?, status, pollUrl, eventsUrl, readToken,
 * readTokenExpiresAt, reading?}. status is "pending", or the one at the end of the wait. Texts are
 * copied. [loop] */
void http_answer_accepted(struct http_request *request, const struct http_accepted *accepted);

#endif
