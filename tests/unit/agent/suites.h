/* The suites of tests/unit/test-agent, one a file. */
#ifndef TESTS_UNIT_AGENT_SUITES_H
#define TESTS_UNIT_AGENT_SUITES_H

#include <check.h>

Suite *suite_calls(void);

#endif
