/* Incarnation crosses: which of the 192 a chart has, by rule. */
#ifndef CHART_CROSS_H
#define CHART_CROSS_H

#include <stdint.h>

enum cross_angle {
    CROSS_RIGHT,
    CROSS_JUXTAPOSITION,
    CROSS_LEFT,
    CROSS_ANGLES,
};

struct cross {
    enum cross_angle angle;
    uint8_t gates[4];  /* personality Sun and Earth, design Sun and Earth */
    const char *theme; /* "Laws", "the Sphinx" */
    unsigned number;   /* 1…4, 0 when the theme has one cross only */
};

/* "Right Angle", "Juxtaposition", "Left Angle". [any] */
const char *cross_angle_word(enum cross_angle angle);

/* The angle of a profile: the personality Sun's line over the design Sun's. [any] */
enum cross_angle cross_angle_of(unsigned personality_line, unsigned design_line);

/* The cross of a personality Sun gate and an angle: the other three gates and the name follow, as
 * the design Sun stands 88 degrees back. [any] */
struct cross cross_of(unsigned sun_gate, enum cross_angle angle);

#endif
