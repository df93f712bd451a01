/* The hash for tables, by itself: programs that need no more do without OpenSSL. */
#include "core/hash.h"

uint64_t hash_fnv64(struct span data)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < data.len; i++) {
        hash = (hash ^ (unsigned char)data.data[i]) * 0x100000001b3u;
    }
    return hash;
}
