/* Tells whoever supervises this process how it is: systemd by sd_notify's datagrams, PM2 by the
 * channel Node gives its children. Without a supervisor every call does nothing. */
#ifndef CORE_NOTIFY_H
#define CORE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <ev.h>

#include "core/attr.h"
#include "core/sbuf.h"

struct loop;

#define NOTIFY_PENDING_BYTES_MAX 4096

struct notify {
    int fd; /* to systemd's socket, or -1 */
    struct sockaddr_un peer;
    socklen_t peer_len;
    int channel_fd;      /* Node's, or -1 */
    int64_t watchdog_us; /* silence after which systemd ends the process, or 0 */
    struct sbuf pending; /* said while the supervisor's queue was full */
    struct loop *loop;   /* of the running watchdog, or NULL */
    ev_timer watchdog;
};

/* Takes NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and NODE_CHANNEL_FD out of the environment,
 * so that no child meets them, and opens what they name; a value that is of no use counts as
 * absent. Before any thread. Pair with notify_fini. [main] */
void notify_init(struct notify *notify);
void notify_fini(struct notify *notify);

/* True when systemd listens: what is costly to say need not be made up otherwise. [loop] */
bool notify_is_heard(const struct notify *notify);

/* Sends assignments, one a line, like "READY=1\nSTATUS=…". What the supervisor has no room for is
 * kept and sent before the next, up to NOTIFY_PENDING_BYTES_MAX. Never waits. [loop] */
void notify_send(struct notify *notify, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Sends again what was kept. [loop] */
void notify_flush(struct notify *notify);

/* Tells PM2's wait_ready that the process is up; only the first call does anything. [loop] */
void notify_channel_ready(struct notify *notify);

/* Pings at half of the watchdog's time from a timer of the loop: a loop that does not turn is
 * silent. A lost Redis or model is no reason for silence: a restart would not bring them back.
 * [loop] */
void notify_watchdog_start(struct notify *notify, struct loop *loop);

#endif
