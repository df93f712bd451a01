/* Apparent places: positions from libnova's theories (VSOP87, ELP 2000-82B, Meeus' Pluto), turned
 * into what is seen from the Earth with ERFA's frames.
 *
 * libnova's own calls for apparent places are not used: they leave everything on the ecliptic of
 * 2000, and their node is the mean one. Vectors are in that frame, in AU, until the last step. */
#include "chart/ephemeris.h"

#include <math.h>

#include <erfa.h>
#include <erfam.h>
#include <libnova/libnova.h>

#include "chart/timescale.h"

#define AU_KM 149597870.7
#define LIGHT_AU_PER_DAY 173.14463268466926
#define SUN_GM_KM3_PER_S2 1.32712440041e11
#define DAY_S 86400.0
#define ECLIPTIC_2000_ARCSEC 84381.406
#define PRECESSION_RAD_PER_S (50.29 / 3600 * ERFA_DD2R / (365.25 * DAY_S))

#define EARTH_STEP_DAYS 0.05 /* either side, for its velocity */
#define MOON_STEP_DAYS 0.002 /* either side */
#define MOON_LIGHT_S 1.2817  /* on its way to us */
#define MOON_PRECISION 0.0   /* every term: less makes the node useless */
#define RETROGRADE_STEP_DAYS .02
#define LIGHT_TIME_PASSES 3
#define DEFLECTION_LIMIT 1e-9 /* of ERFA's, for bodies behind the Sun's disc */

typedef void (*ephemeris_theory_fn)(double tt, struct ln_helio_posn *ret_position);

static const ephemeris_theory_fn ephemeris_theories[CHART_BODIES] = {
    [BODY_MERCURY] = ln_get_mercury_helio_coords, [BODY_VENUS] = ln_get_venus_helio_coords,
    [BODY_MARS] = ln_get_mars_helio_coords,       [BODY_JUPITER] = ln_get_jupiter_helio_coords,
    [BODY_SATURN] = ln_get_saturn_helio_coords,   [BODY_URANUS] = ln_get_uranus_helio_coords,
    [BODY_NEPTUNE] = ln_get_neptune_helio_coords, [BODY_PLUTO] = ln_get_pluto_helio_coords,
};

/* What all places of one moment share. */
struct ephemeris_moment {
    double tt;            /* Julian date */
    double to_date[3][3]; /* ecliptic of 2000 → true ecliptic of date */
    double earth[3];      /* from the Sun */
    double velocity[3];   /* of the Earth, in units of light's */
    double slowness;      /* sqrt(1 − velocity²) */
};

static void ephemeris_helio(ephemeris_theory_fn theory, double tt, double ret_vector[3])
{
    struct ln_helio_posn position;
    theory(tt, &position);
    eraS2p(position.L * ERFA_DD2R, position.B * ERFA_DD2R, position.R, ret_vector);
}

static void ephemeris_set_frame(struct ephemeris_moment *moment)
{
    double dpsi, deps, epsa, rb[3][3], rp[3][3], rbp[3][3], rn[3][3], rbpn[3][3];
    double to_equator[3][3];
    eraPn06a(moment->tt, 0., &dpsi, &deps, &epsa, rb, rp, rbp, rn, rbpn);
    eraIr(to_equator);
    eraRx(-ECLIPTIC_2000_ARCSEC * ERFA_DAS2R, to_equator);
    eraRxr(rbpn, to_equator, moment->to_date);
    eraRx(epsa + deps, moment->to_date);
}

static void ephemeris_set_moment(struct ephemeris_moment *moment, double tt)
{
    double before[3], after[3];
    moment->tt = tt;
    ephemeris_set_frame(moment);
    ephemeris_helio(ln_get_earth_helio_coords, tt, moment->earth);
    ephemeris_helio(ln_get_earth_helio_coords, tt - EARTH_STEP_DAYS, before);
    ephemeris_helio(ln_get_earth_helio_coords, tt + EARTH_STEP_DAYS, after);
    eraPmp(after, before, moment->velocity);
    eraSxp(1. / (2. * EARTH_STEP_DAYS * LIGHT_AU_PER_DAY), moment->velocity, moment->velocity);
    moment->slowness = sqrt(1. - eraPdp(moment->velocity, moment->velocity));
}

static double ephemeris_longitude(const double vector[3])
{
    double longitude = eraAnp(atan2(vector[1], vector[0])) * ERFA_DR2D;
    return longitude < 360. ? longitude : 0.;
}

/* From the direction in which a body is to the longitude at which the moving Earth sees it. */
static double ephemeris_seen(struct ephemeris_moment *moment, double direction[3])
{
    double seen[3], on_ecliptic[3];
    eraAb(direction, moment->velocity, eraPm(moment->earth), moment->slowness, seen);
    eraRxp(moment->to_date, seen, on_ecliptic);
    return ephemeris_longitude(on_ecliptic);
}

static double ephemeris_sun(struct ephemeris_moment *moment)
{
    double distance, direction[3];
    eraPn(moment->earth, &distance, direction);
    eraSxp(-1., direction, direction);
    return ephemeris_seen(moment, direction);
}

/* *distance_au is how far it is as far as known (0: not at all), and gets better by each pass. */
static double ephemeris_planet(struct ephemeris_moment *moment, ephemeris_theory_fn theory,
                               int light_time_passes, double *distance_au)
{
    double body[3], from_earth[3], direction[3];
    for (int pass = 0; pass < light_time_passes; pass++) {
        ephemeris_helio(theory, moment->tt - *distance_au / LIGHT_AU_PER_DAY, body);
        eraPmp(body, moment->earth, from_earth);
        eraPn(from_earth, distance_au, direction);
    }
    double sun_body[3], sun_earth[3], body_distance, sun_distance, bent[3];
    eraPn(body, &body_distance, sun_body);
    eraPn(moment->earth, &sun_distance, sun_earth);
    eraLd(1., direction, sun_body, sun_earth, sun_distance, DEFLECTION_LIMIT, bent);
    return ephemeris_seen(moment, bent);
}

static bool is_behind(double later_deg, double earlier_deg)
{
    return remainder(later_deg - earlier_deg, 360.) < 0.;
}

static void ephemeris_planets(struct ephemeris_moment *moment, struct ephemeris_place *places)
{
    struct ephemeris_moment later;
    ephemeris_set_moment(&later, moment->tt + RETROGRADE_STEP_DAYS);
    for (int body = BODY_MERCURY; body < CHART_BODIES; body++) {
        ephemeris_theory_fn theory = ephemeris_theories[body];
        double distance_au = 0.;
        double longitude = ephemeris_planet(moment, theory, LIGHT_TIME_PASSES, &distance_au);
        double next = ephemeris_planet(&later, theory, 1, &distance_au);
        places[body] = (struct ephemeris_place){longitude, is_behind(next, longitude)};
    }
}

static void ephemeris_moon_at(struct ephemeris_moment *moment, double tt, double ret_km[3])
{
    struct ln_rect_posn position;
    ln_get_lunar_geo_posn(tt, &position, MOON_PRECISION);
    double km[3] = {position.X, position.Y, position.Z};
    eraRxp(moment->to_date, km, ret_km);
}

/* How fast the node moves, in radians a second: only the Sun's pull turns the Moon's orbit. */
static double ephemeris_node_rate(struct ephemeris_moment *moment, double moon_km[3],
                                  const double momentum[3])
{
    double sun_km[3], to_sun[3], pull[3], common[3], turn[3];
    eraRxp(moment->to_date, moment->earth, sun_km);
    eraSxp(-AU_KM, sun_km, sun_km);
    eraPmp(sun_km, moon_km, to_sun);
    eraSxp(SUN_GM_KM3_PER_S2 / pow(eraPm(to_sun), 3), to_sun, pull);
    eraSxp(SUN_GM_KM3_PER_S2 / pow(eraPm(sun_km), 3), sun_km, common);
    eraPmp(pull, common, pull);
    eraPxp(moon_km, pull, turn);
    double square = momentum[0] * momentum[0] + momentum[1] * momentum[1];
    return (momentum[0] * turn[1] - momentum[1] * turn[0]) / square + PRECESSION_RAD_PER_S;
}

static void ephemeris_moon(struct ephemeris_moment *moment, struct ephemeris_place *places)
{
    double before[3], after[3], moon[3], velocity[3], momentum[3], seen[3];
    ephemeris_moon_at(moment, moment->tt - MOON_STEP_DAYS, before);
    ephemeris_moon_at(moment, moment->tt + MOON_STEP_DAYS, after);
    eraPpp(before, after, moon);
    eraSxp(.5, moon, moon);
    eraPmp(after, before, velocity);
    eraSxp(1. / (2. * MOON_STEP_DAYS * DAY_S), velocity, velocity);
    eraPpsp(moon, -MOON_LIGHT_S, velocity, seen);
    eraPxp(moon, velocity, momentum);
    double ascending[3] = {-momentum[1], momentum[0], 0.};
    bool is_retrograde = ephemeris_node_rate(moment, moon, momentum) < 0.;
    places[BODY_MOON] = (struct ephemeris_place){ephemeris_longitude(seen), false};
    places[BODY_NORTH_NODE] =
        (struct ephemeris_place){ephemeris_longitude(ascending), is_retrograde};
}

static struct ephemeris_place ephemeris_opposite(struct ephemeris_place place)
{
    place.longitude_deg += place.longitude_deg < 180. ? 180. : -180.;
    return place;
}

void ephemeris_places(double unix_s, struct ephemeris_place ret_places[CHART_BODIES])
{
    struct ephemeris_moment moment;
    ephemeris_set_moment(&moment, timescale_tt(unix_s));
    ret_places[BODY_SUN] = (struct ephemeris_place){ephemeris_sun(&moment), false};
    ephemeris_moon(&moment, ret_places);
    ephemeris_planets(&moment, ret_places);
    ret_places[BODY_EARTH] = ephemeris_opposite(ret_places[BODY_SUN]);
    ret_places[BODY_SOUTH_NODE] = ephemeris_opposite(ret_places[BODY_NORTH_NODE]);
}

double ephemeris_sun_deg(double unix_s)
{
    struct ephemeris_moment moment;
    ephemeris_set_moment(&moment, timescale_tt(unix_s));
    return ephemeris_sun(&moment);
}
