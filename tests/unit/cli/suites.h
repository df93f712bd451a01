/* The suites of tests/unit/test-cli. */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

Suite *suite_cli(void);
Suite *suite_dev_show(void);
Suite *suite_dev_watch(void);
Suite *suite_place(void);

#endif
