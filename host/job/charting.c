/* Finds a reading's chart. A chart that somebody sent or that the store kept is verified; what
 * was kept is used byte for byte, so that its id stays its own. */
#include "job/charting.h"

#include "chart/birth.h"
#include "chart/chart_call.h"
#include "chart/verify.h"
#include "core/json.h"
#include "core/options.h"
#include "job/pipeline.h"
#include "store/store.h"

static void charting_end(struct charting *charting, enum charting_outcome outcome)
{
    charting->outcome = outcome;
    charting->done(charting, charting->ctx);
}

static void charting_found(struct charting *charting)
{
    if (charting->text.is_failed) {
        (void)chart_fault_set(&charting->fault, "chart", "has more than %zu bytes; send less",
                              charting->text.bytes_max);
        charting_end(charting, CHARTING_REFUSED);
        return;
    }
    store_chart_id(sbuf_as_span(&charting->text), charting->id);
    charting_end(charting, CHARTING_FOUND);
}

static void charting_take(struct charting *charting, struct json_object *chart)
{
    if (!chart_verify(chart, &charting->fault)) {
        charting_end(charting, CHARTING_REFUSED);
        return;
    }
    json_render(&charting->text, chart);
    charting_found(charting);
}

/* --- computed ------------------------------------------------------------------------------- */

static void charting_computed(const struct chart_answer *answer, void *ctx)
{
    struct charting *charting = ctx;
    switch (answer->outcome) {
    case CHART_MADE:
        sbuf_span(&charting->text, answer->chart);
        charting_found(charting);
        return;
    case CHART_REFUSED:
        charting->fault = answer->fault;
        charting_end(charting, CHARTING_REFUSED);
        return;
    case CHART_UNAVAILABLE:
        (void)err_set(&charting->err, ERR_AGAIN, "no chart can be computed: %s", answer->reason);
        charting_end(charting, CHARTING_UNAVAILABLE);
        return;
    case CHART_FAILED:
        (void)err_set(&charting->err, ERR_INTERNAL, "the chart was not computed: %s",
                      answer->reason);
        charting_end(charting, CHARTING_FAILED);
        return;
    }
}

static void charting_compute(struct charting *charting)
{
    struct birth birth;
    if (!birth_read(charting->data, &birth, &charting->fault)) {
        charting_end(charting, CHARTING_REFUSED);
    } else if (!charts_ask(charting->pipeline->charts, &birth, charting_computed, charting,
                           &charting->err)) {
        charting_end(charting, CHARTING_BUSY);
    }
}

/* --- kept ----------------------------------------------------------------------------------- */

static void charting_parsed(struct json_later *later)
{
    struct charting *charting = CONTAINER_OF(later, struct charting, parse);
    if (!later->is_parsed) {
        (void)chart_fault_set(&charting->fault, "chart", "the kept one is no JSON: %.200s",
                              later->err.text);
        charting_end(charting, CHARTING_REFUSED);
    } else if (!chart_verify(later->value, &charting->fault)) {
        charting_end(charting, CHARTING_REFUSED);
    } else {
        charting_found(charting);
    }
}

/* The id leads nowhere; birth data may. */
static void charting_not_kept(struct charting *charting)
{
    if (birth_is_given(charting->data)) {
        charting_compute(charting);
        return;
    }
    (void)chart_fault_set(&charting->fault, "chartId",
                          "no chart has this id; send birth data or another id");
    charting_end(charting, CHARTING_REFUSED);
}

static void charting_was_kept(struct span text, const struct err *err, void *ctx)
{
    struct charting *charting = ctx;
    if (err != NULL && err->kind == ERR_NOT_FOUND) {
        charting_not_kept(charting);
        return;
    }
    if (err != NULL) {
        charting->err = *err;
        charting_end(charting, CHARTING_STORE);
        return;
    }
    sbuf_span(&charting->text, text);
    if (charting->text.is_failed) {
        charting_found(charting);
    } else if (!json_parse_later(&charting->parse, charting->pipeline->files,
                                 sbuf_as_span(&charting->text), charting_parsed)) {
        (void)err_set(&charting->err, ERR_LIMIT, "too many large texts wait to be parsed");
        charting_end(charting, CHARTING_BUSY);
    }
}

/* --- from outside --------------------------------------------------------------------------- */

void charting_start(struct charting *charting, const struct pipeline *pipeline,
                    struct json_object *data, void (*done)(struct charting *charting, void *ctx),
                    void *ctx)
{
    struct json_object *chart = json_get(data, "chart");
    struct span chart_id = {0};
    *charting = (struct charting){
        .pipeline = pipeline,
        .data = data,
        .done = done,
        .ctx = ctx,
    };
    sbuf_init(&charting->text, (size_t)pipeline->options->limits.chart_bytes_max);
    if (chart != NULL) {
        charting_take(charting, chart);
    } else if (json_get_text(data, "chartId", &chart_id) && !hash_is_uuid(chart_id.data)) {
        charting_not_kept(charting);
    } else if (chart_id.len > 0) {
        store_get_chart(charting->pipeline->store, chart_id.data, charting_was_kept, charting);
    } else if (birth_is_given(data)) {
        charting_compute(charting);
    } else {
        charting_end(charting, CHARTING_NONE);
    }
}

void charting_fini(struct charting *charting)
{
    sbuf_fini(&charting->text);
    json_object_put(charting->parse.value);
    charting->parse.value = NULL;
}
