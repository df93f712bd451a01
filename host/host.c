/* The assembled host: the order in which the parts start, reload and end. */
#include "host.h"

#include <assert.h>
#include <limits.h>
#include <signal.h>
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
#include "core/sbuf.h"
#include "core/signals.h"
#include "core/thread.h"
#include "face.h"
#include "http/server.h"
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

static void host_set_claiming(struct host *host, bool is_claiming)
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

static void host_on_model_available(const char *provider, void *ctx)
{
    (void)provider;
    host_unpark(ctx, PARK_NO_MODEL);
    host_unpark(ctx, PARK_PROVIDER);
    host_unpark(ctx, PARK_RATE_LIMIT);
    host_unpark(ctx, PARK_BUDGET);
}

/* What had been parked by an earlier process may be able to run now. */
static void host_on_queue_ready(struct queue *queue, void *ctx)
{
    struct host *host = CONTAINER_OF((struct pipeline *)ctx, struct host, pipeline);
    queue_unpark(queue, PARK_UNKNOWN_AGENT);
    queue_unpark(queue, PARK_AGENT_UNAVAILABLE);
    queue_unpark(queue, PARK_NO_MODEL);
    queue_unpark(queue, PARK_STORE);
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

/* --- reload ---------------------------------------------------------------------------------- */

static void host_reload_run(struct host *host);

static void host_answer_waiters(struct host *host, bool is_ok, struct span report)
{
    struct host_waiter *waiter = host->waiters;
    host->waiters = NULL;
    while (waiter != NULL) {
        struct host_waiter *next = waiter->next;
        waiter->done(is_ok, report, waiter->ctx);
        free(waiter);
        waiter = next;
    }
}

static void host_reload_ended(struct host *host, bool is_ok, struct span report)
{
    options_destroy(&host->replaced);
    announce_ready(host); /* before anybody is told that the reload is over */
    host_answer_waiters(host, is_ok, report);
    host->is_reloading = false;
    if (host->is_reload_wanted) {
        host->is_reload_wanted = false;
        host_reload_run(host);
    }
}

static void host_on_agents_reloaded(bool is_ok, struct span report, void *ctx)
{
    struct host *host = ctx;
    if (!host->is_draining && !host->is_gated) {
        host_set_claiming(host, true); /* a no-op but after the first generation */
    }
    host_reload_ended(host, is_ok, report);
}

/* Which queues are served is decided at start: their connections and tokens hang on it. */
static bool host_has_same_queues(const struct options *a, const struct options *b)
{
    if (a->queues_count != b->queues_count) {
        return false;
    }
    for (size_t i = 0; i < a->queues_count; i++) {
        const struct options_queue *other = options_queue_find(b, a->queues[i].name);
        if (other == NULL || strcmp(other->prefix, a->queues[i].prefix) != 0) {
            return false;
        }
    }
    return true;
}

static void host_refuse_configuration(struct host *host, const struct options_problems *problems)
{
    struct sbuf report;
    sbuf_init(&report, 64 * 1024);
    sbuf_puts(&report, "{\"configuration\":[");
    for (size_t i = 0; i < problems->count; i++) {
        const struct options_problem *problem = &problems->items[i];
        log_error("reload", NULL, "%s: %s; keeping the configuration in force", problem->where,
                  problem->text);
        sbuf_puts(&report, i > 0 ? ",{\"where\":" : "{\"where\":");
        sbuf_json_string(&report, span_of(problem->where));
        sbuf_puts(&report, ",\"error\":");
        sbuf_json_string(&report, span_of(problem->text));
        sbuf_putc(&report, '}');
    }
    sbuf_puts(&report, "]}");
    host_reload_ended(host, false, sbuf_as_span(&report));
    sbuf_fini(&report);
}

static void host_say_what_waits(const struct host *host, const struct options *options)
{
    struct sbuf names;
    sbuf_init(&names, 4096);
    if (options_needs_restart(host->options, options, &names)) {
        log_warning("reload", NULL, "only a restart puts in force: %s", names.data);
    }
    sbuf_fini(&names);
}

static void host_apply_options(struct host *host, struct options *options)
{
    host_say_what_waits(host, options);
    host->replaced = host->options;
    host->options = options;
    host->pipeline.options = options;
    log_configure(options->log.format, options->log.level);
    for (size_t i = 0; i < host->queues_count; i++) {
        const struct options_queue *queue =
            options_queue_find(options, queue_name(host->queues[i]));
        queue_set_concurrency(host->queues[i], queue->concurrency);
        queue_set_limiter(host->queues[i], queue->limiter.max, queue->limiter.duration_ms);
    }
    model_configure(host->model, options);
    http_server_configure(host->http, &options->http);
}

static void host_reload_run(struct host *host)
{
    host->is_reloading = true;
    announce_reloading(host);
    host->waiters = host->waiters_next;
    host->waiters_next = NULL;
    struct options *options = NULL;
    struct options_problems problems = {0};
    if (!options_load(host->source, &options, &problems)) {
        host_refuse_configuration(host, &problems);
    } else if (!host_has_same_queues(host->options, options)) {
        char where[] = "[queue]", text[] = "names and prefixes change only with a restart";
        struct options_problem problem = {where, text, false};
        struct options_problems one = {&problem, 1};
        options_destroy(&options);
        host_refuse_configuration(host, &one);
    } else {
        host_apply_options(host, options);
        agents_reload(host->agents, host->options, host_on_agents_reloaded, host);
    }
    options_problems_fini(&problems);
}

void host_reload(struct host *host, host_reload_fn done, void *ctx)
{
    if (done != NULL) {
        struct host_waiter *waiter = mem_alloc(sizeof(*waiter));
        *waiter = (struct host_waiter){host->waiters_next, done, ctx};
        host->waiters_next = waiter;
    }
    if (host->is_reloading) {
        host->is_reload_wanted = true;
        return;
    }
    host_reload_run(host);
}

static void host_on_reload_signal(void *ctx)
{
    log_info("reload", NULL, "asked for by signal");
    host_reload(ctx, NULL, NULL);
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

static void host_on_drain_signal(void *ctx)
{
    host_drain(ctx);
}

static void host_on_stop_signal(void *ctx)
{
    host_hand_back(ctx);
}

/* --- what others see ------------------------------------------------------------------------- */

void host_render_redis(const struct host *host, struct sbuf *out)
{
    if (host->redis.unix_path != NULL) {
        sbuf_printf(out, "unix:%s", host->redis.unix_path);
    } else {
        sbuf_printf(out, "%s:%u", host->redis.host, host->redis.port);
    }
}

bool host_is_ready(struct host *host, struct sbuf *why)
{
    size_t before = why->len;
    if (host->is_draining) {
        sbuf_puts(why, "draining\n");
    }
    if (!agents_is_settled(host->agents)) {
        sbuf_puts(why, "agents are being loaded\n");
    } else if (agents_count(host->agents) == 0) {
        sbuf_puts(why, "no agent is installed: put bundles into a folder of agents.dirs\n");
    }
    if (!store_is_up(host->store)) {
        sbuf_printf(why, "store: %s is not usable: %s\n", store_describe(host->store),
                    store_trouble(host->store));
    }
    for (size_t i = 0; i < host->queues_count && !host->is_draining; i++) {
        const char *trouble = queue_trouble(host->queues[i]);
        if (!queue_is_connected(host->queues[i])) {
            sbuf_printf(why, "queue %s: no Redis at ", queue_name(host->queues[i]));
            host_render_redis(host, why);
            sbuf_printf(why, " (%s): start it, or set REDIS_URL or url in [redis]\n", trouble);
        } else if (trouble[0] != '\0') {
            sbuf_printf(why, "queue %s: %s\n", queue_name(host->queues[i]), trouble);
        }
    }
    const struct options_provider *provider =
        options_provider_find(host->options, host->options->agents.provider);
    struct model_result reason;
    if (provider == NULL) {
        sbuf_printf(why, "model: no [provider.%s] section\n", host->options->agents.provider);
    } else if (!model_is_available(host->model, provider->name, provider->model, &reason)) {
        sbuf_printf(why, "model: %s\n", reason.reason);
    }
    return why->len == before;
}

void host_render_status(struct host *host, struct sbuf *out)
{
    struct sbuf why;
    sbuf_init(&why, 4096);
    bool is_ready = host_is_ready(host, &why);
    sbuf_printf(out, "{\"version\":\"%s\",\"hostId\":\"%s\",\"epoch\":%llu,\"pid\":%ld,", VERSION,
                host->state.host_id, (unsigned long long)host->state.epoch, (long)getpid());
    sbuf_printf(out, "\"uptimeMs\":%lld,\"ready\":%s,\"draining\":%s,\"waitingFor\":",
                (long long)(clock_mono_ms() - host->started_ms), is_ready ? "true" : "false",
                host->is_draining ? "true" : "false");
    sbuf_json_string(out, sbuf_as_span(&why));
    sbuf_printf(out, ",\"memoryBytes\":%zu,\"generation\":%llu,\"agents\":%u,\"queues\":[",
                arena_bytes_total(), (unsigned long long)agents_generation(host->agents),
                agents_count(host->agents));
    for (size_t i = 0; i < host->queues_count; i++) {
        sbuf_puts(out, i > 0 ? "," : "");
        queue_render_status(host->queues[i], out);
    }
    sbuf_puts(out, "],\"pipeline\":");
    pipeline_render(&host->pipeline, out);
    sbuf_puts(out, ",\"providers\":");
    model_render(host->model, out);
    sbuf_puts(out, ",\"store\":");
    store_render(host->store, out);
    sbuf_puts(out, ",\"sandbox\":");
    sbuf_json_string(out, span_of(cell_program_sandbox(host->program)));
    sbuf_putc(out, '}');
    sbuf_fini(&why);
}

static void host_refresh_metrics(void *ctx)
{
    struct host *host = ctx;
    metrics_set(metrics_gauge("agenthost_loop_turn_seconds_max",
                              "Longest turn of the loop since the last reading.", NULL),
                (double)loop_take_turn_us_max(&host->loop) / 1e6);
    metrics_set(metrics_gauge("agenthost_job_memory_bytes", "Memory held by jobs.", NULL),
                (double)arena_bytes_total());
    metrics_set(metrics_gauge("agenthost_watchers", "Callers that follow a reading.", NULL),
                watch_count(host->watch));
    metrics_set(metrics_gauge("agenthost_watch_text_bytes",
                              "Text kept for those who begin to follow a reading.", NULL),
                (double)watch_texts_bytes(host->watch));
    metrics_set(metrics_gauge("agenthost_jobs_running", "Jobs in the pipeline.", NULL),
                host->pipeline.jobs_count);
    metrics_set(metrics_gauge("agenthost_files_tasks", "Tasks of the files thread.", NULL),
                (double)thread_pending(host->files));
    metrics_set(metrics_gauge("agenthost_log_lines_dropped", "Log lines dropped.", NULL),
                (double)log_dropped());
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
    (void)signal(SIGHUP, SIG_IGN); /* until there is something to reload; it was read just now */
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
    awaited_destroy(&host.awaited);
    notify_fini(&host.notify);
    loop_fini(&host.loop);
    options_destroy(&host.options);
    options_destroy(&host.replaced);
    return status;
}
