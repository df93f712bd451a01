/* Makes this process, and what it starts, see a kernel without landlock. */
#ifndef TESTS_UNIT_CELL_NO_LANDLOCK_H
#define TESTS_UNIT_CELL_NO_LANDLOCK_H

#include <stdbool.h>

/* False when it cannot be done. There is no way back: call it in a process of its own. */
bool no_landlock(void);

#endif
