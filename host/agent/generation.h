/* A generation: which unit serves which agent. Never changed once it serves; a reload makes
 * another and swaps the pointer. */
#ifndef AGENT_GENERATION_H
#define AGENT_GENERATION_H

#include <stddef.h>
#include <stdint.h>

#include "agent/scan.h"

struct unit;

#define GENERATION_SHARE_ALL 10000

/* A share for people. [any] */
static inline double generation_percent(unsigned share)
{
    return (double)share * 100 / GENERATION_SHARE_ALL;
}

struct generation_entry {
    char id[AGENT_ID_BYTES];
    struct unit *unit;     /* held; NULL: known, but nothing of it can run */
    struct unit *canary;   /* held; NULL: there is none */
    unsigned canary_share; /* of its jobs, in GENERATION_SHARE_ALL */
    char refusal[512];     /* why the installed bundle does not serve; "" when it does */
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
/* Lets canary (may be NULL) serve that share of the entry's jobs; takes a hold on it. [loop] */
void generation_set_canary(struct generation_entry *entry, struct unit *canary, unsigned share);
/* Who serves that job, the same for each of its runs; job_key NULL: of no job. [loop] */
struct unit *generation_unit_for(const struct generation_entry *entry, const char *job_key);
struct generation_entry *generation_find(struct generation *generation, const char *id);
/* Lets go of its units. Accepts NULL. [loop] */
void generation_destroy(struct generation **generation);

#endif
