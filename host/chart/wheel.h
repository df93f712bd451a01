/* The wheel of 64 gates laid over the ecliptic. */
#ifndef CHART_WHEEL_H
#define CHART_WHEEL_H

#include <stdint.h>

/* A line's width in thousandths of an arc second. */
#define WHEEL_LINE_MAS 3375000

/* Each part is the right one down to the base; 1-based, as people count them. */
struct wheel_place {
    uint8_t gate;     /* 1…64 */
    uint8_t line;     /* sixth of the gate */
    uint8_t color;    /* sixth of the line */
    uint8_t tone;     /* sixth of the colour */
    uint8_t base;     /* fifth of the tone */
    int32_t edge_mas; /* to the nearer end of the line: below 0 to its beginning */
};

/* Where a longitude (0 ≤ x < 360) falls. A part owns its beginning and not its end. [any] */
struct wheel_place wheel_find(double longitude_deg);

/* Steps along the wheel from gate 41, 0…63, and the gate that many steps (any number) on. [any] */
unsigned wheel_step(unsigned gate);
unsigned wheel_gate(int step);

#endif
