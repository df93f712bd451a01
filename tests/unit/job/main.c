/* Runs the suites of host/job. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
    SRunner *runner = srunner_create(answers_suite());
    srunner_add_suite(runner, aside_suite());
    srunner_add_suite(runner, execute_fields_suite());
    srunner_add_suite(runner, fields_suite());
    srunner_add_suite(runner, standing_suite());
    srunner_add_suite(runner, transcript_suite());
    srunner_add_suite(runner, verdict_suite());
    srunner_add_suite(runner, watch_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
