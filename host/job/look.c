/* A look at a reading. */
#include "job/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/thread.h"
#include "job/awaited.h"
#include "job/outcome.h"
#include "job/pipeline.h"
#include "job/standing.h"
#include "queue/queue.h"
#include "store/store.h"

struct looking {
    struct pipeline *pipeline;
    look_fn done;
    void *ctx;
    char reading_id[HASH_UUID_BYTES];
    struct thread_task task; /* a row with much data is parsed on the files thread */
    char *text;
    size_t text_len;
    struct json_object *row; /* the look's texts are in it */
    struct err err;
    bool is_parsed;
    char *awaited; /* the job that is to take the row over, or NULL */
    struct standing_of seen;
    struct look look;
};

static void look_free(struct looking *looking)
{
    json_object_put(looking->row);
    free(looking->awaited);
    free(looking->text);
    free(looking);
}

static void look_refuse(struct looking *looking, const struct err *err)
{
    looking->done(NULL, err, looking->ctx);
    look_free(looking);
}

/* All is seen: what it means. */
static void look_tell(struct looking *looking)
{
    struct look *look = &looking->look;
    const struct watch_status *held =
        watch_held_status(looking->pipeline->watch, looking->reading_id);
    look->status = held != NULL ? *held : standing_of(&looking->seen);
    look->is_over = held == NULL && standing_is_over(&look->status);
    if (held != NULL) {
        look->job_state = "active";
    }
    looking->done(look, NULL, looking->ctx);
    look_free(looking);
}

/* An awaited job that failed before it took the row over: only the job itself says so. */
static void look_read_failed(struct look *look, const char *reason)
{
    const struct outcome *outcome = outcome_parse(reason, &look->error_message);
    if (outcome == NULL) { /* BullMQ gave it up */
        outcome = outcome_of(OUTCOME_STALLED);
        look->error_message = reason;
    }
    look->error_code = outcome->code;
    look->is_error_retryable = outcome->is_retryable;
}

static void look_job_seen(const struct queue_job_view *view, const struct err *err, void *ctx)
{
    struct looking *looking = ctx;
    if (err != NULL) {
        look_tell(looking);
        return;
    }
    struct look *look = &looking->look;
    looking->seen.job = look->job_state = view->state;
    looking->seen.is_parked = view->parked_reason != NULL;
    looking->seen.progress = view->progress;
    look->parked_reason = view->parked_reason;
    look->parked_since_ms = view->parked_since_ms;
    if (looking->seen.is_awaited && strcmp(view->state, "failed") == 0) {
        look_read_failed(look, view->failed_reason != NULL ? view->failed_reason : "");
    } else if (looking->seen.is_awaited && !standing_is_alive(view->state)) {
        awaited_remove(looking->pipeline->awaited, looking->reading_id); /* it will not come */
    }
    look_tell(looking);
}

static const char *look_text(struct json_object *object, const char *key)
{
    struct span text;
    return json_get_text(object, key, &text) ? text.data : "";
}

static void look_read_error(struct look *look, struct json_object *error)
{
    if (error != NULL) {
        look->error_code = look_text(error, "code");
        look->error_message = look_text(error, "message");
        (void)json_get_bool(error, "retryable", &look->is_error_retryable);
    }
}

/* Which job is at the reading: the one that is to take the row over, or the row's own. That one is
 * to take it over as well when it was retried: until then no run holds the row. */
static const char *look_job_key(struct looking *looking)
{
    struct awaited *all = looking->pipeline->awaited;
    const char *own = look_text(looking->row, "jobKey");
    const char *awaited = awaited_find(all, looking->reading_id);
    if (awaited == NULL) {
        return own;
    }
    if (strcmp(awaited, own) == 0 && looking->seen.is_held) {
        awaited_remove(all, looking->reading_id); /* it has come */
        return own;
    }
    looking->seen.is_awaited = true;
    looking->awaited = mem_strdup(awaited);
    return looking->awaited;
}

static void look_read_row(struct looking *looking)
{
    struct json_object *row = looking->row;
    struct look *look = &looking->look;
    int64_t version = 0, run = 0;
    (void)json_get_int(row, "currentVersion", &version);
    (void)json_get_int(row, "run", &run);
    (void)json_get_bool(row, "isHeld", &looking->seen.is_held);
    looking->seen.row = look_text(row, "status");
    look_read_error(look, json_get(row, "error"));
    look->reading_id = looking->reading_id;
    look->version = (uint32_t)version;
    look->run = (uint32_t)run;
    look->agent_id = look_text(row, "agentId");
    look->payload = json_get(row, "payload");
    look->job_key = look_job_key(looking);
    look->queue = pipeline_queue_of(looking->pipeline, look->job_key);
    if (look->queue != NULL) {
        queue_look(look->queue, look->job_key, look_job_seen, looking);
    } else {
        look_tell(looking);
    }
}

static void look_parse_run(struct thread_task *task)
{
    struct looking *looking = CONTAINER_OF(task, struct looking, task);
    looking->is_parsed =
        json_parse((struct span){looking->text, looking->text_len}, &looking->row, &looking->err);
}

static void look_parse_done(struct thread_task *task)
{
    struct looking *looking = CONTAINER_OF(task, struct looking, task);
    if (!looking->is_parsed) {
        look_refuse(looking, &looking->err);
        return;
    }
    look_read_row(looking);
}

static void look_got_row(struct span json, const struct err *err, void *ctx)
{
    struct looking *looking = ctx;
    if (err != NULL) {
        look_refuse(looking, err);
        return;
    }
    looking->text = mem_strndup(json.data, json.len);
    looking->text_len = json.len;
    looking->task = (struct thread_task){.run = look_parse_run, .done = look_parse_done};
    if (json.len <= JSON_LOOP_BYTES_MAX) {
        look_parse_run(&looking->task);
        look_parse_done(&looking->task);
    } else if (!thread_submit(looking->pipeline->files, &looking->task)) {
        (void)err_set(&looking->err, ERR_AGAIN, "too much waits to be read; try again");
        look_refuse(looking, &looking->err);
    }
}

void look_at(struct pipeline *pipeline, const char *reading_id, look_fn done, void *ctx)
{
    struct looking *looking = mem_alloc(sizeof(*looking));
    looking->pipeline = pipeline;
    looking->done = done;
    looking->ctx = ctx;
    (void)snprintf(looking->reading_id, sizeof(looking->reading_id), "%s", reading_id);
    looking->seen.job = looking->look.job_state = "unknown";
    looking->seen.progress = -1;
    store_get_row(pipeline->store, looking->reading_id, look_got_row, looking);
}
