/* A chart as JSON, in the keys its readers know. */
#ifndef CHART_JSON_H
#define CHART_JSON_H

#include "chart/birth.h"
#include "chart/chart.h"
#include "core/sbuf.h"
#include "core/span.h"

/* Charts computed with other tables or theories get another number. */
#define CHART_ENGINE_VERSION "1"

/* Appends the chart; tzdata is the version of the zone database, may be empty. [any] */
void chart_render(const struct chart *chart, const struct birth *birth,
                  const struct birth_moment *moment, struct span tzdata, struct sbuf *out);

#endif
