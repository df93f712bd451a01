/* An arena: memory of one job, given back in one go. It has a maximum, and all arenas
 * together are counted against memory_max. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

#include "core/attr.h"
#include "core/span.h"

struct arena;

/* An empty arena that will hand out at most bytes_max. Aborts only if the first small block
 * cannot be had. Destroy with arena_destroy. [any; one thread at a time] */
struct arena *arena_create(size_t bytes_max);

/* Frees everything and sets *arena to NULL; accepts NULL. [any] */
void arena_destroy(struct arena **arena);

/* Zeroed, 16-byte aligned memory; NULL when the maximum would be passed. [any] */
void *arena_alloc(struct arena *arena, size_t bytes) ATTR_MUST_CHECK;

/* NUL-terminated copies; NULL when the maximum would be passed. [any] */
char *arena_strdup(struct arena *arena, const char *text) ATTR_MUST_CHECK;
char *arena_strndup(struct arena *arena, const char *data, size_t len) ATTR_MUST_CHECK;
char *arena_printf(struct arena *arena, const char *fmt, ...) ATTR_PRINTF(2, 3) ATTR_MUST_CHECK;

/* Bytes held from the system by this arena, and by all arenas of the process. [any] */
size_t arena_bytes(const struct arena *arena);
size_t arena_bytes_total(void);

#endif
