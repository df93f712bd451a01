/* Whether real cells can run here: Valgrind 3.19 knows no pidfd_open, and without it there are
 * none. */
#ifndef TESTS_SUPPORT_CELLS_H
#define TESTS_SUPPORT_CELLS_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <unistd.h>

static inline bool cells_can_run(void)
{
    int fd = pidfd_open(getpid(), 0);
    if (fd < 0 && errno == ENOSYS) {
        (void)printf("no pidfd_open here (valgrind?): real cells are left out\n");
        return false;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return true;
}

#endif
