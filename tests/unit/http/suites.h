/* The suites of tests/unit/test-http, one a file. */
#ifndef TESTS_UNIT_HTTP_SUITES_H
#define TESTS_UNIT_HTTP_SUITES_H

#include <check.h>

Suite *suite_auth(void);
Suite *suite_routes(void);
Suite *suite_enqueue(void);
Suite *suite_execute(void);
Suite *suite_page(void);
Suite *suite_request(void);
Suite *suite_server(void);
Suite *suite_stream(void);
Suite *suite_token(void);

#endif
