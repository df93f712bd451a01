/* Which defences this run of the bare programs goes without. */
#ifndef TESTS_AGENTS_BARE_WITHOUT_H
#define TESTS_AGENTS_BARE_WITHOUT_H

#include <stdbool.h>

/* True when the file "without" beside the running program names that defence, one a line. In a
 * cell it must be asked once before the sandbox is put up; then it is known. */
bool without(const char *defence);

#endif
