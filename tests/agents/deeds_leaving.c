/* Hanging, crashing and leaving. */
#include "deeds-private.h"

#include <linux/futex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

long deed_spin(const char *argument)
{
    volatile unsigned turns = 0;
    while (argument != NULL) {
        turns++;
    }
    return -1;
}

long deed_sleep(const char *argument)
{
    (void)argument;
    struct timespec day = {.tv_sec = 86400};
    return nanosleep(&day, NULL);
}

static long deed_futex(const char *argument)
{
    uint32_t word = 0;
    (void)argument;
    return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static long deed_stop(const char *argument)
{
    (void)argument;
    return raise(SIGSTOP);
}

static long deed_block_and_spin(const char *argument)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
    return deed_spin(argument);
}

static volatile int *volatile deed_nowhere = NULL;
static sigjmp_buf deed_back;

static void deed_on_fault(int signal_number)
{
    (void)signal_number;
    siglongjmp(deed_back, 1);
}

/* Catches its own crash and goes on crashing. */
static long deed_crash_for_ever(const char *argument)
{
    (void)argument;
    (void)signal(SIGSEGV, deed_on_fault);
    (void)sigsetjmp(deed_back, 1);
    *deed_nowhere = 1;
    return 0;
}

static long deed_segv(const char *argument)
{
    (void)argument;
    *deed_nowhere = 1;
    return 0;
}

static long deed_abort(const char *argument)
{
    fprintf(stderr, "last words: %s\n", argument);
    abort();
}

static long deed_kill_self(const char *argument)
{
    (void)argument;
    return raise(SIGKILL);
}

static long deed_exit(const char *status)
{
    exit((int)strtol(status, NULL, 10));
}

static long deed_quick_exit(const char *status)
{
    _exit((int)strtol(status, NULL, 10));
}

const struct deed DEEDS_LEAVING[] = {
    {"spin", deed_spin},
    {"sleep", deed_sleep},
    {"futex", deed_futex},
    {"stop", deed_stop},
    {"block_and_spin", deed_block_and_spin},
    {"crash_for_ever", deed_crash_for_ever},
    {"segv", deed_segv},
    {"abort", deed_abort},
    {"kill_self", deed_kill_self},
    {"exit", deed_exit},
    {"quick_exit", deed_quick_exit},
    {NULL, NULL},
};
