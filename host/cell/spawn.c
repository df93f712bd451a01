/* Making and ending the process of a cell, by posix_spawn and pidfd: no fork of a process with
 * threads and sockets, no SIGCHLD. */
#include "cell/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cell/wire.h"

/* Above every number the child's descriptors get, so that no dup2 there hits another's source. */
#define SPAWN_FD_MIN 16

static char *const spawn_environment[] = {
    (char *)"TZ=UTC",
    (char *)"LC_ALL=C.UTF-8",
#ifdef AGENTHOST_SANITIZERS
    /* Cells die by SIGKILL or _exit: there is no point at which leaks could be counted. An
     * agent's plain crash stays what it is elsewhere, so that reports do not differ. */
    (char *)"ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:handle_segv=0:handle_sigbus=0:"
            "handle_sigfpe=0:handle_sigill=0",
    (char *)"UBSAN_OPTIONS=print_stacktrace=1",
#endif
    NULL,
};

/* The same file under a high number; closes the low one. −1 as it came. */
static int spawn_raise_fd(int fd)
{
    if (fd < 0 || fd >= SPAWN_FD_MIN) {
        return fd;
    }
    int raised = fcntl(fd, F_DUPFD_CLOEXEC, SPAWN_FD_MIN);
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return raised;
}

/* Both ends of the socket and of the pipe; [0] is the host's. */
struct spawn_ends {
    int sockets[2];
    int pipes[2];
};

static void spawn_close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

static void spawn_close_ends(struct spawn_ends *ends)
{
    for (int i = 0; i < 2; i++) {
        spawn_close_fd(&ends->sockets[i]);
        spawn_close_fd(&ends->pipes[i]);
    }
}

static bool spawn_make_ends(struct spawn_ends *ends, struct err *err)
{
    /* The pipe does not block the cell either: what it writes while the host does not read is
     * lost, and a flood costs the flooder alone. */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->sockets) != 0 ||
        pipe2(ends->pipes, O_CLOEXEC | O_NONBLOCK) != 0) {
        err_set_errno(err, "cannot make the socket of a cell");
        spawn_close_ends(ends);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        ends->sockets[i] = spawn_raise_fd(ends->sockets[i]);
        ends->pipes[i] = spawn_raise_fd(ends->pipes[i]);
    }
    /* The cell's end of the socket stays blocking: it has nothing else to do than wait. */
    if (ends->sockets[0] < 0 || ends->sockets[1] < 0 || ends->pipes[0] < 0 || ends->pipes[1] < 0 ||
        fcntl(ends->sockets[0], F_SETFL, O_NONBLOCK) != 0) {
        err_set_errno(err, "cannot make the socket of a cell");
        spawn_close_ends(ends);
        return false;
    }
    return true;
}

static int spawn_set_files(posix_spawn_file_actions_t *files, int program_fd,
                           const struct spawn_ends *ends)
{
    int failed = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
    failed = failed ? failed : posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_WRONLY, 0);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(files, ends->pipes[1], 2);
    failed =
        failed ? failed : posix_spawn_file_actions_adddup2(files, ends->sockets[1], WIRE_SOCKET_FD);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(files, program_fd, WIRE_PROGRAM_FD);
    /* Libraries open sockets without CLOEXEC; none may reach an agent. */
    return failed ? failed : posix_spawn_file_actions_addclosefrom_np(files, WIRE_PROGRAM_FD + 1);
}

static int spawn_set_signals(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    int failed =
        posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    failed = failed ? failed : posix_spawnattr_setsigdefault(attributes, &all);
    return failed ? failed : posix_spawnattr_setsigmask(attributes, &none);
}

static int spawn_run(int program_fd, char *const arguments[], const struct spawn_ends *ends,
                     pid_t *ret_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed != 0) {
        return failed;
    }
    failed = posix_spawnattr_init(&attributes);
    if (failed != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return failed;
    }
    failed = spawn_set_files(&files, program_fd, ends);
    failed = failed ? failed : spawn_set_signals(&attributes);
    failed = failed ? failed
                    : posix_spawn(ret_pid, "/proc/self/fd/4", &files, &attributes, arguments,
                                  spawn_environment);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return failed;
}

bool spawn_cell(int program_fd, char *const arguments[], struct spawn *ret_spawn, struct err *err)
{
    struct spawn_ends ends = {{-1, -1}, {-1, -1}};
    if (!spawn_make_ends(&ends, err)) {
        return false;
    }
    pid_t pid = -1;
    int failed = spawn_run(program_fd, arguments, &ends, &pid);
    if (failed != 0) {
        spawn_close_ends(&ends);
        errno = failed;
        return err_set_errno(err, "cannot start a cell (is /proc mounted?)");
    }
    spawn_close_fd(&ends.sockets[1]);
    spawn_close_fd(&ends.pipes[1]);
    int pidfd = pidfd_open(pid, 0); /* ours to reap, so the number cannot have been used again */
    if (pidfd < 0) {
        err_set_errno(err, "cannot watch a cell");
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        spawn_close_ends(&ends);
        return false;
    }
    *ret_spawn = (struct spawn){
        .pid = pid, .pidfd = pidfd, .socket_fd = ends.sockets[0], .stderr_fd = ends.pipes[0]};
    return true;
}

void spawn_kill(const struct spawn *spawn)
{
    (void)pidfd_send_signal(spawn->pidfd, SIGKILL, NULL, 0); /* fails only when it is gone */
}

int spawn_reap(const struct spawn *spawn, bool may_block, struct spawn_status *ret_status)
{
    siginfo_t info = {0};
    int failed;
    do {
        failed = waitid(P_PIDFD, (id_t)spawn->pidfd, &info, WEXITED | (may_block ? 0 : WNOHANG));
    } while (failed != 0 && errno == EINTR);
    if (failed != 0) {
        *ret_status = (struct spawn_status){.code = CLD_EXITED, .number = 255};
        return 1;
    }
    if (info.si_pid == 0) {
        return 0;
    }
    *ret_status = (struct spawn_status){.code = info.si_code, .number = info.si_status};
    return 1;
}

void spawn_close(struct spawn *spawn)
{
    spawn_close_fd(&spawn->pidfd);
    spawn_close_fd(&spawn->socket_fd);
    spawn_close_fd(&spawn->stderr_fd);
}
