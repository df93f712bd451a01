/* The facts of a chart: read once, checked, and put into words in a fixed plain form. */
#ifndef COMMON_FACTS_H
#define COMMON_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/mechanics.h"
#include "chart/verify.h"
#include "common/assets.h"
#include "core/attr.h"
#include "core/span.h"

struct arena;
struct json_object;
struct sbuf;

#define FACTS_VALUES 11

struct facts {
    struct chart_mechanics mechanics;
    uint64_t gates;    /* bit gate − 1 */
    uint64_t channels; /* bit i: CHART_CHANNEL_TABLE[i] */
    struct span profile;
    struct span cross; /* empty: none given */
};

/* Reads a chart. False with the first fault when it is not complete and consistent. Texts
 * borrow from chart. */
bool facts_read(struct json_object *chart, struct facts *ret_facts,
                struct chart_fault *ret_fault) ATTR_MUST_CHECK;

/* Appends the names of those of the centres in mask that are defined, or that are open; the
 * word for none when there are none. */
void facts_centers(struct sbuf *out, const struct facts *facts, const struct words *words,
                   uint32_t mask, bool is_defined);

/* Fills in the names of the values that facts_values gives, and no texts. */
void facts_names(struct template_value values[FACTS_VALUES]);

/* Fills values with one text for each fact — type, authority, strategy, profile, definition,
 * defined_centers, open_centers, channels, gates, cross — and "facts" with all of them, one a
 * line. What the chart lacks is named as lacking. The texts live in arena; false when it is
 * full. */
bool facts_values(const struct facts *facts, const struct words *words, struct arena *arena,
                  struct template_value values[FACTS_VALUES]) ATTR_MUST_CHECK;

#endif
