/* The suites of tests/unit/test-agent, one a file. */
#ifndef TESTS_UNIT_AGENT_SUITES_H
#define TESTS_UNIT_AGENT_SUITES_H

#include <check.h>

Suite *suite_calls(void);
Suite *suite_image(void);
Suite *suite_inputs(void);
Suite *suite_manifest(void);
Suite *suite_order(void);
Suite *suite_pattern(void);
Suite *suite_reload(void);
Suite *suite_scan(void);
Suite *suite_settings(void);
Suite *suite_stage(void);
Suite *suite_strikes(void);

#endif
