/* What the supervisor is told at each turn of the host's life. */
#ifndef HOST_ANNOUNCE_H
#define HOST_ANNOUNCE_H

struct host;

/* Starts the pings of the watchdog, if systemd wants any. Once the loop is there. [main] */
void announce_start(struct host *host);

/* The first generation, or a reload, is settled. Says so also to PM2, and with it what jobs still
 * wait for: a host without credentials is up. Nothing once it drains. [loop] */
void announce_ready(struct host *host);

/* A reload begins; announce_ready ends it, whatever came of it. Nothing once it drains. [loop] */
void announce_reloading(struct host *host);

/* No more claims; asks for the time that the running jobs may take. [loop] */
void announce_stopping(struct host *host);

/* Says the status anew if it differs from what was said last. Called now and then. [loop] */
void announce_status(struct host *host);

#endif
