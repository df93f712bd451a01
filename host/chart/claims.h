/* What a text claims of a chart that the chart does not carry: gates, channels, centres, type,
 * authority, definition, profile and cross, in German and English.
 *
 * A claim is read where a text names a fact in one of the usual ways: "Tor 34", "gate 34.2",
 * "Kanal 20-34", "das offene Herz", "your Sacral is defined", "als Projektor", "emotional
 * authority", "2/4", "Right Angle Cross of Laws". Naming one is claiming it, but where the text
 * says that the chart lacks it. What a text says of a fact in words of its own is not judged. */
#ifndef CHART_CLAIMS_H
#define CHART_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chart/mechanics.h"
#include "core/attr.h"
#include "core/span.h"

struct arena;
struct json_object;

#define CLAIMS_LINES 6

enum claim_kind {
    CLAIM_GATE,
    CLAIM_CHANNEL,
    CLAIM_CENTER,
    CLAIM_TYPE,
    CLAIM_AUTHORITY,
    CLAIM_DEFINITION,
    CLAIM_PROFILE,
    CLAIM_CROSS,
    CLAIM_KINDS,
};

/* The facts that claims are held against. */
struct claims_chart {
    struct chart_mechanics mechanics;
    uint64_t gates;               /* bit gate − 1 */
    uint64_t lines[CLAIMS_LINES]; /* the gates active in line i + 1; all 0 = not known */
    uint64_t channels;            /* bit i: CHART_CHANNEL_TABLE[i] */
    unsigned profile[2];
    struct span cross; /* "Right Angle Cross of Laws 2"; empty = none. Borrowed from the chart */
};

struct claim {
    enum claim_kind kind;
    struct span quote; /* the words of the text that make it; borrowed from the text */
};

/* "gate", "channel", …: never NULL. [any] */
const char *claim_kind_name(enum claim_kind kind);

/* False for a chart that chart_verify does not take. [any] */
bool claims_chart_read(struct json_object *chart, struct claims_chart *ret_chart) ATTR_MUST_CHECK;

/* Lists the claims of a well-formed UTF-8 text that the chart does not carry, in the order of the
 * text, at most claims_max of them. False when arena is full: nothing is known of the text then.
 * [any] */
bool claims_find(const struct claims_chart *chart, struct span text, struct arena *arena,
                 struct claim *claims, size_t claims_max, size_t *ret_count) ATTR_MUST_CHECK;

#endif
