/* One request for a chart, from top to bottom: parse, judge, compute, keep. */
#include "job/calculate.h"

#include <stdlib.h>

#include "core/json.h"
#include "core/json_later.h"
#include "core/mem.h"
#include "core/options.h"
#include "job/charting.h"
#include "job/execute.h"
#include "job/execute_fields.h"
#include "job/pipeline.h"
#include "store/store.h"

#define CALCULATE_BODY_BYTES_MAX JSON_LOOP_BYTES_MAX /* birth data are short */

struct calculate {
    struct pipeline *pipeline;
    calculate_done_fn done;
    void *ctx;
    char *text;
    struct json_later parse;
    struct problems problems;
    struct charting charting;
};

/* The steps in their order, each called when the one before has answered. */
static void calculate_read(struct json_later *later);
static void calculate_charted(struct charting *charting, void *ctx);
static void calculate_kept(bool is_applied, const struct err *err, void *ctx);

/* With the chart, or with the problems; or with err. */
static void calculate_end(struct calculate *calculate, const char *chart_id, const struct err *err)
{
    struct calculate_result result = {
        .chart_id = chart_id,
        .chart = sbuf_as_span(&calculate->charting.text),
        .problems = &calculate->problems,
    };
    if (err != NULL) {
        result.err = *err;
    }
    calculate->done(&result, calculate->ctx);
    calculate->pipeline->executes--;
    charting_fini(&calculate->charting);
    problems_fini(&calculate->problems);
    json_object_put(calculate->parse.value);
    free(calculate->text);
    free(calculate);
}

void calculate_start(struct pipeline *pipeline, struct span body, calculate_done_fn done, void *ctx)
{
    struct err err;
    struct calculate *calculate = mem_alloc(sizeof(*calculate));
    pipeline->executes++;
    calculate->pipeline = pipeline;
    calculate->done = done;
    calculate->ctx = ctx;
    calculate->text = mem_strndup(body.data, body.len);
    problems_init(&calculate->problems);
    if (body.len > CALCULATE_BODY_BYTES_MAX) {
        problems_add(&calculate->problems, "body", "has %zu bytes, at most %d are taken; send less",
                     body.len, CALCULATE_BODY_BYTES_MAX);
        calculate_end(calculate, NULL, NULL);
        return;
    }
    if (pipeline->executes > EXECUTES_MAX ||
        !json_parse_later(&calculate->parse, pipeline->files,
                          (struct span){calculate->text, body.len}, calculate_read)) {
        (void)err_set(&err, ERR_LIMIT, "too many requests are being worked on; try again");
        calculate_end(calculate, NULL, &err);
    }
}

static void calculate_read(struct json_later *later)
{
    struct calculate *calculate = CONTAINER_OF(later, struct calculate, parse);
    const struct pipeline *pipeline = calculate->pipeline;
    struct problems *problems = &calculate->problems;
    if (!later->is_parsed) {
        problems_add(problems, "body", "send one JSON object (%.200s)", later->err.text);
    } else if (!json_object_is_type(later->value, json_type_object)) {
        problems_add(problems, "body", "send one JSON object (found %s)",
                     json_type_text(later->value));
    } else {
        execute_check_birth(later->value, problems);
    }
    if (problems->count > 0) {
        calculate_end(calculate, NULL, NULL);
        return;
    }
    charting_start(&calculate->charting, pipeline, later->value, calculate_charted, calculate);
}

static void calculate_charted(struct charting *charting, void *ctx)
{
    struct calculate *calculate = ctx;
    if (charting->outcome == CHARTING_REFUSED) {
        problems_add(&calculate->problems, charting->fault.field, "%s", charting->fault.remedy);
        calculate_end(calculate, NULL, NULL);
        return;
    }
    if (charting->outcome != CHARTING_FOUND) {
        calculate_end(calculate, NULL, &charting->err);
        return;
    }
    struct span user_id = {0};
    (void)json_get_text(calculate->parse.value, "userId", &user_id); /* absent: NULL */
    const struct store_chart chart = {
        .id = charting->id,
        .chart = sbuf_as_span(&charting->text),
        .user_id = user_id.data,
        .birth = span_of(calculate->text),
    };
    store_put_chart(calculate->pipeline->store, &chart, calculate_kept, calculate);
}

static void calculate_kept(bool is_applied, const struct err *err, void *ctx)
{
    (void)is_applied; /* equal birth data give the same chart, which may be there */
    struct calculate *calculate = ctx;
    calculate_end(calculate, err == NULL ? calculate->charting.id : NULL, err);
}
