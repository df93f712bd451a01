/* A generation: which unit serves which agent. Never changed once it serves; a reload makes
 * another and swaps the pointer. */
#ifndef AGENT_GENERATION_H
#define AGENT_GENERATION_H

#include <stddef.h>
#include <stdint.h>

#include "agent/scan.h"

struct unit;

struct generation_entry {
    char id[AGENT_ID_BYTES];
    struct unit *unit; /* held; NULL: known, but nothing of it can run */
    char refusal[512]; /* why the installed bundle does not serve; "" when it does */
};

struct generation {
    uint64_t number;
    size_t count;
    struct generation_entry entries[]; /* sorted by id */
};

/* Room for count entries, count starting at 0. [loop] */
struct generation *generation_create(uint64_t number, size_t count_max);
/* Appends; ids come in ascending order. Takes a hold on unit (may be NULL). [loop] */
struct generation_entry *generation_add(struct generation *generation, const char *id,
                                        struct unit *unit, const char *refusal);
struct generation_entry *generation_find(struct generation *generation, const char *id);
/* Lets go of its units. Accepts NULL. [loop] */
void generation_destroy(struct generation **generation);

#endif
