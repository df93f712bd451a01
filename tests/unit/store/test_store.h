/* The suites of test-store. */
#ifndef TEST_STORE_H
#define TEST_STORE_H

#include <check.h>

Suite *begin_suite(void);
Suite *chart_suite(void);
Suite *create_suite(void);
Suite *outbox_suite(void);
Suite *write_suite(void);
Suite *down_suite(void);
Suite *migrate_suite(void);

#endif
