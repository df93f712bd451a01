/* Terrestrial time from clock time by one table: the Earth turns unevenly, and what it has lost
 * is known from observation only. */
#include "chart/timescale.h"

#include <math.h>
#include <stddef.h>

#include "core/attr.h"

#define TIMESCALE_UNIX_JD 2440587.5
#define TIMESCALE_DAY_S 86400.0
#define TIMESCALE_YEAR_S (365.2425 * TIMESCALE_DAY_S)

#define TIMESCALE_FIRST_YEAR 1880
#define TIMESCALE_STEP_YEARS 5

/* Seconds that terrestrial time is ahead, every five years from 1880; after 2025 as expected. */
static const double timescale_ahead_s[] = {
    -5.2, -4.4, -3.9, -5.0, -2.8, 3.9,  10.4, 17.2, 21.2, 23.6, 24.0, 23.9, 24.3, 26.8, 29.1,
    31.1, 33.2, 35.7, 40.2, 45.5, 50.5, 54.3, 56.9, 60.8, 63.8, 64.7, 66.1, 67.6, 69.4, 69.1,
    69.5, 70.5, 71.8, 73.1, 74.6, 76.1, 77.7, 79.3, 81.0, 82.9, 84.9, 86.9, 89.0, 91.2, 93.2,
};

double timescale_tt(double unix_s)
{
    double at = (1970. - TIMESCALE_FIRST_YEAR + unix_s / TIMESCALE_YEAR_S) / TIMESCALE_STEP_YEARS;
    double last = (double)ARRAY_LEN(timescale_ahead_s) - 1;
    at = fmin(fmax(at, 0.), last);
    size_t knot = (size_t)fmin(at, last - 1);
    double ahead_s = timescale_ahead_s[knot] +
                     (at - (double)knot) * (timescale_ahead_s[knot + 1] - timescale_ahead_s[knot]);
    return TIMESCALE_UNIX_JD + (unix_s + ahead_s) / TIMESCALE_DAY_S;
}
