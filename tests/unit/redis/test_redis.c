/* Runs the suites of host/redis. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(suite_settings());
    srunner_add_suite(runner, suite_retry());
    srunner_add_suite(runner, suite_greet());
    srunner_add_suite(runner, suite_script());
    srunner_add_suite(runner, suite_connection());
    srunner_add_suite(runner, suite_faults());
    srunner_add_suite(runner, suite_tls());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
