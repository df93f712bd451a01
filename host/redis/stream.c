/* The socket: connecting, reading and writing without ever blocking. */
#include "redis/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redis/resolve.h"
#include "redis/stream-private.h"

/* A peer that vanished without a word is noticed after idle + interval × probes. */
#define STREAM_KEEPALIVE_IDLE_S 15
#define STREAM_KEEPALIVE_INTERVAL_S 5
#define STREAM_KEEPALIVE_PROBES 3
#define STREAM_UNACKED_MS_MAX (30 * 1000)

static void stream_set(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof(value)); /* none is vital */
}

static void stream_tune_tcp(int fd)
{
    stream_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    stream_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    stream_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, STREAM_KEEPALIVE_IDLE_S);
    stream_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, STREAM_KEEPALIVE_INTERVAL_S);
    stream_set(fd, IPPROTO_TCP, TCP_KEEPCNT, STREAM_KEEPALIVE_PROBES);
    stream_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, STREAM_UNACKED_MS_MAX);
}

static bool stream_fail(struct err *err, int error)
{
    char text[128];
    enum err_kind kind = error == ETIMEDOUT ? ERR_TIMEOUT : ERR_AGAIN;
    return err_set(err, kind, "%s", strerror_r(error, text, sizeof(text)));
}

bool stream_open(struct stream *stream, const struct redis_address *address, struct err *err)
{
    int family = address->sockaddr.ss_family;
    *stream = (struct stream){.fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (stream->fd < 0) {
        return err_set_errno(err, "cannot open a socket");
    }
    if (family != AF_UNIX) {
        stream_tune_tcp(stream->fd);
    }
    if (connect(stream->fd, (const struct sockaddr *)&address->sockaddr, address->len) != 0 &&
        errno != EINPROGRESS) {
        (void)stream_fail(err, errno);
        stream_close(stream);
        return false;
    }
    return true;
}

bool stream_finish_connect(struct stream *stream, struct err *err)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    return error == 0 || stream_fail(err, error);
}

enum stream_status stream_read(struct stream *stream, char *buf, size_t len, size_t *ret_len,
                               struct err *err)
{
    if (stream->ssl != NULL) {
        return stream_tls_read(stream, buf, len, ret_len, err);
    }
    ssize_t got;
    do {
        got = recv(stream->fd, buf, len, 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        *ret_len = (size_t)got;
        return STREAM_DONE;
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return STREAM_WANT_READ;
    }
    if (got == 0) {
        (void)err_set(err, ERR_AGAIN, "connection closed");
    } else {
        (void)stream_fail(err, errno);
    }
    return STREAM_FAILED;
}

enum stream_status stream_write(struct stream *stream, const char *data, size_t len,
                                size_t *ret_len, struct err *err)
{
    if (stream->ssl != NULL) {
        return stream_tls_write(stream, data, len, ret_len, err);
    }
    ssize_t put;
    do {
        put = send(stream->fd, data, len, MSG_NOSIGNAL);
    } while (put < 0 && errno == EINTR);
    if (put >= 0) {
        *ret_len = (size_t)put;
        return STREAM_DONE;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return STREAM_WANT_WRITE;
    }
    (void)stream_fail(err, errno);
    return STREAM_FAILED;
}

bool stream_has_buffered(const struct stream *stream)
{
    return stream->ssl != NULL && stream_tls_has_buffered(stream);
}

void stream_close(struct stream *stream)
{
    if (stream->ssl != NULL) {
        stream_tls_close(stream);
    }
    if (stream->fd >= 0) {
        (void)close(stream->fd);
        stream->fd = -1;
    }
}
