/* The assembled host reloads: the configuration first, which is taken whole or not at all, then the
 * bundles, one by one. */
#include "host-private.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agents.h"
#include "announce.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "host.h"
#include "http/server.h"
#include "model/model.h"
#include "queue/queue.h"

static void host_reload_run(struct host *host);

void host_answer_waiters(struct host *host, bool is_ok, struct span report)
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

void host_on_agents_reloaded(bool is_ok, struct span report, void *ctx)
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
        queue_set_endings(host->queues[i], queue);
    }
    model_configure(host->model, options);
    host_unpark_for_model(host); /* an agent may have another provider now */
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
