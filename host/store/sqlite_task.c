/* Carries verbs to the store thread and their answers back to the loop, and tells when the
 * store is lost and regained. */
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "store/sqlite-private.h"

#define TASK_BYTES_MAX (64u * 1024 * 1024) /* of all tasks together */

void sqlite_note_up(struct sqlite_store *store, bool is_up, const struct err *err)
{
    if (!is_up) {
        memcpy(store->last_error, err->text, sizeof(store->last_error));
    }
    if (is_up == store->is_up) {
        return;
    }
    store->is_up = is_up;
    metrics_set(store->up_gauge, is_up ? 1 : 0);
    if (is_up) {
        ev_timer_stop(store->loop->ev, &store->probe);
        log_info("store", NULL, "%s is back after %lld ms", store->description,
                 (long long)(clock_mono_ms() - store->down_since_ms));
    } else {
        store->down_since_ms = clock_mono_ms();
        ev_timer_again(store->loop->ev, &store->probe);
        log_warning("store", NULL, "%s cannot be used now, jobs wait for it: %s",
                    store->description, err->text);
    }
}

static void learn(struct sqlite_store *store, const struct sqlite_task *task)
{
    bool is_write = task->verb->is_write;
    if (task->err.kind == ERR_AGAIN) {
        store->is_down_for_writes = store->is_down_for_writes || is_write;
        sqlite_note_up(store, false, &task->err);
    } else if (is_write || !store->is_down_for_writes) {
        store->is_down_for_writes = false;
        sqlite_note_up(store, true, NULL);
    }
}

static void call_back_create(struct sqlite_task *task, const struct err *err)
{
    struct store_create_result result = {.created = task->created};
    if (err == NULL && task->created != STORE_MISMATCH) {
        result.reading_id = task->text.data;
        result.job_key = result.reading_id + strlen(result.reading_id) + 1;
        result.payload = span_of(result.job_key + strlen(result.job_key) + 1);
    }
    task->done.create(err == NULL ? &result : NULL, err, task->done_ctx);
}

static void call_back(struct sqlite_task *task)
{
    const struct err *err = task->err.kind != ERR_NONE ? &task->err : NULL;
    if (task->verb == &SQLITE_VERB_CREATE) {
        call_back_create(task, err);
    } else if (task->verb == &SQLITE_VERB_BEGIN) {
        task->begun.holder = task->begun.begun == STORE_BUSY ? task->text.data : NULL;
        if (task->begun.begun == STORE_DONE) {
            task->begun.return_value = sbuf_as_span(&task->text);
        }
        task->done.begin(err == NULL ? &task->begun : NULL, err, task->done_ctx);
    } else if (task->verb->is_write) {
        task->done.write(err == NULL && task->is_applied, err, task->done_ctx);
    } else {
        struct span text = err == NULL ? sbuf_as_span(&task->text) : (struct span){NULL, 0};
        task->done.text(text, err, task->done_ctx);
    }
}

static void task_finish(struct sqlite_task *task)
{
    struct sqlite_store *store = task->store;
    store->bytes_pending -= task->bytes;
    if (task->err.kind == ERR_NONE && task->text.is_failed) {
        err_set(&task->err, ERR_LIMIT, "the answer is larger than %u bytes",
                SQLITE_READING_BYTES_MAX);
    }
    store->failures += task->err.kind != ERR_NONE && task->err.kind != ERR_NOT_FOUND;
    call_back(task);
    sbuf_fini(&task->text);
    free(task);
}

static void task_done(struct thread_task *thread_task)
{
    struct sqlite_task *task = CONTAINER_OF(thread_task, struct sqlite_task, task);
    struct sqlite_store *store = task->store;
    if (store->thread != NULL) {
        metrics_set(store->pending_gauge, (double)thread_pending(store->thread));
    }
    learn(store, task);
    task_finish(task);
}

static void task_refused(struct loop_deferred *deferred)
{
    struct sqlite_task *task = CONTAINER_OF(deferred, struct sqlite_task, refused);
    struct sqlite_task **place = &task->store->refused_first;
    while (*place != task) {
        place = &(*place)->next;
    }
    *place = task->next;
    task_finish(task);
}

static void refuse(struct sqlite_task *task, const char *why)
{
    struct sqlite_store *store = task->store;
    err_set(&task->err, ERR_AGAIN, "%s", why);
    task->next = store->refused_first;
    store->refused_first = task;
    task->refused.run = task_refused;
    loop_defer(store->loop, &task->refused);
}

void sqlite_task_answer_refused(struct sqlite_store *store)
{
    while (store->refused_first != NULL) {
        struct sqlite_task *task = store->refused_first;
        loop_cancel(store->loop, &task->refused);
        task_refused(&task->refused);
    }
}

struct sqlite_task *sqlite_task_create(struct sqlite_store *store, const struct sqlite_verb *verb,
                                       size_t text_bytes, void *ctx)
{
    struct sqlite_task *task = mem_alloc(sizeof(*task) + text_bytes);
    task->task.run = sqlite_task_run;
    task->task.done = task_done;
    task->store = store;
    task->verb = verb;
    task->bytes = sizeof(*task) + text_bytes;
    task->copies_end = task->copies;
    task->done_ctx = ctx;
    sbuf_init(&task->text, SQLITE_READING_BYTES_MAX);
    return task;
}

void sqlite_task_submit(struct sqlite_task *task)
{
    struct sqlite_store *store = task->store;
    store->verbs++;
    store->bytes_pending += task->bytes;
    if (store->thread == NULL) {
        refuse(task, "the store is closing");
    } else if (store->bytes_pending > TASK_BYTES_MAX ||
               !thread_submit(store->thread, &task->task)) {
        refuse(task, "too much waits for the store");
    } else {
        metrics_set(store->pending_gauge, (double)thread_pending(store->thread));
    }
}
