/* The suites of tests/unit/test-cell. */
#ifndef TESTS_UNIT_CELL_SUITES_H
#define TESTS_UNIT_CELL_SUITES_H

#include <stdbool.h>

#include <check.h>

Suite *suite_bounds(void);
Suite *suite_elf(void);
Suite *suite_hostile(void);
Suite *suite_json_values(void);
Suite *suite_life(void);
Suite *suite_lines(void);
Suite *suite_wire(void);

#endif
