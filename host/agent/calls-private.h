/* What the files about calls share: the call itself. */
#ifndef AGENT_CALLS_PRIVATE_H
#define AGENT_CALLS_PRIVATE_H

#include "agent/agents-private.h"

struct call_check;

enum call_state {
    CALL_QUEUED,   /* in its unit's list */
    CALL_RUNNING,  /* unit->running */
    CALL_CHECKING, /* the files thread parses what it gave */
    CALL_ANSWERED, /* done follows at the end of the turn */
};

struct agent_call {
    struct unit *unit;
    struct agent_call *next, *previous; /* CALL_QUEUED */
    enum call_state state;
    enum call_function function;
    struct sbuf frame;
    char *job_key; /* may be NULL */
    void *job;
    struct arena *arena;
    size_t prompt_bytes_max, result_bytes_max;
    int64_t sent_us;
    struct agent_reply reply;
    struct call_check *check;
    struct loop_deferred later;
    agent_done_fn done;
    void *ctx;
};

/* The end of every call: counted, freed, told. */
void call_finish(struct agent_call *call);

/* call_judge.c */

/* Parses what must be JSON, on the files thread when it is long, and finishes the call. */
void call_judge_json(struct agent_call *call, const struct span *texts, unsigned count);
/* The call goes before it is judged. */
void call_judge_cancel(struct agent_call *call);

#endif
