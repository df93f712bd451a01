/* Making the process of a cell: file descriptors, signals, environment, nothing else. */
#ifndef CELL_SPAWN_H
#define CELL_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/attr.h"
#include "core/err.h"

/* The host's ends. All are CLOEXEC and non-blocking; −1 when closed. */
struct spawn {
    pid_t pid;
    int pidfd;
    int socket_fd; /* the cell's fd 3 */
    int stderr_fd; /* what the cell writes to fd 2 */
};

/* Runs program_fd (O_PATH) with arguments (NULL-terminated). The child has /dev/null as 0 and
 * 1, a pipe as 2, its end of the socket as 3, the program as 4, nothing else; default signals,
 * none blocked; TZ=UTC and LC_ALL=C.UTF-8 as its whole environment. Must run on the thread
 * that lives as long as the host: a cell dies with the thread that spawned it. [loop] */
bool spawn_cell(int program_fd, char *const arguments[], struct spawn *ret_spawn,
                struct err *err) ATTR_MUST_CHECK;

/* Kills without waiting; nothing happens when the process is gone already. [loop] */
void spawn_kill(const struct spawn *spawn);

/* Reaps. 1 and *ret_status (CLD_EXITED, CLD_KILLED or CLD_DUMPED with its number) when it
 * has ended, 0 while it lives, unless may_block. A status that somebody else took is reported
 * as exit status 255. [loop; blocking only at the host's end] */
struct spawn_status {
    int code;   /* CLD_EXITED, CLD_KILLED, CLD_DUMPED */
    int number; /* exit status or signal */
};
int spawn_reap(const struct spawn *spawn, bool may_block, struct spawn_status *ret_status);

/* Closes what is open. [loop] */
void spawn_close(struct spawn *spawn);

#endif
