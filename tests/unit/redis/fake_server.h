/* A server that follows a script on one listening unix socket, from a thread of its own: it waits
 * for texts, sends what it is told, keeps silent or hangs up. */
#ifndef TESTS_UNIT_REDIS_FAKE_SERVER_H
#define TESTS_UNIT_REDIS_FAKE_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#define FAKE_PATH_BYTES 108

enum fake_step_kind {
    FAKE_AWAIT, /* read until the bytes have been seen */
    FAKE_SEND,
    FAKE_SEND_SLOWLY, /* a byte every 20 ms */
    FAKE_HOLD,        /* read on until the client hangs up */
    FAKE_CLOSE,       /* next connection */
};

struct fake_step {
    enum fake_step_kind kind;
    const char *text;
};

struct fake_server {
    const struct fake_step *steps; /* as many connections as there are HOLD and CLOSE steps */
    size_t steps_count;
    int listen_fd;
    char dir[64];
    char path[FAKE_PATH_BYTES];
    pthread_t thread;
    atomic_uint connections;
};

void fake_start(struct fake_server *fake, const struct fake_step *steps, size_t steps_count);
/* The client must have hung up. */
void fake_stop(struct fake_server *fake);

/* A greeting that the client accepts. */
#define FAKE_INFO_TEXT "redis_version:7.0.15\r\nrole:master\r\n"
#define FAKE_GREETING                                                                              \
    {FAKE_AWAIT, "INFO\r\n"},                                                                      \
    {                                                                                              \
        FAKE_SEND, "$35\r\n" FAKE_INFO_TEXT "\r\n"                                                 \
    }

#endif
