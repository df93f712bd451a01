/* The last question about what an agent gave: is its JSON strict JSON. Long texts are parsed on
 * the files thread, since a megabyte takes far longer than the loop may stand still. */
#include <stdlib.h>

#include "agent/calls-private.h"
#include "core/json.h"
#include "core/mem.h"

/* JSON an agent gave, too long to be parsed on the loop. Owned by itself: the call may be
 * cancelled while it is under way. */
struct call_check {
    struct thread_task task; /* first: the task is the check */
    struct agent_call *call; /* NULL when cancelled */
    char *texts[2];
    size_t lens[2];
    unsigned count;
    bool is_ok;
    struct err err;
};

static void call_check_destroy(struct call_check *check)
{
    free(check->texts[0]);
    free(check->texts[1]);
    free(check);
}

static void call_check_run(struct thread_task *task)
{
    struct call_check *check = (struct call_check *)task;
    check->is_ok = true;
    for (unsigned i = 0; check->is_ok && i < check->count; i++) {
        check->is_ok =
            reply_check_json((struct span){check->texts[i], check->lens[i]}, &check->err);
    }
}

static void call_check_done(struct thread_task *task)
{
    struct call_check *check = (struct call_check *)task;
    struct agent_call *call = check->call;
    if (call != NULL) {
        call->check = NULL;
        if (!check->is_ok) {
            reply_spoil(&call->reply, AGENT_BAD_REPLY, "gave JSON that is none: %s",
                        check->err.text);
        }
        call_finish(call);
    }
    call_check_destroy(check);
}

/* Long JSON: parsed on the files thread, from a copy, as the job's arena may go meanwhile. */
static void call_check_off_loop(struct agent_call *call, const struct span *texts, unsigned count)
{
    struct call_check *check = mem_alloc(sizeof(*check));
    check->task.run = call_check_run;
    check->task.done = call_check_done;
    check->call = call;
    check->count = count;
    for (unsigned i = 0; i < count; i++) {
        check->texts[i] = mem_strndup(texts[i].data, texts[i].len);
        check->lens[i] = texts[i].len;
    }
    call->state = CALL_CHECKING;
    call->check = check;
    if (!thread_submit(call->unit->agents->files, &check->task)) {
        call->check = NULL;
        call_check_destroy(check);
        reply_spoil(&call->reply, AGENT_UNAVAILABLE, "the files thread is too busy");
        call_finish(call);
    }
}

void call_judge_json(struct agent_call *call, const struct span *texts, unsigned count)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        bytes += texts[i].len;
    }
    if (bytes > JSON_LOOP_BYTES_MAX) {
        call_check_off_loop(call, texts, count);
        return;
    }
    struct err err = {0};
    for (unsigned i = 0; i < count; i++) {
        if (!reply_check_json(texts[i], &err)) {
            reply_spoil(&call->reply, AGENT_BAD_REPLY, "gave JSON that is none: %s", err.text);
            break;
        }
    }
    call_finish(call);
}

void call_judge_cancel(struct agent_call *call)
{
    if (call->check != NULL) {
        call->check->call = NULL;
        call->check = NULL;
    }
}
