/* The life of the host in the supervisor's words. */
#include "announce.h"

#include <string.h>

#include "agent/agents.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/notify.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "host.h"

#define ANNOUNCE_STATUS_BYTES_MAX 512

/* One line for people: what is served, or what jobs wait for. */
static void announce_render(struct host *host, struct sbuf *out)
{
    struct sbuf why;
    sbuf_init(&why, 4096);
    if (host->is_draining) {
        sbuf_printf(out, "draining: %u jobs to finish", host->pipeline.jobs_count);
    } else if (host_is_ready(host, &why)) {
        sbuf_printf(out, "%u agents, %zu queues", agents_count(host->agents), host->queues_count);
    } else {
        sbuf_puts(out, "waiting: ");
        for (size_t i = 0; i + 1 < why.len; i++) {
            sbuf_puts(out, why.data[i] == '\n' ? ";" : "");
            sbuf_putc(out, why.data[i] == '\n' ? ' ' : why.data[i]);
        }
    }
    sbuf_fini(&why);
}

void announce_status(struct host *host)
{
    notify_flush(&host->notify);
    if (!notify_is_heard(&host->notify)) {
        return;
    }
    struct sbuf status;
    sbuf_init(&status, 8192);
    announce_render(host, &status);
    uint64_t hash = hash_fnv64(sbuf_as_span(&status));
    if (hash != host->announced) {
        host->announced = hash;
        notify_send(&host->notify, "STATUS=%.*s", ANNOUNCE_STATUS_BYTES_MAX, status.data);
    }
    sbuf_fini(&status);
}

void announce_start(struct host *host)
{
    notify_watchdog_start(&host->notify, &host->loop);
}

void announce_ready(struct host *host)
{
    if (host->is_draining) {
        return;
    }
    announce_status(host);
    notify_send(&host->notify, "READY=1");
    notify_channel_ready(&host->notify);
}

void announce_reloading(struct host *host)
{
    if (!host->is_draining) {
        /* The time tells systemd which of two reloads a later READY=1 belongs to. */
        notify_send(&host->notify, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_us());
    }
}

void announce_stopping(struct host *host)
{
    int64_t patience_ms = host->options->limits.drain_ms + HOST_END_EXTRA_MS;
    notify_send(&host->notify, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld",
                (long long)patience_ms * 1000);
    announce_status(host);
}
