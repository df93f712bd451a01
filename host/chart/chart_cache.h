/* Charts computed lately, by the hash of what they were computed from. */
#ifndef CHART_CHART_CACHE_H
#define CHART_CHART_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/hash.h"
#include "core/span.h"

#define CHART_CACHE_ENTRIES 128 /* of about 6 KB */

struct chart_cache_entry {
    char key[HASH_SHA256_HEX_BYTES];
    char *chart; /* NULL: free */
    size_t chart_bytes;
    uint64_t used; /* when, counted in uses */
};

/* All zero is an empty cache. */
struct chart_cache {
    struct chart_cache_entry entries[CHART_CACHE_ENTRIES];
    uint64_t uses;
};

void chart_cache_fini(struct chart_cache *cache);

/* True and the chart, borrowed until the next chart_cache_put. [loop] */
bool chart_cache_get(struct chart_cache *cache, const char *key, struct span *ret_chart);

/* Copies the chart in place of the one that was not used for the longest time. [loop] */
void chart_cache_put(struct chart_cache *cache, const char *key, struct span chart);

#endif
