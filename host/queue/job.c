/* Makes a claimed job out of the hash Redis gave. */
#include "queue/queue-private.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/clock.h"

#define JOB_TIMESTAMP_DIGITS_MAX 16
#define JOB_ID_BYTES_HELD_MAX (1u << 20) /* longer ones cannot even be failed */

/* The hash fields we read. */
enum job_field {
    FIELD_NAME,
    FIELD_DATA,
    FIELD_OPTS,
    FIELD_TIMESTAMP,
    FIELD_PRIORITY,
    FIELD_PROCESSED_ON,
    FIELD_ATS,
    FIELD_ATM,
    FIELD_ATTEMPTS_MADE, /* of BullMQ 4 */
    FIELD_PROGRESS,
    FIELD_STACKTRACE,
    FIELD_DEFA,
    FIELD_SCHEDULER,
    FIELD_RUN,    /* ours: the last ended run */
    FIELD_PARKED, /* ours: "<run> <since> <order>" */
    FIELDS_COUNT,
};

static const struct span field_names[FIELDS_COUNT] = {
    [FIELD_NAME] = {"name", 4},
    [FIELD_DATA] = {"data", 4},
    [FIELD_OPTS] = {"opts", 4},
    [FIELD_TIMESTAMP] = {"timestamp", 9},
    [FIELD_PRIORITY] = {"priority", 8},
    [FIELD_PROCESSED_ON] = {"processedOn", 11},
    [FIELD_ATS] = {"ats", 3},
    [FIELD_ATM] = {"atm", 3},
    [FIELD_ATTEMPTS_MADE] = {"attemptsMade", 12},
    [FIELD_PROGRESS] = {"progress", 8},
    [FIELD_STACKTRACE] = {"stacktrace", 10},
    [FIELD_DEFA] = {"defa", 4},
    [FIELD_SCHEDULER] = {"rjk", 3},
    [FIELD_RUN] = {"agenthost", 9},
    [FIELD_PARKED] = {"agenthost:parked", 16},
};

static struct span reply_span(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (struct span){reply->str, reply->len}
                                             : (struct span){0};
}

static void job_pick_fields(const redisReply *hash, struct span ret_fields[FIELDS_COUNT])
{
    for (size_t i = 0; i + 1 < hash->elements; i += 2) {
        struct span name = reply_span(hash->element[i]);
        for (int field = 0; field < FIELDS_COUNT; field++) {
            if (span_equals(name, field_names[field])) {
                ret_fields[field] = reply_span(hash->element[i + 1]);
                break;
            }
        }
    }
}

/* Numbers in a job's hash are decimal text, sometimes fractional; nonsense counts as 0. */
static int64_t field_number(struct span field)
{
    char text[32];
    if (field.len == 0 || field.len >= sizeof(text)) {
        return 0;
    }
    memcpy(text, field.data, field.len);
    text[field.len] = '\0';
    double number = strtod(text, NULL);
    return number > -9e15 && number < 9e15 ? (int64_t)number : 0;
}

static uint32_t field_count(struct span field)
{
    int64_t number = field_number(field);
    return number < 0 ? 0 : number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

static bool job_keep(struct arena *arena, struct span *field)
{
    if (field->data == NULL) {
        return true;
    }
    field->data = arena_strndup(arena, field->data, field->len);
    return field->data != NULL;
}

/* Progress may be any JSON; only a number below 100 binds us: a job that is claimed at 100 is
 * a new run of a finished one. */
static int job_progress(struct span field)
{
    if (field.len == 0 || field.data[0] < '0' || field.data[0] > '9') {
        return -1;
    }
    int64_t number = field_number(field);
    return number >= 0 && number < 100 ? (int)number : -1;
}

/* The hash knows since when this run has been set aside, and where in line it stood. */
static void job_read_parked(struct queue_entry *entry, struct span field)
{
    char text[64];
    if (field.len == 0 || field.len >= sizeof(text)) {
        return;
    }
    memcpy(text, field.data, field.len);
    text[field.len] = '\0';
    unsigned long run = 0;
    long long since = 0;
    unsigned long long order = 0;
    if (sscanf(text, "%lu %lld %llu", &run, &since, &order) == 3 && run == entry->job.run) {
        entry->job.parked_since_ms = since;
        entry->order = order;
    }
}

static void job_fill_numbers(struct queue_entry *entry, const struct span fields[FIELDS_COUNT])
{
    struct queue_job *job = &entry->job;
    job->timestamp_ms = field_number(fields[FIELD_TIMESTAMP]);
    job->processed_ms = field_number(fields[FIELD_PROCESSED_ON]);
    job->priority = field_count(fields[FIELD_PRIORITY]);
    job->attempts_started = field_count(fields[FIELD_ATS]);
    job->attempts_made = field_count(fields[FIELD_ATM]) + field_count(fields[FIELD_ATTEMPTS_MADE]);
    job->run = field_count(fields[FIELD_RUN]) + 1;
    job->progress = job_progress(fields[FIELD_PROGRESS]);
    /* Claims of the same millisecond keep their order by the claim's number. */
    entry->order = (uint64_t)job->processed_ms * 4096 + entry->serial % 4096;
    job_read_parked(entry, fields[FIELD_PARKED]);
}

static bool job_is_timestamp(struct span field)
{
    for (size_t i = 0; i < field.len; i++) {
        if (field.data[i] < '0' || field.data[i] > '9') {
            return false;
        }
    }
    return field.len > 0 && field.len <= JOB_TIMESTAMP_DIGITS_MAX;
}

/* Builds the key text once; all other forms point into it. */
static void job_fill_key(struct queue_entry *entry, struct span id, struct span timestamp)
{
    char normal[JOB_TIMESTAMP_DIGITS_MAX + 8];
    if (!job_is_timestamp(timestamp)) {
        int64_t number = field_number(timestamp);
        int len = snprintf(normal, sizeof(normal), "%lld", (long long)(number > 0 ? number : 0));
        timestamp = (struct span){normal, (size_t)len};
    }
    struct span base = entry->job.queue->keys.base;
    size_t len = base.len + id.len + 1 + timestamp.len;
    char *text = arena_alloc(entry->job.arena, len + 1);
    char *id_copy = arena_strndup(entry->job.arena, id.data, id.len);
    if (text == NULL || id_copy == NULL) {
        abort(); /* a fresh arena has room for an id, whose length the caller has checked */
    }
    memcpy(text, base.data, base.len);
    memcpy(text + base.len, id.data, id.len);
    text[base.len + id.len] = ':';
    memcpy(text + len - timestamp.len, timestamp.data, timestamp.len);
    entry->job.job_key = text;
    entry->job.id = id_copy;
    entry->key = (struct queue_job_key){
        .hash = {text, base.len + id.len},
        .id = {id_copy, id.len},
        .timestamp = {text + len - timestamp.len, timestamp.len},
        .tail = {text + base.len, id.len + 1 + timestamp.len},
    };
}

static void job_fill_texts(struct queue_entry *entry, struct span fields[FIELDS_COUNT])
{
    struct arena *arena = entry->job.arena;
    if (fields[FIELD_DATA].len > QUEUE_DATA_BYTES_MAX) {
        entry->condemned = "the job's data is larger than any job may be";
        fields[FIELD_DATA] = (struct span){0};
    }
    bool is_kept =
        job_keep(arena, &fields[FIELD_NAME]) && job_keep(arena, &fields[FIELD_DATA]) &&
        job_keep(arena, &fields[FIELD_OPTS]) && job_keep(arena, &fields[FIELD_STACKTRACE]) &&
        job_keep(arena, &fields[FIELD_SCHEDULER]) && job_keep(arena, &fields[FIELD_DEFA]);
    if (!is_kept) {
        entry->condemned = "the job is larger than any job may be";
        return;
    }
    entry->job.name = fields[FIELD_NAME].data != NULL ? fields[FIELD_NAME].data : "";
    entry->job.data = fields[FIELD_DATA];
    entry->job.opts = fields[FIELD_OPTS];
    entry->stacktrace = fields[FIELD_STACKTRACE];
    entry->scheduler = fields[FIELD_SCHEDULER];
}

static void job_judge(struct queue_entry *entry, const struct span fields[FIELDS_COUNT])
{
    if (entry->condemned != NULL) {
        return;
    }
    if (fields[FIELD_DEFA].data != NULL) {
        entry->condemned = fields[FIELD_DEFA].data;
        if (*entry->condemned == '\0') {
            entry->condemned = "job failed before it was started";
        }
    } else if (entry->job.queue->max_started > 0 &&
               entry->job.attempts_started > entry->job.queue->max_started) {
        entry->condemned = "job started more than allowable limit"; /* BullMQ's words */
    } else if (fields[FIELD_NAME].data == NULL || fields[FIELD_OPTS].data == NULL) {
        /* BullMQ activates ids whose hash is gone and makes a new, nearly empty one. */
        entry->condemned = "the job's record is gone: it has neither name nor options";
    } else if (entry->key.id.len > QUEUE_ID_BYTES_MAX ||
               memchr(entry->key.id.data, '\0', entry->key.id.len) != NULL) {
        entry->condemned = "the job's id is too long or contains a NUL";
    }
}

/* Jobs of one producer mostly carry the same options: the last text is remembered. */
static bool job_parse_opts(struct queue_entry *entry, struct err *err)
{
    struct queue_opts_memo *memo = &entry->job.queue->opts_memo;
    struct span text = entry->job.opts;
    if (memo->len > 0 && span_equals(text, (struct span){memo->text, memo->len})) {
        entry->opts = memo->opts;
        return true;
    }
    if (!queue_opts_parse(text, &entry->opts, err)) {
        return false;
    }
    if (text.len <= sizeof(memo->text)) {
        memcpy(memo->text, text.data, text.len);
        memo->len = text.len;
        memo->opts = entry->opts;
    }
    return true;
}

static void job_fill_opts(struct queue_entry *entry)
{
    entry->opts = (struct queue_opts){
        .keep_completed = {.has_count = true, .count = -1},
        .keep_failed = {.has_count = true, .count = -1},
        .keep_logs = -1,
        .stack_trace_limit = -1,
    };
    struct err why;
    if (entry->job.opts.data != NULL && !job_parse_opts(entry, &why) && entry->condemned == NULL) {
        entry->condemned = arena_strdup(entry->job.arena, why.text);
    }
    double attempts = entry->opts.attempts;
    entry->job.attempts_max = attempts < 1 ? 1 : attempts > 1e6 ? 1000000 : (uint32_t)attempts;
}

struct queue_entry *queue_entry_create(struct queue *queue, const redisReply *hash, struct span id,
                                       struct span token)
{
    if (id.len > JOB_ID_BYTES_HELD_MAX) {
        return NULL;
    }
    struct arena *arena = arena_create(QUEUE_JOB_BYTES_MAX);
    struct queue_entry *entry = arena_alloc(arena, sizeof(*entry));
    if (entry == NULL || token.len >= sizeof(entry->token)) {
        abort(); /* a fresh arena has room for this, and tokens are made by us */
    }
    entry->job.queue = queue;
    entry->job.arena = arena;
    entry->serial = entry->first_serial = ++queue->serials;
    entry->renewed_mono_ms = clock_mono_ms();
    memcpy(entry->token, token.data, token.len);
    entry->token_len = token.len;

    struct span fields[FIELDS_COUNT] = {{0}};
    job_pick_fields(hash, fields);
    job_fill_key(entry, id, fields[FIELD_TIMESTAMP]);
    job_fill_numbers(entry, fields);
    job_fill_texts(entry, fields);
    job_judge(entry, fields);
    job_fill_opts(entry);
    return entry;
}

void queue_entry_destroy(struct queue_entry **entry)
{
    struct arena *arena = (*entry)->job.arena; /* the entry itself lies in it */
    *entry = NULL;
    arena_destroy(&arena);
}

struct log_job queue_entry_log(const struct queue_entry *entry)
{
    return (struct log_job){
        .job_key = entry->job.job_key,
        .queue = entry->job.queue->name,
        .attempt = entry->job.attempts_made + 1,
    };
}
