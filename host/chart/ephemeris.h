/* Where the Sun, the Moon, its node and the planets appear, seen from the Earth's centre. Uses a
 * library with static caches: for one thread of a process only. */
#ifndef CHART_EPHEMERIS_H
#define CHART_EPHEMERIS_H

#include <stdbool.h>

/* In the order charts list them. */
enum chart_body {
    BODY_SUN,
    BODY_EARTH,
    BODY_NORTH_NODE,
    BODY_SOUTH_NODE,
    BODY_MOON,
    BODY_MERCURY,
    BODY_VENUS,
    BODY_MARS,
    BODY_JUPITER,
    BODY_SATURN,
    BODY_URANUS,
    BODY_NEPTUNE,
    BODY_PLUTO,
    CHART_BODIES,
};

struct ephemeris_place {
    double longitude_deg; /* apparent, on the true ecliptic of date, 0 ≤ x < 360 */
    bool is_retrograde;   /* never for the Sun, the Earth and the Moon */
};

/* All places at a moment between 1885 and 2099, in seconds since 1970 UTC. The nodes are the true
 * (osculating) ones. [child] */
void ephemeris_places(double unix_s, struct ephemeris_place ret_places[CHART_BODIES]);

/* The Sun's longitude alone, the same as above. [child] */
double ephemeris_sun_deg(double unix_s);

#endif
