/* A call as the agent sees it, made from a frame. [child] */
#ifndef CELL_CALLS_H
#define CELL_CALLS_H

#include <agenthost/agent.h>

#include "cell/wire.h"
#include "core/attr.h"

struct arena;

struct calls_call {
    enum wire_kind kind; /* WIRE_CHECK, WIRE_BUILD, WIRE_PROCESS */
    struct agenthost_job job;
    struct agenthost_answer answer;
};

struct agenthost_text calls_text(struct span text);

/* Tables come from arena, texts borrow from payload. False when the frame is no call. */
bool calls_read(struct span payload, struct arena *arena,
                struct calls_call *ret_call) ATTR_MUST_CHECK;

#endif
