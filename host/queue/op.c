/* Requests that must reach Redis: kept in order, sent again until answered, at most four tries
 * a second. */
#include "queue/queue-private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define OP_REFUSALS_MAX 4

static void op_link(struct queue_op *op)
{
    struct queue *queue = op->queue;
    op->prev = queue->ops_last;
    op->next = NULL;
    if (queue->ops_last != NULL) {
        queue->ops_last->next = op;
    } else {
        queue->ops_first = op;
    }
    queue->ops_last = op;
    if (op->entry != NULL) {
        op->entry->ops++;
    }
}

static void op_unlink(struct queue_op *op)
{
    struct queue *queue = op->queue;
    if (op->prev != NULL) {
        op->prev->next = op->next;
    } else {
        queue->ops_first = op->next;
    }
    if (op->next != NULL) {
        op->next->prev = op->prev;
    } else {
        queue->ops_last = op->prev;
    }
    if (op->entry != NULL) {
        op->entry->ops--;
    }
}

bool queue_reply_is_passing(const redisReply *reply)
{
    static const char *const words[] = {"OOM",       "BUSY",     "MISCONF",     "NOREPLICAS",
                                        "TRYAGAIN",  "LOADING",  "CLUSTERDOWN", "MASTERDOWN",
                                        "UNBLOCKED", "READONLY", "NOAUTH",      "NOPERM"};
    if (reply->type != REDIS_REPLY_ERROR) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        /* A script's error carries the inner one at its end or its start, by server version. */
        if (strstr(reply->str, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* While the next job of its scheduler is being made a job does not end. */
static bool op_is_held(const struct queue_op *op)
{
    return op->entry != NULL && op->entry->is_advancing && op->entry->job.is_ending &&
           !op->kind->is_beside_the_job;
}

/* True when the op is over. */
static bool op_on_error(struct queue_op *op, const redisReply *reply)
{
    op->is_ambiguous = true; /* a script may have failed half way */
    if (queue_reply_is_passing(reply)) {
        (void)snprintf(op->queue->op_trouble, sizeof(op->queue->op_trouble),
                       "redis does not take a job's %s: %.200s", op->kind->name, reply->str);
        return op->kind->on_postponed != NULL && op->kind->on_postponed(op);
    }
    if (++op->refusals < OP_REFUSALS_MAX) {
        return false;
    }
    op->kind->on_refused(op, reply->str);
    return true;
}

static void op_on_reply(struct redis *redis, const redisReply *reply, void *ctx)
{
    (void)redis;
    struct queue_op *op = ctx;
    struct queue *queue = op->queue;
    op->is_sent = false;
    if (op->entry == NULL) {
        op_unlink(op);
        free(op);
        return;
    }
    if (reply == NULL) {
        op->is_ambiguous = true;
        if (op->kind->on_postponed != NULL) {
            op_unlink(op);
            if (op->kind->on_postponed(op)) {
                free(op);
            } else {
                op_link(op);
            }
        }
        return; /* sent again when the connection is open */
    }
    op_unlink(op);
    enum queue_op_verdict verdict;
    if (reply->type == REDIS_REPLY_ERROR) {
        verdict = op_on_error(op, reply) ? QUEUE_OP_DONE : QUEUE_OP_LATER;
    } else {
        queue->op_trouble[0] = '\0';
        verdict = op->kind->on_reply(op, reply);
    }
    if (verdict == QUEUE_OP_DONE) {
        free(op);
        return;
    }
    op_link(op);
    if (verdict == QUEUE_OP_AGAIN && queue->is_open) {
        op->is_sent = op->kind->send(op);
    }
    if (!op->is_sent) {
        queue_retry_soon(queue);
    }
}

void queue_op_start(struct queue_op *op, struct queue_entry *entry,
                    const struct queue_op_kind *kind)
{
    op->kind = kind;
    op->entry = entry;
    op->queue = entry->job.queue;
    op_link(op);
    if (op->queue->is_open && !op_is_held(op)) {
        op->is_sent = kind->send(op);
        if (!op->is_sent) {
            queue_retry_soon(op->queue);
        }
    }
}

bool queue_op_eval(struct queue_op *op, const struct redis_script *script, size_t keys_count,
                   const struct span *keys, size_t args_count, const struct span *args)
{
    assert(!op->is_sent);
    return redis_eval(op->queue->commands, script, op_on_reply, op, keys_count, keys, args_count,
                      args);
}

bool queue_op_command(struct queue_op *op, size_t argc, const struct span *argv)
{
    assert(!op->is_sent);
    return redis_command(op->queue->commands, op_on_reply, op, argc, argv);
}

void queue_op_end(struct queue_op *op)
{
    op_unlink(op);
    free(op);
}

void queue_op_resume(struct queue_op *op)
{
    op->is_sent = false;
    op->is_sent = op->queue->is_open && op->kind->send(op);
    if (!op->is_sent) {
        queue_retry_soon(op->queue);
    }
}

void queue_ops_flush(struct queue *queue)
{
    for (struct queue_op *op = queue->ops_first; op != NULL && queue->is_open; op = op->next) {
        if (op->is_sent || op_is_held(op)) {
            continue;
        }
        op->is_sent = op->kind->send(op);
        if (!op->is_sent) {
            queue_retry_soon(queue);
            return;
        }
    }
}

void queue_ops_release(struct queue_entry *entry)
{
    struct queue *queue = entry->job.queue;
    for (struct queue_op *op = queue->ops_first, *next; op != NULL && entry->ops > 0; op = next) {
        next = op->next;
        if (op->entry != entry) {
            continue;
        }
        entry->ops--;
        op->entry = NULL;
        if (!op->is_sent) {
            op_unlink(op);
            free(op);
        }
    }
}

bool queue_ops_are_unsure(const struct queue_entry *entry)
{
    const struct queue_op *op = entry->job.queue->ops_first;
    while (op != NULL && (op->entry != entry || !op->is_ambiguous || op->kind->is_beside_the_job)) {
        op = op->next;
    }
    return op != NULL;
}

void queue_ops_abandon(struct queue *queue)
{
    while (queue->ops_first != NULL) {
        struct queue_op *op = queue->ops_first;
        op_unlink(op);
        free(op);
    }
}
