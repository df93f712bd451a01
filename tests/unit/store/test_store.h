/* The suites of test-store. */
#ifndef TEST_STORE_H
#define TEST_STORE_H

#include <check.h>

Suite *begin_suite(void);
Suite *write_suite(void);
Suite *down_suite(void);

#endif
