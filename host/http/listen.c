/* Listening sockets: unix ones that guard themselves, and TCP. */
#include "http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/mem.h"

#define LISTEN_BACKLOG 512
#define LISTEN_GROUPS_MAX 1024 /* of a peer */

/* True when nobody answers on a socket file that is there. */
static bool listen_is_stale(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_stale = fd >= 0 &&
                    connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
                    errno == ECONNREFUSED;
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_stale;
}

static bool listen_bind_unix(int fd, const struct sockaddr_un *address)
{
    /* Nobody can connect before listen, so the mode is right for every peer; a umask would be
     * the whole process's. */
    return bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
           chmod(address->sun_path, 0660) == 0 && listen(fd, LISTEN_BACKLOG) == 0;
}

static int listen_unix(const char *path, char **ret_path, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path)) {
        (void)err_set(err, ERR_INVALID, "socket '%s': the path is longer than %zu bytes", path,
                      sizeof(address.sun_path) - 1);
        return -1;
    }
    strcpy(address.sun_path, path);
    if (listen_is_stale(&address)) {
        (void)unlink(path); /* left by a process that is gone */
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || !listen_bind_unix(fd, &address)) {
        (void)err_set_errno(err, "socket '%s'", path);
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    *ret_path = mem_strdup(path);
    return fd;
}

static int listen_on(const struct addrinfo *found)
{
    const int on = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    bool is_listening = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                        bind(fd, found->ai_addr, found->ai_addrlen) == 0 &&
                        listen(fd, LISTEN_BACKLOG) == 0;
    if (!is_listening) {
        int saved = errno;
        (void)close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static int listen_tcp(const char *address, struct err *err)
{
    const char *colon = strrchr(address, ':');
    size_t host_len = colon != NULL ? (size_t)(colon - address) : 0;
    if (colon == NULL || colon[1] == '\0') {
        (void)err_set(err, ERR_INVALID, "address '%s' of http.listen is not host:port or unix:PATH",
                      address);
        return -1;
    }
    bool is_bracketed = host_len >= 2 && address[0] == '[' && address[host_len - 1] == ']';
    char *host = mem_strndup(address + is_bracketed, host_len - 2 * is_bracketed);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    int rc = getaddrinfo(*host != '\0' ? host : NULL, colon + 1, &hints, &found);
    free(host);
    if (rc != 0) {
        (void)err_set(err, ERR_INVALID, "address '%s' of http.listen: %s", address,
                      gai_strerror(rc));
        return -1;
    }
    int fd = listen_on(found);
    if (fd < 0) {
        bool is_taken = errno == EADDRINUSE;
        (void)err_set_errno(err, "address '%s' of http.listen%s", address,
                            is_taken ? " is taken, set another" : "");
    }
    freeaddrinfo(found);
    return fd;
}

int http_listen(const char *address, char **ret_path, struct err *err)
{
    *ret_path = NULL;
    if (strncmp(address, "unix:", 5) == 0) {
        return listen_unix(address + 5, ret_path, err);
    }
    return listen_tcp(address, err);
}

bool http_listen_is_public(int fd)
{
    struct sockaddr_storage address = {0};
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
    socklen_t len = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        return true;
    }
    switch (address.ss_family) {
    case AF_UNIX:
        return false;
    case AF_INET:
        return ntohl(v4->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET;
    default:
        return !IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
}

/* The credentials hold the first group only; the others are asked for extra. */
static bool listen_peer_is_in_our_group(int fd)
{
    gid_t groups[LISTEN_GROUPS_MAX];
    socklen_t len = sizeof(groups);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0) {
        return false;
    }
    for (size_t i = 0; i < len / sizeof(groups[0]); i++) {
        if (groups[i] == getegid()) {
            return true;
        }
    }
    return false;
}

bool http_peer_is_allowed(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
        return false;
    }
    return peer.uid == 0 || peer.uid == geteuid() || peer.gid == getegid() ||
           listen_peer_is_in_our_group(fd);
}
