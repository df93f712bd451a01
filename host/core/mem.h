/* Heap memory for loop-lived objects. A daemon that cannot get a few bytes cannot go on:
 * these abort instead of returning NULL. Sizes that a peer decides belong into an arena or
 * an sbuf, which have maxima and fail softly. */
#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <stddef.h>

/* Zeroed memory; free with free(). Aborts when there is none. [any] */
void *mem_alloc(size_t bytes);

/* Zeroed array of count elements; the product is checked for overflow. [any] */
void *mem_array(size_t count, size_t bytes_each);

/* Copy of a NUL-terminated text; NULL gives NULL. Free with free(). [any] */
char *mem_strdup(const char *text);

/* NUL-terminated copy of len bytes. Free with free(). [any] */
char *mem_strndup(const char *data, size_t len);

/* Overwrites and frees a text that was secret; accepts NULL, sets the pointer to NULL. [any] */
void mem_wipe_free(char **text);

#endif
