/* A table so small that looking at every entry costs nothing beside a chart. */
#include "chart/chart_cache.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"

void chart_cache_fini(struct chart_cache *cache)
{
    for (size_t i = 0; i < CHART_CACHE_ENTRIES; i++) {
        free(cache->entries[i].chart);
    }
    *cache = (struct chart_cache){.uses = 0};
}

static struct chart_cache_entry *entry_find(struct chart_cache *cache, const char *key)
{
    for (size_t i = 0; i < CHART_CACHE_ENTRIES; i++) {
        struct chart_cache_entry *entry = &cache->entries[i];
        if (entry->chart != NULL && strcmp(entry->key, key) == 0) {
            return entry;
        }
    }
    return NULL;
}

bool chart_cache_get(struct chart_cache *cache, const char *key, struct span *ret_chart)
{
    struct chart_cache_entry *entry = entry_find(cache, key);
    if (entry == NULL) {
        return false;
    }
    entry->used = ++cache->uses;
    *ret_chart = (struct span){entry->chart, entry->chart_bytes};
    return true;
}

void chart_cache_put(struct chart_cache *cache, const char *key, struct span chart)
{
    struct chart_cache_entry *entry = entry_find(cache, key);
    if (entry == NULL) {
        entry = &cache->entries[0];
        for (size_t i = 1; i < CHART_CACHE_ENTRIES; i++) {
            if (cache->entries[i].used < entry->used) { /* a free one was never used */
                entry = &cache->entries[i];
            }
        }
    }
    free(entry->chart);
    (void)snprintf(entry->key, sizeof(entry->key), "%s", key);
    entry->chart = mem_strndup(chart.data, chart.len);
    entry->chart_bytes = chart.len;
    entry->used = ++cache->uses;
}
