/* The suites of tests/unit/test-cell. */
#ifndef TESTS_UNIT_CELL_SUITES_H
#define TESTS_UNIT_CELL_SUITES_H

#include <check.h>

Suite *suite_cell(void);

#endif
