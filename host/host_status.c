/* The assembled host, as others see it: whether it is ready, how it is, what it measures. */
#include "host-private.h"

#include <unistd.h>

#include "agent/agents.h"
#include "cell/cell.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "core/thread.h"
#include "host.h"
#include "job/watch.h"
#include "model/model.h"
#include "queue/queue.h"
#include "store/store.h"

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

void host_refresh_metrics(void *ctx)
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
