/* Heap memory for loop-lived objects. */
#include "core/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"

static ATTR_NORETURN void mem_exhausted(size_t bytes)
{
    (void)fprintf(stderr, "agenthost: out of memory (%zu bytes)\n", bytes);
    abort();
}

void *mem_alloc(size_t bytes)
{
    void *memory = calloc(1, bytes > 0 ? bytes : 1);
    if (memory == NULL) {
        mem_exhausted(bytes);
    }
    return memory;
}

void *mem_array(size_t count, size_t bytes_each)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, bytes_each, &bytes)) {
        mem_exhausted(SIZE_MAX);
    }
    return mem_alloc(bytes);
}

char *mem_strdup(const char *text)
{
    return text != NULL ? mem_strndup(text, strlen(text)) : NULL;
}

char *mem_strndup(const char *data, size_t len)
{
    char *copy = mem_alloc(len + 1);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    return copy;
}

void mem_wipe_free(char **text)
{
    if (*text != NULL) {
        explicit_bzero(*text, strlen(*text));
        free(*text);
        *text = NULL;
    }
}
