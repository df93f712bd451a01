/* The wheel's parts at their limits. */
#include "test_chart.h"

#include <math.h>

#include "chart/wheel.h"
#include "core/attr.h"

#define BASES 69120 /* on the circle */
#define BASE_DEG (360. / BASES)

static void assert_place(double longitude_deg, const unsigned expected[5])
{
    struct wheel_place place = wheel_find(longitude_deg);
    const unsigned found[] = {place.gate, place.line, place.color, place.tone, place.base};
    for (size_t i = 0; i < ARRAY_LEN(found); i++) {
        ck_assert_msg(found[i] == expected[i], "%.9f: part %zu is %u, not %u", longitude_deg, i,
                      found[i], expected[i]);
    }
}

START_TEST(known_longitudes_fall_where_they_should)
{
    static const struct {
        double longitude_deg;
        unsigned place[5];
    } cases[] = {
        {302., {41, 1, 1, 1, 1}},           {301.9999999, {60, 6, 6, 6, 5}},
        {307.625, {19, 1, 1, 1, 1}},        {307.6249999, {41, 6, 6, 6, 5}},
        {358.25, {25, 1, 1, 1, 1}},         {0., {25, 2, 6, 2, 2}},
        {359.9999999, {25, 2, 6, 2, 1}},    {3.875, {17, 1, 1, 1, 1}},
        {302. + 0.9375, {41, 2, 1, 1, 1}},  {302. + 0.9374999, {41, 1, 6, 6, 5}},
        {302. + 0.15625, {41, 1, 2, 1, 1}}, {122., {31, 1, 1, 1, 1}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_place(cases[i].longitude_deg, cases[i].place);
    }
}
END_TEST

/* The middle of every base, and a hair after its beginning, in order round the circle. */
START_TEST(parts_follow_each_other_round_the_circle)
{
    for (int i = 0; i < BASES; i++) {
        const unsigned expected[] = {wheel_gate(i / 1080), (unsigned)i % 1080 / 180 + 1,
                                     (unsigned)i % 180 / 30 + 1, (unsigned)i % 30 / 5 + 1,
                                     (unsigned)i % 5 + 1};
        assert_place(fmod(302. + (i + .5) * BASE_DEG, 360.), expected);
        assert_place(fmod(302. + i * BASE_DEG + 1e-6, 360.), expected);
        assert_place(fmod(302. + (i + 1) * BASE_DEG - 1e-6, 360.), expected);
    }
}
END_TEST

START_TEST(edges_are_measured_to_the_nearer_end)
{
    ck_assert_int_eq(wheel_find(302.).edge_mas, 0);
    ck_assert_int_eq(wheel_find(302. + 1. / 3600 + 1e-8).edge_mas, -1000);
    ck_assert_int_eq(wheel_find(302. + .9375 - 2. / 3600 + 1e-8).edge_mas, 2000);
}
END_TEST

START_TEST(gates_stand_once_and_face_each_other)
{
    uint64_t seen = 0;
    for (int step = 0; step < 64; step++) {
        unsigned gate = wheel_gate(step);
        ck_assert_uint_ge(gate, 1);
        ck_assert_uint_le(gate, 64);
        ck_assert_uint_eq(wheel_step(gate), (unsigned)step);
        seen |= UINT64_C(1) << (gate - 1);
    }
    ck_assert(seen == UINT64_MAX);
    ck_assert_uint_eq(wheel_gate((int)wheel_step(1) + 32), 2);
    ck_assert_uint_eq(wheel_gate((int)wheel_step(13) - 32), 7);
    ck_assert_uint_eq(wheel_gate(-1), 60);
}
END_TEST

Suite *wheel_suite(void)
{
    Suite *suite = suite_create("wheel");
    TCase *tcase = tcase_create("wheel");
    tcase_add_test(tcase, known_longitudes_fall_where_they_should);
    tcase_add_test(tcase, parts_follow_each_other_round_the_circle);
    tcase_add_test(tcase, edges_are_measured_to_the_nearer_end);
    tcase_add_test(tcase, gates_stand_once_and_face_each_other);
    suite_add_tcase(suite, tcase);
    return suite;
}
