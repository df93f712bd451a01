/* The sweep: closes the rows of jobs that are gone. */
#include "job/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/mem.h"
#include "job/outcome.h"
#include "queue/queue.h"
#include "store/store.h"

#define SWEEP_ROWS_MAX 1000
#define SWEEP_PASSES_APART_S 10.
#define SWEEP_EVERY_S 60.
#define SWEEP_ALARM_ROWS 20
#define SWEEP_ALARM_SHARE 5 /* one in five */

struct sweep_row {
    struct sweep *sweep;
    char *reading_id;
    char *job_key;
    uint32_t run;
    unsigned missed; /* passes that did not find the job */
};

struct sweep {
    struct loop *loop;
    struct store *store;
    struct queue *queue;
    ev_timer timer;
    struct sweep_row *rows;
    size_t rows_count;
    size_t asking; /* replies still to come */
    unsigned pass;
    bool is_listing;
    bool is_doomed; /* destroyed while replies were under way: the last of them frees */
};

static void sweep_forget_rows(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->rows_count; i++) {
        free(sweep->rows[i].reading_id);
        free(sweep->rows[i].job_key);
    }
    free(sweep->rows);
    sweep->rows = NULL;
    sweep->rows_count = 0;
}

static void sweep_free(struct sweep *sweep)
{
    sweep_forget_rows(sweep);
    free(sweep);
}

static void sweep_wait(struct sweep *sweep, double seconds)
{
    ev_timer_set(&sweep->timer, seconds, 0.);
    ev_timer_start(sweep->loop->ev, &sweep->timer);
}

/* Nothing is left to come: true when the sweep has just been freed. */
static bool sweep_is_over(struct sweep *sweep)
{
    if (!sweep->is_doomed || sweep->asking > 0 || sweep->is_listing) {
        return false;
    }
    sweep_free(sweep);
    return true;
}

static void sweep_closed(bool is_applied, const struct err *err, void *ctx)
{
    (void)is_applied;
    (void)ctx;
    if (err != NULL) {
        log_warning("sweep", NULL, "a row was not closed: %s; the next sweep tries again",
                    err->text);
    }
}

static void sweep_close_rows(struct sweep *sweep)
{
    size_t gone = 0;
    for (size_t i = 0; i < sweep->rows_count; i++) {
        gone += sweep->rows[i].missed == 2;
    }
    if (gone > SWEEP_ALARM_ROWS && gone * SWEEP_ALARM_SHARE > sweep->rows_count) {
        log_error("sweep", NULL,
                  "%zu of %zu open rows of queue '%s' have no job any more: none is touched; is "
                  "this the right Redis?",
                  gone, sweep->rows_count, queue_name(sweep->queue));
        sweep_wait(sweep,
                   SWEEP_EVERY_S); /* they may just be being closed by who removed the jobs */
        return;
    }
    for (size_t i = 0; i < sweep->rows_count; i++) {
        const struct sweep_row *row = &sweep->rows[i];
        if (row->missed == 2) {
            struct store_key key = {row->reading_id, row->job_key, row->run};
            struct store_error error = {outcome_of(OUTCOME_JOB_GONE)->code,
                                        "the job ended or was removed before its reading was "
                                        "written",
                                        false};
            store_fail(sweep->store, &key, &error, sweep_closed, NULL);
            log_warning("sweep", NULL, "closed reading %s: its job %s is gone", row->reading_id,
                        row->job_key);
        }
    }
    sweep_wait(sweep, SWEEP_EVERY_S);
}

static void sweep_asked(bool is_known, enum queue_job_state state, void *ctx)
{
    struct sweep_row *row = ctx;
    struct sweep *sweep = row->sweep;
    sweep->asking--;
    if (is_known && state != QUEUE_JOB_ALIVE) {
        row->missed++;
    }
    if (sweep_is_over(sweep) || sweep->asking > 0) {
        return;
    }
    if (sweep->pass == 1) {
        sweep_wait(sweep, SWEEP_PASSES_APART_S);
    } else {
        sweep_close_rows(sweep);
    }
}

static void sweep_ask(struct sweep *sweep)
{
    sweep->pass++;
    sweep->asking = sweep->rows_count; /* before the first reply can come */
    for (size_t i = 0; i < sweep->rows_count; i++) {
        queue_job_state(sweep->queue, sweep->rows[i].job_key, sweep_asked, &sweep->rows[i]);
    }
}

static void sweep_list(struct sweep *sweep);

static void sweep_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct sweep *sweep = timer->data;
    if (sweep->pass == 1) {
        sweep_ask(sweep);
    } else {
        sweep_list(sweep);
    }
}

static void sweep_read_row(struct sweep *sweep, struct json_object *object)
{
    struct span reading_id, job_key;
    int64_t run = 0;
    if (!json_get_text(object, "readingId", &reading_id) ||
        !json_get_text(object, "jobKey", &job_key) || !json_get_int(object, "run", &run)) {
        return;
    }
    if (!queue_has_key(sweep->queue, job_key.data)) {
        return; /* of a queue of that name under another prefix: not ours to judge */
    }
    sweep->rows[sweep->rows_count++] = (struct sweep_row){
        .sweep = sweep,
        .reading_id = mem_strndup(reading_id.data, reading_id.len),
        .job_key = mem_strndup(job_key.data, job_key.len),
        .run = (uint32_t)run,
    };
}

static void sweep_listed(struct span json, const struct err *err, void *ctx)
{
    struct sweep *sweep = ctx;
    sweep->is_listing = false;
    if (sweep_is_over(sweep)) {
        return;
    }
    struct json_object *rows = NULL;
    if (err != NULL || !json_parse(json, &rows, NULL)) {
        log_warning("sweep", NULL, "the open rows cannot be listed: %s",
                    err != NULL ? err->text : "the store gave no JSON");
        sweep_wait(sweep, SWEEP_EVERY_S);
        return;
    }
    size_t count = json_object_array_length(rows);
    sweep->rows = mem_array(count, sizeof(*sweep->rows));
    for (size_t i = 0; i < count; i++) {
        sweep_read_row(sweep, json_object_array_get_idx(rows, i));
    }
    json_object_put(rows);
    if (sweep->rows_count == 0) {
        sweep_wait(sweep, SWEEP_EVERY_S);
    } else {
        sweep_ask(sweep);
    }
}

static void sweep_list(struct sweep *sweep)
{
    sweep_forget_rows(sweep);
    sweep->pass = 0;
    sweep->is_listing = true;
    store_open_rows(sweep->store, queue_name(sweep->queue), clock_wall_ms(), SWEEP_ROWS_MAX,
                    sweep_listed, sweep);
}

struct sweep *sweep_start(struct loop *loop, struct store *store, struct queue *queue)
{
    struct sweep *sweep = mem_alloc(sizeof(*sweep));
    sweep->loop = loop;
    sweep->store = store;
    sweep->queue = queue;
    ev_timer_init(&sweep->timer, sweep_on_timer, 0., 0.);
    sweep->timer.data = sweep;
    sweep_list(sweep);
    return sweep;
}

void sweep_destroy(struct sweep **sweep)
{
    if (*sweep == NULL) {
        return;
    }
    struct sweep *doomed = *sweep;
    *sweep = NULL;
    ev_timer_stop(doomed->loop->ev, &doomed->timer);
    doomed->is_doomed = true;
    (void)sweep_is_over(doomed);
}
