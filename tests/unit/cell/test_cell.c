/* Runs the tests of host/cell. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "suites.h"

/* Valgrind 3.19 knows no pidfd_open, and without it there is no cell. */
static bool cells_can_run(void)
{
    int fd = pidfd_open(getpid(), 0);
    if (fd < 0) {
        return errno != ENOSYS;
    }
    return close(fd) == 0;
}

int main(void)
{
    SRunner *runner = srunner_create(suite_wire());
    srunner_add_suite(runner, suite_elf());
    srunner_add_suite(runner, suite_lines());
    if (cells_can_run()) {
        srunner_add_suite(runner, suite_life());
        srunner_add_suite(runner, suite_bounds());
        srunner_add_suite(runner, suite_hostile());
    } else {
        (void)printf("no pidfd_open here (valgrind?): real cells are left out\n");
    }
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
