/* Clocks: the text form, the fixed clock, randomness. */
#include <string.h>

#include "core/clock.h"
#include "suites.h"

START_TEST(clock_formats_rfc3339_with_milliseconds)
{
    char text[CLOCK_TEXT_BYTES];
    clock_format(0, text);
    ck_assert_str_eq(text, "1970-01-01T00:00:00.000Z");
    clock_format(1767323045678, text);
    ck_assert_str_eq(text, "2026-01-02T03:04:05.678Z");
    clock_format(1709164799009, text);
    ck_assert_str_eq(text, "2024-02-28T23:59:59.009Z");
}
END_TEST

START_TEST(clock_wall_can_be_fixed_and_freed)
{
    clock_test_fix_wall_ms(1234);
    ck_assert_int_eq(clock_wall_ms(), 1234);
    clock_test_fix_wall_ms(-1);
    ck_assert_int_gt(clock_wall_ms(), 1700000000000);
}
END_TEST

START_TEST(clock_mono_does_not_go_back)
{
    int64_t before_us = clock_mono_us();
    ck_assert_int_ge(clock_mono_us(), before_us);
    ck_assert_int_ge(clock_mono_ms(), before_us / 1000);
}
END_TEST

START_TEST(clock_random_unit_stays_below_one)
{
    ck_assert_uint_ne(clock_random_u64(), clock_random_u64());
    for (int i = 0; i < 1000; i++) {
        double unit = clock_random_unit();
        ck_assert(unit >= 0 && unit < 1);
    }
}
END_TEST

Suite *suite_clock(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, clock_formats_rfc3339_with_milliseconds);
    tcase_add_test(tests, clock_wall_can_be_fixed_and_freed);
    tcase_add_test(tests, clock_mono_does_not_go_back);
    tcase_add_test(tests, clock_random_unit_stays_below_one);
    suite_add_tcase(suite, tests);
    return suite;
}
