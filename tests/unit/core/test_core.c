/* Runs the suites of host/core. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(suite_arena());
    srunner_add_suite(runner, suite_clock());
    srunner_add_suite(runner, suite_dotenv());
    srunner_add_suite(runner, suite_hash());
    srunner_add_suite(runner, suite_json());
    srunner_add_suite(runner, suite_log());
    srunner_add_suite(runner, suite_loop());
    srunner_add_suite(runner, suite_metrics());
    srunner_add_suite(runner, suite_notify());
    srunner_add_suite(runner, suite_options());
    srunner_add_suite(runner, suite_options_values());
    srunner_add_suite(runner, suite_options_sources());
    srunner_add_suite(runner, suite_problems());
    srunner_add_suite(runner, suite_sbuf());
    srunner_add_suite(runner, suite_span());
    srunner_add_suite(runner, suite_state());
    srunner_add_suite(runner, suite_thread());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
