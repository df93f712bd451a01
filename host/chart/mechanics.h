/* The mechanics of a chart: which gates make which channels, which centres those define, and
 * the type, authority and definition that follow. Pure tables and graph work. */
#ifndef CHART_MECHANICS_H
#define CHART_MECHANICS_H

#include <stdbool.h>
#include <stdint.h>

#define CHART_GATES 64
#define CHART_CHANNELS 36

enum chart_center {
    CENTER_HEAD,
    CENTER_AJNA,
    CENTER_THROAT,
    CENTER_G,
    CENTER_HEART,
    CENTER_SACRAL,
    CENTER_SOLAR_PLEXUS,
    CENTER_SPLEEN,
    CENTER_ROOT,
    CHART_CENTERS,
};

enum chart_type {
    TYPE_GENERATOR,
    TYPE_MANIFESTING_GENERATOR,
    TYPE_MANIFESTOR,
    TYPE_PROJECTOR,
    TYPE_REFLECTOR,
    CHART_TYPES,
};

enum chart_authority {
    AUTHORITY_EMOTIONAL,
    AUTHORITY_SACRAL,
    AUTHORITY_SPLENIC,
    AUTHORITY_EGO_MANIFESTED,
    AUTHORITY_EGO_PROJECTED,
    AUTHORITY_SELF_PROJECTED,
    AUTHORITY_MENTAL,
    AUTHORITY_LUNAR,
    CHART_AUTHORITIES,
};

/* How many separate groups of joined centres there are. */
enum chart_definition {
    DEFINITION_NONE,
    DEFINITION_SINGLE,
    DEFINITION_SPLIT,
    DEFINITION_TRIPLE_SPLIT,
    DEFINITION_QUADRUPLE_SPLIT,
    CHART_DEFINITIONS,
};

struct chart_channel {
    uint8_t low, high; /* gates, low < high */
};
extern const struct chart_channel CHART_CHANNEL_TABLE[CHART_CHANNELS];

/* The key a chart's "centers" uses: "solar-plexus". */
extern const char *const CHART_CENTER_KEYS[CHART_CENTERS];

struct chart_mechanics {
    uint32_t centers; /* bit per enum chart_center: defined */
    enum chart_type type;
    enum chart_authority authority;
    enum chart_definition definition;
};

/* The centre a gate (1…64) lies in. [any] */
enum chart_center chart_gate_center(unsigned gate);

/* Index into CHART_CHANNEL_TABLE, or −1 when the two gates make no channel; any order. [any] */
int chart_channel_find(unsigned gate_a, unsigned gate_b);

/* What follows from the defined channels (bit i = CHART_CHANNEL_TABLE[i]). [any] */
void chart_mechanics_derive(uint64_t channels, struct chart_mechanics *ret_mechanics);

#endif
