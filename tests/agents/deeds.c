/* Bad deeds by name. Every function tries one thing and returns what the system call returned:
 * −1 with errno, or anything else for success. */
#include "deeds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HOST_SOCKET 3

/* --- files ------------------------------------------------------------------------------ */

static long deed_open(const char *path)
{
    return open(path, O_RDONLY);
}

static long deed_create(const char *path)
{
    return open(path, O_WRONLY | O_CREAT, 0600);
}

static long deed_openat2(const char *path)
{
    uint64_t how[3] = {O_RDONLY, 0, 0};
    return syscall(SYS_openat2, AT_FDCWD, path, how, sizeof(how));
}

static long deed_stat(const char *path)
{
    struct stat status;
    return stat(path, &status);
}

static long deed_readlink(const char *path)
{
    char target[64];
    return readlink(path, target, sizeof(target));
}

static long deed_unlink(const char *path)
{
    return unlink(path);
}

static long deed_mkdir(const char *path)
{
    return mkdir(path, 0700);
}

static long deed_rename(const char *path)
{
    return rename(path, "renamed");
}

static long deed_symlink(const char *path)
{
    return symlink("/etc/passwd", path);
}

static long deed_truncate(const char *path)
{
    return truncate(path, 0);
}

static long deed_chmod(const char *path)
{
    return chmod(path, 0777);
}

static long deed_chdir(const char *path)
{
    return chdir(path);
}

static long deed_inotify(const char *argument)
{
    (void)argument;
    return inotify_init();
}

/* --- sockets and descriptors ------------------------------------------------------------- */

static long deed_socket_inet(const char *argument)
{
    (void)argument;
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long deed_socket_unix(const char *argument)
{
    (void)argument;
    return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static long deed_socket_netlink(const char *argument)
{
    (void)argument;
    return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long deed_socketpair(const char *argument)
{
    int ends[2];
    (void)argument;
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static long deed_connect(const char *argument)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
    (void)argument;
    return connect(HOST_SOCKET, (struct sockaddr *)&address, sizeof(address));
}

static long deed_send_fd(const char *argument)
{
    char room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec byte = {.iov_base = room, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &byte, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    (void)argument;
    return sendmsg(HOST_SOCKET, &message, 0);
}

static long deed_getsockopt(const char *argument)
{
    struct {
        int pid, uid, gid;
    } peer;
    socklen_t len = sizeof(peer);
    (void)argument;
    return getsockopt(HOST_SOCKET, SOL_SOCKET, SO_PEERCRED, &peer, &len);
}

static long deed_dup(const char *argument)
{
    (void)argument;
    return dup(HOST_SOCKET);
}

static long deed_fcntl(const char *argument)
{
    (void)argument;
    return fcntl(HOST_SOCKET, F_SETFL, O_NONBLOCK);
}

/* Has the kernel kill the host when something moves on the socket. */
static long deed_sigio(const char *pid)
{
    long failed = fcntl(HOST_SOCKET, F_SETSIG, SIGKILL);
    failed = failed != 0 ? failed : fcntl(HOST_SOCKET, F_SETOWN, (pid_t)strtol(pid, NULL, 10));
    return failed != 0 ? failed : fcntl(HOST_SOCKET, F_SETFL, O_ASYNC);
}

static long deed_pipe(const char *argument)
{
    int ends[2];
    (void)argument;
    return pipe(ends);
}

static long deed_epoll(const char *argument)
{
    (void)argument;
    return epoll_create1(0);
}

static long deed_eventfd(const char *argument)
{
    (void)argument;
    return eventfd(0, 0);
}

static long deed_memfd(const char *argument)
{
    (void)argument;
    return memfd_create("x", 0);
}

static long deed_ioctl(const char *argument)
{
    int size[4];
    (void)argument;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, size);
}

/* Writes to every descriptor but the host's socket: done means one besides 1 and 2 took it. */
static long deed_write_everywhere(const char *argument)
{
    (void)argument;
    int refused = EBADF;
    for (int fd = 0; fd < 1024; fd++) {
        if (fd == STDOUT_FILENO || fd == STDERR_FILENO || fd == HOST_SOCKET) {
            continue;
        }
        if (write(fd, "x", 1) >= 0) {
            return fd;
        }
        refused = errno;
    }
    errno = refused;
    return -1;
}

/* Talks to a server that listens on that path. */
static long deed_connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&address, sizeof(address));
}

/* --- processes and signals ---------------------------------------------------------------- */

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

/* --- memory ------------------------------------------------------------------------------ */

static long deed_map_code(const char *argument)
{
    (void)argument;
    void *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code == MAP_FAILED ? -1 : 0;
}

static long deed_protect_code(const char *argument)
{
    (void)argument;
    void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code == MAP_FAILED ? -1 : mprotect(code, 4096, PROT_READ | PROT_EXEC);
}

static long deed_shared_memory(const char *argument)
{
    (void)argument;
    return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
}

/* Takes memory until there is no more, and holds it. */
static long deed_hog(const char *argument)
{
    (void)argument;
    for (;;) {
        char *block = malloc(1024 * 1024);
        if (block == NULL) {
            return -1;
        }
        memset(block, 1, 1024 * 1024);
    }
}

/* Takes so many megabytes at once and keeps them. */
static long deed_take(const char *megabytes)
{
    static char *volatile kept; /* so that it is not left out as never used */
    kept = malloc((size_t)strtoul(megabytes, NULL, 10) * 1024 * 1024);
    return kept != NULL ? 0 : -1;
}

/* The same, and dies of it when there is no more. */
static long deed_take_or_abort(const char *megabytes)
{
    if (deed_take(megabytes) != 0) {
        abort();
    }
    return 0;
}

/* As C++ programs do: what cannot be had ends the process. */
static long deed_hog_abort(const char *argument)
{
    (void)deed_hog(argument);
    abort();
}

static long deed_recurse(const char *argument);

/* Not known to the compiler as a call of itself. */
static long (*volatile deed_recurse_again)(const char *argument) = deed_recurse;

static long deed_recurse(const char *argument)
{
    volatile char frame[4096];
    frame[0] = argument[0];
    return deed_recurse_again(argument) + frame[0];
}

/* --- what the sandbox kills for ------------------------------------------------------------ */

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

/* --- hanging and leaving ------------------------------------------------------------------- */

static long deed_spin(const char *argument)
{
    volatile unsigned turns = 0;
    while (argument != NULL) {
        turns++;
    }
    return -1;
}

static long deed_sleep(const char *argument)
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

static long deed_read_socket(const char *argument)
{
    char bytes[64];
    (void)argument;
    return read(HOST_SOCKET, bytes, sizeof(bytes));
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

/* --- the wire ------------------------------------------------------------------------------ */

static long deed_send(const char *bytes, size_t len)
{
    return write(HOST_SOCKET, bytes, len);
}

static long deed_wire_garbage(const char *argument)
{
    (void)argument;
    return deed_send("GET / HTTP/1.1\r\n\r\n", 18);
}

static long deed_wire_huge(const char *argument)
{
    (void)argument;
    return deed_send("\xff\xff\xff\xff", 4);
}

static long deed_wire_empty(const char *argument)
{
    (void)argument;
    return deed_send("\0\0\0\0", 4);
}

static long deed_wire_half(const char *argument)
{
    (void)argument;
    return deed_send("\x10\0\0", 3);
}

/* A whole reply "0, nothing", after which the real one comes. */
static long deed_wire_reply(const char *argument)
{
    static const char reply[] =
        "\x13\0\0\0\xdc\0\x10\x08\0\xc2\0\xc0\xc0\xc0\xc0\xc0\xc0\xc0\xc0\xc0\x90\x90\x90";
    (void)argument;
    return deed_send(reply, sizeof(reply) - 1);
}

/* Speaks for the cell from now on, and answers the next call before it has read it. */
static long deed_wire_takeover(const char *argument)
{
    (void)deed_wire_reply(argument);
    (void)deed_read_socket(argument);
    (void)deed_wire_reply(argument);
    return deed_sleep(argument);
}

static long deed_wire_ready(const char *argument)
{
    (void)argument;
    return deed_send("\x05\0\0\0\x94\x03\0\xc0\xc0", 9);
}

static long deed_wire_close(const char *argument)
{
    (void)argument;
    return close(HOST_SOCKET);
}

static long deed_wire_close_and_spin(const char *argument)
{
    (void)close(HOST_SOCKET);
    return deed_spin(argument);
}

/* Log frames past the function that counts them. */
static long deed_wire_log_flood(const char *argument)
{
    (void)argument;
    for (int i = 0; i < 100000; i++) {
        if (deed_send("\x08\0\0\0\x94\x09\x01\xc4\x02hi\xc0", 12) < 0) {
            return -1;
        }
    }
    return 0;
}

static long deed_stderr_flood(const char *argument)
{
    (void)argument;
    for (int i = 0; i < 100000; i++) {
        (void)fprintf(stderr, "line %d of a flood\n", i);
    }
    return 0;
}

static const struct {
    const char *name;
    long (*function)(const char *argument);
} deeds[] = {
    {"open", deed_open},
    {"create", deed_create},
    {"openat2", deed_openat2},
    {"stat", deed_stat},
    {"readlink", deed_readlink},
    {"unlink", deed_unlink},
    {"mkdir", deed_mkdir},
    {"rename", deed_rename},
    {"symlink", deed_symlink},
    {"truncate", deed_truncate},
    {"chmod", deed_chmod},
    {"chdir", deed_chdir},
    {"inotify", deed_inotify},
    {"socket_inet", deed_socket_inet},
    {"socket_unix", deed_socket_unix},
    {"socket_netlink", deed_socket_netlink},
    {"socketpair", deed_socketpair},
    {"connect", deed_connect},
    {"send_fd", deed_send_fd},
    {"getsockopt", deed_getsockopt},
    {"dup", deed_dup},
    {"fcntl", deed_fcntl},
    {"sigio", deed_sigio},
    {"connect_to", deed_connect_to},
    {"pipe", deed_pipe},
    {"epoll", deed_epoll},
    {"eventfd", deed_eventfd},
    {"memfd", deed_memfd},
    {"ioctl", deed_ioctl},
    {"write_everywhere", deed_write_everywhere},
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
    {"map_code", deed_map_code},
    {"protect_code", deed_protect_code},
    {"shared_memory", deed_shared_memory},
    {"take", deed_take},
    {"take_or_abort", deed_take_or_abort},
    {"hog", deed_hog},
    {"hog_abort", deed_hog_abort},
    {"recurse", deed_recurse},
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
    {"spin", deed_spin},
    {"sleep", deed_sleep},
    {"futex", deed_futex},
    {"stop", deed_stop},
    {"block_and_spin", deed_block_and_spin},
    {"crash_for_ever", deed_crash_for_ever},
    {"read_socket", deed_read_socket},
    {"segv", deed_segv},
    {"abort", deed_abort},
    {"kill_self", deed_kill_self},
    {"exit", deed_exit},
    {"quick_exit", deed_quick_exit},
    {"wire_garbage", deed_wire_garbage},
    {"wire_huge", deed_wire_huge},
    {"wire_empty", deed_wire_empty},
    {"wire_half", deed_wire_half},
    {"wire_reply", deed_wire_reply},
    {"wire_takeover", deed_wire_takeover},
    {"wire_ready", deed_wire_ready},
    {"wire_close", deed_wire_close},
    {"wire_close_and_spin", deed_wire_close_and_spin},
    {"wire_log_flood", deed_wire_log_flood},
    {"stderr_flood", deed_stderr_flood},
};

void deed_do(const char *deed, char *ret_result, size_t bytes)
{
    const char *colon = strchr(deed, ':');
    size_t len = colon != NULL ? (size_t)(colon - deed) : strlen(deed);
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        if (strlen(deeds[i].name) == len && memcmp(deeds[i].name, deed, len) == 0) {
            errno = 0;
            long result = deeds[i].function(colon != NULL ? colon + 1 : "");
            const char *name = result == -1 ? strerrorname_np(errno) : "done";
            (void)snprintf(ret_result, bytes, "%s", name != NULL ? name : "?");
            return;
        }
    }
    (void)snprintf(ret_result, bytes, "unknown deed");
}
