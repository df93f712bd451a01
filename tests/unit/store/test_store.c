/* Runs every suite about the store. */
#include "test_store.h"

#include <stdlib.h>

int main(void)
{
    SRunner *runner = srunner_create(begin_suite());
    srunner_add_suite(runner, chart_suite());
    srunner_add_suite(runner, create_suite());
    srunner_add_suite(runner, migrate_suite());
    srunner_add_suite(runner, outbox_suite());
    srunner_add_suite(runner, write_suite());
    srunner_add_suite(runner, down_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
