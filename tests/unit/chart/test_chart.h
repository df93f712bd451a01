/* The suites of test-chart. */
#ifndef TEST_CHART_H
#define TEST_CHART_H

#include <check.h>

#define TEST_GOLDENS_COUNT 21

Suite *birth_suite(void);
Suite *chart_call_suite(void);
Suite *claims_suite(void);
Suite *cross_suite(void);
Suite *goldens_suite(void);
Suite *mechanics_suite(void);
Suite *sky_suite(void);
Suite *verify_suite(void);
Suite *wheel_suite(void);

#endif
