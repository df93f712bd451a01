/* A kind of bad deeds a file. Every function tries one thing and returns what the system call
 * returned: −1 with errno, or anything else for success. */
#ifndef TESTS_AGENTS_DEEDS_PRIVATE_H
#define TESTS_AGENTS_DEEDS_PRIVATE_H

#include "deeds.h"

#define HOST_SOCKET 3

struct deed {
    const char *name; /* NULL: the end */
    long (*function)(const char *argument);
};

extern const struct deed DEEDS_FILES[];
extern const struct deed DEEDS_SOCKETS[];
extern const struct deed DEEDS_PROCESSES[];
extern const struct deed DEEDS_MEMORY[];
extern const struct deed DEEDS_KILLED[];
extern const struct deed DEEDS_LEAVING[];
extern const struct deed DEEDS_WIRE[];

/* Never come back; what other deeds end with (deeds_leaving.c). */
long deed_spin(const char *argument);
long deed_sleep(const char *argument);

#endif
