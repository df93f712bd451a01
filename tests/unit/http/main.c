/* Runs the suites of host/http. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(suite_routes());
    srunner_add_suite(runner, suite_auth());
    srunner_add_suite(runner, suite_enqueue());
    srunner_add_suite(runner, suite_execute());
    srunner_add_suite(runner, suite_page());
    srunner_add_suite(runner, suite_request());
    srunner_add_suite(runner, suite_server());
    srunner_add_suite(runner, suite_stream());
    srunner_add_suite(runner, suite_token());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
