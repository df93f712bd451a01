/* Runs the suites of host/cli. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(suite_cli());
    srunner_add_suite(runner, suite_dev_show());
    srunner_add_suite(runner, suite_dev_watch());
    srunner_add_suite(runner, suite_place());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
