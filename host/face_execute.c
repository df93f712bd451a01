/* The host, as the HTTP endpoints see it: requests for readings and charts. */
#include "face.h"
#include "host.h"
#include "job/calculate.h"
#include "job/execute.h"
#include "store/store.h"

/* A host that ends takes nothing it would have to wait for. */
static bool face_is_open(const struct host *host, struct err *err)
{
    return !host->is_draining || err_set(err, ERR_AGAIN, "the host is ending; try again");
}

static void face_execute(void *ctx, const struct execute_request *request, execute_done_fn done,
                         void *done_ctx)
{
    struct host *host = ctx;
    struct execute_result result = {.outcome = EXECUTE_FAILED};
    if (face_is_open(host, &result.err)) {
        execute_start(&host->pipeline, request, done, done_ctx);
    } else {
        done(&result, done_ctx);
    }
}

static void face_calculate(void *ctx, struct span body, calculate_done_fn done, void *done_ctx)
{
    struct host *host = ctx;
    struct problems none = {.count = 0};
    struct calculate_result result = {.problems = &none};
    if (face_is_open(host, &result.err)) {
        calculate_start(&host->pipeline, body, done, done_ctx);
    } else {
        done(&result, done_ctx);
    }
}

static void face_chart(void *ctx, const char *chart_id, http_reading_fn done, void *done_ctx)
{
    const struct host *host = ctx;
    store_get_chart(host->store, chart_id, done, done_ctx);
}

void face_fill_execute(struct http_host *face)
{
    face->execute = face_execute;
    face->calculate = face_calculate;
    face->chart = face_chart;
}
