/* What a finished job leaves, as JSON. */
#include "job/reading.h"

#include <math.h>
#include <string.h>

#include "agent/manifest.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/options.h"
#include "job/job.h"
#include "job/pipeline.h"

/* Content over this is left out of the return value: Redis is no place for it. */
#define READING_RETURN_CONTENT_BYTES_MAX (256 * 1024)

static void reading_text(struct sbuf *out, const char *key, const char *text)
{
    sbuf_printf(out, "\"%s\":", key);
    sbuf_json_string(out, span_of(text));
}

static void reading_agent(const struct job *job, struct sbuf *out)
{
    sbuf_puts(out, "\"agent\":{");
    reading_text(out, "id", unit_agent_id(job->unit));
    sbuf_putc(out, ',');
    reading_text(out, "version", unit_manifest(job->unit)->version);
    sbuf_putc(out, ',');
    reading_text(out, "image", unit_image(job->unit));
    sbuf_putc(out, '}');
}

static void reading_count(struct sbuf *out, const char *key, int64_t count)
{
    if (count < 0) {
        sbuf_printf(out, "\"%s\":null", key);
    } else {
        sbuf_printf(out, "\"%s\":%lld", key, (long long)count);
    }
}

/* The model that gave the last answer, and what all answers of the run cost. */
static void reading_model(const struct job *job, struct sbuf *out)
{
    struct answers_usage usage;
    answers_sum(&job->answers, &usage);
    sbuf_puts(out, "\"model\":");
    if (job->answers.count > 0) {
        sbuf_json_string(out, span_of(job->answers.items[job->answers.count - 1].model));
    } else {
        sbuf_puts(out, "null");
    }
    sbuf_puts(out, ",\"usage\":{");
    reading_count(out, "promptTokens", usage.prompt_tokens);
    sbuf_putc(out, ',');
    reading_count(out, "completionTokens", usage.completion_tokens);
    sbuf_putc(out, ',');
    reading_count(out, "totalTokens", usage.total_tokens);
    if (isnan(usage.cost_usd)) {
        sbuf_puts(out, ",\"costUsd\":null}");
    } else {
        sbuf_printf(out, ",\"costUsd\":%.10g}", usage.cost_usd);
    }
}

static void reading_sections(const struct agent_reply *reply, struct sbuf *out)
{
    sbuf_puts(out, ",\"sections\":[");
    for (uint32_t i = 0; i < reply->sections_count; i++) {
        const struct agent_section *section = &reply->sections[i];
        sbuf_puts(out, i > 0 ? ",{\"id\":" : "{\"id\":");
        sbuf_json_string(out, section->id);
        sbuf_puts(out, ",\"title\":");
        sbuf_json_string(out, section->title);
        sbuf_puts(out, ",\"text\":");
        sbuf_json_string(out, section->text);
        sbuf_putc(out, '}');
    }
    sbuf_putc(out, ']');
}

void reading_render_content(const struct job *job, const struct agent_reply *reply,
                            const struct options_provider *provider, struct sbuf *out)
{
    sbuf_puts(out, "{\"text\":");
    sbuf_json_string(out, reply->text);
    sbuf_putc(out, ',');
    reading_text(out, "agent", unit_agent_id(job->unit));
    sbuf_puts(out, ",\"chart\":");
    if (job->chart.len > 0) {
        sbuf_span(out, job->chart);
    } else {
        sbuf_puts(out, "null");
    }
    sbuf_puts(out, ",\"metadata\":{");
    reading_agent(job, out);
    sbuf_putc(out, ',');
    reading_text(out, "image", unit_image(job->unit));
    sbuf_putc(out, ',');
    reading_model(job, out);
    sbuf_printf(out, ",\"locale\":\"%s\",\"checks\":{\"facts\":\"%s\"},\"outcome\":\"%s\"",
                job->locale, reply->is_checked ? "passed" : "none",
                job->is_declined ? "declined" : "completed");
    if (provider != NULL && provider->practice && job->answers.count > 0) {
        sbuf_puts(out, ",\"practice\":true");
    }
    sbuf_putc(out, '}');
    reading_sections(reply, out);
    if (reply->content.len > 0) {
        sbuf_puts(out, ",\"data\":");
        sbuf_span(out, reply->content);
    }
    sbuf_putc(out, '}');
}

static bool reading_wants_content(const struct job *job)
{
    if (job->return_content >= 0) {
        return job->return_content;
    }
    const struct options *options = job->pipeline->options;
    const struct options_queue *queue = options_queue_find(options, queue_name(job->queued->queue));
    if (queue->return_content == RETURN_CONTENT_AUTO) {
        return strcmp(options->store.driver, "sqlite") == 0;
    }
    return queue->return_content == RETURN_CONTENT_YES;
}

void reading_render_return_value(const struct job *job, const struct sbuf *content,
                                 struct sbuf *out)
{
    struct answers_usage usage;
    answers_sum(&job->answers, &usage);
    int64_t whole_ms = clock_mono_ms() - job->started_ms;
    int64_t queue_ms = job->queued->processed_ms - job->queued->timestamp_ms;
    int64_t own_ms = whole_ms - usage.duration_ms;
    sbuf_putc(out, '{');
    reading_text(out, "readingId", job->reading_id);
    sbuf_printf(out, ",\"version\":%u,\"outcome\":\"%s\",", job->version,
                job->is_declined ? "declined" : "completed");
    reading_agent(job, out);
    sbuf_putc(out, ',');
    reading_model(job, out);
    sbuf_printf(out, ",\"durationMs\":{\"queue\":%lld,\"model\":%lld,\"own\":%lld}",
                (long long)(queue_ms > 0 ? queue_ms : 0), (long long)usage.duration_ms,
                (long long)(own_ms > 0 ? own_ms : 0));
    if (reading_wants_content(job) && content->len <= READING_RETURN_CONTENT_BYTES_MAX) {
        sbuf_puts(out, ",\"content\":");
        sbuf_span(out, sbuf_as_span(content));
    }
    sbuf_putc(out, '}');
}
