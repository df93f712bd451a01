/* The supervisor's ends of sd_notify and of Node's channel, without their libraries. */
#include "core/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/attr.h"
#include "core/loop.h"

#define NOTIFY_MESSAGE_BYTES_MAX 1024

/* A whole number above 0 and nothing else, or 0. */
static long long notify_number(const char *text, long long max)
{
    if (text == NULL || *text < '0' || *text > '9') {
        return 0;
    }
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && number <= max ? number : 0;
}

/* A path, or '@' and a name of the abstract kind, whose length is part of the address. */
static void notify_address(struct notify *notify, const char *address)
{
    size_t len = address != NULL ? strlen(address) : 0;
    if (len < 2 || len >= sizeof(notify->peer.sun_path) || (*address != '/' && *address != '@')) {
        return;
    }
    bool is_abstract = *address == '@';
    notify->peer.sun_family = AF_UNIX;
    memcpy(notify->peer.sun_path, address, len);
    if (is_abstract) {
        notify->peer.sun_path[0] = '\0';
    }
    notify->peer_len =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (is_abstract ? 0 : 1));
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Only a socket is Node's: the variable may have been left behind by a distant ancestor. */
static int notify_channel(const char *text)
{
    int fd = (int)notify_number(text, 1024 * 1024);
    int type;
    socklen_t len = sizeof(type);
    if (fd <= STDERR_FILENO || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        return -1;
    }
    return fd;
}

void notify_init(struct notify *notify)
{
    long long pid = notify_number(getenv("WATCHDOG_PID"), INT32_MAX);
    bool is_ours = getenv("WATCHDOG_PID") == NULL || pid == getpid();
    *notify = (struct notify){
        .fd = -1,
        .channel_fd = notify_channel(getenv("NODE_CHANNEL_FD")),
        .watchdog_us = is_ours ? notify_number(getenv("WATCHDOG_USEC"), INT64_MAX) : 0,
    };
    notify_address(notify, getenv("NOTIFY_SOCKET"));
    sbuf_init(&notify->pending, NOTIFY_PENDING_BYTES_MAX);
    static const char *const taken[] = {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
                                        "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE"};
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        (void)unsetenv(taken[i]); /* fails for a bad name only */
    }
}

void notify_fini(struct notify *notify)
{
    if (notify->loop != NULL) {
        ev_timer_stop(notify->loop->ev, &notify->watchdog);
        notify->loop = NULL;
    }
    if (notify->fd >= 0) {
        (void)close(notify->fd);
    }
    if (notify->channel_fd >= 0) {
        (void)close(notify->channel_fd);
    }
    notify->fd = notify->channel_fd = -1;
    sbuf_fini(&notify->pending);
}

bool notify_is_heard(const struct notify *notify)
{
    return notify->fd >= 0;
}

void notify_flush(struct notify *notify)
{
    if (notify->fd < 0 || notify->pending.len == 0) {
        return;
    }
    /* Not connected: an address that is bound anew is reached again. */
    ssize_t sent = sendto(notify->fd, notify->pending.data, notify->pending.len, MSG_NOSIGNAL,
                          (const struct sockaddr *)&notify->peer, notify->peer_len);
    if (sent >= 0 || (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)) {
        sbuf_clear(&notify->pending); /* said, or nobody will ever hear it */
    }
}

void notify_send(struct notify *notify, const char *fmt, ...)
{
    if (notify->fd < 0) {
        return;
    }
    char message[NOTIFY_MESSAGE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, arguments);
    va_end(arguments);
    notify_flush(notify);
    size_t len = strlen(message);
    if (notify->pending.len + len + 1 > NOTIFY_PENDING_BYTES_MAX) {
        return; /* systemd has been deaf for long; the states it missed are kept */
    }
    /* In one datagram the later of two states counts, as if they had come one by one. */
    if (notify->pending.len > 0) {
        sbuf_putc(&notify->pending, '\n');
    }
    sbuf_append(&notify->pending, message, len);
    notify_flush(notify);
}

void notify_channel_ready(struct notify *notify)
{
    static const char ready[] = "\"ready\"\n"; /* Node's channel: a line is a JSON value */
    if (notify->channel_fd < 0) {
        return;
    }
    /* A fresh channel has room for eight bytes. Without them PM2 waits for its own timeout. */
    (void)send(notify->channel_fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)close(notify->channel_fd);
    notify->channel_fd = -1;
}

static void notify_on_watchdog(struct ev_loop *ev, ev_timer *timer, int revents)
{
    (void)ev;
    (void)revents;
    struct notify *notify = timer->data;
    if (notify->pending.len == 0) {
        notify_send(notify, "WATCHDOG=1");
    } else {
        notify_flush(notify); /* being heard of is what counts */
    }
}

void notify_watchdog_start(struct notify *notify, struct loop *loop)
{
    if (notify->fd < 0 || notify->watchdog_us <= 0) {
        return;
    }
    double period_s = (double)notify->watchdog_us / 2e6;
    notify->loop = loop;
    ev_timer_init(&notify->watchdog, notify_on_watchdog, 0., period_s);
    notify->watchdog.data = notify;
    ev_timer_start(loop->ev, &notify->watchdog);
}
