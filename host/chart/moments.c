/* Finds the design moment by Newton's method: the Sun moves so evenly that its mean speed does for
 * the slope. */
#include "chart/moments.h"

#include <math.h>

#include "chart/ephemeris.h"

#define MOMENTS_ARC_DEG 88.
#define SUN_DEG_PER_S (0.9856474 / 86400)
#define MOMENTS_NEAR_DEG 1e-9 /* a tenth of a millisecond */
#define MOMENTS_STEPS_MAX 12  /* each leaves a thirtieth of the error at most */

double moments_design(double birth_s)
{
    double wanted_deg = ephemeris_sun_deg(birth_s) - MOMENTS_ARC_DEG;
    double at_s = birth_s - MOMENTS_ARC_DEG / SUN_DEG_PER_S;
    for (int step = 0; step < MOMENTS_STEPS_MAX; step++) {
        double short_deg = remainder(wanted_deg - ephemeris_sun_deg(at_s), 360.);
        at_s += short_deg / SUN_DEG_PER_S;
        if (fabs(short_deg) < MOMENTS_NEAR_DEG) {
            break;
        }
    }
    return at_s;
}
