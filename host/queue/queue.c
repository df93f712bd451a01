/* Makes, wires and ends a queue: three connections, timers, and who is told what. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/mem.h"
#include "core/state.h"
#include "queue/queue-private.h"

#define QUEUE_HOSTNAME_BYTES 256

/* --- small services for the folder ---------------------------------------------------------- */

void queue_set_trouble(struct queue *queue, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(queue->trouble, sizeof(queue->trouble), fmt, args);
    va_end(args);
}

/* --- connections ---------------------------------------------------------------------------- */

static void queue_on_commands_ready(struct redis *redis, void *ctx)
{
    (void)redis;
    queue_open_begin(ctx);
}

static void queue_on_commands_down(struct redis *redis, const struct err *why, void *ctx)
{
    (void)redis;
    (void)why; /* logged by the connection */
    queue_open_lost(ctx);
}

static void queue_on_blocking_ready(struct redis *redis, void *ctx)
{
    (void)redis;
    struct queue *queue = ctx;
    if (queue->is_claiming && queue->fetch == FETCH_WAITING) {
        ev_timer_stop(queue->loop->ev, &queue->fetch_timer);
        queue_claim_on_timer(queue);
    }
}

static void queue_on_subscriber_ready(struct redis *redis, void *ctx)
{
    struct queue *queue = ctx;
    /* Refused only when it is going down again, and then called once more. */
    (void)redis_subscribe(redis, queue_key(queue, QUEUE_KEY_WAKE));
    queue_cancels_check(queue); /* a nudge may have been missed */
}

static void queue_on_message(struct redis *redis, struct span channel, struct span payload,
                             void *ctx)
{
    (void)redis;
    (void)channel; /* there is only one */
    queue_on_wake(ctx, payload);
}

static void queue_connect(struct queue *queue, const struct redis_settings *settings)
{
    struct redis_settings each = *settings; /* texts are copied by redis_create */
    const struct redis_handlers commands = {
        .on_ready = queue_on_commands_ready,
        .on_down = queue_on_commands_down,
        .ctx = queue,
    };
    const struct redis_handlers blocking = {.on_ready = queue_on_blocking_ready, .ctx = queue};
    const struct redis_handlers subscriber = {
        .on_ready = queue_on_subscriber_ready,
        .on_message = queue_on_message,
        .ctx = queue,
    };
    each.client_name = NULL;
    queue->commands = redis_create(queue->loop, queue->files, &each, &commands);
    each.is_quiet = true;
    queue->subscriber = redis_create(queue->loop, queue->files, &each, &subscriber);
    char *name = queue_client_name(queue->prefix, queue->name, queue->worker_name);
    each.client_name = name;
    queue->blocking = redis_create(queue->loop, queue->files, &each, &blocking);
    free(name);
}

/* --- making and ending ---------------------------------------------------------------------- */

static void queue_find_scripts(struct queue_scripts *scripts)
{
    *scripts = (struct queue_scripts){
        .move_to_active = redis_script_find("moveToActive"),
        .move_to_finished = redis_script_find("moveToFinished"),
        .move_to_delayed = redis_script_find("moveToDelayed"),
        .retry_job = redis_script_find("retryJob"),
        .move_to_wait = redis_script_find("moveJobFromActiveToWait"),
        .extend_locks = redis_script_find("extendLocks"),
        .move_stalled = redis_script_find("moveStalledJobsToWait"),
        .update_progress = redis_script_find("updateProgress"),
        .add_log = redis_script_find("addLog"),
        .add_standard = redis_script_find("addStandardJob"),
        .add_prioritized = redis_script_find("addPrioritizedJob"),
        .get_counts = redis_script_find("getCounts"),
        .get_state = redis_script_find("getStateV2"),
        .reprocess = redis_script_find("reprocessJob"),
        .pause = redis_script_find("pause"),
        .clean = redis_script_find("cleanJobsInSet"),
        .update_scheduler = redis_script_find("updateJobScheduler"),
        .giveback = redis_script_find("agenthost.giveback"),
        .nonce = redis_script_find("agenthost.nonce"),
        .relock = redis_script_find("agenthost.relock"),
        .park = redis_script_find("agenthost.park"),
        .parked = redis_script_find("agenthost.parked"),
        .parked_counts = redis_script_find("agenthost.parked_counts"),
        .parked_sweep = redis_script_find("agenthost.parked_sweep"),
        .unpark = redis_script_find("agenthost.unpark"),
        .woken = redis_script_find("agenthost.woken"),
        .run_open = redis_script_find("agenthost.run_open"),
        .run_note = redis_script_find("agenthost.run_note"),
        .ended = redis_script_find("agenthost.ended"),
        .answer = redis_script_find("agenthost.answer"),
        .lease = redis_script_find("agenthost.lease"),
        .lease_renew = redis_script_find("agenthost.lease_renew"),
        .lease_release = redis_script_find("agenthost.lease_release"),
        .cancelled = redis_script_find("agenthost.cancelled"),
        .look = redis_script_find("agenthost.look"),
        .state = redis_script_find("agenthost.state"),
    };
}

static char *queue_make_worker_name(const char *host_id)
{
    char hostname[QUEUE_HOSTNAME_BYTES] = "";
    if (gethostname(hostname, sizeof(hostname) - 1) != 0 || hostname[0] == '\0') {
        (void)snprintf(hostname, sizeof(hostname), "agenthost");
    }
    return queue_worker_name(hostname, host_id);
}

static void queue_take_options(struct queue *queue, const struct options_queue *options)
{
    queue->name = mem_strdup(options->name);
    queue->prefix = mem_strdup(options->prefix);
    queue->concurrency = options->concurrency;
    queue->stalled_ms = options->stalled_ms;
    queue->max_stalled = options->max_stalled;
    queue->max_started = options->max_started;
    queue->park_max_ms = options->park_max_ms;
    queue->unpark_per_second = options->unpark_per_second;
    queue->drain_delay_ms = options->drain_delay_ms;
    queue->worker.lock_ms = options->lock_ms;
    queue->worker.limiter_max = options->limiter.max;
    queue->worker.limiter_ms = options->limiter.duration_ms;
    queue->worker.metrics = options->metrics;
    queue_set_endings(queue, options);
}

struct queue *queue_create(struct loop *loop, struct thread *files,
                           const struct redis_settings *redis, const struct options_queue *options,
                           const struct state_dir *state, const char *store_uuid,
                           const struct queue_handlers *handlers)
{
    struct queue *queue = mem_alloc(sizeof(*queue));
    queue->loop = loop;
    queue->files = files;
    queue->handlers = *handlers;
    queue_take_options(queue, options);
    queue->store_uuid = mem_strdup(store_uuid);
    queue->host_id = mem_strdup(state->host_id);
    queue->state_path = mem_strdup(state->path);
    queue->epoch = state->epoch;
    queue->worker_name = queue_make_worker_name(state->host_id);
    queue->worker.name = span_of(queue->worker_name);
    queue->is_first_opening = true;
    queue->settle_deferred.run = queue_settle_deferred;
    queue->ended_runs.deferred.run = queue_ended_on_turn;
    queue_nonce_make(queue, state);
    queue_keys_init(&queue->keys, queue->prefix, queue->name, queue->host_id);
    queue_pack_init(&queue->pack);
    queue_pack_init(&queue->pack_fields);
    queue_find_scripts(&queue->scripts);
    queue->spool = queue_spool_create(queue);
    queue->unpark = queue_unpark_create();
    queue_metrics_init(queue);
    queue_timers_init(queue);
    queue_connect(queue, redis);
    return queue;
}

static void queue_free(struct queue *queue)
{
    queue_spool_destroy(&queue->spool);
    queue_unpark_destroy(&queue->unpark);
    queue_pack_fini(&queue->pack);
    queue_pack_fini(&queue->pack_fields);
    queue_keys_fini(&queue->keys);
    free(queue->name);
    free(queue->prefix);
    free(queue->store_uuid);
    free(queue->host_id);
    free(queue->state_path);
    free(queue->worker_name);
    options_backoffs_fini(&queue->backoffs);
    free(queue);
}

void queue_task_done(struct queue *queue)
{
    queue->tasks--;
    if (queue->is_destroyed && queue->tasks == 0) {
        queue_free(queue);
    }
}

void queue_destroy(struct queue **queue)
{
    if (*queue == NULL) {
        return;
    }
    struct queue *doomed = *queue;
    *queue = NULL;
    doomed->is_claiming = false;
    doomed->is_open = false;
    redis_destroy(&doomed->blocking);
    redis_destroy(&doomed->subscriber);
    struct redis *commands = doomed->commands; /* whoever hears of it may ask again: refused */
    redis_destroy(&commands);
    queue_timers_stop(doomed);
    loop_cancel(doomed->loop, &doomed->settle_deferred);
    loop_cancel(doomed->loop, &doomed->ended_runs.deferred);
    arena_destroy(&doomed->ended_runs.texts);
    queue_metrics_fini(doomed);
    queue_ops_abandon(doomed);
    while (doomed->settled != NULL) {
        struct queue_entry *entry = doomed->settled;
        doomed->settled = entry->settled_next;
        queue_entry_destroy(&entry);
    }
    while (doomed->entries_first != NULL) {
        struct queue_entry *entry = doomed->entries_first;
        queue_table_remove(doomed, entry);
        queue_entry_destroy(&entry);
    }
    doomed->is_destroyed = true;
    if (doomed->tasks == 0) {
        queue_free(doomed);
    }
}

/* --- what others ask ------------------------------------------------------------------------ */

void queue_start_claiming(struct queue *queue)
{
    queue_claim_start(queue);
    queue_stalled_check(queue);
}

void queue_stop_claiming(struct queue *queue)
{
    queue_claim_stop(queue);
}

void queue_set_concurrency(struct queue *queue, uint32_t concurrency)
{
    queue->concurrency = concurrency;
    queue_pump(queue);
}

void queue_set_limiter(struct queue *queue, uint32_t max, int64_t duration_ms)
{
    queue->worker.limiter_max = max;
    queue->worker.limiter_ms = duration_ms;
}

static struct queue_keep queue_keep_of(const struct options_keep *options)
{
    return (struct queue_keep){
        .has_count = options->count >= 0 || options->age_ms < 0,
        .count = (double)options->count, /* -1: all */
        .has_age = options->age_ms >= 0,
        .age_s = (double)(options->age_ms / 1000),
        .has_limit = options->limit >= 0,
        .limit = (double)options->limit,
    };
}

void queue_set_endings(struct queue *queue, const struct options_queue *options)
{
    queue->keep_completed = queue_keep_of(&options->keep_completed);
    queue->keep_failed = queue_keep_of(&options->keep_failed);
    options_backoffs_fini(&queue->backoffs);
    options_backoffs_copy(&options->backoffs, &queue->backoffs);
}

const char *queue_name(const struct queue *queue)
{
    return queue->name;
}

char *queue_make_job_key(const struct queue *queue, const char *job_id, int64_t timestamp_ms)
{
    size_t bytes = queue->keys.base.len + strlen(job_id) + 1 + QUEUE_NUMBER_BYTES;
    char *key = mem_alloc(bytes);
    (void)snprintf(key, bytes, "%s%s:%" PRId64, queue->keys.base.data, job_id, timestamp_ms);
    return key;
}

char *queue_id_of(const struct queue *queue, const char *job_key)
{
    struct queue_job_key parts;
    return queue_keys_parse(&queue->keys, span_of(job_key), &parts)
               ? mem_strndup(parts.id.data, parts.id.len)
               : NULL;
}

bool queue_is_connected(const struct queue *queue)
{
    return redis_state(queue->commands) == REDIS_READY;
}

const char *queue_trouble(const struct queue *queue)
{
    if (redis_state(queue->commands) != REDIS_READY) {
        const char *why = redis_trouble(queue->commands);
        return *why != '\0' ? why : "connecting to redis";
    }
    return queue->trouble[0] != '\0' ? queue->trouble : queue->op_trouble;
}

uint32_t queue_jobs_count(const struct queue *queue)
{
    return queue->entries_count;
}

bool queue_is_idle(const struct queue *queue)
{
    return queue->entries_count == 0 && queue->fetch != FETCH_CLAIMING;
}

uint32_t queue_ending_count(const struct queue *queue)
{
    return queue->ending_count;
}
