/* The chart a reading is about: the one its data carry, the kept one they name, or the one that
 * follows from birth data; in this order. */
#ifndef JOB_CHARTING_H
#define JOB_CHARTING_H

#include <stdbool.h>
#include <stddef.h>

#include "chart/fault.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/json_later.h"
#include "core/sbuf.h"

struct json_object;
struct pipeline;

enum charting_outcome {
    CHARTING_NONE,        /* the data say nothing of a chart */
    CHARTING_FOUND,       /* text, id */
    CHARTING_REFUSED,     /* the data are wrong: fault */
    CHARTING_BUSY,        /* too much is asked for right now: err */
    CHARTING_STORE,       /* the store could not be asked: err */
    CHARTING_UNAVAILABLE, /* nothing can be computed now: err */
    CHARTING_FAILED,      /* the computing died over these data: err */
};

/* On the caller's memory, all zero before its first use; pair with charting_fini. */
struct charting {
    /* The result, when done is called. */
    enum charting_outcome outcome;
    struct sbuf text; /* FOUND: JSON, as it was kept */
    char id[HASH_UUID_BYTES];
    struct chart_fault fault;
    struct err err;
    /* What charting_start was given. */
    const struct pipeline *pipeline;
    struct json_object *data;
    void (*done)(struct charting *charting, void *ctx);
    void *ctx;
    struct json_later parse; /* of a kept chart */
};

/* Looks for the chart of data (fields chart, chartId, birthDate and so on), which stay until done
 * is called: once, inside the call or later. pipeline has the store and the chart cells. [loop] */
void charting_start(struct charting *charting, const struct pipeline *pipeline,
                    struct json_object *data, void (*done)(struct charting *charting, void *ctx),
                    void *ctx);
/* Nothing may be under way. [loop] */
void charting_fini(struct charting *charting);

#endif
