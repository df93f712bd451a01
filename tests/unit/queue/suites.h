/* The suites of tests/unit/test-queue, one a file. */
#ifndef TESTS_UNIT_QUEUE_SUITES_H
#define TESTS_UNIT_QUEUE_SUITES_H

#include <check.h>

Suite *suite_backoff(void);
Suite *suite_keys(void);
Suite *suite_marker(void);
Suite *suite_opts(void);
Suite *suite_pack(void);
Suite *suite_repeat(void);
Suite *suite_serve(void);

#endif
