/* A chart asked for by itself: from the bytes of a request to a chart that is kept. */
#ifndef JOB_CALCULATE_H
#define JOB_CALCULATE_H

#include "core/err.h"
#include "core/problems.h"
#include "core/span.h"

struct pipeline;

/* Valid during the callback: a chart, or else what is wrong with the request, or else err. */
struct calculate_result {
    const char *chart_id; /* or NULL */
    struct span chart;
    const struct problems *problems; /* none when its count is 0 */
    struct err err;
};

typedef void (*calculate_done_fn)(const struct calculate_result *result, void *ctx);

/* Computes the chart of the birth data in body, keeps it in the store, and calls done once, in the
 * call or later. It counts as one of pipeline->executes. body is copied. [loop] */
void calculate_start(struct pipeline *pipeline, struct span body, calculate_done_fn done,
                     void *ctx);

#endif
