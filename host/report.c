/* The start report: what this host has and what it lacks, said once. */
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agents.h"
#include "cell/cell.h"
#include "core/log.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "host.h"
#include "model/model.h"
#include "queue/queue.h"
#include "store/store.h"

#define REPORT_BYTES_MAX 8192

static void report_row(struct sbuf *out, const char *what, const char *value)
{
    sbuf_printf(out, "  %-9s %s\n", what, value);
}

static void report_model(const struct host *host, struct sbuf *out)
{
    const struct options *options = host->options;
    const struct options_provider *provider =
        options_provider_find(options, options->agents.provider);
    struct model_result why;
    if (provider == NULL) {
        sbuf_printf(out, "  %-9s no [provider.%s]: jobs wait until it is set\n", "model",
                    options->agents.provider);
    } else if (!model_is_available(host->model, provider->name, provider->model, &why)) {
        sbuf_printf(out, "  %-9s %s: jobs wait; %s\n", "model", provider->name, why.reason);
    } else {
        sbuf_printf(out, "  %-9s %s at %s%s, key %s\n", "model", provider->model,
                    provider->base_url, provider->practice ? " (practice text)" : "",
                    provider->api_key != NULL ? "loaded" : "not needed");
    }
}

static void report_queues(const struct host *host, struct sbuf *out)
{
    for (size_t i = 0; i < host->options->queues_count; i++) {
        const struct options_queue *queue = &host->options->queues[i];
        sbuf_printf(out, "  %-9s %s:%s, concurrency %u, limiter ", i == 0 ? "queues" : "",
                    queue->prefix, queue->name, queue->concurrency);
        if (queue->limiter.max > 0) {
            sbuf_printf(out, "%u jobs in %lld s", queue->limiter.max,
                        (long long)(queue->limiter.duration_ms / 1000));
        } else {
            sbuf_puts(out, "off");
        }
        const char *trouble = queue_trouble(host->queues[i]);
        sbuf_printf(out, "%s%s\n", trouble[0] != '\0' ? "; waiting: " : "", trouble);
    }
}

static void report_http(const struct host *host, struct sbuf *out)
{
    const struct options_http *http = &host->options->http;
    sbuf_printf(out, "  %-9s ", "http");
    for (size_t i = 0; i < http->listen.count; i++) {
        sbuf_printf(out, "%s ", http->listen.items[i]);
    }
    if (http->listen.count == 0) {
        sbuf_puts(out, "off\n");
    } else if (http->keys.count == 0) {
        sbuf_puts(out, "without keys\n");
    } else {
        sbuf_printf(out, "with %zu keys\n", http->keys.count);
    }
}

/* The same on one line: rows parted by semicolons, the columns' padding left out. */
static void report_log(const struct sbuf *rows)
{
    struct sbuf line;
    sbuf_init(&line, REPORT_BYTES_MAX);
    for (const char *at = rows->data; *at != '\0'; at++) {
        bool is_padding = *at == ' ' && line.len > 0 && line.data[line.len - 1] == ' ';
        if (*at == '\n') {
            sbuf_puts(&line, at[1] != '\0' ? "; " : "");
        } else if (!is_padding) {
            sbuf_putc(&line, *at);
        }
    }
    log_info("host", NULL, "%s", line.data);
    sbuf_fini(&line);
}

void report_start(struct host *host)
{
    struct sbuf out, why;
    sbuf_init(&out, REPORT_BYTES_MAX);
    sbuf_init(&why, REPORT_BYTES_MAX);
    bool is_ready = host_is_ready(host, &why);
    sbuf_printf(&out, "agenthost %s %s\n", VERSION, is_ready ? "is ready" : "has started");
    sbuf_printf(&out, "  %-9s ", "redis");
    host_render_redis(host, &out);
    sbuf_putc(&out, '\n');
    report_row(&out, "store", store_describe(host->store));
    report_model(host, &out);
    sbuf_printf(&out, "  %-9s %u loaded from", "agents", agents_count(host->agents));
    for (size_t i = 0; i < host->options->agents.dirs.count; i++) {
        sbuf_printf(&out, " %s", host->options->agents.dirs.items[i]);
    }
    sbuf_putc(&out, '\n');
    report_queues(host, &out);
    report_http(host, &out);
    report_row(&out, "control", host->options->state.socket);
    report_row(&out, "state", host->state.path);
    report_row(&out, "config",
               host->options->config_path != NULL ? host->options->config_path : "none (defaults)");
    if (host->options->env_path != NULL) {
        report_row(&out, "env file", host->options->env_path);
    }
    report_row(&out, "sandbox", cell_program_sandbox(host->program));
    if (!is_ready) {
        sbuf_printf(&out, "  %-9s %s", "waiting", why.data); /* ends each reason with a newline */
    }
    if (isatty(STDERR_FILENO)) {
        (void)fputs(out.data, stderr);
    } else {
        report_log(&out);
    }
    sbuf_fini(&out);
    sbuf_fini(&why);
}
