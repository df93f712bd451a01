/* Runs the suites of the engine and of the four reading agents. */
#include <stdlib.h>

#include "kit.h"

int main(void)
{
    SRunner *runner = srunner_create(suite_phrase());
    srunner_add_suite(runner, suite_danger());
    srunner_add_suite(runner, suite_input());
    srunner_add_suite(runner, suite_prompt());
    srunner_add_suite(runner, suite_review());
    srunner_add_suite(runner, suite_bundle());
    srunner_add_suite(runner, suite_facts());
    srunner_add_suite(runner, suite_template());
    srunner_add_suite(runner, suite_text());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
