/* The registry of metrics and its text format. */
#include "core/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/hash.h"
#include "core/mem.h"
#include "core/sbuf.h"

#define METRICS_SERIES_MAX 200 /* of one family */
#define METRICS_SLOTS 1024
#define METRICS_OVERFLOW "other=\"true\""

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

struct metric {
    struct metric *next;      /* of its family */
    struct metric *slot_next; /* of the look-up table */
    struct metrics_family *family;
    char *labels; /* "" when there are none */
    double value; /* the sum of a histogram */
    uint64_t count;
    uint64_t *buckets; /* not cumulative; above the last bound counts in count only */
};

struct metrics_family {
    struct metrics_family *next;
    char *name;
    char *help;
    enum metrics_kind kind;
    const double *bounds;
    unsigned bounds_count;
    struct metric *first, *last;
    unsigned series;
};

struct metrics_hook {
    struct metrics_hook *next;
    void (*refresh)(void *ctx);
    void *ctx;
};

const double METRICS_SECONDS_BOUNDS[] = {0.05, 0.1, 0.25, 0.5, 1,   2.5, 5,
                                         10,   20,  30,   60,  120, 300, 600};
const unsigned METRICS_SECONDS_BOUNDS_COUNT = ARRAY_LEN(METRICS_SECONDS_BOUNDS);

static struct {
    struct metrics_family *first, *last;
    struct metrics_hook *hooks;
    struct metric *slots[METRICS_SLOTS];
} registry;

static struct metric **metrics_slot(const char *name, const char *labels)
{
    uint64_t hash = hash_fnv64(span_of(name)) * 31 + hash_fnv64(span_of(labels));
    return &registry.slots[(hash ^ hash >> 32) % METRICS_SLOTS];
}

static struct metric *metrics_lookup(const char *name, const char *labels)
{
    struct metric *metric = *metrics_slot(name, labels);
    while (metric != NULL &&
           (strcmp(metric->family->name, name) != 0 || strcmp(metric->labels, labels) != 0)) {
        metric = metric->slot_next;
    }
    return metric;
}

static struct metrics_family *metrics_family_of(const char *name, const char *help,
                                                enum metrics_kind kind)
{
    struct metrics_family *family = registry.first;
    while (family != NULL && strcmp(family->name, name) != 0) {
        family = family->next;
    }
    if (family == NULL) {
        family = mem_alloc(sizeof(*family));
        family->name = mem_strdup(name);
        family->help = mem_strdup(help);
        family->kind = kind;
        if (registry.last != NULL) {
            registry.last->next = family;
        } else {
            registry.first = family;
        }
        registry.last = family;
    }
    assert(family->kind == kind);
    return family;
}

static struct metric *metrics_add_series(struct metrics_family *family, const char *labels)
{
    struct metric *metric = mem_alloc(sizeof(*metric));
    metric->family = family;
    metric->labels = mem_strdup(labels);
    if (family->bounds_count > 0) {
        metric->buckets = mem_array(family->bounds_count, sizeof(*metric->buckets));
    }
    if (family->last != NULL) {
        family->last->next = metric;
    } else {
        family->first = metric;
    }
    family->last = metric;
    family->series++;
    struct metric **slot = metrics_slot(family->name, labels);
    metric->slot_next = *slot;
    *slot = metric;
    return metric;
}

static struct metric *metrics_get(const char *name, const char *help, const char *labels,
                                  enum metrics_kind kind, const double *bounds,
                                  unsigned bounds_count)
{
    labels = labels != NULL ? labels : "";
    struct metric *metric = metrics_lookup(name, labels);
    if (metric != NULL) {
        assert(metric->family->kind == kind);
        return metric;
    }
    struct metrics_family *family = metrics_family_of(name, help, kind);
    if (family->series == 0) {
        family->bounds = bounds;
        family->bounds_count = bounds_count;
    }
    if (family->series >= METRICS_SERIES_MAX) {
        labels = METRICS_OVERFLOW;
        metric = metrics_lookup(name, labels);
    }
    return metric != NULL ? metric : metrics_add_series(family, labels);
}

struct metric *metrics_counter(const char *name, const char *help, const char *labels)
{
    return metrics_get(name, help, labels, METRICS_COUNTER, NULL, 0);
}

struct metric *metrics_gauge(const char *name, const char *help, const char *labels)
{
    return metrics_get(name, help, labels, METRICS_GAUGE, NULL, 0);
}

struct metric *metrics_histogram(const char *name, const char *help, const char *labels,
                                 const double *bounds, unsigned bounds_count)
{
    return metrics_get(name, help, labels, METRICS_HISTOGRAM, bounds, bounds_count);
}

void metrics_inc(struct metric *metric)
{
    metric->value += 1;
}

void metrics_add(struct metric *metric, double value)
{
    metric->value += value;
}

void metrics_set(struct metric *metric, double value)
{
    assert(metric->family->kind == METRICS_GAUGE);
    metric->value = value;
}

double metrics_value(const struct metric *metric)
{
    return metric->value;
}

void metrics_observe(struct metric *metric, double value)
{
    const struct metrics_family *family = metric->family;
    assert(family->kind == METRICS_HISTOGRAM);
    metric->value += value;
    metric->count++;
    for (unsigned i = 0; i < family->bounds_count; i++) {
        if (value <= family->bounds[i]) {
            metric->buckets[i]++;
            break;
        }
    }
}

void metrics_on_render(void (*refresh)(void *ctx), void *ctx)
{
    struct metrics_hook *hook = mem_alloc(sizeof(*hook));
    *hook = (struct metrics_hook){.next = registry.hooks, .refresh = refresh, .ctx = ctx};
    registry.hooks = hook;
}

void metrics_label(struct sbuf *out, const char *key, const char *value)
{
    if (out->len > 0) {
        sbuf_putc(out, ',');
    }
    sbuf_printf(out, "%s=\"", key);
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '\n') {
            sbuf_puts(out, "\\n");
            continue;
        }
        if (*at == '"' || *at == '\\') {
            sbuf_putc(out, '\\');
        }
        sbuf_putc(out, *at);
    }
    sbuf_putc(out, '"');
}

static void metrics_render_value(struct sbuf *out, double value)
{
    if (isnan(value)) {
        sbuf_puts(out, "NaN\n");
    } else if (isinf(value)) {
        sbuf_puts(out, value > 0 ? "+Inf\n" : "-Inf\n");
    } else {
        sbuf_printf(out, "%.15g\n", value);
    }
}

/* name{labels,more} with whichever of both there are. */
static void metrics_render_head(struct sbuf *out, const struct metric *metric, const char *suffix,
                                const char *more)
{
    const char *comma = *metric->labels != '\0' && *more != '\0' ? "," : "";
    if (*metric->labels == '\0' && *more == '\0') {
        sbuf_printf(out, "%s%s ", metric->family->name, suffix);
    } else {
        sbuf_printf(out, "%s%s{%s%s%s} ", metric->family->name, suffix, metric->labels, comma,
                    more);
    }
}

static void metrics_render_histogram(struct sbuf *out, const struct metric *metric)
{
    const struct metrics_family *family = metric->family;
    uint64_t cumulative = 0;
    char le[48];
    for (unsigned i = 0; i < family->bounds_count; i++) {
        cumulative += metric->buckets[i];
        (void)snprintf(le, sizeof(le), "le=\"%.15g\"", family->bounds[i]);
        metrics_render_head(out, metric, "_bucket", le);
        metrics_render_value(out, (double)cumulative);
    }
    metrics_render_head(out, metric, "_bucket", "le=\"+Inf\"");
    metrics_render_value(out, (double)metric->count);
    metrics_render_head(out, metric, "_sum", "");
    metrics_render_value(out, metric->value);
    metrics_render_head(out, metric, "_count", "");
    metrics_render_value(out, (double)metric->count);
}

static void metrics_render_family(struct sbuf *out, const struct metrics_family *family)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    sbuf_printf(out, "# HELP %s ", family->name);
    for (const char *at = family->help; *at != '\0'; at++) {
        if (*at == '\n') {
            sbuf_puts(out, "\\n");
        } else if (*at == '\\') {
            sbuf_puts(out, "\\\\");
        } else {
            sbuf_putc(out, *at);
        }
    }
    sbuf_printf(out, "\n# TYPE %s %s\n", family->name, kinds[family->kind]);
    for (const struct metric *metric = family->first; metric != NULL; metric = metric->next) {
        if (family->kind == METRICS_HISTOGRAM) {
            metrics_render_histogram(out, metric);
        } else {
            metrics_render_head(out, metric, "", "");
            metrics_render_value(out, metric->value);
        }
    }
}

void metrics_render(struct sbuf *out)
{
    for (const struct metrics_hook *hook = registry.hooks; hook != NULL; hook = hook->next) {
        hook->refresh(hook->ctx);
    }
    for (const struct metrics_family *family = registry.first; family != NULL;
         family = family->next) {
        metrics_render_family(out, family);
    }
}

static void metrics_family_destroy(struct metrics_family *family)
{
    for (struct metric *metric = family->first; metric != NULL;) {
        struct metric *next = metric->next;
        free(metric->labels);
        free(metric->buckets);
        free(metric);
        metric = next;
    }
    free(family->name);
    free(family->help);
    free(family);
}

void metrics_reset(void)
{
    for (struct metrics_family *family = registry.first; family != NULL;) {
        struct metrics_family *next = family->next;
        metrics_family_destroy(family);
        family = next;
    }
    for (struct metrics_hook *hook = registry.hooks; hook != NULL;) {
        struct metrics_hook *next = hook->next;
        free(hook);
        hook = next;
    }
    memset(&registry, 0, sizeof(registry));
}
