/* What a given chart says, before anybody asks whether it can be. */
#ifndef CHART_READ_H
#define CHART_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "chart/fault.h"
#include "chart/mechanics.h"
#include "core/attr.h"
#include "core/span.h"

struct json_object;

#define CHART_BIT(value) (UINT32_C(1) << (value))

struct chart_read {
    uint64_t gates;      /* bit gate − 1: listed */
    uint64_t channels;   /* bit i: CHART_CHANNEL_TABLE[i] listed */
    uint32_t centers;    /* bit center: said to be defined */
    unsigned profile[2]; /* lines of the two Suns */
    struct span cross;   /* what the incarnation cross is called, or empty; borrowed */
    /* What the words may mean: see chart/words.h. */
    uint32_t type, authority, strategy, definition;
};

/* True for the twelve profiles that there are. [any] */
bool chart_is_profile(unsigned personality_line, unsigned design_line);

/* True when every field is there in its form with known words; else the first fault. [any] */
bool chart_read(struct json_object *chart, struct chart_read *ret_read,
                struct chart_fault *fault) ATTR_MUST_CHECK;

#endif
