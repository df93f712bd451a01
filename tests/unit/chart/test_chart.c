/* Runs every suite about charts. */
#include "test_chart.h"

#include <stdlib.h>

int main(void)
{
    SRunner *runner = srunner_create(mechanics_suite());
    srunner_add_suite(runner, birth_suite());
    srunner_add_suite(runner, chart_call_suite());
    srunner_add_suite(runner, claims_suite());
    srunner_add_suite(runner, cross_suite());
    srunner_add_suite(runner, goldens_suite());
    srunner_add_suite(runner, sky_suite());
    srunner_add_suite(runner, verify_suite());
    srunner_add_suite(runner, wheel_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
