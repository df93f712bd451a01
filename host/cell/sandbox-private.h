/* The sandbox's layers, one file each; sandbox.c puts them up in order. All: [child]. */
#ifndef CELL_SANDBOX_PRIVATE_H
#define CELL_SANDBOX_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "cell/sandbox.h"

enum sandbox_stage { SANDBOX_LOADING = 1, SANDBOX_LOADED = 2 };

/* Files: leaves readable_path and the system's library folders, for reading and mapping.
 * *ret_version is the kernel's landlock version, 0 when it has none (then false if required). */
bool sandbox_landlock(const char *readable_path, bool is_required, int *ret_version,
                      struct err *err) ATTR_MUST_CHECK;

/* System calls: what is not in the stage's list is refused. */
bool sandbox_filter(enum sandbox_stage stage, struct err *err) ATTR_MUST_CHECK;

/* True for a call that ends the process; once a filter was made. From a signal handler, too. */
bool sandbox_filter_is_deadly(int call);

/* Counts refused calls and lets them fail with EPERM, or ends the process; before the first filter.
 * False where this machine is not supported: calls are then refused uncounted. */
bool sandbox_trap_install(void);
bool sandbox_trap_is_supported(void);

#endif
