/* Places against published ones: equinoxes, solstices, JPL's tables, stations of planets. */
#include "test_chart.h"

#include <math.h>

#include "chart/ephemeris.h"
#include "chart/moments.h"
#include "core/attr.h"
#include "time/civil.h"

static double unix_of(int year, int month, int day, int hour, int minute, int second)
{
    struct civil civil = {year, month, day, hour, minute, second};
    return (double)civil_seconds(&civil);
}

static void assert_near(double found_deg, double expected_deg, double tolerance_arcsec)
{
    double off_arcsec = remainder(found_deg - expected_deg, 360.) * 3600.;
    ck_assert_msg(fabs(off_arcsec) <= tolerance_arcsec, "%.6f is %.2f\" from %.6f", found_deg,
                  off_arcsec, expected_deg);
}

/* A second is 0.04", and almanacs round. */
START_TEST(seasons_of_2024_begin_when_almanacs_say)
{
    static const struct {
        int month, day, hour, minute, second;
        double longitude_deg;
    } cases[] = {
        {3, 20, 3, 6, 21, 0.},
        {6, 20, 20, 50, 56, 90.},
        {9, 22, 12, 43, 36, 180.},
        {12, 21, 9, 20, 30, 270.},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        double at_s = unix_of(2024, cases[i].month, cases[i].day, cases[i].hour, cases[i].minute,
                              cases[i].second);
        assert_near(ephemeris_sun_deg(at_s), cases[i].longitude_deg, .25);
    }
}
END_TEST

START_TEST(places_agree_with_jpl_horizons)
{
    struct ephemeris_place places[CHART_BODIES];
    ephemeris_places(unix_of(1955, 2, 10, 3, 0, 0), places);
    assert_near(places[BODY_MOON].longitude_deg, 178.1076, 1.5);
    ephemeris_places(unix_of(1932, 7, 1, 5, 0, 0), places);
    assert_near(places[BODY_PLUTO].longitude_deg, 111.3529, 1.5);
    ephemeris_places(unix_of(1999, 12, 31, 14, 5, 0), places);
    assert_near(places[BODY_MERCURY].longitude_deg, 270.4703, 1.5);
}
END_TEST

START_TEST(earth_and_south_node_are_opposite)
{
    struct ephemeris_place places[CHART_BODIES];
    ephemeris_places(unix_of(1990, 1, 15, 13, 30, 0), places);
    assert_near(places[BODY_EARTH].longitude_deg, places[BODY_SUN].longitude_deg + 180., 1e-6);
    assert_near(places[BODY_SOUTH_NODE].longitude_deg, places[BODY_NORTH_NODE].longitude_deg + 180.,
                1e-6);
    for (int body = 0; body < CHART_BODIES; body++) {
        ck_assert(places[body].longitude_deg >= 0.);
        ck_assert(places[body].longitude_deg < 360.);
    }
}
END_TEST

/* Mercury stood still on 2024-04-01 at 22:14 and on 2024-04-25 at 12:54 (UTC). */
START_TEST(mercury_turns_at_its_stations)
{
    static const struct {
        int month, day, hour;
        bool is_retrograde;
    } cases[] = {{4, 1, 20, false}, {4, 2, 0, true}, {4, 25, 11, true}, {4, 25, 15, false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ephemeris_place places[CHART_BODIES];
        ephemeris_places(unix_of(2024, cases[i].month, cases[i].day, cases[i].hour, 0, 0), places);
        ck_assert_msg(places[BODY_MERCURY].is_retrograde == cases[i].is_retrograde, "case %zu", i);
        ck_assert(!places[BODY_SUN].is_retrograde);
        ck_assert(!places[BODY_MOON].is_retrograde);
    }
}
END_TEST

START_TEST(design_is_88_degrees_before)
{
    static const int years[] = {1886, 1920, 1955, 1984, 2000, 2024, 2060, 2098};
    for (size_t i = 0; i < ARRAY_LEN(years); i++) {
        double birth_s = unix_of(years[i], (int)i + 3, 10, 12, 34, 56);
        double design_s = moments_design(birth_s);
        assert_near(ephemeris_sun_deg(design_s), ephemeris_sun_deg(birth_s) - 88., 1e-4);
        double days = (birth_s - design_s) / CIVIL_DAY_S;
        ck_assert(days > 86.5);
        ck_assert(days < 92.1);
    }
}
END_TEST

Suite *sky_suite(void)
{
    Suite *suite = suite_create("sky");
    TCase *tcase = tcase_create("sky");
    tcase_add_test(tcase, seasons_of_2024_begin_when_almanacs_say);
    tcase_add_test(tcase, places_agree_with_jpl_horizons);
    tcase_add_test(tcase, earth_and_south_node_are_opposite);
    tcase_add_test(tcase, mercury_turns_at_its_stations);
    tcase_add_test(tcase, design_is_88_degrees_before);
    suite_add_tcase(suite, tcase);
    return suite;
}
