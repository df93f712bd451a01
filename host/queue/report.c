/* What a running job tells the outside: progress and rows in its BullMQ log. */
#include <stdio.h>

#include "queue/queue-private.h"

#define REPORT_ROW_BYTES_MAX (16 * 1024)

void queue_progress(struct queue_job *job, int percent)
{
    struct queue_entry *entry = queue_entry_of(job);
    struct queue *queue = job->queue;
    if (percent < job->progress || percent > 100 || job->is_disowned || job->is_ending) {
        return;
    }
    char text[8];
    int len = snprintf(text, sizeof(text), "%d", percent);
    const struct span keys[] = {
        entry->key.hash,
        queue_key(queue, QUEUE_KEY_EVENTS),
        queue_key(queue, QUEUE_KEY_META),
    };
    const struct span args[] = {entry->key.id, {text, (size_t)len}};
    job->progress = percent;
    /* Unsent while Redis is away: the next mark will tell. */
    (void)redis_eval(queue->commands, queue->scripts.update_progress, NULL, NULL, ARRAY_LEN(keys),
                     keys, ARRAY_LEN(args), args);
}

/* The longest start of row that fits and does not cut a character. */
static struct span report_cut(struct span row)
{
    if (row.len > REPORT_ROW_BYTES_MAX) {
        row.len = REPORT_ROW_BYTES_MAX;
        row.len = span_utf8_len(row);
    }
    return row;
}

void queue_log(struct queue_job *job, struct span row)
{
    struct queue_entry *entry = queue_entry_of(job);
    struct queue *queue = job->queue;
    if (job->is_disowned || entry->opts.keep_logs == 0) {
        return;
    }
    char logs[2 * QUEUE_ID_BYTES_MAX], keep[QUEUE_NUMBER_BYTES] = "";
    int logs_len =
        snprintf(logs, sizeof(logs), "%.*s:logs", (int)entry->key.hash.len, entry->key.hash.data);
    if (logs_len < 0 || (size_t)logs_len >= sizeof(logs)) {
        return; /* only a prefix of a thousand characters gets here */
    }
    if (entry->opts.keep_logs > 0) {
        (void)queue_number_text(keep, entry->opts.keep_logs);
    }
    const struct span keys[] = {entry->key.hash, {logs, (size_t)logs_len}};
    const struct span args[] = {entry->key.id, report_cut(row), span_of(keep)};
    /* Unsent while Redis is away: a row is not worth keeping for. */
    (void)redis_eval(queue->commands, queue->scripts.add_log, NULL, NULL, ARRAY_LEN(keys), keys,
                     ARRAY_LEN(args), args);
}
