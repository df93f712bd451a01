/* Runs the suites of host/queue. */
#include <stdlib.h>

#include "core/log.h"
#include "suites.h"

int main(void)
{
    log_configure(LOG_FORMAT_TEXT, LOG_ERROR);
    SRunner *runner = srunner_create(suite_backoff());
    srunner_add_suite(runner, suite_keys());
    srunner_add_suite(runner, suite_marker());
    srunner_add_suite(runner, suite_opts());
    srunner_add_suite(runner, suite_pack());
    srunner_add_suite(runner, suite_repeat());
    srunner_add_suite(runner, suite_serve());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
