/* The host's extension "agenthost.facts/1", as agents in a cell get it. */
#ifndef CELL_FACTS_H
#define CELL_FACTS_H

#include <agenthost/facts.h>

#include "cell/wire.h"

extern const struct agenthost_facts FACTS_EXTENSION;

/* Forgets the checks of an earlier call. [child] */
void facts_begin_call(void);

/* What the last check of this call found. [child] */
enum wire_facts facts_found(void);

#endif
