/* System calls, by seccomp: two lists of what may be called, everything else is refused. A call
 * that no agent makes in good faith ends the process, as soon as it has been told which it was. */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cell/sandbox-private.h"
#include "cell/wire.h"
#include "core/attr.h"

/* For both stages: memory without code, time, chance, one's own signals, leaving. */
static const char *const filter_always[] = {
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "exit",
    "exit_group",
    "futex",
    "getcpu",
    "getpid",
    "getrandom",
    "getrusage",
    "gettid",
    "gettimeofday",
    "madvise",
    "mremap",
    "munmap",
    "nanosleep",
    "restart_syscall",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "sigaltstack",
    "sysinfo",
    "time",
};

/* For the loader only. What can be opened is landlock's business; fcntl is not here because it can
 * make the kernel send signals to whomever (F_SETOWN). */
static const char *const filter_loading[] = {
    "fstat",      "getcwd", "lseek",   "mmap", "mprotect",
    "newfstatat", "openat", "pread64", "read", "seccomp",
};

/* Starting threads and processes: libc blocks all signals around these, and a trap with
 * SIGSYS blocked would kill. They fail as on a system that is short of processes. */
static const char *const filter_no_process[] = {"clone", "fork", "vfork"};

/* What no honest code in an agent calls, not even by way of a library. */
static const char *const filter_deadly[] = {
    "acct",
    "add_key",
    "adjtimex",
    "bpf",
    "chroot",
    "clock_settime",
    "delete_module",
    "finit_module",
    "fsconfig",
    "fsmount",
    "fsopen",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "modify_ldt",
    "mount",
    "move_mount",
    "name_to_handle_at",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pidfd_getfd",
    "pivot_root",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "setns",
    "settimeofday",
    "swapoff",
    "swapon",
    "syslog",
    "umount2",
    "unshare",
    "userfaultfd",
};

static int filter_deadly_numbers[ARRAY_LEN(filter_deadly)];

bool sandbox_filter_is_deadly(int call)
{
    for (size_t i = 0; i < ARRAY_LEN(filter_deadly_numbers); i++) {
        if (filter_deadly_numbers[i] == call) {
            return true;
        }
    }
    return false;
}

/* A rule for a call this machine does not have is no rule. Conditions may be none. */
static int filter_add(scmp_filter_ctx filter, uint32_t action, const char *call, unsigned count,
                      const struct scmp_arg_cmp *conditions)
{
    int number = seccomp_syscall_resolve_name(call);
    return number < 0 ? 0 : seccomp_rule_add_array(filter, action, number, count, conditions);
}

static int filter_add_list(scmp_filter_ctx filter, uint32_t action, const char *const *calls,
                           size_t count)
{
    int failed = 0;
    for (size_t i = 0; i < count && failed == 0; i++) {
        failed = filter_add(filter, action, calls[i], 0, NULL);
    }
    return failed;
}

/* Where a trap tells of refused calls it ends the process for these, and the filter needs no rule
 * for them; elsewhere the kernel does it, and nobody is told which it was. */
static int filter_add_deadly(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < ARRAY_LEN(filter_deadly); i++) {
        filter_deadly_numbers[i] = seccomp_syscall_resolve_name(filter_deadly[i]);
    }
    return sandbox_trap_is_supported() ? 0
                                       : filter_add_list(filter, SCMP_ACT_KILL_PROCESS,
                                                         filter_deadly, ARRAY_LEN(filter_deadly));
}

static int filter_allow_if(scmp_filter_ctx filter, const char *call, struct scmp_arg_cmp condition)
{
    return filter_add(filter, SCMP_ACT_ALLOW, call, 1, &condition);
}

/* Calls that are allowed with some arguments only. Arguments are compared whole, 64 bits, while
 * the kernel looks at 32 of a number: so only rules that name what is allowed, none that name
 * what is not. */
static int filter_add_conditions(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp read_own_limits[] = {SCMP_A0(SCMP_CMP_EQ, 0),
                                                   SCMP_A2(SCMP_CMP_EQ, 0)};
    scmp_datum_t self = (scmp_datum_t)getpid();
    int failed = 0;
    for (scmp_datum_t fd = STDOUT_FILENO; fd <= WIRE_SOCKET_FD && failed == 0; fd++) {
        failed = filter_allow_if(filter, "write", SCMP_A0(SCMP_CMP_EQ, fd));
    }
    failed =
        failed ? failed : filter_allow_if(filter, "writev", SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO));
    /* abort() and raise(), at oneself only */
    failed = failed ? failed : filter_allow_if(filter, "tgkill", SCMP_A0(SCMP_CMP_EQ, self));
    /* SIGSYS is where refused calls are counted; the numbers above it need threads. */
    failed =
        failed ? failed : filter_allow_if(filter, "rt_sigaction", SCMP_A0(SCMP_CMP_LT, SIGSYS));
    return failed ? failed
                  : filter_add(filter, SCMP_ACT_ALLOW, "prlimit64", ARRAY_LEN(read_own_limits),
                               read_own_limits);
}

/* No new code once the agent is loaded, and nothing to read but the host's frames. */
static int filter_add_loaded(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    int failed = filter_allow_if(filter, "mmap", not_executable);
    failed = failed ? failed : filter_allow_if(filter, "mprotect", not_executable);
    return failed ? failed : filter_allow_if(filter, "read", SCMP_A0(SCMP_CMP_EQ, WIRE_SOCKET_FD));
}

static int filter_fill(scmp_filter_ctx filter, enum sandbox_stage stage)
{
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    failed = failed ? failed : seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0); /* set already */
    failed = failed
                 ? failed
                 : filter_add_list(filter, SCMP_ACT_ALLOW, filter_always, ARRAY_LEN(filter_always));
    failed = failed ? failed
                    : filter_add_list(filter, SCMP_ACT_ERRNO(EPERM), filter_no_process,
                                      ARRAY_LEN(filter_no_process));
    /* ENOSYS sends libc to the older calls, which fail as above. */
    failed = failed ? failed : filter_add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
    failed = failed ? failed : filter_add_deadly(filter);
    failed = failed ? failed : filter_add_conditions(filter);
    if (stage == SANDBOX_LOADING) {
        return failed ? failed
                      : filter_add_list(filter, SCMP_ACT_ALLOW, filter_loading,
                                        ARRAY_LEN(filter_loading));
    }
    return failed ? failed : filter_add_loaded(filter);
}

bool sandbox_filter(enum sandbox_stage stage, struct err *err)
{
    scmp_filter_ctx filter =
        seccomp_init(sandbox_trap_is_supported() ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) {
        return err_set(err, ERR_INTERNAL, "seccomp cannot be set up");
    }
    int failed = filter_fill(filter, stage);
    failed = failed ? failed : seccomp_load(filter);
    seccomp_release(filter);
    if (failed != 0) {
        errno = -failed;
        return err_set_errno(err, "the system call filter cannot be put in force");
    }
    return true;
}
