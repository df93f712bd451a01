/* The suites of tests/unit/test-model, one a file. */
#ifndef TESTS_UNIT_MODEL_SUITES_H
#define TESTS_UNIT_MODEL_SUITES_H

#include <check.h>

Suite *suite_breaker(void);
Suite *suite_budget(void);
Suite *suite_deadline(void);
Suite *suite_delta(void);
Suite *suite_failure(void);
Suite *suite_openai(void);
Suite *suite_provider(void);
Suite *suite_retry(void);
Suite *suite_sse(void);
Suite *suite_stream(void);
Suite *suite_tls(void);

#endif
