/* Reads which defences are off. */
#include "without.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char without_names[512]; /* "\ncalls\nfiles\n" */

static void without_read(void)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - sizeof("without"));
    path[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(path, '/');
    (void)strcpy(slash != NULL ? slash + 1 : path, "without");
    FILE *file = fopen(path, "re");
    without_names[0] = '\n';
    if (file != NULL) {
        size_t count = fread(without_names + 1, 1, sizeof(without_names) - 3, file);
        without_names[1 + count] = '\n';
        (void)fclose(file);
    }
}

bool without(const char *defence)
{
    char line[64];
    if (without_names[0] == '\0') {
        without_read();
    }
    (void)snprintf(line, sizeof(line), "\n%s\n", defence);
    return strstr(without_names, line) != NULL;
}
