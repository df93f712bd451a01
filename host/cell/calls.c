/* From the wire's structs to the agent interface's. */
#include "cell/calls.h"

#include "core/arena.h"

struct agenthost_text calls_text(struct span text)
{
    return (struct agenthost_text){text.data, text.len};
}

/* One byte more, so that an empty table is not taken for a failure. */
static void *calls_table(struct arena *arena, size_t count, size_t row_bytes)
{
    return arena_alloc(arena, count * row_bytes + 1); /* counts are bounded by the reader */
}

static bool calls_fill_job(struct agenthost_job *job, const struct wire_job *wire,
                           struct arena *arena)
{
    struct agenthost_child *children = calls_table(arena, wire->children_count, sizeof(*children));
    for (uint32_t i = 0; children != NULL && i < wire->children_count; i++) {
        children[i] = (struct agenthost_child){calls_text(wire->children[i].key),
                                               calls_text(wire->children[i].value)};
    }
    struct agenthost_earlier *earlier = calls_table(arena, wire->earlier_count, sizeof(*earlier));
    for (uint32_t i = 0; earlier != NULL && i < wire->earlier_count; i++) {
        earlier[i] = (struct agenthost_earlier){.pass = wire->earlier[i].pass,
                                                .text = calls_text(wire->earlier[i].value)};
    }
    *job = (struct agenthost_job){.size = sizeof(*job),
                                  .pass = wire->pass,
                                  .data = calls_text(wire->data),
                                  .chart = calls_text(wire->chart),
                                  .locale = calls_text(wire->locale),
                                  .seed = wire->seed,
                                  .now_ms = wire->now_ms,
                                  .children = children,
                                  .earlier = earlier,
                                  .children_count = wire->children_count,
                                  .earlier_count = wire->earlier_count};
    return children != NULL && earlier != NULL;
}

bool calls_read(struct span payload, struct arena *arena, struct calls_call *ret_call)
{
    struct wire_job job;
    struct wire_answer answer;
    struct err err;
    if (!wire_kind_of(payload, &ret_call->kind) ||
        !wire_read_call(payload, arena, &job, &answer, &err)) {
        return false;
    }
    ret_call->answer = (struct agenthost_answer){.size = sizeof(ret_call->answer),
                                                 .pass = answer.pass,
                                                 .round = answer.round,
                                                 .text = calls_text(answer.text),
                                                 .finish_reason = calls_text(answer.finish_reason),
                                                 .model = calls_text(answer.model),
                                                 .prompt_tokens = answer.prompt_tokens,
                                                 .completion_tokens = answer.completion_tokens};
    return calls_fill_job(&ret_call->job, &job, arena);
}
