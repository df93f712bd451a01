/* Bad deeds with processes, signals and limits. */
#include "deeds-private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static long deed_fork(const char *argument)
{
    (void)argument;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    return pid;
}

static void *deed_thread(void *argument)
{
    return argument;
}

static long deed_pthread(const char *argument)
{
    pthread_t thread;
    (void)argument;
    errno = pthread_create(&thread, NULL, deed_thread, NULL);
    return errno == 0 ? 0 : -1;
}

static long deed_spawn(const char *argument)
{
    char *const arguments[] = {(char *)"true", NULL};
    pid_t pid;
    (void)argument;
    errno = posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, NULL);
    return errno == 0 ? 0 : -1;
}

static long deed_exec(const char *path)
{
    char *const arguments[] = {(char *)"true", NULL};
    return execve(path, arguments, NULL);
}

static long deed_kill(const char *pid)
{
    return kill((pid_t)strtol(pid, NULL, 10), SIGKILL);
}

static long deed_tgkill(const char *pid)
{
    pid_t number = (pid_t)strtol(pid, NULL, 10);
    return syscall(SYS_tgkill, number, number, SIGKILL);
}

static long deed_sigqueue(const char *pid)
{
    return sigqueue((pid_t)strtol(pid, NULL, 10), SIGTERM, (union sigval){0});
}

static long deed_pidfd_open(const char *pid)
{
    return syscall(SYS_pidfd_open, (pid_t)strtol(pid, NULL, 10), 0);
}

static long deed_getppid(const char *argument)
{
    (void)argument;
    return syscall(SYS_getppid);
}

/* What the kernel shows of the parent, by the name below /proc/<pid>/. */
static long deed_parent(const char *name)
{
    char path[64];
    long pid = syscall(SYS_getppid);
    if (pid < 0) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
    return open(path, O_RDONLY);
}

static long deed_getenv(const char *name)
{
    errno = ENOENT;
    return getenv(name) != NULL ? 0 : -1;
}

static long deed_setsid(const char *argument)
{
    (void)argument;
    return setsid();
}

static long deed_dumpable(const char *argument)
{
    (void)argument;
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long deed_outlive(const char *argument)
{
    (void)argument;
    return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static long deed_raise_limit(const char *argument)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    (void)argument;
    return setrlimit(RLIMIT_AS, &limit);
}

static long deed_nice(const char *argument)
{
    (void)argument;
    return setpriority(PRIO_PROCESS, 0, -10);
}

static long deed_affinity(const char *argument)
{
    cpu_set_t set;
    (void)argument;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return sched_setaffinity(0, sizeof(set), &set);
}

static long deed_setuid(const char *argument)
{
    (void)argument;
    return setuid(0);
}

static long deed_timer(const char *argument)
{
    struct itimerval soon = {.it_value = {.tv_usec = 1000}};
    (void)argument;
    return setitimer(ITIMER_REAL, &soon, NULL);
}

static long deed_catch_sigsys(const char *argument)
{
    (void)argument;
    return signal(SIGSYS, SIG_IGN) == SIG_ERR ? -1 : 0;
}

/* The same, with high bits that the kernel ignores and a careless filter does not. */
static long deed_catch_sigsys_by_high_bits(const char *argument)
{
    struct {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)(void);
        uint64_t mask;
    } action = {.handler = SIG_IGN};
    (void)argument;
    return syscall(SYS_rt_sigaction, (UINT64_C(1) << 32) | SIGSYS, &action, NULL, 8);
}

static long deed_seccomp(const char *argument)
{
    (void)argument;
    return syscall(SYS_seccomp, 0, 0, NULL);
}

const struct deed DEEDS_PROCESSES[] = {
    {"fork", deed_fork},
    {"pthread", deed_pthread},
    {"spawn", deed_spawn},
    {"exec", deed_exec},
    {"kill", deed_kill},
    {"tgkill", deed_tgkill},
    {"sigqueue", deed_sigqueue},
    {"pidfd_open", deed_pidfd_open},
    {"getppid", deed_getppid},
    {"parent", deed_parent},
    {"getenv", deed_getenv},
    {"setsid", deed_setsid},
    {"dumpable", deed_dumpable},
    {"outlive", deed_outlive},
    {"raise_limit", deed_raise_limit},
    {"nice", deed_nice},
    {"affinity", deed_affinity},
    {"setuid", deed_setuid},
    {"timer", deed_timer},
    {"catch_sigsys", deed_catch_sigsys},
    {"catch_sigsys_by_high_bits", deed_catch_sigsys_by_high_bits},
    {"seccomp", deed_seccomp},
    {NULL, NULL},
};
