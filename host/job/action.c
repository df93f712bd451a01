/* What can be done about a reading: each looks first, and does what the state allows. */
#include "job/action.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/sbuf.h"
#include "job/awaited.h"
#include "job/look.h"
#include "job/outbox.h"
#include "job/pipeline.h"
#include "queue/queue.h"

#define ACTION_DATA_BYTES_MAX (4 * 1024 * 1024) /* as rendered; the job's own limit is lower */
#define ACTION_JOB_ID_BYTES (HASH_UUID_BYTES + 12)

struct acting {
    struct pipeline *pipeline;
    action_fn done;
    void *ctx;
    char *reason; /* cancel */
    char reading_id[HASH_UUID_BYTES];
    char *job_key; /* of the job that was added or retried */
    char *job_id;
    struct queue *queue;
    uint32_t version;
};

static struct acting *action_start(struct pipeline *pipeline, const char *reading_id,
                                   action_fn done, void *ctx)
{
    struct acting *acting = mem_alloc(sizeof(*acting));
    acting->pipeline = pipeline;
    acting->done = done;
    acting->ctx = ctx;
    (void)snprintf(acting->reading_id, sizeof(acting->reading_id), "%s", reading_id);
    return acting;
}

/* err NULL = it is done. */
static void action_end(struct acting *acting, const struct err *err)
{
    struct action action = {acting->reading_id, acting->job_id, acting->version};
    acting->done(err == NULL ? &action : NULL, err, acting->ctx);
    free(acting->reason);
    free(acting->job_key);
    free(acting->job_id);
    free(acting);
}

static void action_refuse(struct acting *acting, enum err_kind kind, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

static void action_refuse(struct acting *acting, enum err_kind kind, const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    struct err err;
    (void)err_set(&err, kind, "%s", text);
    action_end(acting, &err);
}

/* What a look must have found before anything can be done: its job is in a queue of ours, which
 * can be reached. False after an answer. */
static bool action_can(struct acting *acting, const struct look *look, const struct err *err)
{
    if (err != NULL) {
        action_end(acting, err);
        return false;
    }
    if (look->queue == NULL) {
        action_refuse(acting, ERR_CONFLICT,
                      "reading %s: this host does not serve the queue of its job",
                      acting->reading_id);
        return false;
    }
    if (!queue_is_connected(look->queue)) {
        action_refuse(acting, ERR_AGAIN, "queue '%s': %s", queue_name(look->queue),
                      queue_trouble(look->queue));
        return false;
    }
    acting->queue = look->queue;
    return true;
}

static bool action_must_be(struct acting *acting, const struct look *look, const char *status,
                           const char *verb)
{
    if (strcmp(look->status.status, status) == 0) {
        return true;
    }
    action_refuse(acting, ERR_CONFLICT, "reading %s is %s: only a %s one can be %s",
                  acting->reading_id, look->status.status, status, verb);
    return false;
}

/* --- cancel ---------------------------------------------------------------------------------- */

static void action_cancel_looked(const struct look *look, const struct err *err, void *ctx)
{
    struct acting *acting = ctx;
    if (!action_can(acting, look, err)) {
        return;
    }
    if (look->is_over) {
        action_refuse(acting, ERR_CONFLICT, "reading %s is %s already", acting->reading_id,
                      look->status.status);
        return;
    }
    queue_cancel(look->queue, look->job_key, acting->reason);
    action_end(acting, NULL);
}

void action_cancel(struct pipeline *pipeline, const char *reading_id, const char *reason,
                   action_fn done, void *ctx)
{
    struct acting *acting = action_start(pipeline, reading_id, done, ctx);
    acting->reason = mem_strdup(reason);
    look_at(pipeline, reading_id, action_cancel_looked, acting);
}

/* --- another job ------------------------------------------------------------------------------ */

/* err NULL = the job is to take the reading over. */
static void action_await(struct acting *acting, const struct err *err)
{
    if (err == NULL) {
        awaited_add(acting->pipeline->awaited, acting->reading_id, acting->job_key);
    }
    action_end(acting, err);
}

/* The job that has the id is being retried in place of the one that could not be added. */
static void action_retried_other(bool was_retried, const struct err *err, void *ctx)
{
    struct acting *acting = ctx;
    if (err == NULL && !was_retried) {
        action_refuse(acting, ERR_CONFLICT,
                      "job %s is there already and has not failed: wait for it, or remove it from "
                      "the queue",
                      acting->job_id);
        return;
    }
    action_await(acting, err);
}

static void action_found_other(const char *job_key, const struct err *err, void *ctx)
{
    struct acting *acting = ctx;
    if (err != NULL) {
        action_end(acting, err);
        return;
    }
    if (job_key == NULL) {
        action_refuse(acting, ERR_AGAIN, "job %s was removed just now; try again", acting->job_id);
        return;
    }
    free(acting->job_key);
    acting->job_key = mem_strdup(job_key);
    queue_retry(acting->queue, acting->job_key, action_retried_other, acting);
}

/* Another job has the id: one that was added before this host was started, or by another host, and
 * that failed before it took the reading over. */
static void action_seen(const struct queue_job_view *view, const struct err *err, void *ctx)
{
    struct acting *acting = ctx;
    if (err == NULL && strcmp(view->state, "unknown") == 0) {
        queue_find(acting->queue, acting->job_id, action_found_other, acting);
        return;
    }
    action_await(acting, NULL);
}

/* BullMQ adds no job whose id is taken, and calls that no error: so it is looked at. */
static void action_added(const char *job_id, const struct err *err, void *ctx)
{
    (void)job_id;
    struct acting *acting = ctx;
    if (err != NULL) {
        action_end(acting, err);
        return;
    }
    queue_look(acting->queue, acting->job_key, action_seen, acting);
}

/* The data the reading was first asked for with. */
static void action_render_data(const struct look *look, bool is_regenerate, struct sbuf *out)
{
    struct json_object *data = json_object_get(look->payload);
    json_object_object_add(data, "readingId", json_object_new_string(look->reading_id));
    json_object_object_add(data, "agentId", json_object_new_string(look->agent_id));
    if (is_regenerate) {
        json_object_object_add(data, "regenerate", json_object_new_boolean(true));
    }
    json_render(out, data);
    json_object_put(data);
}

/* Adds the job <readingId>-<n>, n = the version to be made. */
static void action_add(struct acting *acting, const struct look *look, bool is_regenerate)
{
    if (!json_object_is_type(look->payload, json_type_object)) {
        action_refuse(acting, ERR_CONFLICT, "reading %s: its row does not say what was asked for",
                      acting->reading_id);
        return;
    }
    char job_id[ACTION_JOB_ID_BYTES];
    (void)snprintf(job_id, sizeof(job_id), "%s-%" PRIu32, acting->reading_id, look->version + 1);
    struct sbuf data;
    sbuf_init(&data, ACTION_DATA_BYTES_MAX);
    action_render_data(look, is_regenerate, &data);
    struct queue_add add =
        outbox_job(job_id, sbuf_as_span(&data), acting->pipeline->agents, look->agent_id);
    add.timestamp_ms = clock_wall_ms();
    acting->job_id = mem_strdup(job_id);
    acting->job_key = queue_make_job_key(acting->queue, job_id, add.timestamp_ms);
    queue_enqueue(acting->queue, &add, action_added, acting);
    sbuf_fini(&data);
}

static void action_retried(bool was_retried, const struct err *err, void *ctx)
{
    struct acting *acting = ctx;
    if (err == NULL && !was_retried) {
        action_refuse(acting, ERR_CONFLICT, "the job of reading %s is not failed any more",
                      acting->reading_id);
        return;
    }
    action_await(acting, err);
}

/* Retries the job the look found failed. */
static void action_retry_job(struct acting *acting, const struct look *look)
{
    acting->job_id = queue_id_of(acting->queue, look->job_key);
    acting->job_key = mem_strdup(look->job_key);
    queue_retry(acting->queue, acting->job_key, action_retried, acting);
}

static void action_retry_looked(const struct look *look, const struct err *err, void *ctx)
{
    struct acting *acting = ctx;
    if (!action_can(acting, look, err) || !action_must_be(acting, look, "failed", "retried")) {
        return;
    }
    if (strcmp(look->job_state, "failed") == 0) {
        action_retry_job(acting, look);
    } else {
        action_add(acting, look, false);
    }
}

void action_retry(struct pipeline *pipeline, const char *reading_id, action_fn done, void *ctx)
{
    look_at(pipeline, reading_id, action_retry_looked,
            action_start(pipeline, reading_id, done, ctx));
}

static void action_regenerate_looked(const struct look *look, const struct err *err, void *ctx)
{
    struct acting *acting = ctx;
    if (!action_can(acting, look, err) ||
        !action_must_be(acting, look, "completed", "written anew")) {
        return;
    }
    acting->version = look->version + 1;
    if (strcmp(look->job_state, "failed") == 0) { /* an earlier regeneration: it has the same id */
        action_retry_job(acting, look);
    } else {
        action_add(acting, look, true);
    }
}

void action_regenerate(struct pipeline *pipeline, const char *reading_id, action_fn done, void *ctx)
{
    look_at(pipeline, reading_id, action_regenerate_looked,
            action_start(pipeline, reading_id, done, ctx));
}
