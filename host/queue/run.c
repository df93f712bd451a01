/* The run record: seed, image, verdicts, and the answers a predecessor left. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/mem.h"
#include "queue/outcome.h"
#include "queue/queue-private.h"

const char *queue_run_key(struct queue_entry *entry)
{
    if (entry->run_key == NULL) {
        entry->run_key =
            queue_keys_own(&entry->job.queue->keys, entry->job.arena, "run", entry->key.tail);
    }
    /* The arena is full: any name will do that no other run has; the record is of no use. */
    return entry->run_key != NULL ? entry->run_key : entry->job.job_key;
}

/* --- opening -------------------------------------------------------------------------------- */

struct run_open_op {
    struct queue_op op; /* first member */
    uint64_t seed;
    int64_t now_ms;
    const char *processed_key, *failed_key; /* of the job's children */
    void (*done)(struct queue_job *job, const struct queue_run *run, void *ctx);
    void *ctx;
};

static bool run_open_send(struct queue_op *op)
{
    struct run_open_op *open = (struct run_open_op *)op;
    struct queue_entry *entry = op->entry;
    struct queue *queue = op->queue;
    char run[16], children[QUEUE_NUMBER_BYTES], seed[QUEUE_NUMBER_BYTES], now[QUEUE_NUMBER_BYTES],
        life[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {
        span_of(queue_run_key(entry)), span_of(entry->lease_key), span_of(entry->cancel_key),
        span_of(open->processed_key),  span_of(open->failed_key),
    };
    const struct span args[] = {
        queue_run_text(entry, run),
        {seed, (size_t)snprintf(seed, sizeof(seed), "%" PRIu64, open->seed)},
        queue_number_text(now, open->now_ms),
        queue_number_text(life, QUEUE_RUN_MS),
        span_of(queue->host_id),
        queue_number_text(children, QUEUE_CHILDREN_BYTES_MAX),
    };
    return queue_op_eval(op, queue->scripts.run_open, ARRAY_LEN(keys), keys, ARRAY_LEN(args), args);
}

/* "a:1:0:2" or "x:1:0" into numbers. */
static bool run_parse_field(const char *field, size_t numbers, uint32_t ret_numbers[3])
{
    const char *at = field + 1;
    for (size_t i = 0; i < numbers; i++) {
        char *end;
        if (*at != ':' || at[1] < '0' || at[1] > '9') {
            return false;
        }
        unsigned long number = strtoul(at + 1, &end, 10);
        if (number > UINT32_MAX) {
            return false;
        }
        ret_numbers[i] = (uint32_t)number;
        at = end;
    }
    return *at == '\0';
}

static int run_compare(const void *left, const void *right)
{
    const struct queue_answer *a = left, *b = right;
    if (a->pass != b->pass) {
        return a->pass < b->pass ? -1 : 1;
    }
    if (a->round != b->round) {
        return a->round < b->round ? -1 : 1;
    }
    return a->try_ < b->try_ ? -1 : a->try_ > b->try_;
}

/* All fields with that first letter, sorted; texts are copied into the arena. */
static size_t run_collect(struct arena *arena, const redisReply *record, char letter,
                          struct queue_answer *into)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < record->elements; i += 2) {
        const redisReply *field = record->element[i], *value = record->element[i + 1];
        uint32_t numbers[3] = {0};
        if (field->type != REDIS_REPLY_STRING || field->str[0] != letter ||
            value->type != REDIS_REPLY_STRING ||
            !run_parse_field(field->str, letter == 'a' ? 3 : 2, numbers)) {
            continue;
        }
        const char *copy = arena_strndup(arena, value->str, value->len);
        if (copy != NULL) {
            into[count++] = (struct queue_answer){
                .pass = numbers[0],
                .round = numbers[1],
                .try_ = numbers[2],
                .json = {copy, value->len},
            };
        }
    }
    qsort(into, count, sizeof(*into), run_compare);
    return count;
}

static const char *run_text(struct arena *arena, const redisReply *record, const char *name)
{
    for (size_t i = 0; i + 1 < record->elements; i += 2) {
        if (record->element[i]->type == REDIS_REPLY_STRING &&
            strcmp(record->element[i]->str, name) == 0 &&
            record->element[i + 1]->type == REDIS_REPLY_STRING) {
            return arena_strndup(arena, record->element[i + 1]->str, record->element[i + 1]->len);
        }
    }
    return NULL;
}

static bool run_read_record(struct arena *arena, const redisReply *record, struct queue_run *run)
{
    size_t most = record->elements / 2 + 1;
    struct queue_answer *answers = arena_alloc(arena, most * sizeof(*answers));
    struct queue_answer *verdicts = arena_alloc(arena, most * sizeof(*verdicts));
    if (answers == NULL || verdicts == NULL) {
        return false;
    }
    run->answers = answers;
    run->answers_count = run_collect(arena, record, 'a', answers);
    run->verdicts = verdicts;
    run->verdicts_count = run_collect(arena, record, 'x', verdicts);
    run->image = run_text(arena, record, "image");
    run->chart_id = run_text(arena, record, "chart_id");
    const char *seed = run_text(arena, record, "seed");
    const char *now = run_text(arena, record, "now_ms");
    run->seed = seed != NULL ? strtoull(seed, NULL, 10) : 0;
    run->now_ms = now != NULL ? strtoll(now, NULL, 10) : 0;
    return true;
}

static enum queue_op_verdict run_open_on_reply(struct queue_op *op, const redisReply *reply)
{
    struct run_open_op *open = (struct run_open_op *)op;
    struct queue_entry *entry = op->entry;
    struct arena *arena = entry->job.arena;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 8 ||
        reply->element[4]->type != REDIS_REPLY_ARRAY) {
        return QUEUE_OP_LATER;
    }
    struct queue_run run = {
        .foreign_lease_ms = reply->element[1]->integer,
        .is_new = reply->element[2]->integer == 1,
        .run = (uint32_t)strtoul(reply->element[3]->str, NULL, 10),
        .children_bytes = reply->element[5]->integer,
    };
    if (reply->element[0]->len > 0) {
        entry->is_cancel_told = true;
        run.cancel_reason = arena_strndup(arena, reply->element[0]->str, reply->element[0]->len);
    }
    entry->has_run = true;
    bool is_read = !entry->job.is_disowned && run_read_record(arena, reply->element[4], &run) &&
                   queue_children_read(arena, reply->element[6], reply->element[7], &run);
    open->done(&entry->job, is_read ? &run : NULL, open->ctx);
    return QUEUE_OP_DONE;
}

static void run_open_on_refused(struct queue_op *op, const char *text)
{
    struct run_open_op *open = (struct run_open_op *)op;
    queue_disown(op->entry, text);
    open->done(&op->entry->job, NULL, open->ctx);
}

static const struct queue_op_kind run_open_kind = {
    .name = "run_open",
    .send = run_open_send,
    .on_reply = run_open_on_reply,
    .on_refused = run_open_on_refused,
};

void queue_run_open(struct queue_job *job,
                    void (*done)(struct queue_job *job, const struct queue_run *run, void *ctx),
                    void *ctx)
{
    struct queue_entry *entry = queue_entry_of(job);
    const struct queue_keys *keys = &job->queue->keys;
    entry->lease_key = queue_keys_own(keys, job->arena, "lease", entry->key.tail);
    entry->cancel_key = queue_keys_own(keys, job->arena, "cancel", entry->key.tail);
    struct run_open_op *open = mem_alloc(sizeof(*open));
    open->seed = clock_random_u64() >> 11; /* exact in a double: agents may be written in Lua */
    open->now_ms = clock_wall_ms();
    open->processed_key =
        arena_printf(job->arena, "%.*s:processed", (int)entry->key.hash.len, entry->key.hash.data);
    open->failed_key =
        arena_printf(job->arena, "%.*s:failed", (int)entry->key.hash.len, entry->key.hash.data);
    open->done = done;
    open->ctx = ctx;
    queue_op_start(&open->op, entry, &run_open_kind);
}

/* --- notes ---------------------------------------------------------------------------------- */

struct run_note_op {
    struct queue_op op; /* first member */
    size_t count;
    struct span texts[4]; /* field, value, field, value; in the job's arena */
};

static bool run_note_send(struct queue_op *op)
{
    struct run_note_op *note = (struct run_note_op *)op;
    const struct span keys[] = {span_of(queue_run_key(op->entry))};
    return queue_op_eval(op, op->queue->scripts.run_note, ARRAY_LEN(keys), keys, note->count,
                         note->texts);
}

static enum queue_op_verdict run_note_on_reply(struct queue_op *op, const redisReply *reply)
{
    (void)op;
    (void)reply;
    return QUEUE_OP_DONE;
}

static void run_note_on_refused(struct queue_op *op, const char *text)
{
    struct log_job job = queue_entry_log(op->entry);
    log_error("queue", &job, "Redis refuses a note in the run record: %.300s", text);
}

static const struct queue_op_kind run_note_kind = {
    .name = "run_note",
    .send = run_note_send,
    .on_reply = run_note_on_reply,
    .on_refused = run_note_on_refused,
};

static void run_note(struct queue_job *job, size_t count, const struct span *texts)
{
    struct run_note_op *note = mem_alloc(sizeof(*note));
    note->count = count;
    for (size_t i = 0; i < count; i++) {
        const char *copy = arena_strndup(job->arena, texts[i].data, texts[i].len);
        if (copy == NULL) {
            free(note);
            return; /* a note more or less: the job's memory is used up */
        }
        note->texts[i] = (struct span){copy, texts[i].len};
    }
    queue_op_start(&note->op, queue_entry_of(job), &run_note_kind);
}

void queue_run_bind(struct queue_job *job, const char *image, const char *chart_id)
{
    struct span texts[4];
    size_t count = 0;
    if (image != NULL) {
        texts[count++] = SPAN_LITERAL("image");
        texts[count++] = span_of(image);
    }
    if (chart_id != NULL) {
        texts[count++] = SPAN_LITERAL("chart_id");
        texts[count++] = span_of(chart_id);
    }
    if (count > 0 && !job->is_disowned) {
        run_note(job, count, texts);
    }
}

void queue_run_verdict(struct queue_job *job, uint32_t pass, uint32_t round, struct span verdict)
{
    char field[32];
    int len = snprintf(field, sizeof(field), "x:%" PRIu32 ":%" PRIu32, pass, round);
    const struct span texts[] = {{field, (size_t)len}, verdict};
    if (!job->is_disowned) {
        run_note(job, ARRAY_LEN(texts), texts);
    }
}
