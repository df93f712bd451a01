/* Names of system calls. (A file of its own: seccomp.h and ev.h cannot meet in one.) */
#ifndef CELL_CALL_NAME_H
#define CELL_CALL_NAME_H

#include <stddef.h>

/* "openat", or the number itself when it has no name here. [any] */
void call_name(int number, char *ret_name, size_t bytes);

#endif
