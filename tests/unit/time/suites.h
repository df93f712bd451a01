/* The suites of tests/unit/test-time, one a file. */
#ifndef TESTS_UNIT_TIME_SUITES_H
#define TESTS_UNIT_TIME_SUITES_H

#include <check.h>

Suite *suite_cron(void);
Suite *suite_timezone(void);
Suite *suite_zone(void);

#endif
