/* Charts for the host: birth data in, a chart or a refusal out. The zone's file is read on the
 * files thread, the chart computed in one of a few cells, and kept for a while. */
#ifndef CHART_CHART_CALL_H
#define CHART_CHART_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/fault.h"
#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct birth;
struct charts;
struct loop;
struct thread;

#define CHARTS_CELLS_MAX 2
#define CHARTS_ASKED_MAX 512 /* at a time */

struct charts_settings {
    const char *program_path; /* of agenthost-chart */
    int64_t start_ms;         /* from a cell's start to its being ready */
    int64_t call_ms;          /* for one chart */
    bool is_landlock_required;
};

enum chart_outcome {
    CHART_MADE,
    CHART_REFUSED,     /* the birth data are wrong: fault */
    CHART_UNAVAILABLE, /* nothing to do with the data; later it may work: reason */
    CHART_FAILED,      /* the cell died over these data, twice: reason */
};

struct chart_answer {
    enum chart_outcome outcome;
    struct span chart; /* JSON text */
    struct chart_fault fault;
    const char *reason; /* for people */
};

/* The answer is borrowed during the call. [loop] */
typedef void (*chart_done_fn)(const struct chart_answer *answer, void *ctx);

/* Opens the program and tries it once; cells are started when charts are asked for. [main] */
struct charts *charts_create(struct loop *loop, struct thread *files,
                             const struct charts_settings *settings,
                             struct err *err) ATTR_MUST_CHECK;

/* Kills the cells; what was asked for is forgotten without an answer. Before the files thread and
 * the loop end. [main] */
void charts_destroy(struct charts **charts);

/* Asks for a chart; done is called once, later. False with LIMIT when too many are asked for
 * already. [loop] */
bool charts_ask(struct charts *charts, const struct birth *birth, chart_done_fn done, void *ctx,
                struct err *err) ATTR_MUST_CHECK;

#endif
