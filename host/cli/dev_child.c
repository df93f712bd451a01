/* Children of agenthost dev: read through a pipe, watched by pidfd, killed with their parent. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/dev-private.h"

#define DEV_OUTPUT_BYTES_MAX (4 * 1024 * 1024)

static void dev_child_read(struct dev_child *child)
{
    char bytes[16384];
    ssize_t len = 1;
    while (child->out_fd >= 0 && len > 0) {
        len = read(child->out_fd, bytes, sizeof(bytes));
        if (len > 0) {
            sbuf_append(&child->out, bytes, (size_t)len);
        } else if (len == 0 || (errno != EAGAIN && errno != EINTR)) {
            ev_io_stop(child->loop->ev, &child->io);
            (void)close(child->out_fd);
            child->out_fd = -1;
        }
    }
    if (child->on_output != NULL) {
        child->on_output(child, child->ctx);
    }
    if (child->out.is_failed) {
        sbuf_clear(&child->out); /* a line without an end */
    }
}

static void dev_child_on_io(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    (void)revents;
    dev_child_read(io->data);
}

/* The process is dead: takes what it still said, and forgets it. */
static void dev_child_bury(struct dev_child *child)
{
    ev_io_stop(child->loop->ev, &child->exit);
    dev_child_read(child);
    ev_io_stop(child->loop->ev, &child->io);
    if (child->out_fd >= 0) {
        (void)close(child->out_fd);
    }
    (void)close(child->pidfd);
    child->pid = 0;
}

static void dev_child_on_exit(struct ev_loop *ev, ev_io *io, int revents)
{
    (void)ev;
    (void)revents;
    struct dev_child *child = io->data;
    if (waitpid(child->pid, &child->status, WNOHANG) == child->pid) {
        dev_child_bury(child);
        child->on_exit(child, child->ctx);
    }
}

/* In the child, between fork and exec: nothing here allocates. A process group of its own, so that
 * Ctrl-C reaches the parent alone, which ends the others in order. */
static void dev_child_exec(const char *program, char *const *argv, char *const *environment,
                           int pipe_fd, int read_fd, pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)setpgid(0, 0);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || null < 0 ||
        dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(pipe_fd, read_fd) < 0) {
        _exit(127);
    }
    (void)execve(program, argv, environment);
    _exit(127);
}

bool dev_child_start(struct dev_child *child, const char *program, char *const *argv,
                     char *const *environment, int read_fd, struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set_errno(err, "no pipe for %s", child->name);
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    pid_t self = getpid();
    pid_t pid = fork(); /* posix_spawn cannot tie a child to its parent's life */
    if (pid == 0) {
        dev_child_exec(program, argv, environment, ends[1], read_fd, self);
    }
    (void)close(ends[1]);
    int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
    if (pidfd < 0) {
        (void)err_set_errno(err, "%s cannot be started", child->name);
        (void)close(ends[0]);
        if (pid > 0) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, NULL, 0);
        }
        return false;
    }
    child->pid = pid;
    child->pidfd = pidfd;
    child->out_fd = ends[0];
    sbuf_fini(&child->out);
    sbuf_init(&child->out, DEV_OUTPUT_BYTES_MAX);
    ev_io_init(&child->exit, dev_child_on_exit, pidfd, EV_READ);
    ev_io_init(&child->io, dev_child_on_io, ends[0], EV_READ);
    child->exit.data = child->io.data = child;
    ev_io_start(child->loop->ev, &child->exit);
    ev_io_start(child->loop->ev, &child->io);
    return true;
}

void dev_child_stop(struct dev_child *child, int patience_ms)
{
    if (child->pid > 0) {
        struct pollfd ended = {.fd = child->pidfd, .events = POLLIN};
        (void)kill(child->pid, SIGTERM);
        if (poll(&ended, 1, patience_ms) <= 0) {
            (void)kill(child->pid, SIGKILL);
        }
        (void)waitpid(child->pid, &child->status, 0);
        dev_child_bury(child);
    }
    sbuf_fini(&child->out);
}
