/* Bad deeds with sockets and descriptors. */
#include "deeds-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

const struct deed DEEDS_SOCKETS[] = {
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
    {NULL, NULL},
};
