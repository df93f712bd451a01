/* Advances job schedulers. A scheduler has one job at a time; whoever fetches it has the next one
 * made, by BullMQ's script, before this one is run. Here the job is handed out meanwhile: only its
 * ending waits until the next job is safe, so that no death in between can end the chain. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/thread.h"
#include "queue/queue-private.h"
#include "queue/repeat.h"
#include "time/cron.h"
#include "time/zone.h"

#define ADVANCE_KEY_BYTES_MAX (2 * QUEUE_ID_BYTES_MAX)
#define ADVANCE_SHOWN_BYTES 200 /* of foreign text in a log line */

enum advance_step {
    ADVANCE_LOOK, /* is it a scheduler's id that looks like an old key? */
    ADVANCE_PLAN, /* on the files thread: the zone is a file */
    ADVANCE_TELL,
};

struct advance {
    struct queue_op op; /* first member */
    enum advance_step step;
    struct queue_repeat repeat; /* its texts are in the job's arena */
    int64_t after_ms;
    int64_t next_ms; /* of a pattern */
};

/* When a pattern comes next, found on the files thread. */
struct plan {
    struct thread_task task; /* first member */
    struct queue *queue;
    struct advance *advance;
    char *pattern, *zone;
    int64_t after_ms, end_ms;
    bool is_good, has_next;
    int64_t next_ms;
    struct err why;
};

static int shown(struct span text)
{
    return text.len < ADVANCE_SHOWN_BYTES ? (int)text.len : ADVANCE_SHOWN_BYTES;
}

static void advance_complain(const struct queue_entry *entry, struct span pattern, const char *why)
{
    struct log_job job = queue_entry_log(entry);
    struct span id = entry->scheduler;
    if (pattern.len > 0) {
        log_error("queue", &job,
                  "scheduler '%.*s', pattern '%.*s': %s; this job runs, but no next one is made",
                  shown(id), id.data, shown(pattern), pattern.data, why);
    } else {
        log_error("queue", &job, "scheduler '%.*s': %s; this job runs, but no next one is made",
                  shown(id), id.data, why);
    }
}

/* The job may end. */
static void advance_over(struct queue_entry *entry)
{
    entry->is_advancing = false;
    queue_ops_flush(entry->job.queue);
}

/* --- the pattern ---------------------------------------------------------------------------- */

static void plan_run(struct thread_task *task)
{
    struct plan *plan = (struct plan *)task;
    struct cron cron;
    struct zone *zone = NULL;
    plan->is_good = cron_parse(span_of(plan->pattern), &cron, &plan->why) &&
                    zone_load(span_of(plan->zone), &zone, &plan->why);
    if (plan->is_good) {
        plan->has_next =
            cron_next(&cron, zone_table(zone), plan->after_ms, plan->end_ms, &plan->next_ms);
    }
    zone_destroy(&zone);
}

static void plan_take(const struct plan *plan, struct advance *advance)
{
    struct queue_entry *entry = advance->op.entry;
    if (entry != NULL && plan->has_next) {
        advance->step = ADVANCE_TELL;
        advance->next_ms = plan->next_ms;
        queue_op_resume(&advance->op);
        return;
    }
    if (entry != NULL && !plan->is_good) {
        advance_complain(entry, advance->repeat.pattern, plan->why.text);
    }
    queue_op_end(&advance->op);
    if (entry != NULL) {
        advance_over(entry);
    }
}

static void plan_done(struct thread_task *task)
{
    struct plan *plan = (struct plan *)task;
    struct queue *queue = plan->queue;
    if (!queue->is_destroyed) {
        plan_take(plan, plan->advance);
    }
    free(plan->pattern);
    free(plan->zone);
    free(plan);
    queue_task_done(queue);
}

static bool plan_submit(struct advance *advance)
{
    const struct queue_repeat *repeat = &advance->repeat;
    struct queue *queue = advance->op.queue;
    struct plan *plan = mem_alloc(sizeof(*plan));
    plan->task = (struct thread_task){.run = plan_run, .done = plan_done};
    plan->queue = queue;
    plan->advance = advance;
    plan->pattern = mem_strndup(repeat->pattern.data, repeat->pattern.len);
    plan->zone = mem_strndup(repeat->zone.data, repeat->zone.len);
    plan->after_ms = advance->after_ms;
    plan->end_ms = repeat->end_ms;
    if (!thread_submit(queue->files, &plan->task)) {
        free(plan->pattern);
        free(plan->zone);
        free(plan);
        return false; /* asked again soon */
    }
    queue->tasks++;
    return true;
}

/* --- the request ---------------------------------------------------------------------------- */

/* Schedulers have a record that says how often they ran; old repeatable jobs never did. */
static bool advance_look(struct advance *advance)
{
    struct span id = advance->op.entry->scheduler;
    struct span repeat = queue_key(advance->op.queue, QUEUE_KEY_REPEAT);
    char key[ADVANCE_KEY_BYTES_MAX];
    int len =
        snprintf(key, sizeof(key), "%.*s:%.*s", (int)repeat.len, repeat.data, (int)id.len, id.data);
    struct span name = {key, (size_t)len < sizeof(key) ? (size_t)len : sizeof(key) - 1};
    const struct span argv[] = {SPAN_LITERAL("HEXISTS"), name, SPAN_LITERAL("ic")};
    return queue_op_command(&advance->op, ARRAY_LEN(argv), argv);
}

static bool advance_tell(struct advance *advance)
{
    struct queue_entry *entry = advance->op.entry;
    struct queue *queue = advance->op.queue;
    struct json_object *opts = NULL;
    struct err err;
    if (!json_parse(entry->job.opts, &opts, &err)) {
        abort(); /* it was parsed when the advance began */
    }
    int64_t now_ms = clock_wall_ms();
    char now[QUEUE_NUMBER_BYTES], next[QUEUE_NUMBER_BYTES] = "";
    if (advance->next_ms > 0) {
        (void)queue_number_text(next, advance->next_ms);
    }
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_REPEAT),
        queue_key(queue, QUEUE_KEY_DELAYED),
        queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_PAUSED),
        queue_key(queue, QUEUE_KEY_META),
        queue_key(queue, QUEUE_KEY_PRIORITIZED),
        queue_key(queue, QUEUE_KEY_MARKER),
        queue_key(queue, QUEUE_KEY_ID),
        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_PC),
        entry->key.hash,
        queue_key(queue, QUEUE_KEY_ACTIVE),
    };
    const struct span args[] = {
        span_of(next),
        entry->scheduler,
        SPAN_LITERAL("{}"), /* the data is the scheduler's */
        queue_repeat_pack(&queue->pack, opts, &advance->repeat, entry->scheduler, advance->next_ms,
                          now_ms),
        queue_number_text(now, now_ms),
        queue->keys.base,
        entry->key.id,
    };
    bool is_sent = queue_op_eval(&advance->op, queue->scripts.update_scheduler, ARRAY_LEN(keys),
                                 keys, ARRAY_LEN(args), args);
    json_object_put(opts);
    return is_sent;
}

static bool advance_send(struct queue_op *op)
{
    struct advance *advance = (struct advance *)op;
    switch (advance->step) {
    case ADVANCE_LOOK:
        return advance_look(advance);
    case ADVANCE_PLAN:
        return plan_submit(advance);
    case ADVANCE_TELL:
        break;
    }
    return advance_tell(advance);
}

static enum advance_step advance_first_step(const struct queue_repeat *repeat)
{
    return repeat->pattern.len > 0 ? ADVANCE_PLAN : ADVANCE_TELL;
}

/* The script does nothing, and says nil, where the next job has been made or the scheduler is gone:
 * all the same to us. */
static enum queue_op_verdict advance_on_reply(struct queue_op *op, const redisReply *reply)
{
    struct advance *advance = (struct advance *)op;
    if (advance->step == ADVANCE_LOOK && reply->type == REDIS_REPLY_INTEGER) {
        if (reply->integer == 1) {
            advance->step = advance_first_step(&advance->repeat);
            return QUEUE_OP_AGAIN;
        }
        advance_complain(op->entry, advance->repeat.pattern,
                         "Legacy repeatable job metadata is not supported in BullMQ v6, make a job "
                         "scheduler of it");
    } else if (op->refusals > 0 && reply->type == REDIS_REPLY_NIL) {
        advance_complain(op->entry, advance->repeat.pattern,
                         "Redis failed half way, upsert it anew");
    }
    advance_over(op->entry);
    return QUEUE_OP_DONE;
}

static void advance_on_refused(struct queue_op *op, const char *text)
{
    advance_complain(op->entry, ((struct advance *)op)->repeat.pattern, text);
    advance_over(op->entry);
}

static const struct queue_op_kind advance_kind = {
    .name = "next run",
    .is_beside_the_job = true,
    .send = advance_send,
    .on_reply = advance_on_reply,
    .on_refused = advance_on_refused,
};

/* --- beginning it --------------------------------------------------------------------------- */

static bool advance_keep_text(struct queue_entry *entry, struct span *text)
{
    if (text->len > 0) {
        text->data = arena_strndup(entry->job.arena, text->data, text->len);
    }
    return text->len == 0 || text->data != NULL;
}

static bool advance_read(struct queue_entry *entry, struct queue_repeat *ret_repeat,
                         struct err *err)
{
    struct json_object *opts = NULL;
    if (entry->scheduler.len > QUEUE_ID_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "its id is longer than %d bytes", QUEUE_ID_BYTES_MAX);
    }
    if (entry->job.opts.len == 0 || entry->job.opts.len > QUEUE_OPTS_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "its job has no options, or more than %d bytes",
                       QUEUE_OPTS_BYTES_MAX);
    }
    struct err why;
    if (!json_parse(entry->job.opts, &opts, &why)) {
        return err_set(err, ERR_INVALID, "its job's options are no JSON: %s", why.text);
    }
    bool is_good = queue_repeat_read(opts, ret_repeat, err) &&
                   ((advance_keep_text(entry, &ret_repeat->pattern) &&
                     advance_keep_text(entry, &ret_repeat->zone)) ||
                    err_set(err, ERR_LIMIT, "its job is larger than any job may be"));
    json_object_put(opts);
    return is_good;
}

void queue_advance(struct queue_entry *entry)
{
    struct queue_repeat repeat;
    struct err err;
    int64_t after_ms;
    if (entry->scheduler.len == 0) {
        return;
    }
    if (!advance_read(entry, &repeat, &err)) {
        advance_complain(entry, (struct span){0}, err.text);
        return;
    }
    if (!queue_repeat_goes_on(&repeat, clock_wall_ms(), &after_ms)) {
        return; /* it was the last */
    }
    struct advance *advance = mem_alloc(sizeof(*advance));
    advance->step =
        queue_repeat_is_legacy(entry->scheduler) ? ADVANCE_LOOK : advance_first_step(&repeat);
    advance->repeat = repeat;
    advance->after_ms = after_ms;
    entry->is_advancing = true;
    queue_op_start(&advance->op, entry, &advance_kind);
}
