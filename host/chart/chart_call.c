/* A chart's way: asked, its zone's file read, waiting for a cell, in a cell, answered. */
#include "chart/chart_call.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "cell/cell.h"
#include "chart/birth.h"
#include "chart/cell_wire.h"
#include "chart/chart_cache.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/sbuf.h"
#include "core/thread.h"
#include "time/zone_file.h"

#define CHARTS_CELL_BYTES_MAX (256u * 1024 * 1024)
#define CHARTS_TRIES_MAX 2
#define REQUEST_BYTES_MAX 1024

enum request_state {
    REQUEST_READING, /* on the files thread */
    REQUEST_WAITING, /* for a cell */
    REQUEST_RUNNING, /* in a cell */
};

struct request {
    struct thread_task task;
    struct charts *charts; /* NULL: nobody waits any more */
    enum request_state state;
    struct birth birth;
    chart_done_fn done;
    void *ctx;
    int64_t asked_us;
    unsigned tries;
    /* what the files thread makes */
    struct sbuf text, zone;
    char key[HASH_SHA256_HEX_BYTES];
    bool is_read;
    struct err err;
};

struct charts_cell {
    struct charts *charts;
    struct cell *cell; /* NULL: none */
    bool was_ready;
    struct request *running;
};

struct charts {
    struct loop *loop;
    struct thread *files;
    struct cell_program *program;
    struct charts_settings settings;
    struct charts_cell cells[CHARTS_CELLS_MAX];
    struct request *requests[CHARTS_ASKED_MAX]; /* in the order they were asked */
    size_t requests_count;
    struct chart_cache cache;
};

/* --- answers -------------------------------------------------------------------------------------
 */

static void request_free(struct request *request)
{
    sbuf_fini(&request->text);
    sbuf_fini(&request->zone);
    free(request);
}

static void count_answer(const struct request *request, const char *outcome)
{
    char labels[48];
    (void)snprintf(labels, sizeof(labels), "outcome=\"%s\"", outcome);
    metrics_inc(metrics_counter("agenthost_charts_total", "Charts asked for, by outcome.", labels));
    metrics_observe(metrics_histogram("agenthost_chart_seconds",
                                      "From asking for a chart to its answer.", NULL,
                                      METRICS_SECONDS_BOUNDS, METRICS_SECONDS_BOUNDS_COUNT),
                    (double)(clock_mono_us() - request->asked_us) / 1e6);
}

/* Takes the request out before it is answered: the answer may lead to new ones. */
static void request_answer(struct request *request, const char *outcome,
                           const struct chart_answer *answer)
{
    struct charts *charts = request->charts;
    size_t at = 0;
    while (charts->requests[at] != request) {
        at++;
        assert(at < charts->requests_count);
    }
    charts->requests_count--;
    memmove(&charts->requests[at], &charts->requests[at + 1],
            (charts->requests_count - at) * sizeof(charts->requests[0]));
    count_answer(request, outcome);
    request->done(answer, request->ctx);
    request_free(request);
}

static void request_refuse(struct request *request, const struct chart_fault *fault)
{
    struct chart_answer answer = {.outcome = CHART_REFUSED, .fault = *fault};
    request_answer(request, "refused", &answer);
}

static struct request *request_waiting(const struct charts *charts)
{
    for (size_t i = 0; i < charts->requests_count; i++) {
        if (charts->requests[i]->state == REQUEST_WAITING) {
            return charts->requests[i];
        }
    }
    return NULL;
}

/* No cell can be had: what waits for one is answered so. */
static void charts_give_up(struct charts *charts, const char *reason)
{
    struct request *request;
    while ((request = request_waiting(charts)) != NULL) {
        struct chart_answer answer = {.outcome = CHART_UNAVAILABLE, .reason = reason};
        request_answer(request, "unavailable", &answer);
    }
}

/* --- cells ---------------------------------------------------------------------------------------
 */

static void charts_dispatch(struct charts *charts);

static void cell_on_ready(struct cell *cell, void *ctx)
{
    (void)cell;
    struct charts_cell *own = ctx;
    own->was_ready = true;
    charts_dispatch(own->charts);
}

static void cell_on_log(struct cell *cell, int level, struct span line, void *ctx)
{
    (void)cell;
    (void)ctx;
    log_line(level < 0 ? LOG_INFO : (enum log_level)level, "chart", NULL, "the chart cell: %.*s",
             (int)line.len, line.data);
}

static void cell_on_end(struct cell *cell, const struct cell_report *report, void *ctx)
{
    (void)cell;
    struct charts_cell *own = ctx;
    bool was_ready = own->was_ready;
    log_warning("chart", NULL, "a chart cell ended (%s in %s): %s", cell_end_name(report->end),
                report->phase, report->text);
    cell_destroy(&own->cell);
    own->was_ready = false;
    if (was_ready) {
        charts_dispatch(own->charts);
    } else {
        charts_give_up(own->charts, report->text);
    }
}

static void cell_on_done(struct cell *cell, struct span reply, const struct cell_report *report,
                         void *ctx)
{
    (void)cell;
    struct charts_cell *own = ctx;
    struct charts *charts = own->charts;
    struct request *request = own->running;
    struct chart_answer answer = {.outcome = CHART_MADE};
    own->running = NULL;
    if (report != NULL) {
        request->state = REQUEST_WAITING;
        if (++request->tries == CHARTS_TRIES_MAX) {
            answer = (struct chart_answer){.outcome = CHART_FAILED, .reason = report->text};
            request_answer(request, "failed", &answer);
        }
        return; /* cell_on_end follows */
    }
    if (!chart_wire_read_reply(reply, &answer.chart, &answer.fault)) {
        answer = (struct chart_answer){.outcome = CHART_FAILED,
                                       .reason = "the chart cell's answer makes no sense"};
        request_answer(request, "failed", &answer);
    } else if (answer.chart.len == 0) {
        request_refuse(request, &answer.fault);
    } else {
        chart_cache_put(&charts->cache, request->key, answer.chart);
        request_answer(request, "made", &answer);
    }
    charts_dispatch(charts);
}

static bool cell_spawn(struct charts_cell *own, struct err *err)
{
    struct charts *charts = own->charts;
    struct sbuf setup;
    sbuf_init(&setup, CHART_WIRE_CALL_BYTES_MAX);
    chart_wire_write_setup(&setup);
    const struct cell_spec spec = {
        .name = "chart",
        .image_path = "",
        .setup = sbuf_as_span(&setup),
        .memory_bytes_max = CHARTS_CELL_BYTES_MAX,
        .start_ms = charts->settings.start_ms,
        .landlock_required = charts->settings.is_landlock_required,
    };
    const struct cell_handlers handlers = {
        .on_ready = cell_on_ready, .on_log = cell_on_log, .on_end = cell_on_end, .ctx = own};
    bool is_started = cell_start(charts->loop, charts->program, &spec, &handlers, &own->cell, err);
    sbuf_fini(&setup);
    return is_started;
}

static void cell_run(struct charts_cell *own, struct request *request)
{
    struct charts *charts = own->charts;
    struct sbuf frame;
    sbuf_init(&frame, CHART_WIRE_CALL_BYTES_MAX);
    chart_wire_write_call(&frame, sbuf_as_span(&request->text), sbuf_as_span(&request->zone));
    assert(!frame.is_failed); /* both texts have smaller maxima */
    request->state = REQUEST_RUNNING;
    own->running = request;
    cell_call(own->cell, sbuf_as_span(&frame), charts->settings.call_ms, CHART_WIRE_REPLY_BYTES_MAX,
              "chart", cell_on_done, own);
    sbuf_fini(&frame);
}

/* Gives waiting requests to idle cells, and starts a cell when all are busy. */
static void charts_dispatch(struct charts *charts)
{
    struct charts_cell *absent = NULL;
    bool is_one_starting = false;
    for (size_t i = 0; i < CHARTS_CELLS_MAX; i++) {
        struct charts_cell *own = &charts->cells[i];
        struct request *request = request_waiting(charts);
        if (request == NULL) {
            return;
        }
        if (own->cell == NULL) {
            absent = own;
        } else if (cell_is_ready(own->cell)) {
            cell_run(own, request);
        } else {
            is_one_starting |= !own->was_ready;
        }
    }
    struct err err;
    if (absent != NULL && !is_one_starting && request_waiting(charts) != NULL &&
        !cell_spawn(absent, &err)) {
        charts_give_up(charts, err.text);
    }
}

/* --- asking --------------------------------------------------------------------------------------
 */

static void request_read(struct thread_task *task)
{
    struct request *request = CONTAINER_OF(task, struct request, task);
    char version[ZONE_FILE_VERSION_BYTES];
    zone_file_version(version);
    birth_render(&request->birth, &request->text);
    assert(request->text.len > 0);
    request->text.len--; /* the closing brace */
    sbuf_printf(&request->text, ",\"tzdata\":\"%s\"}", version);
    request->is_read = zone_file_read(request->birth.zone, &request->zone, &request->err);
    if (!request->is_read) {
        return;
    }
    struct hash_sha256 *hash = hash_sha256_create();
    hash_sha256_update(hash, request->text.data, request->text.len);
    hash_sha256_update(hash, request->zone.data, request->zone.len);
    hash_sha256_finish(&hash, request->key);
}

static void request_unread(struct request *request)
{
    struct chart_fault fault;
    struct chart_answer answer = {.outcome = CHART_UNAVAILABLE, .reason = request->err.text};
    if (request->err.kind != ERR_NOT_FOUND) {
        request_answer(request, "unavailable", &answer);
        return;
    }
    (void)chart_fault_set(&fault, request->birth.zone_field,
                          "%s; send the zone's name in the IANA database, like \"Europe/Berlin\"",
                          request->err.text);
    request_refuse(request, &fault);
}

static void request_was_read(struct thread_task *task)
{
    struct request *request = CONTAINER_OF(task, struct request, task);
    struct charts *charts = request->charts;
    struct chart_answer answer = {.outcome = CHART_MADE};
    if (charts == NULL) {
        request_free(request);
    } else if (!request->is_read) {
        request_unread(request);
    } else if (chart_cache_get(&charts->cache, request->key, &answer.chart)) {
        request_answer(request, "cached", &answer);
    } else {
        request->state = REQUEST_WAITING;
        charts_dispatch(charts);
    }
}

bool charts_ask(struct charts *charts, const struct birth *birth, chart_done_fn done, void *ctx,
                struct err *err)
{
    if (charts->requests_count == CHARTS_ASKED_MAX) {
        return err_set(err, ERR_LIMIT, "%d charts wait to be computed", CHARTS_ASKED_MAX);
    }
    struct request *request = mem_alloc(sizeof(*request));
    *request = (struct request){.task = {.run = request_read, .done = request_was_read},
                                .charts = charts,
                                .state = REQUEST_READING,
                                .birth = *birth,
                                .done = done,
                                .ctx = ctx,
                                .asked_us = clock_mono_us()};
    sbuf_init(&request->text, REQUEST_BYTES_MAX);
    sbuf_init(&request->zone, TIMEZONE_FILE_BYTES_MAX);
    if (!thread_submit(charts->files, &request->task)) {
        request_free(request);
        return err_set(err, ERR_LIMIT, "too many files wait to be read");
    }
    charts->requests[charts->requests_count++] = request;
    return true;
}

struct charts *charts_create(struct loop *loop, struct thread *files,
                             const struct charts_settings *settings, struct err *err)
{
    struct cell_program *program = cell_program_open(settings->program_path, err);
    if (program == NULL) {
        return NULL;
    }
    struct charts *charts = mem_alloc(sizeof(*charts));
    charts->loop = loop;
    charts->files = files;
    charts->program = program;
    charts->settings = *settings;
    charts->settings.program_path = NULL; /* was borrowed */
    for (size_t i = 0; i < CHARTS_CELLS_MAX; i++) {
        charts->cells[i].charts = charts;
    }
    return charts;
}

void charts_destroy(struct charts **charts_pointer)
{
    struct charts *charts = *charts_pointer;
    *charts_pointer = NULL;
    if (charts == NULL) {
        return;
    }
    for (size_t i = 0; i < CHARTS_CELLS_MAX; i++) {
        cell_destroy(&charts->cells[i].cell);
    }
    for (size_t i = 0; i < charts->requests_count; i++) {
        struct request *request = charts->requests[i];
        request->charts = NULL;
        if (request->state != REQUEST_READING) {
            request_free(request);
        }
    }
    cell_program_close(&charts->program);
    chart_cache_fini(&charts->cache);
    free(charts);
}
