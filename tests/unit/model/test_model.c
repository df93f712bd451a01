/* Runs the suites of host/model. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(suite_sse());
    srunner_add_suite(runner, suite_delta());
    srunner_add_suite(runner, suite_retry());
    srunner_add_suite(runner, suite_breaker());
    srunner_add_suite(runner, suite_budget());
    srunner_add_suite(runner, suite_openai());
    srunner_add_suite(runner, suite_stream());
    srunner_add_suite(runner, suite_failure());
    srunner_add_suite(runner, suite_deadline());
    srunner_add_suite(runner, suite_provider());
    srunner_add_suite(runner, suite_tls());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
