/* The suites of tests/unit/test-job. */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

Suite *answers_suite(void);
Suite *aside_suite(void);
Suite *execute_fields_suite(void);
Suite *fields_suite(void);
Suite *standing_suite(void);
Suite *transcript_suite(void);
Suite *verdict_suite(void);
Suite *watch_suite(void);

#endif
