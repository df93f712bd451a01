/* Bad deeds with memory. */
#include "deeds-private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/un.h>

static long deed_map_code(const char *argument)
{
    (void)argument;
    void *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code == MAP_FAILED ? -1 : 0;
}

static long deed_protect_code(const char *argument)
{
    (void)argument;
    void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code == MAP_FAILED ? -1 : mprotect(code, 4096, PROT_READ | PROT_EXEC);
}

static long deed_shared_memory(const char *argument)
{
    (void)argument;
    return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
}

/* Takes memory until there is no more, and holds it. */
static long deed_hog(const char *argument)
{
    (void)argument;
    for (;;) {
        char *block = malloc(1024 * 1024);
        if (block == NULL) {
            return -1;
        }
        memset(block, 1, 1024 * 1024);
    }
}

/* Takes so many megabytes at once and keeps them. */
static long deed_take(const char *megabytes)
{
    static char *volatile kept; /* so that it is not left out as never used */
    kept = malloc((size_t)strtoul(megabytes, NULL, 10) * 1024 * 1024);
    return kept != NULL ? 0 : -1;
}

/* The same, and dies of it when there is no more. */
static long deed_take_or_abort(const char *megabytes)
{
    if (deed_take(megabytes) != 0) {
        abort();
    }
    return 0;
}

/* As C++ programs do: what cannot be had ends the process. */
static long deed_hog_abort(const char *argument)
{
    (void)deed_hog(argument);
    abort();
}

static long deed_recurse(const char *argument);

/* Not known to the compiler as a call of itself. */
static long (*volatile deed_recurse_again)(const char *argument) = deed_recurse;

static long deed_recurse(const char *argument)
{
    volatile char frame[4096];
    frame[0] = argument[0];
    return deed_recurse_again(argument) + frame[0];
}

const struct deed DEEDS_MEMORY[] = {
    {"map_code", deed_map_code},
    {"protect_code", deed_protect_code},
    {"shared_memory", deed_shared_memory},
    {"take", deed_take},
    {"take_or_abort", deed_take_or_abort},
    {"hog", deed_hog},
    {"hog_abort", deed_hog_abort},
    {"recurse", deed_recurse},
    {NULL, NULL},
};
