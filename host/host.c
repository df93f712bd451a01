/* The assembled host: the order in which the parts start, drain and end. */
#include "host.h"
#include "host-private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/agents.h"
#include "announce.h"
#include "cell/cell.h"
#include "chart/chart_call.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/options.h"
#include "core/process.h"
#include "core/signals.h"
#include "core/thread.h"
#include "face.h"
#include "http/server.h"
#include "job/aside.h"
#include "job/awaited.h"
#include "job/outbox.h"
#include "job/sweep.h"
#include "job/tell.h"
#include "job/watch.h"
#include "model/model.h"
#include "queue/queue.h"
#include "report.h"
#include "store/store.h"

#define HOST_TICK_S 0.2
#define HOST_FILES_TASKS_MAX 4096
#define HOST_STATE_WAIT_EXTRA_MS 10000 /* an upgrade waits a little longer than the drain */
#define HOST_CHART_MS 5000             /* one takes 12 ms of CPU */
#define HOST_HAND_BACK_S 5.            /* for Redis to take what is handed back */
#define HOST_MEMORY_STOP_SHARE 0.8     /* of memory_max: no claims above */
#define HOST_MEMORY_GO_SHARE 0.7
#define HOST_REPORT_PATIENCE_MS 1500 /* for Redis to answer before the start report */

/* --- claiming -------------------------------------------------------------------------------- */

void host_set_claiming(struct host *host, bool is_claiming)
{
    for (size_t i = 0; i < host->queues_count; i++) {
        if (is_claiming) {
            queue_start_claiming(host->queues[i]);
        } else {
            queue_stop_claiming(host->queues[i]);
        }
    }
}

static void host_unpark(struct host *host, enum queue_park_reason reason)
{
    for (size_t i = 0; i < host->queues_count; i++) {
        queue_unpark(host->queues[i], reason);
    }
}

static void host_on_agent_available(const char *agent_id, void *ctx)
{
    (void)agent_id;
    host_unpark(ctx, PARK_UNKNOWN_AGENT);
    host_unpark(ctx, PARK_AGENT_UNAVAILABLE);
}

static void host_on_agent_log(void *job, int level, struct span line, void *ctx)
{
    (void)ctx;
    tell_agent_log(job, level, line);
}

static void host_unpark_queue_for_model(struct queue *queue)
{
    queue_unpark(queue, PARK_NO_MODEL);
    queue_unpark(queue, PARK_PROVIDER);
    queue_unpark(queue, PARK_RATE_LIMIT);
    queue_unpark(queue, PARK_BUDGET);
}

void host_unpark_for_model(struct host *host)
{
    for (size_t i = 0; i < host->queues_count; i++) {
        host_unpark_queue_for_model(host->queues[i]);
    }
}

static void host_on_model_available(const char *provider, void *ctx)
{
    (void)provider;
    host_unpark_for_model(ctx);
}

/* What had been parked by an earlier process may be able to run now. */
static void host_on_queue_ready(struct queue *queue, void *ctx)
{
    struct host *host = CONTAINER_OF((struct pipeline *)ctx, struct host, pipeline);
    queue_unpark(queue, PARK_UNKNOWN_AGENT);
    queue_unpark(queue, PARK_AGENT_UNAVAILABLE);
    queue_unpark(queue, PARK_STORE);
    host_unpark_queue_for_model(queue);
    for (size_t i = 0; i < host->queues_count; i++) {
        if (host->queues[i] == queue && host->sweeps[i] == NULL) {
            host->sweeps[i] = sweep_start(&host->loop, host->store, queue);
            host->outboxes[i] =
                outbox_start(&host->loop, host->files, host->store, queue, host->agents);
        }
    }
}

static void host_watch_memory(struct host *host)
{
    double share = (double)arena_bytes_total() / (double)host->options->limits.memory_bytes_max;
    if (!host->is_gated && share > HOST_MEMORY_STOP_SHARE) {
        host->is_gated = true;
        log_warning("host", NULL, "jobs hold %.0f %% of limits.memory_max: claiming no more",
                    share * 100.);
        host_set_claiming(host, false);
    } else if (host->is_gated && share < HOST_MEMORY_GO_SHARE) {
        host->is_gated = false;
        log_info("host", NULL, "memory is free again: claiming");
        if (!host->is_draining) {
            host_set_claiming(host, true);
        }
    }
}

/* A draining host ends when nothing is left that could bring another job. */
static void host_end_when_idle(struct host *host)
{
    bool is_idle = host->pipeline.jobs_count == 0 && host->pipeline.executes == 0;
    for (size_t i = 0; i < host->queues_count; i++) {
        is_idle = is_idle && queue_is_idle(host->queues[i]);
    }
    if (host->is_draining && is_idle) {
        loop_stop(&host->loop);
    }
}

static bool host_is_connected(const struct host *host)
{
    for (size_t i = 0; i < host->queues_count; i++) {
        if (!queue_is_connected(host->queues[i])) {
            return false;
        }
    }
    return true;
}

static void host_on_tick(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct host *host = timer->data;
    host_watch_memory(host);
    bool is_store_up = store_is_up(host->store);
    if (is_store_up && !host->was_store_up) {
        host_unpark(host, PARK_STORE);
    }
    host->was_store_up = is_store_up;
    for (size_t i = 0; i < host->queues_count && is_store_up; i++) {
        queue_set_store(host->queues[i],
                        store_uuid(host->store)); /* it may have been down at start */
    }
    host_end_when_idle(host);
    bool is_patient = clock_mono_ms() - host->started_ms < HOST_REPORT_PATIENCE_MS;
    if (!host->is_reported && agents_is_settled(host->agents) &&
        (host_is_connected(host) || !is_patient)) {
        host->is_reported = true;
        report_start(host);
    }
    if (!host->is_reloading) {
        announce_status(host);
    }
}

/* --- drain ----------------------------------------------------------------------------------- */

static void host_on_idle_deferred(struct loop_deferred *deferred)
{
    host_end_when_idle(CONTAINER_OF(deferred, struct host, idle));
}

/* Not at once: the reply that ended the job may bring the next one. */
static void host_on_idle(void *ctx)
{
    struct host *host = ctx;
    loop_defer(&host->loop, &host->idle);
}

static void host_hand_back(struct host *host)
{
    if (host->is_handing_back) {
        return;
    }
    host->is_handing_back = true;
    log_warning("host", NULL, "handing back %u jobs", host->pipeline.jobs_count);
    ev_timer_stop(host->loop.ev, &host->patience);
    ev_timer_set(&host->patience, HOST_HAND_BACK_S, 0.);
    ev_timer_start(host->loop.ev, &host->patience);
    pipeline_return_all(&host->pipeline);
}

static void host_on_patience(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct host *host = timer->data;
    if (!host->is_handing_back) {
        host_hand_back(host);
        return;
    }
    log_error("host", NULL, "%u jobs could not be handed back in time; the next start does",
              host->pipeline.jobs_count);
    host->is_abandoning = true;
    loop_stop(&host->loop);
}

void host_drain(struct host *host)
{
    if (host->is_draining) {
        return;
    }
    host->is_draining = true;
    host_set_claiming(host, false);
    log_info("host", NULL, "draining: %u jobs to finish within %lld s", host->pipeline.jobs_count,
             (long long)(host->options->limits.drain_ms / 1000));
    announce_stopping(host);
    ev_timer_set(&host->patience, (double)host->options->limits.drain_ms / 1000., 0.);
    ev_timer_start(host->loop.ev, &host->patience);
    host_end_when_idle(host);
}

static void host_on_reload_signal(void *ctx)
{
    log_info("reload", NULL, "asked for by signal");
    host_reload(ctx, NULL, NULL);
}

static void host_on_drain_signal(void *ctx)
{
    host_drain(ctx);
}

static void host_on_stop_signal(void *ctx)
{
    host_hand_back(ctx);
}

/* --- start and end --------------------------------------------------------------------------- */

static void host_raise_limits(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files); /* the soft limit is what it was at worst */
    }
}

static void host_on_state_wait(long pid)
{
    log_warning("host", NULL, "process %ld holds the state directory: waiting for it to drain",
                pid);
}

static bool host_open_charts(struct host *host, struct err *err)
{
    char path[PATH_MAX];
    cell_program_find("agenthost-chart", path);
    const struct charts_settings settings = {
        .program_path = path,
        .start_ms = host->options->agents.start_ms,
        .call_ms = HOST_CHART_MS,
        .is_landlock_required = host->options->agents.sandbox == SANDBOX_REQUIRE,
    };
    host->charts = charts_create(&host->loop, host->files, &settings, err);
    return host->charts != NULL;
}

static bool host_open(struct host *host, struct err *err)
{
    const struct options *options = host->options;
    char path[PATH_MAX];
    cell_program_find("agenthost-cell", path);
    host->program = cell_program_open(path, err);
    return host->program != NULL && host_open_charts(host, err) &&
           state_open(&host->state, options->state.dir,
                      options->limits.drain_ms + HOST_STATE_WAIT_EXTRA_MS, host_on_state_wait,
                      err) &&
           redis_settings_init(&host->redis, options, err) &&
           store_open(&host->loop, options, &host->state, &host->store, err);
}

/* The control socket comes last: whoever reaches it finds everything behind it. */
static bool host_listen(struct host *host, struct err *err)
{
    const struct options *options = host->options;
    char secret[STATE_SECRET_BYTES];
    if (!state_secret(&host->state, "token-secret", secret, err)) {
        return false;
    }
    const struct http_settings settings = {
        .socket_path = options->state.socket,
        .token_secret = options->http.token_secret != NULL ? options->http.token_secret : secret,
        .options = &options->http,
    };
    struct http_host face = face_of(host);
    host->http = http_server_create(&host->loop, host->files, &settings, &face, err);
    explicit_bzero(secret, sizeof(secret));
    bool is_ok = host->http != NULL;
    for (size_t i = 0; is_ok && i < options->http.listen.count; i++) {
        is_ok = http_server_listen(host->http, options->http.listen.items[i], err);
    }
    return is_ok;
}

static void host_create_queues(struct host *host)
{
    struct queue_handlers handlers = pipeline_queue_handlers(&host->pipeline);
    handlers.on_ready = host_on_queue_ready;
    host->queues_count = host->options->queues_count;
    host->queues = mem_array(host->queues_count, sizeof(struct queue *));
    host->sweeps = mem_array(host->queues_count, sizeof(struct sweep *));
    host->outboxes = mem_array(host->queues_count, sizeof(struct outbox *));
    host->pipeline.queues = host->queues;
    host->pipeline.queues_count = host->queues_count;
    for (size_t i = 0; i < host->queues_count; i++) {
        host->queues[i] =
            queue_create(&host->loop, host->files, &host->redis, &host->options->queues[i],
                         &host->state, store_uuid(host->store), &handlers);
    }
}

static void host_start(struct host *host)
{
    host->started_ms = clock_mono_ms();
    host->was_store_up = true;
    host->aside = aside_create();
    host->awaited = awaited_create();
    host->watch = watch_create();
    host->model = model_create(&host->loop, host->options, host_on_model_available, host);
    struct agents_handlers agents = {host_on_agent_log, host_on_agent_available, host};
    host->agents = agents_create(&host->loop, host->files, host->program, &host->state,
                                 host->options, &agents);
    host->pipeline = (struct pipeline){
        .loop = &host->loop,
        .files = host->files,
        .options = host->options,
        .agents = host->agents,
        .model = host->model,
        .store = host->store,
        .charts = host->charts,
        .aside = host->aside,
        .awaited = host->awaited,
        .watch = host->watch,
        .on_idle = host_on_idle,
        .on_idle_ctx = host,
    };
    host_create_queues(host);
    ev_timer_init(&host->tick, host_on_tick, HOST_TICK_S, HOST_TICK_S);
    host->tick.data = host;
    ev_timer_start(host->loop.ev, &host->tick);
    ev_timer_init(&host->patience, host_on_patience, 0., 0.);
    host->idle.run = host_on_idle_deferred;
    host->patience.data = host;
    struct signals_handlers signals = {host_on_reload_signal, host_on_drain_signal,
                                       host_on_stop_signal, host};
    signals_start(&host->loop, &signals);
    metrics_set(
        metrics_gauge("agenthost_build_info", "The running build.", "version=\"" VERSION "\""), 1);
    metrics_on_render(host_refresh_metrics, host);
    process_add_metrics();
    host->is_reloading = true; /* the first generation */
    agents_reload(host->agents, host->options, host_on_agents_reloaded, host);
}

static void host_end(struct host *host)
{
    http_server_destroy(&host->http);
    host_answer_waiters(host, false, SPAN_LITERAL("{}"));
    host->waiters = host->waiters_next;
    host_answer_waiters(host, false, SPAN_LITERAL("{}"));
    signals_stop(&host->loop);
    ev_timer_stop(host->loop.ev, &host->tick);
    ev_timer_stop(host->loop.ev, &host->patience);
    loop_cancel(&host->loop, &host->idle);
    host->pipeline.queues_count = 0; /* for what the store will still answer */
    for (size_t i = 0; i < host->queues_count; i++) {
        sweep_destroy(&host->sweeps[i]);
        outbox_destroy(&host->outboxes[i]);
        queue_destroy(&host->queues[i]);
    }
    free(host->queues);
    free(host->sweeps);
    free(host->outboxes);
    agents_destroy(&host->agents);
    model_destroy(&host->model);
}

int host_run(struct options *options, const struct options_source *source)
{
    struct host host = {.options = options, .source = source};
    log_configure(options->log.format, options->log.level);
    host_raise_limits();
    notify_init(&host.notify);
    loop_init(&host.loop);
    announce_start(&host);
    host.files = thread_create(&host.loop, "files", HOST_FILES_TASKS_MAX);
    struct err err;
    int status = 1;
    /* Opening may wait for a predecessor and must be able to say so: lines are queued only when
     * the loop is about to run. */
    if (!host_open(&host, &err)) {
        log_error("host", NULL, "cannot start: %s", err.text);
    } else {
        log_start(&host.loop, host.files);
        host_start(&host);
        bool is_listening = host_listen(&host, &err);
        if (is_listening) {
            loop_run(&host.loop);
        } else {
            log_error("host", NULL, "cannot start: %s", err.text);
        }
        if (host.is_abandoning) {
            /* Operations are under way that cannot be taken back: ending like a crash is the one
             * safe way, and the next start gives the jobs back. */
            log_stop();
            _exit(1);
        }
        host_end(&host);
        log_info("host", NULL, "ended");
        status = is_listening ? 0 : 1;
    }
    charts_destroy(&host.charts);
    store_close(&host.store);
    redis_settings_fini(&host.redis);
    state_close(&host.state);
    cell_program_close(&host.program);
    log_stop();
    thread_destroy(&host.files);
    /* Whoever looked at a reading has been answered, and the store has told its last failure. */
    watch_destroy(&host.watch);
    aside_destroy(&host.aside);
    awaited_destroy(&host.awaited);
    notify_fini(&host.notify);
    loop_fini(&host.loop);
    options_destroy(&host.options);
    options_destroy(&host.replaced);
    return status;
}
