/* The wheel in whole thousandths of an arc second: every part down to the base is a whole number
 * of them, so nothing is ever rounded into a seventh line. */
#include "chart/wheel.h"

#include <assert.h>
#include <math.h>

#define MAS_PER_DEG 3600000
#define CIRCLE_MAS (360 * MAS_PER_DEG)
#define WHEEL_START_MAS (302 * MAS_PER_DEG) /* gate 41 begins at 2° Aquarius */
#define GATE_MAS (6 * WHEEL_LINE_MAS)
#define COLOR_MAS (WHEEL_LINE_MAS / 6)
#define TONE_MAS (COLOR_MAS / 6)
#define BASE_MAS (TONE_MAS / 5)
#define GATES 64

_Static_assert(GATES *GATE_MAS == CIRCLE_MAS, "the gates fill the circle");
_Static_assert(BASE_MAS * 5 * 6 * 6 == WHEEL_LINE_MAS, "the parts fill the line");

static const uint8_t wheel_gates[GATES] = {
    41, 19, 13, 49, 30, 55, 37, 63, 22, 36, 25, 17, 21, 51, 42, 3,  27, 24, 2,  23, 8,  20,
    16, 35, 45, 12, 15, 52, 39, 53, 62, 56, 31, 33, 7,  4,  29, 59, 40, 64, 47, 6,  46, 18,
    48, 57, 32, 50, 28, 44, 1,  43, 14, 34, 9,  5,  26, 11, 10, 58, 38, 54, 61, 60,
};

unsigned wheel_gate(int step)
{
    return wheel_gates[(unsigned)step % GATES]; /* 2^32 is a multiple of 64 */
}

unsigned wheel_step(unsigned gate)
{
    unsigned step = 0;
    while (step < GATES && wheel_gates[step] != gate) {
        step++;
    }
    assert(step < GATES);
    return step;
}

struct wheel_place wheel_find(double longitude_deg)
{
    assert(longitude_deg >= 0.);
    assert(longitude_deg < 360.);
    int64_t longitude_mas = (int64_t)floor(longitude_deg * MAS_PER_DEG);
    int32_t at = (int32_t)((longitude_mas + CIRCLE_MAS - WHEEL_START_MAS) % CIRCLE_MAS);
    int32_t in_line = at % WHEEL_LINE_MAS;
    return (struct wheel_place){
        .gate = wheel_gates[at / GATE_MAS],
        .line = (uint8_t)(at % GATE_MAS / WHEEL_LINE_MAS + 1),
        .color = (uint8_t)(in_line / COLOR_MAS + 1),
        .tone = (uint8_t)(in_line % COLOR_MAS / TONE_MAS + 1),
        .base = (uint8_t)(in_line % TONE_MAS / BASE_MAS + 1),
        .edge_mas = in_line < WHEEL_LINE_MAS / 2 ? -in_line : WHEEL_LINE_MAS - in_line,
    };
}
