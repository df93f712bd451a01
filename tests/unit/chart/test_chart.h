/* The suites of test-chart. */
#ifndef TEST_CHART_H
#define TEST_CHART_H

#include <check.h>

Suite *mechanics_suite(void);
Suite *verify_suite(void);

#endif
