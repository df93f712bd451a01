/* The registry of metrics, rendered in Prometheus' text format 0.0.4. Series are made on
 * first use with bounded labels (queue, agent, reason: never a job id) and live for ever. */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include <stdint.h>

struct sbuf;
struct metric; /* one series */

/* Series of the family `name` (registered with its help text and type on first use).
 * labels is the finished text between the braces — queue="readings",reason="store" —
 * made with metrics_label, or NULL. The same name and labels give the same series. A family
 * takes at most 200 series; beyond, all new ones share labels other="true". [loop] */
struct metric *metrics_counter(const char *name, const char *help, const char *labels);
struct metric *metrics_gauge(const char *name, const char *help, const char *labels);
/* Upper bounds ascending, +Inf is added. bounds must stay valid (a static table). [loop] */
struct metric *metrics_histogram(const char *name, const char *help, const char *labels,
                                 const double *bounds, unsigned bounds_count);

void metrics_inc(struct metric *metric);
void metrics_add(struct metric *metric, double value);
void metrics_set(struct metric *metric, double value);
void metrics_observe(struct metric *metric, double value);
/* A counter's or gauge's value; a histogram's sum. */
double metrics_value(const struct metric *metric);

/* Jobs and model calls, in seconds: 0.05 … 600. */
extern const double METRICS_SECONDS_BOUNDS[];
extern const unsigned METRICS_SECONDS_BOUNDS_COUNT;

/* A hook called before each rendering, to set gauges that are cheaper to read than to keep. */
void metrics_on_render(void (*refresh)(void *ctx), void *ctx);

/* Appends key="value" to out, escaped, with a comma before it when out is not empty. [any] */
void metrics_label(struct sbuf *out, const char *key, const char *value);

/* Appends all families to out. [loop] */
void metrics_render(struct sbuf *out);

/* Forgets everything; tests only. */
void metrics_reset(void);

#endif
