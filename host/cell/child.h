/* The child's side of being a cell, the same for every program that is one: says hello from
 * inside the sandbox, reads frames, writes frames, dies with its host. All functions: [child]. */
#ifndef CELL_CHILD_H
#define CELL_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "cell/wire.h"
#include "core/attr.h"
#include "core/sbuf.h"
#include "core/span.h"

struct child {
    const char *name;       /* for people */
    const char *image_path; /* the one folder that may be read; may be "" */
    char *in;               /* bytes from the socket */
    size_t in_len, in_used, in_capacity;
};

/* Call first in main. Ties the process to its host, ignores the terminal's signals, takes the
 * arguments cell_start gives, enters the sandbox's first stage and says hello. Asked for a
 * probe it says hello and exits. Does not return when anything fails: the host is told. */
void child_start(struct child *child, const char *process_name, int argc, char **argv);

/* The next frame's payload, valid until the next call. Waits as long as it takes; at the end of
 * the socket false: the host is gone or has had enough. */
bool child_next_frame(struct child *child, struct span *ret_payload);

/* Makes the last payload, and its buffer, stay valid for good. */
void child_keep_payload(struct child *child);

/* Sends what is in frames and empties it. */
void child_send(struct sbuf *frames);

/* Tells the host what is done next, so that a crash can be placed. */
void child_phase(const char *phase);

/* Tells the host why this cell cannot be, and exits. */
void child_refuse(const char *phase, struct span reason) ATTR_NORETURN;

#endif
