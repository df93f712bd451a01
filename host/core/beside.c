/* Finds what belongs to the running program. */
#include "core/beside.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void beside_find(const char *name, const char *installed, char ret_path[PATH_MAX])
{
    char beside[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", beside, sizeof(beside) - 1);
    beside[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(beside, '/');
    if (slash != NULL) {
        slash[1] = '\0';
        int bytes = snprintf(ret_path, PATH_MAX, "%s%s", beside, name);
        if (bytes > 0 && bytes < PATH_MAX && access(ret_path, X_OK) == 0) {
            return;
        }
    }
    (void)snprintf(ret_path, PATH_MAX, "%s/%s", installed, name);
}
