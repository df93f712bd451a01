/* Emptying queues, one after the other: the jobs first, then the rows that had one. */
#include "job/clean.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "job/outcome.h"
#include "job/pipeline.h"
#include "job/watch.h"
#include "queue/queue.h"
#include "store/store.h"

#define CLEAN_ROWS_MAX 1000 /* listed at once */

/* A row whose job is being asked for. */
struct clean_row {
    struct cleaning *cleaning;
    char *reading_id;
    char *job_key;
    uint32_t run;
};

struct cleaning {
    struct pipeline *pipeline;
    clean_fn done;
    void *ctx;
    char *only; /* the queue's name; NULL = all */
    size_t at;  /* the queue being emptied */
    int64_t removed;
    struct clean_row *rows;
    size_t rows_count;
    size_t under_way; /* answers still to come */
    size_t closed;    /* of these rows */
};

static void clean_next(struct cleaning *cleaning);
static void clean_list(struct cleaning *cleaning);

static void clean_end(struct cleaning *cleaning, const struct err *err)
{
    cleaning->done(cleaning->removed, err, cleaning->ctx);
    free(cleaning->only);
    free(cleaning);
}

static struct queue *clean_queue(const struct cleaning *cleaning)
{
    return cleaning->pipeline->queues[cleaning->at];
}

/* A host that ends has none any more. */
static bool clean_has_queue(const struct cleaning *cleaning)
{
    return cleaning->at < cleaning->pipeline->queues_count;
}

static void clean_forget_rows(struct cleaning *cleaning)
{
    for (size_t i = 0; i < cleaning->rows_count; i++) {
        free(cleaning->rows[i].reading_id);
        free(cleaning->rows[i].job_key);
    }
    free(cleaning->rows);
    cleaning->rows = NULL;
    cleaning->rows_count = 0;
}

/* A full list may have been the beginning of a longer one. */
static void clean_answered(struct cleaning *cleaning)
{
    if (--cleaning->under_way > 0) {
        return;
    }
    bool is_more = cleaning->rows_count == CLEAN_ROWS_MAX && cleaning->closed > 0;
    clean_forget_rows(cleaning);
    if (is_more && clean_has_queue(cleaning)) {
        clean_list(cleaning);
    } else {
        cleaning->at++;
        clean_next(cleaning);
    }
}

static void clean_row_closed(bool is_applied, const struct err *err, void *ctx)
{
    struct cleaning *cleaning = ctx;
    cleaning->closed += is_applied;
    if (err != NULL) {
        log_warning("clean", NULL, "a row was not closed: %s; the sweep closes it", err->text);
    }
    clean_answered(cleaning);
}

static void clean_asked(bool is_known, enum queue_job_state state, void *ctx)
{
    const struct clean_row *row = ctx;
    struct cleaning *cleaning = row->cleaning;
    /* A job that this host is about to end tells its own end. */
    bool is_ours = watch_held_status(cleaning->pipeline->watch, row->reading_id) != NULL;
    if (!is_known || state != QUEUE_JOB_GONE || is_ours) {
        clean_answered(cleaning);
        return;
    }
    struct store_key key = {row->reading_id, row->job_key, row->run};
    struct store_error error = {outcome_of(OUTCOME_JOB_GONE)->code,
                                "the queue was emptied before the reading was written", false};
    store_fail(cleaning->pipeline->store, &key, &error, clean_row_closed, cleaning);
}

static void clean_read_row(struct cleaning *cleaning, struct json_object *object)
{
    struct span reading_id, job_key;
    int64_t run = 0;
    if (json_get_text(object, "readingId", &reading_id) &&
        json_get_text(object, "jobKey", &job_key) && json_get_int(object, "run", &run)) {
        cleaning->rows[cleaning->rows_count++] = (struct clean_row){
            .cleaning = cleaning,
            .reading_id = mem_strndup(reading_id.data, reading_id.len),
            .job_key = mem_strndup(job_key.data, job_key.len),
            .run = (uint32_t)run,
        };
    }
}

static void clean_listed(struct span json, const struct err *err, void *ctx)
{
    struct cleaning *cleaning = ctx;
    struct json_object *rows = NULL;
    struct err bad;
    if (err == NULL && !clean_has_queue(cleaning)) {
        (void)err_set(&bad, ERR_AGAIN, "the host is ending");
        err = &bad;
    }
    if (err == NULL && !json_parse(json, &rows, &bad)) {
        err = &bad;
    }
    if (err != NULL) {
        clean_end(cleaning, err);
        return;
    }
    size_t count = json_object_array_length(rows);
    cleaning->rows = mem_array(count + 1, sizeof(*cleaning->rows));
    for (size_t i = 0; i < count; i++) {
        clean_read_row(cleaning, json_object_array_get_idx(rows, i));
    }
    json_object_put(rows);
    cleaning->closed = 0;
    cleaning->under_way = cleaning->rows_count + 1; /* before the first answer can come */
    for (size_t i = 0; i < cleaning->rows_count; i++) {
        queue_job_state(clean_queue(cleaning), cleaning->rows[i].job_key, clean_asked,
                        &cleaning->rows[i]);
    }
    clean_answered(cleaning);
}

static void clean_list(struct cleaning *cleaning)
{
    store_open_rows(cleaning->pipeline->store, queue_name(clean_queue(cleaning)), clock_wall_ms(),
                    CLEAN_ROWS_MAX, clean_listed, cleaning);
}

static void clean_emptied(int64_t removed, const struct err *err, void *ctx)
{
    struct cleaning *cleaning = ctx;
    cleaning->removed += removed;
    if (err != NULL) {
        clean_end(cleaning, err);
        return;
    }
    log_warning("clean", NULL, "queue '%s' was emptied: %lld jobs are gone",
                queue_name(clean_queue(cleaning)), (long long)removed);
    clean_list(cleaning);
}

/* The next queue, from the one at hand on, or the end. */
static void clean_next(struct cleaning *cleaning)
{
    while (clean_has_queue(cleaning) && cleaning->only != NULL &&
           strcmp(queue_name(clean_queue(cleaning)), cleaning->only) != 0) {
        cleaning->at++;
    }
    if (clean_has_queue(cleaning)) {
        queue_empty(clean_queue(cleaning), clean_emptied, cleaning);
    } else {
        clean_end(cleaning, NULL);
    }
}

void clean_queues(struct pipeline *pipeline, const char *queue, clean_fn done, void *ctx)
{
    struct err err;
    if (queue != NULL && pipeline_queue_named(pipeline, queue) == NULL) {
        (void)err_set(&err, ERR_NOT_FOUND, "queue: this host does not serve '%.100s'", queue);
        done(0, &err, ctx);
        return;
    }
    struct cleaning *cleaning = mem_alloc(sizeof(*cleaning));
    cleaning->pipeline = pipeline;
    cleaning->done = done;
    cleaning->ctx = ctx;
    cleaning->only = mem_strdup(queue);
    clean_next(cleaning);
}
