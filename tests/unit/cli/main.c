/* Runs the suite of host/cli. */
#include <stdlib.h>

#include <check.h>

Suite *suite_cli(void);

int main(void)
{
    SRunner *runner = srunner_create(suite_cli());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
