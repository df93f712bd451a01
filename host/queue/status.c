/* What people and machines are told about a queue: metrics and one JSON object. */
#include <inttypes.h>

#include "core/metrics.h"
#include "queue/queue-private.h"

static struct metric *status_counter(const struct sbuf *labels, const char *name, const char *help)
{
    return metrics_counter(name, help, labels->data);
}

static void status_init_parked(struct queue *queue)
{
    for (int i = 0; i < PARK_REASONS_COUNT; i++) {
        struct sbuf labels;
        sbuf_init(&labels, 512);
        metrics_label(&labels, "queue", queue->name);
        metrics_label(&labels, "reason", queue_park_reason_name((enum queue_park_reason)i));
        queue->metrics.parked_now[i] =
            metrics_gauge("agenthost_jobs_parked", "Jobs set aside now, by reason", labels.data);
        sbuf_fini(&labels);
    }
}

void queue_metrics_init(struct queue *queue)
{
    struct queue_metrics *metrics = &queue->metrics;
    struct sbuf labels;
    sbuf_init(&labels, 512);
    metrics_label(&labels, "queue", queue->name);
    metrics->claimed = status_counter(&labels, "agenthost_jobs_claimed_total", "Jobs claimed");
    metrics->completed =
        status_counter(&labels, "agenthost_jobs_completed_total", "Jobs completed");
    metrics->failed =
        status_counter(&labels, "agenthost_jobs_failed_total", "Jobs failed for good");
    metrics->retried = status_counter(&labels, "agenthost_jobs_retried_total",
                                      "Failed attempts that will be made again");
    metrics->parked =
        status_counter(&labels, "agenthost_jobs_parked_total", "Jobs set aside without an attempt");
    metrics->returned =
        status_counter(&labels, "agenthost_jobs_returned_total", "Jobs given back on the way out");
    metrics->lost = status_counter(&labels, "agenthost_jobs_lost_total",
                                   "Jobs dropped because another worker owns or ended them");
    metrics->renewals =
        status_counter(&labels, "agenthost_lock_renewals_total", "Job locks renewed");
    metrics->renewals_failed =
        status_counter(&labels, "agenthost_lock_renewals_failed_total", "Job locks that were lost");
    metrics->stalled = status_counter(&labels, "agenthost_jobs_stalled_total",
                                      "Jobs of dead workers put back by this host");
    metrics->given_back = status_counter(&labels, "agenthost_claims_given_back_total",
                                         "Claims of an earlier start or connection given back");
    metrics->spooled = status_counter(&labels, "agenthost_answers_spooled_total",
                                      "Answers kept in a file because Redis took no writes");
    metrics->active =
        metrics_gauge("agenthost_jobs_active", "Jobs claimed and not yet ended", labels.data);
    metrics->clock_off = metrics_gauge("agenthost_redis_clock_offset_seconds",
                                       "How far Redis' clock is ahead of this host's", labels.data);
    sbuf_fini(&labels);
    status_init_parked(queue);
}

void queue_metrics_fini(struct queue *queue)
{
    metrics_set(queue->metrics.active, 0);
    metrics_set(queue->metrics.clock_off, 0);
    for (int i = 0; i < PARK_REASONS_COUNT; i++) {
        metrics_set(queue->metrics.parked_now[i], 0);
    }
}

static void status_text(struct sbuf *out, const char *key, const char *text)
{
    sbuf_printf(out, "\"%s\":", key);
    sbuf_json_string(out, span_of(text));
    sbuf_putc(out, ',');
}

void queue_render_status(const struct queue *queue, struct sbuf *out)
{
    sbuf_putc(out, '{');
    status_text(out, "name", queue->name);
    status_text(out, "prefix", queue->prefix);
    status_text(out, "worker", queue->worker_name);
    sbuf_printf(out, "\"connected\":%s,\"claiming\":%s,",
                queue_is_connected(queue) ? "true" : "false",
                queue->is_claiming && queue->standing == STANDING_OK ? "true" : "false");
    sbuf_printf(out, "\"paused\":%s,\"clockOffsetMs\":%" PRId64 ",",
                queue->is_paused ? "true" : "false", queue->clock_off_ms);
    status_text(out, "trouble", queue_trouble(queue));
    sbuf_printf(out, "\"concurrency\":%" PRIu32 ",", queue->concurrency);
    if (queue->worker.limiter_max > 0) {
        sbuf_printf(out, "\"limiter\":{\"max\":%" PRIu32 ",\"duration\":%" PRId64 "},",
                    queue->worker.limiter_max, queue->worker.limiter_ms);
    } else {
        sbuf_puts(out, "\"limiter\":null,");
    }
    sbuf_printf(out, "\"active\":%" PRIu32 ",\"ending\":%" PRIu32 ",\"spooled\":%zu,\"parked\":{",
                queue->entries_count, queue->ending_count, queue_spool_count(queue));
    for (int i = 0, shown = 0; i < PARK_REASONS_COUNT; i++) {
        if (queue->parked_counts[i] > 0) {
            sbuf_printf(out, "%s\"%s\":%" PRIu32, shown++ > 0 ? "," : "",
                        queue_park_reason_name((enum queue_park_reason)i), queue->parked_counts[i]);
        }
    }
    sbuf_printf(out,
                "},\"completed\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"retried\":%" PRIu64
                ",\"lost\":%" PRIu64 ",\"stalled\":%" PRIu64 "}",
                queue->ended[QUEUE_COMPLETED], queue->ended[QUEUE_FAILED],
                queue->ended[QUEUE_RETRYING], queue->ended[QUEUE_LOST], queue->stalled_seen);
}
