/* The suites of tests/unit/test-redis, one a file. */
#ifndef TESTS_UNIT_REDIS_SUITES_H
#define TESTS_UNIT_REDIS_SUITES_H

#include <check.h>

Suite *suite_connection(void);
Suite *suite_faults(void);
Suite *suite_greet(void);
Suite *suite_retry(void);
Suite *suite_script(void);
Suite *suite_settings(void);
Suite *suite_tls(void);

#endif
