/* What systemd is to a service, for tests: binds a datagram socket and prints what arrives, one
 * JSON object a line. Node has no datagram sockets of the unix kind.
 *
 * Usage: notify-listen PATH, where '@' begins an abstract name. Prints {"listening":true} first. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/sbuf.h"

#define LISTEN_MESSAGE_BYTES_MAX 8192

static int listen_open(const char *path)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len < 2 || len >= sizeof(own.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(own.sun_path, path, len);
    bool is_abstract = *path == '@';
    own.sun_path[0] = is_abstract ? '\0' : *path;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t own_len =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (is_abstract ? 0 : 1));
    return fd >= 0 && bind(fd, (const struct sockaddr *)&own, own_len) == 0 ? fd : -1;
}

int main(int argc, char **argv)
{
    int fd = argc == 2 ? listen_open(argv[1]) : -1;
    if (fd < 0) {
        (void)fprintf(stderr, "notify-listen PATH: %s\n", strerror(argc == 2 ? errno : EINVAL));
        return EXIT_FAILURE;
    }
    (void)puts("{\"listening\":true}");
    (void)fflush(stdout);
    char message[LISTEN_MESSAGE_BYTES_MAX];
    for (ssize_t len; (len = recv(fd, message, sizeof(message), 0)) >= 0;) {
        struct sbuf line;
        sbuf_init(&line, sizeof(message) * 8);
        sbuf_printf(&line, "{\"atUs\":%lld,\"text\":", (long long)clock_mono_us());
        sbuf_json_string(&line, (struct span){message, (size_t)len});
        (void)printf("%s}\n", line.data);
        (void)fflush(stdout);
        sbuf_fini(&line);
    }
    return EXIT_FAILURE;
}
