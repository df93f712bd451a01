/* Runs the tests of host/cell. */
#include <stdlib.h>

#include "../support/cells.h"
#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(suite_wire());
    srunner_add_suite(runner, suite_elf());
    srunner_add_suite(runner, suite_json_values());
    srunner_add_suite(runner, suite_lines());
    if (cells_can_run()) {
        srunner_add_suite(runner, suite_life());
        srunner_add_suite(runner, suite_bounds());
        srunner_add_suite(runner, suite_hostile());
    }
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
