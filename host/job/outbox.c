/* Adds the jobs of readings: of one whose row was just made, and of those that somebody left
 * behind, because Redis was away or the host died in between. */
#include "job/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agents.h"
#include "agent/manifest.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/mem.h"
#include "core/thread.h"

#define OUTBOX_AGE_MS 10000 /* whoever made a row has surely given up on its job by then */
#define OUTBOX_EVERY_S 5.
#define OUTBOX_ROWS_MAX 100
#define OUTBOX_ATTEMPTS 3
#define OUTBOX_BACKOFF_MS 5000
#define OUTBOX_KEEP_COMPLETED_S 86400
#define OUTBOX_KEEP_FAILED_S 604800

/* --- one job -------------------------------------------------------------------------------- */

struct queue_add outbox_job(const char *job_id, struct span data, const struct agents *agents,
                            const char *agent_id)
{
    const struct manifest *manifest = agents_manifest(agents, agent_id);
    return (struct queue_add){
        .name = "generate-reading",
        .job_id = job_id,
        .data = data,
        .priority = manifest != NULL ? (uint32_t)manifest->priority : 0,
        .attempts = OUTBOX_ATTEMPTS,
        .backoff_ms = OUTBOX_BACKOFF_MS,
        .keep_completed_s = OUTBOX_KEEP_COMPLETED_S,
        .keep_failed_s = OUTBOX_KEEP_FAILED_S,
    };
}

struct outbox_adding {
    struct store *store;
    char *reading_id, *job_key;
    uint32_t run;
    void (*done)(const struct err *err, void *ctx);
    void *ctx;
};

static void outbox_noted(bool is_applied, const struct err *err, void *ctx)
{
    (void)is_applied; /* not when the job itself was faster */
    (void)ctx;
    if (err != NULL) {
        log_warning("outbox", NULL,
                    "a job was added, but its row does not say so: %s; it is added again, which "
                    "does nothing",
                    err->text);
    }
}

static void outbox_added(const char *job_id, const struct err *err, void *ctx)
{
    (void)job_id;
    struct outbox_adding *adding = ctx;
    if (err == NULL) {
        const struct store_key key = {adding->reading_id, adding->job_key, adding->run};
        store_enqueued(adding->store, &key, outbox_noted, NULL);
    }
    adding->done(err, adding->ctx);
    free(adding->reading_id);
    free(adding->job_key);
    free(adding);
}

/* The id and the time at the end of a job_key; ids made here have no colon. */
static char *outbox_job_id(const char *job_key, int64_t *ret_timestamp_ms)
{
    const char *end = strrchr(job_key, ':'), *start = end;
    while (start > job_key && start[-1] != ':') {
        start--;
    }
    *ret_timestamp_ms = end != NULL ? strtoll(end + 1, NULL, 10) : 0;
    return end != NULL ? mem_strndup(start, (size_t)(end - start)) : NULL;
}

void outbox_add(struct queue *queue, struct store *store, const struct agents *agents,
                const struct store_key *key, const char *agent_id, struct span data,
                void (*done)(const struct err *err, void *ctx), void *ctx)
{
    int64_t timestamp_ms = 0;
    char *job_id = outbox_job_id(key->job_key, &timestamp_ms);
    struct err err;
    if (job_id == NULL || timestamp_ms <= 0 || !queue_has_key(queue, key->job_key)) {
        (void)err_set(&err, ERR_INVALID, "'%.200s' names no job of queue '%s'", key->job_key,
                      queue_name(queue));
        free(job_id);
        done(&err, ctx);
        return;
    }
    struct outbox_adding *adding = mem_alloc(sizeof(*adding));
    *adding = (struct outbox_adding){
        .store = store,
        .reading_id = mem_strdup(key->reading_id),
        .job_key = mem_strdup(key->job_key),
        .run = key->run,
        .done = done,
        .ctx = ctx,
    };
    struct queue_add add = outbox_job(job_id, data, agents, agent_id);
    add.timestamp_ms = timestamp_ms;
    queue_enqueue(queue, &add, outbox_added, adding);
    free(job_id);
}

/* --- rows left behind ----------------------------------------------------------------------- */

struct outbox_row {
    struct json_object *json; /* borrowed from the list */
    struct sbuf payload;
};

struct outbox {
    struct loop *loop;
    struct thread *files;
    struct store *store;
    struct queue *queue;
    const struct agents *agents;
    ev_timer timer;
    /* One look at the rows. */
    struct thread_task task;
    struct sbuf text; /* as the store gave it */
    struct json_object *list;
    struct outbox_row *rows;
    size_t rows_count;
    size_t adding; /* replies still to come */
    size_t added, foreign;
    char trouble[ERR_TEXT_BYTES_MAX]; /* of the last job that was not added; "" = none */
    bool is_looking;                  /* the store or the thread is at work */
    bool is_doomed; /* destroyed while replies were under way: the last of them frees */
};

static void outbox_forget_rows(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->rows_count; i++) {
        sbuf_fini(&outbox->rows[i].payload);
    }
    free(outbox->rows);
    outbox->rows = NULL;
    outbox->rows_count = 0;
    json_object_put(outbox->list);
    outbox->list = NULL;
    sbuf_fini(&outbox->text);
}

/* Nothing is left to come: true when the outbox has just been freed. */
static bool outbox_is_over(struct outbox *outbox)
{
    if (!outbox->is_doomed || outbox->is_looking || outbox->adding > 0) {
        return false;
    }
    outbox_forget_rows(outbox);
    free(outbox);
    return true;
}

static void outbox_wait(struct outbox *outbox)
{
    outbox_forget_rows(outbox);
    ev_timer_set(&outbox->timer, OUTBOX_EVERY_S, 0.);
    ev_timer_start(outbox->loop->ev, &outbox->timer);
}

static void outbox_finish(struct outbox *outbox)
{
    if (outbox->added > 0) {
        log_info("outbox", NULL, "added %zu jobs to queue '%s' whose readings waited for them",
                 outbox->added, queue_name(outbox->queue));
    }
    if (outbox->trouble[0] != '\0') {
        log_warning("outbox", NULL, "%zu readings of queue '%s' wait for their jobs: %s",
                    outbox->rows_count - outbox->added - outbox->foreign, queue_name(outbox->queue),
                    outbox->trouble);
    }
    outbox_wait(outbox);
}

static void outbox_row_added(const struct err *err, void *ctx)
{
    struct outbox *outbox = ctx;
    outbox->adding--;
    outbox->added += err == NULL;
    if (err != NULL) {
        memcpy(outbox->trouble, err->text, sizeof(outbox->trouble));
    }
    if (!outbox_is_over(outbox) && outbox->adding == 0) {
        outbox_finish(outbox);
    }
}

static void outbox_add_row(struct outbox *outbox, const struct outbox_row *row)
{
    struct span reading_id = {0}, job_key = {0}, agent_id = {0};
    int64_t run = 0;
    struct err err;
    if (!json_get_text(row->json, "readingId", &reading_id) ||
        !json_get_text(row->json, "jobKey", &job_key) ||
        !json_get_text(row->json, "agentId", &agent_id) || !json_get_int(row->json, "run", &run)) {
        (void)err_set(&err, ERR_PROTOCOL, "the store gave a row without its job");
        outbox_row_added(&err, outbox);
        return;
    }
    if (!queue_has_key(outbox->queue, job_key.data)) {
        outbox->adding--; /* of a queue of that name under another prefix: not ours to add */
        outbox->foreign++;
        return;
    }
    const struct store_key key = {reading_id.data, job_key.data, (uint32_t)run};
    outbox_add(outbox->queue, outbox->store, outbox->agents, &key, agent_id.data,
               sbuf_as_span(&row->payload), outbox_row_added, outbox);
}

/* On the files thread: the list may have a megabyte. */
static void outbox_read(struct thread_task *task)
{
    struct outbox *outbox = CONTAINER_OF(task, struct outbox, task);
    if (!json_parse(sbuf_as_span(&outbox->text), &outbox->list, NULL)) {
        return;
    }
    size_t count = json_object_array_length(outbox->list);
    outbox->rows = mem_array(count, sizeof(*outbox->rows));
    for (size_t i = 0; i < count; i++) {
        struct outbox_row *row = &outbox->rows[outbox->rows_count++];
        row->json = json_object_array_get_idx(outbox->list, i);
        sbuf_init(&row->payload, 2 * STORE_ROWS_BYTES_MAX);
        json_render(&row->payload, json_get(row->json, "payload"));
    }
}

static void outbox_was_read(struct thread_task *task)
{
    struct outbox *outbox = CONTAINER_OF(task, struct outbox, task);
    outbox->is_looking = false;
    if (outbox_is_over(outbox)) {
        return;
    }
    outbox->added = outbox->foreign = 0;
    outbox->trouble[0] = '\0';
    outbox->adding = outbox->rows_count + 1; /* before the first reply can come */
    for (size_t i = 0; i < outbox->rows_count; i++) {
        outbox_add_row(outbox, &outbox->rows[i]);
    }
    if (--outbox->adding == 0) {
        outbox_finish(outbox);
    }
}

static void outbox_listed(struct span json, const struct err *err, void *ctx)
{
    struct outbox *outbox = ctx;
    outbox->is_looking = false;
    if (outbox_is_over(outbox)) {
        return;
    }
    if (err != NULL) {
        log_debug("outbox", NULL, "the rows cannot be listed: %s", err->text);
        outbox_wait(outbox);
        return;
    }
    sbuf_span(&outbox->text, json);
    outbox->task = (struct thread_task){.run = outbox_read, .done = outbox_was_read};
    outbox->is_looking = thread_submit(outbox->files, &outbox->task);
    if (!outbox->is_looking) {
        outbox_wait(outbox);
    }
}

static void outbox_look(struct outbox *outbox)
{
    if (!queue_is_connected(outbox->queue)) {
        outbox_wait(outbox);
        return;
    }
    outbox->is_looking = true;
    sbuf_init(&outbox->text, 2 * STORE_ROWS_BYTES_MAX);
    store_unqueued_rows(outbox->store, queue_name(outbox->queue), clock_wall_ms() - OUTBOX_AGE_MS,
                        OUTBOX_ROWS_MAX, outbox_listed, outbox);
}

static void outbox_on_timer(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    outbox_look(timer->data);
}

struct outbox *outbox_start(struct loop *loop, struct thread *files, struct store *store,
                            struct queue *queue, const struct agents *agents)
{
    struct outbox *outbox = mem_alloc(sizeof(*outbox));
    outbox->loop = loop;
    outbox->files = files;
    outbox->store = store;
    outbox->queue = queue;
    outbox->agents = agents;
    ev_timer_init(&outbox->timer, outbox_on_timer, 0., 0.);
    outbox->timer.data = outbox;
    outbox_look(outbox);
    return outbox;
}

void outbox_destroy(struct outbox **outbox)
{
    if (*outbox == NULL) {
        return;
    }
    struct outbox *doomed = *outbox;
    *outbox = NULL;
    ev_timer_stop(doomed->loop->ev, &doomed->timer);
    doomed->is_doomed = true;
    (void)outbox_is_over(doomed);
}
