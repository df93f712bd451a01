/* What model calls cost and how long they took: prices, and the metrics of one model. */
#ifndef MODEL_USAGE_H
#define MODEL_USAGE_H

#include <stdint.h>

#include "model/model.h"

#define USAGE_OUTCOMES (MODEL_BUSY + 1)

struct metric;
struct options;

/* The metrics of one model of one provider; made on first use, one for each pair ever used. */
struct usage_series {
    struct usage_series *next;
    char *model;
    struct metric *requests[USAGE_OUTCOMES]; /* each made on first use */
    struct metric *prompt_tokens, *completion_tokens, *seconds, *first_token;
};

/* Finds or makes the series of a model in *list. [loop] */
struct usage_series *usage_series_find(struct usage_series **list, const char *provider,
                                       const char *model);
/* Frees the list; the metrics themselves stay. [loop] */
void usage_series_free(struct usage_series **list);

/* Counts a finished call. [loop] */
void usage_count(struct usage_series *series, const char *provider,
                 const struct model_result *result);

/* Counts a try that is made again. [loop] */
void usage_count_retry(const char *provider, const char *reason);

/* Price of the tokens in dollars by the [model.NAME] section of the first of the two names
 * that has one; NAN when a price or a count is not known. [loop] */
double usage_cost_usd(const struct options *options, const char *asked_model,
                      const char *told_model, int64_t prompt_tokens, int64_t completion_tokens);

#endif
