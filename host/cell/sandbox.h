/* The walls around an agent, put up in two stages by the process itself. Layers: no new
 * privileges, not dumpable, resource limits, landlock (files), seccomp (system calls).
 * All functions: [child]. */
#ifndef CELL_SANDBOX_H
#define CELL_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"

#define SANDBOX_LAYERS_BYTES 96

struct sandbox_plan {
    const char *readable_path; /* the one folder, besides the libraries', that may be read and
                                * mapped; "" for none */
    uint64_t memory_bytes_max; /* address space; 0 for no limit */
    bool is_landlock_required; /* false: go on without it where the kernel has none */
};

/* First stage, before foreign code is loaded: files can be read and mapped below
 * readable_path and the system's library folders, nothing else is possible; no sockets, no
 * processes, no signals. ret_layers gets "seccomp, landlock 4" or "none (built without)".
 * False when a required layer cannot be had. */
bool sandbox_enter(const struct sandbox_plan *plan, char ret_layers[SANDBOX_LAYERS_BYTES],
                   struct err *err) ATTR_MUST_CHECK;

/* Second stage, after the foreign code is loaded and before it is asked for anything: no
 * opening at all, no new executable memory. Cannot be taken back. */
bool sandbox_close(struct err *err) ATTR_MUST_CHECK;

/* How many system calls were refused so far, and the number of the last one, if the host was not
 * told of that many yet (it is told of the first, second, fourth, eighth … as they happen);
 * 0 otherwise. Calls that start threads and processes are not counted. */
uint32_t sandbox_take_denied(int *ret_last_call);

#endif
