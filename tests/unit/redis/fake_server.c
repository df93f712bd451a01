/* The scripted server. */
#include "fake_server.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define FAKE_WAIT_S 10
#define FAKE_SLOW_US (20 * 1000)
#define FAKE_SEEN_BYTES 65536

struct fake_peer {
    int fd;
    char seen[FAKE_SEEN_BYTES];
    size_t seen_len;
};

static bool fake_read(struct fake_peer *peer)
{
    if (peer->seen_len == sizeof(peer->seen)) {
        peer->seen_len = 0;
    }
    ssize_t got =
        recv(peer->fd, peer->seen + peer->seen_len, sizeof(peer->seen) - peer->seen_len, 0);
    if (got <= 0) {
        return false;
    }
    peer->seen_len += (size_t)got;
    return true;
}

static bool fake_await(struct fake_peer *peer, const char *text)
{
    for (;;) {
        char *at = memmem(peer->seen, peer->seen_len, text, strlen(text));
        if (at != NULL) {
            size_t used = (size_t)(at - peer->seen) + strlen(text);
            memmove(peer->seen, peer->seen + used, peer->seen_len - used);
            peer->seen_len -= used;
            return true;
        }
        if (!fake_read(peer)) {
            return false;
        }
    }
}

static bool fake_send(struct fake_peer *peer, const char *text, size_t chunk)
{
    for (size_t at = 0, len = strlen(text); at < len;) {
        size_t part = len - at < chunk ? len - at : chunk;
        ssize_t put = send(peer->fd, text + at, part, MSG_NOSIGNAL);
        if (put <= 0) {
            return false;
        }
        at += (size_t)put;
        if (chunk == 1) {
            (void)usleep(FAKE_SLOW_US);
        }
    }
    return true;
}

/* Runs the steps of one connection; returns where the next one begins. */
static size_t fake_serve(struct fake_server *fake, size_t at, struct fake_peer *peer)
{
    bool is_alive = true;
    for (; at < fake->steps_count; at++) {
        const struct fake_step *step = &fake->steps[at];
        switch (step->kind) {
        case FAKE_AWAIT:
            is_alive = is_alive && fake_await(peer, step->text);
            break;
        case FAKE_SEND:
            is_alive = is_alive && fake_send(peer, step->text, strlen(step->text));
            break;
        case FAKE_SEND_SLOWLY:
            is_alive = is_alive && fake_send(peer, step->text, 1);
            break;
        case FAKE_HOLD:
            while (is_alive && fake_read(peer)) {
            }
            return at + 1;
        case FAKE_CLOSE:
            return at + 1;
        }
    }
    return at;
}

static void *fake_main(void *arg)
{
    struct fake_server *fake = arg;
    static _Thread_local struct fake_peer peer;
    for (size_t at = 0; at < fake->steps_count;) {
        peer.seen_len = 0;
        peer.fd = accept(fake->listen_fd, NULL, NULL);
        if (peer.fd < 0) {
            return NULL;
        }
        atomic_fetch_add(&fake->connections, 1);
        struct timeval wait = {.tv_sec = FAKE_WAIT_S};
        (void)setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
        at = fake_serve(fake, at, &peer);
        (void)close(peer.fd);
    }
    return NULL;
}

void fake_start(struct fake_server *fake, const struct fake_step *steps, size_t steps_count)
{
    memset(fake, 0, sizeof(*fake));
    fake->steps = steps;
    fake->steps_count = steps_count;
    (void)snprintf(fake->dir, sizeof(fake->dir), "/tmp/agenthost-fake-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(fake->dir));
    (void)snprintf(fake->path, sizeof(fake->path), "%s/sock", fake->dir);
    fake->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, fake->path, sizeof(address.sun_path));
    ck_assert_int_eq(bind(fake->listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fake->listen_fd, 8), 0);
    ck_assert_int_eq(pthread_create(&fake->thread, NULL, fake_main, fake), 0);
}

void fake_stop(struct fake_server *fake)
{
    (void)shutdown(fake->listen_fd, SHUT_RDWR); /* ends accept() */
    (void)pthread_join(fake->thread, NULL);
    (void)close(fake->listen_fd);
    (void)unlink(fake->path);
    (void)rmdir(fake->dir);
}
