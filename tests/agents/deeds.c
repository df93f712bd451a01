/* Finds bad deeds by name. */
#include "deeds-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct deed *const kinds[] = {DEEDS_FILES,  DEEDS_SOCKETS, DEEDS_PROCESSES,
                                           DEEDS_MEMORY, DEEDS_KILLED,  DEEDS_LEAVING,
                                           DEEDS_WIRE};

static const struct deed *deed_find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        for (const struct deed *deed = kinds[i]; deed->name != NULL; deed++) {
            if (strlen(deed->name) == len && memcmp(deed->name, name, len) == 0) {
                return deed;
            }
        }
    }
    return NULL;
}

void deed_do(const char *deed, char *ret_result, size_t bytes)
{
    const char *colon = strchr(deed, ':');
    size_t len = colon != NULL ? (size_t)(colon - deed) : strlen(deed);
    const struct deed *found = deed_find(deed, len);
    if (found == NULL) {
        (void)snprintf(ret_result, bytes, "unknown deed");
        return;
    }
    errno = 0;
    long result = found->function(colon != NULL ? colon + 1 : "");
    const char *name = result == -1 ? strerrorname_np(errno) : "done";
    (void)snprintf(ret_result, bytes, "%s", name != NULL ? name : "?");
}
