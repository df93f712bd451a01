/* The state directory: who this host is, and the lock that proves nobody else is. */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"

struct state_dir {
    char *path;
    int dir_fd;       /* O_PATH|O_DIRECTORY */
    int lock_fd;      /* flock'd pid file */
    char host_id[33]; /* 32 hex digits, made once, kept in the file host-id */
    uint64_t epoch;   /* one more than at the last start, kept in the file epoch */
};

/* Makes the directory (0700) when absent, takes the lock, reads or makes host-id, counts the
 * epoch up (written by rename, fsynced) and probes that files there can be mapped executable.
 * While another process holds the lock it waits up to wait_ms, telling so once through
 * on_wait(pid); then fails with ERR_AGAIN naming the pid. Pair with state_close. [main] */
bool state_open(struct state_dir *state, const char *path, int64_t wait_ms,
                void (*on_wait)(long pid), struct err *err) ATTR_MUST_CHECK;
void state_close(struct state_dir *state);

#define STATE_SECRET_BYTES 65 /* NUL included */

/* A secret of this host, kept in the directory's file name (mode 0600) and made at random when
 * there is none: 64 hex digits. Wipe it after use. [main] */
bool state_secret(const struct state_dir *state, const char *name,
                  char ret_secret[STATE_SECRET_BYTES], struct err *err) ATTR_MUST_CHECK;

#endif
