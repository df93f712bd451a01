/* The host, as the HTTP endpoints see it. */
#include "face.h"

#include <string.h>

#include "agent/agents.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "host.h"
#include "listing.h"
#include "queue/queue.h"
#include "store/store.h"

static void face_status(void *ctx, struct sbuf *out)
{
    host_render_status(ctx, out);
}

static void face_agents(void *ctx, struct sbuf *out)
{
    const struct host *host = ctx;
    agents_render(host->agents, out);
}

static bool face_history(void *ctx, const char *agent_id, struct sbuf *out, struct err *err)
{
    const struct host *host = ctx;
    return agents_render_history(host->agents, agent_id, out, err);
}

static void face_listing(void *ctx, struct sbuf *out)
{
    const struct host *host = ctx;
    listing_render(host->agents, host->options, out);
}

static void face_config(void *ctx, struct sbuf *out)
{
    const struct host *host = ctx;
    options_render(host->options, out);
}

static bool face_is_ready(void *ctx, struct sbuf *why)
{
    return host_is_ready(ctx, why);
}

static bool face_count_agents(void *ctx, unsigned *ret_count)
{
    const struct host *host = ctx;
    *ret_count = agents_count(host->agents);
    return agents_is_settled(host->agents);
}

static void face_reload(void *ctx, http_reload_fn done, void *done_ctx)
{
    host_reload(ctx, done, done_ctx);
}

static void face_drain(void *ctx)
{
    host_drain(ctx);
}

static void face_order(void *ctx, const char *agent_id, enum agents_order order,
                       agents_order_fn done, void *done_ctx)
{
    const struct host *host = ctx;
    agents_order(host->agents, agent_id, order, done, done_ctx);
}

static void face_enqueue(void *ctx, const struct http_enqueue *job, http_enqueue_fn done,
                         void *done_ctx)
{
    const struct host *host = ctx;
    struct queue *queue =
        job->queue != NULL ? pipeline_queue_named(&host->pipeline, job->queue) : host->queues[0];
    struct err err;
    if (queue == NULL) {
        (void)err_set(&err, ERR_INVALID, "queue: this host does not serve '%.100s'", job->queue);
        done(NULL, &err, done_ctx);
        return;
    }
    struct queue_add add = {
        .name = "generate-reading", /* the job name producers of readings use */
        .job_id = job->job_id,
        .data = job->data,
        .priority = job->priority,
        .attempts = job->attempts,
        .keep_completed_s = -1,
        .keep_failed_s = -1,
    };
    queue_enqueue(queue, &add, done, done_ctx);
}

/* NULL, and done told, when the host does not serve it. */
static struct queue *face_queue(void *ctx, const char *name, http_queue_fn done, void *done_ctx)
{
    const struct host *host = ctx;
    struct queue *queue = pipeline_queue_named(&host->pipeline, name);
    struct err err;
    if (queue == NULL) {
        (void)err_set(&err, ERR_NOT_FOUND, "this host does not serve the queue '%.100s'", name);
        done(&err, done_ctx);
    }
    return queue;
}

static void face_adopt(void *ctx, const char *name, http_queue_fn done, void *done_ctx)
{
    struct queue *queue = face_queue(ctx, name, done, done_ctx);
    if (queue != NULL) {
        queue_store_adopt(queue, done, done_ctx);
    }
}

static void face_pause_queue(void *ctx, const char *name, bool is_pausing, http_queue_fn done,
                             void *done_ctx)
{
    struct queue *queue = face_queue(ctx, name, done, done_ctx);
    if (queue != NULL) {
        queue_pause(queue, is_pausing, done, done_ctx);
    }
}

static void face_reading(void *ctx, const char *reading_id, http_reading_fn done, void *done_ctx)
{
    const struct host *host = ctx;
    store_get_reading(host->store, reading_id, done, done_ctx);
}

struct http_host face_of(struct host *host)
{
    struct http_host face = {
        .ctx = host,
        .render_status = face_status,
        .render_agents = face_agents,
        .render_history = face_history,
        .render_listing = face_listing,
        .render_config = face_config,
        .is_ready = face_is_ready,
        .count_agents = face_count_agents,
        .reload = face_reload,
        .drain = face_drain,
        .order = face_order,
        .enqueue = face_enqueue,
        .adopt = face_adopt,
        .pause_queue = face_pause_queue,
        .reading = face_reading,
    };
    face_fill_execute(&face);
    face_fill_readings(&face);
    return face;
}
