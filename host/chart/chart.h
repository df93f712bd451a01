/* A whole chart: two skies laid on the wheel, and what follows from them. */
#ifndef CHART_CHART_H
#define CHART_CHART_H

#include <stdint.h>

#include "chart/cross.h"
#include "chart/ephemeris.h"
#include "chart/mechanics.h"
#include "chart/wheel.h"

enum chart_side {
    SIDE_PERSONALITY, /* at birth */
    SIDE_DESIGN,      /* 88 degrees of the Sun before */
    CHART_SIDES,
};

struct chart_activation {
    struct ephemeris_place sky;
    struct wheel_place wheel;
};

struct chart {
    double unix_s[CHART_SIDES];
    struct chart_activation activations[CHART_SIDES][CHART_BODIES];
    uint64_t gates;    /* bit gate − 1: active on either side */
    uint64_t channels; /* bit i: CHART_CHANNEL_TABLE[i] */
    struct chart_mechanics mechanics;
    unsigned profile[CHART_SIDES]; /* lines of the two Suns */
    struct cross cross;
};

/* Computes the chart of a birth at unix_s, in the years birth.h allows. [child] */
void chart_compute(int64_t unix_s, struct chart *ret_chart);

#endif
