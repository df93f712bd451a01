/* Calls into agents: each is written down when it is asked for, waits its turn in its unit's
 * queue, is sent, judged and answered, whatever becomes of the cell meanwhile. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <agenthost/agent.h>

#include "agent/agents-private.h"
#include "agent/calls-private.h"
#include "cell/wire.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/metrics.h"

static const char *const call_function_names[] = {
    [CALL_CHECK] = "check_input", [CALL_BUILD] = "build_prompt", [CALL_PROCESS] = "post_process"};

const char *calls_function_name(enum call_function function)
{
    return call_function_names[function];
}

static void call_destroy(struct agent_call *call)
{
    struct unit *unit = call->unit;
    call_judge_cancel(call);
    loop_cancel(unit->agents->loop, &call->later);
    sbuf_fini(&call->frame);
    free(call->job_key);
    free(call);
    assert(unit->calls_count > 0);
    unit->calls_count--;
    unit_reconsider(unit);
}

static void call_unqueue(struct agent_call *call)
{
    struct unit *unit = call->unit;
    *(call->previous != NULL ? &call->previous->next : &unit->first) = call->next;
    *(call->next != NULL ? &call->next->previous : &unit->last) = call->previous;
    call->next = call->previous = NULL;
    metrics_add(unit->queued, -1);
}

/* Whether an ending is the image's fault. */
static bool call_is_strike(enum agent_outcome outcome)
{
    return outcome == AGENT_INTERNAL || outcome == AGENT_CRASHED || outcome == AGENT_DEADLINE ||
           outcome == AGENT_OVER_CAP || outcome == AGENT_BAD_REPLY;
}

/* Into the log of the job that pays for it: how it ended, and how often that may still happen. */
static void call_tell_strike(const struct agent_call *call, const struct agent_reply *reply)
{
    const struct agents_handlers *handlers = &call->unit->agents->handlers;
    const struct image *image = call->unit->image;
    const struct strike *strike = strikes_of(&image->strikes, call->job_key);
    if (handlers->on_log == NULL || strike == NULL) {
        return;
    }
    unsigned jobs = strikes_recent(&image->strikes, clock_mono_ms());
    char line[sizeof(reply->reason) + 200];
    int len = snprintf(line, sizeof(line), "%s in %s: %s; strike %u of %d against image %.12s%s",
                       agent_outcome_name(reply->outcome), calls_function_name(call->function),
                       reply->reason, jobs, STRIKES_QUARANTINE, image->hash,
                       jobs >= STRIKES_QUARANTINE ? ", which is set aside" : "");
    if (strike->crashes > 0 && len > 0 && (size_t)len < sizeof(line)) {
        (void)snprintf(line + len, sizeof(line) - (size_t)len, "; crash %u of %d over this job%s",
                       strike->crashes, STRIKES_POISON, reply->is_poison ? ": it is poison" : "");
    }
    handlers->on_log(call->job, AGENTHOST_LOG_WARNING, span_of(line), handlers->ctx);
}

void call_finish(struct agent_call *call)
{
    struct agent_reply reply = call->reply;
    agent_done_fn done = call->done;
    void *ctx = call->ctx;
    if (call_is_strike(reply.outcome) && call->job_key != NULL) {
        reply.is_poison = unit_strike(call->unit, call->job_key, &reply);
        call_tell_strike(call, &reply);
    }
    call_destroy(call);
    done(&reply, ctx);
}

static void call_run_later(struct loop_deferred *deferred)
{
    call_finish(CONTAINER_OF(deferred, struct agent_call, later));
}

/* Answers without the cell, at the end of the turn. */
static void call_answer_later(struct agent_call *call, enum agent_outcome outcome,
                              const char *reason)
{
    call->state = CALL_ANSWERED;
    reply_spoil(&call->reply, outcome, "%s", reason);
    loop_defer(call->unit->agents->loop, &call->later);
}

static enum agent_outcome call_outcome_of_end(enum cell_end end)
{
    switch (end) {
    case CELL_CRASHED:
    case CELL_EXITED:
        return AGENT_CRASHED;
    case CELL_DEADLINE:
        return AGENT_DEADLINE;
    case CELL_BROKE_WIRE:
        return AGENT_BAD_REPLY;
    case CELL_ENDED_BY_HOST:
    case CELL_NOT_STARTED:
        break;
    }
    return AGENT_UNAVAILABLE;
}

/* The cell answered the running call, or died over it. */
static void call_on_done(struct cell *cell, struct span payload, const struct cell_report *report,
                         void *ctx)
{
    (void)cell;
    struct unit *unit = ctx;
    struct agent_call *call = unit->running;
    assert(call != NULL);
    unit->running = NULL;
    unit->used_ms = clock_mono_ms();
    metrics_observe(unit->seconds[call->function],
                    (double)(clock_mono_us() - call->sent_us) / 1000000);
    if (report != NULL) {
        unit_note_death(unit);
        reply_spoil(&call->reply, call_outcome_of_end(report->end), "%s", report->text);
        call_finish(call);
        return;
    }
    struct span json[2];
    unsigned json_count = 0;
    unit->crashes = 0;
    reply_read(call->function, payload, call->arena, call->prompt_bytes_max, call->result_bytes_max,
               &call->reply, json, &json_count);
    calls_dispatch(unit); /* the cell works on while this answer is taken in */
    call_judge_json(call, json, json_count);
}

void calls_dispatch(struct unit *unit)
{
    struct agent_call *call = unit->first;
    if (call == NULL || unit->running != NULL || unit->state != UNIT_READY ||
        !cell_is_ready(unit->cell)) { /* an idle cell may just have died: its end follows */
        return;
    }
    call_unqueue(call);
    call->state = CALL_RUNNING;
    call->sent_us = clock_mono_us();
    unit->running = call;
    cell_call(unit->cell, sbuf_as_span(&call->frame), unit->call_ms, WIRE_REPLY_BYTES_MAX,
              call_function_names[call->function], call_on_done, unit);
    sbuf_fini(&call->frame);
}

void *calls_running_job(const struct unit *unit)
{
    return unit->running->job;
}

void calls_fail_queued(struct unit *unit, const char *reason)
{
    while (unit->first != NULL) {
        struct agent_call *call = unit->first;
        call_unqueue(call);
        call_answer_later(call, AGENT_UNAVAILABLE, reason);
    }
}

void calls_fail_running(struct unit *unit, const char *reason)
{
    struct agent_call *call = unit->running;
    unit->running = NULL;
    if (call != NULL) {
        call_answer_later(call, AGENT_UNAVAILABLE, reason);
    }
}

static void call_write_frame(struct agent_call *call, const struct agent_job *job,
                             const struct agent_answer *answer)
{
    static const enum wire_kind kinds[] = {
        [CALL_CHECK] = WIRE_CHECK, [CALL_BUILD] = WIRE_BUILD, [CALL_PROCESS] = WIRE_PROCESS};
    struct wire_pair *pairs =
        mem_array((size_t)job->children_count + job->earlier_count + 1, sizeof(*pairs));
    for (uint32_t i = 0; i < job->children_count + job->earlier_count; i++) {
        const struct agent_pair *from =
            i < job->children_count ? &job->children[i] : &job->earlier[i - job->children_count];
        pairs[i] = (struct wire_pair){.pass = from->pass, .key = from->key, .value = from->value};
    }
    const struct wire_job wire_job = {
        .data = job->data,
        .chart = job->chart,
        .locale = span_of(job->locale),
        .seed = job->seed,
        .now_ms = job->now_ms,
        .pass = job->pass,
        .children_count = job->children_count,
        .earlier_count = job->earlier_count,
        .children = pairs,
        .earlier = pairs + job->children_count,
    };
    struct wire_answer wire_answer = {0};
    if (answer != NULL) {
        wire_answer = (struct wire_answer){.pass = job->pass,
                                           .round = answer->round,
                                           .text = answer->text,
                                           .finish_reason = answer->finish_reason,
                                           .model = answer->model,
                                           .prompt_tokens = answer->prompt_tokens,
                                           .completion_tokens = answer->completion_tokens};
    }
    wire_write_call(&call->frame, kinds[call->function], &wire_job,
                    answer != NULL ? &wire_answer : NULL);
    free(pairs);
}

/* What the job may use, and the manifest asks for at most. */
static size_t call_prompt_bytes(const struct unit *unit, const struct agent_job *job)
{
    int64_t wish = unit->image->manifest->prompt_bytes;
    return wish > 0 && (uint64_t)wish < job->prompt_bytes_max ? (size_t)wish
                                                              : job->prompt_bytes_max;
}

static struct agent_call *call_queue(struct unit *unit, enum call_function function,
                                     const struct agent_job *job, const struct agent_answer *answer,
                                     agent_done_fn done, void *ctx)
{
    struct agent_call *call = mem_alloc(sizeof(*call));
    *call = (struct agent_call){.unit = unit,
                                .function = function,
                                .job_key = mem_strdup(job->job_key),
                                .job = job->job,
                                .arena = job->arena,
                                .prompt_bytes_max = call_prompt_bytes(unit, job),
                                .result_bytes_max = job->result_bytes_max,
                                .later = {.run = call_run_later},
                                .done = done,
                                .ctx = ctx};
    sbuf_init(&call->frame, WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    unit->calls_count++;
    if (unit->calls_count > UNIT_CALLS_MAX || !unit_is_usable(unit)) {
        call_answer_later(call, AGENT_UNAVAILABLE,
                          !unit_is_usable(unit) ? unit->last_error : "too many calls wait for it");
        return call;
    }
    call_write_frame(call, job, answer);
    if (call->frame.is_failed) {
        call_answer_later(call, AGENT_OVER_CAP, "the job and its answers are too long for a call");
        return call;
    }
    call->state = CALL_QUEUED;
    call->previous = unit->last;
    *(unit->last != NULL ? &unit->last->next : &unit->first) = call;
    unit->last = call;
    metrics_add(unit->queued, 1);
    unit_want_cell(unit);
    calls_dispatch(unit);
    return call;
}

struct agent_call *unit_check_input(struct unit *unit, const struct agent_job *job,
                                    agent_done_fn done, void *ctx)
{
    return call_queue(unit, CALL_CHECK, job, NULL, done, ctx);
}

struct agent_call *unit_build_prompt(struct unit *unit, const struct agent_job *job,
                                     agent_done_fn done, void *ctx)
{
    return call_queue(unit, CALL_BUILD, job, NULL, done, ctx);
}

struct agent_call *unit_post_process(struct unit *unit, const struct agent_job *job,
                                     const struct agent_answer *answer, agent_done_fn done,
                                     void *ctx)
{
    return call_queue(unit, CALL_PROCESS, job, answer, done, ctx);
}

void agent_call_cancel(struct agent_call **call_pointer)
{
    struct agent_call *call = *call_pointer;
    *call_pointer = NULL;
    if (call == NULL) {
        return;
    }
    struct unit *unit = call->unit;
    if (call->state == CALL_QUEUED) {
        call_unqueue(call);
    } else if (call->state == CALL_RUNNING) {
        unit->running = NULL;
        unit_restart(unit);
    }
    call_destroy(call);
}

const char *agent_outcome_name(enum agent_outcome outcome)
{
    static const char *const names[] = {
        [AGENT_OK] = "ok",
        [AGENT_NEXT] = "next",
        [AGENT_INVALID] = "invalid",
        [AGENT_AGAIN] = "again",
        [AGENT_REASK] = "reask",
        [AGENT_DECLINE] = "decline",
        [AGENT_INTERNAL] = "internal",
        [AGENT_CRASHED] = "crashed",
        [AGENT_DEADLINE] = "deadline",
        [AGENT_OVER_CAP] = "over_cap",
        [AGENT_BAD_REPLY] = "bad_reply",
        [AGENT_UNAVAILABLE] = "unavailable",
    };
    return names[outcome];
}
