/* Where the test agents are. (Not in rig.h: ev.h, which that needs, and elf.h cannot meet.) */
#ifndef TESTS_UNIT_CELL_PATHS_H
#define TESTS_UNIT_CELL_PATHS_H

#include <stddef.h>

/* The path of tests/agents/NAME.so; valid until the next call. */
const char *rig_agent_path(const char *agent);

/* Copies a file's first bytes (all with SIZE_MAX). */
void rig_copy(const char *from, const char *to, size_t bytes);

#endif
