/* Where an agent's words go during a call: the C side of the interface's report, prompt and
 * result, collected into one reply with a maximum. All functions: [child]. */
#ifndef CELL_SINK_H
#define CELL_SINK_H

#include <agenthost/agent.h>

#include "cell/wire.h"

/* Texts that were replaced stay in the arena until the call is over. */
#define SINK_ARENA_BYTES_MAX (4 * WIRE_SINK_BYTES_MAX)

struct arena;

/* One call's collection. Give the agent the member its function takes. */
struct sink {
    struct wire_reply reply; /* tables point into this struct, texts into the arena */
    struct arena *arena;
    size_t bytes; /* of all texts in the reply */
    struct wire_message messages[WIRE_MESSAGES_MAX];
    struct wire_section sections[WIRE_SECTIONS_MAX];
    struct span stops[WIRE_STOPS_MAX];
    struct agenthost_report report;
    struct agenthost_prompt prompt;
    struct agenthost_result result;
};

/* Makes an empty collection; the agent's texts may have WIRE_SINK_BYTES_MAX together. Pair with
 * sink_fini. */
void sink_init(struct sink *sink);
void sink_fini(struct sink *sink);

/* What was collected, with the status the agent returned. After an overrun only say and field are
 * in it. Valid until sink_fini. */
const struct wire_reply *sink_finish(struct sink *sink, enum agenthost_status status);

#endif
