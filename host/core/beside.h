/* Where what belongs to this build is: beside the running program in a build tree, else where it
 * is installed. */
#ifndef CORE_BESIDE_H
#define CORE_BESIDE_H

#include <limits.h>

/* The file or folder of that name beside the running program when it is there, else in the folder
 * installed. [any] */
void beside_find(const char *name, const char *installed, char ret_path[PATH_MAX]);

#endif
