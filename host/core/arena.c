/* Arenas: chained blocks, freed together. */
#include "core/arena.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"

#define ARENA_BLOCK_BYTES 4096
#define ARENA_ALIGN 16

struct arena_block {
    struct arena_block *next;
    size_t bytes; /* payload */
    size_t used;
    _Alignas(ARENA_ALIGN) char payload[];
};

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t bytes;
    size_t bytes_max;
};

static atomic_size_t arena_total;

struct arena *arena_create(size_t bytes_max)
{
    struct arena *arena = mem_alloc(sizeof(*arena));
    arena->bytes_max = bytes_max;
    return arena;
}

void arena_destroy(struct arena **arena)
{
    if (*arena == NULL) {
        return;
    }
    for (struct arena_block *block = (*arena)->blocks; block != NULL;) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    atomic_fetch_sub(&arena_total, (*arena)->bytes);
    free(*arena);
    *arena = NULL;
}

static bool arena_grow(struct arena *arena, size_t bytes)
{
    size_t payload = bytes > ARENA_BLOCK_BYTES ? bytes : ARENA_BLOCK_BYTES;
    if (payload > arena->bytes_max - arena->bytes) {
        payload = bytes; /* a small rest may still be had */
    }
    if (payload > arena->bytes_max - arena->bytes) {
        return false;
    }
    struct arena_block *block = calloc(1, sizeof(*block) + payload);
    if (block == NULL) {
        return false;
    }
    block->bytes = payload;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->bytes += payload;
    atomic_fetch_add(&arena_total, payload);
    return true;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX - ARENA_ALIGN) {
        return NULL;
    }
    size_t rounded = (bytes + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    struct arena_block *block = arena->blocks;
    if (block == NULL || rounded > block->bytes - block->used) {
        if (!arena_grow(arena, rounded)) {
            return NULL;
        }
        block = arena->blocks;
    }
    void *memory = block->payload + block->used;
    block->used += rounded;
    return memory;
}

char *arena_strndup(struct arena *arena, const char *data, size_t len)
{
    if (len == SIZE_MAX) {
        return NULL;
    }
    char *copy = arena_alloc(arena, len + 1);
    if (copy != NULL && len > 0) {
        memcpy(copy, data, len);
    }
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        return NULL;
    }
    char *text = arena_alloc(arena, (size_t)len + 1);
    if (text != NULL) {
        va_start(args, fmt);
        (void)vsnprintf(text, (size_t)len + 1, fmt, args);
        va_end(args);
    }
    return text;
}

size_t arena_bytes(const struct arena *arena)
{
    return arena->bytes;
}

size_t arena_bytes_total(void)
{
    return atomic_load(&arena_total);
}
