/* The suites of tests/unit/test-core, one a file. */
#ifndef TESTS_UNIT_CORE_SUITES_H
#define TESTS_UNIT_CORE_SUITES_H

#include <check.h>

Suite *suite_arena(void);
Suite *suite_clock(void);
Suite *suite_dotenv(void);
Suite *suite_hash(void);
Suite *suite_json(void);
Suite *suite_log(void);
Suite *suite_loop(void);
Suite *suite_metrics(void);
Suite *suite_notify(void);
Suite *suite_options(void);
Suite *suite_options_values(void);
Suite *suite_options_sources(void);
Suite *suite_problems(void);
Suite *suite_sbuf(void);
Suite *suite_span(void);
Suite *suite_state(void);
Suite *suite_thread(void);

#endif
