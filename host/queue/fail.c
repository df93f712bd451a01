/* Failed attempts: back to the queue by the job's attempts and backoff, or failed for good. */
#include "core/arena.h"
#include "core/clock.h"
#include "core/json.h"
#include "queue/backoff.h"
#include "queue/outcome.h"

#define FAIL_REASON_BYTES_MAX (16 * 1024)
#define FAIL_TRACE_BYTES_MAX (16 * 1024)
#define FAIL_TRACES_MAX 50 /* a job may have a thousand attempts */

bool queue_is_last_attempt(const struct queue_job *job)
{
    uint32_t max_started = job->queue->max_started;
    return job->attempts_made + 1 >= job->attempts_max ||
           (max_started > 0 && job->attempts_started >= max_started);
}

/* Readers parse what events carry: bytes that are no UTF-8 become '?'. */
static struct span fail_text(struct arena *arena, struct span text, size_t bytes_max)
{
    size_t len = text.len < bytes_max ? text.len : bytes_max;
    while (len < text.len && len > 0 && ((unsigned char)text.data[len] & 0xC0) == 0x80) {
        len--; /* do not cut a character */
    }
    char *copy = arena_strndup(arena, text.data, len);
    if (copy == NULL) {
        return SPAN_LITERAL("INTERNAL: no memory left for the reason");
    }
    for (size_t at = 0; at < len;) {
        at += span_utf8_len((struct span){copy + at, len - at});
        if (at < len) {
            copy[at++] = '?';
        }
    }
    return (struct span){copy, len};
}

/* How many traces of before stay, given the job's limit. */
static size_t fail_traces_kept(const struct queue_entry *entry, size_t before)
{
    size_t most = FAIL_TRACES_MAX;
    if (entry->opts.stack_trace_limit >= 0 && entry->opts.stack_trace_limit < FAIL_TRACES_MAX) {
        most = (size_t)entry->opts.stack_trace_limit;
    }
    return most == 0 ? 0 : before < most ? before : most - 1;
}

/* The stacktrace with trace appended, as JSON, in the job's arena. */
static struct span fail_stacktrace(struct queue_entry *entry, struct span trace)
{
    struct json_object *before = NULL;
    bool is_list = entry->stacktrace.len > 0 && entry->stacktrace.len <= JSON_LOOP_BYTES_MAX &&
                   json_parse(entry->stacktrace, &before, NULL) &&
                   json_object_is_type(before, json_type_array);
    size_t count = is_list ? json_object_array_length(before) : 0;
    size_t kept = fail_traces_kept(entry, count);

    struct sbuf out;
    sbuf_init(&out, JSON_LOOP_BYTES_MAX * 8);
    sbuf_putc(&out, '[');
    for (size_t i = count - kept; i < count; i++) {
        json_render(&out, json_object_array_get_idx(before, i));
        sbuf_putc(&out, ',');
    }
    if (entry->opts.stack_trace_limit != 0) {
        sbuf_json_string(&out, fail_text(entry->job.arena, trace, FAIL_TRACE_BYTES_MAX));
    }
    sbuf_putc(&out, ']');
    json_object_put(before);
    char *text = out.is_failed ? NULL : arena_strndup(entry->job.arena, out.data, out.len);
    struct span list = text != NULL ? (struct span){text, out.len} : SPAN_LITERAL("[]");
    sbuf_fini(&out);
    return list;
}

/* --- back to the queue ---------------------------------------------------------------------- */

static struct span retry_fields(struct queue_outcome *outcome)
{
    const struct span fields[] = {
        SPAN_LITERAL("failedReason"),
        outcome->value,
        SPAN_LITERAL("stacktrace"),
        outcome->stacktrace,
    };
    return queue_pack_texts(&outcome->op.queue->pack_fields, fields, ARRAY_LEN(fields));
}

static void retry_keep_run(struct queue_outcome *outcome)
{
    struct queue_entry *entry = outcome->op.entry;
    if (!entry->has_run) {
        return;
    }
    char ms[QUEUE_NUMBER_BYTES];
    const struct span argv[] = {
        SPAN_LITERAL("PEXPIRE"),
        span_of(queue_run_key(entry)),
        queue_number_text(ms, QUEUE_RUN_MS + outcome->delay_ms),
    };
    (void)redis_command(entry->job.queue->commands, NULL, NULL, ARRAY_LEN(argv), argv);
}

static bool retry_send_now(struct queue_outcome *outcome, struct span now)
{
    struct queue_entry *entry = outcome->op.entry;
    struct queue *queue = entry->job.queue;
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_ACTIVE),  queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_PAUSED),  entry->key.hash,
        queue_key(queue, QUEUE_KEY_META),    queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_DELAYED), queue_key(queue, QUEUE_KEY_PRIORITIZED),
        queue_key(queue, QUEUE_KEY_PC),      queue_key(queue, QUEUE_KEY_MARKER),
        queue_key(queue, QUEUE_KEY_STALLED),
    };
    const struct span args[] = {
        queue->keys.base,
        now,
        span_of(entry->opts.is_lifo ? "RPUSH" : "LPUSH"),
        entry->key.id,
        queue_entry_token(entry),
        retry_fields(outcome),
    };
    return queue_op_eval(&outcome->op, queue->scripts.retry_job, ARRAY_LEN(keys), keys,
                         ARRAY_LEN(args), args);
}

static bool retry_send_delayed(struct queue_outcome *outcome, struct span now)
{
    struct queue_entry *entry = outcome->op.entry;
    struct queue *queue = entry->job.queue;
    char delay[QUEUE_NUMBER_BYTES];
    const struct span keys[] = {
        queue_key(queue, QUEUE_KEY_MARKER),
        queue_key(queue, QUEUE_KEY_ACTIVE),
        queue_key(queue, QUEUE_KEY_PRIORITIZED),
        queue_key(queue, QUEUE_KEY_DELAYED),
        entry->key.hash,
        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_META),
        queue_key(queue, QUEUE_KEY_STALLED),
        queue_key(queue, QUEUE_KEY_WAIT),
        queue_key(queue, QUEUE_KEY_LIMITER),
        queue_key(queue, QUEUE_KEY_PC),
    };
    const struct span args[] = {
        queue->keys.base,
        now,
        entry->key.id,
        queue_entry_token(entry),
        queue_number_text(delay, outcome->delay_ms),
        SPAN_LITERAL("0"), /* this attempt counts */
        retry_fields(outcome),
        span_of(outcome->is_fetching ? "1" : "0"),
        queue_pack_claim(&queue->pack, &queue->worker, queue_entry_token(entry)),
    };
    return queue_op_eval(&outcome->op, queue->scripts.move_to_delayed, ARRAY_LEN(keys), keys,
                         ARRAY_LEN(args), args);
}

static bool retry_send(struct queue_op *op)
{
    struct queue_outcome *outcome = queue_outcome_of(op);
    if (outcome->is_resolving) {
        return queue_outcome_ask_state(outcome);
    }
    char text[QUEUE_NUMBER_BYTES];
    struct span now = queue_number_text(text, clock_wall_ms());
    queue_outcome_prepare(outcome);
    outcome->is_fetching = outcome->is_fetching && outcome->delay_ms > 0; /* retryJob cannot */
    bool is_sent =
        outcome->delay_ms > 0 ? retry_send_delayed(outcome, now) : retry_send_now(outcome, now);
    if (is_sent) {
        retry_keep_run(outcome);
    }
    return is_sent;
}

static enum queue_op_verdict retry_on_reply(struct queue_op *op, const redisReply *reply)
{
    struct queue_outcome *outcome = queue_outcome_of(op);
    bool is_delayed = outcome->delay_ms > 0;
    if (outcome->is_resolving) {
        return queue_outcome_on_state(outcome, reply);
    }
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer < 0) {
        return queue_outcome_refused(outcome, reply->integer,
                                     is_delayed ? "moveToDelayed" : "retryJob");
    }
    queue_outcome_settled(outcome, reply);
    return QUEUE_OP_DONE;
}

static const struct queue_op_kind retry_kind = {
    .name = "retry",
    .send = retry_send,
    .on_reply = retry_on_reply,
    .on_refused = queue_outcome_on_refused,
};

/* --- deciding ------------------------------------------------------------------------------- */

/* Milliseconds until the next attempt, or -1: there is none. */
static int64_t fail_delay(const struct queue_entry *entry, bool *ret_is_unknown)
{
    const struct queue_backoff *backoff = &entry->opts.backoff;
    uint32_t made = entry->job.attempts_made + 1;
    if (backoff->kind != BACKOFF_UNKNOWN) {
        return queue_backoff_ms(backoff, made, clock_random_unit());
    }
    const struct options_backoff *own =
        options_backoff_find(&entry->job.queue->backoffs, backoff->name);
    *ret_is_unknown = own == NULL;
    return own != NULL ? queue_backoff_own_ms(own, made, clock_random_unit()) : -1;
}

void queue_fail(struct queue_job *job, struct span reason, struct span trace, bool is_final)
{
    struct queue_entry *entry = queue_entry_of(job);
    if (job->is_disowned) {
        queue_drop(job);
        return;
    }
    bool is_last = is_final || queue_is_last_attempt(job);
    bool is_unknown = false;
    int64_t delay_ms = is_last ? 0 : fail_delay(entry, &is_unknown);
    is_last = is_last || delay_ms < 0;
    struct span text = fail_text(job->arena, reason.len > 0 ? reason : SPAN_LITERAL("failed"),
                                 FAIL_REASON_BYTES_MAX);
    if (is_unknown) {
        char *told = arena_printf(
            job->arena,
            "%.*s (not retried: unknown backoff strategy '%s': say what it is in [queue.%s] "
            "backoffs)",
            (int)text.len, text.data, entry->opts.backoff.name, job->queue->name);
        text = told != NULL ? span_of(told) : text;
    }
    struct queue_outcome *outcome = queue_outcome_create(is_last ? QUEUE_FAILED : QUEUE_RETRYING);
    outcome->value = text;
    outcome->stacktrace = fail_stacktrace(entry, trace.len > 0 ? trace : text);
    outcome->delay_ms = is_last ? 0 : delay_ms;
    queue_outcome_start(entry, outcome, is_last ? &queue_finish_kind : &retry_kind);
}

void queue_condemn(struct queue_entry *entry)
{
    struct log_job job = queue_entry_log(entry);
    log_warning("queue", &job, "failed without being started: %.300s", entry->condemned);
    queue_fail(&entry->job, span_of(entry->condemned), (struct span){0}, true);
}
