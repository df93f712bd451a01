/* Costs and metrics of model calls. */
#include "model/usage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "core/options.h"
#include "core/sbuf.h"

#define USAGE_LABELS_BYTES_MAX 1024
#define USAGE_TOKENS_PER_PRICE 1e6

/* provider="…",model="…" and, when key is not NULL, one more label. */
static void usage_labels(struct sbuf *labels, const char *provider, const char *model,
                         const char *key, const char *value)
{
    sbuf_init(labels, USAGE_LABELS_BYTES_MAX);
    metrics_label(labels, "provider", provider);
    if (model != NULL) {
        metrics_label(labels, "model", model);
    }
    if (key != NULL) {
        metrics_label(labels, key, value);
    }
}

static struct metric *usage_tokens(const char *provider, const char *model, const char *kind)
{
    struct sbuf labels;
    usage_labels(&labels, provider, model, "kind", kind);
    struct metric *metric =
        metrics_counter("agenthost_llm_tokens_total", "Tokens told by the servers.", labels.data);
    sbuf_fini(&labels);
    return metric;
}

static struct metric *usage_histogram(const char *name, const char *help, const char *provider,
                                      const char *model)
{
    struct sbuf labels;
    usage_labels(&labels, provider, model, NULL, NULL);
    struct metric *metric = metrics_histogram(name, help, labels.data, METRICS_SECONDS_BOUNDS,
                                              METRICS_SECONDS_BOUNDS_COUNT);
    sbuf_fini(&labels);
    return metric;
}

struct usage_series *usage_series_find(struct usage_series **list, const char *provider,
                                       const char *model)
{
    for (struct usage_series *series = *list; series != NULL; series = series->next) {
        if (strcmp(series->model, model) == 0) {
            return series;
        }
    }
    struct usage_series *series = mem_alloc(sizeof(*series));
    series->model = mem_strdup(model);
    series->prompt_tokens = usage_tokens(provider, model, "prompt");
    series->completion_tokens = usage_tokens(provider, model, "completion");
    series->seconds =
        usage_histogram("agenthost_llm_seconds", "Duration of model calls, with retries and waits.",
                        provider, model);
    series->first_token =
        usage_histogram("agenthost_llm_first_token_seconds",
                        "From sending a request to the first text.", provider, model);
    series->next = *list;
    *list = series;
    return series;
}

void usage_series_free(struct usage_series **list)
{
    while (*list != NULL) {
        struct usage_series *series = *list;
        *list = series->next;
        free(series->model);
        free(series);
    }
}

void usage_count(struct usage_series *series, const char *provider,
                 const struct model_result *result)
{
    struct metric **requests = &series->requests[result->outcome];
    if (*requests == NULL) {
        struct sbuf labels;
        usage_labels(&labels, provider, series->model, "code", model_outcome_name(result->outcome));
        *requests = metrics_counter("agenthost_llm_requests_total",
                                    "Model calls by how they ended.", labels.data);
        sbuf_fini(&labels);
    }
    metrics_inc(*requests);
    if (result->prompt_tokens > 0) {
        metrics_add(series->prompt_tokens, (double)result->prompt_tokens);
    }
    if (result->completion_tokens > 0) {
        metrics_add(series->completion_tokens, (double)result->completion_tokens);
    }
    if (result->tries > 0) {
        metrics_observe(series->seconds, (double)result->duration_ms / 1000);
    }
    if (result->first_token_ms >= 0) {
        metrics_observe(series->first_token, (double)result->first_token_ms / 1000);
    }
}

void usage_count_retry(const char *provider, const char *reason)
{
    struct sbuf labels;
    usage_labels(&labels, provider, NULL, "reason", reason);
    metrics_inc(metrics_counter("agenthost_llm_retries_total",
                                "Tries made again inside a model call.", labels.data));
    sbuf_fini(&labels);
}

static const struct options_model *usage_prices(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->models_count; i++) {
        if (strcmp(options->models[i].name, name) == 0) {
            return &options->models[i];
        }
    }
    return NULL;
}

double usage_cost_usd(const struct options *options, const char *asked_model,
                      const char *told_model, int64_t prompt_tokens, int64_t completion_tokens)
{
    const struct options_model *prices = usage_prices(options, asked_model);
    if (prices == NULL) {
        prices = usage_prices(options, told_model);
    }
    if (prices == NULL || prompt_tokens < 0 || completion_tokens < 0) {
        return NAN;
    }
    return ((double)prompt_tokens * prices->input_price +
            (double)completion_tokens * prices->output_price) /
           USAGE_TOKENS_PER_PRICE;
}
