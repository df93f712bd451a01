/* Runs the suites of host/agent. */
#include <stdlib.h>

#include "../support/cells.h"
#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(suite_manifest());
    srunner_add_suite(runner, suite_inputs());
    srunner_add_suite(runner, suite_pattern());
    srunner_add_suite(runner, suite_settings());
    if (cells_can_run()) { /* staging alone asks for the cell program too */
        srunner_add_suite(runner, suite_calls());
        srunner_add_suite(runner, suite_image());
        srunner_add_suite(runner, suite_order());
        srunner_add_suite(runner, suite_reload());
        srunner_add_suite(runner, suite_scan());
        srunner_add_suite(runner, suite_stage());
        srunner_add_suite(runner, suite_strikes());
    }
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
