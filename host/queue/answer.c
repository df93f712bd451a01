/* Answers on their way into the run record, or into the spool while Redis takes no writes: what
 * was paid for must survive any death of this process. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/mem.h"
#include "queue/outcome.h"
#include "queue/spool.h"

struct answer_op {
    struct queue_op op;    /* first member */
    bool is_spool_useless; /* the file could not be written: wait for Redis */
    uint64_t copy;         /* number of the file that has it besides, 0 = none */
    int64_t sent_mono_ms;
    char field[48];
    void (*done)(struct queue_job *job, void *ctx);
    void *ctx;
    size_t json_len;
    char json[];
};

static bool answer_spool(struct queue_op *op);

static bool answer_send(struct queue_op *op)
{
    struct answer_op *answer = (struct answer_op *)op;
    struct queue_entry *entry = op->entry;
    struct queue *queue = op->queue;
    char run[16], life[QUEUE_NUMBER_BYTES];
    bool is_last_word = entry->job.is_disowned; /* then others wait for it */
    entry->is_lease_ending = is_last_word;
    const struct span keys[] = {
        span_of(queue_run_key(entry)),
        entry->key.hash,
        span_of(entry->lease_key != NULL ? entry->lease_key : entry->job.job_key),
        queue_key(queue, QUEUE_KEY_WAKE),
    };
    const struct span args[] = {
        span_of(answer->field),
        {answer->json, answer->json_len},
        queue_run_text(entry, run),
        queue_number_text(life, QUEUE_RUN_MS),
        entry->key.timestamp,
        span_of(is_last_word && entry->lease != NULL ? entry->lease : ""),
        span_of(is_last_word ? entry->job.job_key : ""),
    };
    answer->sent_mono_ms = clock_mono_ms();
    queue_answers_watch(queue);
    return queue_op_eval(op, queue->scripts.answer, ARRAY_LEN(keys), keys, ARRAY_LEN(args), args);
}

static enum queue_op_verdict answer_on_reply(struct queue_op *op, const redisReply *reply)
{
    struct answer_op *answer = (struct answer_op *)op;
    if (answer->copy != 0) {
        queue_spool_forget(op->queue, answer->copy);
    }
    (void)reply; /* written or not: the first one is in the record */
    if (op->entry->job.is_disowned) {
        op->entry->lease = NULL; /* given up by the script */
    }
    op->entry->is_lease_ending = false;
    answer->done(&op->entry->job, answer->ctx);
    return QUEUE_OP_DONE;
}

static void answer_on_refused(struct queue_op *op, const char *text)
{
    struct answer_op *answer = (struct answer_op *)op;
    struct log_job job = queue_entry_log(op->entry);
    log_error("queue", &job, "Redis refuses the answer's record: %.300s", text);
    answer->done(&op->entry->job, answer->ctx);
}

static const struct queue_op_kind answer_kind = {
    .name = "answer",
    .send = answer_send,
    .on_reply = answer_on_reply,
    .on_refused = answer_on_refused,
    .on_postponed = answer_spool,
};

static void answer_start(struct queue_entry *entry, struct answer_op *answer)
{
    answer->op = (struct queue_op){0};
    queue_op_start(&answer->op, entry, &answer_kind);
}

static void answer_on_spooled(struct queue_entry *entry, bool is_safe, void *ctx)
{
    struct answer_op *answer = ctx;
    if (entry == NULL) {
        free(answer);
    } else if (is_safe) {
        answer->done(&entry->job, answer->ctx);
        free(answer);
    } else {
        answer->is_spool_useless = true;
        answer_start(entry, answer);
    }
}

static uint64_t answer_put(struct queue_op *op, enum spool_strength strength,
                           void (*done)(struct queue_entry *entry, bool is_safe, void *ctx),
                           void *ctx)
{
    struct answer_op *answer = (struct answer_op *)op;
    struct queue_entry *entry = op->entry;
    char run[16];
    const struct span texts[SPOOL_TEXTS] = {
        [SPOOL_BASE] = op->queue->keys.base,
        [SPOOL_RUN_KEY] = span_of(queue_run_key(entry)),
        [SPOOL_HASH_KEY] = entry->key.hash,
        [SPOOL_FIELD] = span_of(answer->field),
        [SPOOL_VALUE] = {answer->json, answer->json_len},
        [SPOOL_RUN] = queue_run_text(entry, run),
        [SPOOL_TIMESTAMP] = entry->key.timestamp,
        [SPOOL_JOB_KEY] = span_of(entry->job.is_disowned ? entry->job.job_key : ""),
    };
    return queue_spool_put(entry, texts, strength, done, ctx);
}

/* Redis does not take it now: a file does. The op's memory is freed by its kind's contract, so
 * what is still needed goes on in a copy. */
static bool answer_spool(struct queue_op *op)
{
    struct answer_op *answer = (struct answer_op *)op;
    if (answer->is_spool_useless) {
        return false;
    }
    size_t bytes = sizeof(*answer) + answer->json_len;
    struct answer_op *copy = mem_alloc(bytes);
    memcpy(copy, answer, bytes);
    (void)answer_put(op, SPOOL_MACHINE, answer_on_spooled, copy); /* stays until replayed */
    return true;
}

static void answer_on_copied(struct queue_entry *entry, bool is_safe, void *ctx)
{
    (void)entry; /* it goes on when Redis answers; the file is for the next process */
    (void)is_safe;
    (void)ctx;
}

/* An answer is paid for: while Redis is slow to take it, a file keeps it over our own death. The
 * file is replayed like any other; the first one wins. */
void queue_answers_on_timer(struct queue *queue)
{
    int64_t late_ms = clock_mono_ms() - QUEUE_ANSWER_LATE_MS;
    bool is_waiting = false;
    for (struct queue_op *op = queue->ops_first; op != NULL; op = op->next) {
        struct answer_op *answer = (struct answer_op *)op;
        if (op->kind != &answer_kind || op->entry == NULL || !op->is_sent || answer->copy != 0) {
            continue;
        }
        if (answer->sent_mono_ms > late_ms) {
            is_waiting = true;
            continue;
        }
        answer->copy = answer_put(op, SPOOL_PROCESS, answer_on_copied, NULL);
    }
    if (!is_waiting) {
        ev_timer_stop(queue->loop->ev, &queue->answers_timer);
    }
}

void queue_run_answer(struct queue_job *job, uint32_t pass, uint32_t round, uint32_t try_,
                      struct span json, void (*done)(struct queue_job *job, void *ctx), void *ctx)
{
    struct answer_op *answer = mem_alloc(sizeof(*answer) + json.len);
    (void)snprintf(answer->field, sizeof(answer->field), "a:%" PRIu32 ":%" PRIu32 ":%" PRIu32, pass,
                   round, try_);
    answer->json_len = json.len;
    memcpy(answer->json, json.data, json.len);
    answer->done = done;
    answer->ctx = ctx;
    struct queue_entry *entry = queue_entry_of(job);
    entry->has_run = true;
    answer->op.queue = job->queue;
    answer->op.entry = entry;
    bool is_down = redis_state(job->queue->commands) != REDIS_READY;
    if (is_down && answer_spool(&answer->op)) {
        free(answer);
        return;
    }
    answer_start(entry, answer);
}
