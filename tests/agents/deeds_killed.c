/* Deeds that the sandbox kills for. */
#include "deeds-private.h"

#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long deed_ptrace(const char *pid)
{
    return ptrace(PTRACE_ATTACH, (pid_t)strtol(pid, NULL, 10), NULL, NULL);
}

static long deed_process_vm(const char *pid)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)pid, 1};
    return process_vm_readv((pid_t)strtol(pid, NULL, 10), &here, 1, &there, 1, 0);
}

/* Nobody can be told of what is refused while SIGSYS is blocked. */
static long deed_trace_blocked(const char *pid)
{
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGSYS);
    (void)sigprocmask(SIG_BLOCK, &blocked, NULL);
    return ptrace(PTRACE_ATTACH, (pid_t)strtol(pid, NULL, 10), NULL, NULL);
}

static long deed_io_uring(const char *argument)
{
    char parameters[256] = {0};
    (void)argument;
    return syscall(SYS_io_uring_setup, 4, parameters);
}

static long deed_userfaultfd(const char *argument)
{
    (void)argument;
    return syscall(SYS_userfaultfd, 0);
}

static long deed_bpf(const char *argument)
{
    (void)argument;
    return syscall(SYS_bpf, 0, NULL, 0);
}

static long deed_unshare(const char *argument)
{
    (void)argument;
    return unshare(CLONE_NEWUSER);
}

static long deed_mount(const char *argument)
{
    (void)argument;
    return mount("none", "/tmp", "tmpfs", 0, NULL);
}

static long deed_chroot(const char *path)
{
    return chroot(path);
}

/* Another machine's system call numbers, by which filters used to be passed. */
static long deed_other_machine(const char *argument)
{
    (void)argument;
#if defined(__x86_64__)
    long result = 20; /* getpid in the 32-bit table */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
    return result;
#else
    return raise(SIGSYS);
#endif
}

static long deed_x32(const char *argument)
{
    (void)argument;
#if defined(__x86_64__)
    return syscall(0x40000000 | SYS_getpid);
#else
    return raise(SIGSYS);
#endif
}

const struct deed DEEDS_KILLED[] = {
    {"ptrace", deed_ptrace},
    {"process_vm", deed_process_vm},
    {"trace_blocked", deed_trace_blocked},
    {"io_uring", deed_io_uring},
    {"userfaultfd", deed_userfaultfd},
    {"bpf", deed_bpf},
    {"unshare", deed_unshare},
    {"mount", deed_mount},
    {"chroot", deed_chroot},
    {"other_machine", deed_other_machine},
    {"x32", deed_x32},
    {NULL, NULL},
};
