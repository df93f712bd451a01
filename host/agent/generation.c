/* The immutable map from agent id to unit. */
#include "agent/generation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "core/mem.h"

struct generation *generation_create(uint64_t number, size_t count_max)
{
    struct generation *generation =
        mem_alloc(sizeof(*generation) + count_max * sizeof(generation->entries[0]));
    generation->number = number;
    return generation;
}

struct generation_entry *generation_add(struct generation *generation, const char *id,
                                        struct unit *unit, const char *refusal)
{
    struct generation_entry *entry = &generation->entries[generation->count++];
    (void)snprintf(entry->id, sizeof(entry->id), "%s", id);
    (void)snprintf(entry->refusal, sizeof(entry->refusal), "%s", refusal);
    entry->unit = unit;
    if (unit != NULL) {
        unit_hold(unit);
    }
    return entry;
}

void generation_set_canary(struct generation_entry *entry, struct unit *canary, unsigned share)
{
    if (canary != NULL) {
        entry->canary = canary;
        entry->canary_share = share;
        unit_hold(canary);
    }
}

struct unit *generation_unit_for(const struct generation_entry *entry, const char *job_key)
{
    bool is_canary = job_key != NULL && entry->canary != NULL && unit_is_usable(entry->canary) &&
                     hash_fnv64(span_of(job_key)) % GENERATION_SHARE_ALL < entry->canary_share;
    return is_canary ? entry->canary : entry->unit;
}

static int generation_compare(const void *key, const void *entry)
{
    return strcmp(key, ((const struct generation_entry *)entry)->id);
}

struct generation_entry *generation_find(struct generation *generation, const char *id)
{
    return generation == NULL ? NULL
                              : bsearch(id, generation->entries, generation->count,
                                        sizeof(generation->entries[0]), generation_compare);
}

void generation_destroy(struct generation **generation)
{
    if (*generation == NULL) {
        return;
    }
    for (size_t i = 0; i < (*generation)->count; i++) {
        unit_release(&(*generation)->entries[i].unit);
        unit_release(&(*generation)->entries[i].canary);
    }
    free(*generation);
    *generation = NULL;
}
